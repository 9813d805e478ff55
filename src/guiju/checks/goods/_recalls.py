"""Which goods of which shop a recall covers, and from when to when they should not have been on sale."""

import ibis
from ibis import Table, _

from guiju.checks import readings
from guiju.checks.validity import NEVER

GOODS = ["platform", "seller", "product"]
CASE = ["platform", "seller", "currency", "recall"]
STOPPED = [*GOODS, "label", "recall", "recall_row", "begins", "stops"]


def as_read(text):
    """A brand or model without width, case and spaces, and nothing else: models that are near are others."""
    narrow = text.translate("".join(readings.WIDE), "".join(readings.WIDE.values()))
    return narrow.lower().replace(" ", "").replace("\u3000", "")


def matched(recalls: Table, labels: Table, goods: Table) -> Table:
    """Each label, and the goods without one, with every recall whose product, or brand and model, they have."""
    its = labels.select(
        *GOODS, "cleared_at", label=_.id, its_brand=as_read(_.brand), its_model=as_read(_.model), its_batch=_.batch,
        on_from=_.valid_from, on_to=_.valid_to,
    )  # fmt: skip
    rows = recalls.select(
        "platform", "recall", "valid_from", "valid_to", "brand", "model", "batch", recall_row=_.id, named=_["product"]
    )
    by_product = goods.left_join(its, GOODS).inner_join(
        rows.filter(_.named.notnull()), ["platform", ("product", "named")]
    )
    by_name = its.inner_join(
        rows.filter(_.named.isnull()).mutate(its_brand=as_read(_.brand)), ["platform", "its_brand"]
    ).filter(_.model.isnull() | (as_read(_.model) == _.its_model))
    columns = [*GOODS, "label", "recall", "recall_row", "batch", "its_batch", "cleared_at"]
    dates = ["valid_from", "valid_to", "on_from", "on_to"]
    return ibis.union(*(both.select(*columns, *dates) for both in (by_product, by_name)))


def stopped(matched: Table, grace_days: float, until) -> Table:
    """The spans, after the grace, in which goods of a recalled batch were as they were recalled."""
    same = matched.filter(_.batch.isnull() | (_.batch == _.its_batch))
    begins = same.valid_from + ibis.interval(seconds=round(grace_days * 86400))
    spans = same.mutate(
        begins=ibis.greatest(begins, same.on_from.fill_null(begins)).cast("timestamp(6)"),
        stops=ibis.least(*(same[c].fill_null(until) for c in ("valid_to", "on_to", "cleared_at"))).cast("timestamp(6)"),
    )
    return spans.filter(_.begins < ibis.least(_.stops, until)).select(*STOPPED).distinct()


def offered(offers: Table, spans: Table, since) -> Table:
    """The offers that stood within those spans, and from when to when."""
    both = offers.inner_join(spans, GOODS)
    within = both.mutate(
        starts=ibis.greatest(both.occurred_at, both.begins).cast("timestamp(6)"),
        ends=ibis.least(both.ends, both.stops).cast("timestamp(6)"),
    )
    return within.filter(_.starts < _.ends, _.ends > since)


def sold(orders: Table, spans: Table, labels: Table) -> Table:
    """The paid lines of those spans, but of moments when the shop also had goods that no recall covers on sale."""
    reductions = sum(_[f"{payer}_funded_amount"].fill_null(0) for payer in ("seller", "platform", "third_party"))
    lines = orders.mutate(paid=_.gross_amount - reductions).filter(_.paid > 0).inner_join(spans, GOODS)
    within = lines.filter(_.occurred_at >= _.begins, _.occurred_at < _.stops)
    covered = spans.select(*GOODS, id=_.label, is_covered=True).distinct()
    free = labels.left_join(covered, [*GOODS, "id"])
    free = free.select(
        *GOODS,
        begin=ibis.ifelse(free.is_covered.notnull(), free.cleared_at, free.valid_from),
        end=free.valid_to.fill_null(NEVER),
    )
    at = within.occurred_at
    return within.anti_join(free, [*GOODS, at >= free.begin, at < free.end])


def unanswered(offers: Table, labels: Table, matched: Table, since) -> Table:
    """Each offer, with why it could not be asked."""
    labelled = labels.filter(_.brand.notnull(), _.model.notnull())
    doubtful = matched.filter(_.batch.notnull(), _.its_batch.isnull())
    marks = {"known": labelled, "matched": matched, "doubtful": doubtful}
    marked = ibis.union(*(of.select(*GOODS, mark=ibis.literal(name)) for name, of in marks.items()))
    state = marked.group_by(GOODS).agg(doubtful=(_.mark == "doubtful").any())
    asked = offers.left_join(state, GOODS)
    reason = ibis.cases(
        (asked.ends <= since, "before the window"),
        (asked.doubtful, "goods of its model are recalled by batch, and its batch is not known"),
        (asked.doubtful.isnull(), "brand and model of the goods are not known"),
    )
    return asked.select(unanswered=reason)
