"""A bank's deposits on the days for which it states their total: by who brought them, and in runs of such days."""

import ibis
from ibis import Table, _

DAY = 86400  # seconds
BANK = ["platform", "bank", "currency"]  # the platform is that whose records state the bank's total
RUN = [*BANK, "run"]
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
    rows = balances.mutate(day=day_of(_.occurred_at, utc_offset))
    return _last_of_day(rows, ["platform", "bank", "currency", "day"]).mutate(
        whose=ibis.cases((_.operator.isnull(), "unknown"), (_.operator == _.bank, "own"), else_="platform"),
        source=_.operator.fill_null(_.platform),
    )


def _last_of_day(rows: Table, keys: list[str]) -> Table:
    place = ibis.row_number().over(group_by=keys, order_by=[_.occurred_at.desc(), _.id.desc()])
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


def days_in_runs(judged: Table) -> Table:
    """The days above the limit, each with its run: no judged day between two of one run is below."""
    in_order = ibis.window(group_by=BANK, order_by="day")
    until_now = ibis.cumulative_window(group_by=BANK, order_by="day")
    rows = judged.filter(_.why.isnull()).mutate(
        run=(~_.above).cast("int64").sum().over(until_now), before_pct=_.platform_pct.lag().over(in_order),
        before_at=_.occurred_at.lag().over(in_order), gap_days=_.day - _.day.lag().over(in_order),
    )  # fmt: skip
    return rows.filter(_.above)


def runs(days: Table) -> Table:
    """A row a run: from when to when, and the first of its days with the greatest share."""
    peak = ibis.row_number().over(group_by=RUN, order_by=[_.platform_pct.desc(), _.day])
    first = days.day.min().over(group_by=RUN)
    told = days.mutate(peak=peak, first=first)
    ends = told.group_by(RUN).agg(
        days=_.count(), partial_days=(_.missing > 0).sum(), episode_start=_.occurred_at.min(),
        episode_end=_.occurred_at.max(), longest_gap_days=_.gap_days.max(where=_.day > _["first"]),
        before_pct=_.before_pct.max(where=_.day == _["first"]), before_at=_.before_at.max(where=_.day == _["first"]),
    )  # fmt: skip
    top = told.filter(_.peak == 0).select(
        *RUN, "day", "platform_amount", "platform_pct", "savings_pct", deposits_amount=_.total, peak_at=_.occurred_at
    )
    return ends.inner_join(top, RUN)


def sources(runs: Table, brought: Table) -> Table:
    """Who brought what on the day of each run's greatest share: `amount` and `share_pct` of all that platforms did."""
    at = brought.filter(_.whose == "platform").select("bank", "currency", "day", "source", "amount")
    sums = runs.inner_join(at, ["bank", "currency", "day"]).group_by([*RUN, "source"]).agg(
        amount=_.amount.sum(), deposits_amount=_.deposits_amount.max()
    )  # fmt: skip
    whole = sums.amount.sum().over(group_by=RUN).cast("float64")
    return sums.mutate(share_pct=(_.amount.cast("float64") * 100 / whole).cast("decimal(18, 6)"))


def concentration(sources: Table) -> Table:
    """Of each run: how many sources, their Herfindahl-Hirschman index (0 to 10,000), and the largest."""
    place = ibis.row_number().over(group_by=RUN, order_by=[_.amount.desc(), _.source])
    told = sources.mutate(place=place, square=_.share_pct.cast("float64") ** 2)
    return told.group_by(RUN).agg(
        sources=_.count(), source_hhi=_.square.cast("decimal(18, 6)").sum().cast("float64").round(2),
        largest_source=_.source.max(where=_.place == 0),
        largest_source_pct=(
            _.amount.max(where=_.place == 0).cast("float64") * 100 / _.deposits_amount.max().cast("float64")
        ).round(6),
    )  # fmt: skip


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
