"""What was watched, drawn: the whole market, city by city, and the complaints that came in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
from markupsafe import Markup

from guiju.audit.report.charts import colours
from guiju.audit.report.drawing import GREY, WIDTH, Canvas, Scale, legend, seconds, time_axis, value_axis
from guiju.audit.report.templates import environment
from guiju.audit.report.words import Pair
from guiju.audit.watch import Watch
from guiju.audit.watch.markets import ALL as WHOLE
from guiju.audit.watch.markets import by_definition
from guiju.audit.watch.measures import WEEK, lately
from guiju.findings import mask
from guiju.rulebook import sheets

if TYPE_CHECKING:
    from rich.console import RenderableType

LEFT, RIGHT, PLOT = 74.0, WIDTH - 12.0, 190.0
NEWEST = 30  # complaints listed
SPARK = (150.0, 34.0)
ALL: Pair = ("全部城市", "all cities")
KINDS: dict[str, Pair] = {
    "group_leader": ("团长", "group leaders"), "courier": ("骑手", "couriers"), "sorter": ("分拣", "sorters"),
    "shop_staff": ("店铺员工", "shop staff"),
}  # fmt: skip
Series = dict[str, list[tuple[datetime, float | None]]]


def render(seen: Watch, language: str = "en") -> str:
    """One self-contained HTML file, zh and en, `language` first."""
    currencies = sorted(seen.whole["currency"].unique())
    return environment("guiju.audit.watch").get_template("page.html.j2").render(
        seen=seen, charts=[chart for currency in currencies for chart in _charts(seen, currency)],
        cities=_cities(seen), platforms=_platforms(seen), lines=_lines(seen), newest=_newest(seen),
        complaints=seen.complaints.height, weeks=seen.whole["week"].n_unique(), show=_show,
        known=_known(seen.whole), markets=_markets(seen), language=language,
    )  # fmt: skip


def _markets(seen: Watch) -> list[dict[str, Any]]:
    """The definitions of the market, told in words."""
    measures: dict[str, Pair] = {"turnover": ("销售额", "turnover"), "order_lines": ("订单行", "order lines")}
    return [
        row
        | {
            "goods": ("全部商品", "all goods") if row["goods_by"] == WHOLE else ("一个品类", "one category"),
            "area": ALL if row["area_by"] == WHOLE else ("一个城市", "one city"),
            "by": measures[row["measure"]],
        }
        for row in by_definition(seen.markets)
    ]


def shown(seen: Watch, language: str) -> RenderableType:
    """The platforms' last weeks beside those before them, for a terminal."""
    from rich.table import Table
    from rich.text import Text

    of = int(language == "en")
    now, before = seen.now_weeks, seen.before_weeks
    title = (f"最近 {now} 周（括号内：之前 {before} 周）", f"the last {now} weeks (in brackets: the {before} before)")
    table = Table(title=f"{title[of]}\n", title_justify="left", box=None)
    table.add_column("")
    for heading in (
        ("实付占进价 %", "paid, % of cost"), ("份额 %", "share, %"), ("商家", "merchants"), ("进入", "entered"),
        ("离开", "left"), ("每家每周所得", "kept a merchant and week"),
    ):  # fmt: skip
        table.add_column(heading[of], justify="right")
    for p in _platforms(seen):
        pairs = [
            f"{_show(p[f'{name}_now'], digits)} ({_show(p[f'{name}_before'], digits)})"
            for name, digits in (
                ("paid_to_cost_pct", 1),
                ("share_pct", 1),
                ("merchants", 0),
                ("income_per_merchant", 0),
            )
        ]
        entered, left = _show(p["entered_before"]), _show(p["left_before"])
        table.add_row(Text(f"{p['platform']} {p['currency']}"), *pairs[:3], entered, left, pairs[3])
    return table


