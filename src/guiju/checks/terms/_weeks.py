"""Whole local weeks of each seller: what it was shown or charged, and how it conducted itself."""

import ibis
from ibis import Table, _

from guiju.checks import first_of

DAY = 86400  # seconds
WEEK = 7 * DAY
TO_MONDAY = 3 * DAY  # 1970 began on a Thursday
OUTCOMES = {"exposure": "impressions", "rank": "search_rank", "commission": "commission_pct"}
CONDUCT = ("unavailable_pct", "cancelled_pct")


def nth_week(moment, utc_offset):
    """The number of the local week of a moment; Monday begins one."""
    return ((moment + utc_offset).epoch_seconds() + TO_MONDAY) // WEEK


def ends_in(week, periods, utc_offset):
    """The first moment of the period in which a numbered week ends; its last moment is the period's still."""
    end = (week + 1) * WEEK - TO_MONDAY
    local = [(a, (a + utc_offset).epoch_seconds(), (b + utc_offset).epoch_seconds()) for a, b in periods]
    inside = (((end > low) & (end <= high), a) for a, low, high in local)
    return first_of(inside, ibis.null("timestamp(6)"))


def asked(impressions: Table, memberships: Table, periods, utc_offset, reach: int, outcome: str) -> Table:
    """Rows with their `week`; `unanswered`: why not asked. `reach`: weeks before a period that are needed too."""
    known = memberships.filter(_.party.notnull()).select("platform", "seller").distinct().mutate(known=True)
    rows = impressions.left_join(known, ["platform", "seller"]).mutate(
        week=nth_week(_.occurred_at, utc_offset),
        seconds=_.ended_at.epoch_seconds() - _.occurred_at.epoch_seconds(),
    )
    last = ((rows.ended_at + utc_offset).epoch_seconds() - 1 + TO_MONDAY) // WEEK
    needed = [_[c].notnull() for c in (OUTCOMES[outcome], "spend_amount", *CONDUCT)]
    inside = [(_.occurred_at >= a - ibis.interval(days=7 * reach)) & (_.ended_at <= b) for a, b in periods]
    why = ibis.cases(
        (~ibis.or_(ibis.literal(False), *inside), "outside the complete quarters and the weeks before them"),
        (_.week != last, "its span crosses the end of a week"),
        (_.known.isnull(), "who the seller is, is not known"),
        (~ibis.and_(*needed), "outcome, spend, stock-outs or cancellations are not known"),
    )
    return rows.mutate(unanswered=why)


def weekly(rows: Table, outcome: str) -> Table:
    """One row a seller and whole week: `level` is the natural logarithm of the outcome; null: none can be taken."""
    sums = {c: (_[c] * _.seconds).sum() for c in {OUTCOMES[outcome], *CONDUCT} - {"impressions"}}
    keys = ["platform", "seller", "currency", "week"]
    weeks = rows.group_by(keys).agg(
        seconds=_.seconds.sum(), shown=_.impressions.sum(), spend=_.spend_amount.sum(), **sums
    )
    whole = weeks.filter(_.seconds == WEEK)
    # Decimals, so that later sums do not depend on the order of rows.
    told = whole.mutate(**{c: (_[c].cast("float64") / WEEK).cast("decimal(18, 6)") for c in sums})
    # A week in which nothing was shown counts: the deepest cut must not be the one that is not seen.
    level = (_.shown + 1 if outcome == "exposure" else _[OUTCOMES[outcome]]).cast("float64")
    log = ibis.cases((level > 0, level.ln())).cast("decimal(18, 9)")
    return told.select(*keys, "shown", "spend", *CONDUCT, level=log)
