"""The platform's files in the making: what was decided, held, given back, answered; and what it did to accounts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from guiju.twin.desk.driving import MINUTE, Agency, Trips
from guiju.twin.fleet import PLATFORM
from guiju.twin.market import DAY, HOUR, Clock

Row = dict[str, Any]
Move = tuple[int, str, int, str | None, str | None]  # when, why, fen, the hold, the order
TOLD = ("told_rule", "told_facts", "told_until", "told_appeal")
RULES = ("directed_orders", "trips_reported_on_the_spot", "voucher_arbitrage", "late_ends")
HOLD_DAYS = 3  # how long an honest hold lasts undecided
PROMISED_DAYS = 3  # until when the platform's terms promise an answer
CUSHION = 600_00  # fen that every account keeps, if nothing else is planned


@dataclass
class Files:
    """Rows of the tables, and each driver's movements of money in the order made."""

    clock: Clock
    trips: Trips
    agency_of: list[Agency | None]
    home: np.ndarray
    rng: np.random.Generator
    decisions: list[Row] = field(default_factory=list)
    holds: list[Row] = field(default_factory=list)
    steps: list[Row] = field(default_factory=list)
    appeals: list[Row] = field(default_factory=list)
    stops: list[Row] = field(default_factory=list)
    moves: dict[int, list[Move]] = field(default_factory=lambda: defaultdict(list))
    used: set[int] = field(default_factory=set)  # trips decided about

    def moment(self, first_day: int, last_day: int) -> int:
        """A minute of the daytime of one of these local days."""
        day = int(self.rng.integers(first_day, last_day + 1))
        return self.clock.start + day * DAY + int(self.rng.integers(9 * 60, 20 * 60)) * MINUTE

    def decide(self, driver: int, at: int, kind: str = "hold", trip: int = -1, **told: Any) -> Row:
        """A decision, properly told an hour later unless said otherwise."""
        agency = self.agency_of[driver]
        row: Row = {
            "platform": PLATFORM, "id": f"x{len(self.decisions):07d}", "occurred_at": at, "party": f"d{driver:06d}",
            "agency": agency.name if agency else None, "region": str(self.home[driver]), "kind": kind,
            "order_id": f"t{trip:09d}" if trip >= 0 else None, "rule": RULES[int(self.rng.integers(0, len(RULES)))],
            "automated": "yes", "told_at": at + HOUR, **dict.fromkeys(TOLD, "yes"), **told,
        }  # fmt: skip
        self.decisions.append(row)
        return row

    def hold(self, driver: int, decision: Row | None, at: int, amount: int, disputed: int, **other: Any) -> Row:
        """Money set aside, and taken from the account; the dispute is the decision's order if none is given."""
        name = f"h{len(self.holds):07d}"
        dispute = decision["order_id"] if decision and decision["order_id"] else f"m{driver:06d}"
        row: Row = {
            "platform": PLATFORM, "id": name, "occurred_at": at, "party": f"d{driver:06d}",
            "decision": decision["id"] if decision else None, "dispute": dispute, "currency": "CNY", "amount": amount,
            "disputed_amount": disputed, "expires_at": at + HOLD_DAYS * DAY, **other,
        }  # fmt: skip
        self.holds.append(row)
        self.moves[driver].append((at, "hold", -amount, name, decision["order_id"] if decision else None))
        return row

    def step(self, driver: int, hold: Row, at: int, kind: str, amount: int) -> None:
        """A part of a hold given back or taken; only what is given back moves money of the party's."""
        self.steps.append({
            "platform": PLATFORM, "id": f"k{len(self.steps):07d}", "occurred_at": at, "hold": hold["id"],
            "kind": kind, "currency": hold["currency"], "amount": amount,
        })  # fmt: skip
        if kind == "released":
            self.moves[driver].append((at, "release", amount, hold["id"], None))

    def appeal(self, driver: int, decision: Row, at: int, **other: Any) -> Row:
        row: Row = {
            "platform": PLATFORM, "id": f"p{len(self.appeals):07d}", "occurred_at": at, "decision": decision["id"],
            "party": f"d{driver:06d}", "made_by": "party", "due_at": at + PROMISED_DAYS * DAY, "answered_by": None,
            **other,
        }  # fmt: skip
        self.appeals.append(row)
        return row

    def answer(self, appeal: Row, at: int, outcome: str, by: str = "person", reasons: str = "yes") -> None:
        appeal.update(answered_at=at, outcome=outcome, answered_by=by, told_reasons=reasons)

    def stop(self, driver: int, at: int, until: int | None, reason: str, refused: int, decision: str | None) -> None:
        self.stops.append({
            "platform": PLATFORM, "id": f"w{len(self.stops):06d}", "occurred_at": at, "ended_at": until,
            "party": f"d{driver:06d}", "reason": reason, "decision": decision, "refused": refused,
        })  # fmt: skip

    def trip_of(self, driver: int, before: int) -> int:
        """One of the driver's latest trips before a moment that nothing was decided about yet, or -1."""
        its = np.flatnonzero((self.trips.driver == driver) & (self.trips.ended < before))
        new = [int(trip) for trip in its[-10:] if int(trip) not in self.used]
        trip = int(self.rng.choice(new)) if new else -1
        self.used.add(trip)
        return trip


def account_rows(files: Files, pay: dict[int, list[Move]]) -> list[Row]:
    """Every driver's movements in time, with what stood there after each; ids follow time."""
    rows: list[Row] = []
    for driver in sorted(set(pay) | set(files.moves)):
        stands = 0
        moves = sorted([*pay.get(driver, []), *files.moves.get(driver, [])], key=lambda move: move[0])
        for at, kind, amount, hold, order in moves:
            stands += amount
            rows.append({
                "platform": PLATFORM, "occurred_at": at, "party": f"d{driver:06d}", "kind": kind, "hold": hold,
                "order_id": order, "currency": "CNY", "amount": amount, "balance_amount": stands,
            })  # fmt: skip
    rows.sort(key=lambda row: row["occurred_at"])
    for number, row in enumerate(rows):
        row["id"] = f"e{number:08d}"
    return rows


def pay_of(trips: Trips, clock: Clock, drivers: int, cushion: dict[int, int]) -> dict[int, list[Move]]:
    """Each driver's pay of every week, and what the driver draws of it in the morning: all of it but the cushion."""
    week = (trips.ended - clock.start) // (7 * DAY)
    weeks = int(week.max()) + 1
    earned = np.zeros((drivers, weeks), np.int64)
    np.add.at(earned, (trips.driver, week), trips.fare * 8 // 10)
    moves: dict[int, list[Move]] = {}
    for driver in range(drivers):
        its: list[Move] = [(clock.start + HOUR, "pay", cushion.get(driver, CUSHION), None, None)]
        for w in np.flatnonzero(earned[driver]):
            at = clock.start + (int(w) + 1) * 7 * DAY + 2 * HOUR
            if at + 2 * HOUR < clock.until:
                its += [(at, "pay", int(earned[driver, w]), None, None),
                        (at + 2 * HOUR, "payout", -int(earned[driver, w]), None, None)]  # fmt: skip
        moves[driver] = its
    return moves
