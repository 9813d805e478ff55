"""The guard between flags and holds: what it keeps back, what it gives back, in the ledger, to the cent."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from guiju.cases import Cases
from guiju.cases.guard.holding import give_back, kept_back
from guiju.cases.guard.outcome import CAUSE, HOLD, PERSON, RELEASED, STAYS, WAIT, Group, Outcome, Verdict
from guiju.cases.verify import verify as verify_cases
from guiju.checks.words import Words
from guiju.ledger import verify
from made_cases import TERMS, Clock, earn, held, matter, standing

SAYS = Words("这是已登记的活动。", "It is a registered campaign.")
DAY = date(2025, 12, 12)
GROUP = Group(
    "g1", "yexing", "voucher_arbitrage", CAUSE, {"agency": "a"}, [], {"campaign": "k"}, [], DAY, DAY, [], [], [], SAYS,
    [],
)  # fmt: skip


def outcome(**verdicts: str) -> Outcome:
    told = [Verdict("yexing", one.replace("_", "-"), verdict, "g1") for one, verdict in verdicts.items()]
    return Outcome("voucher_arbitrage", 0, "Asia/Shanghai", 0, len(told), told, [GROUP], [], [])


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def cases(tmp_path: Path, clock: Clock):
    made = Cases(tmp_path / "cases.db", clock)
    yield made
    assert not verify(made.ledger).faults
    assert not verify_cases(made).faults
    made.close()


def test_what_is_released_or_for_a_person_does_not_take_effect(cases: Cases, clock: Clock):
    of = {HOLD: "t-1", STAYS: "t-2", PERSON: "t-3", RELEASED: "t-4", WAIT: "t-5"}
    with cases.writing() as desk:
        earn(desk, amount=1_000_00)
        ids = {
            verdict: desk.flag(f"f {one}", matter(decision=one, subject=one), by="gate", of_day=TERMS).id
            for verdict, one in of.items()
        }
        other = desk.flag("f other", matter(decision="t-3", trigger="driving/late_ends"), by="gate", of_day=TERMS)
    clock.wait(hours=TERMS.delay_hours)
    seen = outcome(t_1=HOLD, t_2=STAYS, t_3=PERSON, t_4=RELEASED, t_5=WAIT)
    with cases.writing() as desk:
        imposed = desk.hold_due("due", lambda due: kept_back(seen, due))
    expected = {ids[HOLD], ids[STAYS], ids[WAIT], other.id}
    assert {case.id for case in imposed} == expected, "another trigger's cases and the rulebook's delay are not its own"
    assert kept_back(seen, [cases.case(ids[PERSON])]) == {ids[PERSON]: "group g1: the cause is known"}


def test_a_cause_that_is_learned_late_gives_an_earlier_hold_back_to_the_cent(cases: Cases, clock: Clock):
    case = held(cases, clock)
    assert standing(cases) == (0, 80_00, 20_00)
    seen = outcome(trip_1=RELEASED)
    with cases.writing() as desk:
        [back] = give_back(desk, "guard", seen, [case], by="olga")
    assert (back.state, back.left, back.open_claim) == ("withdrawn", 0, 0)
    assert standing(cases) == (80_00, 0, 0)
    last = cases.history(case.id)[-1]
    assert "已登记的活动" in last.why
    assert '"cause":"g1"' in last.content
    with cases.writing() as desk:
        assert not give_back(desk, "again", seen, [cases.case(case.id)], by="olga"), "it was taken back before"


def test_what_a_person_decided_stays_decided(cases: Cases, clock: Clock):
    case = held(cases, clock)
    with cases.writing() as desk:
        case = desk.appeal("a", case.id, by="driver", role="party", words="An insurer's vouchers.")
    with cases.writing() as desk:
        case = desk.decide("d", case.id, outcome="upheld", by="ruth", why="the phone was shared", seen=case.steps)
    with cases.writing() as desk:
        assert not give_back(desk, "guard", outcome(trip_1=RELEASED), [case], by="olga")
        assert not give_back(desk, "guard", outcome(trip_1=PERSON), [case], by="olga")
