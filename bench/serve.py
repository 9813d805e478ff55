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
from pathlib import Path

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
    """An order of one of 5,000 buyers, who reach the limit now and then."""
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
    """Some connections that each send a request when the one before is answered."""

    def __init__(self, port: int, size: int, seconds: float, first: int) -> None:
        self.port, self.size, self.seconds, self.next = port, size, seconds, first
        self.times: list[float] = []

    async def connection(self, until: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        while time.perf_counter() < until:
            text, self.next = request(self.next, self.size), self.next + self.size
            begun = time.perf_counter()
            writer.write(text)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            self.times.append(time.perf_counter() - begun)
        writer.close()

    async def run(self, connections: int) -> dict[str, float]:
        begun = time.perf_counter()
        await asyncio.gather(*(self.connection(begun + self.seconds) for _ in range(connections)))
        spent, ordered = time.perf_counter() - begun, sorted(self.times)
        return {
            "events/s": len(ordered) * self.size / spent,
            "p50 ms": ordered[len(ordered) // 2] * 1000,
            "p99 ms": ordered[int(len(ordered) * 0.99)] * 1000,
        }


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


def measured(server: Server, size: int, connections: int, seconds: float, first: int) -> dict[str, float]:
    before = server.seconds
    load = Load(server.port, size, seconds, first)
    told = asyncio.run(load.run(connections))
    return told | {"cpu µs/event": (server.seconds - before) * 1e6 / (len(load.times) * size)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=48)
    given = parser.parse_args()
    rows: dict[tuple[str, int], list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory(dir=HERE) as folder:
        gate = ("-m", "guiju", "gate", "serve", str(SET), "--journal", f"{folder}/j", "--port", "PORT")
        with Server(*gate) as ours, Server("-c", BARE, "PORT") as bare:
            first = 0
            for _ in range(given.rounds):
                for size, connections in ((1, given.connections), (100, 8)):
                    for name, server in (("bare", bare), ("gate", ours)):
                        first += 10_000_000
                        told = measured(server, size, connections, given.seconds, first)
                        rows.setdefault((name, size), []).append(told)
    text = table(rows, given)
    print(text)
    (HERE / "results" / "serve.md").write_text(text, encoding="utf-8")


def table(rows: dict[tuple[str, int], list[dict[str, float]]], given: argparse.Namespace) -> str:
    lines = [
        "# Durable decisions over HTTP, loopback, 2 cores shared with the load generator",
        "",
        f"`python bench/serve.py --seconds {given.seconds:g} --rounds {given.rounds} "
        f"--connections {given.connections}`: medians of the rounds, in which the",
        "servers take turns; in brackets the best round. *Bare* is the same server answering a constant.",
        f"Load of the machine at the end, others' work included: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.",
        "",
        "| | events/s | p50, ms | p99, ms | processor µs an event |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for (name, size), rounds in sorted(rows.items(), key=lambda row: row[0][1]):
        what = f"{name}, single events" if size == 1 else f"{name}, batches of {size}"
        best = max(r["events/s"] for r in rounds)
        middle = {key: statistics.median(r[key] for r in rounds) for key in rounds[0]}
        lines.append(
            f"| {what} | {middle['events/s']:,.0f} ({best:,.0f}) | {middle['p50 ms']:.1f} | {middle['p99 ms']:.1f} | "
            f"{middle['cpu µs/event']:,.0f} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
