"""A network out of records: every member in one order, with what joining cost, what it earned and by what."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from guiju.audit.opened import Opened
from guiju.checks.network import _lines, _pay
from guiju.checks.network._lines import WHO
from guiju.market.network.forest import Forest, Ints, forest
from guiju.records import tables
from guiju.records.errors import BadInput
from guiju.rulebook import NotInForce, rules

if TYPE_CHECKING:
    from ibis import Table

TABLES = ("recruitments", "commissions", "orders")
RULES = (
    "no_pay_by_headcount", "no_paid_entry_to_recruit", "no_team_pay_on_members_purchases",
    "no_pyramid_of_thirty_in_three_levels",
)  # fmt: skip
UNKNOWN = -1  # of a sum in cents that is not known
BOOKED = ("platform", "member", "caused_by", "cause", "occurred_at", "amount", "is_member")  # of a commission
EARNED = ("recruit", "purchase", "retail", "counted", "earned")
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Pay:
    """What members earn where `causes` count as recruiting: sums in cents, of the window; `earned` of all time.

    reached: whom such pay reaches. head_depth: how deep in its line the head of its scheme stands; scheme: which one it
    is, a place in `Network.schemes`; -1 for both where no pay reaches. over: the most levels it was paid over.
    """

    causes: str
    sums: dict[str, Ints]
    reached: Bools
    head_depth: Ints
    scheme: Ints
    over: Ints


@dataclass(frozen=True)
class Network:
    """All members in the forest's order. entry, worth: cents, `UNKNOWN` where a part is not known.

    number: which joining it was, counted from 1 in order of time. person, organiser: codes, the latter -1 where none is
    named. pays: by causes, as the rules name them; limits: of every rule in force on `day`. cut: joinings that could be
    no part of a line, by why.
    """

    day: date
    since: date
    forest: Forest
    platform: pl.Series
    member: pl.Series
    currency: pl.Series
    number: Ints
    person: Ints
    organiser: Ints
    organisers: list[str]
    entry: Ints
    worth: Ints
    schemes: list[str]
    pays: dict[str, Pay]
    limits: dict[str, dict[str, Any]]
    cut: dict[str, int]
    set_aside: dict[str, int]

    @property
    def members(self) -> int:
        return int(self.number.size)


def of_desk(desk: Opened, day: date | None = None) -> Network:
    """The network as the records show it at the end of local day `day`, the last on record unless given.

    Raises BadInput where there is none, or no rule was in force yet.
    """
    for name in TABLES[:2]:
        desk.need(name, "a network")
    last = day or _last(desk)
    limits = _limits(last)
    first = min(rules()[name].first_day(last) for name in limits)
    rule = rules()[next(iter(limits))]
    since, until = rule.instant(first), rule.instant(last + timedelta(days=1))
    recruitments, commissions, orders = (_past(desk, name, until) for name in TABLES)
    rows = desk.engine.keep(_lines.joinings(recruitments))
    members = _driven(desk, _lines.lines(rows))
    cut = dict(desk.frame(_lines.account(rows, members)).drop_nulls("unanswered").iter_rows())
    table = _members(desk, members)
    if not table.height:
        raise BadInput(f"nobody had joined by {last}: name a later day", f"到 {last} 还没有人加入：请选更晚的日子")
    ups = table["up_row"].fill_null(-1).cast(pl.Int64).to_numpy()
    made = forest(ups)
    table = table[made.order]
    booked = desk.engine.keep(_pay.by_cause(commissions, members, orders).select(*BOOKED))
    organisers = table["organiser"].drop_nulls().unique().sort().to_list()
    organiser = _codes(table["organiser"], organisers)
    schemes = [*organisers]
    asked = {str(its["causes"]): int(its["max_levels"]) for its in limits.values()}  # of several rules one question
    climbed = _climbed(desk, booked, list(asked), table, made)
    pays = {
        causes: _paid(desk, booked, climbed, causes, most, since, table, made, organiser, schemes)
        for causes, most in asked.items()
    }
    return Network(
        last, first, made, table["platform"], table["member"], table["currency"],
        table["row"].cast(pl.Int64).to_numpy() + 1,
        table["person"].fill_null(table["member"]).rank("dense").cast(pl.Int64).to_numpy(), organiser, organisers,
        _cents(table["entry"]), _cents(table["worth"]), schemes, pays, limits, cut, desk.set_aside(),
    )  # fmt: skip


def _limits(day: date) -> dict[str, dict[str, Any]]:
    found = {}
    for name in RULES:
        try:
            found[name] = rules()[name].limits_on(day)
        except NotInForce:
            continue
    if not found:
        raise BadInput(
            f"no rule on networks was in force on {day}: name a later day",
            f"{day} 还没有关于层级网络的规则：请选更晚的日子",
        )
    return found


def _last(desk: Opened) -> date:
    moments = [t.last for name, t in desk.staged.tables.items() if name in TABLES and t.last is not None]
    return max(moments).replace(tzinfo=UTC).astimezone(desk.zone).date()


def _past(desk: Opened, name: str, until: datetime) -> Table:
    import ibis

    if not desk.has(name):
        return desk.engine.put(tables()[name].schema.to_pyarrow().empty_table())
    table = desk.table(name)
    return table.filter(table.occurred_at < ibis.literal(until, "timestamp(6)"))


def _driven(desk: Opened, asked: Generator[Table, Table, Any]) -> Any:
    """The end of a question that yields what is worth computing once."""
    try:
        step = next(asked)
        while True:
            step = asked.send(desk.engine.keep(step))
    except StopIteration as end:
        return end.value


def _members(desk: Opened, members: Table) -> pl.DataFrame:
    """A row a member, in order of joining (`row`), with the row of its recruiter where it has one."""
    from ibis import _

    asked = members.select(
        *WHO, "occurred_at", "id", "up", "person", "organiser", "currency",
        entry=(_.entry_fee_amount + _.pack_amount), worth="pack_market_amount",
    )  # fmt: skip
    table = _fetched(desk, asked).sort("occurred_at", "platform", "id").with_row_index("row")
    above = table.select("platform", up="member", up_row="row")
    return table.join(above, on=["platform", "up"], how="left", maintain_order="left")


def _fetched(desk: Opened, asked: Table) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(desk.engine.fetch(asked)))


def _paid(
    desk: Opened, booked: Table, climbed: Climbed, causes: str, most: int, since: datetime, table: pl.DataFrame,
    made: Forest, organiser: Ints, schemes: list[str],
) -> Pay:  # fmt: skip
    """Pay by member, where `causes` count as recruiting; adds the heads of schemes without organiser to `schemes`."""
    import ibis
    from ibis import _

    asked = _pay.named(causes)
    inside, linked_up = _reached(climbed, asked, most, made)
    pay = _pay.judged(booked, climbed.met.filter(_.level <= most), asked)
    now = _.occurred_at >= ibis.literal(since, "timestamp(6)")

    def of(*causes: str) -> Any:
        return _.amount.sum(where=now & _.cause.isin(causes)).fill_null(0)

    sums = pay.filter(_.why.isnull()).group_by(WHO).agg(
        recruit=of(*_pay.RECRUITING), purchase=of("member_purchase"), retail=of(*_pay.OUTSIDE),
        counted=_.amount.sum(where=now & _.counts & (_.cause != "own_purchase")).fill_null(0), earned=_.amount.sum(),
        over=_.over.max(where=_.counts),
    )  # fmt: skip
    earned = table.select(WHO).join(_fetched(desk, sums), on=WHO, how="left", maintain_order="left")
    head = _heads(made, inside, linked_up)
    scheme = np.where(inside, organiser, -1)
    alone = inside & (organiser < 0)
    its, codes = np.unique(head[alone], return_inverse=True)
    scheme[alone] = len(schemes) + codes
    schemes += table["member"][its].to_list()
    return Pay(
        causes, {name: _cents(earned[name].fill_null(0)) for name in EARNED}, inside,
        np.where(inside, made.depth[head], -1), scheme,
        earned["over"].fill_null(0).cast(pl.Int64).to_numpy(),
    )  # fmt: skip


@dataclass(frozen=True)
class Climbed:
    """Who was paid for whom below: `met` as `_pay.levels` has it, however many levels; and by cause their places."""

    met: Table
    cause: pl.Series
    top: Ints
    low: Ints
    over: Ints


def _climbed(desk: Opened, booked: Table, causes: list[str], table: pl.DataFrame, made: Forest) -> Climbed:
    """What `_pay.levels` climbs for, a join a level, read off the places in the forest."""
    every = sorted({cause for its in causes for cause in _pay.named(its)})
    who = table.select(WHO).with_row_index("top").with_columns(pl.col("top").cast(pl.Int64))
    below = who.rename({"member": "caused_by", "top": "low"})
    paid = _fetched(desk, _pay.paid(booked, every).select(*_pay.PAIR, "cause").distinct())
    placed = paid.join(who, on=WHO).join(below, on=["platform", "caused_by"])
    top, low = placed["top"].to_numpy(), placed["low"].to_numpy()
    placed = placed.filter(pl.Series((top < low) & (low < top + made.size[top])))
    top, low = placed["top"].to_numpy(), placed["low"].to_numpy()
    over = made.depth[low] - made.depth[top]
    met = placed.select(*_pay.PAIR, level=pl.Series(over, dtype=pl.Int64)).unique(maintain_order=True)
    return Climbed(desk.engine.put(met.to_arrow()), placed["cause"], top, low, over)


def _reached(climbed: Climbed, asked: list[str], most: int, made: Forest) -> tuple[Bools, Bools]:
    """What `_pay.linked` tells: whom pay reaches, and who of them is linked to its recruiter.

    Linked is for whom somebody was paid, and who stands between: of each pay one is counted at the recruiter of whom it
    was for, and one less at who was paid, so that among those below somebody more are left where pay passed across.
    """
    its = climbed.cause.is_in(asked).to_numpy() & (climbed.over <= most)
    top, low = climbed.top[its], climbed.low[its]
    change = np.zeros(made.up.size + 1, np.int64)
    np.add.at(change, made.up[low] + 1, 1)
    np.add.at(change, top + 1, -1)
    before = np.cumsum(change)
    linked = before[np.arange(made.up.size) + made.size] > before[:-1]
    linked[low] = True
    inside = linked.copy()
    inside[top] = True
    return inside, linked & (made.up >= 0)


def _heads(made: Forest, inside: Bools, linked_up: Bools) -> Ints:
    """The place of the head of each one's scheme: as far up as everybody between is linked to its recruiter."""
    at = np.where(inside & linked_up & (made.up >= 0), made.up, np.arange(made.up.size))
    while True:  # twice as far each time
        further = at[at]
        if (further == at).all():
            return np.asarray(at)
        at = further


def _codes(column: pl.Series, known: list[str]) -> Ints:
    codes = pl.DataFrame({"name": known, "code": range(len(known))}, schema={"name": pl.String, "code": pl.Int64})
    told = column.to_frame("name").join(codes, on="name", how="left", maintain_order="left")
    return told["code"].fill_null(-1).to_numpy()


def _cents(column: pl.Series) -> Ints:
    return (column.cast(pl.Decimal(38, 2)) * 100).cast(pl.Int64).fill_null(UNKNOWN).to_numpy()
