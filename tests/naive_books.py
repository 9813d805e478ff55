"""The rules of a ledger in plain Python, from the specification alone: the oracle of its property tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Naive:
    """Wallets, disputes, holds and claims of one currency; `now` counts hours."""

    now: int = 0
    wallet: dict[str, int] = field(default_factory=dict)
    outside: int = 0
    income: int = 0
    dispute: dict[tuple[str, str], int] = field(default_factory=dict)
    holds: list[dict[str, Any]] = field(default_factory=list)
    claims: list[dict[str, Any]] = field(default_factory=list)

    def lapse(self) -> None:
        for h in self.holds:
            if h["until"] <= self.now:
                self.wallet[h["party"]] += h["left"]
                h["left"] = 0

    def used(self, case: str, party: str) -> int:
        mine = [h["left"] + h["taken"] for h in self.holds if (h["case"], h["party"]) == (case, party)]
        return sum(mine) + sum(c["amount"] for c in self.claims if (c["case"], c["party"]) == (case, party))

    def do(self, what: str, *a: Any) -> bool:
        """Whether it is allowed; if it is, it is done."""
        self.lapse()
        done: bool = getattr(self, what)(*a)
        return done

    def earn(self, party: str, n: int) -> bool:
        if n > 0:
            self.wallet[party] = self.wallet.get(party, 0) + n
            self.outside -= n
        return n > 0

    def withdraw(self, party: str, n: int) -> bool:
        ok = 0 < n <= self.wallet.get(party, 0)
        if ok:
            self.wallet[party] -= n
            self.outside += n
        return ok

    def disputed(self, case: str, party: str, n: int) -> bool:
        ok = n > 0 and n >= self.used(case, party)
        if ok:
            self.dispute[case, party] = n
        return ok

    def set_aside(self, case: str, party: str, n: int, hours: int) -> bool:
        if n <= 0 or self.used(case, party) + n > self.dispute.get((case, party), 0) or hours <= 0:
            return False
        there = min(n, self.wallet.get(party, 0))
        if there:
            self.wallet[party] -= there
            self.holds.append({"case": case, "party": party, "left": there, "taken": 0, "until": self.now + hours})
        if n > there:
            self.claims.append({"case": case, "party": party, "amount": n - there, "allowed": None, "got": 0})
        return True

    def release(self, i: int, n: int) -> bool:
        h = self.holds[i]
        ok = 0 < n <= h["left"]
        if ok:
            h["left"] -= n
            self.wallet[h["party"]] += n
        return ok

    def capture(self, i: int, n: int) -> bool:
        h = self.holds[i]
        ok = 0 < n <= h["left"]
        if ok:
            h["left"] -= n
            h["taken"] += n
            self.income += n
        return ok

    def allow(self, i: int, n: int) -> bool:
        c = self.claims[i]
        ok = c["allowed"] is None and 0 < n <= c["amount"]
        if ok:
            c["allowed"] = n
        return ok

    def collect(self, i: int, n: int) -> bool:
        c = self.claims[i]
        ok = c["allowed"] is not None and 0 < n <= min(c["allowed"] - c["got"], self.wallet.get(c["party"], 0))
        if ok:
            c["got"] += n
            self.wallet[c["party"]] -= n
            self.income += n
        return ok
