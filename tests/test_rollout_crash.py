"""A service killed while versions are rolled out: it comes back as it stood, the same subjects on the same versions."""

from __future__ import annotations

import http.client
import json
import os
import random
import time
from collections import Counter
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from eventually import eventually
from gate_service import Service, event, stored
from rollout_oracle import LONGER, MILDER, OLD, check
from test_gate_crash import Client

pytest.importorskip("litestar", reason="the service needs the extra [web]")
pytest.importorskip("granian", reason="the service needs the extra [web]")

from guiju.journal import Reading, verify

TEXTS = [LONGER, MILDER, OLD]


class Mover:
    """Moves the roll-out at random until the service is gone; knows what was acknowledged."""

    def __init__(self, seed: int) -> None:
        self.rng, self.acknowledged, self.count = random.Random(seed), list[str](), 0
        self.strange: list[bytes] = []

    def work(self, service: Service) -> None:
        try:
            while True:
                self.move(service, json.loads(service.ask("GET", "/v1/rollout")[1]))
        except (OSError, http.client.HTTPException, json.JSONDecodeError):
            return

    def move(self, service: Service, at: Any) -> None:
        of, rng = at["candidate"], self.rng
        if of is None:
            self.ask(service, "propose", texts=rng.choice(TEXTS))
        elif not of["warm"]:
            self.ask(service, "withdraw") if rng.random() < 0.1 else time.sleep(0.02)
        elif of["share_pct"] == 100 and rng.random() < 0.5:
            self.ask(service, "conclude")
        elif of["share_pct"] and rng.random() < 0.3:
            self.ask(service, "rollback")
        elif rng.random() < 0.1:
            self.ask(service, "withdraw")
        else:
            self.ask(service, "promote", share_pct=rng.choice((min(of["share_pct"] + 1, 100), 33.33, 70, 100)))

    def ask(self, service: Service, what: str, **body: Any) -> None:
        self.count += 1
        why = f"{what} {self.count}"
        status, told = service.ask("POST", f"/v1/rollout/{what}", {"why": why} | body)
        self.strange += [told] if status not in (200, 409) else []
        if status == 200 and json.loads(told)["changes"][0]["why"] == why:  # the share it has already is no change
            self.acknowledged.append(why)


def stands(service: Service, journal: Path, acknowledged: list[str]) -> None:
    """The service stands as the journal's last change says, and no acknowledged one is missing there."""
    changes = [e.value for e in Reading(journal) if e.value["kind"] == "rollout"]
    assert [one["why"] for one in changes if one["why"] in set(acknowledged)] == acknowledged, "none lost, in order"
    at = json.loads(service.ask("GET", "/v1/rollout")[1])
    if changes:
        of = at["candidate"] or {"version": None, "share_pct": 0}
        last = [changes[-1].get(name, or_else) for name, or_else in (("candidate", None), ("share_pct", 0))]
        assert [at["current"], of["version"], of["share_pct"]] == [changes[-1]["current"], *last]


def killed(journal: Path, kills: int, seed: int) -> Counter[str]:
    """Each time the service is killed at some moment after two more moves and six more events were acknowledged."""
    rng, mover, seen = random.Random(seed), Mover(seed), Counter[str]()
    client = Client(lambda n: event(n, seller=f"s{n % 40}"))
    for kill in range(kills):
        service = Service(journal)
        try:
            stands(service, journal, mover.acknowledged)
            for n in list(client.waiting):
                assert client.send(service, [n])
            for id in rng.sample(sorted(client.acknowledged), min(3, len(client.acknowledged))):
                assert client.send(service, [int(id[1:])]), "answered as before, whichever version decides now"
            works = [Thread(target=client.work, args=(service, seed * 1000 + kill * 10 + n)) for n in range(2)]
            works.append(Thread(target=mover.work, args=(service,)))
            moved, known = len(mover.acknowledged) + 2, len(client.acknowledged) + 6
            for one in works:
                one.start()
            eventually(
                lambda moved=moved, known=known: len(mover.acknowledged) >= moved and len(client.acknowledged) >= known
            )
            time.sleep(rng.uniform(0.3, 1.0))
        finally:
            service.kill()
        for one in works:
            one.join()
        assert not verify(journal).faults
    assert not mover.strange
    kept = {entry["event"]["id"]: entry["decision"] for entry in stored(journal)}
    assert all(kept.get(id) == told for id, told in client.acknowledged.items()), "lost, or told otherwise"
    seen |= check(journal)
    with Service(journal) as service:

        def settled() -> list[Any]:
            of = json.loads(service.ask("GET", "/v1/rollout")[1])["candidate"]
            return [of] if of is None or of["warm"] else []

        [of] = eventually(settled)
    if of is not None:
        counted = of["differences"]
        assert (counted["compared"], counted["differing"]["events"]) == (seen["compared"], seen["differing"])
    return seen | Counter(acknowledged=len(client.acknowledged), moved=len(mover.acknowledged))


def test_killed_while_versions_are_rolled_out(tmp_path: Path) -> None:
    seen = killed(tmp_path / "j", kills=4, seed=5)
    assert seen["moved"] > 4
    assert seen["acknowledged"] > 20
    print(seen)


@pytest.mark.soak
def test_killed_while_versions_are_rolled_out_many_times(tmp_path: Path) -> None:
    seen = killed(tmp_path / "j", kills=60, seed=int(os.environ.get("GUIJU_SEED", "7")))
    assert seen["moved"] > 100
    print(seen)
