"""What a report calls facts and limits, in zh and en, and how it writes their values.

A fact or limit of a check from outside that is not listed here keeps its own name.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from math import isfinite
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

Pair = tuple[str, str]  # zh, en
UTC = ZoneInfo("UTC")

# In the order in which they are read; the second part of a value is the limit that a fact is held against.
FACTS: dict[str, tuple[Pair, str]] = {
    "payer": (("让利承担方", "who bears the reductions"), ""),
    "weeks": (("连续周数", "weeks running"), "min_weeks"),
    "units": (("售出件数", "units sold"), "min_units"),
    "below_units": (("低于成本售出件数", "units sold below cost"), ""),
    "exempt_units": (("豁免可解释的件数", "units an exemption explains"), ""),
    "counted_units": (("无豁免可解释的件数", "units with no exemption to explain them"), ""),
    "below_share_pct": (("其占售出件数", "their share of units sold"), "min_below_share_pct"),
    "unit_cost": (("平均单位成本", "unit cost on average"), ""),
    "below_price": (("低于成本部分的平均净价", "net price of what went below cost, on average"), ""),
    "net_price": (("平均净价", "net price on average"), ""),
    "depth_pct": (("低于成本的幅度", "share of cost given away"), "min_depth_pct"),
    "category_share_pct": (
        ("在记录内该品类销售额的份额", "share of the category's sales in the records"),
        "min_category_share_pct",
    ),
    "category": (("品类", "category"), ""),
    "reference_price": (("划线价（标示原价）", "reference price, struck through"), ""),
    "price": (("促销期最低标价", "lowest price asked in the promotion"), ""),
    "prior_price": (("促销前最低价", "prior price"), ""),
    "prior_list_price": (("其在店铺自身优惠前", "the same before the shop's own coupons"), ""),
    "prior_at": (("促销前最低价的时间", "time of the prior price"), ""),
    "prior_units": (("以该价售出件数", "units sold at it"), ""),
    "prior_paid_price": (
        ("扣除平台与第三方补贴后的该价", "the same after platform's and third parties' money"),
        "",
    ),
    "claimed_pct": (("所称降幅", "cut claimed"), ""),
    "true_pct": (("实际降幅", "true cut"), ""),
    "excess_pct": (("划线价高出促销前最低价", "reference above the prior price"), "max_rounding_pct"),
    "coverage_pct": (("已知标价覆盖的时间", "time covered by known offers"), "min_coverage_pct"),
    "lookback_days": (("回溯天数", "days looked back"), ""),
    "units_sold": (("促销期售出件数", "units sold in the promotion"), ""),
    "gap_pct": (("老客户多付（券前）", "known customers charged more, before coupons"), "min_gap_pct"),
    "low_pct": (("95% 区间下限", "95 % interval, from"), ""),
    "high_pct": (("95% 区间上限", "95 % interval, to"), ""),
    "se_pct": (("标准误", "standard error"), ""),
    "list_pct": (("其中标价", "of which list price"), ""),
    "undisclosed_pct": (("其中未公示折扣", "of which undisclosed discount"), ""),
    "coupon_pct": (("优惠券（不计入）", "coupons (not counted)"), ""),
    "newcomer_pct": (("新客优惠（不计入）", "newcomer offer (not counted)"), ""),
    "paid_pct": (("实付差额", "gap in what was paid"), ""),
    "detectable_pct": (("此样本可发现的最小差额", "smallest gap such records would show"), ""),
    "cells": (
        ("可比单元（同一商品、时段、条件）", "compared cells: same goods, hour and terms"),
        "min_cells",
    ),
    "known_customers": (("老客户人数", "known customers"), "min_customers"),
    "new_customers": (("新客户人数", "new customers"), "min_customers"),
    "window_start": (("最密集窗口开始", "densest window begins"), ""),
    "window_orders": (("该窗口订单数", "orders in that window"), "min_orders"),
    "window_buyers": (("该窗口买家数", "buyers in that window"), ""),
    "orders_per_buyer": (("该窗口人均订单", "orders a buyer in that window"), "min_orders_per_buyer"),
    "orders": (("订单总数", "orders in all"), ""),
    "buyers": (("买家总数", "buyers in all"), ""),
    "top_buyer_orders": (("单一买家最多订单", "most orders of one buyer"), ""),
}

LIMITS: dict[str, Pair] = {
    "cost_basis": ("成本口径", "which cost"),
    "min_weeks": ("至少连续周数", "weeks running, at least"),
    "min_units": ("每周至少售出件数", "units sold a week, at least"),
    "min_below_share_pct": ("低于成本件数至少占", "share of units below cost, at least"),
    "min_depth_pct": ("低于成本幅度至少", "share of cost given away, at least"),
    "min_category_share_pct": ("品类份额至少", "share of the category, at least"),
    "max_fresh_shelf_life_days": ("生鲜保质期至多（天）", "shelf life of fresh goods, at most (days)"),
    "max_fresh_remaining_pct": ("临期：剩余保质期至多", "near expiry: life left, at most"),
    "max_stock_cover_days": ("积压：库存超过（天销量）", "overstock: more than (days of sales)"),
    "new_item_days": ("新品期（天）", "a new item's days"),
    "max_new_item_units": ("新品每周至多件数", "new item: units a week, at most"),
    "season_weeks": ("一季周数", "weeks of a season"),
    "min_season_share_pct": ("季节性：旺季至少占全年", "seasonal: share of a year in its season, at least"),
    "min_season_sold_pct": ("季末：全年已售至少", "season over: sold, at least"),
    "price_basis": ("此前价格口径", "which prior price"),
    "lookback_days": ("回溯天数", "days looked back"),
    "max_rounding_pct": ("取整容差至多", "rounding, at most"),
    "min_coverage_pct": ("已知标价覆盖时间至少", "time covered by known offers, at least"),
    "window_minutes": ("时间窗（分钟）", "window (minutes)"),
    "min_orders_per_buyer": ("人均订单至少", "orders a buyer, at least"),
    "min_orders": ("窗口内订单至少", "orders in a window, at least"),
    "cell_minutes": ("同一时段（分钟）", "one hour bucket (minutes)"),
    "max_new_days": ("新客户：注册至多（天）", "new customer: registered at most (days)"),
    "min_known_days": ("老客户：注册至少（天）", "known customer: registered at least (days)"),
    "min_gap_pct": ("差额至少", "gap, at least"),
    "min_cells": ("可比单元至少", "compared cells, at least"),
    "min_customers": ("两类客户各至少（人）", "customers of each kind, at least"),
    "max_fdr_pct": ("误报率（FDR）至多", "false discovery rate, at most"),
}

VALUES: dict[str, Pair] = {
    "purchase": ("进货成本", "purchase cost"),
    "variable": ("平均可变成本", "average variable cost"),
    "transacted": ("成交价", "transacted"),
    "offered": ("标价", "offered"),
    "seller": ("卖家", "the seller"),
    "platform": ("平台", "the platform"),
}

UNITS: dict[str, Pair] = {
    "_pct": ("%", " %"),
    "_days": (" 天", " days"),
    "_minutes": (" 分钟", " minutes"),
    "_weeks": (" 周", " weeks"),
}

MARKS: dict[str, Pair] = {
    "T": ("已读原文", "primary text read"),
    "S": ("二手来源", "secondary source"),
    "M": ("仅凭记忆", "from memory only"),
    "P": ("已公布的做法，非法律条文", "published practice, not law"),
    "D": ("本工具的默认值，无权威依据", "a default of ours, no authority behind it"),
}

STATUS: dict[str, Pair] = {
    "in_force": ("现行", "in force"),
    "guidance": ("指导，非法律依据", "guidance, not law by itself"),
    "superseded": ("已被取代", "superseded"),
    "repealed": ("已废止", "repealed"),
}

EVERY_WEEK = {"min_units", "min_below_share_pct", "min_depth_pct"}
SUMS = re.compile(
    r"sxx|sxy|xx_xx|(sxy|xy_xx|xy_xy|total)_\w+|rows|left_out|clusters"
)  # for computing again, not for reading


@cache
def _zh() -> dict[str, str]:
    return msgspec.yaml.decode((files("guiju.audit.report") / "zh.yaml").read_bytes(), type=dict[str, str])


def both(en: str) -> Pair:
    """An English text of the house with its Chinese; the same text twice where there is none."""
    text = " ".join(en.split())
    head, _, rest = text.partition(": ")
    if text not in _zh() and (head in _zh() or rest in _zh()):
        return f"{_zh().get(head, head)}：{_zh().get(rest, rest)}", text
    return _zh().get(text, text), text


def fact_name(name: str) -> Pair:
    return FACTS[name][0] if name in FACTS else (name, name)


def limit_name(name: str) -> Pair:
    return LIMITS.get(name, (name, name))


def against(fact: str, limits: dict[str, Any], currency: str) -> Pair:
    """The limit a fact is held against, in words; empty where there is none."""
    name = (
        FACTS[fact][1]
        if fact in FACTS
        else next((f"{m}_{fact}" for m in ("min", "max") if f"{m}_{fact}" in limits), "")
    )
    if limits.get(name) is None:
        return "", ""
    zh, en = written(name, limits[name], currency)
    of_week = ("（每周）", ", every week") if name in EVERY_WEEK else ("", "")
    if name.startswith("max_"):
        return f"容许至多 {zh}{of_week[0]}", f"up to {en} is allowed{of_week[1]}"
    return f"至少 {zh}{of_week[0]}", f"at least {en}{of_week[1]}"


def money(amount: Decimal | str | None, currency: str) -> str:
    return "–" if amount is None else f"{currency} {Decimal(amount):,.2f}"


def _finite(value: Any) -> float | None:
    """A number that can be written as one; none of anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    return float(value) if isfinite(value) else None


