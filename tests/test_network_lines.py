"""Lines of recruiters, drawn at will: circles, strangers, who joined too late or twice; no join goes round for ever.

What the queries say is held against a walk over the same rows by hand.
"""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime, timedelta
from typing import Any

import ibis
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from guiju.checks.network import _lines, _pay
from guiju.records import tables
from guiju.testing.cases import engine_of_cases

NAMES = "abcdefgh"
JOINED = datetime(2025, 1, 1)
ROW = st.tuples(st.sampled_from(NAMES), st.one_of(st.none(), st.sampled_from(NAMES)), st.integers(0, 2))
PAIR = st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES))


def drawn(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    schema = tables()[name].schema.to_pyarrow()
    return pa.table({f.name: pa.array([r.get(f.name) for r in rows], f.type) for f in schema}, schema=schema)


def driven(steps: Generator[ibis.Table, ibis.Table, Any], engine: Any) -> Any:
    """What a check's steps return, each step computed."""
    try:
        step = next(steps)
        while True:
            step = steps.send(engine.keep(step))
    except StopIteration as end:
        return end.value


def by_hand(rows: list[tuple[str, str | None, int]]) -> tuple[list[str | None], dict[str, str | None]]:
    """Why each row cannot be part of a line, and of each member its recruiter."""
    first: dict[str, int] = {}
    for i in sorted(range(len(rows)), key=lambda i: (rows[i][2], i)):
        first.setdefault(rows[i][0], i)
    why: list[str | None] = []
    up: dict[str, str | None] = {}
    for i, (member, recruiter, day) in enumerate(rows):
        told = None
        if first[member] != i:
            told = _lines.TWICE
        elif recruiter == member:
            told = _lines.ROUND
        elif recruiter is not None and recruiter not in first:
            told = _lines.UNKNOWN
        elif recruiter is not None and rows[first[recruiter]][2] > day:
            told = _lines.BEFORE
        if first[member] == i:
            up[member] = recruiter if told is None else None
        why.append(told)
    for member, i in first.items():  # on a circle: one comes back to oneself
        at, passed = up[member], 0
        while at is not None and at != member and passed <= len(rows):
            at, passed = up[at], passed + 1
        if at == member:
            why[i] = _lines.ROUND
    return why, {member: None if why[first[member]] else up[member] for member in up}


@settings(max_examples=20)
@given(st.lists(ROW, min_size=1, max_size=10), st.lists(PAIR, max_size=6))
def test_lines_are_what_a_walk_by_hand_says(
    rows: list[tuple[str, str | None, int]], pairs: list[tuple[str, str]]
) -> None:
    engine = engine_of_cases("duckdb")
    joined = engine.put(drawn("recruitments", [
        {"platform": "p", "id": f"{i:02d}", "member": m, "recruiter": r, "occurred_at": JOINED + timedelta(days=day),
         "currency": "CNY"} for i, (m, r, day) in enumerate(rows)
    ]))  # fmt: skip
    every = engine.keep(_lines.joinings(joined))
    members = driven(_lines.lines(every), engine)
    why, up = by_hand(rows)
    told = {r["id"]: r["why"] for r in engine.fetch(every.filter(every.place > 0).select("id", "why")).to_pylist()}
    told |= {r["id"]: r["why"] for r in engine.fetch(members.select("id", "why")).to_pylist()}
    assert [told[f"{i:02d}"] for i in range(len(rows))] == why
    assert {r["member"]: r["up"] for r in engine.fetch(members.select("member", "up")).to_pylist()} == up
    assert sum(r["rows"] for r in engine.fetch(_lines.account(every, members)).to_pylist()) == len(rows)

    paid = pa.table({"platform": pa.array(["p"] * len(pairs), pa.string()),
                     "member": pa.array([a for a, _ in pairs], pa.string()),
                     "caused_by": pa.array([b for _, b in pairs], pa.string()),
                     "cause": pa.array(["recruitment"] * len(pairs), pa.string()),
                     "is_member": pa.array([True] * len(pairs), pa.bool_())})  # fmt: skip
    met, _passed = driven(_pay.levels(engine.put(paid), members, ["recruitment"], 5), engine)
    levels = {(r["member"], r["caused_by"]): r["level"] for r in engine.fetch(met).to_pylist()}
    engine.drop_kept()
    wanted = {}
    for payee, caused_by in set(pairs):
        at = up.get(caused_by)
        for level in range(1, 6):
            if at == payee and payee != caused_by and at is not None:
                wanted[payee, caused_by] = level
                break
            at = up.get(at) if at is not None else None
    assert levels == wanted


def test_a_line_of_two_hundred_levels_has_one_head_and_a_circle_of_a_thousand_is_told() -> None:
    engine = engine_of_cases("duckdb")
    names = [f"m{i:04d}" for i in range(1_000)]

    def members(recruiters: list[str | None], hours: int) -> ibis.Table:
        both = enumerate(zip(names, recruiters, strict=True))
        rows = engine.put(drawn("recruitments", [
            {"platform": "p", "id": name, "member": name, "recruiter": by, "currency": "CNY",
             "occurred_at": JOINED + timedelta(hours=hours * i)} for i, (name, by) in both
        ]))  # fmt: skip
        return driven(_lines.lines(engine.keep(_lines.joinings(rows))), engine)

    line = members([None, *names[:199], *[None] * 800], 1)
    nodes = line.filter(line.member <= names[199]).mutate(up=line.up.fill_null(line.member))
    heads = engine.fetch(driven(_lines.heads(nodes), engine)).to_pylist()
    assert {row["head"] for row in heads} == {names[0]}
    assert max(row["depth"] for row in heads) == 199
    circle = members([names[-1], *names[:-1]], 0)
    assert engine.fetch(circle.select("why")).column("why").to_pylist() == [_lines.ROUND] * 1_000
    engine.drop_kept()
