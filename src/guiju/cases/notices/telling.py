"""What a notice says: a step of a case in a sentence or two, from what the statement of that moment tells."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from guiju.cases.statement.page import Phrases, about, came_back, head
from guiju.cases.statement.stated import Statement
from guiju.checks.words import Words


def told_kinds() -> frozenset[str]:
    """The kinds of steps that the party is told of."""
    return frozenset(_words())


def text_of(kind: str, s: Statement, language: str) -> str:
    """The notice of a step of a kind, without its link."""
    w, r = Phrases(language), s.redress
    fields: Mapping[str, object] = {
        "platform": s.platform, "about": about(s, w),
        "head": head(s, w), "days": r.appeal_days, "answer_by": w.at(r.answer_by) if r.answer_by else "–",
        "outcome": w(s.answers[-1].outcome) if s.answers else "–", "money": w.space.join([*came_back(s, w), ""]),
    }  # fmt: skip
    return _words()[kind].in_(language).format(**fields)


@cache
def _words() -> dict[str, Words]:
    return msgspec.yaml.decode(Path(__file__).with_name("words.yaml").read_bytes(), type=dict[str, Words])
