"""On which devices the twin's customers and shops sign in, and whose buyers are the shop itself.

Nobody orders more for it: a shop's own buyers are chosen among those who bought there anyway. Truth is counted by the
rule's own definition from the sign-ins of every device on which a shop and a customer were seen.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from guiju.twin.market import DAY, HOUR, Ints, Market
from guiju.twin.plans import grade
from guiju.twin.settling import Truth
from guiju.twin.tables import Names, Writer, coded, numbered, times

RULE = "no_trades_with_oneself"
CHECK = "shared_device_trades"
DEVICE_DAYS, MIN_BUYERS, MIN_ORDERS, MIN_ORDERS_PCT, MIN_SIGN_IN_PCT, MAX_ACCOUNTS = 7, 5, 20, 60, 90, 50
MOST_CUSTOMERS = 4_000  # of a platform, among whom buyers are chosen
MOST_PLANTED = 14
HONEST = (
    "family_phone", "staff_seldom_buy", "internet_cafe", "neighbours_without_phones", "guests_with_phones",
    "staff_on_their_own_phones", "phone_passed_on",
)  # fmt: skip
AGAINST = ("one_device", "two_devices")


@dataclass
class Bought:
    """Orders of the customers among whom buyers are chosen, in the last 365 days: the first line of each."""

    seller: Ints
    buyer: Ints
    at: Ints
    usual: dict[int, list[int]] = field(default_factory=dict)  # of a shop: who buys mostly there, the most first
    others: dict[int, list[int]] = field(default_factory=dict)  # who buys there too

    @classmethod
    def read(cls, out: Path, market: Market) -> Bought:
        many = min(MOST_CUSTOMERS, market.per_platform)
        firsts = [p * market.per_platform for p in range(len(market.platforms))]
        buyer = pc.field("buyer")
        of = [(buyer >= f"c{first:09d}") & (buyer < f"c{first + many:09d}") for first in firsts]
        columns = ["seller", "buyer", "order_id", "occurred_at"]
        rows = pq.read_table(out / "orders.parquet", columns=columns, filters=reduce(or_, of))
        at = rows["occurred_at"].cast("int64").to_numpy()
        whose, who, order = (
            pc.utf8_slice_codeunits(rows[name].cast("string"), 1).cast("int64").to_numpy() for name in columns[:3]
        )
        first = np.unique(order, return_index=True)[1]
        first = first[at[first] >= market.clock.since]
        bought = cls(whose[first], who[first], at[first])
        bought.sort_out()
        return bought

    def sort_out(self) -> None:
        pair, n = np.unique(self.seller * 10**9 + self.buyer, return_counts=True)
        seller, buyer = np.divmod(pair, 10**9)
        total = np.bincount(self.buyer)[buyer] if buyer.size else n
        for place in np.lexsort((buyer, -n)):
            mostly = n[place] * 100 >= total[place] * MIN_ORDERS_PCT
            if mostly or n[place] >= 3:
                where = self.usual if mostly else self.others
                where.setdefault(int(seller[place]), []).append(int(buyer[place]))

    def of(self, buyer: int) -> list[tuple[int, int]]:
        """A buyer's orders: when, and where."""
        mine = np.flatnonzero(self.buyer == buyer)
        return [(int(self.at[i]), int(self.seller[i])) for i in mine]


@dataclass
class Seen:
    """Sign-ins in the making: (at, customer or -1, shop or -1, device)."""

    rows: list[tuple[int, int, int, int]] = field(default_factory=list)
    off_phone: set[int] = field(default_factory=set)  # who has no phone of their own
    orders: dict[int, list[tuple[int, int]]] = field(default_factory=dict)

    def shop(self, shop: int, device: int, begins: int, ends: int) -> None:
        self.rows += [(at, -1, shop, device) for at in range(begins, ends, 3 * DAY)]

    def buyers(self, bought: Bought, rng: np.random.Generator, who: list[int], device: int, since: int = 0) -> None:
        """Each signs in on the device before each order, from `since` on."""
        for buyer in who:
            self.orders[buyer] = bought.of(buyer)
            for at, _ in self.orders[buyer]:
                if at >= since:
                    self.rows.append((at - int(rng.integers(1, 3 * HOUR)), buyer, -1, device))


