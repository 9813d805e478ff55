"""The console on loopback, in a thread, with a clock that stands until it is set; and browsers for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import which
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher

from guiju.web.console.application import application
from guiju.web.console.console import Console
from in_thread import InThread

PASSWORD = "mild otter under lamps"
ROLES = ("analyst", "reviewer", "operator", "admin")
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # what it costs is not what is tested
PATIENCE_MS = 180_000  # of a browser on a busy machine
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


LOOKS = [("en", 1280), ("zh", 390), ("zh", 1280), ("en", 390)]  # a language, and how wide the page is
EACH_LOOK = [*LOOKS[:2], *(pytest.param(*look, marks=pytest.mark.slow) for look in LOOKS[2:])]


class Visit:
    """Somebody's browser that draws nothing: it keeps cookies, and fills in the forms that it was shown."""

    def __init__(self, url: str) -> None:
        told = {"accept": "text/html", "accept-language": "en"}
        self.client = httpx.Client(base_url=url, timeout=120, headers=told, verify=False)  # there are no certificates
        self.seen = ""

    def read(self, address: str, **headers: str) -> httpx.Response:
        told = self.client.get(address, headers=headers)
        if told.status_code == 200 and "html" in told.headers.get("content-type", ""):
            self.seen = told.text
        return told

    def json(self, address: str) -> Any:
        return self.client.get(address, headers={"accept": "application/json"}).json()

    @property
    def form_token(self) -> str:
        """That of the page seen last."""
        found = re.search(r'name="form_token" value="([0-9a-f]{64})"', self.seen)
        assert found, self.seen[:400]
        return found[1]

    def send(self, address: str, sent: dict[str, Any], headers: dict[str, str] | None = None) -> httpx.Response:
        """Post a form with the token of the page seen last."""
        told = self.client.post(address, data={"form_token": self.form_token, **sent}, headers=headers or {})
        if "html" in told.headers.get("content-type", ""):
            self.seen = told.text
        return told

    def sign_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        self.read("/sign-in")
        return self.send("/sign-in", {"name": name, "password": password})


class Served(InThread):
    """A console that is served until the block ends. `visit(role)` is a browser in which somebody of that role is."""

    def __init__(self, store: str | Path, runs: Path, **other: Any) -> None:
        self.now = NOW
        self.console = Console(store, runs, clock=lambda: self.now, hasher=QUICK, **other)
        self.console.accounts.begin()
        for role in ROLES:
            if role != "admin":
                self.console.accounts.add(role, (role,))
            first = self.console.accounts.renew(role)
            self.console.accounts.change(role, first, PASSWORD)
        super().__init__()
        self.url = f"http://127.0.0.1:{self.port}"
        self.application = application(self.console)

    def ending(self) -> None:
        self.console.ending()

    def closed(self) -> None:
        self.console.close()

    def later(self, **by: float) -> None:
        """Let time go on."""
        self.now += timedelta(**by)

    def visit(self, role: str = "") -> Visit:
        visit = Visit(self.url)
        if role:
            token = self.console.sessions.begin(role)
            visit.client.cookies.set("guiju_session", token, domain="127.0.0.1")
            visit.read("/password")
        return visit


@contextmanager
def chromium() -> Iterator[Any]:
    """Debian's Chromium under Playwright, which waits patiently; a test is skipped where either is not installed."""
    playwright = pytest.importorskip("playwright.sync_api")
    if (path := which("chromium")) is None:
        pytest.skip("chromium is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"], timeout=PATIENCE_MS)
        new_context = browser.new_context

        def patient(**given: Any) -> Any:
            context = new_context(**given)
            context.set_default_timeout(PATIENCE_MS)
            return context

        browser.new_context, browser.new_page = patient, lambda **given: patient(**given).new_page()
        try:
            yield browser
        finally:
            browser.close()
