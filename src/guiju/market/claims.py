"""What copy claims of a business, claim by claim, against its figures: supported, contradicted, or not to be seen.

The check `unsubstantiated_claims` says only what is contradicted; this says all three, and judges “faster and faster”
by a series of figures, as `guiju.estimators.growth` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import ibis
import pyarrow as pa

from guiju.checks.promotion import _held_against as held_against
from guiju.checks.promotion import _substantiation as substantiation
from guiju.estimators.growth import Course, growth
from guiju.records.errors import BadInput
from guiju.rulebook import rules

RULE = "no_unsubstantiated_claims"
WORDS = ("measure_words", "first_words", "rising_words", "faster_words", "excuse_words")
SUPPORTED, CONTRADICTED, UNSEEN = "supported", "contradicted", "unseen"
A_YEAR = 12  # figures of a series, one a month


@dataclass(frozen=True)
class Claim:
    """A claim as an advert made it: what of it is read, what is on record, and what follows from the two.

    value: claimed; None for a first place or for growth. other: the largest rival's figure, or the one of a year
    before. per_cent, absolute: of a claim to grow faster and faster, what the series shows of rate and additions.
    """

    advert: str
    seller: str
    text: str
    claim: str
    measure: str
    comparison: str
    value: float | None
    on_record: float | None
    other: float | None
    other_holder: str | None
    verdict: str
    per_cent: str = ""
    absolute: str = ""


def claims(adverts: pa.Table, figures: pa.Table, *, day: date) -> list[Claim]:
    """Every claim that is read in the adverts, in the order of their ids, by the limits of a day.

    adverts, figures: tables with the columns of `records`. Raises BadInput where one lacks a column it needs.
    """
    for name, table, needed in (
        ("adverts", adverts, ("platform", "id", "seller", "occurred_at", "text")),
        ("figures", figures, ("platform", "id", "holder", "measure", "occurred_at", "amount")),
    ):
        if missing := [column for column in needed if column not in table.column_names]:
            raise BadInput(f"{name} lacks the column {missing[0]}, by which claims are held against records: supply it")
    limits = rules()[RULE].limits_on(day)
    shown, known = ibis.memtable(adverts), ibis.memtable(figures)
    parts = substantiation.clauses(shown.select("platform", "id", "seller", "occurred_at", written="text", text="text"))
    read = substantiation.claims(parts.select("clause", "meant").distinct(), *(str(limits[name]) for name in WORDS))
    held = parts.drop("meant").inner_join(read, "clause")
    spans = (int(limits["max_age_days"]), int(limits["rise_days"]), float(limits["rounding_pct"]))
    judged = held_against.judged(held, known, *spans).order_by("platform", "id", "claim")
    found = ibis.duckdb.connect().to_pyarrow(judged).to_pylist()
    return [_told(row, figures) for row in found]


def _told(row: dict[str, Any], figures: pa.Table) -> Claim:
    verdict, courses = row["verdict"], ("", "")
    if row["comparison"] == "accelerating":
        series = _series(figures, row)
        courses = (_course(series, True), _course(series, False))
        verdict = _of_courses(*courses)
    return Claim(
        row["id"], row["seller"], row["written"], row["claim"], row["measure"], row["comparison"], row["value"],
        row["on_record"], row["other"], row["other_holder"], verdict, *courses,
    )  # fmt: skip


def _series(figures: pa.Table, claim: dict[str, Any]) -> list[float]:
    """The figures of the claim's measure up to when it was shown, a month each; those before a gap are left out."""
    its: dict[int, float] = {}
    for row in sorted(figures.to_pylist(), key=lambda row: (row["occurred_at"], row["id"])):
        whose = (row["platform"], row["holder"], row["measure"]) == (
            claim["platform"],
            claim["seller"],
            claim["measure"],
        )
        at: datetime = row["occurred_at"]
        if whose and row["amount"] is not None and at <= claim["occurred_at"]:
            its[at.year * A_YEAR + at.month] = float(row["amount"])
    months = sorted(its)
    after_gaps = [later for earlier, later in pairwise(months) if later != earlier + 1]
    begins = max(after_gaps, default=0)
    return [its[month] for month in months if month >= begins]


def _course(series: list[float], logarithm: bool) -> str:
    if not series or (logarithm and min(series) <= 0):
        return str(Course.too_short)
    return str(growth(series, A_YEAR, logarithm=logarithm).course)


def _of_courses(per_cent: str, absolute: str) -> str:
    """Supported if it is so in either sense, contradicted if it is not in both."""
    if Course.faster in (per_cent, absolute):
        return SUPPORTED
    return CONTRADICTED if per_cent == absolute == Course.slower else UNSEEN
