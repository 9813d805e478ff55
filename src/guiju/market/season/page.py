"""A season as a page: when each good must be listed where, until when each way takes orders, and why."""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import Any

from guiju.audit.report.words import Pair
from guiju.estimators.quantile_bounds import least_values
from guiju.market.pages import assumption_rows, page, say
from guiju.market.season import (
    DUE,
    LISTED,
    LISTED_LATE,
    OVERDUE,
    TOO_LATE,
    UNDATED,
    Season,
    Way,
)
from guiju.market.season.leads import ALL, LIKE, OWN, RECENT, SEASON
from guiju.market.season.pictures import gantt
from guiju.market.season.plan import MODELLED, Rule

SHOWN = 400  # rows on the page; the workbook has all
STATUS: dict[str, Pair] = {
    OVERDUE: ("逾期未上架", "overdue, list now"),
    TOO_LATE: ("已来不及", "too late"),
    DUE: ("待上架", "to be listed"),
    LISTED: ("已按时上架", "listed in time"),
    LISTED_LATE: ("已上架但偏晚", "listed, but late"),
    UNDATED: ("不能推算", "not dated"),
}
MODES: dict[str, Pair] = {
    "merchant": ("商家自发", "merchant"), "warehouse": ("平台仓发", "warehouse"), "owner": ("店主销售", "owner"),
}  # fmt: skip
WHOSE: dict[str, Pair] = {
    OWN: ("该商品、地区、方式自身的记录", "its own"),
    LIKE: ("同地区同方式或同商品同方式的记录中较慢者", "the slower of the region's and the good's by that mode"),
    ALL: ("该地区全部记录", "all to the region"),
}
WHEN: dict[str, Pair] = {RECENT: ("近期", "recent"), SEASON: ("上年节前", "last year's season")}
RULES: dict[str, Pair] = {
    "early_purchase": ("提前备货", "early purchase"),
    "slower": ("在途变慢", "slower"),
    "closed": ("停止投递", "closed"),
}
MARK: Pair = ("建模", MODELLED)


def told(name: str, **values: Any) -> Pair:
    return say("season", name, **values)


def why(made: Season, way: Way) -> Pair:
    """Why a way takes orders until its day, with every number, or why it cannot be dated."""
    lead, its = way.lead, way.dates
    pct, confidence = (made.used[name].value for name in ("arrive_pct", "confidence_pct"))
    of: dict[str, Any] = {"seen": f"{lead.seen:,}", "whose": WHOSE[lead.whose], "when": WHEN[lead.when]}
    if lead.lead_days is None:
        if lead.enough:
            return told("never", never=lead.never, **of)
        return told("few", least=least_values(float(pct) / 100, float(confidence) / 100), **of)
    if its is None or its.last_order is None:
        return told("closed", lead=lead.lead_days)
    return told(
        "dated", pct=pct, lead=lead.lead_days, median=lead.median_days, target=its.target, last=its.last_order, **of
    )


def headline(made: Season) -> Pair:
    first = next((row.listing for row in made.rows if row.listing is not None), None)
    name: Pair = made.plan.feast.zh, made.plan.feast.en
    if first is None:
        return told("headline_none", feast=name, day=made.plan.day)
    return told(
        "headline", feast=name, day=made.plan.day, goods=len(made.goods), regions=len(made.regions), first=first
    )


def notes(made: Season) -> list[Pair]:
    """How many stand where, how much earlier than last year, and what was not counted."""
    counts = Counter(row.status for row in made.rows)
    said = [told("count", status=STATUS[status], n=counts[status]) for status in STATUS if counts[status]]
    earlier = [row.earlier_days for row in made.rows if row.earlier_days is not None]
    if earlier:
        said.append(
            told("earlier", median=f"{median(earlier):g}", least=min(earlier), most=max(earlier), n=len(earlier))
        )
    said += [told(f"left_{why_}", n=f"{n:,}") for why_, n in sorted(made.left_out.items())]
    if aside := sum(made.aside.values()):
        said.append(told("aside", n=f"{aside:,}", first=made.first_fault))
    return said


def rule_told(rule: Rule) -> Pair:
    name = "closed_rule" if rule.kind == "closed" else rule.kind
    return say(
        "season", name, days=rule.days, because=(rule.because.zh, rule.because.en),
        **{"from": rule.first, "to": rule.last},
    )  # fmt: skip


def render(made: Season, language: str = "en") -> str:
    """The page: where each good stands, the picture, the days of every way, rules, assumptions."""
    rows = [
        {
            "row": row, "good": _pair(made.goods[row.product]), "region": _pair(made.regions[row.region]),
            "status": STATUS[row.status], "late": row.status in (OVERDUE, TOO_LATE, LISTED_LATE, UNDATED),
            "ways": [(MODES.get(w.mode, (w.mode, w.mode)), w, why(made, w)) for w in row.ways],
        }
        for row in made.rows[:SHOWN]
    ]  # fmt: skip
    return page(
        "season/page.html.j2", language, made=made, headline=headline(made), notes=notes(made), rows=rows,
        more=max(len(made.rows) - SHOWN, 0), pictures=gantt(made), modelled=MARK,
        rules=[(rule, rule_told(rule), _pair(made.regions[rule.region]) if rule.region in made.regions
                else (rule.region, rule.region), MARK if rule.mark == MODELLED else (rule.mark, rule.mark))
               for rule in made.plan.rules],
        assumptions=assumption_rows("season", made.used),
    )  # fmt: skip


def _pair(words: Any) -> Pair:
    return words.zh, words.en
