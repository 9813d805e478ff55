"""Offers that a ceiling is known for, the incentives that count with them, and when these were in force together."""

import ibis
from ibis import Table, _

OFFER = ["platform", "offer"]
LINE = ["platform", "bank", "name", "kind", "term_months", "currency"]
AFTER = "after the last day judged"
KINDS = ("rebate", "coupon", "prize", "gift")


def read(ceilings: str) -> dict[int, float]:
    """`12: 2.25, 36: 4.125` as per cent a year by months of term."""
    pairs = (part.split(":") for part in ceilings.split(","))
    return {int(months): float(pct) for months, pct in pairs}


def offers(deposit_offers: Table, ceilings: str, currency: str, since, until) -> Table:
    """Every offer with its ceiling, the span in which it is judged, and why it cannot be asked (`unanswered`)."""
    known = [(deposit_offers.term_months == months, pct) for months, pct in read(ceilings).items()]
    twice = _shown_twice(deposit_offers).mutate(twice=True)
    rows = deposit_offers.left_join(twice, ["platform", "id"]).drop("platform_right", "id_right")
    rows = rows.mutate(ceiling_pct=ibis.cases(*known, else_=ibis.null("float64")))
    why = ibis.cases(
        (rows.valid_from >= until, AFTER),
        (rows.valid_to <= since, "before the window"),
        (rows.kind != "time", "no ceiling is known for its kind"),
        (rows.term_months.isnull(), "a time deposit without a term"),
        (rows.currency != currency, "no ceiling is known in its currency"),
        (rows.ceiling_pct.isnull(), "no ceiling is known for its term"),
        (rows.twice, "another row shows it at the same time at another rate"),
    )
    begins, ends = ibis.greatest(rows.valid_from, since), ibis.least(rows.valid_to.fill_null(until), until)
    return rows.mutate(unanswered=why, begins=begins, ends=ends, offer=rows.id)


def _shown_twice(offers: Table) -> Table:
    """Offers of one name and term that were shown at two rates at once."""
    own = offers.select("platform", "id", *LINE[1:], "min_amount", "rate_pct", "valid_from", "valid_to")
    other = own.rename({f"its_{c}": c for c in own.columns})
    least = own.min_amount.fill_null(-1) == other.its_min_amount.fill_null(-1)
    both = own.inner_join(other, [*(own[c] == other[f"its_{c}"] for c in LINE), least])
    clash = both.filter(
        _.id != _.its_id, _.rate_pct != _.its_rate_pct, _.its_valid_to.isnull() | (_.valid_from < _.its_valid_to),
        _.valid_to.isnull() | (_.its_valid_from < _.valid_to),
    )  # fmt: skip
    return clash.select("platform", "id").distinct()


def incentives(
    given: Table, offers: Table, since, until, groups: str, min_gift_amount: float, min_chance_pct: float
) -> Table:
    """Every incentive with what it is worth (`value`; of a prize, on average), whether it `counts`, or `unanswered`."""
    of = offers.select(
        its="platform", its_offer="offer", of_currency="currency", not_asked=_.unanswered.notnull(), met=True
    )
    rows = given.left_join(of, [given.platform == of.its, given.offer == of.its_offer]).drop("its", "its_offer")
    is_prize, chance = rows.kind == "prize", rows.chance_pct.cast("float64")
    worth = rows.amount.cast("float64") * ibis.ifelse(is_prize, chance / 100, 1.0)
    why = ibis.cases(
        (rows.valid_from >= until, AFTER),
        (rows.valid_to <= since, "before the window"),
        (rows.met.isnull(), "its offer is not in the records"),
        (rows.not_asked, "its offer could not be asked"),
        (~rows.kind.isin(KINDS), "its kind is none that the table names"),
        (rows.currency != rows.of_currency, "it is in another currency than its offer"),
        (rows.for_whom.isnull(), "for whom it was is not known"),
        (is_prize & chance.isnull(), "the chance of the prize is not known"),
        (is_prize & (chance > 100), "the chance of the prize is above 100 %"),
    )
    open_to = rows.for_whom.isin([word.strip() for word in groups.split(",")])
    by_bank = rows.funded_by.fill_null("bank") == "bank"
    small = (rows.kind == "gift") & (rows.for_whom == "all") & by_bank & (rows.amount < min_gift_amount)
    unlikely = (is_prize & (chance < min_chance_pct)).fill_null(False)
    return rows.mutate(value=worth, unanswered=why, counts=why.isnull() & open_to & ~small & ~unlikely)


def stretches(offers: Table, counted: Table) -> Table:
    """Each offer's span cut wherever an incentive begins or ends: a row for each `at`, until `until_at`."""
    spans = offers.select(*OFFER, "begins", "ends")
    both = counted.inner_join(spans, OFFER)
    cuts = [both.select(*OFFER, "begins", "ends", at=both[c]) for c in ("valid_from", "valid_to")]
    inside = ibis.union(*cuts).filter(_.at > _.begins, _.at < _.ends)
    cut = ibis.union(spans.mutate(at=_.begins).select(*OFFER, "begins", "ends", "at"), inside, distinct=True)
    following = _.at.lead().over(ibis.window(group_by=OFFER, order_by="at"))
    return cut.mutate(until_at=ibis.coalesce(following, _.ends)).drop("begins", "ends")