def _charts(seen: Watch, currency: str) -> list[Markup]:
    whole = seen.whole.filter(pl.col("currency") == currency)
    names = sorted(whole["platform"].unique())
    drawn = [
        _course(_by(whole, names, column), title, zone=seen.zone, level=level)
        for column, title, level in (
            ("paid_to_cost_pct", ("买家实付占进价的百分比（%）", "paid by buyers, per cent of purchase cost"), 100.0),
            ("share_pct", ("占全部销售额的份额（%）", "share of all turnover, per cent"), None),
            ("merchants", ("有销售的商家数", "merchants that sold"), None),
            ("losing_merchants", ("所得低于进价的商家数", "merchants left with less than purchase cost"), None),
            (
                "income_per_merchant",
                (f"每家商家所得（{currency}）", f"kept a merchant, on average ({currency})"),
                None,
            ),
            ("entered", ("新进入的商家数", "merchants that sold for the first time"), None),
            ("left", ("不再出现的商家数", "merchants that sold for the last time"), None),
        )
    ]
    if seen.jobs.width:
        by = seen.jobs.group_by("kind", "week").agg(pl.col("people").sum()).sort("kind", "week")
        kinds: Series = {
            kind: [(w, float(n)) for w, n in by.filter(pl.col("kind") == kind).select("week", "people").iter_rows()]
            for kind in sorted(by["kind"].unique())
        }
        drawn.append(
            _course(
                kinds, ("就业人数，全部平台", "people at work, all platforms"), zone=seen.zone, words=KINDS, whole=False
            )
        )
    if seen.complaints.width:
        heard = seen.complaints.group_by("platform", "week").len().sort("week")
        counts = _counts(heard, whole["week"].unique().sort().to_list())
        drawn.append(_course(counts, ("投诉数（线索，不是发现）", "complaints (leads, not findings)"), zone=seen.zone))
    return drawn


def _by(weeks: pl.DataFrame, names: Sequence[str], column: str) -> Series:
    rows = weeks.sort("week").select("platform", "week", pl.col(column).cast(pl.Float64))
    return {name: list(rows.filter(pl.col("platform") == name).select("week", column).iter_rows()) for name in names}


def _counts(heard: pl.DataFrame, weeks: list[datetime]) -> Series:
    known = {(platform, week): float(n) for platform, week, n in heard.iter_rows()}
    return {p: [(w, known.get((p, w), 0.0)) for w in weeks] for p in sorted(heard["platform"].unique())}


def _course(
    series: Series, title: Pair, *, zone: Any, level: float | None = None, words: dict[str, Pair] | None = None,
    whole: bool = True,
) -> Markup:  # fmt: skip
    """Lines over the weeks, broken where nothing is known. `level` is drawn as a line of its own."""
    points = [(w, v) for its in series.values() for w, v in its if v is not None]
    if not points:
        return Markup()
    colour = colours(sorted(series))
    canvas = Canvas(0, title)
    canvas.text(0, 16, title, bold=True)
    top = legend(canvas, 42, [(colour[n], (words or {}).get(n, (n, n))) for n in sorted(series)]) + 12
    bottom = top + PLOT
    y = Scale.over([v for _, v in points] + [level], bottom, top, 0.06, zero=level is None)
    x = Scale(seconds(min(w for w, _ in points)), seconds(max(w for w, _ in points) + WEEK), LEFT, RIGHT)
    value_axis(canvas, y, LEFT, RIGHT, ("", ""))
    if level is not None:
        canvas.line(LEFT, y(level), RIGHT, y(level), GREY, 1.5, "5 4")
    for name, its in sorted(series.items()):
        run: list[tuple[float, float]] = []
        before: datetime | None = None
        for week, value in its:
            broken = whole and before is not None and week - before > WEEK
            if (value is None or broken) and run:
                canvas.path(run, colour[name])
                run = []
            if value is not None:
                run.append((x(seconds(week + timedelta(days=3, hours=12))), y(value)))
            before = week
        canvas.path(run, colour[name])
    time_axis(canvas, x, bottom, zone, ("周（当地周一起）", "weeks (from local Monday)"))
    canvas.height = bottom + 60
    return canvas.svg()


def _platforms(seen: Watch) -> list[dict[str, Any]]:
    return lately(seen.whole, ["platform"], seen.now_weeks, seen.before_weeks).to_dicts()


