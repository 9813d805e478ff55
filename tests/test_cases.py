"""A case's life on SQLite and PostgreSQL: flagged, held, told, appealed, decided by a person, put right to the cent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from guiju.cases import Cases
from guiju.ledger import verify
from made_cases import MATTER, Clock, held, matter, standing


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cases(books_at: str, clock: Clock) -> Iterator[Cases]:
    made = Cases(books_at, clock)
    yield made
    assert not verify(made.ledger).faults
    made.close()


def test_what_is_overturned_comes_back_to_the_cent(cases: Cases, clock: Clock) -> None:
    case = held(cases, clock)
    assert (case.state, case.left, case.open_claim) == ("noticed", 80_00, 20_00)
    assert standing(cases) == (0, 80_00, 20_00)
    with cases.writing() as desk:
        case = desk.appeal("a", case.id, by="driver", role="party", words="The insurer gave these vouchers.")
        assert case.state == "appealed"
    with cases.writing() as desk:
        case = desk.decide("d", case.id, outcome="overturned", by="ruth", why="insurer's vouchers", seen=case.steps)
    assert (case.state, case.outcome, case.left, case.taken) == ("remedied", "overturned", 0, 0)
    assert standing(cases) == (80_00, 0, 0)
    assert [step.kind for step in cases.history(case.id)] == [
        "flagged", "imposed", "delivered", "appealed", "decided", "remedied",
    ]  # fmt: skip


def test_a_hold_on_two_triggers_is_one(cases: Cases, clock: Clock) -> None:
    """The larger sum is in dispute, once; what one case gives back the other still holds, if it disputes it."""
    case = held(cases, clock, wallet=200_00)
    other = held(cases, clock, matter(trigger="driving/late_ends", rule="no_late_ends", amount=120_00), wallet=0)
    assert (case.left, other.left) == (100_00, 20_00)
    assert standing(cases) == (80_00, 120_00, 0)
    with cases.writing() as desk:
        desk.decide("d1", case.id, outcome="overturned", by="ruth", why="an error", seen=case.steps)
    assert standing(cases) == (80_00, 120_00, 0)
    other = cases.case(other.id)
    with cases.writing() as desk:
        desk.appeal("a", other.id, by="driver", role="party", words="The rider was late.")
        desk.decide("d2", other.id, outcome="partly", upheld=50_00, by="ruth", why="half", seen=other.steps + 1)
    assert standing(cases) == (150_00, 0, 0)


def test_flagged_again_is_the_same_case(cases: Cases) -> None:
    with cases.writing() as desk:
        case = desk.flag("f", MATTER, by="gate")
        assert desk.flag("g", MATTER, by="gate") == case
    assert cases.case(case.id) == case
    assert [line.case for line in cases.queue()] == [case.id]
