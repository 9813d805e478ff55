"""A gate service in a process of its own, as a user runs it, and a client for it."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from guiju.journal import Reading
from ports import free_port

SET = Path(__file__).with_name("gate_set")


def event(number: int, **other: Any) -> dict[str, Any]:
    """An event of one of seven buyers; the same number gives the same event."""
    minute, hour = number % 60, number // 60 % 24
    return {
        "platform": "hehua", "id": f"o{number}", "occurred_at": f"2026-06-10T{hour:02d}:{minute:02d}:00Z",
        "seller": f"s{number % 3}", "product": "p", "buyer": f"b{number % 7}", "quantity": "1", "currency": "CNY",
        "gross_amount": f"{number % 50}.50",
    } | other  # fmt: skip


class Service:
    """`guiju gate serve` on a journal; ends with the block."""

    def __init__(self, journal: Path, *options: str, of: Path | str = SET, **of_process: Any) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "guiju", "gate", "serve", str(of), "--journal", str(journal)]
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port), *options], stderr=subprocess.PIPE, text=True, **of_process
        )
        assert self.process.stderr is not None
        self.said: list[str] = []
        for line in self.process.stderr:
            self.said.append(line)
            if '"event":"ready"' in line:
                break
        else:
            self.process.wait()

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, bytes]:
        connection = self.connection()
        text = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        connection.request(method, path, text, headers)
        answer = connection.getresponse()
        read = answer.status, answer.read()
        connection.close()
        return read

    def decide(self, body: Any, **headers: str) -> tuple[int, Any]:
        status, text = self.ask("POST", "/v1/decisions", body, **headers)
        return status, json.loads(text)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def __enter__(self) -> Service:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.said += (self.process.communicate(timeout=180)[1] or "").splitlines()


def stored(journal: Path) -> list[dict[str, Any]]:
    """The journal's decisions with their events."""
    return [e.value for e in Reading(journal) if e.value["kind"] == "decision"]


def check_windows(journal: Path) -> int:
    """Every decision in the journal is that of an engine which never died; returns how many there are."""
    from guiju.gate import live, load
    from guiju.web.events import Events
    from guiju.web.telling import Teller

    of, entries = load(SET), stored(journal)
    engine, events, teller = live(of), Events(of), Teller(of)
    for entry in entries:
        decision = engine.decide(events.values(events.one(json.dumps(entry["event"]).encode())))
        assert json.loads(teller(decision)) == entry["decision"]
    return len(entries)
