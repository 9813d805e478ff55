"""Pictures of every page of the console, wide and on a phone, in both languages, light and dark; and what is too wide.

    python bench/console_shots.py OUT [--only /rooms] [--ways 390-zh-dark] -- --runs runs --cases haining/ledger.db …

After the dashes stands what `guiju serve` takes. The pages are found by following links, as many of each route as
`--each`; routes that were not come to are told at the end. It needs Debian's Chromium and Playwright.
"""

from __future__ import annotations

import argparse
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any
from urllib.parse import urlsplit

import httpx
from console_load import free_port, until_up
from playwright.sync_api import Browser, sync_playwright

from guiju.web.console.accounts import ROLES
from guiju.web.console.application import ROUTES
from guiju.web.console.console import Console

SIZES = {"1280": {"width": 1280, "height": 960}, "390": {"width": 390, "height": 844}}
LANGUAGES, THEMES, LONGEST = ("en", "zh"), ("light", "dark"), 6_000  # pixels of a picture
ASIDE = re.compile(r"^/(static|health)|\.xlsx$|/csv/|/files/|/live$|/report$|/letters/|^/pages/.")
REFUSED = ("/nothing-here", "/rooms/shelf?amount=much")


def paths() -> list[str]:
    """The routes that are pages."""
    return sorted({path for handler in ROUTES for path in handler.paths if "GET" in handler.http_methods})


def route_of(at: str) -> str:
    """The route that answers an address: the one with the fewest things filled in."""
    path = urlsplit(at).path
    fits = [
        one for one in paths()
        if re.fullmatch(re.sub(r"\\{\w+:(\w+)\\}", lambda m: ".+" if m[1] == "path" else "[^/]+", re.escape(one)), path)
    ]  # fmt: skip
    return min(fits, key=lambda one: one.count("{"), default="")


def found(client: httpx.Client, each: int) -> dict[str, list[str]]:
    """Addresses by their routes, so many of each."""
    seen: dict[str, list[str]] = {}
    waiting = ["/overview", "/sign-in", "/drafts", "/password", *(p for p in paths() if "{" not in p)]
    while waiting:
        at = waiting.pop(0)
        route = route_of(at)
        its = seen.setdefault(route, [])
        if not route or ASIDE.search(urlsplit(at).path) or at in its or len(its) >= each:
            continue
        told = client.get(at)
        if told.status_code != 200 or "html" not in told.headers["content-type"]:
            continue
        its.append(at)
        links = (link.replace("&amp;", "&").partition("#")[0] for link in re.findall(r'href="(/[^"]*)"', told.text))
        waiting += [link for link in links if "language=" not in link and "theme=" not in link]
    return {route: its for route, its in seen.items() if its}


@contextmanager
def served(asked: list[str]) -> Iterator[tuple[str, str]]:
    """A console with what is asked for: its address, and a session of an account with every role."""
    runs = Path(asked[asked.index("--runs") + 1]) if "--runs" in asked else Path("runs")
    with tempfile.TemporaryDirectory() as folder:
        store, port = Path(folder) / "console.db", free_port()
        console = Console(store, runs)
        console.accounts.begin(ROLES)
        console.accounts.change("admin", console.accounts.renew("admin"), "mild otter under lamps")
        token = console.sessions.begin("admin")
        console.close()
        command = [sys.executable, "-m", "guiju", "serve", "--store", str(store), "--port", str(port), *asked]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        url = f"http://127.0.0.1:{port}"
        try:
            with httpx.Client(base_url=url) as client:
                until_up(client)
            yield url, token
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def page_of(browser: Browser, url: str, token: str, size: str, language: str, theme: str) -> Any:
    """A tab of that width in which the account is signed in."""
    context = browser.new_context(viewport=SIZES[size], color_scheme=theme)  # type: ignore[arg-type]
    chosen = {"guiju_session": token, "guiju_language": language, "guiju_theme": theme}
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in chosen.items()])
    return context.new_page()


def shoot(page: Any, url: str, at: str, to: Path) -> list[str]:
    """A picture of a page, and its faults: what is wider than it, and a navigation of more than one row."""
    page.goto(url + at, wait_until="load", timeout=120_000)
    faults = []
    wide, row = page.evaluate(
        "() => [document.documentElement.scrollWidth - innerWidth, document.querySelector('.top').offsetHeight]"
    )
    if wide > 0:
        faults.append(f"{wide} px too wide")
    if row > 64:
        faults.append(f"the first line is {row} px high")
    height = page.evaluate("document.documentElement.scrollHeight")
    clip = {"x": 0, "y": 0, "width": page.viewport_size["width"], "height": min(height, LONGEST)}
    page.screenshot(path=to, full_page=True, clip=clip)
    return faults


def every(browser: Browser, url: str, token: str, known: dict[str, list[str]], given: argparse.Namespace) -> None:
    """Each page in each way; faults are printed."""
    ways = [(s, la, th) for s in SIZES for la in LANGUAGES for th in THEMES]
    for size, language, theme in ways:
        if given.ways and f"{size}-{language}-{theme}" not in given.ways:
            continue
        page = page_of(browser, url, token, size, language, theme)
        for at in [*(at for its in known.values() for at in its), *REFUSED]:
            if not at.startswith(given.only):
                continue
            name = re.sub(r"\W+", "-", at).strip("-")[:70] or "findings"
            for fault in shoot(page, url, at, given.out / f"{name}.{size}.{language}.{theme}.png"):
                print(f"{at} {size} {language} {theme}: {fault}", flush=True)
        page.context.close()


def main() -> None:
    asked = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    asked.add_argument("out", type=Path)
    asked.add_argument("--only", default="", help="how the addresses begin")
    asked.add_argument("--each", type=int, default=1)
    asked.add_argument("--ways", nargs="*", help="as 390-zh-dark; all where none is named")
    mine, _, its = " ".join(sys.argv[1:]).partition(" -- ")
    given = asked.parse_args(mine.split())
    given.out.mkdir(parents=True, exist_ok=True)
    with served(its.split()) as (url, token), sync_playwright() as driver:
        with httpx.Client(base_url=url, cookies={"guiju_session": token}, timeout=120) as client:
            client.headers["accept"] = "text/html"
            known = found(client, given.each)
        browser = driver.chromium.launch(executable_path=which("chromium"), args=["--no-sandbox"], timeout=120_000)
        every(browser, url, token, known, given)
        lacking = [p for p in paths() if p not in known and not ASIDE.search(p)]
        print("not come to:", ", ".join(lacking) or "none")
        browser.close()


if __name__ == "__main__":
    main()