def number(value: Any) -> str:
    """A number to read: thousands separated, four decimals at most; a dash where it is not known."""
    real = _finite(value)
    if real is None:
        return "–" if value is None or isinstance(value, (float, Decimal)) else str(value)
    if abs(real) < 1e-12:
        return "0"
    if abs(real) >= 1e15 or abs(real) < 1e-4:
        return f"{real:.3g}"
    return f"{value:,.4f}".rstrip("0").rstrip(".") if real % 1 else f"{value:,.0f}"


def written(name: str, value: Any, currency: str, zone: ZoneInfo = UTC) -> Pair:
    """The value of a fact or limit, by what its name says of its unit."""
    if value is None:
        return ("–", "–")
    if isinstance(value, str) and value in VALUES:
        return VALUES[value]
    if name.endswith(("_price", "_cost")) or name in ("price", "unit_cost"):
        return (f"{currency} {price(value)}",) * 2
    if name.endswith("_pct"):
        return (f"{_share(value)} %",) * 2
    if name.endswith(("_at", "_start", "_end")):
        return (moment(value, zone),) * 2
    return (number(value),) * 2


def moment(value: Any, zone: ZoneInfo) -> str:
    """A time in UTC as local time, with UTC beside it."""
    known = typed(value, "%H")
    if not isinstance(known, datetime):
        return number(value)
    local = known.replace(tzinfo=UTC).astimezone(zone)
    beside = "" if zone.key == "UTC" else f" ({known:%H:%M} UTC)"
    return f"{local:%Y-%m-%d %H:%M}{beside or ' UTC'}"


