"""Charges brought together as bills, and held against what the schedule allowed."""

import ibis
from ibis import Table, _

ITEM = ["platform", "seller", "item", "currency"]
BILL = [*ITEM, "category", "tier", "bill"]
MOMENT = ibis.interval(microseconds=1)
EXACT = "decimal(18, 6)"


def charges(fees: Table) -> Table:
    """Fees without tax and what was given back of them, each with the bill it is part of."""
    back = fees.filter(_.kind == "refund", _.refund_of.notnull())
    sums = back.group_by("platform", id=_.refund_of).agg(back=(_.amount - _.tax_amount.fill_null(0)).sum())
    rows = fees.filter(_.kind == "fee").left_join(sums, ["platform", "id"])
    opens = rows.period_start.fill_null(rows.occurred_at)
    for_what = rows.service.fill_null("") + "|" + rows.period_start.cast("string").fill_null("")
    alone = rows.service.isnull() & rows.period_start.isnull()
    return rows.select(
        "platform", "id", "seller", "currency", "occurred_at", "service", "rendered", base=_.base_amount,
        item=_["item"].fill_null(""), category=_.category.fill_null(""), tier=_.tier.fill_null(""),
        bill=ibis.ifelse(alone, "id|" + rows.id, "for|" + for_what), opens=opens,
        closes=ibis.greatest(rows.period_end.fill_null(opens), opens + MOMENT), untaxed=_.tax_amount.isnull(),
        due=(_.amount - _.tax_amount.fill_null(0) - _.back.fill_null(0)).cast(EXACT),
    )  # fmt: skip


def bills(charges: Table, allowed: Table) -> Table:
    """A row for each bill: what was charged, what might be; charges on one base are one service."""
    rows = charges.left_join(allowed, ["platform", "id"])
    sums = rows.group_by(BILL).agg(
        charges=_.count(), due=_.due.sum().cast(EXACT), first_at=_.occurred_at.min(), last_at=_.occurred_at.max(),
        opens=_.opens.min(), service=_.service.min(), rendered=_.rendered.max(), untaxed=_.untaxed.any(),
        maybe=_.maybe.fill_null(False).any(), unlisted=_.allowed.isnull().all(), bases=_.base.nunique(),
        most=_.allowed.max(), all=_.allowed.sum().cast(EXACT), base_once=_.base.max(), base_all=_.base.sum(),
    )  # fmt: skip
    once = (sums.charges > 1) & (sums.bases <= 1)
    return sums.mutate(
        once=once, may=ibis.ifelse(once, _.most, _["all"]).fill_null(0).cast(EXACT),
        base=ibis.ifelse(once, _.base_once, _.base_all.cast("decimal(18, 2)")),
    )  # fmt: skip


def judged(bills: Table, schedules: Table, rounding: float) -> Table:
    """Bills with their `fault` and `excess`, or why they could not be asked."""
    begun = schedules.group_by("platform").agg(begun=_.valid_from.min())
    rows = bills.left_join(begun, "platform").drop("platform_right")
    missed = (rows.rendered == "no").fill_null(False)
    may = ibis.ifelse(missed, 0, rows.may).cast(EXACT)
    over = (rows.due - may).cast("float64") > rounding
    reason = ibis.cases(
        (~over, ibis.null("string")),
        (rows["item"] == "", "what it was charged for is not known"),
        (~missed & (rows.begun.isnull() | (rows.opens < rows.begun)), "no published schedule of its time is known"),
        (~missed & rows.maybe, "base, category, tier or the published price are not known"),
        (rows.untaxed, "the tax in it is not known"),
    )
    fault = ibis.cases((missed, "not_rendered"), (rows.unlisted, "no_item"), (rows.once, "twice"), else_="above")
    return rows.mutate(
        may=may, excess=rows.due - may, unanswered=reason,
        fault=ibis.ifelse(over & reason.isnull(), fault, ibis.null("string")),
    )  # fmt: skip


def beside_peers(bills: Table) -> Table:
    """Bills with what other merchants of the same terms paid for the item, and on what base."""
    terms = ["platform", "item", "currency", "category", "tier"]
    based = bills.filter(_.base.notnull())
    each = based.group_by([*terms, "seller"]).agg(paid=_.due.sum(), base=_.base.sum())
    whole = each.group_by(terms).agg(all_paid=_.paid.sum(), all_base=_.base.sum(), sellers=_.count())
    own = each.inner_join(whole, terms).select(
        *terms, "seller", peer_paid=_.all_paid - _.paid, peer_base=_.all_base - _.base, peers=_.sellers - 1
    )
    return bills.left_join(own, [*terms, "seller"]).select(*bills.columns, "peer_paid", "peer_base", "peers")


def account(fees: Table, charges: Table, judged: Table, since) -> Table:
    """Rows of `fees` by why they were not asked; what is no fee is part of what was asked."""
    of_bill = charges.inner_join(judged.select(*BILL, "last_at", "unanswered"), BILL)
    rows = fees.left_join(of_bill.select("platform", "id", "last_at", "unanswered"), ["platform", "id"])
    why = ibis.cases(
        (rows.last_at.fill_null(rows.occurred_at) < since, "before the window"),
        (~rows.kind.isin(["fee", "refund", "penalty", "deposit"]), "its kind is none that the table names"),
        else_=rows.unanswered,
    )
    return rows.select(unanswered=why).group_by("unanswered").agg(rows=_.count())
