"""The days of an emergency: what a price might be on each, which were dearer, and what that rests on."""

import ibis
from ibis import Table, _

from guiju.checks import KEY, OFFER
from guiju.checks.exact import ratio
from guiju.checks.pricing._regular_prices import OF
from guiju.checks.pricing._urgent_sales import UNITS

NO_BASE = "too few days of sales before the emergency"
NO_COST = "its unit cost then, or before, is not known"
NO_CONTROL = "whether prices rose elsewhere, or a year before, is not known"
REASONS = (NO_BASE, NO_COST, NO_CONTROL)


def allowed(days: Table, offers: Table, min_excess_pct: float) -> Table:
    """Each day with the price that reasons explain, whether it was `over` it by enough, or why that is not known."""
    rows = days.inner_join(offers, OF)
    unit_cost, units = ratio(rows.cost, rows.units), rows.units.cast("float64")
    floor = ibis.greatest(rows.base, rows.season.fill_null(0.0))
    rose = ibis.greatest(1.0, (unit_cost / rows.base_cost.nullif(0)).fill_null(1.0), rows.elsewhere.fill_null(1.0))
    season_rose = ibis.greatest(1.0, (unit_cost / rows.season_cost.nullif(0)).fill_null(1.0))
    explained = ibis.greatest(rows.base * rose, unit_cost, rows.season.fill_null(0.0) * season_rose)
    dearer = rows.value.cast("float64") * 100 >= floor * units * (100 + min_excess_pct)
    no_control = rows.elsewhere.isnull() & rows.season.isnull()
    unanswered = ibis.cases(
        (rows.base.isnull(), NO_BASE),
        (~dearer, ibis.null("string")),
        (unit_cost.isnull() | rows.base_cost.isnull(), NO_COST),
        (no_control, NO_CONTROL),
    )
    over = rows.value.cast("float64") * 100 >= explained * units * (100 + min_excess_pct)
    return rows.mutate(
        unit_cost=unit_cost, allowed=explained, may=(explained * units).cast(UNITS), unanswered=unanswered,
        over=(over & unanswered.isnull() & dearer).fill_null(False),
    )  # fmt: skip


def episodes(over: Table, min_days: int) -> Table:
    """One row an offer and emergency, of the days that were over."""
    facts = [*OF, "category", "declared_region", "opens", "base", "base_cost", "elsewhere", "peers", "season"]
    sums = over.group_by(facts).agg(
        episode_start=_.first_at.min(), episode_end=_.last_at.max(), days=_.count(), units=_.units.sum(),
        value=_.value.sum(), may=_.may.sum(), cost=_.cost.sum(),
    ).filter(_.days >= min_days)  # fmt: skip
    region = sums.declared_region
    price, unit_cost = ratio(sums.value, sums.units), ratio(sums.cost, sums.units)

    def pct(to):
        return ((to - 1) * 100).round(6)

    return sums.select(
        "platform", "currency", "episode_start", "episode_end", "days", "seller", "product",
        units=_.units.cast("float64"), declaration=_.spell, opened_at=_.opens,
        subject=_.seller, object=ibis.ifelse(region == "", sums["product"], sums["product"].concat("/", region)),
        amount_at_stake=(sums.value - sums.may).round(2).cast("decimal(18, 2)"), goods=_.category, region=region,
        price=price.round(6), base_price=sums.base.round(6), allowed_price=ratio(sums.may, sums.units).round(6),
        unit_cost=unit_cost.round(6), base_cost=sums.base_cost.round(6), rise_pct=pct(price / sums.base),
        cost_rise_pct=pct(unit_cost / sums.base_cost.nullif(0)), elsewhere_pct=pct(sums.elsewhere), peers=_.peers,
        season_price=sums.season.round(6), excess_pct=pct(ratio(sums.value, sums.may)),
    )  # fmt: skip


def evidence(found, sold, was, costs, products, emergencies) -> dict[str, Table]:
    """What was sold over, and before; the costs that held since, the goods, the declarations."""
    own = {"spell": _.declaration, "opens": _.opened_at, "category": _.goods}
    keys = found.select(*KEY, "episode_end", "seller", "product", "region", **own)
    earlier, before = was.inner_join(keys, OF, rname="{name}_of"), was.group_by(OF).agg(first=_.occurred_at.min())
    orders = ibis.union(sold.inner_join(keys, OF, rname="{name}_of").select(*KEY, "id"), earlier.select(*KEY, "id"))
    since = keys.left_join(before, OF).drop(*(f"{name}_right" for name in OF))
    held = costs.inner_join(since, OFFER).filter(
        _.valid_from <= _.episode_end, (_.valid_to > _["first"]) | _.valid_to.isnull()
    )
    goods = products.drop("category").inner_join(keys.mutate(id=_["product"]), ["platform", "id"])
    of = ["platform", "region", "category"]
    declared = emergencies.mutate(region=_.region.fill_null("")).inner_join(keys, of)
    declared = declared.filter(_.valid_from <= _.episode_end, (_.valid_to >= _.opens) | _.valid_to.isnull())
    parts = {"costs": held, "products": goods, "emergencies": declared}
    return {"orders": orders} | {name: rows.select(*KEY, "id") for name, rows in parts.items()}


def workings(found: Table, days: Table, rises: Table) -> dict[str, Table]:
    """The days of the emergency one by one; and what went on elsewhere."""
    keys = found.select(*KEY, "seller", "product", spell=_.declaration)
    its = days.inner_join(keys, OF)
    peers = rises.inner_join(keys.rename(accused="seller").drop("product"), ["platform", "spell"], rname="{name}_of")
    peers = peers.filter(_.seller != _.accused).rename(before_price="regular")
    prices = {"price": its.price.round(6), "unit_cost": its.unit_cost.round(6), "allowed_price": its.allowed.round(6)}
    return {
        "days": its.select(
            *KEY, "first_at", units=its.units.cast("float64"), **prices, dearer=its.over.ifelse("yes", "no")
        ),
        "elsewhere": peers.select(*KEY, "seller", "product", "before_price", "price"),
    }
