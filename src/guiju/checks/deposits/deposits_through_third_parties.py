"""A bank took time deposits through a platform that somebody else runs.

## What it finds
Banks with at least `min_deposits` new time or time-or-demand deposits (定活两便), renewals too, through a platform they
do not run, or whose offers of such deposits it showed for at least `min_shown_days`, since this is no longer allowed.

## Why it matters
Money that comes by another's screen leaves by it: within a day, from every bank on it, at somebody else's decision.

## Innocent explanations
- Made before, it runs to maturity: only what was opened since the rule holds counts; a renewal is a new deposit.
- The bank's own app, site or outlet: whoever runs it is the bank itself (`operator`).
- A demand deposit: the rule is about deposits with a term (`kind`).
- Taking a product down takes a while: fewer than `min_shown_days`.
- A booking in flight, or filed under the wrong platform: fewer than `min_deposits`.

## Method and source
Deposits are counted one by one by the moment they were opened, offers by the time they could be seen; days on which any
of them was shown count once for each stretch without a gap. Nothing is estimated.
"""

import ibis
from ibis import Table, _

from guiju.checks import Answer, check
from guiju.checks.deposits import _taken

PAIR = ["platform", "bank", "currency"]


@check(
    zh="{subject} 经 {operator} 运营的平台新吸收定期或定活两便存款 {deposits} 笔"
    "（含续存 {renewals} 笔，续存按新存款计）；在该平台展示此类产品 {offers} 个，历时 {shown_days:.1f} 天。",
    en="Through the platform run by {operator}, {subject} took {deposits:#new time or time-or-demand deposit}, "
    "{renewals} of them by renewal, which is counted as new. Its offers of such deposits shown there: {offers}, "
    "over {shown_days:.1f} days.",
    formula="{deposits} deposits >= {min_deposits:g}, or shown {shown_days:.2f} days >= {min_shown_days:g}",
)
def deposits_through_third_parties(
    deposits: Table, deposit_offers: Table, *, since, until, min_deposits: int, min_shown_days: float
):  # fmt: skip
    unknown = "who runs the platform is not known"
    taken = deposits.mutate(
        unanswered=ibis.cases(
            (_.opened_at >= until, _taken.AFTER), (_.opened_at < since, _taken.BEFORE),
            (_.kind.isin(_taken.BOUND) & _.operator.isnull(), unknown),
        )
    )  # fmt: skip
    shown = deposit_offers.mutate(
        unanswered=ibis.cases(
            (_.valid_from >= until, _taken.AFTER), (_.valid_to <= since, _taken.BEFORE),
            (_.kind.isin(_taken.BOUND) & _.operator.isnull(), unknown),
        ),
        begins=ibis.greatest(_.valid_from, since), ends=ibis.least(_.valid_to.fill_null(until), until),
    )  # fmt: skip
    bought, seen = (
        of.filter(of.unanswered.isnull(), of.kind.isin(_taken.BOUND), ~_taken.own_channel(of)) for of in (taken, shown)
    )
    made = bought.group_by(PAIR).agg(
        deposits=_.id.nunique(), renewals=_.renews.count(), depositors=_.depositor.nunique(),
        first_made=_.opened_at.min(), last_made=_.opened_at.max(), taken_amount=_.amount.sum(), taker=_.operator.min(),
    )  # fmt: skip
    told = seen.group_by(PAIR).agg(first_shown=_.begins.min(), last_shown=_.ends.max(), offers=_.id.nunique(),
                                 shower=_.operator.min())  # fmt: skip
    told = told.inner_join(_days(seen), PAIR)
    both = ibis.union(made.select(*PAIR), told.select(*PAIR), distinct=True)
    pairs = yield both.left_join(made, PAIR).left_join(told, PAIR).select(
        *PAIR, "depositors", "taken_amount", "first_made", "first_shown", "last_made", "last_shown",
        operator=ibis.coalesce(_.taker, _.shower),
        deposits=_.deposits.fill_null(0), renewals=_.renewals.fill_null(0), offers=_.offers.fill_null(0),
        shown_days=_.shown_days.fill_null(0.0),
    )  # fmt: skip
    enough = pairs.filter((_.deposits >= min_deposits) | (_.shown_days >= min_shown_days))
    found = enough.select(
        "platform", "currency", "operator", "deposits", "renewals", "offers", "shown_days", subject=_.bank,
        object=ibis.literal(""), depositors=_.depositors.fill_null(0),
        amount_at_stake=_.taken_amount.cast("decimal(18, 2)"),
        episode_start=ibis.least(_.first_made.fill_null(_.first_shown), _.first_shown.fill_null(_.first_made)),
        episode_end=ibis.greatest(_.last_made.fill_null(_.last_shown), _.last_shown.fill_null(_.last_made)),
    )  # fmt: skip

    def evidence(found: Table) -> dict[str, Table]:
        own = ["subject", "object", "episode_start"]
        keys = found.select("platform", "currency", *own, bank=_.subject)
        rows = {"deposits": bought, "deposit_offers": seen}
        return {n: of.inner_join(keys, PAIR).select("platform", "currency", *own, "id") for n, of in rows.items()}

    counts = {"deposits": taken, "deposit_offers": shown}
    return Answer(found, evidence, {n: t.group_by("unanswered").agg(rows=_.count()) for n, t in counts.items()})


def _days(seen: Table) -> Table:
    """For how many days one offer or another of a pair could be seen."""
    in_turn = ibis.window(group_by=PAIR, order_by=["begins", "ends", "id"], preceding=(None, 1), following=None)
    before = ibis.window(group_by=PAIR, order_by=["begins", "ends", "id"])
    reached = seen.mutate(place=ibis.row_number().over(before), reach=_.ends.max().over(in_turn))
    fresh = reached.mutate(starts=ibis.ifelse(_.place == 0, _.begins, ibis.greatest(_.begins, _.reach)))
    lasted = ibis.greatest(_.ends.epoch_seconds() - _.starts.epoch_seconds(), 0)
    return fresh.group_by(PAIR).agg(shown_days=lasted.sum().cast("float64") / 86400)
