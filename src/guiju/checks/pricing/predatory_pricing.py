"""One that holds a market sells a product of it below cost for weeks on end.

## What it finds
Runs of at least `min_weeks` in which a shop sells a product below its unit cost, borne by one that had
`min_share_pct` of that market both by turnover and by units in the `beside_weeks` before. The market is stated: the
product's category, in one currency, on all platforms in the records. What the seller bears is kept apart from what the
platform bears. Below average variable cost is prima facie enough. Between that and average total cost it is found only
if the price afterwards is at least `min_rise_pct` above what it was before, in terms of cost.

## Why it matters
Whoever holds a market can lose money until its rivals are gone, and take it back from everybody afterwards.

## Innocent explanations
- It grew by its prices: what it held before the run counts, not what it won by it; so does a new entrant.
- The price rose because cost did: prices before and after are compared in terms of cost.
- A promotion within a reasonable time: fewer than `min_weeks` on end.
- The price went back to what it was: a rise of less than `min_rise_pct` recoups nothing.
- Fresh goods near expiry are cleared: as many units as were counted in lots in the last `max_fresh_remaining_pct` of
  their life.
- Overstock is cleared: as many units as stood above `max_stock_cover_days` of sales when the week began.
- A season is over: as many units as were left when the week began.
- A new item is introduced: up to `max_new_item_units` a week in its first `new_item_days`.
- A brand or another third party pays the reduction.
- Loss leaders: less than `min_below_share_pct` of the week's units, or less than `min_depth_pct` below cost.

## Method and source
Areeda & Turner (1975) for variable cost; AKZO (C-62/86) and the Supreme People's Court (2024, article 37) for the two
benchmarks. Shares are of the records given, and asked only where `min_platforms` sell the category. A rise of the price
after the run shows that losses can be taken back; it proves no intent, and without it the lower benchmark still holds.
"""

from ibis import Table, _

from guiju.checks import Answer, check
from guiju.checks.pricing import _costs, _market, _rests_on, _runs, _weeks
from guiju.checks.pricing._exemptions import Clearances
from guiju.checks.pricing._market import RUN, Market
from guiju.checks.pricing._runs import Low
from guiju.checks.pricing._weeks import WEEK

NEVER_ASKED = -100.0  # no price falls further, so a rise of this much is asked of nobody


@check(
    zh="{payer} {subject} 此前 {beside_weeks} 周占所给记录中 {category} 品类（{platforms} 个平台；平台含其全部店铺）"
    "销售额的 {share_pct:.1f}%、件数的 {unit_share_pct:.1f}%；其后连续 {weeks} 周售出 {object} {units:,.0f} 件，其中 "
    "{counted_units:,.0f} 件低于{cost_basis} {unit_cost:.2f} 且记录内的清理、季末或者新品不能解释，平均净价 "
    "{below_price:.2f}，低于成本的部分由其承担，共 {amount_at_stake} {currency}。全部售出件净价：此前 "
    "{before_price:.2f}，期间 {net_price:.2f}，其后 {after_price:.2f}（价格与成本之比，与此前相比 "
    "{rise_pct:+.1f}%）。相关市场、是否具有支配地位与意图，须由人认定。",
    en="Of the sales of the category {category} in these records ({platforms:#platform}, a platform being taken with "
    "all its shops) {payer} {subject} had {share_pct:.1f} % of turnover and {unit_share_pct:.1f} % of units in the "
    "{beside_weeks:#week} before. Then, of {units:,.0f} units of {object} sold in {weeks:#week} running, "
    "{counted_units:,.0f} went below the {cost_basis} of {unit_cost:.2f} with no clearance, season or launch in "
    "these records to explain them, at {below_price:.2f} net on average; what lay below cost was borne by it, "
    "{amount_at_stake} {currency} in all. Net price of all units: {before_price:.2f} before, {net_price:.2f} then, "
    "{after_price:.2f} after (as a ratio to cost, {rise_pct:+.1f} % against before). How the market is drawn, "
    "whether one dominates it, and with what intent this was done, are for people.",
    formula="shares before: {share_pct:.2f} % and {unit_share_pct:.2f} % >= {min_share_pct:g} %; {counted_units:g} "
    "units below cost with no exemption / {units:g} units = {below_share_pct:.2f} % >= {min_below_share_pct:g} %; "
    "{amount_at_stake} below cost / ({unit_cost:.4f} x {units:g}) = {depth_pct:.2f} % >= {min_depth_pct:g} %; "
    "{weeks:#week} >= {min_weeks:g}; rise in terms of cost {rise_pct:.2f} %, asked: >= {min_rise_pct:g} %",
)
def predatory_pricing(
    orders: Table, products: Table, costs: Table, stocks: Table, *, since, until, utc_offset, low: Low,
    market: Market, cleared: Clearances,
):  # fmt: skip
    unit_costs = yield _costs.unit_costs(costs)
    all_weeks = yield _costs.weekly(orders, unit_costs, utc_offset)
    weeks = _weeks.on_basis(all_weeks, low.cost_basis)
    judged = weeks.filter(_.week >= since, _.week + WEEK <= until)

    flagged = yield _runs.low_weeks(weeks, judged, low, products, stocks, cleared, until, utc_offset)
    runs = yield _market.with_category(_weeks.episodes(flagged, low.min_weeks), products)
    near = yield _market.sales_beside(runs, weeks, products, market.beside_weeks)
    known = runs.inner_join(_market.shares(near), RUN).inner_join(
        _market.prices_beside(runs, weeks, low, market.beside_weeks), RUN
    )
    found = known.filter(
        _.platforms >= market.min_platforms,
        _.share_pct >= market.min_share_pct,
        _.unit_share_pct >= market.min_share_pct,
        _.rise_pct.fill_null(NEVER_ASKED) >= market.min_rise_pct,
    )

    sales = yield _runs.sales_below(all_weeks, flagged, orders, low)

    def evidence(found: Table) -> dict[str, Table]:
        return _rests_on.evidence(found, sales, costs, stocks, products)

    def workings(found: Table) -> dict[str, Table]:
        return {"weeks": _rests_on.in_episodes(flagged, found), "market": _market.sums_by_platform(near, found)}

    rows = _market.rows_asked(weeks, judged, products, market.min_platforms)
    return Answer(found, evidence, {"orders": rows}, workings)
