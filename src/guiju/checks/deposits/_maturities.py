"""Deposits that platforms brought, as they stood on one day: what matures together, and what came for the rate."""

import ibis
from ibis import Table, _

from guiju.checks.deposits._funding import DAY, day_of
from guiju.checks.deposits._runs import RUN

MONTH = 30.4375  # days
SENSITIVE_PCT = 0.5  # points above the market; told beside a finding, and no part of it
TERM = ["currency", "kind", "months", "quarter"]


def standing(runs: Table, deposits: Table, utc_offset) -> Table:
    """The platforms' deposits that stood at the end of the day of each run's greatest share."""
    local = deposits.opened_at + utc_offset
    term = (deposits.matures_at.epoch_seconds() - deposits.opened_at.epoch_seconds()) / DAY
    rows = deposits.mutate(
        opened=day_of(_.opened_at, utc_offset), closed=day_of(_.closed_at, utc_offset),
        matures=day_of(_.matures_at, utc_offset), quarter=local.year() * 4 + local.quarter(),
        months=(term / MONTH).round().cast("int64").fill_null(0),
    )  # fmt: skip
    own = rows.filter(_.operator == _.bank, _.rate_pct.notnull()).group_by(TERM).agg(
        market_pct=(_.amount * _.rate_pct).sum().cast("float64") / _.amount.sum().cast("float64")
    )  # fmt: skip
    theirs = rows.filter(_.operator != _.bank).left_join(own, TERM)
    theirs = theirs.select(*deposits.columns, "opened", "closed", "matures", "market_pct")
    both = runs.select(*RUN, "day").inner_join(theirs.rename(at="platform"), ["bank", "currency"])
    return both.filter(_.opened <= _.day, _.closed.isnull() | (_.closed > _.day))


def facts(standing: Table) -> Table:
    """Of each run: the day on which most matures, and what part of the deposits pays well above the market."""
    by_day = standing.filter(_.matures > _.day).group_by([*RUN, "matures"]).agg(
        amount=_.amount.sum(), at=_.matures_at.min()
    )  # fmt: skip
    place = ibis.row_number().over(group_by=RUN, order_by=[_.amount.desc(), _["at"]])
    steepest = by_day.mutate(place=place).filter(_.place == 0).select(*RUN, cliff_amount=_.amount, cliff_at=_["at"])
    dear = (_.rate_pct.cast("float64") >= _.market_pct + SENSITIVE_PCT).fill_null(False)
    known = _.rate_pct.notnull() & _.market_pct.notnull()
    sums = standing.group_by(RUN).agg(
        listed=_.amount.sum(), dear=_.amount.sum(where=dear), compared=_.amount.sum(where=known)
    )
    return sums.left_join(steepest, RUN).select(
        *(sums[c] for c in RUN), "cliff_at", cliff_amount=_.cliff_amount.cast("decimal(18, 2)"),
        cliff_pct=(_.cliff_amount.cast("float64") * 100 / _.listed.cast("float64")).round(6),
        rate_sensitive_pct=(
            _.dear.fill_null(0).cast("float64") * 100 / _.compared.cast("float64").nullif(0)
        ).round(6),
    )  # fmt: skip


def on_the_cliff(runs: Table, facts: Table, standing: Table, utc_offset) -> Table:
    """The deposits that mature on the day on which most of a run does, with the run's columns."""
    day = facts.select(*RUN, matures=day_of(_.cliff_at, utc_offset))
    rows = standing.select(*RUN, "at", "id", "matures").inner_join(day, [*RUN, "matures"])
    return rows.inner_join(runs, RUN)
