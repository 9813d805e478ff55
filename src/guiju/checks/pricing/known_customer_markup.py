"""A shop charges customers it knows more than new ones for the same goods at the same moment (杀熟).

## What it finds
Shops whose customers of `min_known_days` or more paid, over a whole quarter, a higher price before coupons and
newcomer offers than customers of at most `max_new_days`, for the same product, place, channel, campaign and quantity
in the same `cell_minutes`.

## Why it matters
The one who trusts pays more, and cannot see it.

## Innocent explanations
- New customers get a published offer: `newcomer_pct` is shown, and does not count.
- Customers hold coupons: `coupon_pct` is shown, and does not count.
- Prices drift with stock or the hour: only rows of one cell are compared.
- Delivery to a farther zone costs more: the zone is part of the cell.
- Prices are tested at random: a test not by tenure gives no gap.
- Chance: errors are clustered by customer, and Benjamini–Yekutieli keeps wrong findings under `max_fdr_pct` over all
  shops asked in the quarter.

## Method and source
Within-cell difference of the price in per cent of the cell's mean list price, cluster-robust by customer (Hannak et
al. 2014 for the design; Petersen 2009 for the errors; Benjamini & Yekutieli 2001). The gap is split into list price
and undisclosed discount; the gaps in coupons and in newcomer offers stand beside it. Only purchases are seen, not
quotes that were refused. Cells hold no customer's taste: who buys dearer goods is not compared with who buys cheaper.
"""

import ibis
import numpy as np
from ibis import Table, _

from guiju.checks import KEY, SHOP, Answer, check, first_of
from guiju.checks.pricing import _matched
from guiju.estimators.within import detectable, estimate, slope, within_sums

COUNTS = {
    "cells": "cells", "orders": "n", "known_customers": "clusters_above", "new_customers": "clusters_below",
    "sxx": "sxx", "sxy": "sxy_judged",
}  # fmt: skip
PARTS = {"list": 1, "undisclosed": -1, "coupon": -1, "newcomer": -1}  # what each adds to the price paid


def weigh(cells, *, min_gap_pct, min_cells, min_customers, max_fdr_pct, **_limits):
    """Gap, interval and p-value of every shop and quarter asked; `stands`: large and well-founded enough to find."""
    judged = estimate(cells, "judged")
    facts = {
        "gap_pct": judged.beta,
        "se_pct": judged.se,
        "low_pct": judged.low,
        "high_pct": judged.high,
        "p_value": judged.p_greater,
    }
    facts |= {f"{part}_pct": sign * slope(cells, part) for part, sign in PARTS.items()}
    _, quarter, shops = np.unique(cells["episode_start"], return_inverse=True, return_counts=True)
    facts["detectable_pct"] = detectable(judged.se, judged.df, shops[quarter], max_fdr_pct / 100, least=min_gap_pct)
    facts["amount_at_stake"] = np.maximum(judged.beta, 0) / 100 * cells["total_judged"]
    facts |= {name: cells[column] for name, column in COUNTS.items()}
    enough = np.minimum(facts["known_customers"], facts["new_customers"]) >= min_customers
    return facts | {"stands": enough & (facts["cells"] >= min_cells) & (judged.beta >= min_gap_pct)}


@check(
    zh="{subject} 对平台注册满 {min_known_days:g} 日的顾客，券前价格平均比注册不超过 {max_new_days:g} 日者高"
    " {gap_pct:.2f}%（同一商品、同一 {cell_minutes:g} 分钟、同一配送区；95% 区间 {low_pct:.2f}% 至 {high_pct:.2f}%）："
    "其中标价 {list_pct:+.2f} 个百分点，未公示折扣 {undisclosed_pct:+.2f}；另有优惠券 {coupon_pct:+.2f}、新客优惠 "
    "{newcomer_pct:+.2f}（不计入）。",
    en="{subject} charged customers of {min_known_days:g} days or more on the platform {gap_pct:.2f} % more on "
    "average, before coupons, than customers of {max_new_days:g} days or fewer, for the same goods in the same "
    "{cell_minutes:g} minutes and zone (95 % interval {low_pct:.2f} to {high_pct:.2f}). In points: list price "
    "{list_pct:+.2f}, undisclosed discount {undisclosed_pct:+.2f}; not counted: coupons {coupon_pct:+.2f}, newcomer "
    "offer {newcomer_pct:+.2f}.",
    formula="Sxy / Sxx = {sxy:.4f} / {sxx:.4f} = {gap_pct:.3f} % >= {min_gap_pct:g} %; "
    "t = {gap_pct:.3f} / {se_pct:.3f}; q = {q_value:.2g} <= {max_fdr_pct:g} %; {cells} cells >= {min_cells:g}; "
    "{known_customers} known and {new_customers} new customers >= {min_customers:g}",
    weigh=weigh,
)
def known_customer_markup(
    orders: Table, parties: Table, *, periods, cell_minutes: float, max_new_days: float, min_known_days: float,
    min_gap_pct: float, min_cells: int, min_customers: int, max_fdr_pct: float,
):  # fmt: skip
    offers, _places, customers = numbers = yield from _matched.numbers(orders, parties)
    asked = yield _matched.asked(
        orders, numbers, periods, cell_minutes=cell_minutes, new_days=max_new_days, known_days=min_known_days
    )
    both = yield _matched.both(asked)
    compared = yield _matched.compared(asked, both, offers)

    by = ["shop", "period"]
    sums = within_sums(
        compared, by=by, cell=["cell"], cluster="customer", treated="known", outcomes=["judged"], parts=[*PARTS],
        pct_of="list", totals=["judged"],
    )  # fmt: skip
    counts = yield asked.group_by("offer", "period", "kind").agg(asked_rows=_.count()).inner_join(offers, "offer")
    # Every shop that was asked about is a cell of the family, also one whose customers could not be compared.
    cells = counts.filter(_.kind <= _matched.KNOWN).select(*by, *SHOP).distinct()
    beside = cells.left_join(sums, by)
    zeros = {name: beside[name].fill_null(0) for name in sums.columns if name not in by}
    starts, ends = (
        first_of(((_.period == n, edges[i]) for n, edges in enumerate(periods)), ibis.null("timestamp(6)"))
        for i in (0, 1)
    )
    named = {"subject": cells.seller, "object": ibis.literal(""), "episode_start": starts, "episode_end": ends}
    found = beside.select("platform", "currency", **named, **zeros, amount_at_stake=ibis.null("decimal(18, 2)"))

    def evidence(found: Table) -> dict[str, Table]:
        keys = found.select(*KEY, seller=_.subject).inner_join(offers.select("shop", *SHOP).distinct(), SHOP)
        rows = compared.mutate(episode_start=starts).inner_join(keys, ["shop", "episode_start"])
        bought = rows.select(*KEY, "customer").distinct()
        return {
            "orders": rows.select(*KEY, "id"),
            "parties": customers.inner_join(bought, ["platform", "customer"]).select(*KEY, "id"),
        }

    reasons = first_of(((_.kind == n, why) for n, why in enumerate(_matched.WHY, _matched.KNOWN + 1)), None)
    return Answer(found, evidence, {"orders": counts.group_by(unanswered=reasons).agg(rows=_.asked_rows.sum())})
