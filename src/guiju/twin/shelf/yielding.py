"""What offers truly yield with all that is given beside: offer by offer, sum by sum, exit by exit."""

from __future__ import annotations

import math
from itertools import pairwise

from guiju.twin.settling import Truth
from guiju.twin.shelf.giving import AGAINST, ASKED, Gifts, Row
from guiju.twin.shelf.offering import Offers
from guiju.twin.shelf.parties import CEILINGS, Shelf

CHECK, RULE = "yields_over_ceiling", "no_yields_over_ceiling"
COUNTED = ("all", "newcomers")
MIN_HELD_DAYS, MIN_GIFT_FEN, MIN_CHANCE, MAX_EXCESS = 90, 50_00, 100, 0.01  # chances in hundredths of a per cent
LEAP_DAYS = 2


def settle(shelf: Shelf, offers: Offers, gifts: Gifts) -> list[Truth]:
    """Every offer that pays more than the ceiling at some time, and the planned ones that do not."""
    true: list[Truth] = []
    given: dict[str, list[Row]] = {}
    for row in gifts.incentives:
        given.setdefault(str(row["offer"]), []).append(row)
    leaves: dict[str, list[Row]] = {}
    for row in gifts.exits:
        leaves.setdefault(str(row["offer"]), []).append(row)
    for offer in range(offers.size):
        begins = max(int(offers.valid_from[offer]), shelf.clock.since)
        ends = min(int(offers.valid_to[offer]), shelf.clock.until)
        if int(offers.term[offer]) not in ASKED or begins >= ends:
            continue
        name, pattern = offers.name(offer), gifts.planned.get(offer, "by_chance")
        over = _over(offers, offer, given.get(name, []), leaves.get(name, []), begins, ends)
        where = (shelf.channels[int(offers.channel[offer])], shelf.names[int(offers.bank[offer])], name)
        if over:
            first, last = min(at for at, _, _ in over), max(until for _, until, _ in over)
            most = max(excess for _, _, excess in over)
            true.append(Truth(CHECK, "violation", pattern, *where, first, last, most, RULE))
        elif pattern != "by_chance":
            assert pattern not in AGAINST, f"{name}: {pattern}"
            true.append(Truth(CHECK, "lookalike", pattern, *where, begins, ends, 0.0, RULE))
    return true


def _over(offers: Offers, offer: int, given: list[Row], leaves: list[Row], begins: int, ends: int
          ) -> list[tuple[int, int, float]]:  # fmt: skip
    """Stretches in which it pays too much: from, until, by how many hundredths of a point."""
    counted = [row for row in given if counts(row)]
    moments = {int(str(row[c])) for row in counted for c in ("valid_from", "valid_to")}
    cuts = sorted({begins, ends} | {at for at in moments if begins < at < ends})
    ceiling = CEILINGS[int(offers.term[offer])]
    found = []
    for at, until in pairwise(cuts):
        current = [r for r in counted if int(str(r["valid_from"])) <= at < int(str(r["valid_to"]))]
        most = max(_rates(offers, offer, current, leaves))
        if most > ceiling + MAX_EXCESS + 1e-7:
            found.append((at, until, (most - ceiling) * 100))
    return found


def counts(row: Row) -> bool:
    """Whether it is for everybody or newcomers, and no trifle or long shot."""
    small = row["kind"] == "gift" and row["funded_by"] == "bank" and int(str(row["amount"])) < MIN_GIFT_FEN
    unlikely = row["kind"] == "prize" and int(str(row["chance_pct"])) < MIN_CHANCE
    return row["for_whom"] in COUNTED and not small and not unlikely


def _rates(offers: Offers, offer: int, current: list[Row], leaves: list[Row]) -> list[float]:
    """The nominal rate that equals each way: of every sum at which something begins, and every day to leave."""
    least = int(offers.least[offer])
    sums = {least} | {max(int(str(row["on_amount"])), least) for row in current}
    matures = int(offers.term[offer]) * 365 / 12
    steps = sorted((int(str(row["held_days"])), int(str(row["rate_pct"])) / 100) for row in leaves)
    exits = [(matures, int(offers.rate[offer]) / 1000, True)]
    for place, (held, rate) in enumerate(steps):
        until = steps[place + 1][0] if place + 1 < len(steps) else math.inf
        needed = [int(str(row["held_days"])) for row in current if row.get("held_days") is not None]
        days = {max(held, MIN_HELD_DAYS)} | {d for d in needed if d >= max(held, MIN_HELD_DAYS)}
        exits += [(float(d), rate, False) for d in days if d < min(until, matures)]
    return [_rate(principal, days, rate, whole, current) for principal in sums for days, rate, whole in exits]


def _rate(principal: int, held: float, rate: float, whole: bool, current: list[Row]) -> float:
    """The yield by bisection, as the rate of a plain deposit held as long."""
    days = max(held, float(MIN_HELD_DAYS))
    flows = [(days, principal * (1 + rate / 100 * held / 365))]
    for row in current:
        needs = row.get("held_days")
        if int(str(row["on_amount"])) <= principal and (needs is None or int(str(needs)) <= held + LEAP_DAYS * whole):
            chance = int(str(row["chance_pct"])) / 10_000 if row["kind"] == "prize" else 1.0
            paid = row.get("paid_days")
            flows.append((days if paid is None else float(str(paid)), int(str(row["amount"])) * chance))
    low, high = -0.9, 10.0
    for _ in range(100):
        middle = (low + high) / 2
        worth = sum(amount * (1 + middle) ** (-day / 365) for day, amount in flows)
        low, high = (middle, high) if worth > principal else (low, middle)
    return float(((1 + low) ** (days / 365) - 1) * 365 / days * 100)
