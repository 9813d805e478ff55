"""Accounts: which entries took what was not there, and which stops of work rest on a balance below zero alone."""

import ibis
from ibis import Table, _

from guiju.checks import NO_CURRENCY

PARTY = ["platform", "party", "currency"]
MONEY = "decimal(18, 2)"


def beside_later(account_entries: Table, max_rounding_amount: float) -> Table:
    """The entries with `back_at`, when the account next stood at zero or above, but for rounding; null: it did not."""
    at_zero = account_entries.balance_amount.cast("float64") >= -max_rounding_amount
    stood = account_entries.mutate(at_zero=ibis.ifelse(at_zero, account_entries.occurred_at, ibis.null("timestamp(6)")))
    after = ibis.window(group_by=PARTY, order_by=["occurred_at", "id"], preceding=0, following=None)
    return stood.mutate(back_at=_.at_zero.min().over(after)).select(
        *PARTY, "id", "occurred_at", "kind", "amount", "balance_amount", "back_at", below=_.at_zero.isnull()
    )


def driving(rows: Table, kinds: list[str], max_correction_minutes: int) -> Table:
    """The entries of these kinds that left the account below zero for longer; `part`: what they took below it."""
    mended = _.back_at <= _.occurred_at + ibis.interval(minutes=max_correction_minutes)
    taken = rows.filter(_.kind.isin(kinds), _.amount < 0, _.below, ~mended.fill_null(False))
    return taken.mutate(part=ibis.least(-_.amount, -_.balance_amount).cast(MONEY))


def undecided(work_stops: Table) -> Table:
    """Stops for a balance below zero that rest on no decision of their own."""
    return work_stops.filter(_.reason == "balance_below_zero", _.decision.isnull())


def in_currency(stops: Table, rows: Table) -> Table:
    """Each stop once, with what `stood` on the account that was below zero when it began, and its currency.

    Where no account of the party's is on record below zero by then, the currency is `NO_CURRENCY`.
    """
    earlier = rows.select("platform", "party", "currency", "balance_amount", entry="id", at="occurred_at")
    both = stops.left_join(earlier, ["platform", "party", stops.occurred_at >= earlier.at])
    latest = ibis.window(group_by=["platform", "id", "currency"], order_by=[_.at.desc(), _.entry.desc()])
    last = both.drop("platform_right", "party_right").mutate(place=ibis.row_number().over(latest)).filter(_.place == 0)
    lowest = ibis.window(group_by=["platform", "id"], order_by=[_.balance_amount.asc(nulls_first=False), _.currency])
    one = last.mutate(rank=ibis.row_number().over(lowest)).filter(_["rank"] == 0)
    known = (one.balance_amount < 0).fill_null(False)
    return one.select(
        "platform", "id", "party", "occurred_at", "refused", currency=ibis.ifelse(known, one.currency, NO_CURRENCY),
        stood=ibis.ifelse(known, one.balance_amount, ibis.null(MONEY)),
    )  # fmt: skip
