"""Who brought whom: each member's line of recruiters, and the rows that cannot be part of one.

A row that cannot is told and not followed: who it names as a member stands at the head of its own line.
"""

from collections.abc import Generator

import ibis
from ibis import Table, _

WHO = ["platform", "member"]
MOMENT_ROUNDS = 3  # lines of up to 4**3 levels within one moment; what is left then goes round
LINE_ROUNDS = 4  # lines of up to 4**4 levels
TWICE = "the member had joined before: its first joining counts"
ROUND = "its recruiters go round in a circle"
UNKNOWN = "its recruiter is not among the members"
BEFORE = "it joined before its recruiter did"


def joinings(recruitments: Table) -> Table:
    """Every row, with `place` (0: the member's first) and `why` it cannot be part of a line."""
    first = ibis.row_number().over(group_by=WHO, order_by=["occurred_at", "id"])
    rows = recruitments.mutate(place=first)
    by = rows.filter(_.place == 0).select("platform", recruiter="member", brought_by="occurred_at")
    rows = rows.left_join(by, ["platform", "recruiter"]).drop("platform_right", "recruiter_right")
    why = ibis.cases(
        (_.place > 0, TWICE), (_.recruiter == _.member, ROUND), (_.recruiter.isnull(), ibis.null("string")),
        (_.brought_by.isnull(), UNKNOWN), (_.brought_by > _.occurred_at, BEFORE),
    )  # fmt: skip
    return rows.mutate(why=why)


def lines(rows: Table) -> Generator[Table, Table, Table]:
    """A row a member: `up`, its recruiter where it has one, and `why` it has not.

    Recruiters joined no later than whom they brought, so a circle is one of a single moment: only such steps are taken,
    4, 16, 64 at a time. Whoever still has somebody above it then is on a circle, or hangs from one.
    """
    good = rows.filter(_.place == 0, _.why.isnull(), _.recruiter.notnull())
    at = good.filter(_.brought_by == _.occurred_at).select(*WHO, up=_.recruiter, steps=1)
    for _round in range(MOMENT_ROUNDS):
        at = yield _twice_as_far(_twice_as_far(at))
    circles = at.select("platform", member="up", circle=True).distinct()
    told = rows.filter(_.place == 0).left_join(circles, WHO).drop("platform_right", "member_right")
    why = ibis.cases((_.circle, ROUND), else_=_.why)
    told = yield told.mutate(why=why).mutate(up=ibis.cases((_.why.isnull(), _.recruiter)))
    return told.drop("place", "brought_by", "circle")


def heads(linked: Table) -> Generator[Table, Table, Table]:
    """Of members with `up` (itself: the head), the `head` of each line and the levels below it (`depth`)."""
    at = linked.select(*WHO, "up", steps=(_.up != _.member).cast("int64"))
    for _round in range(LINE_ROUNDS):
        at = yield _twice_as_far(_twice_as_far(at))
    return at.rename(head="up", depth="steps")


def _twice_as_far(at: Table) -> Table:
    """From each member to who is above whom it leads to now; who leads to nobody is left out."""
    above = at.select("platform", up="member", above="up", more="steps")
    return at.inner_join(above, ["platform", "up"]).select(*WHO, up=_.above, steps=_.steps + _.more)


def account(rows: Table, told: Table) -> Table:
    """Rows by why they were not asked."""
    again = rows.filter(_.place > 0).select(unanswered=_.why)
    return ibis.union(again, told.select(unanswered=_.why)).group_by("unanswered").agg(rows=_.count())
