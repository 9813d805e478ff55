"""What comes out of a deposit, and when: every sum and day of exit at which it could be most."""

import ibis
from ibis import Table, _

from guiju.checks.deposits._ceilings import OFFER
from guiju.checks.exact import EXACT
from guiju.estimators.yields import YEAR_DAYS, plain_yield_pct

WAY = [*OFFER, "at", "principal", "held_days"]  # a depositor's way: when, how much, how long
USUAL = 10_000.0  # what is paid in where no least sum is known: the rate alone is the same for any
LEAP_DAYS = 2  # that a term of five years may have above 365 days a year
NEARLY = 1e-9  # of the sum paid in: what arithmetic loses is not above the ceiling


def ways(offers: Table, stretches: Table, counted: Table, exit_rates: Table, min_held_days: int) -> Table:
    """Every way, with what it pays at its end (`final`), counted as after `min_held_days` if it is sooner."""
    terms = offers.select(
        *OFFER, "term_months", "ceiling_pct", rate_pct=_.rate_pct.cast("float64"),
        least=_.min_amount.cast("float64").nullif(0), term_days=_.term_months * YEAR_DAYS / 12.0,
    )  # fmt: skip
    met = counted.inner_join(terms, OFFER)
    sums = ibis.union(
        terms.select(*OFFER, principal=_.least.fill_null(USUAL)),
        met.select(*OFFER, principal=ibis.greatest(_.on_amount.cast("float64"), _.least.fill_null(0.0))),
        distinct=True,
    )
    in_turn = ibis.window(group_by=OFFER, order_by="held_days")
    steps = exit_rates.group_by(*OFFER, "held_days").agg(exit_pct=_.rate_pct.max().cast("float64"))
    steps = steps.mutate(ends_days=_.held_days.lead().over(in_turn)).inner_join(terms, OFFER)
    soonest = steps.mutate(days=ibis.greatest(_.held_days, min_held_days))
    needed = steps.inner_join(met.select(*OFFER, days=_.held_days).distinct(), OFFER).filter(
        _.days >= min_held_days, _.days >= _.held_days
    )
    early = [of.select(*OFFER, "days", "exit_pct", "ends_days", "term_days") for of in (soonest, needed)]
    early = ibis.union(*early).filter(_.days < _.term_days, _.ends_days.isnull() | (_.days < _.ends_days))
    exits = ibis.union(
        terms.select(*OFFER, held_days=_.term_days, exit_pct=_.rate_pct, matures=True),
        early.select(*OFFER, held_days=_.days.cast("float64"), exit_pct=_.exit_pct, matures=False),
        distinct=True,
    )
    both = stretches.inner_join(sums, OFFER).inner_join(exits, OFFER).inner_join(terms, OFFER)
    return both.mutate(
        final=_.principal * (1.0 + _.exit_pct / 100.0 * (_.held_days / YEAR_DAYS)),
        days=ibis.greatest(_.held_days, float(min_held_days)),
    )


def bonuses(ways: Table, counted: Table) -> Table:
    """What each way is given beside the interest: of those that exclude one another, the one worth most."""
    given = counted.select(
        *OFFER, "valid_from", "valid_to", "value", "paid_days", incentive="id", what="kind", holds="held_days",
        on_amount=_.on_amount.cast("float64"), one_of=_.one_of.fill_null("id|" + _.id),
    )  # fmt: skip
    both = ways.select(*WAY, "matures", "days").inner_join(given, OFFER)
    due = both.filter(
        _.valid_from <= _.at, _.valid_to.isnull() | (_.at < _.valid_to), _.on_amount <= _.principal,
        _.holds.isnull() | (_.holds <= _.held_days + ibis.ifelse(_.matures, float(LEAP_DAYS), 0.0)),
    )  # fmt: skip
    best = ibis.window(group_by=[*WAY, "one_of"], order_by=[_.value.desc(), "incentive"])
    first = due.mutate(place=ibis.row_number().over(best)).filter(_.place == 0)
    return first.mutate(day=ibis.coalesce(_.paid_days.cast("float64"), _.days)).select(
        *WAY, "incentive", "what", "day", amount=_.value
    )


def over_the_ceiling(ways: Table, bonuses: Table, max_excess_pct: float) -> Table:
    """The ways that are worth more, discounted as a plain deposit at the ceiling yields, than what is paid in."""
    yardstick = ways.mutate(
        log_yield=(plain_yield_pct(_.ceiling_pct + max_excess_pct, _.days) / 100.0 + 1.0).ln(),
    )
    worth = bonuses.inner_join(yardstick.select(*WAY, "log_yield"), WAY).group_by(WAY).agg(
        given=_.amount.cast(EXACT).sum().cast("float64"), incentives=_.count(),
        at_once=_.amount.cast(EXACT).sum(where=_.day == 0).cast("float64"),
        worth=(_.amount * (-_.log_yield * _.day / YEAR_DAYS).exp()).cast(EXACT).sum().cast("float64"),
    )  # fmt: skip
    rows = yardstick.left_join(worth, WAY).select(
        *yardstick.columns, given=_.given.fill_null(0.0), incentives=_.incentives.fill_null(0),
        net=ibis.greatest(_.principal - _.at_once.fill_null(0.0), _.principal * 1e-6),
        worth=_.worth.fill_null(0.0) + _.final * (-_.log_yield * _.days / YEAR_DAYS).exp(),
    )  # fmt: skip
    return rows.filter(_.worth > _.principal * (1.0 + NEARLY))
