"""What a journal must say of a roll-out, found again from its entries alone: who decides on whom, and how."""

from __future__ import annotations

import json
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any

from gate_service import SET
from guiju.gate import EventRefused, live
from guiju.gate.versions import from_texts, texts_of
from guiju.journal import Reading
from guiju.web.events import Events
from guiju.web.telling import Teller

OLD = texts_of(SET)


def rewritten(*changes: tuple[str, str, str]) -> dict[str, str]:
    """The texts of the set, where for each file, old, new the one stands for the other."""
    texts = dict(OLD)
    for name, old, new in changes:
        assert old in texts[name]
        texts[name] = texts[name].replace(old, new)
    return texts


LONGER = rewritten(("features.sql", "INTERVAL '1' HOUR", "INTERVAL '12' HOUR"))
MILDER = rewritten(("bursts.yaml", "action: hold", "action: review"), ("bursts.yaml", ">= min", "> 2 * min"))


def place(digest: str, platform: str, subject: str) -> int:
    return int(sha256(f"{digest}\0{platform}\0{subject}".encode()).hexdigest()[:16], 16) % 10_000


class Asked:
    """A text from the journal's beginning on: its engine, which decides on every event as it stands there."""

    def __init__(self, name: str, texts: dict[str, str]) -> None:
        self.of = from_texts(name, texts)
        self.engine, self.teller, self.events = live(self.of, clock=None), Teller(self.of), Events(self.of)

    def decide(self, entry: Any) -> Any:
        try:
            decision = self.engine.decide(self.events.values(self.events.one(json.dumps(entry["event"]).encode())))
        except EventRefused as error:
            self.engine.pass_over(_microseconds(entry["decision"]["decision_at"]))
            return str(error)
        return json.loads(self.teller(decision))


def _microseconds(told: str) -> int:
    from datetime import UTC, datetime, timedelta

    return (datetime.fromisoformat(told) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def check(journal: Path, name: str = "gate_set") -> Counter[str]:
    """Every decision is by the version that its subject has at that entry, as if that had run from the first event.

    Returns how many decisions each version gave, and how many events the versions differ on since the last proposal.
    """
    entries = [entry.value for entry in Reading(journal)]
    texts = {entry.get("digest") or entry["version"]: entry["texts"] for entry in entries if entry.get("texts")}
    asked = {digest: Asked(name, of) for digest, of in texts.items()}
    assert all(digest == one.of.digest for digest, one in asked.items())
    seen, current, candidate, share, twice = Counter[str](), "", "", 0.0, Counter[str]()
    for entry in entries:
        if entry["kind"] == "set":
            current, candidate, share = entry["digest"], "", 0.0
        elif entry["kind"] == "rollout":
            assert entry["by"]
            assert entry["why"]
            if entry["change"] not in ("promote", "rollback"):
                seen["differing"] = seen["compared"] = 0
            current, candidate = entry["current"], entry.get("candidate", "")
            share = entry.get("share_pct", 0.0)
        else:
            event = entry["event"]
            twice[event["id"]] += 1
            on = (
                candidate
                if candidate and place(candidate, event["platform"], event["seller"]) < share * 100
                else current
            )
            told = {digest: one.decide(entry) for digest, one in asked.items()}
            assert entry["decision"]["set"]["digest"] == on
            assert entry["decision"] == told[on]
            seen[on] += 1
            seen["compared"] += bool(candidate)
            if candidate:
                ours, theirs = (_gist(told[digest]) for digest in (current, candidate))
                seen["differing"] += ours != theirs
    assert max(twice.values(), default=1) == 1
    return seen


def _gist(told: Any) -> Any:
    return told if isinstance(told, str) else (told["action"], {reason["trigger"] for reason in told["reasons"]})
