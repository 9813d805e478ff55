"""The rules of cases in plain Python, from the specification alone: the oracle of their property tests.

One currency, cases of one event or of several; `now` counts hours. Each case holds at most what the others of its
event do not; what one gives back moves to the undecided one of the largest sum that still disputes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

DELAY, HEARING, ANSWER, LASTING = 2, 24 * 2, 24, 24 * 5  # hours
OPEN = ("flagged", "noticed", "appealed")


@dataclass
class One:
    party: str
    event: str
    amount: int
    flagged: int
    order: str  # of cases with the same sum
    state: str = "flagged"
    imposed: int | None = None
    told: int | None = None
    held: int = 0
    claim: int = 0
    taken: int = 0
    upheld: int | None = None
    appealed: bool = False
    before: str = ""
    reopened: bool = False
    judges: list[str] = field(default_factory=list)

    @property
    def undecided(self) -> bool:
        return self.state in OPEN and self.upheld is None

    @property
    def lapses(self) -> int:
        return (self.flagged + DELAY if self.imposed is None else self.imposed) + LASTING


def end_of_day(hour: int, days: int) -> int:
    """The clock begins at a local midnight."""
    return (hour // 24 + days + 1) * 24


@dataclass
class Naive:
    now: int = 0
    wallet: dict[str, int] = field(default_factory=dict)
    income: int = 0
    cases: list[One] = field(default_factory=list)

    def do(self, what: str, *a: Any) -> bool:
        """Whether it is allowed; if it is, it is done."""
        for case in sorted((c for c in self.cases if c.undecided and c.lapses <= self.now), key=lambda c: c.lapses):
            self._end(case, "lapsed")
        done: bool = getattr(self, what)(*a)
        return done

    def earn(self, party: str, n: int) -> bool:
        self.wallet[party] = self.wallet.get(party, 0) + n
        return True

    def withdraw(self, party: str, n: int) -> bool:
        ok = 0 < n <= self.wallet.get(party, 0)
        if ok:
            self.wallet[party] -= n
        return ok

    def flag(self, party: str, event: str, n: int, order: str) -> bool:
        self.cases.append(One(party, event, n, self.now, order))
        return True

    def others(self, case: One) -> int:
        same = [c for c in self.cases if c is not case and c.event == case.event and c.party == case.party]
        return sum(c.held + c.claim + c.taken for c in same)

    def impose(self, i: int) -> bool:
        c = self.cases[i]
        if not c.undecided or c.imposed is not None or self.now < c.flagged + DELAY:
            return False
        share = max(0, c.amount - self.others(c))
        c.held = min(share, self.wallet.get(c.party, 0))
        c.claim = share - c.held
        self.wallet[c.party] = self.wallet.get(c.party, 0) - c.held
        c.imposed = self.now
        return True

    def tell(self, i: int) -> bool:
        c = self.cases[i]
        if c.told is None:
            c.told = self.now
            if c.state == "flagged":
                c.state = "noticed"
        return True

    def appeal(self, i: int) -> bool:
        c = self.cases[i]
        again = c.state == "remedied" and c.upheld and not c.appealed
        late = c.told is not None and self.now >= end_of_day(c.told, 3)
        if late or not (again or c.state in ("flagged", "noticed")):
            return False
        c.before, c.state, c.appealed = c.state, "appealed", True
        return True

    def reopen(self, i: int) -> bool:
        c = self.cases[i]
        if c.state != "remedied" or not c.upheld or c.reopened:
            return False
        c.state, c.reopened = "reopened", True
        return True

    def withdraw_flag(self, i: int) -> bool:
        c = self.cases[i]
        if c.undecided:
            self._end(c, "withdrawn")
            return True
        return False

    def decide(self, i: int, by: str, n: int) -> bool:
        """n: how much is upheld."""
        c = self.cases[i]
        allowed = c.undecided or c.state in ("appealed", "reopened")
        if not allowed or by in c.judges or not 0 <= n <= c.amount or n > (c.amount if c.upheld is None else c.upheld):
            return False
        if n and c.imposed is None:
            return False
        heard = c.told is not None and self.now >= end_of_day(c.told, HEARING // 24)
        if n and c.state not in ("appealed", "reopened") and not heard:
            return False
        if c.upheld is not None:
            back = max(0, c.taken - n)
            if self.income < back:
                return False
            self.income -= back
            self.wallet[c.party] += back
            c.taken -= back
            c.claim = min(c.claim, n - c.taken)
        else:
            self._first(c, n)
        c.upheld, c.state = n, "remedied"
        c.judges.append(by)
        return True

    def _first(self, c: One, n: int) -> None:
        same = [x for x in self.cases if x is not c and (x.event, x.party) == (c.event, c.party)]
        settled = sum(x.held + x.claim + x.taken for x in same if not x.undecided)
        need = n - settled - c.held - c.claim
        for x in sorted((x for x in same if x.undecided), key=lambda x: x.order):
            if n and need > 0:  # what is to be taken here, the others cede
                part = min(x.held, need)
                x.held, c.held, need = x.held - part, c.held + part, need - part
                part = min(x.claim, need)
                x.claim, c.claim, need = x.claim - part, c.claim + part, need - part
        room = max(0, n - self.others(c))
        took = min(c.held, room)
        held, claim = c.held - took, c.claim
        c.claim = min(c.claim, room - took)
        c.taken, c.held, c.upheld = took, 0, n
        self.income += took
        self.wallet[c.party] = self.wallet.get(c.party, 0) + held
        self._shift(c, held, claim - c.claim)

    def _end(self, c: One, state: str) -> None:
        held, claim = c.held, c.claim
        self.wallet[c.party] = self.wallet.get(c.party, 0) + held
        c.state, c.held, c.claim = state, 0, 0
        self._shift(c, held, claim)

    def _shift(self, c: One, held: int, claim: int) -> None:
        same = [x for x in self.cases if x is not c and (x.event, x.party) == (c.event, c.party)]
        still = [x for x in same if x.undecided and x.imposed is not None and x.lapses > self.now]
        for x in sorted(still, key=lambda x: (-x.amount, x.order)):
            need = min(x.amount - self.others(x) - x.held - x.claim, held + claim)
            if need > 0:
                part = min(need, held)
                x.held += part
                self.wallet[c.party] -= part
                x.claim += need - part
                held, claim = held - part, claim - (need - part)

    def collect(self, i: int) -> bool:
        c = self.cases[i]
        n = min(c.claim, self.wallet.get(c.party, 0))
        if c.state != "remedied" or n <= 0:
            return False
        self.wallet[c.party] -= n
        c.claim -= n
        c.taken += n
        self.income += n
        return True
