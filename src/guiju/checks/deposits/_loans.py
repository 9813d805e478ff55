"""Loans beside what was bought with them: consent, price, schedule; and the rate a year that their payments come to."""

import ibis
from ibis import Table, _

from guiju.checks.deposits._funding import DAY, day_of
from guiju.checks.exact import EXACT

LOAN = ["platform", "id"]
SALE = ["platform", "prepayment", "currency"]
PAIR = ["platform", "seller", "lender", "currency"]
YEAR_DAYS = 365.0
STEPS = 5  # of Newton's method on the logarithm of the sum: nearly a line, so that a few are enough


def beside_sales(loans: Table, prepayments: Table, repayments: Table, consents: Table, until, utc_offset) -> Table:
    """Loans with the sale they paid for, whether they were consented to or undone the same day, and their payments."""
    sales = prepayments.select(
        "platform", "seller", "buyer", "sold_as", "price_amount", "currency", prepayment=_.id, sold=True
    )
    due = repayments.group_by("platform", id=_.loan).agg(
        payments=_.count(), due_amount=_.due_amount.sum().cast("decimal(18, 2)"),
        paid_by_seller=((_.payer == "seller") & (_.paid_amount > 0)).fill_null(False).sum(),
        overdue=((_.due_at < until) & _.paid_at.isnull() & (_.paid_amount.fill_null(0) < _.due_amount)).sum(),
    )  # fmt: skip
    lenders = consents.select("lender").distinct().mutate(keeps=True)
    rows = loans.filter(_.opened_at < until).left_join(sales, SALE)
    rows = rows.drop(*(f"{c}_right" for c in SALE)).left_join(due, LOAN).drop(*(f"{c}_right" for c in LOAN))
    rows = rows.left_join(lenders, "lender").drop("lender_right")
    told = rows.left_join(_consented(loans, consents, utc_offset), LOAN).drop(*(f"{c}_right" for c in LOAN))
    opened, closed = (day_of(told[moment], utc_offset) for moment in ("opened_at", "closed_at"))
    return told.mutate(undone=(opened == closed).fill_null(False), consented=_.consented.notnull())


def _consented(loans: Table, consents: Table, utc_offset) -> Table:
    """The loans to whose principal a consent of their borrower, given by the end of that day, extends."""
    given = consents.select("borrower", "lender", "currency", "given_at", "withdrawn_at", "up_to_amount")
    both = loans.inner_join(given, ["borrower", "lender", "currency"])
    held = both.filter(
        day_of(_.given_at, utc_offset) <= day_of(_.opened_at, utc_offset),
        _.withdrawn_at.isnull() | (_.withdrawn_at > _.opened_at),
        _.up_to_amount.isnull() | (_.up_to_amount >= _.principal_amount),
    )
    return held.select(*LOAN).distinct().mutate(consented=True)


def judged(beside: Table, min_excess_pct: float, min_instalments: int) -> Table:
    """Loans of which nothing explains them as `disguised`, or why nobody can say.

    A sale's loans count together: two of half the price each are not above it.
    """
    rows = beside.mutate(alone=_.prepayment.notnull() & ~_.consented & ~_.undone)
    whole = rows.principal_amount.sum(where=rows.alone).over(group_by=SALE).cast("float64")
    price = rows.price_amount.cast("float64")
    above = whole * 100 >= price * (100 + min_excess_pct)
    rows = rows.mutate(above=above, scheduled=(_.payments >= min_instalments))
    cleared = ~rows.alone | (~rows.above).fill_null(False) | (~rows.scheduled).fill_null(False)
    why = ibis.cases(
        (cleared, ibis.null("string")),
        (rows.sold.isnull(), "what was bought with it is not on record"),
        (rows.price_amount.isnull(), "the price of what was bought is not known"),
        (rows.payments.isnull(), "no payment of it is on record"),
        (rows.keeps.isnull(), "no consent to any loan of the lender's is on record"),
    )
    return rows.mutate(why=why, disguised=why.isnull() & ~cleared)


def flows(disguised: Table, repayments: Table) -> Table:
    """What is due of such loans, by pair and day after they were made: those whose whole schedule is on record."""
    whole = disguised.filter(_.due_amount >= _.principal_amount)
    owed = whole.select(*PAIR, "opened_at", loan=_.id)
    days = (_.due_at.epoch_seconds() - _.opened_at.epoch_seconds()) // DAY
    each = repayments.drop("currency").inner_join(owed, ["platform", "loan"]).mutate(days=ibis.greatest(days, 0))
    return each.group_by([*PAIR, "days"]).agg(due=_.due_amount.sum().cast("float64"))


def rates(flows: Table, disguised: Table) -> Table:
    """By pair: the effective rate a year on the price, which is what buyers had of it, and on the principal."""
    whole = disguised.filter(_.due_amount >= _.principal_amount)
    sales = whole.group_by([*PAIR, "prepayment"]).agg(price=_.price_amount.max(), lent=_.principal_amount.sum())
    given = sales.group_by(PAIR).agg(price=_.price.sum().cast("float64"), lent=_.lent.sum().cast("float64"))
    rows = flows.inner_join(given, PAIR).mutate(years=_.days / YEAR_DAYS, buyer_rate=0.0, lender_rate=0.0)
    for _step in range(STEPS):
        rows = rows.mutate(
            buyer_rate=_nearer(rows, "buyer_rate", "price"), lender_rate=_nearer(rows, "lender_rate", "lent")
        )
    both = ("buyer_rate", "lender_rate")
    ends = rows.group_by(PAIR).agg(**{rate: _[rate].max() for rate in both})
    return ends.select(*PAIR, **{f"{rate}_pct": ((_[rate].exp() - 1) * 100).round(4) for rate in both})


def _nearer(rows: Table, log_rate: str, given: str):
    """The next value of ln(1 + rate): by Newton's method on the logarithm of what is due, discounted."""
    worth = rows.due * (-rows[log_rate] * rows.years).exp()
    total, slope = (part.cast(EXACT).sum().over(group_by=PAIR).cast("float64") for part in (worth, worth * rows.years))
    return rows[log_rate] + (total / rows[given]).ln() * total / slope.nullif(0)


def account(loans: Table, repayments: Table, judged: Table, since, until) -> dict[str, Table]:
    """Rows by why they were not asked."""
    rows = loans.left_join(judged.select(*LOAN, "why"), LOAN)
    why = ibis.cases(
        (rows.opened_at < since, "before the window"), (rows.opened_at >= until, "after the last day judged"),
        else_=rows.why,
    )  # fmt: skip
    known = loans.select("platform", loan=_.id, known=True)
    of = repayments.left_join(known, ["platform", "loan"])
    lost = ibis.cases((of.known.isnull(), "the loan is not on record"))
    return {
        "loans": rows.select(unanswered=why).group_by("unanswered").agg(rows=_.count()),
        "repayments": of.select(unanswered=lost).group_by("unanswered").agg(rows=_.count()),
    }
