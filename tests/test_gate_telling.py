"""A decision's bytes, put together from what is the same in all of them, are what an encoder makes of the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.checks.words import Words
from guiju.findings.sentences import sentence
from guiju.gate import Decision, load
from guiju.gate.decisions import Fact, Layout, Told
from guiju.gate.nodes import SPAN, TEXT, TIME, TRUTH, number
from guiju.web.index import Index, digest
from guiju.web.telling import Teller

KINDS = [TEXT, TRUTH, TIME, SPAN, number(10), number(20, 2), number(18, 6), number(30, 9)]
NAMES = ["text", "truth", "time", "span", "count", "sum", "ratio", "fine"]
FACTS = tuple(Fact(name, kind, name in ("sum", "text")) for name, kind in zip(NAMES, KINDS, strict=True))
SAYS = Words(
    zh="100% “{text}”：{sum}、{time:%H:%M}，{count}", en='{count:#order}, {ratio:less |more |.1f}, {sum} "{text}"'
)
TOLD = Told("bursts", "no_100%", "hold", "live", SAYS, ZoneInfo("Asia/Shanghai"), FACTS)
LAYOUT = Layout(FACTS, (TOLD, replace(TOLD, mode="shadow"), replace(TOLD, action="review")), "abc")
SET = replace(load("orders"), name='a "set" of 5 %')
vars(SET)["layout"] = LAYOUT  # where the cached property keeps it

integers = st.integers(-(10**18), 10**18) | st.sampled_from([0, 1, -1, -5, 99, -100, 10**12])
moments = st.integers(0, 4 * 10**15)
texts = st.text(st.characters(codec="utf-8"))
VALUES: dict[str, Any] = {
    "text": texts, "truth": st.booleans(), "time": moments, "span": st.integers(-(10**14), 10**14),
}  # fmt: skip
values = st.tuples(*(st.none() | VALUES.get(kind.name, integers) for kind in KINDS))
held = st.lists(st.tuples(st.integers(0, 2), values), max_size=3).map(tuple)


def slowly(decision: Decision) -> bytes:
    """The whole as one value, encoded at once."""

    def zoned(facts: Mapping[str, Any]) -> dict[str, Any]:
        return {n: v.replace(tzinfo=UTC) if isinstance(v, datetime) else v for n, v in facts.items()}

    reasons = [
        {
            "trigger": r.trigger, "rule": r.rule, "action": r.action, "mode": r.mode,
            "says": {"zh": r.says("zh"), "en": r.says("en")}, "facts": zoned(r.facts), "limits": zoned(r.limits),
        }
        for r in decision.reasons
    ]  # fmt: skip
    whole = {
        "platform": decision.platform, "id": decision.id, "decision_at": decision.decision_at.replace(tzinfo=UTC),
        "action": decision.action, "set": {"name": SET.name, "digest": "abc"}, "reasons": reasons,
        "features": zoned(decision.features),
    }  # fmt: skip
    return msgspec.json.Encoder(decimal_format="string").encode(whole)


@given(texts, texts, moments, values, held)
def test_the_bytes_are_those_of_an_encoder(platform: str, id: str, moment: int, of: Any, why: Any) -> None:
    decision = Decision(LAYOUT, platform, id, moment, of, why)
    assert Teller(SET)(decision) == slowly(decision)
    severest = {0: "hold", 1: "allow", 2: "review"}
    actions = {severest[place] for place, _ in why}
    assert decision.action == next((a for a in ("hold", "review") if a in actions), "allow")


def test_what_a_sentence_does_not_know_is_an_error() -> None:
    with pytest.raises(KeyError, match="nothing"):
        sentence("{nothing}", {"something": 1})


def test_an_index_looks_for_what_may_be_there_alone(tmp_path: Path) -> None:
    path, ids = tmp_path / "index" / "i.sqlite", [f"o{n}" for n in range(2_000)]
    index = Index(path, "journal")
    index.add([(id, n) for n, id in enumerate(ids)], 2_000)
    for _ in range(2):
        for _ in range(2):
            assert index.find(["o5", "o1999", "p5"]) == {"o5": [5], "o1999": [1999]}
            index.learn()
        seen = [digest(f"p{n}") in index._seen for n in range(2_000)]
        assert not any(seen), "with so few, chance finds none"
        index.close()
        index = Index(path, "journal")
    index.close()


def test_an_index_finds_an_id_in_every_segment_of_the_journal(tmp_path: Path) -> None:
    path = tmp_path / "index" / "i.sqlite"
    index, places = Index(path, "journal"), [segment << 32 | 7 for segment in (1, 140_002, 279_002)]
    for upto, place in enumerate(places):
        index.add([("o1", place), (f"p{upto}", place + 1)], upto)
        assert index.find(["o1"]) == {"o1": places[: upto + 1]}
    index.close()
    index = Index(path, "journal")
    assert index.find(["p1", "o1", "q"]) == {"o1": places, "p1": [places[1] + 1]}
    index._adding.execute("UPDATE known SET layout = 1")
    index.close()
    index = Index(path, "journal")
    assert (index.find(["o1"]), index.sequence) == ({}, 0), "one of another layout is made anew"
    index.close()
