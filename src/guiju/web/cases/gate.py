"""A gate beside the cases: its decisions are read from its journal, as they were made and by which text."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from guiju.cases import Matter
from guiju.cases.matter import HOLD
from guiju.cases.matters import of_decision
from guiju.gate import Decision, TriggerSet
from guiju.gate.nodes import Kind
from guiju.journal import Following
from guiju.journal.following import acknowledged
from guiju.journal.reading import entry_at
from guiju.ledger.entries import microseconds
from guiju.records.errors import BadInput
from guiju.web.decided import DECISION
from guiju.web.index import digest

SOME = 2_000  # entries that are read at once


class Gate:
    """A gate's journal beside this service, and the set that decided into it. Raises BadInput, Damaged."""

    def __init__(self, folder: Path, of: TriggerSet) -> None:
        self.folder, self.set = folder, of
        acknowledged(folder)

    def matters(self, platform: str, id: str, *, by_machine: bool, agency_speaks: bool) -> list[Matter] | None:
        """What a decision asks to be held, or a person holds who has reviewed it; None where there is no decision."""
        entry = next(
            (e for e in self._entries(id) if (e["event"]["platform"], e["event"]["id"]) == (platform, id)), None
        )
        if entry is None:
            return None
        decided = entry["decision"]
        if decided["set"]["digest"] != self.set.digest:
            raise BadInput(
                f"{id} was decided by text {decided['set']['digest']} of {decided['set']['name']}, and this service "
                f"has {self.set.digest}: give --gate-set the folder of that text"
            )
        actions = (HOLD,) if by_machine else (HOLD, "review")
        return of_decision(
            _decision(decided, self.set), self.set, entry["event"], actions=actions, agency_speaks=agency_speaks,
            automated=by_machine,
        )  # fmt: skip

    def _entries(self, id: str) -> list[dict[str, Any]]:
        """Decisions on events with this id: those that the gate's index knows, and those it has yet to take up."""
        places, sequence = _indexed(self.folder / "index" / "decisions.sqlite", id)
        found = [entry_at(self.folder, place).payload for place in places]
        following, upto = Following(self.folder, sequence), acknowledged(self.folder)
        while entries := following.take(SOME, upto):
            found += [
                e.payload for e in entries if e.payload.startswith(DECISION) and msgspec.json.encode(id) in e.payload
            ]
        return [msgspec.json.decode(payload) for payload in found]


def _indexed(path: Path, id: str) -> tuple[list[int], int]:
    """Where decisions on an id stand, and up to which entry the index knows; the gate may be writing to it."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as index:
            rows = index.execute("SELECT segment, place FROM places WHERE id = ?", (digest(id),)).fetchall()
            known = index.execute("SELECT sequence FROM known").fetchone()
    except sqlite3.Error:  # it was never made, or is being made anew
        return [], 0
    return [segment << 32 | place for segment, place in rows], known[0] if known else 0


def _decision(decided: dict[str, Any], of: TriggerSet) -> Decision:
    """The decision as the engine gave it, of its text in the journal."""
    places = {trigger.name: n for n, trigger in enumerate(of.layout.triggers)}
    held = []
    for reason in decided["reasons"]:
        trigger = of.layout.triggers[places[reason["trigger"]]]
        written = reason["facts"] | reason["limits"]
        held.append((places[trigger.name], tuple(_plain(written[fact.name], fact.kind) for fact in trigger.facts)))
    moment = microseconds(datetime.fromisoformat(decided["decision_at"]))
    unread = (None,) * len(of.layout.features)
    return Decision(of.layout, decided["platform"], decided["id"], moment, unread, tuple(held))


def _plain(written: Any, kind: Kind) -> Any:
    """A value as engines hold it, of its text in JSON."""
    if written is None or kind.name in ("text", "truth"):
        return written
    if kind.name == "number":
        return int(Decimal(str(written)).scaleb(kind.scale))
    if kind.name == "time":
        return microseconds(datetime.fromisoformat(written))
    return msgspec.convert(written, timedelta, strict=False) // timedelta(microseconds=1)
