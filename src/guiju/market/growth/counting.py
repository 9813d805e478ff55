"""What the records say of each platform and period: users, newcomers, orders, sellers, revenue, and who came back.

The engine counts by local calendar month or week; periods that are not whole are told apart here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import polars as pl

from guiju.audit.opened import Opened

if TYPE_CHECKING:
    from ibis import Table

FUNDED = ("seller_funded_amount", "platform_funded_amount", "third_party_funded_amount")
TABLES = ("orders", "sign_ins", "parties", "fees")
MEASURES = ("newcomers", "users", "orders", "revenue", "sellers")
PER_DAY = {"newcomers", "orders", "revenue"}  # flows; users and sellers are counted once a period
DAY = timedelta(days=1)
QUIET_DAYS = 7  # a longer silence at the edge of records is not taken for one


@dataclass(frozen=True)
class Series:
    """One measure of one platform: values of its whole periods in order, and what lies at the edges.

    basis: what it is counted from, a key of words. before, after: the periods at either end that are not whole, and
    their values. currency: of money.
    """

    platform: str
    measure: str
    basis: str
    periods: list[date]
    values: list[float]
    before: tuple[date, float] | None = None
    after: tuple[date, float] | None = None
    currency: str = ""

    def per_day(self, unit: str) -> list[float]:
        """Values as growth is asked of them: flows by the day, since months are of 28 to 31 days."""
        if self.measure not in PER_DAY:
            return self.values
        pairs = zip(self.periods, self.values, strict=True)
        return [v / (following(p, unit) - p).days for p, v in pairs]


@dataclass(frozen=True)
class Counted:
    """series: in the order of platforms and measures. cohorts: platform, cohort, period, age, size, active; whole
    periods only. unknown: accounts that were active and that `parties` does not know, by platform."""

    series: list[Series]
    cohorts: pl.DataFrame
    cohorts_of: str
    unknown: dict[str, int]


def following(period: date, unit: str) -> date:
    """The first day of the period after."""
    if unit == "week":
        return period + 7 * DAY
    return date(period.year + period.month // 12, period.month % 12 + 1, 1)


def opening(day: date, unit: str) -> date:
    """The first day of the period in which a day lies."""
    return day - day.weekday() * DAY if unit == "week" else day.replace(day=1)


def count(desk: Opened, unit: str, day: date | None, offset: timedelta) -> Counted:
    """Count everything up to `day`; without it, up to the last day of each table and platform."""
    at = _Clock(unit, offset, day)
    series = [*_orders(desk, at), *_users(desk, at), *_newcomers(desk, at)]
    paid = _fees(desk, at)
    charged = {s.platform for s in paid}
    series = [s for s in series if s.measure != "revenue" or s.platform not in charged] + paid
    series.sort(key=lambda s: (s.platform, MEASURES.index(s.measure)))
    cohorts, of, unknown = _cohorts(desk, at)
    return Counted(series, cohorts, of, unknown)


@dataclass(frozen=True)
class _Clock:
    unit: str
    offset: timedelta
    day: date | None

    def periods(self, table: Table, moment: str = "occurred_at") -> Table:
        """A table with `period`, the local day that begins it, and `on`, the local day; without what is later."""
        import ibis

        local = table[moment] + ibis.interval(seconds=int(self.offset.total_seconds()))
        timed = table.mutate(period=local.truncate(self.unit[0].upper()).date(), on=local.date())
        return timed if self.day is None else timed.filter(timed.on <= ibis.literal(self.day))

    def known(self, desk: Opened, timed: Table) -> dict[str, tuple[date, date]]:
        """By platform the first and the last day of which a table tells.

        A day without a row may be a quiet one: as many days as the platform was ever silent between two rows, a week
        at the most, are taken to be so at either end. Up to `day`, where one was named, at the most.
        """
        days = desk.frame(timed.select("platform", "on").distinct()).sort("platform", "on")
        found = {}
        for (platform,), its in days.group_by(["platform"], maintain_order=True):
            on = its["on"].to_list()
            quiet = min(max(((b - a).days - 1 for a, b in pairwise(on)), default=0), QUIET_DAYS)
            last = on[-1] + quiet * DAY
            found[str(platform)] = (on[0] - quiet * DAY, min(last, self.day) if self.day is not None else last)
        return found

    def series(
        self, sums: pl.DataFrame, measure: str, basis: str, known: dict[str, tuple[date, date]], currency: str = ""
    ) -> list[Series]:
        """A series a platform, of `measure` in `sums`; a period without a row is 0."""
        made = []
        for (platform,), its in sums.group_by(["platform"], maintain_order=True):
            first, last = known[str(platform)]
            values = {p: float(v) for p, v in zip(its["period"], its[measure], strict=True) if v is not None}
            whole, at, edge = [], opening(min(values), self.unit), {}
            while at <= max(values):
                end = following(at, self.unit) - DAY
                if first <= at and end <= last:
                    whole.append(at)
                else:
                    edge[at] = values.get(at, 0.0)
                at = following(at, self.unit)
            before = next(((p, v) for p, v in edge.items() if not whole or p < whole[0]), None)
            after = next(((p, v) for p, v in edge.items() if whole and p > whole[-1]), None)
            money = str(its[currency][0]) if currency else ""
            made.append(Series(str(platform), measure, basis, whole, [values.get(p, 0.0) for p in whole], before,
                               after, money))  # fmt: skip
        return made


def _orders(desk: Opened, at: _Clock) -> list[Series]:
    """Orders, sellers at work, what buyers paid (or asked prices, where reductions are not known), and buyers."""
    if not desk.has("orders"):
        return []
    import ibis
    from ibis import _

    timed = at.periods(desk.table("orders"))
    paid = timed.gross_amount - timed[FUNDED[0]] - timed[FUNDED[1]] - timed[FUNDED[2]]
    sums = desk.frame(
        timed.mutate(paid=paid, order=ibis.coalesce(timed.order_id, timed.id))
        .group_by("platform", "period")
        .agg(orders=_.order.nunique(), sellers=_.seller.nunique(), users=_.buyer.nunique(), paid=_.paid.sum(),
             gross=_.gross_amount.sum(), unpriced=_.count() - _.paid.count(), currency=_.currency.max())
    ).sort("platform", "period")  # fmt: skip
    whole = pl.col("unpriced").sum().over("platform") == 0
    sums = sums.with_columns(revenue=pl.when(whole).then("paid").otherwise("gross"), whole=whole)
    known = at.known(desk, timed)
    made = [*at.series(sums, "orders", "orders", known), *at.series(sums, "sellers", "orders", known)]
    for told, basis in ((sums.filter("whole"), "paid"), (sums.filter(~pl.col("whole")), "gross")):
        made += at.series(told, "revenue", basis, known, "currency")
    if not desk.has("sign_ins"):
        made += at.series(sums.filter(pl.col("users") > 0), "users", "buyers", known)
    return made


def _customers(desk: Opened) -> Table:
    signed = desk.table("sign_ins")
    return signed.filter(signed.seller.isnull())


def _users(desk: Opened, at: _Clock) -> list[Series]:
    """Accounts of customers that signed in."""
    if not desk.has("sign_ins"):
        return []
    from ibis import _

    timed = at.periods(_customers(desk))
    sums = desk.frame(timed.group_by("platform", "period").agg(users=_.account.nunique()))
    return at.series(sums.sort("platform", "period"), "users", "sign_ins", at.known(desk, timed))


def _registered(desk: Opened) -> Table:
    parties = desk.table("parties")
    return parties.filter(parties.kind == "customer", parties.registered_at.notnull())


def _newcomers(desk: Opened, at: _Clock) -> list[Series]:
    """Customers that registered."""
    if not desk.has("parties"):
        return []
    from ibis import _

    timed = at.periods(_registered(desk), "registered_at")
    sums = desk.frame(timed.group_by("platform", "period").agg(newcomers=_.count())).sort("platform", "period")
    return at.series(sums, "newcomers", "registered", at.known(desk, timed)) if sums.height else []


def _fees(desk: Opened, at: _Clock) -> list[Series]:
    """Fees less refunds, in the period for which they are, or else when charged; penalties and deposits are none.

    What is charged later for a period is not there yet: a series ends with the last period of which a fee is on record.
    """
    if not desk.has("fees"):
        return []
    import ibis
    from ibis import _

    fees = desk.table("fees")
    fees = fees.filter(fees.kind.isin(["fee", "refund"]))
    charged = fees.mutate(
        moment=ibis.coalesce(fees.period_start, fees.occurred_at),
        income=ibis.ifelse(fees.kind == "fee", fees.amount, -fees.amount),
    )
    timed = at.periods(charged, "moment")
    sums = desk.frame(timed.group_by("platform", "period").agg(revenue=_.income.sum(), currency=_.currency.max())).sort(
        "platform", "period"
    )
    if not sums.height:
        return []
    told = at.periods(charged)  # by when charged: until then the table tells
    known = at.known(desk, told)
    begun = dict(sums.group_by("platform").agg(pl.col("period").min()).iter_rows())
    return at.series(sums, "revenue", "fees", {p: (begun[p], last) for p, (_, last) in known.items()}, "currency")


def _cohorts(desk: Opened, at: _Clock) -> tuple[pl.DataFrame, str, dict[str, int]]:
    """Who joined in a period, and how many of them were there in each later one."""
    import ibis
    from ibis import _

    active: Any
    if desk.has("sign_ins"):
        active = _customers(desk).select("platform", "occurred_at", account=_.account)
    elif desk.has("orders"):
        orders = desk.table("orders")
        active = orders.filter(orders.buyer.notnull()).select("platform", "occurred_at", account=_.buyer)
    else:
        return pl.DataFrame(), "", {}
    timed = at.periods(active)
    known = at.known(desk, timed)
    there = timed.select("platform", "account", "period").distinct()
    unknown: dict[str, int] = {}
    if of_parties := desk.has("parties"):
        joined = at.periods(_registered(desk), "registered_at").select("platform", account="id", cohort="period")
        strange = there.anti_join(joined, ["platform", "account"]).group_by("platform").agg(n=_.account.nunique())
        unknown = dict(desk.frame(strange).iter_rows())
    else:
        joined = there.group_by("platform", "account").agg(cohort=_.period.min())
    sizes = desk.frame(joined.group_by("platform", "cohort").agg(size=_.count()))
    both = there.inner_join(joined, ["platform", "account"]).filter(_.period >= _.cohort)
    seen = desk.frame(both.group_by("platform", "cohort", "period").agg(active=ibis._.account.nunique()))
    return _table(sizes, seen, known, at.unit, of_parties), "registered" if of_parties else "first_seen", unknown


def _table(
    sizes: pl.DataFrame, seen: pl.DataFrame, known: dict[str, tuple[date, date]], unit: str, of_parties: bool
) -> pl.DataFrame:
    """Every cohort and whole period, 0 where nobody came; whoever is first seen in the first period may be old."""
    counts = {(p, c, at): n for p, c, at, n in seen.select("platform", "cohort", "period", "active").iter_rows()}
    rows = []
    for platform, cohort, size in sizes.select("platform", "cohort", "size").sort("platform", "cohort").iter_rows():
        if platform not in known:
            continue
        first, last = known[platform]
        if cohort < first or (not of_parties and cohort <= opening(first, unit)):
            continue
        age, period = 0, cohort
        while following(period, unit) - DAY <= last:
            rows.append((platform, cohort, period, age, size, counts.get((platform, cohort, period), 0)))
            age, period = age + 1, following(period, unit)
    columns = {"platform": pl.String, "cohort": pl.Date, "period": pl.Date, "age": pl.Int64, "size": pl.Int64,
               "active": pl.Int64}  # fmt: skip
    return pl.DataFrame(rows, schema=columns, orient="row")
