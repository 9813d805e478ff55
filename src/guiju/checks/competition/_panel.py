"""What each rival asks and pays on every day: posted prices without passing cuts, unit costs, and the rises in them."""

import ibis
from ibis import Table, _

from guiju.checks.pricing._costs import unit_costs
from guiju.checks.validity import NEVER

DAY = 86400  # seconds
WEEK = 7
MARKET = ["market", "currency", "episode_start"]
NAMED = ["platform", "seller", "product"]
OFFER = [*MARKET, *NAMED, "party"]
LOG = "decimal(18, 9)"  # decimals, so that sums do not depend on the order of rows


def offers(rival_offers: Table) -> Table:
    """One row an offer and market, whose party is known, and one."""
    known = rival_offers.filter(_.party.notnull())
    of = known.group_by("market", *NAMED).agg(party=_.party.min(), parties=_.party.nunique())
    return of.filter(_.parties == 1).drop("parties")


def prices(listings: Table, of: Table, periods, utc_offset, days: int, gap_days: int) -> Table:
    """A row an offer, period and local day: the price that stood as the day ended."""
    end = _.ended_at.fill_null(NEVER)
    stood = listings.semi_join(of, NAMED).mutate(
        next=_.occurred_at.lead().over(group_by=[*NAMED, "currency"], order_by=[_.occurred_at, _.id]),
        listed=(_.reference_basis == "suggested_retail") & (_.price == _.reference_price),
    )
    # An offer away for a while is taken to have stood: what matters is at what price it comes back.
    short = stood.next <= end + ibis.interval(days=gap_days)
    stops = ibis.cases((stood.next.isnull(), stood.ended_at), (short, stood.next), else_=stood.ended_at)
    rows = stood.mutate(stops=stops).select(*NAMED, "currency", "occurred_at", "stops", "price", "listed")
    each = _by_day(rows, rows.occurred_at, rows.stops, periods, utc_offset, days)
    return each.inner_join(of, NAMED).select(*OFFER, "day", "price", listed=_.listed.fill_null(False))


def costs(costs: Table, of: Table, periods, utc_offset, days: int) -> Table:
    """A row an offer, period and local day: what one unit cost as the day ended."""
    rows = unit_costs(costs.semi_join(of, NAMED)).filter(_.purchase_cost > 0)
    each = _by_day(rows, rows.valid_from, rows.ends, periods, utc_offset, days)
    return each.inner_join(of, NAMED).select(*OFFER, "day", cost=_.purchase_cost)


def _by_day(rows: Table, begins, ends, periods, utc_offset, days: int) -> Table:
    """Spans as the days at whose end they stood, numbered from 0 within the `days` that end with each period."""

    def number(moment):
        return (moment + utc_offset).epoch_seconds() // DAY

    spans = [rows.mutate(episode_start=a, low=number(begins), high=number(ends), last=number(b)) for a, b in periods]
    if not spans:
        spans = [rows.mutate(episode_start=ibis.null("timestamp(6)"), low=0, high=0, last=0).limit(0)]
    both = ibis.union(*spans) if len(spans) > 1 else spans[0]
    cut = both.mutate(low=ibis.greatest(_.low, _["last"] - days), high=ibis.least(_.high, _["last"]))
    inside = cut.filter(_.low < _.high)
    each = inside.mutate(each=ibis.range(inside.low, inside.high).unnest())  # by itself: Spark takes it nowhere else
    return each.mutate(day=each.each - (each["last"] - days))


def panel(prices: Table, costs: Table, days: int, cut_days: int, cost_days: int, min_step_pct: float) -> Table:
    """Offers with a price and a cost on all days: `price` and `over` (over cost) in logarithms, `rise` of the price.

    Cuts of at most `cut_days` after which the price is back are filled in. A rise counts where it is more than the
    cost's within `cost_days`, by `min_step_pct`, and does not go to a published recommended price.
    """
    both = prices.inner_join(costs, [*OFFER, "day"])
    whole = both.group_by(OFFER).agg(n=_.count()).filter(_.n == days)
    rows = both.semi_join(whole, OFFER)
    ahead, behind = (ibis.window(group_by=OFFER, order_by="day", **frame) for frame in (
        {"preceding": 0, "following": cut_days}, {"preceding": cut_days, "following": 0}))  # fmt: skip
    filled = rows.mutate(highest=_.price.max().over(ahead)).mutate(usual=_.highest.min().over(behind))
    logs = filled.select(*OFFER, "day", "listed", price=_.usual.cast("float64").ln().cast(LOG),
                         cost=_.cost.cast("float64").ln().cast(LOG))  # fmt: skip
    lately = ibis.window(group_by=OFFER, order_by="day", preceding=cost_days, following=0)
    steps = logs.mutate(
        step=_.price - _.price.lag().over(group_by=OFFER, order_by="day"), cost_step=_.cost - _.cost.min().over(lately)
    )
    least = (ibis.literal(1 + min_step_pct / 100)).ln().cast(LOG)
    rise = ((_.step - _.cost_step >= least) & ~_.listed).fill_null(False)
    return steps.select(*OFFER, "day", "price", "cost", "step", rise=rise)


def weekly(panel: Table) -> Table:
    """Means of each offer and week, numbered from 0."""
    means = {name: (_[name].sum().cast("float64") / WEEK).cast(LOG) for name in ("price", "cost")}
    return panel.group_by(*OFFER, week=_.day // WEEK).agg(**means)
