"""A price is struck through for so long that the lower one has become the ordinary price.

## What it finds
Unbroken runs of a shop's offers of a product that all show a reference price above the price asked, and that
together stood for more than `max_days`.

## Why it matters
A reduction that never ends is none; it only makes shops that ask the same price look dear.

## Innocent explanations
- A long campaign: up to `max_days`.
- A promotion that was paused: the days before the pause do not count.
- A manufacturer's suggested price, or a comparison whose basis is stated beside it.

## Method and source
Days from the first offer of the run to the end of the last, or to the end of the last day judged. The number
of days is a convention of whoever asks, not of a statute.
"""

import ibis
from ibis import Table, _

from guiju.checks import Answer, check

SHOP = ["platform", "seller", "product", "currency"]


@check(
    zh="{subject} 对 {object} 连续 {days:.0f} 天标示划线价，超过 {max_days:g} 天。",
    en="{subject} struck through a higher price for {object} {days:.0f} days on end, more than {max_days:g}.",
    formula="{days:.2f} days > {max_days:g}",
)
def stale_promotions(listings: Table, *, since, until, max_days: float):
    in_order = ibis.window(group_by=SHOP, order_by=["occurred_at", "id"])
    own = _.reference_basis.isnull() | (_.reference_basis == "own_price")
    claims = (own & (_.reference_price > _.price)).fill_null(False)
    offers = listings.mutate(
        claims=claims,
        stood_to=ibis.least(_.ended_at.fill_null(until), _.occurred_at.lead().over(in_order).fill_null(until)),
    )
    before = offers.mutate(
        goes_on=(_.claims.lag().over(in_order) & (_.stood_to.lag().over(in_order) >= _.occurred_at)).fill_null(False)
    )
    begun = before.mutate(begins=ibis.ifelse(_.goes_on, 0, 1))
    runs = begun.mutate(run=_.begins.sum().over(ibis.cumulative_window(group_by=SHOP, order_by=["occurred_at", "id"])))
    whole = runs.filter(_.claims).group_by([*SHOP, "run"]).agg(
        episode_start=_.occurred_at.min(), episode_end=_.stood_to.max(), offers=_.count()
    )  # fmt: skip
    lasting = whole.mutate(days=(_.episode_end.epoch_seconds() - _.episode_start.epoch_seconds()) / 86400)
    found = lasting.filter(_.episode_end > since, _.days > max_days).select(
        "platform",
        "currency",
        "episode_start",
        "episode_end",
        "days",
        "offers",
        subject=_.seller,
        object=_["product"],
        amount_at_stake=ibis.null("decimal(18, 2)"),
    )

    def evidence(found: Table) -> dict[str, Table]:
        episodes = found.select(
            *("platform", "currency", "subject", "object", "episode_start", "episode_end"),
            seller=_.subject,
            product=_.object,
        )
        shown = listings.inner_join(episodes, SHOP).filter(
            _.occurred_at >= _.episode_start, _.occurred_at < _.episode_end
        )
        return {"listings": shown.drop("episode_end")}

    return Answer(found, evidence, {})
