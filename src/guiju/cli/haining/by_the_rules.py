"""The same days by the rules: flags wait, holds end, a common cause is one case, people decide, money comes back.

The clock of the world goes on with the trips. People in it (who audits a sample, reviews a flag, decides an appeal)
know whether an order broke a rule, as somebody would who looks at its evidence; nothing else in it does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path

from guiju.cases import Case, Cases
from guiju.cases.case import FLAGGED, NOTICED, UNDECIDED
from guiju.cases.guard import Audited, Group, InReview, Outcome, look
from guiju.cases.guard.holding import kept_back
from guiju.cases.guard.outcome import CAUSE, STAYS
from guiju.cases.matter import Matter
from guiju.cases.matters import of_decision
from guiju.cases.steps import MACHINE, OPERATOR, OVERTURNED, PARTY, UPHELD
from guiju.cli.haining.night import CURRENCY, DAY, NIGHT, SWEPT, ZONE, Night
from guiju.gate import Decision
from guiju.ledger import OUTSIDE, Account, Transfer
from guiju.ledger.entries import moment

BANK, FARES = Account("bank", OUTSIDE), Account("riders", OUTSIDE)
GUARDED = "voucher_arbitrage"
CONTEXT = ("campaign", "service", "booking", "channel")
DESK, REVIEWERS = "risk-desk", ("reviewer-lin", "reviewer-zhou")
SPOKEN = "我没有违规，请人工核实。"
A_DAY = timedelta(days=1)
AFTER_DAYS = 25  # until nobody who was told of a hold can appeal any more


@dataclass
class Redressed:
    """What came of it. `standing`: fen available and held of each driver on the night; `taken`: fen in the end.

    held: cases that took effect at any time before the night was over; outcomes: of every case, in the end.
    """

    cases: Cases
    standing: dict[str, tuple[int, int]] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    seen: Outcome | None = None
    told: dict[date, str] = field(default_factory=dict)  # status of the agency's group, morning by morning
    matters: dict[str, Matter] = field(default_factory=dict)
    group: str = ""


class World:
    """The days, one after the other, on one store of cases and money."""

    def __init__(self, night: Night, where: Path) -> None:
        self.night, self.now = night, NIGHT - SWEPT
        self.cases = Cases(where, lambda: self.now)
        self.done = Redressed(self.cases)
        self.events = {row["id"]: row for row in night.events(d.id for d in night.flagged)}
        self.true = {id for id, row in self.events.items() if row["cheated"]}
        self.by_day: dict[date, list[Decision]] = defaultdict(list)
        for decision in night.flagged:
            self.by_day[decision.decision_at.replace(tzinfo=UTC).astimezone(ZONE).date()].append(decision)
        self.drivers = sorted({row["driver"] for row in self.events.values()})
        self.audited: list[Audited] = []
        self.in_force: list[InReview] = []
        self.agenda: dict[date, list[tuple[Callable[[str], None], str]]] = defaultdict(list)

    def at(self, day: date, hour: int, minute: int = 0) -> None:
        self.now = datetime.combine(day, time(hour, minute), ZONE).astimezone(UTC)

    def live(self) -> None:
        """Day after day until nobody waits for an answer: in the morning people, at night the clockwork."""
        first = (NIGHT - SWEPT).astimezone(ZONE).date()
        self._open(first)
        for n in range((DAY - first).days + AFTER_DAYS + 1):
            day = first + n * A_DAY
            self.at(day, 10)
            if day == DAY + A_DAY:
                self._audit()
                self._decide_group()
            for does, id in self.agenda.pop(day, []):
                does(id)
            if day <= DAY:
                self._flag(day)
            self.at(day, 23)
            if day <= DAY:
                self._pay(day)
            self._hold(day)
            if day == DAY:
                self._the_night()
            elif day < DAY:
                self._draw(day)

    def _the_night(self) -> None:
        """What stands on everybody's account at the hour at which the other world froze them."""
        self.at(DAY, 23, 30)
        for driver in self.drivers:
            has = [s for s in self.cases.ledger.standing(driver) if s.currency == CURRENCY]
            self.done.standing[driver] = (has[0].available, has[0].held) if has else (0, 0)

    def _open(self, day: date) -> None:
        self.at(day, 0)
        with self.cases.writing() as desk:
            paid = [
                Transfer(BANK, Account(d), self.night.keeps, CURRENCY, "deposit and prepaid fee") for d in self.drivers
            ]
            desk.books.post("opening", paid)

    def _pay(self, day: date) -> None:
        earned = self.night.earned(day)
        paid = [
            Transfer(FARES, Account(d), earned[d], CURRENCY, f"fares of {day}") for d in self.drivers if earned.get(d)
        ]
        if paid:
            with self.cases.writing() as desk:
                desk.books.post(f"pay {day}", paid)

    def _draw(self, day: date) -> None:
        """Every driver draws what is above deposit and prepaid fee, and not held."""
        with self.cases.writing() as desk:
            drawn = [
                Transfer(Account(d), BANK, there - self.night.keeps, CURRENCY, f"drawn on {day}")
                for d in self.drivers
                if (there := desk.books.balance(Account(d), CURRENCY)) > self.night.keeps
            ]
            if drawn:
                desk.books.post(f"draw {day}", drawn)

    def _flag(self, day: date) -> None:
        """Each decision when it was made: the gate's holds become cases; what asks for a review, if a person agrees."""
        for decision in self.by_day.get(day, []):
            self.now = decision.decision_at.replace(tzinfo=UTC)
            event, true = self.events[decision.id], decision.id in self.true
            made = of_decision(decision, self.night.of, event, agency_speaks=True)
            if true:
                known = {matter.trigger for matter in made}
                reviewed = of_decision(
                    decision, self.night.of, event, actions=("hold", "review"), agency_speaks=True, automated=False
                )  # fmt: skip
                made += [matter for matter in reviewed if matter.trigger not in known]
            with self.cases.writing() as desk:
                for matter in made:
                    by, role = (DESK, OPERATOR) if not matter.automated else ("gate", MACHINE)
                    case = desk.flag(f"flag {matter.id}", matter, by=by, role=role)
                    self.done.matters[case.id] = matter
                    self.agenda[DAY + 4 * A_DAY].append((self._look_into, case.id))

    def _hold(self, day: date) -> None:
        """What has waited long enough takes effect, unless the guard keeps it back."""
        if day <= DAY:
            self.done.seen = self._look()
            group = self._agency_group()
            self.done.told[day] = group.status if group else ""
        assert self.done.seen is not None, "the guard looks from the first day on"
        with self.cases.writing() as desk:
            imposed = desk.hold_due(f"hold {day}", partial(kept_back, self.done.seen))
        if day <= DAY:
            self.done.held |= {case.id for case in imposed}
        with self.cases.writing() as desk:
            for case in imposed:
                desk.notice(f"notice {case.id}", case.id, channel="sms", by="clock")
                told = desk.delivered(
                    f"arrived {case.id}", case.id, channel="sms", proof=f"receipt {case.id}", by="clock"
                )
                if case.matter.subject in self.true:  # and silent: decided when the time to be heard is over
                    heard = moment(told.hear_until or 0).astimezone(ZONE).date()
                    self.agenda[heard].append((self._uphold, case.id))
                else:
                    self.agenda[day + A_DAY].append((self._appeal, case.id))
                    self.agenda[day + 2 * A_DAY].append((self._overturn, case.id))

    def _look(self) -> Outcome:
        seen = look(
            self.night.cases_of(GUARDED), trigger=GUARDED, now=self.now.replace(tzinfo=None), context=CONTEXT,
            campaigns=self.night.registry, audited=self.audited, in_force=self.in_force,
            title=next(t.rule.title for t in self.night.of.triggers if t.name == GUARDED), zone=ZONE,
        )  # fmt: skip
        self.in_force = list(seen.in_review)
        return seen

    def _agency_group(self) -> Group | None:
        """The group that holds most of the agency's flags."""
        own = {id for id, row in self.events.items() if row["agency"] == self.night.agency}
        groups = self.done.seen.groups if self.done.seen else []
        return max(groups, key=lambda g: len(own & {*g.members, *g.staying}), default=None)

    def _audit(self) -> None:
        """People look at the sample until it says enough, then once more at what the guard gives."""
        for _ in range(3):
            self.done.seen = self._look()
            group = self._agency_group()
            if group is None or group.status == CAUSE or not group.sample:
                break
            self.audited += [Audited(group.platform, id, id in self.true) for id in group.sample]
        self.done.seen = self._look()
        group = self._agency_group()
        self.done.told[DAY + A_DAY] = group.status if group else ""

    def _decide_group(self) -> None:
        """One case in words, decided as one; who has evidence of their own against them stays out."""
        group, seen = self._agency_group(), self.done.seen
        if group is None or seen is None or group.status != CAUSE:
            return
        mine = {v.id for v in seen.verdicts if v.group == group.id and v.verdict != STAYS}
        found = {a.id for a in self.audited if a.is_violation}
        ids = [id for id, m in self.done.matters.items() if m.subject in mine - found and m.trigger.endswith(GUARDED)]
        self.done.group = f"cause-{group.id}"
        with self.cases.writing() as desk:
            desk.make_group("group", self.done.group, group.says, by=DESK, role=OPERATOR, why="one cause")
            open_ = [id for id in ids if desk.case(id).state in UNDECIDED]
            desk.join("join", self.done.group, open_, by=DESK, role=OPERATOR, why="one cause")
        with self.cases.writing() as desk:
            desk.decide_group("decide group", self.done.group, outcome=OVERTURNED, by=REVIEWERS[0], seen=1,
                              why=group.says.zh)  # fmt: skip
        left = 1
        while left:
            with self.cases.writing() as desk:
                left = desk.carry_out(self.done.group, 500).left

    def _open_cases(self) -> list[Case]:
        return [case for id in self.done.matters if (case := self.cases.case(id)).state in UNDECIDED]

    # People

    def _appeal(self, id: str) -> None:
        """Whoever did nothing wrong, and was told, says so the next day."""
        case = self.cases.case(id)
        if case.state == NOTICED:
            with self.cases.writing() as desk:
                desk.appeal(f"appeal {id}", id, by=case.matter.party, role=PARTY, words=SPOKEN)

    def _overturn(self, id: str) -> None:
        self._decide(id, OVERTURNED, "核实后未发现违规")

    def _uphold(self, id: str) -> None:
        self._decide(id, UPHELD, "证据成立")

    def _look_into(self, id: str) -> None:
        """What the guard kept back, and no group decided, is looked at by a person within four days of the night."""
        case = self.cases.case(id)
        if case.state == FLAGGED and case.matter.subject not in self.true:
            self._overturn(id)

    def _decide(self, id: str, outcome: str, why: str) -> None:
        case = self.cases.case(id)
        if case.state in UNDECIDED:
            with self.cases.writing() as desk:
                desk.decide(f"decide {id}", id, outcome=outcome, by=REVIEWERS[1], why=why, seen=case.steps)


def redressed(night: Night, where: Path) -> Redressed:
    """Live through the days on a new store at `where`."""
    world = World(night, where)
    world.live()
    return world.done


def owed(night: Night, done: Redressed) -> dict[str, int]:
    """Fen that each driver should have lost in the end, reckoned from the truth alone: of each order that broke a rule
    and was flagged, the largest sum in dispute.
    """
    given_up: dict[str, dict[str, int]] = defaultdict(dict)
    true = {row["id"] for row in night.events(m.subject for m in done.matters.values()) if row["cheated"]}
    for matter in done.matters.values():
        if matter.subject in true:
            of = given_up[matter.party]
            of[matter.subject] = max(of.get(matter.subject, 0), matter.amount)
    return {driver: sum(of.values()) for driver, of in given_up.items()}


def lost(cases: Iterable[Case]) -> dict[str, int]:
    """Fen that each driver has lost or still owes in the end, as the cases have it."""
    of: dict[str, int] = defaultdict(int)
    for case in cases:
        of[case.matter.party] += case.taken + case.left + case.open_claim
    return {driver: fen for driver, fen in of.items() if fen}
