"""A scheme: members that pay for recruiting links, under one organiser or head; its persons, entries and income."""

import ibis
from ibis import Table, _

from guiju.checks.network._lines import WHO
from guiju.checks.network._pay import OUTSIDE, RECRUITING

SCHEME = ["platform", "scheme", "currency"]


def members_of(heads: Table, members: Table) -> Table:
    """A row a member of a scheme, with what it paid to join: `entry`, null where a part is not known."""
    known = heads.inner_join(members, WHO)
    entry = (_.entry_fee_amount + _.pack_amount).cast("decimal(18, 2)")
    return known.mutate(scheme=_.organiser.fill_null(_["head"]), entry=entry)


def income(pay: Table, who: Table, since) -> Table:
    """The window's commissions of schemes' members, those that could be asked."""
    rows = pay.filter(_.why.isnull(), _.occurred_at >= since)
    return rows.inner_join(who.select(*WHO, "scheme"), WHO)


def spans(pay: Table, who: Table) -> Table:
    """By scheme: from when to when it paid for recruiting, over how many levels, its organiser's own included."""
    by = who.select("platform", "scheme", caused_by="member")
    rows = pay.filter(_.counts, _.why.isnull(), _.over.notnull()).inner_join(by, ["platform", "caused_by"])
    return rows.group_by(SCHEME).agg(
        episode_start=_.occurred_at.min(), episode_end=_.occurred_at.max(), levels=_.over.max() + 1,
        misstated=(_.level != _.over).fill_null(False).sum(),
    )  # fmt: skip


def shares(rows: Table) -> Table:
    """By scheme: what its members earned, of it what counts as recruiting, and whose purchases it came from."""

    def of(*causes: str):
        return _.amount.sum(where=_.cause.isin(causes)).fill_null(0)

    sums = rows.group_by(SCHEME).agg(
        recruit=of(*RECRUITING), purchase=of("member_purchase"), retail=of(*OUTSIDE),
        counted=_.amount.sum(where=_.counts & (_.cause != "own_purchase")).fill_null(0),
        recoded=(_.cause != _.booked).sum(),
    )  # fmt: skip
    sums = sums.mutate(total=_.recruit + _.purchase + _.retail)

    def part(amount):
        return ibis.cases((_.total > 0, (amount.cast("float64") * 100 / _.total.cast("float64")).round(6)))

    return sums.mutate(
        recruit_pct=part(_.recruit), recruit_or_purchase_pct=part(_.recruit + _.purchase),
        recruit_amount=_.recruit.cast("float64"), purchase_amount=_.purchase.cast("float64"),
        retail_amount=_.retail.cast("float64"),
    )  # fmt: skip


def sales(rows: Table) -> Table:
    """By scheme: what part of all that was sold, by list price, outsiders bought; and they and members for themselves.

    The rest are starter packs. Null where commissions name no order that is given.
    """
    lines = rows.filter(_.outside.notnull()).group_by(*SCHEME, "order_line").agg(
        gross=_.gross_amount.max(), outside=_.outside.any(), packed=_.packed.fill_null(False).any(),
    )  # fmt: skip
    sums = lines.group_by(SCHEME).agg(
        gross=_.gross.sum(), outer=_.gross.sum(where=_.outside).fill_null(0),
        packs=_.gross.sum(where=_.packed).fill_null(0),
    ).filter(_.gross > 0)  # fmt: skip
    whole = _.gross.cast("float64")
    return sums.select(
        *SCHEME, outside_sales_pct=(_.outer.cast("float64") * 100 / whole).round(6),
        consumed_sales_pct=((_.gross - _.packs).cast("float64") * 100 / whole).round(6),
    )  # fmt: skip


def entries(who: Table, pay: Table) -> Table:
    """By scheme: members, persons, levels of its line; who paid to join, how much, for goods worth what; who lost."""
    earned = pay.filter(_.why.isnull()).group_by(WHO).agg(earned=_.amount.sum())
    rows = who.left_join(earned, WHO).drop(*(f"{column}_right" for column in WHO))
    priced = (_.entry > 0) & _.pack_market_amount.notnull()
    sums = rows.group_by(SCHEME).agg(
        members=_.count(), persons=_.person.fill_null(_.member).nunique(), line_levels=_.depth.max() + 1,
        known=_.entry.count(), paying=(_.entry > 0).sum().fill_null(0), entries=_.entry.sum(),
        priced=_.entry.sum(where=priced).fill_null(0), worth=_.pack_market_amount.sum(where=priced).fill_null(0),
        losing=(_.earned.fill_null(0) < _.entry).sum().fill_null(0),
    )  # fmt: skip

    def part(count):
        return ibis.cases((_.known > 0, (count * 100 / _.known).round(6)))

    multiple = ibis.cases((_.worth > 0, (_.priced.cast("float64") / _.worth.cast("float64")).round(6)))
    return sums.mutate(paying_pct=part(_.paying), losing_pct=part(_.losing), entry_multiple=multiple)
