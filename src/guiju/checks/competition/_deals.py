"""A deal's parties and their groups' turnovers: what of them is known, and what that decides."""

import ibis
from ibis import Table, _

DEAL = ["platform", "deal"]


def parties(concentrations: Table, utc_offset) -> Table:
    """The rows of each deal with its one moment, and the year before it by local time."""
    dated = concentrations.mutate(closed_at=_.occurred_at.min().over(group_by=DEAL))
    return dated.mutate(year=((_.closed_at + utc_offset).year() - 1).cast("int64"))


def booked(turnovers: Table) -> Table:
    """Of several rows for one company and year the one known last."""
    last = ibis.row_number().over(
        group_by=["platform", "company_group", "company", "year"],
        order_by=[_.known_at.desc(nulls_first=False), _.id],
    )
    return turnovers.mutate(place=last).filter(_.place == 0).drop("place")


def of_groups(parties: Table, turnovers: Table, currency: str) -> Table:
    """A row for each deal and group: its known turnover, and whether some of it is not known."""
    lone = ibis.ifelse(_.company_group.isnull(), _.company, ibis.null("string"))
    whose = parties.select(*DEAL, "company_group", "year", lone=lone).distinct()
    counted = turnovers.select(
        "platform", "company_group", "year",
        world=ibis.ifelse(_.currency == currency, _.worldwide_amount, ibis.null("decimal(18, 2)")),
        china=ibis.ifelse(_.currency == currency, _.china_amount, ibis.null("decimal(18, 2)")),
        financial=(_.sector == "financial").fill_null(False),
    )  # fmt: skip
    beside = whose.left_join(counted, ["platform", "company_group", "year"])
    return beside.group_by([*DEAL, "company_group", "lone", "year"]).agg(
        world=_.world.sum().fill_null(0), world_gap=_.world.isnull().any(),
        china=_.china.sum().fill_null(0), china_gap=_.china.isnull().any(), financial=_.financial.any(),
    )  # fmt: skip


def _over(known, gap, threshold: float):
    """Whether a turnover exceeds a threshold: null where what is not known could decide it."""
    return ibis.cases((known > threshold, True), (gap, ibis.null("boolean")), else_=False)


def sums(groups: Table, world: float, china: float, each: float, least: int) -> Table:
    """Each deal's turnovers, and whether they pass: true, false or not known."""
    large = groups.mutate(large=_over(_.china, _.china_gap, each))
    deals = large.group_by([*DEAL, "year"]).agg(
        groups=_.count(), world_amount=_.world.sum(), china_amount=_.china.sum(),
        world_gap=_.world_gap.any(), china_gap=_.china_gap.any(), financial=_.financial.any(),
        large_groups=_.large.fill_null(False).cast("int64").sum(), may_be=_.large.isnull().cast("int64").sum(),
    )  # fmt: skip
    total = _over(_.world_amount, _.world_gap, world) | _over(_.china_amount, _.china_gap, china)
    enough = ibis.cases(
        (_.large_groups >= least, True), (_.large_groups + _.may_be >= least, ibis.null("boolean")), else_=False
    )
    return deals.mutate(passed=total & enough).drop("world_gap", "china_gap", "may_be")


def described(parties: Table) -> Table:
    """A row for each deal: who leads it, whether control passes, and whether it was implemented before clearance."""
    groups = parties.group_by(DEAL).agg(
        closed_at=_.closed_at.min(), control=_.control.min(), filing=_.filing.min(),
        without=(_.control == "no_control").fill_null(False).any(),
        notified_at=_.notified_at.min(), cleared_at=_.cleared_at.max(),
        leader=ibis.coalesce(
            _.company_group.min(where=_.role == "acquirer"), _.company_group.min(), _.company.min()
        ),
    )  # fmt: skip
    late = ibis.cases(
        (_.filing == "cleared", _.cleared_at > _.closed_at),
        (_.filing.isin(["not_notified", "pending", "prohibited"]), True),
        else_=ibis.null("boolean"),
    )
    return groups.mutate(controls=(_.control != "no_control") & ~_.without, uncleared=late)


def within_one_group(parties: Table, least_pct: float) -> Table:
    """Whether one holder is, or held enough of, every party: true, false, or not known where an owner is not."""
    holders = parties.select(*DEAL, holder=_.owner).filter(_.holder.notnull()).distinct()
    rows = parties.inner_join(holders, DEAL)
    held = (_.company == _.holder) | ((_.owner == _.holder) & (_.owner_pct >= least_pct)).fill_null(False)
    by_holder = rows.group_by([*DEAL, "holder"]).agg(all_held=held.all())
    deals = by_holder.group_by(DEAL).agg(held=_.all_held.any())
    unknown = parties.group_by(DEAL).agg(unknown=(_.owner.isnull() | _.owner_pct.isnull()).any())
    whole = unknown.left_join(deals, DEAL)
    within = ibis.cases((whole.held.fill_null(False), True), (whole.unknown, ibis.null("boolean")), else_=False)
    return whole.select(*DEAL, within=within)
