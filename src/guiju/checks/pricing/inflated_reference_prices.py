"""A price is struck through that the goods did not have: the reduction shown is larger than the reduction made.

## What it finds
Promotions, that is unbroken runs of offers with one reference price above the price asked, whose reference lies above
the prior price: the lowest price at which the shop *sold* the product in the `lookback_days` before the promotion, or
else its last sale (`price_basis` transacted); or the lowest price it *offered* in them (`price_basis` offered).

## Why it matters
Who compares with a price that never was cannot know whether an offer is good; honest shops look dear beside it.

## Innocent explanations
- Progressive reductions under one reference are one promotion: the prior price is the one before the first step.
- A manufacturer's suggested price, or a comparison whose basis is stated beside it, is another claim
  (`reference_basis`).
- Rounding, up to `max_rounding_pct`.
- A coupon made earlier sales cheaper: sales count before platform's and third parties' money, which favours the
  seller; the price after them stands beside as `prior_paid_price`.
- One flash sale set the low: `prior_units` says how many units were sold at it.

## Method and source
The window ends the moment the promotion starts, and does not move with its days. China: lowest transaction of seven
days in the same shop, else the last sale. EU: lowest price applied in at least 30 days (C-330/23, Aldi Süd); a product
younger than that since its launch (`products.listed_at`). What cannot be seen is unanswered: no earlier sale in the
records, or less than `min_coverage_pct` of the window covered by known offers.
"""

import ibis
from ibis import Table, _

from guiju.checks import KEY, Answer, account, check
from guiju.checks.pricing import _promotions


@check(
    zh="{subject} 对 {object} 标示划线价 {reference_price:.2f}、现价 {price:.2f} {currency}（所示降幅 "
    "{claimed_pct:.1f}%），而促销前 {lookback_days} 日内{price_basis}为 "
    "{prior_price:.2f}（店铺自身优惠前为 {prior_list_price:.2f}；{true_pct:实降 |实涨 |.1f}%）。",
    en="{subject} struck through {reference_price:.2f} beside {price:.2f} {currency} for {object} (shown as a cut of "
    "{claimed_pct:.1f} %), but in the {lookback_days} days before, {price_basis} was "
    "{prior_price:.2f} ({true_pct:a cut of |a rise of |.1f} %; before the shop's own coupons {prior_list_price:.2f}).",
    formula="{reference_price:.2f} / {prior_price:.2f} - 1 = {excess_pct:.2f} % > {max_rounding_pct:g} %; "
    "shown: 1 - {price:.2f} / {reference_price:.2f} = {claimed_pct:.2f} %; "
    "made: 1 - {price:.2f} / {prior_price:.2f} = {true_pct:.2f} %; "
    "shown and not given: ({reference_price:.2f} - {prior_price:.2f}) x {units_sold:g} = {amount_at_stake}",
)
def inflated_reference_prices(
    listings: Table, orders: Table, products: Table, *, since, until, price_basis: str, lookback_days: float,
    max_rounding_pct: float, min_coverage_pct: float,
):  # fmt: skip
    all_promotions = yield _promotions.promotions(listings, until)
    promotions = all_promotions.filter(_.starts >= since)
    window = ibis.interval(days=lookback_days)
    if price_basis == "transacted":
        near = yield _promotions.sales(promotions.mutate(opens=_.starts - window), orders)
        unsold = promotions.anti_join(near.filter(_.occurred_at < _.starts), "promotion")
        earlier = yield _promotions.last_sales(unsold, orders)
        sales = ibis.union(near, earlier)
        priors = _promotions.lowest_sale(sales)
        missing, needed = "no earlier sale in the records", _.prior_price.notnull()
    else:
        priors = _promotions.lowest_offer(promotions, listings, products, window, lookback_days)
        missing, needed = "too little of the window is covered by known offers", _.coverage_pct >= min_coverage_pct
    beside = promotions.left_join(priors, "promotion").drop("promotion_right")
    known = yield beside.mutate(answered=needed.fill_null(False))

    over = known.filter(_.answered, _.reference_price * 100 > _.prior_price * (100 + max_rounding_pct))
    if price_basis == "transacted":
        over = over.inner_join(_promotions.at_prior(over, sales, window), "promotion")
    else:
        sales = yield _promotions.sales(over, orders)
    found = over.left_join(_promotions.units_sold(over, sales, orders), "promotion").select(
        "platform", "currency", "product", subject=_.seller, object=_["product"],
        episode_start=_.starts, episode_end=_.ends,
        amount_at_stake=((_.reference_price - _.prior_price) * _.units).cast("decimal(18, 2)"),
        price=_.price.cast("float64"), reference_price=_.reference_price.cast("float64"),
        prior_price=_.prior_price.cast("float64"), prior_list_price=_.prior_list_price.cast("float64"),
        prior_units=_.prior_units, prior_paid_price=_.prior_paid_price,
        prior_at=_.prior_at, lookback_days=ibis.literal(lookback_days, "int64"),
        claimed_pct=((1 - _.price / _.reference_price) * 100).cast("float64").round(6),
        true_pct=((1 - _.price / _.prior_price) * 100).cast("float64").round(6),
        excess_pct=((_.reference_price / _.prior_price - 1) * 100).cast("float64").round(6),
        units_sold=_.units.cast("float64"),
    )  # fmt: skip

    def evidence(found: Table) -> dict[str, Table]:
        own = ["subject", "object", "episode_start"]
        keys = found.select("platform", "currency", "product", *own, "episode_end", seller=_.subject)
        shop, opens = ["platform", "seller", "product", "currency"], _.episode_start - window
        shown = (
            _promotions.standing(listings)
            .inner_join(keys, shop)
            .filter((_.stood_to > opens) | _.stood_to.isnull(), _.occurred_at < _.episode_end)
        )
        its = sales.starts == keys.episode_start, sales.ends == keys.episode_end
        sold = sales.inner_join(keys, [*shop, *its])
        return {"listings": shown.select(*own, *listings.columns), "orders": sold.select(*KEY, "id")}

    early, unknown = all_promotions.filter(_.starts < since), known.filter(~_.answered)
    unseen = ibis.ifelse(listings.reference_price.count() > 0, 0, listings.count())
    offers = account(
        ("in a promotion begun before the window", early.offers.sum()), (missing, unknown.offers.sum()),
        ("no offer in these records shows a reference price", unseen), (None, listings.count()), (None, -unseen),
        (None, -early.offers.sum()), (None, -unknown.offers.sum()),
    )  # fmt: skip
    return Answer(found, evidence, {"listings": offers})
