"""Two versions side by side: the lines that differ, and the events on which they decide otherwise."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get

from guiju.audit.report.words import Pair
from guiju.checks.words import Words
from guiju.findings import mask
from guiju.gate import TriggerSet
from guiju.gate.decisions import ACTIONS
from guiju.web.console.admission import may
from guiju.web.console.answering import It, page, threaded
from guiju.web.console.gate.asking import NotDone, NotReached
from guiju.web.console.gate.gate import Gate
from guiju.web.console.gate.side_by_side import File, side_by_side
from guiju.web.console.gate.telling import reasons, titles
from guiju.web.console.gate.triggers import NOTHING, SEE, Part, parts, reached
from guiju.web.rollout_description import Compared, Differing

MOST = 25  # events that are listed


class Side(msgspec.Struct):
    """What one version makes of an event: '' where it refuses it. reasons: triggers that held, and what each says that
    held for this version alone.
    """

    action: str
    reasons: list[tuple[str, Words | None]]


class Otherwise(msgspec.Struct):
    """An event on which the versions differ; refused: why one of them takes no such event."""

    platform: str
    id: str
    at: str
    current: Side
    candidate: Side
    refused: str


class Two(msgspec.Struct):
    """The page. trigger, action: what the list of events is of. files: those that differ first."""

    named: bool
    said: str
    detail: Pair
    url: str
    parts: list[Part] = []
    files: list[File] = []
    compared: Compared | None = None
    trigger: str = ""
    action: str = ""
    listed: list[Otherwise] = []
    titles: dict[str, Words] = {}  # of triggers, as their rules are called


@get("/gate/versions", opt=may(*SEE))
@threaded
def versions(request: Request[Any, Any, Any], it: It) -> Response[Any]:
    query = request.query_params
    action = query.get("action", "")
    content = two(it.gate, query.get("trigger", "")[:200], action if action in ACTIONS else "")
    return page(request, "gate_versions.html.j2", content)


def two(gate: Gate | None, trigger: str = "", action: str = "") -> Two:
    if gate is None:
        return Two(False, "", NOTHING, "")
    standing, said, detail = reached(gate)
    if standing is None:
        return Two(True, said, detail, gate.named.url)
    content = Two(True, "", NOTHING, gate.named.url, parts(gate, standing), trigger=trigger, action=action)
    if standing.candidate is None:
        return content
    content.compared = standing.candidate.differences
    left, right = gate.version(standing.current), gate.version(standing.candidate.version)
    if left and right:
        content.files = side_by_side(left.texts, right.texts)
    try:
        listed = gate.asking.differences(trigger, action, MOST)
    except (NotReached, NotDone):  # it was withdrawn between two questions
        listed = []
    current, candidate = gate.set_of(standing.current), gate.set_of(standing.candidate.version)
    content.titles = titles(current, candidate)
    content.listed = [_otherwise(one, current, candidate) for one in listed]
    return content


def _otherwise(of: Differing, current: TriggerSet | None, candidate: TriggerSet | None) -> Otherwise:
    at = next((one["decision_at"] for one in (of.current, of.candidate) if one), "")
    sides = _side(of.current, current), _side(of.candidate, candidate)
    both = {name for name, _ in sides[0].reasons} & {name for name, _ in sides[1].reasons}
    for side in sides:
        side.reasons = [(name, None if name in both else says) for name, says in side.reasons]
    return Otherwise(of.platform, mask(of.id), at, *sides, of.refused)


def _side(decision: dict[str, Any] | None, of: TriggerSet | None) -> Side:
    return Side(decision["action"], reasons(decision, of)) if decision else Side("", [])


ROUTES = [versions]
