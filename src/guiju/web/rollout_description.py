"""The roll-out's part of the OpenAPI description."""

from __future__ import annotations

from typing import Any

import msgspec

from guiju.gate.versions import Version
from guiju.web.problems import PROBLEM, ROLLOUT_TITLES, TITLES
from guiju.web.rolling import MOST_LISTED, Promotion, Proposal, Reasoned


class Share(msgspec.Struct, forbid_unknown_fields=True):
    """Of the compared events, with the 95 % interval (Wilson); null where none was compared."""

    events: int
    share: float | None
    interval_95: tuple[float, float] | None


class OfTrigger(Share):
    """Events at which a trigger holds for one version alone."""

    trigger: str
    only: str


class OfAction(msgspec.Struct, rename={"before": "from"}, forbid_unknown_fields=True):
    """Events whose action the candidate changes."""

    before: str
    to: str
    events: int
    share: float | None
    interval_95: tuple[float, float] | None


class Compared(msgspec.Struct, forbid_unknown_fields=True):
    """What both versions made of the events since the proposal; `refused`: by whom alone, and how often."""

    compared: int
    differing: Share
    triggers: list[OfTrigger]
    actions: list[OfAction]
    refused: dict[str, int]


class Warmed(msgspec.Struct, forbid_unknown_fields=True):
    """How far through the journal the candidate's windows are made."""

    entries: int
    of: int


class Beside(msgspec.Struct, forbid_unknown_fields=True):
    """The candidate; `failed` says why it goes along no more, if it does not."""

    version: str
    proposed_by: str
    share_pct: float
    subject: str
    warm: bool
    failed: str | None
    warmed: Warmed
    differences: Compared


class Changed(msgspec.Struct, forbid_unknown_fields=True):
    """A change: by whose key, why, when, and the digests after it."""

    change: str
    version: str
    current: str
    candidate: str | None
    share_pct: float
    by: str
    why: str
    at: str


class Standing(msgspec.Struct, forbid_unknown_fields=True):
    """How the versions of the set stand, and the newest changes, the newest first."""

    set: str
    current: str
    candidate: Beside | None
    changes: list[Changed]


class Differing(msgspec.Struct, forbid_unknown_fields=True):
    """An event on which the versions differ, with both decisions; null and `refused` where one refuses it."""

    platform: str
    id: str
    current: Any
    candidate: Any
    refused: str = ""


TYPES = [Standing, Version, Differing, Proposal, Promotion, Reasoned]
MOVES: dict[str, tuple[str, type, dict[str, Any]]] = {
    "propose": ("Put a new version beside the current one", Proposal, {
        "texts": {"features.sql": "SELECT 1", "bursts.yaml": "…"}, "why": "counts a day, not an hour"}),
    "promote": ("Let the candidate decide on a share of the subjects, or on all", Promotion, {
        "share_pct": 10, "why": "no difference in a week"}),
    "rollback": ("Let the current version decide on every subject again", Reasoned, {"why": "it holds honest sellers"}),
    "withdraw": ("Take the candidate away", Reasoned, {"why": "to be mended"}),
    "conclude": ("Make the candidate the current version", Reasoned, {"why": "all subjects, for a week"}),
}  # fmt: skip


def paths() -> dict[str, Any]:
    """The paths of the roll-out."""
    queries = [_query("trigger", {"type": "string"}, "holds for one version alone"),
               _query("action", {"type": "string"}, "is the candidate's, and not the current's"),
               _query("most", {"type": "integer", "minimum": 1, "maximum": MOST_LISTED}, "newest first")]  # fmt: skip
    listed = {"type": "array", "items": _ref("Differing")}
    return {
        "/v1/rollout": {"get": _operation("rollout", "How the versions stand", _ref("Standing"), 401, 403)},
        "/v1/rollout/differences": {
            "get": _operation("differences", "Events on which the versions differ", listed, 400, 401, 403, 409)
            | {"parameters": queries}
        },
        "/v1/rollout/versions/{digest}": {
            "get": _operation("version", "The texts of a version at work", _ref("Version"), 401, 403, 409)
            | {"parameters": [{"name": "digest", "in": "path", "required": True, "schema": {"type": "string"}}]}
        },
        **{f"/v1/rollout/{name}": {"post": _move(name, *of)} for name, of in MOVES.items()},
    }


def _move(name: str, says: str, body: type, example: dict[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": _ref(body.__name__), "example": example}}
    return _operation(name, says, _ref("Standing"), 400, 401, 403, 409, 413, 422, 503) | {
        "requestBody": {"required": True, "content": content}
    }


def _operation(name: str, says: str, schema: dict[str, Any], *problems: int) -> dict[str, Any]:
    told = {"200": {"description": says, "content": {"application/json": {"schema": schema}}}}
    return {"operationId": name, "summary": says, "responses": told | {str(s): _problem(s) for s in problems}}


def _problem(status: int) -> dict[str, Any]:
    title = ROLLOUT_TITLES.get(status, TITLES[status])
    return {"description": title, "content": {PROBLEM: {"schema": _ref("Problem")}}}


def _query(name: str, schema: dict[str, Any], says: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": says}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
