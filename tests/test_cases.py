"""A case's life on SQLite and PostgreSQL: flagged, held, told, appealed, decided by a person, put right to the cent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import exc, text

from guiju.cases import Cases, Stale, tables
from guiju.cases.verify import anchor
from guiju.cases.verify import verify as verify_cases
from guiju.checks.words import Words
from guiju.ledger import Ledger, Refused, verify
from guiju.ledger import tables as books
from guiju.ledger.database import Unavailable
from guiju.ledger.entries import moment
from guiju.records.errors import BadInput
from guiju.rulebook.redress import Terms
from made_cases import MATTER, TERMS, Clock, held, matter, standing

ANEW = "REPLACE INTO {t} SELECT * FROM {t}"
CAUSE = Words("保险公司与平台的活动", "A campaign of an insurer with the platform")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cases(books_at: str, clock: Clock) -> Iterator[Cases]:
    made = Cases(books_at, clock)
    yield made
    assert not verify(made.ledger).faults
    assert not verify_cases(made).faults
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


# Groups


def many(cases: Cases, clock: Clock, parties: tuple[str, ...], terms: Terms = TERMS) -> list[str]:
    """Cases with one cause, held and told, in group g."""
    ids = [held(cases, clock, matter(party=p, decision=p, subject=p), terms).id for p in parties]
    with cases.writing() as desk:
        desk.make_group("g", "g", CAUSE, by="op", role="operator", why="nearly all of one agency on one night")
        desk.join("j", "g", ids, by="op", role="operator", why="one campaign")
    return ids


def test_a_group_is_one_to_decide_and_each_member_keeps_its_rights(cases: Cases, clock: Clock) -> None:
    ann, bo, cy, di = many(cases, clock, ("ann", "bo", "cy", "di"))
    with cases.writing() as desk:
        desk.appeal("own", ann, by="ann", role="party", words="Mine were paid by myself.")
        left = desk.leave("left", bo, by="bo", role="party", why="mine is another matter")
    assert (left.group, left.left_group) == ("", True)
    with pytest.raises(Refused, match="left its group and stays alone"), cases.writing() as desk:
        desk.join("again", "g", [bo], by="op", role="operator", why="one campaign")
    clock.now = moment(cases.case(cy).hear_until or 0)
    with cases.writing() as desk:
        group = desk.decide_group("d", "g", outcome="upheld", by="ruth", why="the terms were clear", seen=1)
        assert group.outcome == "upheld"
    assert cases.carry_out("g", batch=1) == 2
    states = {id: cases.case(id).state for id in (ann, bo, cy, di)}
    assert states == {ann: "appealed", bo: "noticed", cy: "remedied", di: "remedied"}
    assert cases.history(ann)[-1].why.startswith("the party appealed in words of its own")
    assert standing(cases, "cy") == (0, 0, 20_00)
    with cases.writing() as desk:
        desk.decide("own d", ann, outcome="overturned", by="ruth", why="as ann says", seen=cases.case(ann).steps)
    assert standing(cases, "ann") == (80_00, 0, 0)
    assert not verify_cases(cases).faults


def test_a_group_overturned_gives_back_to_all_and_goes_on_where_it_stopped(cases: Cases, clock: Clock) -> None:
    parties = ("ann", "bo", "cy")
    ids = many(cases, clock, parties)
    with cases.writing() as desk:
        desk.appeal("own", ids[0], by="ann", role="party", words="The insurer gave them.")
        desk.decide_group("d", "g", outcome="overturned", by="ruth", why="an insurer's campaign", seen=1)
        assert desk.carry_out("g", most=1).left == 2
    assert sum(cases.case(id).state == "remedied" for id in ids) == 1, "then the process was killed"
    assert cases.carry_out("g") == 2
    assert cases.carry_out("g") == 0
    assert [standing(cases, p) for p in parties] == [(80_00, 0, 0)] * 3
    with pytest.raises(Refused, match="is decided already"), cases.writing() as desk:
        desk.decide_group("d2", "g", outcome="upheld", by="sam", why="no", seen=2)
    assert not verify_cases(cases).faults


def test_four_eyes_of_a_group(cases: Cases, clock: Clock) -> None:
    two = Terms(6, 15, 15, 72, 21, 2)
    ids = many(cases, clock, ("ann", "bo"), two)
    with cases.writing() as desk:
        group = desk.decide_group("d", "g", outcome="overturned", by="ruth", why="one cause", seen=1)
        assert group.decided is None
    with pytest.raises(Stale, match="gone on to step 2"), cases.writing() as desk:
        desk.decide_group("d1", "g", outcome="overturned", by="sam", why="one cause", seen=1)
    with cases.writing() as desk:
        assert desk.decide_group("d2", "g", outcome="overturned", by="sam", why="one cause", seen=2).decided
    assert cases.carry_out("g") == 2
    assert cases.case(ids[0]).rounds[0].by == ("sam", "ruth")


# What is written stays


@pytest.mark.parametrize("table", ["case_steps", "case_calls"])
@pytest.mark.parametrize(
    "statement", ["UPDATE {t} SET key = 'x'", "DELETE FROM {t}", "REPLACE INTO {t} SELECT * FROM {t}"]
)
def test_the_database_refuses_to_alter_what_was_written(
    cases: Cases, clock: Clock, table: str, statement: str
) -> None:  # fmt: skip
    held(cases, clock)
    if statement.startswith("REPLACE") and cases.engine.dialect.name != "sqlite":
        statement = "TRUNCATE {t}"
    with pytest.raises(exc.DatabaseError, match="added and never altered"), cases.engine.begin() as connection:
        connection.execute(text(statement.format(t=table)))


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE case_steps SET why = 'none' WHERE number = 2", "is not what its chain says"),
        ("DELETE FROM case_steps WHERE sequence = 2", "steps 2 to 2 are missing"),
        ("UPDATE case_steps SET kind = 'appealed' WHERE kind = 'imposed'", "may not follow"),
        ("DELETE FROM case_steps WHERE sequence = (SELECT MAX(sequence) FROM case_steps)", "steps after it are gone"),
        ("UPDATE cases SET state = 'remedied'", "says otherwise in the projection"),
        ("UPDATE cases SET id = 'x'", "no step made it"),
        ("UPDATE holds SET \"left\" = 1", "the ledger 1"),
    ],
)  # fmt: skip
def test_whoever_gets_past_the_database_is_found(books_at: str, clock: Clock, statement: str, said: str) -> None:
    made = Cases(books_at, clock)
    held(made, clock)
    kept = anchor(made)
    with made.engine.begin() as connection:
        if made.engine.dialect.name == "sqlite":
            for verb in ("UPDATE", "DELETE"):
                connection.execute(text(f"DROP TRIGGER case_steps_{verb}"))
        else:
            connection.execute(text("ALTER TABLE case_steps DISABLE TRIGGER ALL"))
        connection.execute(text(statement))
    faults = verify_cases(made, [kept]).faults
    assert any(said in fault for fault in faults), faults
    made.close()


def test_the_first_revisions_make_the_tables_of_today(cases: Cases) -> None:
    """They are frozen: a table that changes needs a revision of its own."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with cases.engine.connect() as connection:
        for metadata, version in ((books.metadata, "alembic_version"), (tables.metadata, "cases_version")):
            known = MigrationContext.configure(
                connection, opts={"version_table": version, "include_name": lambda name, kind, _, m=metadata: (
                    kind != "table" or name in m.tables)},
            )  # fmt: skip
            assert compare_metadata(known, metadata) == []


def test_a_database_that_goes_away_in_the_middle(postgres: object, clock: Clock) -> None:
    from databases import Server

    assert isinstance(postgres, Server)
    made = Cases(postgres.database(), clock)
    case = held(made, clock)

    def decide(cut: bool) -> None:
        with made.writing() as desk:
            desk.decide("d", case.id, outcome="overturned", by="ruth", why="an error", seen=case.steps)
            if cut:
                postgres.stop()

    with pytest.raises(Unavailable, match="nothing was written"):
        decide(cut=True)
    postgres.start()
    assert (made.case(case.id), standing(made)) == (case, (0, 80_00, 20_00))
    decide(cut=False)
    assert standing(made) == (80_00, 0, 0)
    made.close()


def test_no_case_in_a_ledger(tmp_path: Path) -> None:
    Ledger(tmp_path / "books.db").close()
    with pytest.raises(BadInput, match="there is no case in this ledger"):
        Cases(tmp_path / "books.db", make=False)
    with pytest.raises(Refused, match="there is no case x"):
        Cases(tmp_path / "books.db").case("x")
