"""A service killed under load: what a client was told stands, once, and the windows are as if nothing had happened."""

from __future__ import annotations

import http.client
import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import pytest

from eventually import eventually
from gate_service import Service, check_windows, event, stored

pytest.importorskip("litestar", reason="the service needs the extra [web]")
pytest.importorskip("granian", reason="the service needs the extra [web]")

from guiju.journal import verify


class Client:
    """Sends events until the service is gone; knows what was acknowledged and what was not."""

    def __init__(self, event: Callable[[int], dict[str, Any]] = event) -> None:
        self.event, self.numbers, self.lock = event, count(), Lock()
        self.acknowledged: dict[str, object] = {}
        self.waiting: dict[int, int] = {}  # numbers sent whose answer never came, and how often they were sent

    def events(self, numbers: list[int]) -> Any:
        return [self.event(n) for n in numbers] if len(numbers) > 1 else self.event(numbers[0])

    def send(self, service: Service, numbers: list[int]) -> bool:
        """Whether an answer came. What was acknowledged before must be answered the same."""
        with self.lock:
            self.waiting |= {n: self.waiting.get(n, 0) + 1 for n in numbers}
        try:
            status, told = service.decide(self.events(numbers))
        except (OSError, http.client.HTTPException, json.JSONDecodeError):
            return False
        assert status == 200, told
        decisions = [one["decision"] for one in told] if len(numbers) > 1 else [told]
        with self.lock:
            for n, decision in zip(numbers, decisions, strict=True):
                assert decision["id"] == f"o{n}"
                assert self.acknowledged.setdefault(f"o{n}", decision) == decision, "decided twice"
                self.waiting.pop(n, None)
        return True

    def work(self, service: Service, seed: int) -> None:
        rng = random.Random(seed)
        while True:
            with self.lock:
                numbers = [next(self.numbers) for _ in range(rng.choice((1, 1, 1, 5, 20)))]
            if not self.send(service, numbers):
                return


def killed(journal: Path, kills: int, seed: int, least: int) -> Counter[str]:
    """Each time the service is killed at some moment after `least` events more were acknowledged."""
    rng, client, seen = random.Random(seed), Client(), Counter[str]()
    for kill in range(kills):
        service = Service(journal)
        again = list(client.waiting)
        seen["sent again"] += len(again)
        for n in again:
            assert client.send(service, [n])
        for n in rng.sample(sorted(client.acknowledged), min(3, len(client.acknowledged))):
            assert client.send(service, [int(n[1:])]), "known, and answered as before"
        clients = [Thread(target=client.work, args=(service, seed * 1000 + kill * 10 + n)) for n in range(4)]
        before = len(client.acknowledged)
        for one in clients:
            one.start()
        eventually(lambda before=before: len(client.acknowledged) >= before + least)
        time.sleep(rng.uniform(0.02, 0.6))
        service.kill()
        for one in clients:
            one.join()
        assert not verify(journal).faults
    kept = stored(journal)
    times = Counter(entry["event"]["id"] for entry in kept)
    assert max(times.values()) == 1, "twice"
    decisions = {entry["event"]["id"]: entry["decision"] for entry in kept}
    assert all(decisions.get(id) == told for id, told in client.acknowledged.items()), "lost, or told otherwise"
    assert check_windows(journal) == len(kept)
    seen["acknowledged"], seen["kept"] = len(client.acknowledged), len(kept)
    return seen


def test_killed_under_load(tmp_path: Path) -> None:
    seen = killed(tmp_path / "j", kills=5, seed=3, least=7)
    assert seen["acknowledged"] > 30
    print(seen)


@pytest.mark.soak
def test_killed_under_load_many_times(tmp_path: Path) -> None:
    seen = killed(tmp_path / "j", kills=60, seed=int(os.environ.get("GUIJU_SEED", "11")), least=35)
    assert seen["acknowledged"] > 2_000
    print(seen)