def write(out: Path, market: Market, names: Names, rng: np.random.Generator, plants: bool) -> list[Truth]:
    """The table `sign_ins`; which shops bought from themselves."""
    clock, bought, seen = market.clock, Bought.read(out, market), Seen()
    able = sorted(bought.usual, key=lambda shop: (-len(bought.usual[shop]), shop))
    patterns: dict[int, str] = {}
    free = max(0, len(able) - len(HONEST))
    planted = min(MOST_PLANTED, free)
    for place, shop in enumerate(able[: len(HONEST) + planted]):
        if place < len(HONEST):
            patterns[shop] = HONEST[place]
            _honest(seen, bought, rng, market, shop, HONEST[place])
        elif plants:
            patterns[shop] = AGAINST[place % len(AGAINST)]
            many = round(grade(place - len(HONEST), planted, 6, 40))
            _against(seen, bought, rng, market, shop, bought.usual[shop][:many], patterns[shop])
    for shop in range(market.sellers):  # the office's own device, which no customer uses
        seen.shop(shop, 10 * shop, clock.since + HOUR, clock.until)
    true = found(seen, market, patterns)
    assert all(t.pattern in AGAINST for t in true)
    _write(out, market, rng, seen)
    return true + [
        Truth(CHECK, "lookalike", pattern, market.platforms[int(market.platform[shop])], market.seller_name(shop), "",
              clock.since, clock.until, 0.0, RULE)
        for shop, pattern in patterns.items() if pattern in HONEST
    ]  # fmt: skip


def _honest(seen: Seen, bought: Bought, rng: np.random.Generator, market: Market, shop: int, pattern: str) -> None:
    """Customers on a device that a shop uses too, each for a reason of its own."""
    clock, device, who = market.clock, 10 * shop + 1, bought.usual[shop][:12]
    begins, ends = clock.since + HOUR, clock.until
    if pattern == "family_phone":
        who = who[: MIN_BUYERS - 2]
    elif pattern == "staff_seldom_buy":
        few = sorted(bought.usual[shop], key=lambda buyer: (len(bought.of(buyer)), buyer))[: MIN_BUYERS + 3]
        who = few if sum(len(bought.of(buyer)) for buyer in few) < MIN_ORDERS else few[: MIN_BUYERS - 1]
    elif pattern == "internet_cafe":
        guests = (bought.others.get(shop, []) + bought.usual[shop][12:])[:MAX_ACCOUNTS]
        who = who if len(guests) + len(who) > MAX_ACCOUNTS else who[: MIN_BUYERS - 1]
        for guest in guests:
            seen.rows.append((clock.since + int(rng.integers(0, 300)) * DAY, guest, -1, device))
    elif pattern == "neighbours_without_phones":
        who = bought.others.get(shop, [])[:12]
    elif pattern == "phone_passed_on":
        ends = clock.since + 20 * DAY
    if pattern == "staff_on_their_own_phones":
        for n, buyer in enumerate(who[:8]):
            seen.shop(shop, device + 1 + n, begins, ends)
            seen.buyers(bought, rng, [buyer], device + 1 + n)
            seen.off_phone.add(buyer)
        return
    seen.shop(shop, device, begins, ends)
    seen.buyers(bought, rng, who, device, clock.since + 40 * DAY if pattern == "phone_passed_on" else 0)
    if pattern == "guests_with_phones":
        for buyer in who:
            seen.rows += [(at, buyer, -1, 10**8 + buyer) for at, _ in bought.of(buyer)]
    else:
        seen.off_phone |= set(who)


def _against(
    seen: Seen, bought: Bought, rng: np.random.Generator, market: Market, shop: int, who: list[int], pattern: str
) -> None:
    """A shop's own buyers: on a device of its own, or by halves on two."""
    devices = [10 * shop + 1 + n for n in range(2 if pattern == "two_devices" and len(who) >= 2 * MIN_BUYERS else 1)]
    for n, device in enumerate(devices):
        seen.shop(shop, device, market.clock.since + HOUR, market.clock.until)
        seen.buyers(bought, rng, who[n :: len(devices)], device)
    seen.off_phone |= set(who)


