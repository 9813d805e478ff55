"""A voucher, prepayment or discount card is a loan in the buyer's name that the buyer did not agree to.

## What it finds
Sellers and lenders with at least `min_buyers` buyers in whose name loans were made that paid for what the seller sold:
without a consent of theirs to a loan, of a principal at least `min_excess_pct` above the price, to be paid back in at
least `min_instalments` parts. It begins with the first such loan, whoever has paid the instalments so far.

## Why it matters
Whoever buys a card believes to be done with paying; when the seller fails, the debt is the buyer's.

## Innocent explanations
- Bought on instalments, and agreed to: a consent to a loan by that lender, of that sum or more, is on record.
- The consent was recorded on another platform.
- Undone at once: the loan was closed on the day it was made.
- The price was lent and no more: the principal is less than `min_excess_pct` above it; a sale's loans count together.
- The price was only put off: fewer than `min_instalments` payments are due.
- A few consents were lost: fewer than `min_buyers` buyers.

## Method and source
Each loan is held against the sale it names, every consent of its borrower to its lender, on whatever platform, and its
own schedule; nothing is estimated. A consent counts if it was given by the end of the day of the loan. Of lenders with
no consent on record at all nothing is asked. The rates told beside are effective, a year of 365 days, of all payments
due of loans whose whole schedule is on record: on the price, which is what buyers had of it, and on the principal.
"""

import ibis
from ibis import Table, _

from guiju.checks import Answer, check
from guiju.checks.deposits import _loans
from guiju.checks.deposits._loans import PAIR


@check(
    zh="自 {episode_start:%Y-%m-%d} 起，{subject} 以{sold_as}之名售货，{buyers} 名买家名下由此产生 {object} 的贷款 "
    "{loans} 笔，记录中没有其对贷款的同意：本金 {principal_amount:,.2f} {currency}，而售价 {price_amount:,.2f}；应分"
    "期偿还 {due_amount:,.2f}，其中 {paid_by_seller} 期由卖方代付，{overdue} 期已逾期。若全部由买家偿还，按售价计的年"
    "化利率为 {buyer_rate_pct:.2f}%。",
    en="From {episode_start:%Y-%m-%d} on, {subject} sold what it called {sold_as}. Out of these sales came "
    "{loans:#loan} by {object} in the names of {buyers:#buyer} whose consent to a loan is not on record: "
    "{principal_amount:,.2f} {currency} was lent where the price was {price_amount:,.2f}, and {due_amount:,.2f} is "
    "to be paid back in instalments, of which the seller has paid {paid_by_seller} and {overdue} are overdue. If "
    "buyers pay it all, they pay {buyer_rate_pct:.2f} % a year on the price.",
    formula="{principal_amount:,.2f} lent / {price_amount:,.2f} of price = {excess_pct:.2f} % above it, each sale >= "
    "{min_excess_pct:g} %; {buyers} buyers >= {min_buyers:g}; each loan in >= {min_instalments:g} payments",
)
def disguised_loans(
    loans: Table, prepayments: Table, repayments: Table, loan_consents: Table, *, since, until, utc_offset,
    min_excess_pct: float, min_instalments: int, min_buyers: int,
):  # fmt: skip
    beside = yield _loans.beside_sales(loans, prepayments, repayments, loan_consents, until, utc_offset)
    judged = yield _loans.judged(beside.filter(_.opened_at >= since), min_excess_pct, min_instalments)
    wrong = judged.filter(_.disguised)
    sales = wrong.group_by([*PAIR, "prepayment"]).agg(price=_.price_amount.max(), sold_as=_.sold_as.max())
    sold = sales.group_by(PAIR).agg(
        sales=_.count(), price_amount=_.price.sum().cast("float64"), kinds=_.sold_as.nunique(), one=_.sold_as.max()
    )
    pairs = wrong.group_by(PAIR).agg(
        loans=_.count(), buyers=_.borrower.nunique(), principal_amount=_.principal_amount.sum().cast("float64"),
        due_amount=_.due_amount.sum().cast("float64"), paid_by_seller=_.paid_by_seller.sum(), overdue=_.overdue.sum(),
        episode_start=_.opened_at.min(), episode_end=_.opened_at.max(),
        amount_at_stake=_.principal_amount.sum().cast("decimal(18, 2)"),
    ).filter(_.buyers >= min_buyers)  # fmt: skip
    agreed = judged.filter(_.consented, _.seller.notnull()).group_by(PAIR).agg(consented_loans=_.count())
    rates = _loans.rates((yield _loans.flows(wrong.semi_join(pairs, PAIR), repayments)), wrong)
    told = pairs.inner_join(sold, PAIR)
    for beside_it in (agreed, rates):
        told = told.left_join(beside_it, PAIR).drop(*(f"{c}_right" for c in PAIR))
    found = told.mutate(
        subject=_.seller, object=_.lender, consented_loans=_.consented_loans.fill_null(0),
        sold_as=ibis.ifelse(_.kinds > 1, "several", _.one),
        excess_pct=((_.principal_amount / _.price_amount - 1) * 100).round(6),
    ).drop("seller", "lender", "kinds", "one")  # fmt: skip

    def evidence(found: Table) -> dict[str, Table]:
        own = ["subject", "object", "currency", "episode_start"]
        keys = found.select("platform", *own, seller=_.subject, lender=_.object)
        lent = wrong.inner_join(keys, PAIR)
        bought = lent.select("platform", *own, id=_.prepayment).distinct()
        due = repayments.drop("currency").inner_join(
            lent.select("platform", *own, loan=_.id), ["platform", "loan"]
        )  # fmt: skip
        whose = lent.select("borrower", "lender", *own, found_on="platform").distinct()
        given = loan_consents.drop("currency").inner_join(whose, ["borrower", "lender"])
        return {
            "loans": lent.select("platform", "id", *own),
            "prepayments": bought.select("platform", "id", *own),
            "repayments": due.select("platform", "id", *own),
            "loan_consents": given.select("platform", "id", "found_on", *own),
        }

    return Answer(found, evidence, _loans.account(loans, repayments, judged, since, until))
