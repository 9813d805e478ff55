"""The registry of campaigns: does a slice name one that ran there and then, and was known.

A slice matches where it names something a registry knows (a campaign, its funder, of what kind it is, for what it is
given), every such name is the campaign's own, and nearly all of its flags carry that campaign while it ran in their
region. What was not yet registered at the moment asked does not count: until then a burst is unexplained.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from guiju.cases.guard.slices import REGISTERED, Terms


@dataclass(frozen=True)
class Campaign:
    """A row of the registry; `since` and `until` (not included; None: it does not end) are UTC."""

    id: str
    name: str
    funder: str
    funder_kind: str
    region: str | None
    since: datetime
    until: datetime | None


def match(
    slice_: Terms, flags: Sequence[Mapping[str, Any]], campaigns: Sequence[Mapping[str, Any]], now: datetime, pct: float
) -> list[Campaign]:
    """The campaigns known by `now` (UTC) that a slice names and that cover `pct` in a hundred of its flags, or none.

    flags: the slice's, with `decided_at`, `region` and `campaign`.
    """
    named = {name: value for name, value in slice_ if name in REGISTERED}
    if not named or not flags:
        return []
    region = dict(slice_).get("region")
    rows = [
        row
        for row in campaigns
        if all(row.get(name) == value for name, value in named.items())
        and (region is None or row["region"] in (None, region))
        and row["valid_from"] <= now
        and (row.get("known_at") is None or row["known_at"] <= now)
    ]
    ran = [{row["id"] for row in rows if _ran(row, flag)} for flag in flags]
    if sum(1 for of in ran if of) * 100 < pct * len(flags):
        return []
    # Of all that some flag carries, as few as cover so many of them: an everyday campaign beside it is no cause.
    kept, left = list[str](), ran
    while sum(1 for of in left if of) > len(flags) * (1 - pct / 100):
        most = max(sorted(row["id"] for row in rows), key=lambda one: sum(1 for of in left if one in of))
        kept.append(most)
        left = [of for of in left if most not in of]
        if sum(1 for of in ran if of & {*kept}) * 100 >= pct * len(flags):
            break
    return [
        Campaign(row["id"], row["campaign"], row["funder"], row["funder_kind"], row["region"], row["valid_from"],
                 row["valid_to"])
        for row in rows if row["id"] in kept
    ]  # fmt: skip


def carried(campaigns: Sequence[Campaign], flag: Mapping[str, Any]) -> bool:
    """Whether a flag carries one of them, where and when it ran."""
    return any(
        flag["campaign"] == c.name
        and c.region in (None, flag["region"])
        and c.since <= flag["decided_at"]
        and (c.until is None or flag["decided_at"] < c.until)
        for c in campaigns
    )


def _ran(row: Mapping[str, Any], flag: Mapping[str, Any]) -> bool:
    """Whether a flag carries the campaign, where and when it ran."""
    return bool(
        flag["campaign"] == row["campaign"]
        and row["region"] in (None, flag["region"])
        and row["valid_from"] <= flag["decided_at"]
        and (row["valid_to"] is None or flag["decided_at"] < row["valid_to"])
    )
