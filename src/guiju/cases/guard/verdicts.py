"""The verdict on every flag of a platform: by its group, by what is in review, or by how long ago it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from guiju.cases.guard.grouping import Asked
from guiju.cases.guard.outcome import (
    CAUSE,
    CONFIRMED,
    HOLD,
    PERSON,
    RELEASED,
    STAYS,
    TOO_FEW,
    WAIT,
    Group,
    InReview,
    Verdict,
)
from guiju.cases.guard.reviewing import in_review
from guiju.cases.guard.sampling import weekly
from guiju.records.quarantine import quoted

if TYPE_CHECKING:
    import duckdb


def verdicts(
    con: duckdb.DuckDBPyConnection, view: str, platform: str, made: Sequence[Group], asked: Asked
) -> list[Verdict]:
    """One for each flag, in the order of their moments."""
    of_group = {one: group for group in made for one in (*group.members, *group.staying)}
    flags = _flags(con, view, asked.in_force)
    reviewed = {
        flag["id"]: entry
        for flag in flags
        if flag["id"] not in of_group
        and (entry := in_review(asked.in_force, asked.trigger, platform, flag)) is not None
    }
    sampled = {one for group in made for one in group.sample}
    found = asked.found(platform)
    late = [(f["id"], f["day"]) for f in flags if f["id"] in reviewed and not f["evidence"]]
    sampled |= {one for one in weekly(late, asked.of.sampled_weekly_pct, asked.trigger) if one not in found}
    ripe = asked.now - timedelta(hours=asked.of.delay_hours)
    out = []
    for flag in flags:
        one, group = flag["id"], of_group.get(flag["id"])
        entry = reviewed.get(one)
        plain = HOLD if flag["decided_at"] <= ripe else WAIT
        verdict = plain
        if group is not None or entry is not None:
            status = group.status if group is not None else CAUSE
            verdict = _verdict(status, bool(flag["evidence"]), found.get(one), one in sampled, plain)
        name = group.id if group is not None else entry.group if entry is not None else ""
        out.append(Verdict(platform, one, verdict, name, flag["evidence"] or "", one in sampled))
    return out


def _verdict(status: str, has_evidence: bool, found: bool | None, sampled: bool, plain: str) -> str:
    """Of a flag in a group of this status; `found` is what a person found of it, if one looked at it."""
    if status == TOO_FEW:
        return PERSON
    if has_evidence or found:
        return STAYS
    if status == CONFIRMED:
        return plain
    return RELEASED if status == CAUSE and not sampled else PERSON


def _flags(con: duckdb.DuckDBPyConnection, view: str, in_force: Sequence[InReview]) -> list[Mapping[str, Any]]:
    columns = [name for name, *_ in con.execute(f"DESCRIBE {view}").fetchall()]
    named = {name for entry in in_force for name in entry.slice} & set(columns)
    asked = ", ".join(quoted(name) for name in sorted({"region", "agency", "campaign"} | named))
    cursor = con.execute(
        f"SELECT id, decided_at, day, evidence, {asked} FROM {view} WHERE flagged ORDER BY decided_at, id"
    )
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
