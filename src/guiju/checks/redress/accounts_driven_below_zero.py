"""A platform takes more from a party's account than is there, or stops the party's work because it is below zero.

## What it finds
Parties whose account an entry of one of the `kinds` brought, or pushed further, below zero by more than
`max_rounding_amount`, and that did not come back within `max_correction_minutes`; and parties whose work was stopped
for a balance below zero without a decision of its own, whatever had brought it there.

## Why it matters
Who is below zero works to pay a debt that nobody decided; if no orders are given below zero, the hold is a work ban.

## Innocent explanations
- A claim: a customer was refunded after the party had drawn its pay. Whoever owes it is to be asked; it is no hold.
- To zero and no further: what is there may be held, if it is in dispute.
- Rounding: no more than `max_rounding_amount` below.
- Entries in the wrong order: the pay came within `max_correction_minutes`.
- Stopped for another reason, or by a decision of its own, which has its own reasons and its own appeal.

## Method and source
Every entry says what stood on the account after it, and so what stood before. At stake is what each such entry took
that was not there: the sum itself, or as much of it as lies below zero. Nothing is estimated. A party named only for a
stop of its work has nothing at stake here; the orders it was refused are counted.
"""

import ibis
from ibis import Table, _

from guiju.checks import Answer, check
from guiju.checks.redress import _accounts
from guiju.checks.redress._accounts import MONEY, PARTY


@check(
    zh="{object} 在 {subject} 的账户，余额最低为 {lowest_amount:,.2f} {currency}：扣取账上没有的款项的记账 "
    "{entries} 笔，共 {taken_amount:,.2f}；因余额低于零而停止派单、记录中没有单独决定的 {stops} 次，"
    "期间未派给的订单 {refused} 笔。",
    en="The account of {object} at {subject} stood at {lowest_amount:,.2f} {currency} at the lowest. Entries that took "
    "money which was not there: {entries}, {taken_amount:,.2f} in all. Stops of work for a balance below zero with no "
    "decision of its own on record: {stops}; orders not given out meanwhile: {refused}.",
    formula="the part of each of {entries} entries that lies below zero, more than {max_rounding_amount:g} and for "
    "more than {max_correction_minutes:g} minutes: {taken_amount:,.2f}; {stops} stops on no decision",
)
def accounts_driven_below_zero(
    account_entries: Table, work_stops: Table, *, since, kinds: str, max_rounding_amount: float,
    max_correction_minutes: int,
):  # fmt: skip
    taking = [word.strip() for word in kinds.split(",")]
    rows = yield _accounts.beside_later(account_entries, max_rounding_amount)
    driving = _accounts.driving(rows, taking, max_correction_minutes).filter(_.occurred_at >= since)
    undecided = _accounts.undecided(work_stops).filter(_.occurred_at >= since)
    of_entries = driving.group_by(PARTY).agg(
        entries=_.count(), held=(_.kind == "hold").sum(), lowest_amount=_.balance_amount.min().cast("float64"),
        first_at=_.occurred_at.min(), last_at=_.occurred_at.max(), taken=_.part.sum().cast(MONEY),
    )  # fmt: skip
    of_stops = _accounts.in_currency(undecided, rows).group_by(PARTY).agg(
        stops=_.count(), refused=_.refused.sum(), stopped_at=_.occurred_at.min(), last_stop_at=_.occurred_at.max(),
        stood=_.stood.min().cast("float64"),
    )  # fmt: skip
    both = yield of_entries.outer_join(of_stops, PARTY).mutate(
        **{name: ibis.coalesce(_[name], _[f"{name}_right"]) for name in PARTY}
    ).drop(*(f"{name}_right" for name in PARTY))  # fmt: skip
    found = both.select(
        "platform", "currency", subject=_.platform, object=_.party, entries=_.entries.fill_null(0),
        held_entries=_.held.fill_null(0), taken_amount=_.taken.cast("float64").fill_null(0.0),
        lowest_amount=ibis.least(_.lowest_amount, _.stood),
        stops=_.stops.fill_null(0), refused=ibis.ifelse(_.stops.isnull(), 0, _.refused),
        episode_start=ibis.least(_.first_at, _.stopped_at), episode_end=ibis.greatest(_.last_at, _.last_stop_at),
        amount_at_stake=_.taken,
    )  # fmt: skip

    def evidence(found: Table) -> dict[str, Table]:
        own = ["subject", "object", "episode_start"]
        keys = found.select("platform", "currency", *own, party=_.object)
        stopped = undecided.inner_join(keys, ["platform", "party"])
        return {
            "account_entries": driving.inner_join(keys, PARTY).select("platform", "id", "currency", *own),
            "work_stops": stopped.select("platform", "id", "currency", *own),
        }

    why = ibis.ifelse(work_stops.reason.isnull(), "why work was stopped is not known", ibis.null("string"))
    early = ibis.ifelse(account_entries.occurred_at < since, "before the window", ibis.null("string"))
    asked = {
        "account_entries": account_entries.select(unanswered=early),
        "work_stops": work_stops.select(unanswered=why),
    }
    return Answer(found, evidence, {name: t.group_by("unanswered").agg(rows=_.count()) for name, t in asked.items()})
