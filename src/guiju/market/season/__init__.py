"""A season's goods: by which day each must be listed in each region to be there before the feast, and order by when.

Days are counted back from the feast by lead times as the records bear them out, and by each region's rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from guiju.audit.opened import Opened, Progress, opened, quiet
from guiju.checks.words import Words
from guiju.market import UTC, Assumption, assumptions, exact, local_day
from guiju.market.season.dating import Dates, dates, target
from guiju.market.season.leads import Key, Lead, Leads, Windows, histograms
from guiju.market.season.plan import Plan, Rule, covers, read_plan
from guiju.records.errors import BadInput, hint

TABLES = ("fulfilments", "regional_listings", "products")
SEASON_LONG = timedelta(days=180)  # a listing longer ago was for no such season
LISTED, LISTED_LATE, DUE, OVERDUE, TOO_LATE, UNDATED = "listed", "listed_late", "due", "overdue", "too_late", "undated"


@dataclass(frozen=True)
class Way:
    """A good in a region by one mode: its lead time and its days; `dates` is None where there is no lead time."""

    mode: str
    lead: Lead
    dates: Dates | None


@dataclass(frozen=True)
class Row:
    """A good in a region. listing: the earliest its ways need; target: by when it is to be there.

    listed_on: from when it could be bought there this season; last_listed_on: last year's season; None: it was not.
    earlier_days: so many days before its feast more than last year's listing before last year's feast.
    """

    product: str
    region: str
    target: date
    ways: tuple[Way, ...]
    rules: tuple[Rule, ...]
    listing: date | None
    listed_on: date | None
    last_listed_on: date | None
    earlier_days: int | None
    status: str

    @property
    def last_orders(self) -> list[date]:
        """The last day of ordering of each way that has one, the soonest first."""
        return sorted(w.dates.last_order for w in self.ways if w.dates is not None and w.dates.last_order is not None)


@dataclass(frozen=True)
class Season:
    """A season's days on a local day `on`, the row that must be listed soonest first.

    left_out: rows of fulfilments that were not asked, by why. goods, regions: what they are called.
    """

    folder: Path
    on: date
    plan: Plan
    rows: list[Row]
    goods: dict[str, Words]
    regions: dict[str, Words]
    left_out: dict[str, int]
    aside: dict[str, int]
    first_fault: str
    used: dict[str, Assumption]

    @property
    def page(self) -> Path:
        return self.folder / "season.html"


def season(
    records: Path | str | Mapping[str, Any],
    *,
    plan: Path | str,
    on: date,
    assume: Mapping[str, Any] | Path | str | None = None,
    mapping: Path | str | None = None,
    out: Path | str | None = None,
    language: str = "en",
    progress: Progress = quiet,
) -> Season:
    """Count back from a plan's feast for every good and region, as a planner could on the evening of local day `on`.

    Writes `season-<feast day>/` into `out`: season.html, season.xlsx, season.csv, season.parquet (a row a good, region
    and mode), manifest.json, quarantine.parquet. assume: other numbers than those of `season.yaml`. Raises BadInput for
    what the caller can mend.
    """
    from guiju.market.season.page import render
    from guiju.market.season.tables import write_tables

    its = read_plan(Path(plan))
    if its.day <= on:
        raise BadInput(
            f"the feast of {its.day} is not after {on}: plan the next one, or count from an earlier --on",
            f"{its.day} 的节日不晚于 {on}：请安排下一个节日，或者从更早的日子算起",
        )
    used = assumptions("season", on, assume)
    with opened(records, mapping=mapping, out=out, tables=TABLES, progress=progress) as desk:
        progress("lead times", 0.3)
        made = of_desk(desk, its, on, used, Path(plan).name)
        progress("drawing", 0.8)
        folder = desk.folder()
        write_tables(made, folder)
        (folder / "season.html").write_text(render(made, language), encoding="utf-8")
        place = desk.publish(folder, f"season-{its.day}", _said(made))
        progress("done", 1.0)
        return replace(made, folder=place)


def of_desk(desk: Opened, plan: Plan, on: date, used: dict[str, Assumption], named: str) -> Season:
    """What `season` makes of records that are open, without writing anything; `named`: the plan, in what is refused.

    Raises BadInput.
    """
    if plan.day <= on:
        raise BadInput(
            f"the feast of {plan.day} is not after {on}: plan the next one, or count from an earlier --on",
            f"{plan.day} 的节日不晚于 {on}：请安排下一个节日，或者从更早的日子算起",
        )
    desk.need("fulfilments", "a season's dates")
    values = {name: exact(one.value, name) for name, one in used.items()}
    whole = {name: int(values[name]) for name in values if name.endswith("_days")}
    for name in ("buying_days", "recent_days", "season_days", "settled_days"):
        if whole[name] < 1:
            raise BadInput(
                f"{name} is {values[name]}: give 1 or more", f"{name} 是 {values[name]}：请给 1 或者更大的数"
            )
    for name in ("arrive_pct", "confidence_pct"):
        if not 0 < values[name] < 100:
            raise BadInput(
                f"{name} is {values[name]}: give a number above 0 and below 100",
                f"{name} 是 {values[name]}：请给大于 0、小于 100 的数",
            )
    asked = Windows(on, whole["recent_days"], whole["settled_days"], plan.last_day, whole["season_days"])
    by, left = histograms(desk, asked)
    by = {span: _within_plan(plan, its) for span, its in by.items()}
    leads = Leads(by, float(values["arrive_pct"]) / 100, float(values["confidence_pct"]) / 100)
    products, regions = _asked(plan, by, named, asked)
    listed, days, rows = _listed(desk, plan), dict[Any, Dates](), []
    for product in products:
        as_ = plan.like.get(product, product)
        for region in regions:
            ways = tuple(
                _way(plan, leads.of(as_, region, mode), mode, region, whole, days) for mode in leads.modes(as_)
            )
            rows.append(_row(plan, on, product, region, ways, whole["arrive_before_days"], listed))
    rows.sort(key=lambda row: (row.listing or date.max, row.product, row.region))
    aside = desk.set_aside()
    names = {row["id"]: row["name"] or row["id"] for row in desk.rows("products")}
    return Season(
        Path(), on, plan, rows,
        {p: plan.goods.get(p) or Words(names.get(p, p), names.get(p, p)) for p in products},
        {r: plan.regions.get(r) or Words(r, r) for r in regions}, left, aside, desk.first_fault(next(iter(aside), "")),
        used,
    )  # fmt: skip


def _asked(plan: Plan, by: Any, named: str, asked: Windows) -> tuple[list[str], list[str]]:
    """The goods and regions that are dated. Raises BadInput for one of which no delivery is on record."""
    seen = [key for of in by.values() for key in of]
    spans = " and ".join(f"{first} to {last}" for first, last in asked.spans().values())
    if not seen:
        raise BadInput(
            f"fulfilments: no delivery was paid from {spans}: choose another --on, or supply more",
            f"fulfilments：{spans} 付款的订单没有一件送达：请换计算日，或者补充记录",
        )
    products, regions = ({key[at] for key in seen} for at in (0, 1))
    for product in (plan.like.get(name, name) for name in plan.goods):
        if product not in products:
            raise BadInput(
                f"{named}: good {product!r} has no lead time on record: none was sent of orders paid from {spans}; "
                f"take it out, or supply its fulfilments ({hint(product, sorted(products), 'there are')})",
                f"{named}：货品 {product!r} 没有备货天数：{spans} 付款的订单里没有发过；请去掉，或者补充 fulfilments",
            )
    for region in plan.regions:
        if region not in regions:
            raise BadInput(
                f"{named}: nothing was sent to region {region!r} of orders paid from {spans}, so it has no delivery; "
                f"take it out, or supply its fulfilments ({hint(region, sorted(regions), 'there are')})",
                f"{named}：{spans} 付款的订单里没有发往地区 {region!r} 的，"
                "不知道运输天数；请去掉，或者补充 fulfilments",
            )
    return sorted(plan.goods or products), sorted(plan.regions or regions)


def _within_plan(plan: Plan, by: dict[Key, dict[int, int]]) -> dict[Key, dict[int, int]]:
    """Deliveries by the plan's regions: a city's count in its province's, where the plan names the province."""
    found: dict[Key, dict[int, int]] = {}
    for (product, region, mode), seen in by.items():
        if (wide := plan.region_of(region)) is not None:
            its = found.setdefault((product, wide, mode), {})
            for days, rows in seen.items():
                its[days] = its.get(days, 0) + rows
    return found


