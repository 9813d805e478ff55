"""The pictures of both READMEs: pages of the console as they are with all examples, in English and Chinese.

    python bench/console_gallery.py docs [--only overview stress] -- --demo --runs runs --cases haining/ledger.db

After the dashes stands what `guiju serve` takes; it is what `make console` begins, in whose folder this is run. Which
finding and which case are shown follows from the records, so whoever draws them again draws the same ones. It
needs Debian's Chromium and Playwright.
"""

from __future__ import annotations

import argparse
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from shutil import which
from typing import Any

import httpx
from console_load import free_port, until_up
from console_shots import served
from playwright.sync_api import Browser, sync_playwright

from guiju.cases.links import Opens, new_keys, token

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
PATIENCE_S = 300.0
BESIDE = ("findings", "overview")  # pictures that READMEs show lie beside the others
AT = {
    "overview": "/overview", "findings": "/findings", "decisions": "/gate/decisions?action=hold",
    "stress": "/rooms/stress", "ratings": "/rooms/ratings", "networks": "/rooms/networks",
}  # fmt: skip


def finding_of(client: httpx.Client) -> str:
    """The first finding on bids that look agreed on: its picture shows them before and after."""
    [run, *_] = client.get("/runs").json()["runs"]
    at = f"/runs/{run['name']}/findings"
    told = client.get(at, params={"rule": "no_bid_rigging"}, headers={"accept": "text/html"}).text
    found = re.search(rf'href="({at}/[0-9a-f]{{16}})"', told)
    if found is None:
        raise SystemExit(f"{run['name']}: has no finding of no_bid_rigging; audit the example market")
    return found[1]


def case_of(client: httpx.Client) -> dict[str, Any]:
    """The first case by its number that was overturned on an appeal."""
    rows = client.get("/cases", params={"state": "all"}).json()["rows"]
    for row in sorted(rows, key=lambda one: str(one["id"])):
        if row["outcome"] == "overturned" and '"appealed"' in client.get(f"/cases/{row['id']}").text:
            return dict(row)
    raise SystemExit("no case was overturned on an appeal: python -m guiju haining makes such a ledger")


def until_decided(client: httpx.Client) -> None:
    """As soon as the gate of --demo has held something."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if 'href="/gate/decisions/' in client.get(AT["decisions"], headers={"accept": "text/html"}).text:
            return
        time.sleep(3)
    raise SystemExit("the gate held nothing")


@contextmanager
def person(ledger: str, case: dict[str, Any]) -> Iterator[str]:
    """`guiju cases serve` of a ledger, and the address of a case's page as a notice gives it to its party."""
    with tempfile.TemporaryDirectory() as folder:
        keys, links, port = Path(folder) / "keys.yaml", Path(folder) / "links.yaml", free_port()
        told = subprocess.run([sys.executable, "-m", "guiju", "gate", "key", "olga", "--scope", "operate"],
                              check=True, capture_output=True, text=True).stdout  # fmt: skip
        keys.write_text(told)
        signs = new_keys("gallery")
        links.touch(mode=0o600)
        links.write_text(f"current: {signs.current}\nkeys: {{{signs.current}: {signs.keys[signs.current]}}}\n")
        command = [sys.executable, "-m", "guiju", "cases", "serve", ledger, "--keys", str(keys), "--links", str(links),
                   "--attachments", f"{folder}/files", "--port", str(port)]  # fmt: skip
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            url = f"http://127.0.0.1:{port}"
            with httpx.Client(base_url=url) as client:
                until_up(client)
            link = token(signs, Opens(case["id"], case["party"], int(time.time()) + 3600))
            yield f"{url}/cases/{case['id']}?link={link}"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def shoot(browser: Browser, address: str, to: Path, language: str, cookies: dict[str, str], size: Any) -> None:
    """A picture of what is seen of a page without scrolling."""
    context = browser.new_context(viewport=size, locale={"zh": "zh-CN"}.get(language, "en"), color_scheme="light")
    origin = "/".join(address.split("/")[:3])
    context.add_cookies([{"name": name, "value": value, "url": origin} for name, value in cookies.items()])
    page = context.new_page()
    page.goto(address, wait_until="load", timeout=120_000)
    to.parent.mkdir(exist_ok=True)
    page.screenshot(path=to)
    context.close()
    print(f"{to}: {to.stat().st_size / 1000:.0f} kB", flush=True)


def place(out: Path, name: str, language: str) -> Path:
    """Where a picture lies: docs/gallery/stress.zh.png, docs/console-findings.png."""
    end = ".zh.png" if language == "zh" else ".png"
    return out / f"console-{name}{end}" if name in BESIDE else out / "gallery" / f"{name}{end}"


def main() -> None:
    asked = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    asked.add_argument("out", type=Path)
    asked.add_argument("--only", nargs="*", help="pictures by their names; all where none is named")
    mine, _, its = " ".join(sys.argv[1:]).partition(" -- ")
    given, serve = asked.parse_args(mine.split()), its.split()
    with served(serve) as (url, session), sync_playwright() as driver:
        with httpx.Client(base_url=url, cookies={"guiju_session": session}, timeout=120) as client:
            client.headers["accept"] = "application/json"
            case = case_of(client)
            at = {**AT, "finding": finding_of(client), "case": f"/cases/{case['id']}"}
            wanted = [name for name in (*at, "person") if not given.only or name in given.only]
            if "decisions" in wanted:
                until_decided(client)
        browser = driver.chromium.launch(executable_path=which("chromium"), args=["--no-sandbox"], timeout=120_000)
        led = person(serve[serve.index("--cases") + 1], case) if "person" in wanted else nullcontext("")
        with led as party:
            for language in ("en", "zh"):
                known = {"guiju_session": session, "guiju_language": language, "guiju_theme": "light"}
                for name in wanted:
                    theirs = name == "person"
                    address = f"{party}&language={language}" if theirs else url + at[name]
                    size = PHONE if theirs else DESK
                    shoot(browser, address, place(given.out, name, language), language, {} if theirs else known, size)
        browser.close()


if __name__ == "__main__":
    main()
