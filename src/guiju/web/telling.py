"""A decision as JSON: the bytes that are journalled, answered, and answered again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from guiju.gate import Decision, TriggerSet

encode = msgspec.json.Encoder(decimal_format="string").encode


def told(decision: Decision, name: str) -> bytes:
    """A decision as JSON: what was decided by which text of the set, why, and everything that was measured."""
    reasons = [
        {
            "trigger": r.trigger, "rule": r.rule, "action": r.action, "mode": r.mode,
            "says": {"zh": r.says("zh"), "en": r.says("en")},
            "facts": _zoned(r.facts), "limits": _zoned(r.limits),
        }
        for r in decision.reasons
    ]  # fmt: skip
    return encode(
        {
            "platform": decision.platform, "id": decision.id, "decision_at": decision.decision_at.replace(tzinfo=UTC),
            "action": decision.action, "set": {"name": name, "digest": decision.layout.digest},
            "reasons": reasons, "features": _zoned(decision.features),
        }
    )  # fmt: skip


def _zoned(values: Any) -> dict[str, Any]:
    return {n: v.replace(tzinfo=UTC) if v.__class__ is datetime else v for n, v in values.items()}


def set_entry(of: TriggerSet) -> dict[str, Any]:
    """The set's own text, kept where its decisions are: what was asked can be read years later."""
    texts = {
        p.name: p.read_text(encoding="utf-8-sig") for p in sorted(of.folder.iterdir()) if p.suffix in (".sql", ".yaml")
    }
    return {"kind": "set", "name": of.name, "stream": of.stream, "digest": of.digest, "texts": texts}