def _way(
    plan: Plan, lead: Lead, mode: str, region: str, whole: dict[str, int], known: dict[Any, Dates]
) -> Way:  # fmt: skip
    """A way with its days; `known`: days by lead time and rules, which many goods and regions share."""
    if lead.lead_days is None:
        return Way(mode, lead, None)
    rules = plan.of(region)
    key = lead.lead_days, *(plan.rules.index(rule) for rule in rules)
    if key not in known:
        known[key] = dates(
            plan.day, lead.lead_days, rules=rules, before_days=whole["arrive_before_days"],
            buying_days=whole["buying_days"],
        )  # fmt: skip
    return Way(mode, lead, known[key])


def _row(
    plan: Plan, on: date, product: str, region: str, ways: tuple[Way, ...], before_days: int,
    listed: dict[tuple[str, str], list[date]],
) -> Row:  # fmt: skip
    rules = plan.of(region)
    dated = [w.dates for w in ways if w.dates is not None and w.dates.listing is not None]
    listing = min((d.listing for d in dated if d.listing is not None), default=None)
    days = listed.get((product, region), [])
    now = next((day for day in days if plan.day - SEASON_LONG <= day <= on), None)
    last = _last_year(plan, days)
    earlier = None
    if last is not None and plan.last_day is not None and listing is not None:
        earlier = (plan.day - listing).days - (plan.last_day - last).days
    row = Row(product, region, target(plan.day, before_days, rules), ways, rules, listing, now, last, earlier, UNDATED)
    return replace(row, status=_status(row, on))


