"""Depositors have more at one bank than deposit insurance pays: an exposure, no breach.

## What it finds
Banks at which somebody's deposits, principal and interest of all accounts on all platforms together, exceed
`max_insured_amount` at the end of the last day judged. Nobody broke a rule: whoever holds it may not know.

## Why it matters
Each platform sees its own part and calls it insured; the sum above the limit is what a depositor stands to lose.

## Innocent explanations
- Spread over banks: the limit holds for each bank apart.
- Just at the limit: what is insured is insured whole.
- Paid out, or renewed: only what stands at the day's end counts.
- Not insured at all by law: deposits of banks and of the bank's own managers, `excluded_holders`.
- Another currency: only deposits in `insured_currency` are summed here.

## Method and source
Interest is simple, at the nominal rate, from the day of deposit to the last day judged or to maturity, of 365 days a
year, rounded to the cent for each deposit; what would be paid on a withdrawal that day may be less. A depositor has one
name on every platform; the finding stands under the bank's own name as its platform. The episode begins when the
deposit was made with which the sum passed the limit, as it stands.
"""

import ibis
from ibis import Table, _

from guiju.checks import FOUND_ON, Answer, check
from guiju.checks.deposits import _taken

MONEY = "decimal(18, 2)"
WHO = ["bank", "depositor", "currency"]


@check(
    zh="敞口提示，并非违规：在 {subject}，有 {depositors} 名存款人的本息合计超过 {max_insured_amount:,.0f} {currency}"
    "（经 {platforms} 个平台存入，共 {held_amount:,.2f}），其中 {amount_at_stake:,.2f} 不受存款保险偿付。",
    en="An exposure, no breach: at {subject}, {depositors:#depositor} held more than {max_insured_amount:,.0f} "
    "{currency} with interest, {held_amount:,.2f} in all, through {platforms:#platform}; "
    "{amount_at_stake:,.2f} of it is above what deposit insurance pays.",
    formula="the sum of each depositor - {max_insured_amount:,.2f}, where above 0: {amount_at_stake:,.2f}",
)
def uninsured_balances(
    deposits: Table, *, until, max_insured_amount: float, insured_currency: str, excluded_holders: str
):  # fmt: skip
    rows = _worth(deposits, until, insured_currency, excluded_holders)
    in_turn = ibis.cumulative_window(group_by=WHO, order_by=["opened_at", "platform", "id"])
    counted = (
        yield rows.filter(_.counts)
        .mutate(reached=_.worth.sum().over(in_turn))
        .select(*WHO, "platform", "id", "opened_at", "worth", "reached", unsure=_.rate_pct.isnull())
    )
    over = counted.reached.cast("float64") > max_insured_amount
    each = counted.group_by(WHO).agg(
        held=_.worth.sum().cast(MONEY), unsure=_.unsure.any(), deposits=_.count(), platforms=_.platform.nunique(),
        passed_at=counted.opened_at.min(where=over),
    )  # fmt: skip
    above = yield each.filter(_.passed_at.notnull()).mutate(
        uninsured=(_.held - ibis.literal(max_insured_amount).cast(MONEY)).cast(MONEY)
    )
    whose = counted.semi_join(above, WHO)
    of_bank = ["bank", "currency"]
    through = whose.group_by(of_bank).agg(platforms=_.platform.nunique())
    banks = above.group_by(of_bank).agg(
        episode_start=_.passed_at.min(), depositors=_.count(), held_amount=_.held.sum().cast("float64"),
        largest_amount=_.held.max().cast("float64"), amount_at_stake=_.uninsured.sum().cast(MONEY),
    )  # fmt: skip
    found = banks.inner_join(through, of_bank).select(
        "currency", "episode_start", "amount_at_stake", "depositors", "platforms", "held_amount",
        "largest_amount", platform=_.bank, subject=_.bank, object=ibis.literal(""),
        episode_end=until,
    )  # fmt: skip
    own = ["subject", "object", "episode_start"]

    def evidence(found: Table) -> dict[str, Table]:
        keys = found.select("currency", *own, bank=_.subject, **{FOUND_ON: _.platform})
        return {"deposits": whose.inner_join(keys, of_bank).select("platform", FOUND_ON, "currency", *own, "id")}

    def workings(found: Table) -> dict[str, Table]:
        keys = found.select("platform", "currency", *own, bank=_.subject)
        told = above.mutate(held=_.held.cast("float64"), uninsured=_.uninsured.cast("float64"))
        return {"depositors": told.inner_join(keys, of_bank).select(
            "platform", "currency", *own, "depositor", "deposits", "platforms", "held", "uninsured")}  # fmt: skip

    unsure = each.filter(_.unsure, _.passed_at.isnull()).select(*WHO, unsure=True)
    told = rows.left_join(unsure, WHO)
    reason = ibis.ifelse(
        told.counts & told.rate_pct.isnull() & told.unsure.fill_null(False),
        "its interest is not known",
        told.unanswered,
    )
    counts = told.select(unanswered=reason).group_by("unanswered").agg(rows=_.count())
    return Answer(found, evidence, {"deposits": counts}, workings)


def _worth(deposits: Table, until, insured_currency: str, excluded_holders: str) -> Table:
    """Every deposit with its interest up to the day (`worth`), whether it counts, or why it cannot."""
    excluded = deposits.holder.isin([word.strip() for word in excluded_holders.split(",")])
    stands = (deposits.opened_at < until) & (deposits.closed_at.isnull() | (deposits.closed_at >= until))
    why = ibis.cases(
        (deposits.opened_at >= until, _taken.AFTER),
        (~stands, ibis.null("string")),
        (deposits.holder.isnull(), "who holds it is not known"),
        (deposits.currency != insured_currency, "it is in a currency that is not summed"),
    )
    grows = ibis.least(deposits.matures_at.fill_null(until), until).epoch_seconds() - deposits.opened_at.epoch_seconds()
    interest = deposits.amount.cast("float64") * deposits.rate_pct.cast("float64") / 100 * grows / 86400 / 365
    return deposits.mutate(
        unanswered=why,
        counts=why.isnull() & stands & ~excluded,
        worth=_.amount + interest.fill_null(0.0).round(2).cast(MONEY),
    )
