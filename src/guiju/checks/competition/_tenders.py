"""Tenders whose bids are known, what their bids look like, and which of them a bidder's quarter is compared with."""

import ibis
from ibis import Table, _

from guiju.checks import KEY, first_of
from guiju.estimators.screens import screens

CELL = ["platform", "market", "bidder", "currency", "episode_start"]
TENDER = ["platform", "tender"]
TOLD = "decimal(18, 9)"


def offered(bids: Table) -> Table:
    """One bid a bidder and tender, its lowest; `whole`: all that were made in the tender are known."""
    whole = bids.group_by(TENDER).agg(unknown=_.amount.isnull().ifelse(1, 0).sum())
    lowest = bids.group_by([*TENDER, "bidder"]).agg(amount=_.amount.min())
    return lowest.inner_join(whole, TENDER).filter(_.unknown == 0).drop("unknown")


def why(tenders: Table, screened: Table, periods, weeks_before: int, min_bids: int) -> Table:
    """The tenders with their screens; `unanswered`: why one is not asked."""
    shown = screened.select(*TENDER, "bids", "lowest", "cv", "rdnor").rename(id="tender")
    rows = tenders.left_join(shown, ["platform", "id"]).drop("platform_right", "id_right")
    inside = [(_.occurred_at >= a - ibis.interval(days=7 * weeks_before)) & (_.occurred_at < b) for a, b in periods]
    return rows.mutate(unanswered=ibis.cases(
        (~ibis.or_(ibis.literal(False), *inside), "outside the complete quarters and the weeks before them"),
        (_.market.isnull(), "what was bought, and where, is not known"),
        (_.estimate_amount.isnull(), "what it was estimated at is not known"),
        (_.bids.isnull(), "fewer than two bids are known, or one of them is not"),
        (_.bids < min_bids, "fewer bids than are asked for"),
    ))  # fmt: skip


def by_bidder(asked: Table, offered: Table, periods, weeks_before: int) -> Table:
    """A row a bidder, quarter and tender it bid in: `now`, or in the weeks before; `won`: no bid was lower."""
    kept = asked.filter(_.unanswered.isnull()).rename(tender="id")
    price = (kept.lowest.cast("float64") / kept.estimate_amount.cast("float64")).cast(TOLD)
    kept = kept.select(*TENDER, "market", "currency", "occurred_at", "bids", "lowest", "cv", "rdnor", price=price)
    rows = kept.inner_join(offered, TENDER)
    rows = rows.mutate(won=rows.amount == rows.lowest)
    reach = ibis.interval(days=7 * weeks_before)
    each = [
        rows.filter(_.occurred_at >= a - reach, _.occurred_at < b).mutate(episode_start=a, now=_.occurred_at >= a)
        for a, b in periods
    ] or [rows.mutate(episode_start=ibis.null("timestamp(6)"), now=ibis.literal(False)).limit(0)]
    both = ibis.union(*each) if len(each) > 1 else each[0]
    return both.select(*CELL, "tender", "bids", "cv", "rdnor", "price", "now", "won")


def told(found: Table, rows: Table) -> Table:
    """Of each finding's bidder every tender: before or now, how many bid, and what scatter, gap and price were."""
    named = rows.rename(subject="bidder", object="market")
    mine = named.inner_join(found.select(*KEY), list(KEY))
    parts = {"tender_cv_pct": mine.cv * 100, "tender_gap": mine.rdnor, "tender_price_pct": mine.price * 100}
    return mine.select(
        *KEY, tender_bids=mine.bids, when=mine.now.ifelse("now", "before"), tender=mine.tender,
        **{name: of.cast("float64").round(6) for name, of in parts.items()},
        lowest_by=mine.won.ifelse("itself", "another"),
    )  # fmt: skip


def screened(offered: Table) -> Table:
    return screens(offered, by=TENDER, amount="amount")


def end_of(start, periods):
    return first_of(((start == a, b) for a, b in periods), ibis.null("timestamp(6)"))
