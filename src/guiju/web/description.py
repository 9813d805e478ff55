"""The OpenAPI description, with examples that a test sends."""

from __future__ import annotations

from typing import Any

import msgspec

from guiju import __version__
from guiju.records import Column
from guiju.web.deciding import Deciding
from guiju.web.events import CLOUD, CLOUD_BATCH, MOST_EVENTS, Envelope
from guiju.web.problems import PROBLEM, TITLES, Problem
from guiju.web.projection.asking import Asked
from guiju.web.rollout_description import TYPES, paths

EXAMPLES = {"string": "a", "timestamp(6)": "2026-06-01T08:30:00Z", "int64": 1, "boolean": True, "float64": 1.0}


class Reason(msgspec.Struct):
    """Why a trigger held: its sentence, the facts it rests on, the limits of the event's day."""

    trigger: str
    rule: str
    action: str
    mode: str
    says: dict[str, str]
    facts: dict[str, Any]
    limits: dict[str, Any]


class Set(msgspec.Struct):
    """Which text of which set decided; the journal holds the text."""

    name: str
    digest: str


class Answer(msgspec.Struct):
    """A decision, as it stands in the journal; numbers with decimals are text."""

    platform: str
    id: str
    decision_at: str
    action: str
    set: Set
    reasons: list[Reason]
    features: dict[str, Any]


class Page(msgspec.Struct):
    """Decisions that were asked for, the newest first."""

    decisions: list[Answer]
    next: str | None
    upto: int


class Outcome(msgspec.Struct):
    """One event of a batch: its decision, or its problem."""

    status: int
    decision: Answer | None = None
    problem: Problem | None = None


def example(deciding: Deciding) -> dict[str, Any]:
    """An event with the columns that every event needs."""
    columns = deciding.set.features.stream.columns
    return {c.name: _example(c) for c in columns if c.needed}


def _example(column: Column) -> Any:
    if column.type.startswith("decimal"):
        return "1.00"
    return {"currency": "CNY", "platform": "hehua", "id": "o-1"}.get(column.name, EXAMPLES.get(column.type))


def description(deciding: Deciding, is_open: bool) -> bytes:
    """The document of `/openapi.json`; `is_open`: whether no key is asked for."""
    types = [deciding.events.type, Envelope, Answer, Outcome, Page, Problem, *TYPES]
    _, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    for name in ("Raw",):
        components.pop(name, None)
    for column in deciding.set.features.stream.columns:
        components["Event"]["properties"][column.name]["description"] = column.says
    document = {
        "openapi": "3.1.0",
        "x-guiju": {"set": deciding.set.name, "stream": deciding.set.stream},  # whoever sends records asks for it
        "info": {"title": "Guiju gate", "version": __version__, "description": DESCRIPTION},
        "paths": {
            "/v1/decisions": {"post": _post(deciding), "get": _list(deciding)},
            "/v1/decisions/{id}": {"get": _get()},
            **paths(),
            "/health": {"get": _plain("The process answers.")},
            "/ready": {"get": _plain("Decisions can be made.", 503)},
            "/metrics": {"get": _plain("Counts for Prometheus.")},
        },
        "components": {
            "schemas": components,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
        "security": [] if is_open else [{"key": []}],
    }
    return msgspec.json.encode(document)


DESCRIPTION = (
    "Decides on one event at a time, by the triggers of one set. A decision is on the disk before it is answered. "
    "An event that is sent again gets the same decision; the same id with another body is refused (409)."
)


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _problems(*statuses: int) -> dict[str, Any]:
    return {str(s): {"description": TITLES[s], "content": {PROBLEM: {"schema": _ref("Problem")}}} for s in statuses}


def _post(deciding: Deciding) -> dict[str, Any]:
    event = example(deciding)
    enveloped = {"specversion": "1.0", "id": event["id"], "source": event["platform"],
                 "type": f"com.example.{deciding.set.stream}", "data": event}  # fmt: skip
    batch = {"type": "array", "items": _ref("Event"), "maxItems": MOST_EVENTS}
    return {
        "operationId": "decide",
        "summary": "Decide on an event, or on each of a batch",
        "parameters": [
            {"name": "set", "in": "query", "required": False, "schema": {"const": deciding.set.name},
             "description": "the set that must decide; another name is refused"}
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"anyOf": [_ref("Event"), batch]}, "example": event},
                CLOUD: {"schema": _ref("Envelope"), "example": enveloped},
                CLOUD_BATCH: {"schema": {"type": "array", "items": _ref("Envelope")}, "example": [enveloped]},
            },
        },
        "responses": {
            "200": {
                "description": "The decision; of a batch, a list with each event's decision or problem",
                "content": {"application/json": {
                    "schema": {"anyOf": [_ref("Answer"), {"type": "array", "items": _ref("Outcome")}]}
                }},
            },
            **_problems(400, 401, 403, 404, 409, 413, 422, 503),
        },
    }  # fmt: skip


def _list(deciding: Deciding) -> dict[str, Any]:
    _, components = msgspec.json.schema_components([Asked])
    properties = components["Asked"]["properties"]
    says = {
        "subject": f"about whom: the event's {deciding.set.subject}", "from": "decided at this time or later",
        "to": "decided before this time", "cursor": "`next` of the page before", "limit": "decisions on a page at most",
    }  # fmt: skip
    return {
        "operationId": "decisions",
        "summary": "Decisions by subject, time and action, the newest first",
        "parameters": [
            {"name": name, "in": "query", "required": False, "schema": schema, "description": says.get(name, name)}
            for name, schema in properties.items()
        ],
        "responses": {
            "200": {
                "description": "A page; `upto` is the entry of the journal up to which was read",
                "content": {"application/json": {"schema": _ref("Page")}},
            },
            **_problems(400, 401, 403, 404, 503),
        },
    }


def _get() -> dict[str, Any]:
    return {
        "operationId": "decision",
        "summary": "A decision that was made",
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}, "example": "o-1"},
            {"name": "platform", "in": "query", "required": False, "schema": {"type": "string"},
             "description": "needed where two platforms use the same id"},
        ],
        "responses": {
            "200": {"description": "The decision", "content": {"application/json": {"schema": _ref("Answer")}}},
            **_problems(401, 403, 404, 409, 503),
        },
    }  # fmt: skip


def _plain(says: str, *others: int) -> dict[str, Any]:
    return {"summary": says, "security": [], "responses": {"200": {"description": says}, **_problems(*others)}}
