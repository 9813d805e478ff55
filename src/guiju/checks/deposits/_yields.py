"""The yields of ways that are above the ceiling, the best of each offer, and its cash flows."""

import ibis
from ibis import Table, _

from guiju.checks.deposits._ceilings import OFFER
from guiju.checks.deposits._flows import WAY
from guiju.checks.exact import EXACT
from guiju.estimators.yields import YEAR_DAYS, plain_rate_pct, plain_yield_pct

YIELDS = ("all_in_rate_pct", "all_in_yield_pct", "ceiling_yield_pct", "undated_rate_pct")
STEPS = 5  # of Newton's method, which starts beside the root and doubles its digits


def with_yield(over: Table, bonuses: Table) -> Table:
    """Those ways with their all-in yield, as `estimators.yields` has it, and the plain rate that equals it."""
    begun = over.select(*WAY, "net", "log_yield")
    later = bonuses.filter(_.day > 0).select(*WAY, "day", "amount")
    flows = ibis.union(later, over.select(*WAY, day=_.days, amount=_.final)).inner_join(begun, WAY)
    own = ibis.window(group_by=WAY)
    for _step in range(STEPS):
        worth = flows.amount * (-flows.log_yield * flows.day / YEAR_DAYS).exp()
        total, weighed = (
            part.cast(EXACT).sum().over(own).cast("float64") for part in (worth, worth * flows.day / YEAR_DAYS)
        )
        flows = flows.mutate(log_yield=flows.log_yield + (total / flows.net).ln() * total / weighed)
    roots = flows.group_by(WAY).agg(root=_.log_yield.max())
    known = over.inner_join(roots, WAY).mutate(all_in_yield_pct=(_.root.exp() - 1.0) * 100.0)
    return known.mutate(
        all_in_rate_pct=plain_rate_pct(_.all_in_yield_pct, _.days),
        ceiling_yield_pct=plain_yield_pct(_.ceiling_pct, _.days),
        undated_rate_pct=(_.final - _.principal + _.given) / _.principal * 100.0 * (YEAR_DAYS / _.days),
    )


def best(known: Table) -> Table:
    """Of each offer the way that pays most, and what makes it so much; of equal ones the shortest, smallest, first."""
    order = [known.all_in_rate_pct.round(9).desc(), "held_days", "principal", "at"]
    most = known.mutate(place=ibis.row_number().over(ibis.window(group_by=OFFER, order_by=order)))
    way = ibis.cases(
        (_.matures & (_.incentives == 0), "rate"), (_.matures, "beside"), (_.incentives == 0, "left"),
        else_="left_beside",
    )  # fmt: skip
    return most.filter(_.place == 0).mutate(way=way)


def cash_flows(ways: Table, bonuses: Table, keys: list[str]) -> Table:
    """What a depositor pays and is paid by each way, a row a sum, below zero what he pays in."""
    flows = [
        ways.select(*WAY, *keys, day=0.0, what=ibis.literal("paid_in"), flow=-_.principal),
        bonuses.inner_join(ways.select(*WAY, *keys), WAY).select(*WAY, *keys, "day", "what", flow=_.amount),
        ways.select(*WAY, *keys, day=_.days, what=ibis.literal("paid_out"), flow=_.final),
    ]
    return ibis.union(*flows).select("platform", *keys, "day", "what", "flow")
