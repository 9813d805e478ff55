"""Decisions on live events: a trigger is standard SQL, written once, the same over history and live.

`load(folder)` reads a set of triggers; `TriggerSet.duckdb()` and `.spark()` are its text for the batch engines, and
`live(set)` its incremental engine. Texts outside the supported subset are refused (docs/gate.md).
"""

from __future__ import annotations

from guiju.gate.decisions import Decision, Reason
from guiju.gate.engine import Engine, live
from guiju.gate.loading import Trigger, TriggerSet, load, shipped
from guiju.gate.refusal import EventRefused, Full, Refused

__all__ = [
    "Decision",
    "Engine",
    "EventRefused",
    "Full",
    "Reason",
    "Refused",
    "Trigger",
    "TriggerSet",
    "live",
    "load",
    "shipped",
]
