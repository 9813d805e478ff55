"""The weeks of one product in one shop: who bears what was sold below cost, and which weeks are one episode."""

import ibis
from ibis import Table, _

from guiju.checks import OFFER

WEEK = ibis.interval(days=7)


def week_of(moment, utc_offset):
    """The Monday midnight, local time, that begins the week of a moment."""
    return (moment + utc_offset).truncate("W") - utc_offset


def nth_week(moment, utc_offset):
    """A number of the week of a moment: quicker to find, and to group by, than the moment it begins."""
    monday = week_of(ibis.timestamp("2000-01-01"), utc_offset)
    return (moment.epoch_seconds() - monday.epoch_seconds()) // (7 * 24 * 3600)


def on_basis(weeks: Table, basis: str) -> Table:
    """The weeks with one basis' sums, under their plain names."""
    plain = {c.removeprefix(f"{basis}_"): _[c] for c in weeks.columns if c.startswith(f"{basis}_")}
    return weeks.select(*OFFER, "week", "rows", "all_units", "gross", **plain)


def suspect(weeks: Table, bases: tuple[str, ...], min_units: float, min_below_share_pct: float) -> Table:
    """The weeks in which so much went below a cost, of whatever basis, that a rule may flag them."""
    low = [
        (_[f"{basis}_units"] >= min_units)
        & (_[f"{basis}_{payer}_below"] * 100 >= _[f"{basis}_units"] * min_below_share_pct)
        for basis in bases
        for payer in ("seller", "platform")
    ]
    return weeks.filter(ibis.or_(*low)).select(*OFFER, "week")


def sales_in(weeks: Table, orders: Table) -> Table:
    """The orders of those weeks, by id."""
    joined = orders.inner_join(weeks, OFFER).filter(_.occurred_at >= _.week, _.occurred_at < _.week + WEEK)
    return joined.select(*OFFER, "id", "occurred_at")


def by_payer(weeks: Table) -> Table:
    """The same weeks once for the seller's part and once for the platform's."""
    parts = [
        weeks.select(
            *OFFER,
            "week",
            "units",
            "cost_value",
            payer=ibis.literal(payer),
            subject=_[payer],
            net_value=_[f"{payer}_net"],
            below_units=_[f"{payer}_below"],
            shortfall=_[f"{payer}_loss"],
        ).filter(_.below_units > 0)
        for payer in ("seller", "platform")
    ]
    return ibis.union(*parts)


def episodes(flagged: Table, min_weeks: int) -> Table:
    """Runs of consecutive flagged weeks, as found rows."""
    units = ("units", "below_units", "counted_units", "exempt_units")
    run = ibis.window(group_by=[*OFFER, "payer"], order_by="week")
    begins = flagged.mutate(before=_.week.lag().over(run)).mutate(
        begins=(_.before.isnull() | (_.week > _.before + WEEK)).cast("int64")
    )
    runs = begins.mutate(run=_.begins.sum().over(ibis.cumulative_window(group_by=[*OFFER, "payer"], order_by="week")))
    sums = runs.group_by([*OFFER, "payer", "subject", "run"]).agg(
        episode_start=_.week.min(),
        last=_.week.max(),
        weeks=_.count(),
        loss=_.counted_loss.sum(),
        **{name: _[name].sum() for name in (*units, "cost_value", "net_value")},
    )
    counted, loss = _.counted_units.cast("float64"), _.loss.cast("float64")
    return sums.filter(_.weeks >= min_weeks).select(
        *("platform", "subject", "currency", "episode_start", "payer", "seller", "product", "weeks"),
        object=_.seller.concat("/", _["product"]),
        episode_end=_["last"] + WEEK,
        amount_at_stake=_.loss.cast("decimal(18, 2)"),
        **{name: _[name].cast("float64") for name in units},
        below_share_pct=(counted / _.units * 100).cast("float64").round(6),
        depth_pct=(loss / _.cost_value * 100).cast("float64").round(6),
        unit_cost=(_.cost_value / _.units).cast("float64").round(6),
        net_price=(_.net_value / _.units).cast("float64").round(6),
        below_price=((_.cost_value / _.units).cast("float64") - loss / counted).round(6),
    )
