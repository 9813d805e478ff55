"""A decision in the journal, as far as work behind the journal needs it: about whom, when, what, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from guiju.gate.features import SUBJECTS
from guiju.journal import Entry

DECISION = b'{"kind":"decision"'  # how such an entry begins

_fields: list[Any] = [(name, str | None, None) for name in dict.fromkeys(SUBJECTS.values())]
_Event = msgspec.defstruct("_Event", _fields)  # no stream has two of these columns


class _Set(msgspec.Struct):
    digest: str


class Reason(msgspec.Struct):
    """A trigger that held, `live` or `shadow`."""

    trigger: str
    mode: str


class Decided(msgspec.Struct):
    """What was decided; the whole of it stands in the journal."""

    platform: str
    id: str
    decision_at: datetime
    action: str
    set: _Set
    reasons: list[Reason]
    subject: str = ""


class _Entry(msgspec.Struct):
    event: _Event  # type: ignore[valid-type]
    decision: Decided


class _Whole(msgspec.Struct):
    decision: msgspec.Raw


_decode = msgspec.json.Decoder(_Entry).decode
_decode_whole = msgspec.json.Decoder(_Whole).decode


def decided(entry: Entry) -> Decided | None:
    """The decision in an entry; None where the entry is something else."""
    if not entry.payload.startswith(DECISION):
        return None
    read = _decode(entry.payload)
    read.decision.subject = next(filter(None, msgspec.structs.astuple(read.event)), "")
    return read.decision


def whole(entry: Entry) -> bytes:
    """The decision as it was answered."""
    return bytes(_decode_whole(entry.payload).decision)
