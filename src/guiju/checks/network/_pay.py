"""What members earn and what for, and over how many levels they are paid for those below."""

from collections.abc import Generator

import ibis
from ibis import Table, _

from guiju.checks.network._lines import WHO

RECRUITING = ("recruitment", "headcount")
OUTSIDE = ("own_sale", "member_sale")
PURCHASES = ("member_purchase", "own_purchase")
PAIR = ["platform", "member", "caused_by"]
NO_MEMBER = "who earned it is not among the members"
OTHER = "what it was paid for is none of the causes that are asked"
NOBODY = "for whom it was paid is not known"
NOT_ABOVE = "who earned it is not above whom it was paid for, or by more than the levels traced"


def named(causes: str) -> list[str]:
    return [word.strip() for word in causes.split(",")]


def by_cause(commissions: Table, members: Table, orders: Table) -> Table:
    """Commissions by what they were paid for in fact.

    Pay on the order of a starter pack is pay for a joining, and a sale whose buyer had joined by then is a member's
    purchase, whatever either was booked as. `outside`: whether the buyer was none; null where no order is given.
    """
    who = members.select(*WHO, joined="occurred_at")
    packs = members.filter(_.order_line.notnull()).select("platform", order_line="order_line", packed=True).distinct()
    bought = orders.select("platform", "buyer", "gross_amount", order_line="id")
    buyers = who.rename(buyer="member", buyer_joined="joined")
    rows = commissions
    for other, on in ((who, WHO), (packs, ["platform", "order_line"]), (bought, ["platform", "order_line"]),
                      (buyers, ["platform", "buyer"])):  # fmt: skip
        rows = rows.left_join(other, on).drop(*(f"{column}_right" for column in on))
    inside = (_.buyer_joined <= _.occurred_at).fill_null(False)
    cause = ibis.cases(
        (_.packed.fill_null(False) & _.cause.isin((*OUTSIDE, "member_purchase")), "recruitment"),
        (inside & _.cause.isin(OUTSIDE), "member_purchase"), else_=_.cause,
    )  # fmt: skip
    rows = rows.mutate(booked=_.cause, outside=ibis.cases((_.buyer.notnull(), ~inside))).mutate(cause=cause)
    return rows.select(
        "platform", "id", "occurred_at", "member", "cause", "booked", "caused_by", "level", "order_line", "currency",
        "amount", "outside", "gross_amount", "packed", is_member=_.joined.notnull(),
    )  # fmt: skip


def paid(pay: Table, asked: list[str]) -> Table:
    """Pay of members for others, for what is asked."""
    return pay.filter(_.is_member, _.cause.isin(asked), _.caused_by.notnull(), _.caused_by != _.member)


def levels(
    pay: Table, members: Table, asked: list[str], max_levels: int
) -> Generator[Table, Table, tuple[Table, Table]]:
    """For each pair of who was paid and for whom, how many levels lie between; and the members who stand there.

    The tree is climbed from whom it was paid for, a level a join, until who was paid is met; stated levels are not
    believed.
    """
    ups = members.filter(_.up.notnull()).select("platform", "up", at="member")
    at = paid(pay, asked).select(*PAIR, at=_.caused_by).distinct()
    hops = []
    for level in range(1, max_levels + 1):
        step = yield at.inner_join(ups, ["platform", "at"]).select(*PAIR, at=_.up, level=ibis.literal(level, "int64"))
        hops.append(step)
        at = step.filter(_.at != _.member)
    met = yield ibis.union(*(hop.filter(_.at == _.member) for hop in hops)).select(*PAIR, "level")
    passed = ibis.union(*(hop.filter(_.at != _.member) for hop in hops)).semi_join(met, PAIR)
    return met, passed.select("platform", member="at").distinct()


def linked(met: Table, passed: Table, members: Table) -> Table:
    """Members that pay reaches: linked to their recruiter where somebody was paid for them, or across them."""
    below = ibis.union(met.select("platform", member="caused_by"), passed).mutate(below=True)
    nodes = ibis.union(below, met.select(*WHO, below=False)).group_by(WHO).agg(below=_.below.any())
    known = nodes.inner_join(members.select(*WHO, "up"), WHO)
    return known.select(*WHO, up=ibis.cases((_.below, _.up.fill_null(_.member)), else_=_.member))


def judged(pay: Table, met: Table, asked: list[str]) -> Table:
    """Commissions with the levels they were paid over (`over`), and `why` they could not be asked."""
    rows = pay.left_join(met.rename(over="level"), PAIR).drop(*(f"{column}_right" for column in PAIR))
    counts = _.cause.isin(asked)
    why = ibis.cases(
        (~_.is_member, NO_MEMBER), (~_.cause.isin((*RECRUITING, *OUTSIDE, *PURCHASES)), OTHER),
        (counts & _.caused_by.isnull() & (_.cause != "headcount"), NOBODY),
        (counts & _.caused_by.notnull() & (_.caused_by != _.member) & _.over.isnull(), NOT_ABOVE),
    )  # fmt: skip
    return rows.mutate(counts=counts, why=why)
