"""A bank's deposits on the days for which it states their total, and what of them platforms brought."""

import ibis
from ibis import Table, _

DAY = 86400  # seconds
BANK = ["platform", "bank", "currency"]  # the platform is that whose records state the bank's total
NO_TOTAL = "the bank's total deposits are not known"
OVER = "what platforms brought is above the bank's total"
MISSING = "a platform's balance of that day is missing, and could decide"
NO_BALANCE = "no platform's balance at the bank is given"
NO_OPERATOR = "who runs a platform is not known, and could decide"


def day_of(moment, utc_offset):
    """The number of the local day of a moment."""
    return (moment + utc_offset).epoch_seconds() // DAY


def stated(bank_positions: Table, utc_offset) -> Table:
    """A row a bank and local day: the last that was stated for it."""
    rows = bank_positions.mutate(day=day_of(_.occurred_at, utc_offset))
    return _last_of_day(rows, [*BANK, "day"]).mutate(total=ibis.cases((_.deposits_amount > 0, _.deposits_amount)))


def brought(balances: Table, utc_offset) -> Table:
    """A row a platform, bank and local day: what stood there as it ended; `source`: who runs the platform."""
    stated = balances.known_at.fill_null(balances.occurred_at)
    rows = balances.mutate(day=day_of(_.occurred_at, utc_offset), stated=stated)
    return (
        _last_of_day(rows, ["platform", "bank", "currency", "day"], _.stated.desc())
        .drop("stated")
        .mutate(
            whose=ibis.cases((_.operator.isnull(), "unknown"), (_.operator == _.bank, "own"), else_="platform"),
            source=_.operator.fill_null(_.platform),
        )
    )


def _last_of_day(rows: Table, keys: list[str], *stated) -> Table:
    place = ibis.row_number().over(group_by=keys, order_by=[*stated, _.occurred_at.desc(), _.id.desc()])
    return rows.mutate(place=place).filter(_.place == 0).drop("place")


def judged(stated: Table, brought: Table, min_platform_pct: float) -> Table:
    """Stated days with what platforms brought and its share; `above` the limit or not, or why nobody can say.

    A platform whose row of a day is missing, though it had earlier ones and did not end at nothing, had at most what it
    ever had.
    """
    at = brought.rename(at="platform")
    with_total = stated.filter(_.total.notnull())
    series = at.group_by("at", "bank", "currency").agg(
        first=_.day.min(), last=_.day.max(), last_amount=_.amount.argmax(_.day), whose=_.whose.argmax(_.day),
        most=_.amount.max(),
    )  # fmt: skip
    both = with_total.select(*BANK, "day").inner_join(series, ["bank", "currency"])
    held = at.select("at", "bank", "currency", "day", now="amount", whose_now="whose")
    each = both.left_join(held, ["at", "bank", "currency", "day"])
    gone = (_.day > _["last"]) & (_.last_amount == 0)
    each = each.mutate(missing=_.now.isnull() & (_.day > _["first"]) & ~gone & (_.whose != "own"))
    sums = each.group_by([*BANK, "day"]).agg(
        platform_amount=_.now.sum(where=_.whose_now == "platform").fill_null(0),
        unknown_amount=_.now.sum(where=_.whose_now == "unknown").fill_null(0),
        known_amount=_.now.sum().fill_null(0), missing=_.missing.sum().fill_null(0),
        missing_amount=_.most.sum(where=_.missing).fill_null(0),
    )  # fmt: skip
    least = _.total.cast("float64") * min_platform_pct
    rows = with_total.inner_join(sums, [*BANK, "day"]).mutate(
        above=_.platform_amount.cast("float64") * 100 >= least, over=_.known_amount > _.total,
        with_unknown=(_.platform_amount + _.unknown_amount).cast("float64") * 100 >= least,
        with_all=(_.platform_amount + _.unknown_amount + _.missing_amount).cast("float64") * 100 >= least,
        platform_pct=(_.platform_amount.cast("float64") * 100 / _.total.cast("float64")).round(6),
        savings_pct=(_.savings_amount.cast("float64") * 100 / _.total.cast("float64")).round(6),
    )  # fmt: skip
    return rows.mutate(
        why=ibis.cases(
            (_.over, OVER), (_.above, ibis.null("string")), (_.with_unknown, NO_OPERATOR), (_.with_all, MISSING)
        )
    )


def account(bank_positions: Table, balances: Table, judged: Table, since, utc_offset) -> dict[str, Table]:
    """Rows by why they were not asked: those stated, and those of what platforms brought."""
    days = judged.select(*BANK, "day", "why", total_known=True)
    rows = bank_positions.mutate(day=day_of(_.occurred_at, utc_offset)).left_join(days, [*BANK, "day"])
    why = ibis.cases(
        (rows.occurred_at < since, "before the window"),
        (rows.total_known.isnull() & (rows.deposits_amount.fill_null(0) > 0), NO_BALANCE),
        (rows.total_known.isnull(), NO_TOTAL), else_=rows.why,
    )  # fmt: skip
    known = judged.select("bank", "currency", "day", total_known=True).distinct()
    at = balances.mutate(day=day_of(_.occurred_at, utc_offset)).left_join(known, ["bank", "currency", "day"])
    no = ibis.cases((at.occurred_at < since, "before the window"), (at.total_known.isnull(), NO_TOTAL))
    return {
        "bank_positions": rows.select(unanswered=why).group_by("unanswered").agg(rows=_.count()),
        "balances": at.select(unanswered=no).group_by("unanswered").agg(rows=_.count()),
    }
