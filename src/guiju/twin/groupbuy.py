"""A community group-buying market on three platforms or more, with its truth: who broke a rule, who only looks so.

`truth.parquet`, one row a rule broken or seemingly broken:

    check      string     the check that is asked of it
    kind       string     violation, or lookalike: honest conduct that a careless audit would take for
                          one
    pattern    string     how it was done, as in `guiju.twin.violations` and `guiju.twin.lookalikes`;
                          by_chance where no plan names it
    platform   string     where
    subject    string     who, as a finding says it: a seller's id, unless the list below says otherwise
    object     string     what of: see below; empty where nothing is said there
    starts_at  timestamp  of a violation the episode's exact begin by the rule's own definition, UTC:
                          the first flagged week's Monday 00:00 local time; the promotion's first row;
                          the first order inside the flagged hours; the quarter's first midnight. Of a
                          look-alike the planned begin
    ends_at    timestamp  likewise the end: of the last flagged week; of the promotion; the last order
                          inside the flagged hours; of the quarter. A concentration has one moment,
                          fees begin and end with a charge, sales without a licence with an order line,
                          collections with an observation, adverts with one shown
    strength   double     see below. A look-alike's is its plan's
    rule       string     the rule's bare name; conduct that breaks two rules has two rows

By check, the object, and the strength (in per cent, if nothing else is said):

    below_cost_sales            seller/product (subject: the platform, if it pays); shortfall of the units' cost
    predatory_pricing           likewise
    inflated_reference_prices   product; above the prior price
    order_brushing              -; most orders per buyer within a flagged hour
    known_customer_markup       -; the planted gap between buyers of 180 days and new ones, of their price
    profiled_quotes             the profile; by which it is shown more
    emergency_price_rises       product/region; above what the rule allowed
    identical_price_moves       market/product; the mean rise of prices over the quarter
    rigged_bids                 market (subject: the bidder); likewise
    divided_markets             market/rival (subject: the party that leaves); by how much less they overlap
    unnotified_concentrations   the deal (subject: the acquirer's group); above the total's threshold
    absolute_claims             the term (subject: who advertises); of the shop's texts
    shared_device_trades        -; orders with oneself
    copied_identities           whose name it is; days for which the name was shown
    exclusivity_pressure        - (subject: the platform); of what it was before
    unreasonable_fees           seller/item (subject: the platform); above what was published, 100 where nothing was
    unasked_add_ons             the item (subject: who offers it); of the pages that showed it
    self_preferencing           - (subject: the platform); how far own goods were put forward, of merit's deviation
    blocked_rivals              whose service (subject: the app); of the days seen
    forced_price_parity         the reason (subject: the platform); merchants
    excess_collection           the field (subject: the app); of the days on which the app was seen
    exposed_identifiers         place/field/kind (subject: who let it be read); of the field's values
    collection_without_basis    purpose/field (subject: who collected); of the people it was collected from
    unlicensed_sellers          the licence's kind; of the lines that needed a licence
    counterfeit_listings        the brand; under the lowest price of authorised shops
    recalled_goods_on_sale      the recall; days from the recall until the last sale or offer

A listing shows the price a shop announces. Most shops charge a little more or less at the moment: they
reprice every five minutes with stock and demand, or try prices out, half of their orders a few per cent up
and half down. Neither looks at who buys. Products with a plan of their own stand still.

Truth of the counting checks on orders is counted from the orders (`guiju.twin.settling`), over the whole
records; with the default `days` no plan comes near the edges of the last 365 days, with more days a row
may lie outside the window judged. The truth of known_customer_markup is the plan itself.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import ModuleType

import numpy as np

from guiju.twin import (
    advertising,
    branding,
    bundling,
    charges,
    collecting,
    consenting,
    deals,
    devices,
    emergencies,
    exclusivity,
    exposing,
    licensing,
    linking,
    lookalikes,
    naming,
    noticing,
    predation,
    pressing,
    probing,
    ranking,
    recalling,
    rivals,
    settling,
    stock,
    tendering,
    territories,
    violations,
)
from guiju.twin.market import PER_SELLER, PLATFORMS, WINDOW_DAYS, Clock, Market, found
from guiju.twin.plans import Plans, Rooms, counts_for
from guiju.twin.prices import Grids, lay_out
from guiju.twin.tables import (
    Names,
    Writer,
    order_columns,
    write_costs,
    write_listings,
    write_parties,
    write_products,
    write_stocks,
    write_truth,
)
from guiju.twin.tally import Tally
from guiju.twin.trade import Terms, Week, counts, put_in

LEAST_ORDERS = 2_000
# What goes on beside the trade: each part's `write(out, market, names, rng, plants)` makes tables of its own and says
# what is true of them. A new one is added at the end, so that the others stay as they were.
BESIDE: tuple[ModuleType, ...] = (
    deals,
    charges,
    licensing,
    collecting,
    exclusivity,
    noticing,
    probing,
    rivals,
    tendering,
    branding,
    devices,
    advertising,
    exposing,
    recalling,
    naming,
    emergencies,
    pressing,
    consenting,
    ranking,
    linking,
    bundling,
    territories,
)


def generate(
    out: Path,
    orders: int = 1_000_000,
    seed: int = 7,
    *,
    plants: bool = True,
    end: date = date(2025, 12, 31),
    days: int = 378,
    platforms: int = 3,
    progress: Callable[[str, float], None] | None = None,
) -> None:
    """Write the market's tables of records and `truth.parquet` into `out`.

    The files are a function of the arguments alone, byte for byte on one lock. `end` is the last local day.
    `platforms` are three to six.
    Without `plants` nobody breaks a rule; every look-alike remains. Below 20,000 orders few sales below cost
    come to an episode. Raises ValueError below 2,000 orders or
    370 days, and for other numbers of platforms.
    """
    if orders < LEAST_ORDERS or days < WINDOW_DAYS + 5:
        raise ValueError(f"a market needs {LEAST_ORDERS} orders and {WINDOW_DAYS + 5} days at least: {orders}, {days}")
    if not 3 <= platforms <= len(PLATFORMS):
        raise ValueError(f"a market has three to {len(PLATFORMS)} platforms, not {platforms}")
    tell = progress or (lambda step, done: None)
    out.mkdir(parents=True, exist_ok=True)

    def dice(*step: int) -> np.random.Generator:
        return np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, *step])))

    tell("plans", 0.0)
    market = found(orders, Clock.ending(end, days), dice(0), platforms)
    plans = draw(market, dice(1), plants)
    grids = price(market, plans, dice, plants)
    terms, extra = Terms.of(market, plans, dice(3)), put_in(market, plans, dice(4))
    drawn = counts(market, grids, extra["at"].size, dice(5))
    maker, names, tally = Week(market, grids, plans, terms, extra), Names(market), Tally.empty(market)
    written, clock = 0, market.clock
    with Writer(out, "orders") as writer:
        for week in range(clock.weeks):
            first = max(0, clock.monday + 7 * week)
            chunk = maker.lines(drawn, first, min(clock.days, clock.monday + 7 * week + 7), dice(6, week))
            tally.add(chunk, market, grids, week, written)
            writer.add(order_columns(chunk, market, names, written))
            written += chunk["at"].size
            tell("orders", written / orders)
    tell("truth", 0.0)
    counted = stock.count(market, plans, tally, dice(7))
    shown = settling.show(grids, tally)
    true = settling.settle(market, plans, tally, counted, shown)
    tell("records", 0.5)
    write_listings(out, market, grids, shown, names)
    write_costs(out, market, grids, names)
    write_stocks(out, market, counted, names)
    write_parties(out, market, names)
    write_products(out, market, names)
    for place, part in enumerate(BESIDE):  # after the trade's own tables: some of these put rows into them
        true += part.write(out, market, names, dice(20, place), plants)
    write_truth(out, true)
    tell("records", 1.0)


def price(market: Market, plans: Plans, dice: Callable[[int], np.random.Generator], plants: bool) -> Grids:
    """All prices, costs and demand; what goes over those of others comes last."""
    grids = lay_out(market, plans, dice(2))
    predation.lay(grids, plans)
    emergencies.lay(market, grids, plans, dice(8), plants)
    return grids


def draw(market: Market, rng: np.random.Generator, plants: bool) -> Plans:
    """All plans. Without plants those who would break a rule are honest; the look-alikes stay as they are."""
    plans, planted = Plans(), counts_for(market.orders)
    rooms = Rooms(market, rng, planted)
    lookalikes.plan(market, plans, rooms, rng)
    if plants:
        violations.plant(market, plans, rooms, rng, planted)
    for seller in rooms.markup:  # large shops, in an honest market too
        market.rate[seller * PER_SELLER : (seller + 1) * PER_SELLER] *= 2
    predation.spells(market, plans, plants)
    plans.still |= {d.product for d in plans.deals} | {p.product for p in plans.promos}
    return plans
