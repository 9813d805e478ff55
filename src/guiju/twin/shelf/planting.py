"""Deposits that somebody planned: those that break a rule over a range of strengths, and honest ones that look so."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np

from guiju.twin.market import DAY
from guiju.twin.shelf.parties import CITIES, OWN_APP, Shelf
from guiju.twin.shelf.saving import HOLDERS, KINDS, NONE, PER_CITY, Deposits, months_later

THIRD_PARTY, OUT_OF_AREA = "deposits_through_third_parties", "out_of_area_deposits"
UNINSURED = "uninsured_balances"
FROM, TO = date(2021, 1, 20), date(2021, 3, 25)  # well after the notice, well before the records end
STRENGTHS = (5, 6, 8, 13, 21, 34, 55, 89)  # deposits
FEW = 4
LOCAL = ("city", "rural", "village")


@dataclass(frozen=True)
class Plan:
    """Something planned at one bank, by its place."""

    check: str
    pattern: str
    violation: bool
    bank: int


@dataclass
class Plans:
    """The plans, and the deposits they make."""

    shelf: Shelf
    rng: np.random.Generator
    next_depositor: int
    plans: list[Plan] = field(default_factory=list)
    rows: list[tuple[int, ...]] = field(default_factory=list)

    def add(self, check: str, pattern: str, violation: bool, bank: int) -> int:
        self.plans.append(Plan(check, pattern, violation, bank))
        return len(self.plans) - 1

    def depositor(self) -> int:
        self.next_depositor += 1
        return self.next_depositor - 1

    def who(self, place: int) -> int:
        """The depositor of a planned deposit."""
        return self.rows[place][3]

    def put(self, plan: int, channel: int, opened: int, yuan: int, *, depositor: int = NONE, city: int = NONE,
            home: int = NONE, months: int = 12, renews: int = NONE, holder: str = "household", kind: str = "time",
            closed: int = 0) -> int:  # fmt: skip
        """A deposit of so many yuan, in a city (else at the bank's seat); returns its place among the planned ones."""
        bank = self.plans[plan].bank
        city = city if city != NONE else seat(self.shelf, bank)
        county = city * PER_CITY + int(self.rng.integers(0, PER_CITY))
        who = self.depositor() if depositor == NONE else depositor
        at_home = county if home == NONE else home * PER_CITY
        self.rows.append((NONE, bank, channel, who, opened, months, closed, yuan * 100, 1_800, county, at_home, renews,
                          HOLDERS.index(holder), KINDS.index(kind), plan))  # fmt: skip
        return len(self.rows) - 1

    def moment(self, first: date = FROM, last: date = TO) -> int:
        """A minute of a day between the two."""
        days = int(self.rng.integers(0, (last - first).days + 1))
        return self.shelf.at(first) + days * DAY + int(self.rng.integers(8 * 60, 22 * 60)) * 60_000_000

    def yuan(self) -> int:
        return int(self.rng.integers(1, 120)) * 1_000

    def deposits(self, behind: int) -> Deposits:
        """The planned rows, to stand behind so many others."""
        rows = Deposits(*np.array(self.rows, np.int64).reshape(-1, 15).T.copy())
        rows.matures = np.where(
            rows.kind == KINDS.index("demand"), 0, months_later(self.shelf, rows.opened, rows.matures)
        )
        over = (rows.closed == 0) & (rows.matures > 0) & (rows.matures < self.shelf.clock.until)
        rows.closed = np.where(over, rows.matures, rows.closed)
        rows.renews = np.where(rows.renews == NONE, NONE, rows.renews + behind)
        return rows


def seat(shelf: Shelf, bank: int) -> int:
    """The city of its first outlet, or one of a bank without any."""
    return shelf.banks[bank].cities[0] if shelf.banks[bank].cities else 0


def plan(shelf: Shelf, rng: np.random.Generator, plants: bool) -> Plans:
    """All of them. The look-alikes come first, and so are the same in an honest market."""
    plans = Plans(shelf, rng, shelf.depositors)
    local = [b for b, bank in enumerate(shelf.banks) if bank.kind in LOCAL and b > 2]
    order = [int(b) for b in rng.permutation(local)]
    listed = [b for b in order if shelf.banks[b].listed_on]
    with_app = [b for b in order if shelf.banks[b].kind in OWN_APP]
    honest_after_notice(plans, listed[:2], with_app[:4])
    honest_large(plans, order[:12])
    if plants:
        through_platforms(plans, listed[2:10])
        from_elsewhere(plans, [b for b in with_app[4:] if b not in listed[2:10]][:8])
        uninsured(plans, order[12:])
    return plans


def honest_after_notice(plans: Plans, listed: list[int], with_app: list[int]) -> None:
    """What the notice leaves alone."""
    shelf, n = plans.shelf, len(plans.shelf.platforms)
    renewed = plans.add(THIRD_PARTY, "renewed_at_the_bank_itself", False, with_app[0])
    for _ in range(6):
        opened = plans.moment(date(2020, 8, 1), date(2020, 8, 30))
        first = plans.put(renewed, shelf.banks[with_app[0]].listed_on[0], opened, plans.yuan(), months=6)
        again = int(months_later(shelf, np.array([opened]), np.array([6]))[0])
        plans.put(renewed, n + with_app[0], again, plans.yuan(), depositor=plans.who(first), renews=first)
    demand = plans.add(THIRD_PARTY, "demand_deposit", False, listed[0])
    for _ in range(6):
        plans.put(demand, shelf.banks[listed[0]].listed_on[0], plans.moment(), plans.yuan(), kind="demand")
    before = plans.add(THIRD_PARTY, "runs_to_maturity", False, listed[1])
    for _ in range(6):
        opened = plans.moment(date(2020, 11, 1), date(2020, 12, 10))
        plans.put(before, shelf.banks[listed[1]].listed_on[0], opened, plans.yuan(), months=36)
    for check, bank, channel in ((THIRD_PARTY, listed[0], shelf.banks[listed[0]].listed_on[-1]),
                                 (OUT_OF_AREA, with_app[3], n + with_app[3])):  # fmt: skip
        few = plans.add(check, "few", False, bank)
        for _ in range(FEW):
            far = (seat(shelf, bank) + 2) % len(CITIES) if check == OUT_OF_AREA else NONE
            plans.put(few, channel, plans.moment(), plans.yuan(), city=far)
    migrant = plans.add(OUT_OF_AREA, "migrant_workers_salary", False, with_app[1])
    for i in range(12):
        home = (seat(shelf, with_app[1]) + 3 + i) % len(CITIES)
        plans.put(migrant, n + with_app[1], plans.moment(), plans.yuan(), home=home)
    online = next(b for b, bank in enumerate(shelf.banks) if bank.kind == "online_only")
    large = next(b for b, bank in enumerate(shelf.banks) if bank.kind == "large")
    for pattern, bank in (("licensed_without_outlets", online), ("no_local_bank", large)):
        its = plans.add(OUT_OF_AREA, pattern, False, bank)
        for i in range(12):
            plans.put(its, n + bank, plans.moment(), plans.yuan(), city=i * 2 % len(CITIES))
    moved = plans.add(OUT_OF_AREA, "new_outlet", False, with_app[2])  # see guiju.twin.shelf.offices
    for _ in range(8):
        city = (seat(shelf, with_app[2]) + 1) % len(CITIES)
        plans.put(moved, n + with_app[2], plans.moment(date(2021, 2, 20)), plans.yuan(), city=city)


def honest_large(plans: Plans, banks: list[int]) -> None:
    """Large sums, and none of them uninsured."""
    shelf, early = plans.shelf, (date(2020, 5, 1), date(2020, 11, 30))

    def two(pattern: str, first: int, second: int, yuan: int, holder: str = "household") -> None:
        who = plans.depositor()
        for bank in (first, second):
            its = plans.add(UNINSURED, pattern, False, bank)
            channel = shelf.banks[bank].listed_on[0 if bank == first else -1]
            plans.put(its, channel, plans.moment(*early), yuan, depositor=who, months=36, holder=holder)

    two("two_banks", banks[0], banks[1], 400_000)
    two("bank_deposits", banks[2], banks[3], 5_000_000, "bank")
    two("managers_deposits", banks[4], banks[5], 900_000, "manager")
    two("just_insured", banks[6], banks[7], 470_000)  # with interest, too
    who, one_after = plans.depositor(), plans.add(UNINSURED, "one_after_the_other", False, banks[8])
    first = plans.moment(date(2020, 5, 1), date(2020, 5, 30))
    later = plans.moment(date(2020, 9, 1), date(2020, 9, 30))
    channel = shelf.banks[banks[8]].listed_on[0]
    plans.put(one_after, channel, first, 450_000, depositor=who, months=36, closed=later - 20 * DAY)
    plans.put(one_after, channel, later, 450_000, depositor=who, months=36)


def through_platforms(plans: Plans, banks: list[int]) -> None:
    """After the notice, still through a platform: sold on, renewed, or under another name."""
    for i, bank in enumerate(banks):
        pattern = ("kept_selling", "renewed_through_the_platform", "term_and_demand_in_one", "sold_across_the_country")[
            i % 4
        ]
        its, channel = plans.add(THIRD_PARTY, pattern, True, bank), plans.shelf.banks[bank].listed_on[0]
        for number in range(STRENGTHS[i % len(STRENGTHS)]):
            if pattern == "renewed_through_the_platform":
                opened = plans.moment(date(2020, 8, 1), date(2020, 9, 20))
                yuan = plans.yuan()
                first = plans.put(its, channel, opened, yuan, months=6)
                again = int(months_later(plans.shelf, np.array([opened]), np.array([6]))[0])
                plans.put(its, channel, again, yuan, depositor=plans.who(first), renews=first)
            else:
                city = (seat(plans.shelf, bank) + 1 + number) % len(CITIES) if i % 4 == 3 else NONE
                kind = "notice" if i % 4 == 2 else "time"
                plans.put(its, channel, plans.moment(), plans.yuan(), city=city, kind=kind)


def from_elsewhere(plans: Plans, banks: list[int]) -> None:
    """After the notice, in the bank's own app, from cities in which it has no outlet."""
    n = len(plans.shelf.platforms)
    for i, bank in enumerate(banks):
        its = plans.add(OUT_OF_AREA, ("own_app", "own_app_demand")[i % 2], True, bank)
        near = set(plans.shelf.banks[bank].cities)
        far = [city for city in range(len(CITIES)) if city not in near]
        for number in range(STRENGTHS[-1 - i % len(STRENGTHS)]):
            kind = "demand" if i % 2 else "time"
            plans.put(its, n + bank, plans.moment(), plans.yuan(), city=far[number % len(far)], kind=kind)


def uninsured(plans: Plans, banks: list[int]) -> None:
    """Above what is insured, by a little or by much: on two platforms, on one, with interest only."""
    shelf, early = plans.shelf, (date(2020, 5, 1), date(2020, 11, 30))
    for i, bank in enumerate(banks):
        channels = shelf.banks[bank].listed_on
        pattern = ("on_two_platforms", "on_one_platform", "by_its_interest", "with_the_banks_own_app")[i % 4]
        if pattern == "with_the_banks_own_app" and shelf.banks[bank].kind not in OWN_APP:
            pattern = "on_two_platforms"
        its, who = plans.add(UNINSURED, pattern, True, bank), plans.depositor()
        above = (2_000, 10_000, 50_000, 200_000, 800_000)[i % 5]
        if pattern in ("on_one_platform", "by_its_interest"):
            yuan = 500_000 + above if pattern == "on_one_platform" else 498_000
            plans.put(its, channels[0], plans.moment(*early), yuan, depositor=who, months=36)
            continue
        second = len(shelf.platforms) + bank if pattern == "with_the_banks_own_app" else channels[-1]
        plans.put(its, channels[0], plans.moment(*early), 300_000, depositor=who, months=36)
        plans.put(its, second, plans.moment(*early), 200_000 + above, depositor=who, months=36)
