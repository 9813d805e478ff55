"""The records a finding on rivals' prices rests on, of all platforms, and what was asked of them."""

import ibis
from ibis import Table, _

from guiju.checks import FOUND_ON, KEY
from guiju.checks.competition._pairs import end_of
from guiju.checks.competition._panel import MARKET, NAMED, OFFER

SHOWN = [FOUND_ON, *KEY[1:]]


def members(found: Table, offers: Table) -> Table:
    """Each finding's own offer and its rivals': a row an offer, with the finding's key."""
    named = offers.mutate(subject=_.seller, object=_.market.concat("/", _["product"]))
    own = found.select(*KEY).inner_join(named, ["platform", "subject", "object"])
    own = own.select(*KEY[1:], "market", **{FOUND_ON: own.platform, "own": own.party})
    both = own.inner_join(offers, "market")
    itself = (both.platform == both[FOUND_ON]) & (both.seller == both.subject)
    mine = itself & (both.object == both.market.concat("/", both["product"]))
    return both.filter(mine | (both.party != both.own)).select(*SHOWN, "market", *NAMED)


def within(rows: Table, members: Table, begins, periods, days: int) -> Table:
    """The rows of those offers that held within the `days` that end with the finding's period."""
    latest = rows.semi_join(members, NAMED).mutate(
        next=begins.lead().over(group_by=[*NAMED, "currency"], order_by=[begins, _.id])
    )
    both = latest.inner_join(members, [*NAMED, "currency"]).mutate(ends=end_of(_.episode_start, periods))
    first = _.ends - ibis.interval(days=days)
    held = both.filter(begins < _.ends, _.next.isnull() | (_.next > first))
    return held.select(*rows.columns, *(name for name in SHOWN if name != "currency"))


def compared(found: Table, pairs: Table) -> Table:
    """Each finding's rivals, and how far the two prices moved against each other."""
    named = pairs.mutate(subject=_.seller, object=_.market.concat("/", _["product"]))
    rows = named.inner_join(found.select(*KEY), list(KEY))
    parts = {"moved_pct": _.apart * 100, "moved_before_pct": _.apart_before * 100}
    return rows.select(*KEY, rival_platform=_.rival_platform, seller=_.rival_seller, product=_.rival_product,
                       **{name: of.round(6) for name, of in parts.items()})  # fmt: skip


def raised(found: Table, rises: Table, periods, days: int) -> Table:
    """The counted rises of each finding's offer and of its rivals'; `raised_at`: as the local day begins."""
    named = rises.select(*OFFER).distinct().mutate(subject=_.seller, object=_.market.concat("/", _["product"]))
    own = named.inner_join(found.select(*KEY), list(KEY))
    of = rises.select(
        *MARKET, "day", "step", shop_platform="platform", shop="seller", offer="product", shop_party="party"
    )
    both = own.inner_join(of, MARKET)
    itself = (both.platform == both.shop_platform) & (both.seller == both.shop) & (both["product"] == both.offer)
    rows = both.filter((both.party != both.shop_party) | itself)
    begins = end_of(rows.episode_start, periods) - (ibis.literal(days) - rows.day).as_interval("D")
    step = (rows.step.cast("float64").exp() * 100 - 100).round(6)
    return rows.select(*KEY, raised_at=begins, shop_platform=rows.shop_platform, seller=rows.shop, product=rows.offer,
                       step_pct=step)  # fmt: skip


def counts(
    rival_offers: Table, listings: Table, costs: Table, offers: Table, panel: Table, pairs: Table
) -> dict[str, Table]:
    """By table: why rows were not asked, and how many."""
    place = ["market", *NAMED]
    sides = {"known": offers, "priced": panel, "paired": pairs}
    rows = rival_offers
    for name, of in sides.items():
        its = of.select(place).distinct().mutate(**{name: ibis.literal(True)})
        rows = rows.left_join(its, place).drop(*(f"{c}_right" for c in place))
    why = ibis.cases(
        (_.known.isnull(), "who sets the price is not known"),
        (_.priced.isnull(), "price or cost is not known on every day of the weeks compared"),
        (_.paired.isnull(), "no rival's price and cost are known"),
    )
    told = {"rival_offers": rows.mutate(unanswered=why)}
    given = offers.select(NAMED).distinct().mutate(given=True)
    for name, table in {"listings": listings, "costs": costs}.items():
        beside = table.select(NAMED).left_join(given, NAMED)
        told[name] = beside.mutate(unanswered=ibis.cases((_.given.isnull(), "of no market that was given")))
    return {name: of.group_by("unanswered").agg(rows=_.count()) for name, of in told.items()}
