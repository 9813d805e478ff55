"""The teams' tables as Parquet, some hundred thousand rows at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from guiju.twin.market import Flags, Ints
from guiju.twin.tables import ROWS_A_GROUP, Writer, exact, numbered, times
from guiju.twin.teams.funding import KINDS, Flows
from guiju.twin.teams.growing import NOBODY, Members
from guiju.twin.teams.paying import CAUSES, Pay
from guiju.twin.teams.plans import PLATFORM
from guiju.twin.teams.settling import subject_of
from guiju.twin.teams.trading import PACK, Lines

SHOP = "brand01"  # what members sell and buy is the brand's


def write_recruitments(out: Path, members: Members, lines: Lines) -> None:
    """A row a member."""
    n = len(members.team)
    plans = [team.plan for team in members.teams]
    pack_of = np.full(n, NOBODY, np.int64)
    packs = lines.of(PACK)
    pack_of[lines.member[packs]] = packs
    organisers = pa.array([team.organiser for team in members.teams])
    money = {name: np.array([getattr(p, field) for p in plans]) for name, field in
             (("entry_fee_amount", "fee"), ("pack_amount", "pack"), ("pack_market_amount", "pack_worth"))}  # fmt: skip
    with Writer(out, "recruitments") as writer:
        for its in _parts(n):
            team = members.team[its]
            writer.add(_same(len(its)) | {name: exact(fen[team], 2, 2) for name, fen in money.items()} | {
                "id": numbered("j", its), "occurred_at": times(members.joined[its]), "member": numbered("m", its),
                "person": numbered("h", members.person[its]), "recruiter": _named("m", members.recruiter[its]),
                "organiser": organisers.take(pa.array(team)), "order_line": _named("o", pack_of[its]),
            })  # fmt: skip


def write_orders(out: Path, lines: Lines) -> None:
    """A row an order line; outsiders are customers, each of one line."""
    with Writer(out, "orders") as writer:
        for its in _parts(len(lines.kind)):
            buyer = lines.buyer[its]
            who = pa.compute.if_else(pa.array(buyer == NOBODY), numbered("c", its), numbered("m", np.maximum(buyer, 0)))
            nothing = {name: pa.nulls(len(its), pa.string()) for name in ("region", "channel", "campaign", "device")}
            zero = exact(np.zeros(len(its), np.int64), 2, 2)
            writer.add(_same(len(its)) | nothing | {
                "id": numbered("o", its), "order_id": numbered("o", its), "occurred_at": times(lines.at[its]),
                "seller": _words([SHOP], np.zeros(len(its), np.int64)), "buyer": who,
                "product": _words(["goods", "goods", "pack"], lines.kind[its]),
                "quantity": exact(np.ones(len(its), np.int64), 0, 3), "gross_amount": exact(lines.amount[its], 2, 2),
                **{f"{part}_amount": zero for part in ("seller_funded", "platform_funded", "third_party_funded",
                                                       "undisclosed", "coupon", "newcomer")},
            })  # fmt: skip


def write_commissions(out: Path, paid: Pay) -> None:
    """A row a commission, by the cause it was booked under."""
    with Writer(out, "commissions") as writer:
        for its in _parts(len(paid.member)):
            by_joining = paid.level[its] > 0
            by_joining &= paid.cause[its] == 0
            joined = np.where(by_joining, paid.caused_by[its], NOBODY)
            writer.add(_same(len(its)) | {
                "id": numbered("k", its), "occurred_at": times(paid.at[its]), "member": numbered("m", paid.member[its]),
                "cause": _words(list(CAUSES), paid.booked[its]), "caused_by": numbered("m", paid.caused_by[its]),
                "level": pa.array(paid.level[its]), "order_line": _named("o", paid.line[its]),
                "recruitment": _named("j", joined),
                "amount": exact(paid.amount[its], 2, 2), "base_amount": exact(paid.base[its], 2, 2),
            })  # fmt: skip


def write_flows(out: Path, members: Members, flows: Flows) -> None:
    """A row a flow, team by team."""
    whose = [subject_of(members, team) for team in range(len(members.teams))]
    with Writer(out, "cash_flows") as writer:
        for its in _parts(len(flows.team)):
            writer.add(_same(len(its)) | {
                "id": numbered("f", its), "occurred_at": times(flows.at[its]),
                "organiser": _words(whose, flows.team[its]), "kind": _words(list(KINDS), flows.kind[its]),
                "counterparty": _named("m", flows.member[its]), "amount": exact(flows.amount[its], 2, 2),
                "balance_amount": exact(flows.balance[its], 2, 2),
            })  # fmt: skip


def _parts(n: int) -> list[Ints]:
    return [np.arange(first, min(first + ROWS_A_GROUP, n)) for first in range(0, n, ROWS_A_GROUP)]


def _words(words: list[str], codes: Ints) -> pa.Array:
    return pa.array(words).take(pa.array(codes))


def _named(letter: str, values: Ints) -> pa.Array:
    known: Flags = values != NOBODY
    return pa.compute.if_else(pa.array(known), numbered(letter, np.maximum(values, 0)), None)


def _same(n: int) -> dict[str, pa.Array]:
    codes = np.zeros(n, np.int64)
    return {"platform": _words([PLATFORM], codes), "currency": _words(["CNY"], codes)}
