"""Which of the twin's goods need a licence, and who of its merchants had one when they sold them.

Truth is counted from the order lines of the last 365 days.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from guiju.twin.market import DAY, DRY, FRESH, HOUR, PER_SELLER, SEASONAL, Flags, Ints, Market
from guiju.twin.plans import grade
from guiju.twin.settling import Truth
from guiju.twin.tables import Names, write_rows

RULE = "no_sales_without_licence"
CHECK = "unlicensed_sellers"
KIND = "food_trade"
NO_FOOD = {"detergents", "tissue", "kitchenware", "socks", "towels", "batteries", "pet_food", "toothpaste", "candles",
           "umbrellas", "stationery"}  # fmt: skip
FOOD = ({*FRESH, *DRY, SEASONAL}) - NO_FOOD
LEAST_LINES = 5
MOST_SELLERS = 40
HONEST = ("renewed_under_extension", "branch_of_head_office", "known_late", "few_lines", "requirement_ended")
AGAINST = ("no_licence", "expired", "revoked", "sold_before_it", "gap_in_renewal")
Row = dict[str, object]


def write(out: Path, market: Market, names: Names, rng: np.random.Generator, plants: bool) -> list[Truth]:
    """The tables `requirements` and `licences`; which shops sold without one."""
    clock = market.clock
    needs = np.array([_stem(category) in FOOD for category in market.category])
    with_food = np.flatnonzero(needs.reshape(-1, PER_SELLER).any(axis=1))
    chosen = with_food[: min(MOST_SELLERS, len(with_food))]
    lines = _lines(out, market, chosen, needs)
    licences: list[Row] = []
    true: list[Truth] = []
    planted = max(1, (len(chosen) - len(HONEST)) // 2)
    for place, seller in enumerate(int(s) for s in with_food):
        pattern, strength, at = "", 0.0, lines.get(seller, np.zeros(0, np.int64))
        if place < len(HONEST):
            pattern = HONEST[place]
        elif plants and place < len(HONEST) + planted:
            pattern = AGAINST[(place - len(HONEST)) % len(AGAINST)]
            strength = grade(place - len(HONEST), planted, 0.03, 0.9)
        begun = int(market.joined[seller]) - 30 * DAY
        own = _licences(pattern, strength, begun, clock.since, clock.until, at)
        platform, name = market.platforms[int(market.platform[seller])], market.seller_name(seller)
        for row in own:
            licences.append({"platform": platform, "seller": name, "holder": name, "kind": KIND} | row)
        bare = at[uncovered(at, own)]
        if bare.size >= LEAST_LINES:
            share = bare.size / at.size * 100
            true.append(Truth(CHECK, "violation", pattern, platform, name, KIND, int(bare[0]), int(bare[-1]), share,
                              RULE))  # fmt: skip
        elif pattern in HONEST:
            true.append(Truth(CHECK, "lookalike", pattern, platform, name, KIND, clock.since, clock.until, 0.0, RULE))
    assert all(t.pattern in AGAINST for t in true if t.kind == "violation")
    for seller in sorted({*range(market.sellers)} - {*with_food.tolist()})[:5]:
        platform, name = market.platforms[int(market.platform[seller])], market.seller_name(seller)
        true.append(Truth(CHECK, "lookalike", "no_licence_needed", platform, name, KIND, clock.since, clock.until, 0.0,
                          RULE))  # fmt: skip
    for number, row in enumerate(licences):
        row["id"] = f"n{number:05d}"
    write_rows(out, "licences", licences)
    write_rows(out, "requirements", _requirements(market, needs))
    return true


def _stem(category: str) -> str:
    """A category's name without its number."""
    head, _, tail = category.rpartition("_")
    return head if tail.isdigit() else category


def _lines(out: Path, market: Market, chosen: Ints, needs: Flags) -> dict[int, Ints]:
    """Of each chosen shop the moments of the lines that need a licence, in the last 365 days, in order."""
    wanted = [market.seller_name(int(s)) for s in chosen]
    rows = pq.read_table(
        out / "orders.parquet", columns=["seller", "product", "occurred_at"], filters=pc.field("seller").isin(wanted)
    )
    digits = pc.utf8_slice_codeunits(rows["product"].cast("string"), 1)
    product = digits.cast("int64").to_numpy()
    at = rows["occurred_at"].cast("int64").to_numpy()
    kept = needs[product] & (at >= market.clock.since)
    product, at = product[kept], at[kept]
    return {int(s): np.sort(at[product // PER_SELLER == s]) for s in chosen}


def _licences(pattern: str, strength: float, begun: int, since: int, until: int, at: Ints) -> list[Row]:
    """A shop's licences; `strength` is about the share of the year it goes without."""
    whole: Row = {"valid_from": begun, "valid_to": until + 400 * DAY, "known_at": begun + DAY}
    middle, gone = since + (until - since) // 2, int(strength * (until - since))
    if pattern == "no_licence":
        return []
    if pattern == "expired":
        return [whole | {"valid_to": until - gone}]
    if pattern == "revoked":
        return [whole | {"revoked_at": until - gone}]
    if pattern == "sold_before_it":
        return [whole | {"valid_from": since + gone, "known_at": since + gone}]
    if pattern == "gap_in_renewal":
        start = since + (until - since - gone) // 2
        return [whole | {"valid_to": start}, whole | {"valid_from": start + gone, "known_at": start + gone}]
    if pattern == "renewed_under_extension":
        new = whole | {"valid_from": middle + 40 * DAY, "known_at": middle + 41 * DAY}
        return [whole | {"valid_to": middle, "extended_to": middle + 40 * DAY}, new]
    if pattern == "branch_of_head_office":
        return [whole | {"holder": "head-office-7"}]
    if pattern == "known_late":
        return [whole | {"known_at": until + 30 * DAY}]
    if pattern == "few_lines" and at.size > 2 * LEAST_LINES:
        start = int(at[at.size // 2])
        first = int(np.searchsorted(at, start))  # lines of one order have one moment
        end = int(at[min(first + LEAST_LINES - 1, at.size - 1)])  # under the new licence again
        return [whole | {"valid_to": start}, whole | {"valid_from": end, "known_at": end}]
    return [whole]


def uncovered(at: Ints, licences: list[Row]) -> Flags:
    """Which moments no licence covers."""
    bare = np.ones(at.size, bool)
    for row in licences:
        ends = max(int(str(row["valid_to"])), int(str(row.get("extended_to") or 0)))
        ends = min(ends, int(str(row.get("revoked_at") or ends)))
        bare &= (at < int(str(row["valid_from"]))) | (at >= ends)
    return bare


def _requirements(market: Market, needs: Flags) -> list[Row]:
    """What needs a licence, on every platform; goods that once did; and goods that will."""
    food = sorted({c for c, need in zip(market.category, needs, strict=True) if need})
    rest = sorted({*market.category} - {*food})
    begun, long_ago, clock = market.clock.start - 3000 * DAY, market.clock.start - 4000 * DAY, market.clock
    rows: list[Row] = []
    for platform in market.platforms:
        rows += [{"platform": platform, "category": c, "valid_from": begun} for c in food]
        rows += [{"platform": platform, "category": c, "valid_from": long_ago, "valid_to": begun} for c in rest[:3]]
        rows += [{"platform": platform, "category": c, "valid_from": clock.until + HOUR} for c in rest[3:6]]
    return [row | {"id": f"q{i:05d}", "licence": KIND, "source": "list of the authority"} for i, row in enumerate(rows)]
