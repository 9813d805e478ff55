"""Emergencies as declared, and which sales fell into one."""

import ibis
from ibis import Table, _

from guiju.checks import OFFER
from guiju.checks.validity import NEVER

PLACE = ["platform", "region", "category"]
DAY = 86400  # seconds
UNITS = "decimal(18, 6)"


def spells(emergencies: Table, until) -> Table:
    """Declarations of one place and kind of goods that follow one another without a gap are one; '' is everywhere.

    `within`: what the regions in it begin with. A place of GB/T 2260 that ends in 00 is all that lies below it.
    """
    rows = emergencies.mutate(region=_.region.fill_null(""), closes=_.valid_to.fill_null(NEVER))
    in_turn = {"group_by": PLACE, "order_by": ["valid_from", "id"]}
    reach = rows.mutate(reach=_.closes.max().over(ibis.cumulative_window(**in_turn)))
    before = reach.mutate(before=_.reach.lag().over(ibis.window(**in_turn)))
    begins = (_.before.isnull() | (_.valid_from > _.before)).ifelse(1, 0)
    runs = before.mutate(begins=begins).mutate(run=_.begins.sum().over(ibis.cumulative_window(**in_turn)))
    whole = runs.group_by([*PLACE, "run"]).agg(spell=_.id.min(), opens=_.valid_from.min(), closes=_.closes.max())
    digits = _.region.length() == 6
    within = ibis.cases(
        (digits & _.region.endswith("0000"), _.region.left(2)),
        (digits & _.region.endswith("00"), _.region.left(4)),
        else_=_.region,
    )
    # The end that records can know: whoever asks on a later day gets the same where it was over by then.
    return whole.mutate(within=within, closes=ibis.least(_.closes, until)).drop("run")


def goods_sold(orders: Table, products: Table, spells: Table, unit_costs: Table, basis: str, utc_offset) -> Table:
    """Lines of goods for which an emergency was ever declared: what the shop asked for them, and what they cost it.

    `value` is before platform's and others' money; in a platform's own shop, after the platform's too.
    """
    of = products.filter(_.category.notnull()).select("platform", "category", product=_.id)
    of = of.semi_join(spells, ["platform", "category"])
    own = _.seller == _.platform
    value = _.gross_amount - _.seller_funded_amount - own.ifelse(_.platform_funded_amount, 0)
    lines = orders.inner_join(of, ["platform", "product"]).mutate(value=value)
    lines = lines.mutate(day=(_.occurred_at + utc_offset).epoch_seconds() // DAY)
    lines = lines.select(*OFFER, "id", "occurred_at", "region", "category", "quantity", "value", "day")
    costs = unit_costs.select(*OFFER, "valid_from", "ends", unit_cost=_[f"{basis}_cost"])
    at = [*OFFER, lines.occurred_at >= costs.valid_from, lines.occurred_at < costs.ends]
    joined = lines.left_join(costs, at)
    return joined.select(*lines.columns, cost=(joined.unit_cost * joined.quantity).cast(UNITS))


def in_emergency(lines: Table, spells: Table) -> Table:
    """Lines sold while and where one held, each in the first that did; `nowhere`: where it went is not known."""
    both = lines.inner_join(spells.select("platform", "category", "spell", "region", "within", "opens", "closes"),
                            ["platform", "category"], rname="{name}_of")  # fmt: skip
    held = both.filter(_.occurred_at >= _.opens, _.occurred_at < _.closes)
    held = held.mutate(nowhere=_.region.isnull() & (_.within != ""))
    here = held.filter(_.nowhere | lies_in(_.region, _.within))
    place = ibis.row_number().over(group_by=["platform", "id"], order_by=[_.nowhere, _.opens, _.spell])
    first = here.mutate(place=place).filter(_.place == 0)
    return first.select(*lines.columns, "spell", "within", "opens", "closes", "nowhere", declared_region=_.region_of)


def lies_in(region, within):
    return region.fill_null("").substr(0, within.length()) == within


def apart(lines: Table, inside: Table) -> Table:
    """Lines sold outside of every emergency, whose price is known."""
    return lines.filter(_.value.notnull()).anti_join(inside, ["platform", "id"])