def _last_year(plan: Plan, days: list[date]) -> date | None:
    if plan.last_day is None:
        return None
    return next((day for day in days if plan.last_day - SEASON_LONG <= day < plan.last_day), None)


def _status(row: Row, on: date) -> str:
    """Where a good stands on the day: listed or not, and whether in time."""
    if row.listing is None:
        return UNDATED
    if row.listed_on is not None:
        return LISTED if row.listed_on <= row.listing else LISTED_LATE
    if row.listing >= on:
        return DUE
    return OVERDUE if row.last_orders[-1] >= on else TOO_LATE


def _listed(desk: Opened, plan: Plan) -> dict[tuple[str, str], list[date]]:
    """The local days on which each good was listed in each region, or in all of a wider one, in order."""
    found: dict[tuple[str, str], list[date]] = {}
    if not desk.has("regional_listings"):
        return found
    table = desk.table("regional_listings")
    rows = desk.frame(table.select("product", "region", "occurred_at").distinct())
    days = [(product, region, local_day(_plain(moment), desk.zone)) for product, region, moment in rows.iter_rows()]
    for product, region, day in sorted(days):
        for wide in {region, *(named for named in plan.regions if covers(region, named))}:
            found.setdefault((product, wide), []).append(day)
    return {key: sorted(of) for key, of in found.items()}


def _plain(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _said(made: Season) -> dict[str, Any]:
    counts: dict[str, int] = {}
    for row in made.rows:
        counts[row.status] = counts.get(row.status, 0) + 1
    return {
        "feast": made.plan.feast.en, "day": made.plan.day.isoformat(), "on": made.on.isoformat(),
        "assumed": {name: one.value for name, one in made.used.items()}, "rows": dict(sorted(counts.items())),
        "left_out": made.left_out,
        "rules": [{"region": r.region, "kind": r.kind, "from": r.first.isoformat(), "to": r.last.isoformat(),
                   "days": r.days, "mark": r.mark} for r in made.plan.rules],
    }  # fmt: skip