def _cities(seen: Watch) -> list[dict[str, Any]]:
    """A row a city: its platforms together, the largest of them, and the course of price against cost."""
    weeks = seen.cities
    heard = seen.complaints
    by_platform = lately(weeks, ["platform", "city"], seen.now_weeks, seen.before_weeks)
    rows = []
    for (city, currency), its in by_platform.group_by("city", "currency", maintain_order=True):
        now = its.filter(pl.col("share_pct_now").is_not_null()).sort(
            "share_pct_now", "platform", descending=[True, False]
        )
        largest = now.row(0, named=True) if now.height else None
        mine = weeks.filter(pl.col("city").eq_missing(city), pl.col("currency") == currency)
        rows.append({
            "city": city, "currency": currency, "largest": largest,
            "hhi": sum(s * s for s in now["share_pct_now"]), "merchants": its["merchants_now"].sum(),
            "merchants_before": its["merchants_before"].sum(), "entered": its["entered_before"].sum(),
            "left": its["left_before"].sum(), "spark": _spark(mine),
            **{f"paid_to_cost_pct_{side}": _ratio(mine, seen, side) for side in ("now", "before")},
            "complaints": heard.filter(pl.col("city").eq_missing(city)).height if heard.width else None,
        })  # fmt: skip
    return sorted(
        rows,
        key=lambda row: (row["paid_to_cost_pct_now"] is None, row["paid_to_cost_pct_now"] or 0.0, str(row["city"])),
    )


def _ratio(weeks: pl.DataFrame, seen: Watch, side: str) -> float | None:
    """What buyers paid per cent of cost in a city, over its last weeks or those before, all platforms together."""
    end = seen.whole["week"].max()
    assert isinstance(end, datetime)
    turn = end + WEEK - seen.now_weeks * WEEK
    inside = pl.col("week") >= turn
    if side == "before":
        inside = (pl.col("week") < turn) & (pl.col("week") >= turn - seen.before_weeks * WEEK)
    paid, cost = weeks.filter(inside).select(pl.col("costed_paid", "cost").cast(pl.Float64).sum()).row(0)
    return paid / cost * 100 if cost else None


def _spark(weeks: pl.DataFrame) -> Markup:
    """A city's price against cost over the whole time, as one small line."""
    by = weeks.group_by("week").agg(pl.col("costed_paid", "cost").cast(pl.Float64).sum()).sort("week")
    points = [(w, paid / cost * 100) for w, paid, cost in by.iter_rows() if cost]
    if len(points) < 2:
        return Markup()
    width, height = SPARK
    canvas = Canvas(height, ("实付占进价 %", "paid, per cent of cost"), width=width)
    x = Scale(seconds(points[0][0]), seconds(points[-1][0]), 2, width - 2)
    y = Scale.over([v for _, v in points] + [100.0], height - 3, 3)
    canvas.line(2, y(100), width - 2, y(100), GREY, 1, "3 3")
    canvas.path([(x(seconds(w)), y(v)) for w, v in points], "#0b5c6b", 1.5)
    return canvas.svg()


def _lines(seen: Watch) -> list[tuple[int | None, Pair, int]]:
    """Complaints by the line they were filed under."""
    if not seen.complaints.width:
        return []
    titles = sheets()["nine_donts"].lines
    counts = seen.complaints.group_by("line").len().sort("line", nulls_last=True)
    return [
        (line, (titles[line].zh, titles[line].en) if line in titles else ("未归类", "filed under none"), n)
        for line, n in counts.iter_rows()
    ]


def _newest(seen: Watch) -> list[dict[str, Any]]:
    if not seen.complaints.width:
        return []
    rows = seen.complaints.sort("occurred_at", "id", descending=True).head(NEWEST)
    local = pl.col("occurred_at").dt.replace_time_zone("UTC").dt.convert_time_zone(seen.zone.key)
    told = rows.with_columns(on=local.dt.strftime("%Y-%m-%d")).to_dicts()
    return [
        row | {"subject": row["subject"] if row["subject"] == row["platform"] else mask(row["subject"])} for row in told
    ]


def _known(whole: pl.DataFrame) -> float:
    """Of how much of the turnover cost and reductions are known, per cent."""
    gross, costed = whole.select(pl.col("gross", "costed_gross").cast(pl.Float64).sum()).row(0)
    return costed / gross * 100 if gross else 0.0


def _show(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"
