"""What a candidate beside the current version costs, and how live decisions fare while its windows are warmed.

    python bench/rollout.py [--seconds 3] [--rounds 5] [--connections 16] [--history 200000]

Three services take turns in one run: alone, with a candidate that goes along, with one that decides on half of the
subjects. Then a journal is filled, and single events are sent before and while a candidate is warmed from it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
import urllib.request
from typing import Any

from serve import HERE, SET, Kind, Load, Server, event, measured, request

sys.path.insert(0, str(SET.parent))
from rollout_oracle import LONGER

RATE = 200  # single events a second, while a candidate is warmed
NAMES = ("alone", "beside", "half decided")


def ask(server: Server, what: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body | {"why": "measured"}).encode()
    where = f"http://127.0.0.1:{server.port}/v1/rollout{what}"
    head = {"Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(where, data, head)) as answer:
        return json.load(answer)


def warmed(server: Server) -> None:
    while not ask(server, "")["candidate"]["warm"]:
        time.sleep(0.02)


def gate(folder: str) -> Server:
    return Server("-m", "guiju", "gate", "serve", str(SET), "--journal", folder, "--port", "PORT")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--history", type=int, default=200_000)
    given = parser.parse_args()
    rows: dict[tuple[str, int], list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory(dir=HERE) as folder:
        with gate(f"{folder}/0") as alone, gate(f"{folder}/1") as beside, gate(f"{folder}/2") as half:
            for server in (beside, half):
                ask(server, "/propose", {"texts": LONGER})
                warmed(server)
            ask(half, "/promote", {"share_pct": 50})
            first = 0
            for _ in range(given.rounds):
                for size, connections in ((1, given.connections), (100, 4)):
                    for name, server in zip(NAMES, (alone, beside, half), strict=True):
                        first += 10_000_000
                        told = measured(server, Kind("gate", size, connections), given.seconds, first)
                        rows.setdefault((name, size), []).append(told)
        text = table(rows, given) + asyncio.run(warming(f"{folder}/3", given))
    print(text)
    (HERE / "results" / "rollout.md").write_text(text, encoding="utf-8")


def send(server: Server, first: int) -> None:
    """A batch of a thousand."""
    data = json.dumps([event(n) for n in range(first, first + 1_000)]).encode()
    urllib.request.urlopen(f"http://127.0.0.1:{server.port}/v1/decisions", data).read()


def offered(first: int, seconds: float) -> Load:
    """Single events at a rate that leaves room, each timed from when it was due."""
    return Load([request(first + n, 1) for n in range(int(RATE * (seconds + 2)))], 1, seconds, RATE)


async def warming(folder: str, given: argparse.Namespace) -> str:
    with gate(folder) as server:
        for first in range(0, given.history, 1_000):
            send(server, first)
        before = await offered(500_000_000, given.seconds * 3).run(server.port, 4)
        await asyncio.to_thread(ask, server, "/propose", {"texts": LONGER})
        begun, times, first = time.perf_counter(), list[float](), 600_000_000
        while not (await asyncio.to_thread(ask, server, ""))["candidate"]["warm"]:
            load = offered(first, 1)
            await load.run(server.port, 4)
            first, times = first + 1_000_000, times + load.times
        spent, ordered = time.perf_counter() - begun, sorted(times)
    during = {f"p{share} ms": ordered[int(len(ordered) * share / 100)] * 1000 for share in (50, 99)}
    lines = [
        "",
        f"Warmed from a journal of {given.history:,} events in {spent:.1f} s; {RATE} single events a second came in:",
        "",
        "| | p50, ms | p99, ms |",
        "| --- | ---: | ---: |",
        f"| before it is warmed | {before['p50 ms']:.1f} | {before['p99 ms']:.1f} |",
        f"| while it is warmed | {during['p50 ms']:.1f} | {during['p99 ms']:.1f} |",
    ]
    return "\n".join(lines) + "\n"


def table(rows: dict[tuple[str, int], list[dict[str, float]]], given: argparse.Namespace) -> str:
    lines = [
        "# A candidate beside the current version, loopback, 2 cores shared with the load generator",
        "",
        f"`python bench/rollout.py --seconds {given.seconds:g} --rounds {given.rounds} "
        f"--connections {given.connections} --history {given.history}`: medians of the rounds, in which",
        f"the services take turns. Load of the machine, others' work included: {os.getloadavg()[0]:.1f}.",
        "",
        "| | events/s | of alone | p50, ms | p99, ms | processor µs an event |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for size in (1, 100):
        for name in NAMES:
            rounds = rows[name, size]
            middle = {key: statistics.median(r[key] for r in rounds) for key in rounds[0]}
            ratio = statistics.median(
                mine["events/s"] / alone["events/s"] for mine, alone in zip(rounds, rows["alone", size], strict=True)
            )
            what = "single events" if size == 1 else f"batches of {size}"
            lines.append(
                f"| {name}, {what} | {middle['events/s']:,.0f} | {ratio:.2f} | {middle['p50 ms']:.1f} | "
                f"{middle['p99 ms']:.1f} | {middle['cpu µs/event']:,.0f} |"
            )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
