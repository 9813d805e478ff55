"""An organiser's months: what came from outsiders, what from who entered, what was paid out; and runs of months."""

import ibis
from ibis import Table, _

ORGANISER = ["platform", "organiser", "currency"]
RUN = [*ORGANISER, "run"]
ENTRIES, OUTSIDE, PURCHASE, PAYOUT = ("entry", "refund"), ("outside_sale", "service"), "member_purchase", "payout"
KNOWN = (*ENTRIES, *OUTSIDE, PURCHASE, PAYOUT, "capital", "goods", "cost")
DAY = 86400.0  # seconds
EARLIER, NOT_OVER = "before the window", "in a month that is not over"
OTHER = "its kind is none of those that are asked"


def by_kind(cash_flows: Table, recruitments: Table, until, utc_offset) -> Table:
    """Flows by what they are in fact: a sale to who had joined by then is a member's purchase."""
    joined = recruitments.group_by("platform", counterparty="member").agg(joined=_.occurred_at.min())
    rows = cash_flows.left_join(joined, ["platform", "counterparty"]).drop("platform_right", "counterparty_right")
    inside = (_.joined <= _.occurred_at).fill_null(False) & _.kind.isin(OUTSIDE)
    local = (rows.occurred_at + utc_offset).truncate("M")
    rows = rows.mutate(
        booked=_.kind, kind=ibis.cases((inside, PURCHASE), else_=_.kind), month=local.year() * 12 + local.month(),
        month_start=local - utc_offset, month_end=(local + ibis.interval(days=32)).truncate("M") - utc_offset,
    )  # fmt: skip
    return rows.mutate(why=ibis.cases((_.month_end > until, NOT_OVER), (~_.kind.isin(KNOWN), OTHER))).drop("joined")


def months(flows: Table, external_kinds: list[str]) -> Table:
    """A row an organiser and month; members' purchases are of outsiders where `external_kinds` says so, or entries."""

    def of(*kinds: str):
        return _.amount.sum(where=_.kind.isin(kinds)).fill_null(0)

    order = [_.occurred_at.desc(), _.id.desc()]
    place = ibis.row_number().over(group_by=[*ORGANISER, "month"], order_by=order)
    rows = flows.filter(_.why.isnull()).mutate(place=place)
    sums = rows.group_by(*ORGANISER, "month", "month_start", "month_end").agg(
        outside=of(*OUTSIDE), purchases=of(PURCHASE), entered=of(*ENTRIES), payouts=-of(PAYOUT),
        external=of(*external_kinds), left_amount=_.balance_amount.max(where=_.place == 0),
        relabelled=(_.kind != _.booked).sum(),
    )  # fmt: skip
    purchases = ibis.literal(0) if PURCHASE in external_kinds else _.purchases
    return sums.mutate(entries=_.entered + purchases)


def runs(months: Table, min_dependence_pct: float, min_entry_pct: float, min_payout_pct: float) -> Table:
    """Months in which payouts came out of entries, each with its run of months that follow one another."""
    payouts, entries = _.payouts.cast("float64"), _.entries.cast("float64")
    above = months.filter(
        _.payouts > 0, (_.payouts - _.external).cast("float64") * 100 >= payouts * min_dependence_pct,
        entries * 100 >= payouts * min_entry_pct, payouts * 100 >= entries * min_payout_pct,
    )  # fmt: skip
    return above.mutate(run=_.month - ibis.row_number().over(group_by=ORGANISER, order_by="month"))


def facts(in_runs: Table) -> Table:
    """A row a run: its sums and ratios."""
    last = in_runs.month.max().over(group_by=RUN)
    sums = in_runs.mutate(last=last).group_by(RUN).agg(
        months=_.count(), episode_start=_.month_start.min(), episode_end=_.month_end.max(),
        outside=_.outside.sum(), purchases=_.purchases.sum(), external=_.external.sum(), entries=_.entries.sum(),
        payouts=_.payouts.sum(), left_amount=_.left_amount.max(where=_.month == _["last"]).cast("float64"),
        relabelled=_.relabelled.sum(),
    )  # fmt: skip
    paid = _.payouts.cast("float64")

    def unpaid_for(amount):
        return ((_.payouts - amount).cast("float64") * 100 / paid).round(6)

    lacking = (_.payouts - _.external).cast("float64")
    days = (_.episode_end.epoch_seconds() - _.episode_start.epoch_seconds()) / DAY
    return sums.mutate(
        dependence_pct=unpaid_for(_.outside + _.purchases), dependence_strict_pct=unpaid_for(_.outside),
        judged_pct=unpaid_for(_.external), funding_ratio=(paid / (_.external + _.entries).cast("float64")).round(6),
        sustaining_growth=(paid / _.entries.cast("float64")).round(6), days=days,
        days_left=ibis.cases(((lacking > 0) & (_.left_amount > 0), (_.left_amount * days / lacking).round(6)),
                             (_.left_amount <= 0, 0.0)),
        amount_at_stake=(_.payouts - _.external).cast("decimal(18, 2)"), lacking_amount=lacking,
    )  # fmt: skip
