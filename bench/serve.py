"""How many durable decisions a second the gate answers over HTTP, beside a server that answers nothing, in one run.

    python bench/serve.py [--seconds 3] [--rounds 5] [--connections 48]

The load generator is a process of its own on the same machine. The other server is the same (Granian, ASGI), reads the
same requests and answers a constant: what HTTP alone allows here.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

AHEAD = {1: 10_000, 100: 600}  # requests that are written beforehand, for each second
HERE = Path(__file__).parent
SET = HERE.parent / "tests" / "gate_set"
BARE = """
import asyncio, sys
from granian.constants import Interfaces
from granian.server.embed import Server
async def application(scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    head = [(b"content-type", b"application/json"), (b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": b"{}"})
server = Server(application, "127.0.0.1", int(sys.argv[1]), interface=Interfaces.ASGINL, log_enabled=False)
asyncio.run(server.serve())
"""


def event(number: int) -> dict[str, object]:
    """An order of one of 5,000 buyers, who soon reach the limit: then every decision is a hold with its reason."""
    return {
        "platform": "hehua", "id": f"o{number}", "occurred_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "seller": f"s{number % 40}", "product": f"p{number % 900}", "buyer": f"b{number * 7919 % 5000}",
        "quantity": "1", "currency": "CNY", "gross_amount": f"{number % 90}.50",
    }  # fmt: skip


def request(first: int, size: int) -> bytes:
    body = json.dumps(event(first) if size == 1 else [event(n) for n in range(first, first + size)]).encode()
    head = f"POST /v1/decisions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


class Load:
    """Some connections that each send a request when the one before is answered; requests are written beforehand.

    With a rate, in requests a second, each is due at its time and its time runs from there, whether a connection is
    free or not.
    """

    def __init__(self, requests: Iterable[bytes], size: int, seconds: float, rate: int = 0) -> None:
        self.requests, self.size, self.seconds, self.rate = enumerate(requests), size, seconds, rate
        self.times: list[float] = []
        self.ended_early = False

    async def run(self, port: int, connections: int) -> dict[str, float]:
        loop, self.begun = asyncio.get_running_loop(), time.perf_counter()
        self.until = self.begun + self.seconds
        made = [await loop.create_connection(lambda: Connection(self), "127.0.0.1", port) for _ in range(connections)]
        await asyncio.gather(*(connection.done for _, connection in made))
        spent, ordered = time.perf_counter() - self.begun, sorted(self.times)
        if self.ended_early:
            sys.exit("the requests written beforehand did not suffice: raise AHEAD")
        return {
            "events/s": len(ordered) * self.size / spent,
            "p50 ms": ordered[len(ordered) // 2] * 1000,
            "p99 ms": ordered[int(len(ordered) * 0.99)] * 1000,
        }


class Connection(asyncio.Protocol):
    """One connection: it counts an answer's bytes and looks at its status, and at the first events' too."""

    def __init__(self, load: Load) -> None:
        self.load, self.done = load, asyncio.get_running_loop().create_future()
        self.left = 0
        self.head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._send()

    def _send(self) -> None:
        load, now = self.load, time.perf_counter()
        number, text = next(load.requests, (0, None))
        self.begun = load.begun + number / load.rate if load.rate else now
        if text is None or max(now, self.begun) >= load.until:
            load.ended_early |= text is None
            self.transport.close()
            self.done.set_result(None)
        elif self.begun > now:
            asyncio.get_running_loop().call_later(self.begun - now, self.transport.write, text)
        else:
            self.transport.write(text)

    def data_received(self, data: bytes) -> None:
        if not self.left:
            self.head += data
            if b"\r\n\r\n" not in self.head:
                return
            head, data = self.head.split(b"\r\n\r\n", 1)
            assert head.startswith(b"HTTP/1.1 200"), (head, data)
            assert not data.startswith(b'[{"status":4'), data
            self.left, self.head = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0]), b""
        self.left -= len(data)
        if not self.left:
            self.load.times.append(time.perf_counter() - self.begun)
            self._send()


class Server:
    """A server in a process of its own, for a block; it is killed at the end."""

    def __init__(self, *command: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.command = [sys.executable, *(part.replace("PORT", str(self.port)) for part in command)]

    def __enter__(self) -> Server:
        self.process = subprocess.Popen(self.command, stderr=subprocess.DEVNULL)
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return self
            except OSError:
                time.sleep(0.05)
        sys.exit("the server did not begin")

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def seconds(self) -> float:
        """Processor seconds it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measured(server: Server, kind: Kind, seconds: float, first: int) -> dict[str, float]:
    size = kind.size
    requests = [request(first + n * size, size) for n in range(int(AHEAD[size] * seconds))]
    before, of_load = server.seconds, time.process_time()
    load = Load(requests if kind.name == "gate" else cycle(requests), size, seconds, kind.rate)
    told = asyncio.run(load.run(server.port, kind.connections))
    events = len(load.times) * size
    return told | {
        "cpu µs/event": (server.seconds - before) * 1e6 / events,
        "load µs/event": (time.process_time() - of_load) * 1e6 / events,
    }


class Kind(NamedTuple):
    """Of which server what is asked."""

    name: str
    size: int
    connections: int
    rate: int = 0

    def __str__(self) -> str:
        what = f"batches of {self.size}" if self.size > 1 else "single events"
        return f"{self.name}, {what}" + (f", {self.rate:,} a second offered" if self.rate else "")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=48)
    given = parser.parse_args()
    kinds = [Kind(name, 1, given.connections) for name in ("bare", "gate")]
    kinds += [Kind("gate", 1, given.connections, 2_000), Kind("bare", 100, 8), Kind("gate", 100, 8)]
    rows: dict[Kind, list[dict[str, float]]] = {kind: [] for kind in kinds}
    with tempfile.TemporaryDirectory(dir=HERE) as folder:
        gate = ("-m", "guiju", "gate", "serve", str(SET), "--journal", f"{folder}/j", "--port", "PORT")
        with Server(*gate) as ours, Server("-c", BARE, "PORT") as bare:
            for number in range(given.rounds * len(kinds)):
                kind = kinds[number % len(kinds)]
                server = ours if kind.name == "gate" else bare
                rows[kind].append(measured(server, kind, given.seconds, number * 10_000_000))
    text = table(rows, given)
    print(text)
    (HERE / "results" / "serve.md").write_text(text, encoding="utf-8")


def table(rows: dict[Kind, list[dict[str, float]]], given: argparse.Namespace) -> str:
    lines = [
        "# Durable decisions over HTTP, loopback, 2 cores shared with the load generator",
        "",
        f"`python bench/serve.py --seconds {given.seconds:g} --rounds {given.rounds} "
        f"--connections {given.connections}`: medians of the rounds, in which the",
        "servers take turns; in brackets the best round. *Bare* is the same server answering a constant. *Offered*:",
        "each event is due at its time, and its milliseconds run from there. Nearly every decision is a hold.",
        f"Load of the machine at the end, others' work included: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.",
        "",
        "| | events/s | p50, ms | p99, ms (best) | processor µs an event | of the load generator |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for kind, rounds in rows.items():
        best = max(r["events/s"] for r in rounds)
        least = min(r["p99 ms"] for r in rounds)
        middle = {key: statistics.median(r[key] for r in rounds) for key in rounds[0]}
        lines.append(
            f"| {kind} | {middle['events/s']:,.0f} ({best:,.0f}) | {middle['p50 ms']:.1f} | {middle['p99 ms']:.1f} "
            f"({least:.1f}) | {middle['cpu µs/event']:,.0f} | {middle['load µs/event']:,.0f} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