def found(seen: Seen, market: Market, patterns: dict[int, str]) -> list[Truth]:
    """The rule's own definition, shop by shop and device by device."""
    clock, near = market.clock, DEVICE_DAYS * DAY
    rows = [row for row in seen.rows if clock.since <= row[0] < clock.until]
    accounts, shops = defaultdict[int, set[int]](set), defaultdict[tuple[int, int], list[int]](list)
    on, whole = defaultdict[tuple[int, int], list[int]](list), defaultdict[int, int](int)
    for at, customer, shop, device in rows:
        accounts[device].add(customer if shop < 0 else -2 - shop)
        if shop >= 0:
            shops[shop, device].append(at)
        else:
            on[customer, device].append(at)
            whole[customer] += 1
    for customer in whole:
        whole[customer] += customer not in seen.off_phone  # their own phone, once
    true = []
    for shop in sorted(patterns):
        own = {device for (s, device) in shops if s == shop and len(accounts[device]) <= MAX_ACCOUNTS}
        here = defaultdict[int, int](int)
        for (customer, device), moments in on.items():
            here[customer] += len(moments) * (device in own)
        captive = {c for c, n in here.items() if n and n * 100 >= whole[c] * MIN_SIGN_IN_PCT}
        captive = {c for c in captive if sum(s == shop for _, s in seen.orders[c]) * 100
                   >= len(seen.orders[c]) * MIN_ORDERS_PCT}  # fmt: skip
        counted = set[tuple[int, int]]()
        for device in own:
            linked = {
                (at, c) for c in captive for at, s in seen.orders[c]
                if s == shop and any(abs(at - t) <= near for t in on[c, device])
                and any(abs(at - t) <= near for t in shops[shop, device])
            }  # fmt: skip
            counted |= linked if len({c for _, c in linked}) >= MIN_BUYERS else set()
        if len(counted) >= MIN_ORDERS:
            platform, name = market.platforms[int(market.platform[shop])], market.seller_name(shop)
            moments = [at for at, _ in counted]
            true.append(Truth(CHECK, "violation", patterns[shop], platform, name, "", min(moments), max(moments),
                              float(len(counted)), RULE))  # fmt: skip
    return true


def _write(out: Path, market: Market, rng: np.random.Generator, seen: Seen) -> None:
    """Those made above, and every other customer once on a phone of their own, in the order of time."""
    clock = market.clock
    every = np.setdiff1d(np.arange(len(market.registered)), np.array(sorted(seen.off_phone), np.int64))
    begins = np.maximum(market.registered[every], clock.since)
    once = begins + (rng.random(every.size) * (clock.until - begins)).astype(np.int64)
    made = np.array(seen.rows, np.int64).reshape(-1, 4)
    at, customer = np.concatenate([once, made[:, 0]]), np.concatenate([every, made[:, 1]])
    shop = np.concatenate([np.full(every.size, -1), made[:, 2]])
    device = np.concatenate([10**8 + every, made[:, 3]])
    order = np.argsort(at, kind="stable")
    at, customer, shop, device = at[order], customer[order], shop[order], device[order]
    shops, works = pa.array([market.seller_name(s) for s in range(market.sellers)]), shop >= 0
    platform = np.where(works, market.platform[np.maximum(shop, 0)], np.maximum(customer, 0) // market.per_platform)
    columns: dict[str, Any] = {
        "platform": coded(platform, pa.array(market.platforms)),
        "id": numbered("g", np.arange(at.size)),
        "occurred_at": times(at),
        "account": pc.if_else(pa.array(works), coded(np.maximum(shop, 0), shops).cast("string"),
                              numbered("c", np.maximum(customer, 0))),
        "seller": coded(np.maximum(shop, 0), shops, works),
        "device": numbered("d", device),
    }  # fmt: skip
    with Writer(out, "sign_ins") as writer:
        writer.add(columns)
