"""Two hundred readers of the console, each a page every five seconds: how long they wait.

    python bench/console_load.py RUNS [--cases LEDGER] [--readers 200] [--seconds 60] [--every 5]

The console is a process of its own beside the readers, who share its cores. Pages are drawn by chance: the overview,
the list of findings in any order, one finding, the rulebook, a rule, and with a ledger the cases and one case.
Milliseconds by the readers' clock, from the request to the last byte.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import quantiles

import httpx

from guiju.cases import Cases
from guiju.cases.listing import Asked, listed
from guiju.web.console.console import Console

TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
WARM_SECONDS = 10.0  # of readers whose waits are not counted: the first page of a run is made then


def accounts(store: Path, runs: Path) -> str:
    """A token of a session of an account that may read everything."""
    console = Console(store, runs)
    console.accounts.begin()
    console.accounts.change("admin", console.accounts.renew("admin"), "mild otter under lamps")
    console.accounts.set_roles("admin", ("admin", "analyst", "reviewer"))
    token: str = console.sessions.begin("admin")
    console.close()
    return token


async def reader(
    client: httpx.AsyncClient, places: list[str], every: float, ends: float, drawn: random.Random, waits: list[float]
) -> None:
    """One reader until a moment of the clock."""
    await asyncio.sleep(drawn.random() * every)
    while (begun := time.perf_counter()) < ends:
        answer = await client.get(drawn.choice(places))
        answer.raise_for_status()
        waits.append(1000 * (time.perf_counter() - begun))
        await asyncio.sleep(max(0.0, begun + every - time.perf_counter()))


def until_up(client: httpx.Client) -> None:
    """As soon as the console answers."""
    for _ in range(600):
        try:
            client.get("/health")
            return
        except httpx.ConnectError:
            time.sleep(0.1)
    raise SystemExit("the console did not begin")


def pages_of(client: httpx.Client, cases: list[str]) -> dict[str, list[str]]:
    """The addresses of each kind of page."""
    told = {"accept": "application/json"}
    [run, *_] = client.get("/runs", headers=told).json()["runs"]
    at = f"/runs/{run['name']}/findings"
    found = client.get(at, headers=told).json()["findings"]
    orders = ("surest", "amount", "newest", "oldest")
    kinds = {
        "health": ["/health"], "overview": ["/overview"], "findings": [f"{at}?sort={order}" for order in orders],
        "a finding": [f"{at}/{one['id']}" for one in found[:10]], "rulebook": ["/rulebook"],
        "a rule": ["/rulebook/no_sham_orders?on=2020-12-22", "/rulebook/true_reference_prices"], "runs": ["/runs"],
    }  # fmt: skip
    if cases:
        kinds |= {"cases": ["/cases?state=all"], "service": ["/service"], "a case": [f"/cases/{id}" for id in cases]}
    return kinds


def ids_of(ledger: str | None) -> list[str]:
    """Ten cases of a ledger."""
    if ledger is None:
        return []
    opened = Cases(ledger, make=False)
    ids = [row.id for row in listed(opened, Asked(), most=10)]
    opened.close()
    return ids


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def used(process: int) -> float:
    """Milliseconds of processor time of a process so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return TICK_MS * (int(fields[11]) + int(fields[12]))


async def read(
    url: str, token: str, given: argparse.Namespace, cases: list[str], console: int
) -> tuple[list[float], float]:
    """Every wait, and the processor time of the console's process meanwhile, in ms."""
    limits = httpx.Limits(max_connections=given.readers, max_keepalive_connections=given.readers)
    cookies, headers = {"guiju_session": token}, {"accept": "text/html"}
    with httpx.Client(base_url=url, cookies=cookies, timeout=60) as first:
        until_up(first)
        kinds = pages_of(first, cases)
    places = [place for kind, of in kinds.items() if kind != "health" for place in of]
    async with httpx.AsyncClient(base_url=url, limits=limits, cookies=cookies, headers=headers, timeout=60) as client:
        drawn, waits = random.Random(7), list[float]()
        for seconds in (WARM_SECONDS, given.seconds):
            waits.clear()
            begun = used(console)
            ends = time.perf_counter() + seconds
            await asyncio.gather(
                *(reader(client, places, given.every, ends, random.Random(drawn.random()), waits)
                  for _ in range(given.readers))
            )  # fmt: skip
        return waits, used(console) - begun


def main() -> None:
    asked = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    asked.add_argument("runs", type=Path)
    asked.add_argument("--cases")
    asked.add_argument("--readers", type=int, default=200)
    asked.add_argument("--seconds", type=float, default=60.0)
    asked.add_argument("--every", type=float, default=5.0)
    given = asked.parse_args()
    ids = ids_of(given.cases)
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "console.db"
        token = accounts(store, given.runs)
        port = free_port()
        command = [sys.executable, "-m", "guiju", "serve", "--runs", str(given.runs), "--store", str(store)]
        command += ["--port", str(port), *(("--cases", given.cases) if given.cases else ())]
        load, console = os.getloadavg()[0], subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            waits, cost = asyncio.run(read(f"http://127.0.0.1:{port}", token, given, ids, console.pid))
        finally:
            console.send_signal(signal.SIGTERM)
            console.wait()
        by = quantiles(waits, n=100)
        text = (
            f"# {given.readers} readers of the console, each a page every {given.every:g} s\n\n"
            f"`python bench/console_load.py RUNS --cases LEDGER`: {len(waits):,} pages in {given.seconds:g} s, load "
            f"of the machine at the begin {load:.1f} on {os.cpu_count()} cores, which the readers share.\n\n"
            "| p50 ms | p95 ms | p99 ms | longest ms | processor ms a page, of the console |\n"
            "| ---: | ---: | ---: | ---: | ---: |\n"
            f"| {by[49]:.0f} | {by[94]:.0f} | {by[98]:.0f} | {max(waits):.0f} | "
            f"{cost / len(waits):.1f} |\n"
        )
        print(text)


if __name__ == "__main__":
    main()
