"""Weeks that went below cost by enough, with no lawful clearance to explain them, and what of them was asked."""

from dataclasses import dataclass

import ibis
from ibis import Table, _

from guiju.checks import OFFER, account
from guiju.checks.exact import EXACT
from guiju.checks.pricing import _exemptions, _weeks

ONE_READING = ("purchase", "variable")  # costs whose evidence is read at once; below total cost there is much more


@dataclass(frozen=True)
class Low:
    """What a week below cost is, and a run of them: limits of the rulebook."""

    cost_basis: str
    min_weeks: int
    min_units: float
    min_below_share_pct: float
    min_depth_pct: float


def low_weeks(
    weeks: Table, judged: Table, low: Low, products: Table, stocks: Table, cleared: _exemptions.Clearances,
    until, utc_offset,
) -> Table:  # fmt: skip
    """The judged weeks, by who bears it, that stay below cost when what a clearance explains is taken out."""
    enough = _weeks.by_payer(judged.filter(_.units >= low.min_units))
    some = enough.filter(_.below_units * 100 >= _.units * low.min_below_share_pct)
    exempt = _exemptions.exempt_units(some, weeks, products, stocks, cleared, until, utc_offset)
    counted = (
        some.left_join(exempt, [*OFFER, "week"])
        .mutate(exempt_units=_.exempt_units.fill_null(0))
        .mutate(counted_units=ibis.greatest(_.below_units.cast(EXACT) - _.exempt_units, 0))
    )
    counted_part = counted.counted_units.cast("float64") / counted.below_units.cast("float64")
    counted_loss = counted.shortfall.cast("float64") * counted_part
    return counted.mutate(counted_loss=counted_loss.cast(EXACT)).filter(
        _.counted_units.cast("float64") * 100 >= _.units * low.min_below_share_pct,
        counted_loss * 100 >= counted.cost_value * low.min_depth_pct,
    )


def sales_below(all_weeks: Table, flagged: Table, orders: Table, low: Low) -> Table:
    """The orders that the evidence is taken from: of all rules that ask of a cost in `ONE_READING`, the same."""
    of_this = flagged.select(*OFFER, "week").distinct()
    suspect = _weeks.suspect(all_weeks, ONE_READING, low.min_units, low.min_below_share_pct)
    return _weeks.sales_in(suspect if low.cost_basis in ONE_READING else of_this, orders)


def rows_asked(weeks: Table, judged: Table) -> Table:
    """How many rows of orders could be asked, and why the others could not."""
    return account(
        ("outside the whole weeks judged", weeks.anti_join(judged, [*OFFER, "week"]).rows.sum()),
        ("no unit cost known at that moment", judged.rows_no_cost.sum()),
        ("who bore the reductions is not known", judged.rows_no_split.sum()),
        (None, (judged.rows - judged.rows_no_cost - judged.rows_no_split).sum()),
    )
