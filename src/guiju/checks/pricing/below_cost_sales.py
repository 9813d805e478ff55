"""A seller, or a platform through its subsidies, sells a product below cost for whole weeks.

## What it finds
Runs of weeks in which a shop sells a product below its unit cost. What the seller bears is kept apart from what the
platform bears: if the price net of the seller's own reductions is below cost, the seller answers for it; if only the
platform's subsidy brings it there, the platform does. A third party's subsidy is money received.

## Why it matters
Whoever can lose money longer drives out those who cannot; afterwards prices are his to set.

## Innocent explanations
- Fresh goods near expiry are cleared: as many units as were counted in lots in the last `max_fresh_remaining_pct` of
  their life.
- Overstock is cleared: as many units as stood above `max_stock_cover_days` of sales when the week began.
- A season is over: as many units as were left when the week began.
- A new item is introduced: up to `max_new_item_units` a week in its first `new_item_days`.
- A brand or another third party pays the reduction.
- Loss leaders: less than `min_below_share_pct` of the week's units, or less than `min_depth_pct` below cost.

Each exemption is computed from counted stock, shelf life and sales, never from a seller's label, and covers no more
units than it explains.

## Method and source
Areeda & Turner (1975) for cost as the benchmark: purchase cost as in China's decisions of 2021. Weeks begin on Monday,
local time; a week cut by the edge of the window is not judged. A season needs `min_history_days` of records.
"""

from ibis import Table, _

from guiju.checks import Answer, check
from guiju.checks.pricing import _costs, _rests_on, _runs, _weeks
from guiju.checks.pricing._exemptions import Clearances
from guiju.checks.pricing._runs import Low
from guiju.checks.pricing._weeks import WEEK


@check(
    zh="{object}：连续 {weeks} 周售出 {units:,.0f} 件，其中 {counted_units:,.0f} 件低于{cost_basis} "
    "{unit_cost:.2f} 且记录内没有豁免可解释，平均净价 {below_price:.2f}（全部售出件为 {net_price:.2f}）；低于"
    "成本的部分由{payer} {subject} 承担，共 {amount_at_stake} {currency}，为这些周成本的 "
    "{depth_pct:.1f}%。是否为排挤竞争对手，记录不能证明。",
    en="Of {units:,.0f} units of {object} sold in {weeks:#week} running, {counted_units:,.0f} went below the "
    "{cost_basis} of {unit_cost:.2f} with no exemption on record to explain them, at {below_price:.2f} net on average "
    "(all units together: {net_price:.2f}); what lay below cost was borne by {payer} {subject}, "
    "{amount_at_stake} {currency} in all, {depth_pct:.1f} % of those weeks' cost. Records cannot "
    "show whether it was done to squeeze out rivals.",
    formula="{counted_units:g} units below cost with no exemption / {units:g} units = {below_share_pct:.2f} % >= "
    "{min_below_share_pct:g} %; {amount_at_stake} below cost / ({unit_cost:.4f} x {units:g}) = {depth_pct:.2f} % >= "
    "{min_depth_pct:g} %; {weeks:#week} >= {min_weeks:g}",
)
def below_cost_sales(
    orders: Table, products: Table, costs: Table, stocks: Table, *, since, until, utc_offset, low: Low,
    cleared: Clearances,
):  # fmt: skip
    unit_costs = yield _costs.unit_costs(costs)
    all_weeks = yield _costs.weekly(orders, unit_costs, utc_offset)
    weeks = _weeks.on_basis(all_weeks, low.cost_basis)
    judged = weeks.filter(_.week >= since, _.week + WEEK <= until)

    flagged = yield _runs.low_weeks(weeks, judged, low, products, stocks, cleared, until, utc_offset)
    found = _weeks.episodes(flagged, low.min_weeks)
    sales = yield _runs.sales_below(all_weeks, flagged, orders, low)

    def evidence(found: Table) -> dict[str, Table]:
        return _rests_on.evidence(found, sales, costs, stocks, products)

    def workings(found: Table) -> dict[str, Table]:
        return {"weeks": _rests_on.in_episodes(flagged, found)}

    return Answer(found, evidence, {"orders": _runs.rows_asked(weeks, judged)}, workings)