def price(value: Any) -> str:
    """A unit price with two decimals; a small one with as many as it needs."""
    real = _finite(typed(value, ".2f"))
    return number(typed(value, ".2f")) if real is None or 0 < abs(real) < 0.1 else f"{real:,.2f}"


def _share(value: Any) -> str:
    real = _finite(typed(value, ".2f"))
    return number(typed(value, ".2f")) if real is None or 1e-9 < abs(real) < 0.01 else number(round(real, 2))


def chance(value: float | None) -> str | None:
    """A p- or q-value with its sign of relation: below a thousand-millionth the size says nothing more."""
    return None if value is None else "< 1e-9" if value < 1e-9 else f"= {value:.2g}"


def typed(value: Any, spec: str) -> Any:
    """A fact as JSON held it, in the type that a format asks for: a time or a number again."""
    if not isinstance(value, str):
        return value
    try:
        if "%" in spec and spec != "%":
            return datetime.fromisoformat(value)
        return Decimal(value) if spec[-1:] in tuple("eEfFgGd%") else value
    except (ValueError, InvalidOperation):
        return value


def for_template(template: str, facts: dict[str, Any]) -> dict[str, Any]:
    """Facts as the template of a sentence wants them typed."""
    specs = {name.split(".")[0]: spec for _, name, spec, _ in Formatter().parse(template) if name and spec}
    return {name: typed(value, specs[name]) if name in specs else value for name, value in facts.items()}
