"""Growth: what the records say of users, orders, revenue and who comes back, and whether it goes faster and faster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from guiju.audit.opened import Opened, Progress, opened, quiet
from guiju.estimators.growth import Growth, growth, least_periods
from guiju.market.growth.counting import MEASURES, TABLES, Counted, Series, count, following
from guiju.records.errors import BadInput, hint

A_YEAR = {"month": 12, "week": 52}


@dataclass(frozen=True)
class Asked:
    """A series and what it shows: of its logarithm (per cent) where it is above 0 throughout, and of itself."""

    series: Series
    relative: Growth | None
    absolute: Growth


@dataclass(frozen=True)
class Grown:
    """Every platform's growth. unit: month or week; season: whether one was taken out; day: the last that counts."""

    folder: Path
    unit: str
    season: bool
    day: date
    named: bool  # whether the caller said which day is the last
    asked: list[Asked]
    counted: Counted
    set_aside: dict[str, int]
    absent: list[str]

    @property
    def page(self) -> Path:
        return self.folder / "growth.html"

    @property
    def platforms(self) -> list[str]:
        return list(dict.fromkeys(a.series.platform for a in self.asked))

    @property
    def least(self) -> int:
        """How many whole periods a verdict needs."""
        return least_periods(A_YEAR[self.unit] if self.season else None)

    def of(self, platform: str) -> list[Asked]:
        return [a for a in self.asked if a.series.platform == platform]


def grown(
    records: Path | str | Mapping[str, Any],
    *,
    unit: str = "month",
    day: date | None = None,
    season: bool = True,
    mapping: Path | str | None = None,
    out: Path | str | None = None,
    language: str = "en",
    progress: Progress = quiet,
) -> Grown:
    """Count by calendar month or week (Monday to Sunday) what the records hold up to `day`, and ask how it grows.

    Without `day` each table ends with its last row. season: whether a yearly season is taken out. Writes
    `growth-<day>-<unit>/` into `out`: growth.html, growth.xlsx, its sheets as Parquet, pictures, manifest.json,
    quarantine.parquet. Raises BadInput for what the caller can mend.
    """
    from guiju.audit.report.standalone import write_pictures
    from guiju.market.growth.page import pictures, render
    from guiju.market.growth.tables import write_tables

    if unit not in A_YEAR:
        raise BadInput(
            f"growth is by month or week, not by {unit!r}; {hint(unit, A_YEAR)}", f"增长按月或者按周计算，不按 {unit!r}"
        )
    with opened(records, mapping=mapping, out=out, tables=TABLES, progress=progress) as desk:
        made = of_desk(desk, unit, day, season, progress)
        progress("drawing", 0.9)
        folder = desk.folder()
        write_tables(made, folder)
        write_pictures(pictures(made), folder)
        (folder / "growth.html").write_text(render(made, language), encoding="utf-8")
        place = desk.publish(folder, f"growth-{made.day}-{unit}", _said(made))
        progress("done", 1.0)
        return replace(made, folder=place)


def of_desk(desk: Opened, unit: str, day: date | None = None, season: bool = True, progress: Progress = quiet) -> Grown:
    """What `grown` makes of records that are open, without writing anything. Raises BadInput."""
    absent = [name for name in TABLES if not desk.has(name)]
    if len({"orders", "sign_ins", "parties"} - set(absent)) == 0:
        raise BadInput(
            "growth is counted from orders, sign_ins or parties, and no good row is in any: supply one",
            "增长从 orders、sign_ins 或者 parties 数起，而这些表里没有一行可用：请提供一张",
        )
    progress("counting", 0.3)
    last = day or _last(desk)
    counted = count(desk, unit, day, _offset(desk, last))
    progress("asking how it grows", 0.6)
    asked = [ask(s, unit, season) for s in counted.series]
    if not asked:
        raise BadInput(
            f"up to {last} nothing is on record: name a later day with --day", f"到 {last} 为止没有记录：请选更晚的日子"
        )
    return Grown(Path(), unit, season, last, day is not None, asked, counted, desk.set_aside(), absent)


def ask(series: Series, unit: str, season: bool) -> Asked:
    """How a series grows by month or week, its yearly season taken out or not."""
    values, a_year = series.per_day(unit), A_YEAR[unit] if season else None
    begins = series.periods[0] if series.periods else date(2000, 1, 1)
    start = (begins.timetuple().tm_yday - 1) / 365.25
    above = bool(values) and min(values) > 0
    return Asked(
        series,
        growth(values, a_year, start=start) if above else None,
        growth(values, a_year, logarithm=False, start=start),
    )


def _last(desk: Opened) -> date:
    """The last local day on record in any table that is counted by when it happened."""
    moments = [t.last for name, t in desk.staged.tables.items() if name in TABLES and t.last is not None]
    if not moments:
        raise BadInput(
            "no row says when it happened: supply orders, sign_ins or fees, or name --day",
            "没有一行写明时间：请提供 orders、sign_ins 或者 fees，或者指定日子",
        )
    return max(moments).replace(tzinfo=UTC).astimezone(desk.zone).date()


def _offset(desk: Opened, day: date) -> timedelta:
    """The clock's offset from UTC. Raises BadInput where it changes in the year."""
    offsets = {datetime(day.year, month, 1, tzinfo=desk.zone).utcoffset() or timedelta() for month in (1, 7)}
    if len(offsets) > 1:
        raise BadInput(
            f"periods are counted by one offset from UTC, and {desk.zone.key} has two a year; name CN in the mapping",
            f"各期按同一个时差计算，而 {desk.zone.key} 一年有两个时差：请在映射里写 CN",
        )
    return offsets.pop()


def _said(made: Grown) -> dict[str, Any]:
    measures = [m for m in MEASURES if any(a.series.measure == m for a in made.asked)]
    return {
        "day": made.day.isoformat(), "unit": made.unit, "season": made.season, "least_periods": made.least,
        "platforms": made.platforms, "measures": measures,
        "unknown_accounts": made.counted.unknown, "cohorts_of": made.counted.cohorts_of,
    }  # fmt: skip


def season_by_month(one: Growth, series: Series) -> dict[int, float]:
    """By calendar month the factor of the season, where 1 is the year's average."""
    import math

    return {p.month: math.exp(s) for p, s in zip(series.periods[:12], one.season[:12], strict=False)}


def retained(cohorts: pl.DataFrame, platform: str) -> pl.DataFrame:
    """By age, over all cohorts that are so old: joined, came back, and their share in per cent."""
    its = cohorts.filter(pl.col("platform") == platform).group_by("age").agg(
        cohorts=pl.len(), joined=pl.col("size").sum(), active=pl.col("active").sum()
    )  # fmt: skip
    return its.with_columns(pct=pl.col("active") / pl.col("joined") * 100).sort("age")


def within(series: Series, since: date, until: date, unit: str) -> Series:
    """The whole periods of a series between two days; what is unfinished is left out where that cuts it off."""
    inside = [since <= p and following(p, unit) - timedelta(days=1) <= until for p in series.periods]
    periods = [p for p, is_in in zip(series.periods, inside, strict=True) if is_in]
    values = [v for v, is_in in zip(series.values, inside, strict=True) if is_in]
    before = series.before if series.before and since <= series.before[0] else None
    after = series.after if series.after and series.after[0] <= until and inside and inside[-1] else None
    return replace(series, periods=periods, values=values, before=before, after=after)
