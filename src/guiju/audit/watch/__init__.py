"""Watch a market by city and week: price against cost, shares, merchants, jobs; complaints as leads.

What is watched is counted, not judged: nothing here is a finding, and no complaint becomes one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from guiju.audit.opened import Opened, Progress, opened, quiet
from guiju.audit.watch import measures
from guiju.audit.watch.markets import market_sums, markets
from guiju.records.errors import BadInput, hint

MONDAY = datetime(2000, 1, 3)


@dataclass(frozen=True)
class Watch:
    """A market as watched. Times are UTC, weeks begin on local Mondays.

    cities, whole: a row a platform and week, of each city and of all; `lately` compares the last weeks with those
    before. jobs: people by platform, city, kind and week. complaints: leads, a row each. `settled_weeks`: a merchant
    that sold within so many weeks of the records' edge has neither entered nor left, as far as is known. markets: how
    concentrated the last weeks' market is by each definition of it, `unseen_pct` of it not being in the records, and
    what the index would gain if the platforms `joining` became one.
    """

    folder: Path
    day: date
    zone: ZoneInfo
    settled_weeks: int
    now_weeks: int
    before_weeks: int
    cities: pl.DataFrame
    whole: pl.DataFrame
    jobs: pl.DataFrame
    complaints: pl.DataFrame
    unplaced: int  # rows of orders outside the whole weeks
    markets: pl.DataFrame
    unseen_pct: float
    joining: list[str]

    @property
    def page(self) -> Path:
        return self.folder / "watch.html"


def watch(
    records: Path | str | Mapping[str, Any],
    *,
    day: date | None = None,
    mapping: Path | str | None = None,
    out: Path | str | None = None,
    engine: str = "duckdb",
    settled_weeks: int = 8,
    now_weeks: int = 4,
    before_weeks: int = 13,
    unseen_pct: float = 0.0,
    joining: Sequence[str] = (),
    language: str = "en",
    progress: Progress = quiet,
) -> Watch:
    """Sum the whole weeks up to `day` (the last day with an order unless given), and draw them.

    Writes `watch-<day>/` into `out`: cities, all_cities, markets, jobs and complaints .parquet, watch.html and
    manifest.json with the digests of what was read. Raises BadInput for what the caller can mend.
    """
    from guiju.audit.watch.page import render

    if not 0 <= unseen_pct < 100:
        raise BadInput(f"unseen is the share of the market not in the records, 0 to 99 per cent, not {unseen_pct:g}")
    with opened(records, mapping=mapping, out=out, engine=engine, progress=progress) as desk:
        desk.need("orders", "watching")
        newest = desk.staged.tables["orders"].last
        assert newest is not None
        last = day or newest.replace(tzinfo=UTC).astimezone(desk.zone).date()
        progress("summing weeks", 0.3)
        seen = _sum(desk, last, settled_weeks, now_weeks, before_weeks)
        seen = replace(seen, markets=_markets(desk, seen, unseen_pct, list(joining)),
                       unseen_pct=unseen_pct, joining=sorted(set(joining)))  # fmt: skip
        progress("drawing", 0.9)
        folder = desk.folder()
        _write(folder, seen)
        (folder / "watch.html").write_text(render(seen, language), encoding="utf-8")
        place = desk.publish(folder, f"watch-{last}", _said(seen))
        progress("done", 1.0)
        return replace(seen, folder=place)


def _sum(desk: Opened, day: date, settled_weeks: int, now_weeks: int, before_weeks: int) -> Watch:
    import ibis

    zone, staged, frame = desk.zone, desk.staged, desk.frame
    offsets = {datetime(day.year, month, 1, tzinfo=zone).utcoffset() or timedelta() for month in (1, 7)}
    if len(offsets) > 1:
        raise BadInput(
            f"weeks are counted by one offset from UTC, and {zone.key} has two a year; name CN in the mapping"
        )
    [offset] = offsets
    until = (datetime(day.year, day.month, day.day) + timedelta(days=1)) - offset
    first = staged.tables["orders"].first
    assert first is not None
    begin, end = measures.whole_weeks(first, until, MONDAY - offset)
    if begin >= end:
        raise BadInput(
            f"from the first order to {day} there is no whole week (Monday to Sunday): supply more, or a later day"
        )
    moved = ibis.interval(seconds=int(offset.total_seconds()))

    def within(name: str) -> Any:
        table = desk.table(name)
        return table.filter(table.occurred_at >= ibis.literal(begin), table.occurred_at < ibis.literal(end))

    costs = desk.table("costs") if "costs" in staged.tables else None
    sums = frame(measures.merchants_weeks(within("orders"), costs, moved))
    cities, whole = measures.watched(sums, timedelta(weeks=settled_weeks))
    jobs = frame(measures.people(within("jobs"), moved)) if "jobs" in staged.tables else pl.DataFrame()
    heard = frame(measures.leads(within("complaints"), moved)) if "complaints" in staged.tables else pl.DataFrame()
    outside = staged.tables["orders"].good - int(sums["lines"].sum())
    return Watch(
        Path(), day, zone, settled_weeks, now_weeks, before_weeks, cities, whole, jobs, heard, outside,
        pl.DataFrame(), 0.0, [],
    )  # fmt: skip


def _markets(desk: Opened, seen: Watch, unseen_pct: float, joining: list[str]) -> pl.DataFrame:
    """The last weeks' markets."""
    import ibis

    if strange := sorted(set(joining) - (there := set(seen.whole["platform"]))):
        raise BadInput(
            f"no platform {strange[0]!r} sells in these weeks; {hint(strange[0], sorted(there), 'there are')}"
        )
    if len(set(joining)) == 1:
        raise BadInput("one platform alone joins nobody: name two or more")
    last = seen.whole["week"].max()
    assert isinstance(last, datetime)
    end, orders = last + measures.WEEK, desk.table("orders")
    begin = end - seen.now_weeks * measures.WEEK
    now = orders.filter(orders.occurred_at >= ibis.literal(begin), orders.occurred_at < ibis.literal(end))
    products = desk.table("products") if "products" in desk.staged.tables else None
    return markets(desk.frame(market_sums(now, products)), unseen_pct, joining)


def _write(folder: Path, seen: Watch) -> None:
    tables = {"cities": seen.cities, "all_cities": seen.whole, "markets": seen.markets, "jobs": seen.jobs,
              "complaints": seen.complaints}  # fmt: skip
    for name, table in tables.items():
        if table.width:
            table.write_parquet(folder / f"{name}.parquet", compression="zstd")


def _said(seen: Watch) -> dict[str, Any]:
    return {
        "day": seen.day.isoformat(), "settled_weeks": seen.settled_weeks, "now_weeks": seen.now_weeks,
        "before_weeks": seen.before_weeks, "orders_outside_whole_weeks": seen.unplaced, "unseen_pct": seen.unseen_pct,
        "joining": seen.joining,
    }  # fmt: skip
