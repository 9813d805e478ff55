"""A shop sold goods that need a licence without having one at the moment of sale.

## What it finds
Shops with at least `min_lines` order lines of products whose category needs a licence, at moments that no licence of
that kind covers: none on record, not yet begun, ended, or revoked.

## Why it matters
A licence is how somebody has looked at what cannot be seen on a screen: kitchens, storage, hands, diplomas.

## Innocent explanations
- Renewal takes time: the old licence goes on as long as the authority extended it (`extended_to`).
- A branch sells under its head office's licence: the licence's row names the shop it covers.
- The category needs none, or did not yet, or no longer (`requirements`).
- Learned of later: a licence counts from when it holds, not from when the platform knew (`known_at`).
- A product filed in the wrong category: fewer than `min_lines` lines.

## Method and source
Each line is held against every licence of its shop at the moment it was paid; lines are counted, nothing is estimated.
Which categories need which licence is data, with its own dates and source, not part of this check. Where no licence of
the platform's shops is in the records at all, nothing is asked of them.
"""

import ibis
from ibis import Table, _

from guiju.checks import Answer, check
from guiju.checks.goods import _licences
from guiju.checks.goods._licences import SHOP_LICENCE


@check(
    zh="{subject} 售出须有{licence}的商品 {lines} 行订单（{products} 种商品），按记录售出时无有效许可：{state}。",
    en="{subject} sold {lines:#order line} of {products:#product} that need a {licence}; no licence on record was "
    "valid at the time of sale: {state}.",
    formula="{lines} of {needing_lines} lines that need it were sold without; {lines} >= {min_lines:g}",
)
def unlicensed_sellers(
    orders: Table, products: Table, requirements: Table, licences: Table, *, since, min_lines: int
):  # fmt: skip
    needing = _licences.needing(orders.filter(_.occurred_at >= since), products, requirements)
    seen = needing.semi_join(licences, "platform")
    spans = _licences.spans(licences)
    bare = yield _licences.uncovered(seen, spans)
    shops = bare.group_by(SHOP_LICENCE).agg(
        lines=_.id.nunique(), products=_["product"].nunique(), episode_start=_.occurred_at.min(),
        episode_end=_.occurred_at.max(), amount_at_stake=_.paid.sum().cast("decimal(18, 2)"),
    ).filter(_.lines >= min_lines)  # fmt: skip
    in_all = seen.semi_join(shops, SHOP_LICENCE).group_by(SHOP_LICENCE).agg(needing_lines=_.id.nunique())
    found = (
        shops.inner_join(in_all, SHOP_LICENCE)
        .inner_join(_licences.around(shops, spans), SHOP_LICENCE)
        .mutate(subject=_.seller, object=_.licence)
        .drop("seller")
    )

    def evidence(found: Table) -> dict[str, Table]:
        own = ["subject", "object", "episode_start"]
        keys = found.select("platform", "currency", *own, seller=_.subject, licence=_.object)
        lines = bare.inner_join(keys, SHOP_LICENCE)
        of_lines = lines.select("platform", "id", *own).distinct()
        needed = lines.select("platform", "category", "licence", "currency", *own).distinct()
        held = licences.inner_join(keys.rename(kind="licence"), ["platform", "seller", "kind"])
        asked = requirements.inner_join(needed, ["platform", "category", "licence"])
        return {
            "orders": orders.inner_join(of_lines, ["platform", "id"]).select(*own, *orders.columns),
            "licences": held.select(*own, "currency", *licences.columns),
            "requirements": asked.select(*own, "currency", *requirements.columns),
        }

    unseen = needing.anti_join(licences, "platform").select("platform", "id").distinct().mutate(unseen=True)
    lines = _licences.with_category(orders, products).left_join(unseen, ["platform", "id"])
    reason = ibis.cases(
        (lines.occurred_at < since, "before the window"),
        (lines.category.isnull(), "the category of the product is not known"),
        (lines.unseen, "no licence of the platform's shops is on record"),
    )
    counts = lines.select(unanswered=reason).group_by("unanswered").agg(rows=_.count())
    return Answer(found, evidence, {"orders": counts})
