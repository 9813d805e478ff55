"""Tenders of canteens and shops on the platforms, and who bids what in them.

Tables: `tenders` and `bids`. Each market has eight bidders, of whom four to seven bid in a tender; there are three or
four tenders a week. A bidder's cost is its own, and differs from tender to tender; it adds a markup.

A market has one plan in one quarter. Violations: those of a ring agree who is to win, at a price above the usual, and
the others of the ring bid a little above it, `covered` by all, or `covered_by_most`: two who stay out bid as they
would, in one tender of four. Look-alikes: `costs_rose` (all become dearer, the estimates stay), `standard_goods` (a
published price list brings bids together, and is dearer), `fewer_bid`, `one_is_better` (its costs fell: it wins by far)
and `price_war`.
Truth is the plan itself: a row a member of the ring (of a look-alike, a row a bidder); the subject is the bidder, the
object the market, the episode the quarter, the strength the rise of prices in per cent.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from guiju.twin.market import CITIES, DAY, DRY, HOUR, Clock, Flags, Ints, Market, Reals, named
from guiju.twin.plans import Quarter, grade
from guiju.twin.rivals import quarters
from guiju.twin.settling import Truth
from guiju.twin.tables import Names, Writer, exact, times

CHECK, RULE = "rigged_bids", "no_bid_rigging"
BIDDERS, OUT = 8, 2  # of a market; of these, who stay out of a ring of most
USUAL, SPREAD = 0.92, 0.07  # of the estimate: the mean of a bid, and its deviation
PLANTED = ("covered", "covered_by_most") * 4
ALIKE = ("costs_rose", "standard_goods", "fewer_bid", "one_is_better", "price_war")


class Bids(NamedTuple):
    """Arrays: of each tender its market, moment and estimate in fen; of each bid its tender, bidder and amount."""

    market: Ints
    at: Ints
    estimate: Ints
    tender: Ints
    bidder: Ints
    amount: Ints


def write(out: Path, market: Market, names: Names, rng: np.random.Generator, plants: bool) -> list[Truth]:
    """Both tables, and what is true of them."""
    clock, spans = market.clock, quarters(market.clock)
    kinds = [*PLANTED, *ALIKE]
    strengths = iter(rng.permutation([grade(i, len(PLANTED), 3, 25) for i in range(len(PLANTED))]))
    drawn = [(kind, float(next(strengths)) if kind in PLANTED else 12.0) for kind in kinds]
    plans = [
        Quarter(i, kind, *(spans[i % len(spans)] if spans else (-1, -1)), strength, kind in PLANTED)
        for i, (kind, strength) in enumerate(drawn)
    ]
    parts = [run(p, clock, rng, plants or not p.planted) for p in plans]
    write_tenders(out, names, together(parts))
    shown = [p for p in plans if p.first >= 0 and (plants or not p.planted)]
    return [true for p in shown for true in told(p, clock, market.platforms)]


def told(plan: Quarter, clock: Clock, platforms: tuple[str, ...]) -> list[Truth]:
    """A row for each who takes part."""
    begins, ends = clock.start + plan.first * DAY, clock.start + plan.last * DAY
    platform, kind = platforms[plan.market % len(platforms)], "violation" if plan.planted else "lookalike"
    part = BIDDERS - OUT if plan.pattern == "covered_by_most" else BIDDERS
    return [
        Truth(CHECK, kind, plan.pattern, platform, bidder_name(plan.market * BIDDERS + j), market_name(plan.market),
              begins, ends, plan.strength, RULE)
        for j in range(part)
    ]  # fmt: skip


def market_name(i: int) -> str:
    return f"{named(DRY, i)} by contract, {CITIES[i]}"


def bidder_name(i: int) -> str:
    return f"b{i:05d}"


def run(plan: Quarter, clock: Clock, rng: np.random.Generator, as_planned: bool) -> Bids:
    """All tenders of a market, first as everybody would bid, then as planned."""
    days = np.flatnonzero(rng.random(clock.days) < 0.5)
    n = len(days)
    estimate = np.rint(rng.lognormal(13.5, 0.5, n)).astype(np.int64) * 100
    takes_part = rng.random((n, BIDDERS)).argsort(axis=1) < rng.integers(4, 8, n)[:, None]
    share = USUAL + rng.normal(0, SPREAD, (n, BIDDERS)) + rng.normal(0, 0.02, n)[:, None]
    inside = (days >= plan.first) & (days < plan.last)
    if as_planned and plan.first >= 0:
        share, takes_part = happen(plan, share, takes_part, inside, rng)
    amount = np.rint(np.maximum(share, 0.2) * estimate[:, None]).astype(np.int64)
    tender, bidder = np.nonzero(takes_part)
    at = clock.start + days * DAY + rng.integers(9, 17, n) * HOUR
    return Bids(np.full(n, plan.market), at, estimate, tender, plan.market * BIDDERS + bidder, amount[tender, bidder])


def happen(plan: Quarter, share: Reals, part: Flags, inside: Flags, rng: np.random.Generator) -> tuple[Reals, Flags]:
    """The bids as shares of the estimate, and who bids, under the plan."""
    share, part, rise = share.copy(), part.copy(), 1 + plan.strength / 100
    if plan.planted:
        ring = BIDDERS - OUT if plan.pattern == "covered_by_most" else BIDDERS
        part[:, ring:] &= rng.random(part[:, ring:].shape) < 0.4
        usual = np.where(part, share, np.inf).min(axis=1)  # the price at which it would have gone
        for t in np.flatnonzero(inside):
            members = rng.permutation(np.flatnonzero(part[t, :ring]))
            if len(members) < 2:
                continue
            wins = (USUAL - SPREAD) * rise * rng.uniform(0.99, 1.01)
            share[t, members[0]] = max(wins, usual[t])
            share[t, members[1:]] = share[t, members[0]] * (1.025 + rng.uniform(0, 0.02, len(members) - 1))
    elif plan.pattern == "costs_rose":
        share[inside] *= rise
    elif plan.pattern == "standard_goods":
        share[inside] = (USUAL - SPREAD) * 1.1 + (share[inside] - USUAL) * 0.35
    elif plan.pattern == "fewer_bid":
        part[inside] &= rng.random(part[inside].shape) < 0.75
    elif plan.pattern == "one_is_better":
        share[inside, 0] -= 0.12
    else:
        share[inside] *= 1 / rise
    return share, part


def together(parts: list[Bids]) -> Bids:
    """All markets, their tenders in the order of time."""
    offsets = np.cumsum([0, *(len(p.at) for p in parts[:-1])])
    tender = np.concatenate([p.tender + offset for p, offset in zip(parts, offsets, strict=True)])
    of = {name: np.concatenate([getattr(p, name) for p in parts]) for name in Bids._fields if name != "tender"}
    order = np.argsort(of["at"], kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    at, bid = order, np.argsort(place[tender], kind="stable")
    ordered = {name: values[at if name in ("market", "at", "estimate") else bid] for name, values in of.items()}
    return Bids(tender=place[tender][bid], **ordered)


def write_tenders(out: Path, names: Names, all_: Bids) -> None:
    n, platform = len(all_.at), all_.market % len(names.platforms)
    known = pa.array([market_name(i) for i in range(int(all_.market.max()) + 1)])
    with Writer(out, "tenders") as writer:
        writer.add({
            "platform": names.platforms.take(pa.array(platform)),
            "id": pa.array([f"t{i:06d}" for i in range(n)]),
            "occurred_at": times(all_.at),
            "buyer": pa.array([f"canteen-{i % 40:02d}" for i in range(n)]),
            "market": known.take(pa.array(all_.market)),
            "currency": names.currency.take(pa.array(np.zeros(n, np.int64))),
            "estimate_amount": exact(all_.estimate, 2, 2),
        })  # fmt: skip
    with Writer(out, "bids") as writer:
        writer.add({
            "platform": names.platforms.take(pa.array(platform[all_.tender])),
            "id": pa.array([f"b{i:07d}" for i in range(len(all_.tender))]),
            "tender": pa.array([f"t{i:06d}" for i in all_.tender.tolist()]),
            "bidder": pa.array([bidder_name(i) for i in all_.bidder.tolist()]),
            "amount": exact(all_.amount, 2, 2),
        })  # fmt: skip
