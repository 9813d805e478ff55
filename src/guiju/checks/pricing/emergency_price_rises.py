"""In a declared emergency, a shop sells the goods in need dearer than before, and by more than its costs rose.

## What it finds
Products sold in the place of a declared emergency on `min_days` or more at an average price `min_excess_pct` or more
above what is allowed: the shop's own regular price before the emergency, times what its own unit cost or the
price elsewhere rose by, whichever rose more; never less than unit cost, or than the price of the season a year before.

## Why it matters
Who needs masks or water at once cannot wait or choose: a price that need alone has raised takes from those in distress.

## Innocent explanations
- Costs rose: the price may rise in the same proportion (`cost_basis`), and always up to cost.
- Delivery became dearer: it is part of the variable cost.
- The season: the price of the same days a year before, `season_days` more on either side, is allowed.
- Prices rose elsewhere too: as half of the platform's other shops raised theirs in places without an emergency.
- The price had risen before: regular is the price reached on `min_baseline_days` of the `baseline_days` before.
- A promotion ended: a regular price is the highest reached on so many days, not that of the promotion.
- The platform stopped paying a part: prices are before platform's and others' money.
- A slip: fewer than `min_days`, or less than `min_excess_pct` above.

## Method and source
The price of a local day is what the shop asked for all units it sold there that day, by unit. Emergencies of one place
and kind of goods without a gap are one, so that an extension starts no new baseline, and days inside any are no
baseline. The cost beside a regular price is that of the days at or above it; elsewhere is what half of `min_peers` or
more shops reached, each one's average price in the emergency by its regular one. A day not dearer than regular needs
neither; one that is, without a known cost, or with neither elsewhere nor a year before known, is unanswered.
"""

from ibis import Table, _

from guiju.checks import Answer, account, check
from guiju.checks.pricing import _costs, _regular_prices, _urgent_days, _urgent_sales
from guiju.checks.pricing._regular_prices import OF, Regular


@check(
    zh="自 {opened_at:%Y-%m-%d %H:%M} 起宣布的紧急状态期间，{subject} 有 {days} 日以平均 {price:.2f} {currency} 的单"
    "价售出 {object}（{goods}）共 {units:,.0f} 件，比此前的正常价 {base_price:.2f} 高 {rise_pct:.1f}%；其"
    "{cost_basis}此前为 {base_cost:.2f}，其间为 {unit_cost:.2f}。按记录，成本、别处行情与季节（以已知者为限）可以解释"
    "到 {allowed_price:.2f}，售价超出 {excess_pct:.1f}%，共 {amount_at_stake} {currency}。",
    en="In the emergency declared from {opened_at:%Y-%m-%d %H:%M}, {subject} sold {units:,.0f} units of {object} "
    "({goods}) on {days:#day} at {price:.2f} {currency} on average, {rise_pct:.1f} % above its regular price before "
    "({base_price:.2f}); its {cost_basis} was {base_cost:.2f} before, {unit_cost:.2f} then. Costs, prices elsewhere "
    "and the season, as far as they are on record, explain up to {allowed_price:.2f}; the price was {excess_pct:.1f} "
    "% above that, {amount_at_stake} {currency} in all.",
    formula="{price:.4f} / {allowed_price:.4f} - 1 = {excess_pct:.2f} %, each of {days:#day} >= {min_excess_pct:g} %; "
    "{days} >= {min_days:g}; ({price:.4f} - {allowed_price:.4f}) x {units:g} = {amount_at_stake}",
)
def emergency_price_rises(
    orders: Table, products: Table, costs: Table, emergencies: Table, *, since, until, utc_offset, cost_basis: str,
    regular: Regular, min_excess_pct: float, min_days: int,
):  # fmt: skip
    spells = yield _urgent_sales.spells(emergencies, until)
    unit_costs = yield _costs.unit_costs(costs.semi_join(emergencies, "platform"))
    lines = yield _urgent_sales.goods_sold(orders, products, spells, unit_costs, cost_basis, utc_offset)
    inside = yield _urgent_sales.in_emergency(lines, spells)
    # Kept: within a join an engine would look for what is inside among pairs, of which there are many times as many.
    apart = yield _urgent_sales.apart(lines, inside)
    judged = inside.filter(_.occurred_at >= since, ~_.nowhere, _.value.notnull())

    offers = judged.select(*OF, "category", "declared_region", "within", "opens", "closes").distinct()
    was = yield _regular_prices.before(offers, apart, regular)
    rises = yield _regular_prices.elsewhere(spells, apart, regular)
    own = _regular_prices.own_prices(offers, was, regular.min_baseline_days)
    known = _regular_prices.beside_peers(own, rises, regular.min_peers)
    days = yield _urgent_days.allowed(_regular_prices.daily(judged, OF), known, min_excess_pct)
    found = _urgent_days.episodes(days.filter(_.over), min_days)

    def evidence(found: Table) -> dict[str, Table]:
        sold = judged.semi_join(days.filter(_.over), [*OF, "day"])
        return _urgent_days.evidence(found, sold, was, costs, products, emergencies)

    def workings(found: Table) -> dict[str, Table]:
        return _urgent_days.workings(found, days, rises)

    dated = products.filter(_.category.notnull()).select("platform", product=_.id)
    told = orders.semi_join(emergencies, "platform")
    nameless = told.anti_join(dated, ["platform", "product"])
    in_window, early = inside.filter(_.occurred_at >= since), inside.filter(_.occurred_at < since)
    reasons = [(why, days.lines.sum(where=days.unanswered == why)) for why in _urgent_days.REASONS]
    counts = account(
        ("in an emergency before the window", early.count()),
        ("what kind of goods it is, is not known", nameless.count()),
        ("where it was delivered is not known", in_window.filter(_.nowhere).count()),
        ("what the seller took off is not known", in_window.filter(~_.nowhere, _.value.isnull()).count()),
        ("no emergency on its platform is on record", orders.anti_join(emergencies, "platform").count()),
        # Whatever was sold outside of every emergency is answered: it is clear.
        (None, told.count()), (None, -nameless.count()), (None, -inside.count()),
        *reasons, (None, days.lines.sum(where=days.unanswered.isnull())),
    )  # fmt: skip
    return Answer(found, evidence, {"orders": counts}, workings)
