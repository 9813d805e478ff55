"""A shop goes on offering or selling goods after they were recalled, or ordered off sale.

## What it finds
Shops that offered goods covered by a published recall or order, or sold them, more than `grace_days` after it was
published. Goods are told by the product's key, or by brand and model as labelled; and by batch, where the recall names
one.

## Why it matters
A recall says that something may burn, choke or poison; whoever buys after it could have been spared.

## Innocent explanations
- Another batch: not one the recall names.
- Another model: brand and model must be the same but for width, case and spaces; a name that is near is another.
- Sold before the recall, or taken down in time: not later than `grace_days` after it was published.
- Repaired, exchanged or certified anew (`cleared_at`).
- The recall was lifted (`valid_to`).
- Recalled on another platform, whose product happens to have the same key.
- Exchanged under the recall: a line with nothing paid is no sale.
- Other goods stood beside them: a line is not counted at a moment when the shop also sold goods under the same product
  that no recall covers.

## Method and source
Each offer, and each paid line, is held against the spans in which goods so labelled were recalled; nothing is
estimated. Where the batch is not known, nothing is found. Where a shop's product has labels, it counts only for as long
as one of them says that such goods were on sale.
"""

import ibis
from ibis import Table, _

from guiju.checks import Answer, check
from guiju.checks.goods import _offers, _recalls
from guiju.checks.goods._recalls import CASE, GOODS


@check(
    zh="{object}（{kind}）公布满 {grace_days:g} 天之后，{subject} 有其所涉商品在售，最后一次在公布后 {days_after:.1f}"
    " 天：在售的上架记录 {offers} 条，售出 {lines} 行订单（型号：{model}，批次：{batch}）。",
    en="{subject} had goods covered by {object} ({kind}) on sale {grace_days:#day} or more after it was published, "
    "the last time {days_after:.1f} days after: {offers:#offer}, {lines:#order line} sold (model {model}, batch "
    "{batch}).",
    formula="{days_after:.2f} days >= {grace_days:g}",
)
def recalled_goods_on_sale(
    listings: Table, orders: Table, recalls: Table, labels: Table, *, since, until, grace_days: float
):  # fmt: skip
    offers = _offers.standing(listings, until)
    goods = ibis.union(offers.select(*GOODS), orders.select(*GOODS), distinct=True)
    matched = yield _recalls.matched(recalls, labels, goods)
    spans = yield _recalls.stopped(matched, grace_days, until)
    offered = yield _recalls.offered(offers, spans, since)
    sold = yield _recalls.sold(orders.filter(_.occurred_at >= since), spans, labels)

    row = [*CASE, "product", "recall_row", "label"]
    none = ibis.null("string")
    moments = ibis.union(
        offered.select(*row, "starts", "ends", offer=_.id, line=none),
        sold.select(*row, starts=_.occurred_at, ends=_.occurred_at, offer=none, line=_.id),
    )
    told = recalls.select(of="platform", kind="kind", recalled="valid_from", its_row="id")
    named = labels.select(its="platform", brand="brand", model="model", batch="batch", its_label="id")
    cases = moments.inner_join(told, [("platform", "of"), ("recall_row", "its_row")])
    cases = cases.left_join(named, [("platform", "its"), ("label", "its_label")])
    cases = cases.group_by(CASE).agg(
        episode_start=_.starts.min(), episode_end=_.ends.max(), recalled_at=_.recalled.min(),
        offers=_.offer.nunique(), lines=_.line.nunique(), products=_["product"].nunique(), product=_["product"].min(),
        brand=_.brand.min(), kind=_.kind.min(), **{c: _one(_[c]) for c in ("model", "batch")},
    )  # fmt: skip
    bought = sold.select(*CASE, "id", "paid").distinct()
    paid = bought.group_by(CASE).agg(amount_at_stake=_.paid.sum().cast("decimal(18, 2)"))
    after = _.episode_end.epoch_seconds() - _.recalled_at.epoch_seconds()
    found = cases.left_join(paid, CASE).select(
        "amount_at_stake", *(c for c in cases.columns if c not in ("seller", "recall")),
        subject=_.seller, object=_.recall, days_after=after / 86400,
    )  # fmt: skip

    def evidence(found: Table) -> dict[str, Table]:
        own = ["subject", "object", "currency", "episode_start"]
        keys = found.select("platform", *own, seller=_.subject, recall=_.object)
        rows = {"listings": offered, "orders": sold}
        met = ibis.union(*(of.select(*CASE, "recall_row", "label") for of in rows.values()), distinct=True)
        ours = met.inner_join(keys, CASE)
        return {
            name: of.inner_join(keys, CASE).select("platform", *own, "id").distinct() for name, of in rows.items()
        } | {
            "recalls": ours.select("platform", *own, id="recall_row").distinct(),
            "labels": ours.filter(_.label.notnull()).select("platform", *own, id="label").distinct(),
        }

    asked = _recalls.unanswered(offers, labels, matched, since)
    nameless = ibis.cases((recalls["product"].isnull() & recalls.brand.isnull(), "it names neither product nor brand"))
    rows = {"listings": asked, "recalls": recalls.select(unanswered=nameless)}
    counts = {name: of.group_by("unanswered").agg(rows=_.count()) for name, of in rows.items()}
    return Answer(found, evidence, counts)


def _one(column):
    """The one value there is."""
    return ibis.cases((column.nunique() > 1, "several"), else_=column.min().fill_null("not_labelled"))
