"""Days on which a bank depends on platforms, in runs; and who had brought what on the greatest of them."""

import ibis
from ibis import Table, _

from guiju.checks.deposits._funding import BANK

RUN = [*BANK, "run"]


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
