"""One good, by one of its modes of fulfilment worse than by the others.

## What it finds
Goods that two or more modes fulfil (the merchant, the platform's warehouse, stores' owners), of which in a quarter
deliveries by one mode came back, were complained about or were late (`outcome`) by at least `min_gap_pct` points more
often than the same good's by its other modes, in the same region and week; of returns and complaints only those within
`within_days` of delivery and for the good itself (`reasons`).

## Why it matters
The consumer is promised the same good of the same quality and cannot see who sends it.

## Innocent explanations
- One mode serves the far regions: deliveries are compared within a region (a province) only.
- One mode sent most in a bad week: and within a week.
- The buyer's mind changed: only `reasons` that lie in the good count.
- One store of many: not owners as such, where one store has more than `max_store_pct` of the cases.
- A small difference: less than `min_gap_pct` points.
- Few deliveries: fewer than `min_deliveries` by the mode, or by the others.
- Chance: what so many regions would show by themselves (`max_fdr_pct`).

## Method and source
The difference is within a region and week, errors clustered by region (Liang & Zeger 1986), its interval that of t;
each mode's own share has Wilson's. Every mode of every good is a cell of the family; Benjamini–Yekutieli. Only rows
whose days were over by the quarter's end are asked. What differs by mode and is not recorded (who the buyers are, what
a lot was like, how easily one complains to a neighbour) is not excluded, and people must look at it.
"""

import ibis
from ibis import Table, _

from guiju.checks import Answer, check, first_of
from guiju.checks.goods import _fulfilled
from guiju.checks.goods._uneven import weigh


@check(
    zh="{product} 由“{mode}”履约的 {deliveries} 笔中，{outcome}的占 {hit_pct:.1f}%（95% 区间 {low_pct:.1f}% 至 "
    "{high_pct:.1f}%），同一商品的其他履约方式为 {others_pct:.1f}%（{others_low_pct:.1f}% 至 {others_high_pct:.1f}%）；"
    "同一地区同一周内高出 {gap_pct:.1f} 个百分点（{gap_low_pct:.1f} 至 {gap_high_pct:.1f}，{areas} 个地区）。",
    en="Of {deliveries} deliveries of {product} by {mode}, {hit_pct:.1f} % were {outcome} (95 % interval "
    "{low_pct:.1f} to {high_pct:.1f} %), by its other modes {others_pct:.1f} % ({others_low_pct:.1f} to "
    "{others_high_pct:.1f} %); within one region and week that is {gap_pct:.1f} points more ({gap_low_pct:.1f} to "
    "{gap_high_pct:.1f}, {areas:#region}).",
    formula="{hits} / {deliveries} = {hit_pct:.2f} %, {others_hits} / {others} = {others_pct:.2f} %; within region and "
    "week {gap_pct:.2f} points >= {min_gap_pct:g}; {deliveries}, {others} >= {min_deliveries:g}; p = {p_value:.2g}, "
    "q = {q_value:.2g} <= {max_fdr_pct:g} %",
    weigh=weigh,
)
def uneven_quality(
    fulfilments: Table, *, periods, outcome: str, within_days: int, reasons: str, min_deliveries: int,
    min_gap_pct: float, max_store_pct: float, max_fdr_pct: float,
):  # fmt: skip
    told = yield _fulfilled.rows(fulfilments, periods, outcome, within_days, reasons)
    asked = told.filter(_.why.isnull())
    ends = first_of(((_.episode_start == a, b) for a, b in periods), ibis.null("timestamp(6)"))
    found = _fulfilled.cells(asked).mutate(
        subject=_.platform, object=_["product"] + "/" + _.asked_mode, episode_end=ends,
        amount_at_stake=ibis.null("decimal(18, 2)"),
    )  # fmt: skip
    own = ["currency", "subject", "object", "episode_start"]

    def of(found: Table) -> Table:
        rows = asked.mutate(subject=_.platform, object=_["product"] + "/" + _["mode"])
        return rows.semi_join(found, ["platform", *own])

    def evidence(found: Table) -> dict[str, Table]:
        return {"fulfilments": of(found).filter(_.hit == 1).select("platform", "id", *own)}

    def workings(found: Table) -> dict[str, Table]:
        keys = found.select("platform", *own).mutate(asked_product=_.object.re_replace("/[a-z]+$", ""))
        rows = asked.inner_join(keys, [
            "platform", "currency", "episode_start", asked["product"] == keys.asked_product,
        ])  # fmt: skip
        mine = _["product"] + "/" + _["mode"] == _.object
        return {"regions": rows.mutate(mine=mine).group_by("platform", *own, "area").agg(
            own_deliveries=_.mine.sum(), own_hits=_.hit.sum(where=_.mine).fill_null(0),
            other_deliveries=(~_.mine).sum(), other_hits=_.hit.sum(where=~_.mine).fill_null(0))}  # fmt: skip

    counts = told.group_by(unanswered=_.why).agg(rows=_.count())
    return Answer(found, evidence, {"fulfilments": counts}, workings)
