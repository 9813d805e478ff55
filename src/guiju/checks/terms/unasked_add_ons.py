"""A paid item stands in the order before the buyer has chosen it.

## What it finds
Items that who offers them put into orders unasked: ticked as the page came up (`preselected`), or fixed to the order
without being pointed out (`fixed`, `pointed_out`). They cost something, the product can be had without them
(`needed_for` is none of `needs`), and it was so on pages of at least `min_days` local days and on at least
`min_pages_pct` of the pages that showed the item.

## Why it matters
Whoever does not notice pays for what they never wanted; what is taken out by those who notice is kept by the others.

## Innocent explanations
- Not ticked: the buyer chose it (`state`).
- As the buyer left it: the page remembers this buyer's own choice (`remembered`).
- A free gift: `price` is zero.
- A set that says so: fixed, and item and price were pointed out as plainly as the product's.
- The product cannot be had without it: `needed_for` is one of `needs`.
- A fault of the page that was mended: pages of fewer than `min_days` days.
- A fault of some pages: less than `min_pages_pct` of those that showed the item.

## Method and source
Pages are counted one by one; nothing is estimated, and pages that were not recorded are not guessed. `orders` and
`kept` are of orders placed from such pages; `asked_orders` and `asked_kept` of those placed from pages on which the
same item was there to be ticked. At stake is what buyers paid for it who kept it, some of whom may have wanted it.
"""

import ibis
from ibis import Table, _

from guiju.checks import Answer, check
from guiju.records.schemas.add_ons import STATES

ITEM = ["platform", "offered_by", "add_on", "currency"]
MONEY = "decimal(18, 2)"


@check(
    zh="{subject} 的收费项目 {object}（{kind}）在展示它的 {shown_pages:,} 个下单页面中，有 {pages:,} 个（"
    "{pages_pct:.1f}%，{days} 天）未经买家选择即已计入订单：默认勾选 {ticked_pages:,} 个，不能取消且未显著提示 "
    "{fixed_pages:,} 个。由此下单的记录 {orders:,} 笔，其中保留该项目的 {kept:,} 笔。",
    en="On {pages:,} of the {shown_pages:,} order pages that showed it ({pages_pct:.1f} %, on {days:#day}), {object} "
    "({kind}), a paid item of {subject}'s, stood in the order before the buyer had chosen it: ticked beforehand on "
    "{ticked_pages:,}, fixed without being pointed out on {fixed_pages:,}. Of {orders:#order} placed from them "
    "on record, {kept:,} kept the item.",
    formula="{pages:,} / {shown_pages:,} pages = {pages_pct:.2f} % >= {min_pages_pct:g} %; {days} days >= {min_days:g}",
)
def unasked_add_ons(add_ons: Table, *, since, utc_offset, needs: str, min_days: int, min_pages_pct: float):
    unknown = ibis.null("boolean")
    seen = add_ons.filter(_.occurred_at >= since).mutate(
        ticked=ibis.cases((_.state.isin(STATES), _.state == "preselected"), else_=unknown),
        bound=ibis.cases((_.state.isin(STATES), _.state == "fixed"), else_=unknown),
        hidden=ibis.cases((_.pointed_out.isin(["yes", "no"]), _.pointed_out == "no"), else_=unknown),
        needed=_.needed_for.isin([name.strip() for name in needs.split(",")]),
    )
    # Each part is true, false or not known, and so is the whole: where one part is false nothing else matters.
    asked = seen.mutate(unasked=(_.ticked | (_.bound & _.hidden)) & (_.price > 0) & ~_.needed)
    reason = ibis.cases(
        (asked.unasked.notnull(), ibis.null("string")),
        (asked.ticked.isnull(), "how the item stood on the page is not known"),
        ((asked.ticked | (asked.bound & asked.hidden)).isnull(), "whether it was pointed out is not known"),
        (asked.price.isnull(), "what the item cost is not known"),
        else_="what the item is needed for is not known",
    )
    judged = asked.filter(_.unasked.notnull()).mutate(
        kept_item=_.kept == "yes", local_day=(_.occurred_at + utc_offset).date(),
        free_to_tick=_.state == "unselected", placed=_.kept.isin(["yes", "no"]).fill_null(False),
    )  # fmt: skip
    items = judged.group_by(ITEM).agg(
        kind=_.kind.min(where=_.unasked), shown_pages=_.count(), pages=_.count(where=_.unasked),
        ticked_pages=_.count(where=_.unasked & _.ticked), fixed_pages=_.count(where=_.unasked & _.bound),
        days=_.local_day.nunique(where=_.unasked), products=_["product"].nunique(where=_.unasked),
        lowest_price=_.price.min(where=_.unasked), highest_price=_.price.max(where=_.unasked),
        orders=_.count(where=_.unasked & _.placed), kept=_.count(where=_.unasked & _.kept_item),
        asked_orders=_.count(where=_.free_to_tick & _.placed),
        asked_kept=_.count(where=_.free_to_tick & _.kept_item),
        paid=_.price.sum(where=_.unasked & _.kept_item).cast(MONEY),
        episode_start=_.occurred_at.min(where=_.unasked), episode_end=_.occurred_at.max(where=_.unasked),
    )  # fmt: skip
    enough = (_.pages > 0) & (_.days >= min_days) & (_.pages * 100 >= _.shown_pages * min_pages_pct)
    # What nobody recorded is not nothing: without orders there is no sum.
    paid = ibis.cases((_.orders > 0, _.paid.fill_null(0)), else_=ibis.null(MONEY)).cast(MONEY)
    found = items.filter(enough).mutate(amount_at_stake=paid, pages_pct=100.0 * _.pages / _.shown_pages).drop("paid")
    found = found.rename(subject="offered_by", object="add_on")

    def evidence(found: Table) -> dict[str, Table]:
        own = ["subject", "object", "currency", "episode_start"]
        keys = found.select("platform", *own, offered_by=_.subject, add_on=_.object)
        rows = judged.filter(_.unasked).inner_join(keys, ITEM)
        return {"add_ons": rows.select(*own, *(name for name in add_ons.columns if name != "currency"))}

    early = add_ons.filter(_.occurred_at < since).select(unanswered=ibis.literal("before the window"))
    rows = asked.select(unanswered=reason).union(early)
    return Answer(found, evidence, {"add_ons": rows.group_by("unanswered").agg(rows=_.count())})
