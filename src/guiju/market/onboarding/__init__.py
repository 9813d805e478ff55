"""A brand joins a store network: what it may show, where it opens, and whether what is printed about it can be so.

Authorisations and licences are asked as the checks of an audit ask them; what cannot be seen is not cleared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import ibis
from ibis import _

from guiju.audit.opened import Opened, Progress, opened, quiet
from guiju.audit.report.words import Pair
from guiju.checks.goods._grants import chains
from guiju.checks.goods._licences import spans
from guiju.market import Assumption, assumptions, end_of, exact, local_day
from guiju.market.onboarding.plan import Brand, Plan, read_plan
from guiju.market.onboarding.statements import Recounted, recount
from guiju.market.pages import say
from guiju.records.errors import BadInput
from guiju.rulebook import rules

TABLES = ("brands", "authorisations", "licences", "requirements", "stores")
LINKS_OF = "no_counterfeit_goods"  # whose limit says how many links a chain of authorisations may have


@dataclass(frozen=True)
class Joining:
    """A brand that joins: cleared, or every reason why it is not yet. until: when its papers end first; None: never."""

    brand: str
    seller: str
    reasons: tuple[Pair, ...]
    until: date | None

    @property
    def cleared(self) -> bool:
        return not self.reasons


@dataclass(frozen=True)
class Onboarding:
    """An onboarding on a local day. counts: of the records, by name; None where they cannot be seen."""

    folder: Path
    day: date
    plan: Plan
    brands: list[Joining]
    counts: dict[str, int | None]
    statements: list[Recounted]
    aside: dict[str, int]
    first_fault: str
    used: dict[str, Assumption]

    @property
    def page(self) -> Path:
        return self.folder / "onboarding.html"


def onboard(
    records: Path | str | Mapping[str, Any],
    *,
    plan: Path | str,
    on: date,
    assume: Mapping[str, Any] | Path | str | None = None,
    mapping: Path | str | None = None,
    out: Path | str | None = None,
    language: str = "en",
    progress: Progress = quiet,
) -> Onboarding:
    """Check a plan's brands by the papers of a local day, open them in every open store, and recount what is printed.

    Writes `onboarding-<day>/` into `out`: onboarding.html, onboarding.xlsx, openings.parquet (a row a store that was
    open: store, owner, region, channel, brands), manifest.json, quarantine.parquet. Raises BadInput for what the caller
    can mend.
    """
    from guiju.market.onboarding.page import render, write_workbook

    its = read_plan(Path(plan))
    used = assumptions("onboarding", on, assume)
    within = float(exact(used["within_pct"].value, "within_pct"))
    with opened(records, mapping=mapping, out=out, tables=TABLES, progress=progress) as desk:
        desk.need("stores", "an onboarding")
        progress("papers", 0.3)
        joining = [_joining(desk, its, name, brand, on) for name, brand in its.brands.items()]
        progress("stores", 0.6)
        openings = _openings(desk, its, joining, on)
        counts: dict[str, int | None] = {
            "stores": openings.height, "owners": openings["owner"].n_unique(),
            "regions": openings["region"].drop_nulls().n_unique(), "brands": len(its.brands),
            "cleared_brands": sum(one.cleared for one in joining),
        }  # fmt: skip
        aside = desk.set_aside()
        made = Onboarding(
            Path(), on, its, joining, counts,
            [recount(one, counts[one.of] if one.of else None, within) for one in its.statements],
            aside, desk.first_fault(next(iter(aside), "")), used,
        )  # fmt: skip
        folder = desk.folder()
        openings.write_parquet(folder / "openings.parquet", compression="zstd")
        write_workbook(made, folder / "onboarding.xlsx")
        (folder / "onboarding.html").write_text(render(made, language), encoding="utf-8")
        place = desk.publish(folder, f"onboarding-{on}", _said(made))
        progress("done", 1.0)
        return replace(made, folder=place)


def _openings(desk: Opened, plan: Plan, joining: list[Joining], on: date) -> Any:
    end = ibis.literal(end_of(on, desk.zone), "timestamp(6)")
    stores = desk.table("stores").filter(
        _.platform == plan.platform, _.opened_at.isnull() | (_.opened_at < end),
        _.closed_at.isnull() | (_.closed_at >= end),
    )  # fmt: skip
    brands = ", ".join(one.brand for one in joining if one.cleared)
    found = desk.frame(stores.select("owner", "region", "channel", store=_.id))
    if not found.height:
        raise BadInput(f"stores: none of {plan.platform!r} was open on {on}: name another platform or day in the plan")
    import polars as pl

    return found.select("store", "owner", "region", "channel", pl.lit(brands).alias("brands")).sort("store")


def _joining(desk: Opened, plan: Plan, name: str, brand: Brand, on: date) -> Joining:
    """The reasons in order: registration, authorisation, licences."""
    reasons: list[Pair] = []
    ends: list[date] = []
    for ask in (_registered, _authorised, _licensed):
        why, until = ask(desk, plan, name, brand, on)
        reasons += why
        ends += [until] if until else []
    return Joining(name, brand.seller, tuple(reasons), min(ends, default=None))


Asked = tuple[list[Pair], date | None]


def told(name: str, **values: Any) -> Pair:
    return say("onboarding", name, **values)


def _missing(desk: Opened, *names: str) -> list[Pair]:
    return [told("no_table", table=name) for name in names if not desk.has(name)]


def _registered(desk: Opened, plan: Plan, name: str, brand: Brand, on: date) -> Asked:
    if missing := _missing(desk, "brands"):
        return missing, None
    held = {row["category"] for row in _valid(desk, "brands", plan.platform, on) if row["brand"] == name}
    return [told("unregistered", brand=name, category=c) for c in brand.categories if c not in held], None


def _authorised(desk: Opened, plan: Plan, name: str, brand: Brand, on: date) -> Asked:
    if missing := _missing(desk, "brands", "authorisations"):
        return [m for m in missing if m not in _missing(desk, "brands")], None
    limits = rules()[LINKS_OF].limits_on(on)
    held = chains(desk.table("brands"), desk.table("authorisations"), int(limits["max_links"]))
    held = held.filter(_.platform == plan.platform, _.brand == name, _.party == brand.seller)
    end = end_of(on, desk.zone)
    rows = desk.frame(held).to_dicts()
    if now := [row["ends"] for row in rows if row["begins"] < end <= row["ends"]]:
        return [], None if max(now).year > 9000 else _last_day(desk, max(now))
    if past := [row["ends"] for row in rows if row["ends"] < end]:
        return [told("ended", seller=brand.seller, day=_last_day(desk, max(past)))], None
    return [told("unauthorised", brand=name, seller=brand.seller)], None


def _licensed(desk: Opened, plan: Plan, name: str, brand: Brand, on: date) -> Asked:
    if missing := _missing(desk, "requirements"):
        return missing, None
    needed = {
        (row["category"], row["licence"]) for row in _valid(desk, "requirements", plan.platform, on)
        if row["category"] in brand.categories
    }  # fmt: skip
    held: dict[str, Any] = {}
    end = end_of(on, desk.zone)
    if desk.has("licences"):
        its = spans(desk.table("licences")).filter(_.platform == plan.platform, _.seller == brand.seller)
        for row in desk.frame(its).to_dicts():
            if row["valid_from"] < end and (row["ends_at"] is None or row["ends_at"] >= end):
                held[row["licence"]] = row["ends_at"]
    lacking = sorted((c, kind) for c, kind in needed if kind not in held)
    ends = [held[kind] for _c, kind in needed if held.get(kind) is not None]
    until = _last_day(desk, min(ends)) if ends else None
    return [told("unlicensed", seller=brand.seller, category=c, licence=kind) for c, kind in lacking], until


def _last_day(desk: Opened, ends: datetime) -> date:
    """The last local day of a span that ends at a moment, exclusive."""
    return local_day(ends - timedelta(microseconds=1), desk.zone)


def _valid(desk: Opened, table: str, platform: str, on: date) -> list[dict[str, Any]]:
    """A small table's rows of a platform that hold on a local day."""
    end = end_of(on, desk.zone)
    its = [row for row in desk.rows(table) if row["platform"] == platform and row["valid_from"] < end]
    return [row for row in its if row["valid_to"] is None or row["valid_to"] >= end]


def _said(made: Onboarding) -> dict[str, Any]:
    return {
        "on": made.day.isoformat(), "group": made.plan.group.en, "platform": made.plan.platform,
        "brands": {one.brand: "cleared" if one.cleared else [en for _zh, en in one.reasons] for one in made.brands},
        "counts": made.counts,
        "statements": [{"says": s.printed.says.en, "of": s.printed.of, "counted": s.counted, "verdict": s.verdict,
                        "corrected": s.corrected} for s in made.statements],
    }  # fmt: skip
