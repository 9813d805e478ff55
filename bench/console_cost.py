"""What each page of the console costs the processor: the console's own process, read by one reader after another.

    python bench/console_cost.py RUNS [--cases LEDGER] [--pages 60]

Milliseconds of processor time of the whole process (user and system, all of its threads) a page, as Linux counts them
in hundredths of a second: the mean over so many pages of a kind, after as many as it takes to have each seen once.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from console_load import accounts, free_port, ids_of, pages_of, until_up, used


@contextmanager
def console(
    runs: Path, cases: str | None, *more: str, records: Path | None = None
) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    """A console in a process of its own, and a reader who may read everything."""
    with tempfile.TemporaryDirectory() as folder:
        store, port = Path(folder) / "console.db", free_port()
        token = accounts(store, runs)
        command = [sys.executable, *more, "-m", "guiju", "serve", "--runs", str(runs), "--store", str(store)]
        command += ["--port", str(port), *(("--cases", cases) if cases else ())]
        command += ["--records", str(records)] if records else []
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        url, cookies = f"http://127.0.0.1:{port}", {"guiju_session": token}
        try:
            with httpx.Client(base_url=url, cookies=cookies, headers={"accept": "text/html"}, timeout=120) as client:
                until_up(client)
                yield process, client
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def main() -> None:
    asked = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    asked.add_argument("runs", type=Path)
    asked.add_argument("--cases")
    asked.add_argument("--pages", type=int, default=60)
    given = asked.parse_args()
    with console(given.runs, given.cases) as (process, client):
        kinds = pages_of(client, ids_of(given.cases))
        print("| page | kB | processor ms |\n| --- | ---: | ---: |")
        for kind, places in kinds.items():
            sizes = [len(client.get(place).raise_for_status().content) for place in places]
            begun = used(process.pid)
            for n in range(given.pages):
                client.get(places[n % len(places)]).raise_for_status()
            cost = (used(process.pid) - begun) / given.pages
            print(f"| {kind} | {sum(sizes) / len(sizes) / 1000:.0f} | {cost:.1f} |", flush=True)


if __name__ == "__main__":
    main()
