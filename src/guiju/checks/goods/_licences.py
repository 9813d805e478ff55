"""Order lines that need a licence, and the spans that licences cover."""

import ibis
from ibis import Table, _

from guiju.checks.validity import NEVER, ends_at

SHOP_LICENCE = ["platform", "seller", "licence", "currency"]
LINE = [*SHOP_LICENCE, "id", "occurred_at", "product", "category", "paid"]
HELD = ["platform", "seller", "licence"]


def with_category(orders: Table, products: Table) -> Table:
    """Orders with the category of their product; null where it is not known."""
    of = products.select("platform", "category", product=_.id)
    return orders.left_join(of, ["platform", "product"])


def needing(orders: Table, products: Table, requirements: Table) -> Table:
    """The lines that need a licence, once for each kind, with what was paid."""
    reductions = (
        _.seller_funded_amount.fill_null(0)
        + _.platform_funded_amount.fill_null(0)
        + _.third_party_funded_amount.fill_null(0)
    )
    needs = requirements.select("platform", "category", "licence", "valid_from", "valid_to").distinct()
    lines = with_category(orders, products).inner_join(needs, ["platform", "category"])
    asked = lines.filter(_.occurred_at >= _.valid_from, _.valid_to.isnull() | (_.occurred_at < _.valid_to))
    return asked.mutate(paid=_.gross_amount - reductions).select(*LINE)


def spans(licences: Table) -> Table:
    """From when to when each licence covered its shop; `ends_at` null: it still does."""
    ends = ends_at(licences, licences.extended_to.fill_null(licences.valid_to))
    return licences.select("platform", "seller", "valid_from", "revoked_at", licence=_.kind, ends_at=ends)


def uncovered(lines: Table, spans: Table) -> Table:
    """The lines that no span covers."""
    held = spans.select(*HELD, "valid_from", until=spans.ends_at.fill_null(NEVER))
    covering = [lines.occurred_at >= held.valid_from, lines.occurred_at < held.until]
    return lines.anti_join(held, [*HELD, *covering]).distinct()


def around(shops: Table, spans: Table) -> Table:
    """What licence each shop had before its first uncovered line, and after."""
    before = _.ends_at <= _.episode_start
    beside = shops.left_join(spans, HELD).group_by(SHOP_LICENCE).agg(
        held=_.valid_from.count(), ended_at=_.ends_at.max(where=before), revoked=_.revoked_at.max(where=before),
        next_at=_.valid_from.min(where=_.valid_from > _.episode_start),
    )  # fmt: skip
    state = ibis.cases(
        (beside.held == 0, "none_on_record"), (beside.ended_at.isnull(), "not_yet_begun"),
        ((beside.revoked >= beside.ended_at).fill_null(False), "revoked"), else_="ended",
    )  # fmt: skip
    return beside.select(*SHOP_LICENCE, "ended_at", "next_at", state=state)
