"""Deliveries with what became of them, each mode of a good beside the good's others in one region and week."""

import ibis
from ibis import Table, _

from guiju.checks import NO_CURRENCY, first_of
from guiju.estimators.within import within_sums

CELL = ["platform", "currency", "episode_start", "product", "asked_mode"]
GOOD = CELL[:-1]
MODES = ("merchant", "warehouse", "owner")
WEEK_S = 7 * 86_400


def rows(fulfilments: Table, periods, outcome: str, within_days: int, reasons: str) -> Table:
    """Rows with their quarter, region (a province of GB/T 2260), week and whether they were `hit`; or `why` not.

    outcome: returned or complained, within so many days of delivery for one of `reasons`; or late: later than promised,
    or not there when the promise and the quarter were over.
    """
    starts = (((_.occurred_at >= a) & (_.occurred_at < b), a) for a, b in periods)
    told = fulfilments.mutate(episode_start=first_of(starts, ibis.null("timestamp(6)")))
    ends = first_of(((_.episode_start == a, b) for a, b in periods), ibis.null("timestamp(6)"))
    told = told.mutate(
        ends=ends, currency=ibis.literal(NO_CURRENCY),
        area=_.region.re_search("^[0-9]{6}$").ifelse(_.region.substr(0, 2), _.region),
        week=(_.occurred_at.epoch_seconds() - _.episode_start.epoch_seconds()) // WEEK_S,
    )  # fmt: skip
    hit, why = _late() if outcome == "late" else _bad(outcome, within_days, reasons)
    told = told.mutate(hit=hit.fill_null(False).ifelse(1, 0), why=ibis.cases(
        (_.episode_start.isnull(), "outside the complete quarters"),
        (_.region.isnull(), "where it is delivered is not known"),
        (~_["mode"].isin(MODES).fill_null(False), "who fulfilled it is not known"),
        *why,
    ))  # fmt: skip
    return told.select(
        "platform", "id", "currency", "episode_start", "product", "mode", "sender", "area", "week", "hit", "why"
    )


def _late():
    there = _.delivered_at.fill_null(_.ends)
    why = (
        (_.promised_at.isnull(), "no day was promised"),
        (_.delivered_at.isnull() & (_.promised_at >= _.ends), "the promise was not over at the quarter's end"),
    )
    return there > _.promised_at, why


def _bad(outcome: str, within_days: int, reasons: str):
    at, reason = ("returned_at", "return_reason") if outcome == "returned" else ("complained_at", "complaint")
    over = _.delivered_at + ibis.interval(days=within_days)
    asked = [word.strip() for word in reasons.split(",")]
    soon = _[at].notnull() & (_[at] <= over)
    why = (
        (_.delivered_at.isnull(), "it was not delivered, or when is not known"),
        (over > _.ends, "its days were not over at the quarter's end"),
        (soon & _[reason].isnull(), "what was wrong with it is not known"),
    )
    return soon & _[reason].isin(asked), why


def cells(rows: Table) -> Table:
    """Every mode of every good that has two: counts, sums of the difference to its others, the worst store's part."""
    several = rows.group_by(GOOD).agg(modes=_["mode"].nunique()).filter(_.modes > 1)
    modes = rows.semi_join(several, GOOD).select(*GOOD, asked_mode="mode").distinct()
    both = rows.inner_join(modes, GOOD).mutate(own=(_["mode"] == _.asked_mode).ifelse(1, 0))
    sums = within_sums(both, by=CELL, cell=["area", "week"], cluster="area", treated="own", outcomes=["hit"])
    own = _.own == 1
    counts = both.group_by(CELL).agg(
        deliveries=own.sum(), hits=_.hit.sum(where=own).fill_null(0), others=(~own).sum(),
        others_hits=_.hit.sum(where=~own).fill_null(0),
    )  # fmt: skip
    stores = both.filter(own, _.asked_mode == "owner", _.hit == 1).group_by([*CELL, "sender"]).agg(by_one=_.count())
    worst = stores.group_by(CELL).agg(store_hits=_.by_one.max())
    found = counts.inner_join(sums, CELL).left_join(worst, CELL)
    return found.drop(*(name for name in found.columns if name.endswith("_right")))
