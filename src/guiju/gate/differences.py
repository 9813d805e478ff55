"""Where a candidate decides otherwise than the current version: counted by trigger and action, the newest kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from guiju.estimators.against_chance import wilson

KEPT = 50  # of each kind of difference, the newest

Kind = tuple[
    str, str, str
]  # trigger, its name, current or candidate (who alone holds); action, from, to; refused, by whom


class Seen(NamedTuple):
    """What a version makes of an event: its action, the triggers that held, the whole as JSON; or why it refuses."""

    action: str
    held: frozenset[str]
    told: Callable[[], bytes]
    refused: str = ""


class _Reason(msgspec.Struct):
    trigger: str


class _Told(msgspec.Struct):
    action: str
    reasons: list[_Reason]


_read = msgspec.json.Decoder(_Told).decode


def seen(told: bytes) -> Seen:
    """A decision that was told as JSON."""
    of = _read(told)
    return Seen(of.action, frozenset(reason.trigger for reason in of.reasons), lambda: told)


def refusing(why: str) -> Seen:
    """No decision."""
    return Seen("", frozenset(), lambda: b"null", why)


class Difference(msgspec.Struct, frozen=True, array_like=True):
    """An event on which the versions differ, with both decisions; null where one refuses it, and why."""

    number: int  # among the compared events
    platform: str
    id: str
    current: bytes
    candidate: bytes
    refused: str = ""


class State(msgspec.Struct):
    """What is kept of it over a restart; the journal gives the same again."""

    compared: int
    differing: int
    counts: list[tuple[Kind, int]]
    kept: list[tuple[Kind, list[Difference]]]


class Differences:
    """The comparison of one candidate. Memory is bounded: KEPT whole decisions a kind, and a few kinds a trigger."""

    def __init__(self, state: State | None = None) -> None:
        self.compared = state.compared if state else 0
        self.differing = state.differing if state else 0
        self.counts: dict[Kind, int] = dict(state.counts) if state else {}
        self._kept = {kind: deque(of, KEPT) for kind, of in state.kept} if state else {}

    def state(self) -> State:
        """A snapshot; it does not change any more."""
        kept = [(kind, list(of)) for kind, of in self._kept.items()]
        return State(self.compared, self.differing, list(self.counts.items()), kept)

    def same(self) -> None:
        """Both decided alike, and nothing held."""
        self.compared += 1

    def compare(self, platform: str, id: str, current: Seen, candidate: Seen) -> None:
        self.compared += 1
        why = current.refused or candidate.refused
        if not why and current[:2] == candidate[:2]:
            return
        if why:
            kinds: list[Kind] = [("refused", "", "current" if current.refused else "candidate")]
        else:
            kinds = [("trigger", name, "current") for name in sorted(current.held - candidate.held)]
            kinds += [("trigger", name, "candidate") for name in sorted(candidate.held - current.held)]
            if current.action != candidate.action:
                kinds.append(("action", current.action, candidate.action))
        self.differing += 1
        one = Difference(self.compared, platform, id, current.told(), candidate.told(), why)
        for kind in kinds:
            self.counts[kind] = self.counts.get(kind, 0) + 1
            self._kept.setdefault(kind, deque(maxlen=KEPT)).append(one)

    def told(self) -> dict[str, Any]:
        """Counts, and of each the share of the compared events with its 95 % interval (Wilson)."""
        kinds = sorted(self.counts)
        shares = self._shares([self.differing, *(self.counts[kind] for kind in kinds)])
        of = dict(zip(kinds, shares[1:], strict=True))
        return {
            "compared": self.compared,
            "differing": shares[0],
            "triggers": [{"trigger": k[1], "only": k[2]} | share for k, share in of.items() if k[0] == "trigger"],
            "actions": [{"from": k[1], "to": k[2]} | share for k, share in of.items() if k[0] == "action"],
            "refused": {k[2]: count for k, count in self.counts.items() if k[0] == "refused"},
        }

    def _shares(self, counts: list[int]) -> list[dict[str, Any]]:
        if not self.compared:
            return [{"events": count, "share": None, "interval_95": None} for count in counts]
        low, high = (bound.round(6).tolist() for bound in wilson(counts, [self.compared] * len(counts)))
        return [
            {"events": count, "share": round(count / self.compared, 6), "interval_95": [least, most]}
            for count, least, most in zip(counts, low, high, strict=True)
        ]

    def listed(self, trigger: str | None = None, action: str | None = None, most: int = 100) -> list[dict[str, Any]]:
        """The newest kept differences, of one trigger or to one action where asked; each event once."""
        found: dict[tuple[str, str], Difference] = {}
        for kind, kept in self._kept.items():
            what, name, to = kind
            if trigger is not None and (what, name) != ("trigger", trigger):
                continue
            if action is not None and (what, to) != ("action", action):
                continue
            found |= {(one.platform, one.id): one for one in kept}
        newest = sorted(found.values(), key=lambda one: one.number, reverse=True)[:most]
        return [
            {"platform": one.platform, "id": one.id}
            | {"current": msgspec.Raw(one.current), "candidate": msgspec.Raw(one.candidate)}
            | ({"refused": one.refused} if one.refused else {})
            for one in newest
        ]
