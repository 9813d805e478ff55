"""Who may do what in a case, and until when: on SQLite, where every rule is asked at its edge."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from guiju.cases import Case, Cases, Stale
from guiju.cases.case import Case as CaseOf
from guiju.cases.permission import end_of_day
from guiju.cases.verify import verify
from guiju.ledger import Account, Conflict, Refused, Transfer
from guiju.ledger import verify as verify_ledger
from guiju.ledger.entries import microseconds, moment
from made_cases import BANK, MATTER, TERMS, Clock, earn, held, matter, standing

TWO = replace(TERMS, reviewers=2)
WORDS = "The insurer gave these vouchers with its policies."


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cases(tmp_path: Path, clock: Clock) -> Iterator[Cases]:
    made = Cases(tmp_path / "books.db", clock)
    yield made
    assert not verify_ledger(made.ledger).faults
    assert not verify(made).faults
    made.close()


def appeal(cases: Cases, case: Case, key: str = "a", by: str = "driver", role: str = "party") -> Case:
    with cases.writing() as desk:
        return desk.appeal(key, case.id, by=by, role=role, words=WORDS)


def decide(cases: Cases, case: Case, outcome: str, by: str = "ruth", key: str = "", **more) -> Case:
    with cases.writing() as desk:
        return desk.decide(
            key or f"{outcome} {by} {case.steps}",
            case.id,
            outcome=outcome,
            by=by,
            why="as read",
            seen=case.steps,
            **more,
        )


# Money


@pytest.mark.parametrize(
    ("outcome", "upheld", "left"), [("overturned", None, (80_00, 0, 0)), ("upheld", None, (0, 0, 20_00)),
     ("partly", 30_00, (50_00, 0, 0)), ("partly", 90_00, (0, 0, 10_00))],
)  # fmt: skip
def test_each_outcome_to_the_cent(cases: Cases, clock: Clock, outcome: str, upheld: int | None, left: tuple) -> None:
    """80.00 of 100.00 in dispute was there and is held; 20.00 was withdrawn and is claimed."""
    case = appeal(cases, held(cases, clock))
    case = decide(cases, case, outcome, upheld=upheld)
    assert standing(cases) == left
    assert case.taken + standing(cases)[0] == 80_00


def test_a_claim_is_collected_of_what_is_there_and_only_after_a_decision(cases: Cases, clock: Clock) -> None:
    case = appeal(cases, held(cases, clock))
    with cases.writing() as desk:
        earn(desk, amount=15_00)
    with pytest.raises(Refused, match="cannot be collected: it is appealed"), cases.writing() as desk:
        desk.collect("c0", case.id, by="op")
    case = decide(cases, case, "upheld")
    assert standing(cases) == (15_00, 0, 20_00), "the decision itself takes nothing of today's pay"
    with cases.writing() as desk:
        case = desk.collect("c1", case.id, by="op")
    assert standing(cases) == (0, 0, 5_00)
    assert (case.taken, case.open_claim) == (95_00, 5_00)
    with pytest.raises(Refused, match="500 may still be collected"), cases.writing() as desk:
        desk.collect("c2", case.id, by="op")


def test_what_was_taken_is_paid_back_when_a_later_decision_says_so(cases: Cases, clock: Clock) -> None:
    case = decide(cases, appeal(cases, held(cases, clock)), "upheld")
    with cases.writing() as desk:
        case = desk.reopen("r", case.id, by="driver", role="party", words="The insurer confirms it.")
    with pytest.raises(Refused, match="ruth has flagged, imposed or decided"):
        decide(cases, case, "overturned")
    case = decide(cases, case, "partly", by="sam", upheld=10_00)
    assert standing(cases) == (70_00, 0, 0)
    assert (case.taken, case.open_claim) == (10_00, 0)
    with pytest.raises(Refused, match="was reopened before"), cases.writing() as desk:
        desk.reopen("r2", case.id, by="driver", role="party", words="More.")


def test_an_appeal_makes_nothing_worse(cases: Cases, clock: Clock) -> None:
    case = decide(cases, appeal(cases, held(cases, clock)), "partly", upheld=10_00)
    with cases.writing() as desk:
        case = desk.reopen("r", case.id, by="driver", role="party", words="The insurer confirms it.")
    with pytest.raises(Refused, match="no more is upheld than before"):
        decide(cases, case, "upheld", by="sam")


def test_what_the_platform_spent_it_posts_before_it_can_pay_back(cases: Cases, clock: Clock) -> None:
    case = decide(cases, appeal(cases, held(cases, clock)), "upheld")
    with cases.writing() as desk:
        desk.books.post("spent", [Transfer(Account("yexing", "income"), BANK, 80_00, "CNY", "spent")])
        case = desk.reopen("r", case.id, by="driver", role="party", words="The insurer confirms it.")
    with pytest.raises(Refused, match="post what is missing to it first"):
        decide(cases, case, "overturned", by="sam")
    assert cases.case(case.id) == case, "nothing of it was written"
    with cases.writing() as desk:
        desk.books.post("back", [Transfer(BANK, Account("yexing", "income"), 80_00, "CNY", "for repayment")])
        desk.decide("d", case.id, outcome="overturned", by="sam", why="as read", seen=case.steps)
    assert standing(cases) == (80_00, 0, 0)


def test_one_event_on_two_triggers_is_taken_once(cases: Cases, clock: Clock) -> None:
    """What is upheld for the one was held in the other, which cedes it, and may then not be taken again."""
    one = held(cases, clock, matter(amount=60_00), wallet=200_00)
    two = held(cases, clock, matter(trigger="driving/late_ends", amount=100_00), wallet=0)
    assert (one.left, two.left) == (60_00, 40_00)
    two = decide(cases, appeal(cases, two, "a2"), "upheld", by="sam")
    assert (two.taken, standing(cases)) == (100_00, (100_00, 0, 0))
    one = decide(cases, appeal(cases, cases.case(one.id)), "upheld")
    assert (one.taken, standing(cases)) == (0, (100_00, 0, 0))


# Deadlines


def test_an_appeal_in_the_last_second_of_the_local_day_and_one_too_late(cases: Cases, clock: Clock) -> None:
    case = held(cases, clock)  # delivered on 13 December at 02:00 in Shanghai
    assert moment(case.appeal_until) == datetime(2025, 12, 28, 16, tzinfo=UTC), "the end of 28 December in Shanghai"
    clock.now = moment(case.appeal_until)
    with pytest.raises(Refused, match="ended at 2025-12-29 00:00:00 Asia/Shanghai"):
        appeal(cases, case)
    clock.now -= timedelta(microseconds=1)
    assert appeal(cases, case).state == "appealed"


@pytest.mark.parametrize(
    ("at", "zone", "end"),
    [
        ("2025-12-12T15:59:59.999999", "Asia/Shanghai", "2025-12-13T16:00:00"),
        ("2025-12-12T16:00:00", "Asia/Shanghai", "2025-12-14T16:00:00"),
        ("2026-03-28T12:00:00", "Europe/Brussels", "2026-03-29T22:00:00"),  # the clock goes on by an hour on the 29th
        ("2026-10-24T12:00:00", "Europe/Brussels", "2026-10-25T23:00:00"),  # and back on the 25th
    ],
)
def test_a_day_is_a_local_day(at: str, zone: str, end: str) -> None:
    from zoneinfo import ZoneInfo

    given, then = (microseconds(datetime.fromisoformat(f"{m}+00:00")) for m in (at, end))
    assert end_of_day(given, 1, ZoneInfo(zone)) == then


def test_the_deadline_runs_from_delivery(cases: Cases, clock: Clock) -> None:
    with cases.writing() as desk:
        case = desk.flag("f", MATTER, by="gate", of_day=TERMS)
        case = desk.notice("n", case.id, channel="sms", by="sms", document="0123")
    assert (case.state, case.appeal_until) == ("flagged", None)
    clock.wait(days=2)
    with cases.writing() as desk:
        case = desk.delivered("d", case.id, channel="sms", proof="receipt", by="sms")
        clock.wait(days=1)
    with cases.writing() as desk:
        again = desk.delivered("d2", case.id, channel="post", proof="receipt", by="post")
    assert again.appeal_until == case.appeal_until, "the first delivery counts"
    with pytest.raises(Refused, match="without proof"), cases.writing() as desk:
        desk.delivered("d3", case.id, channel="sms", proof=" ", by="sms")


def test_an_undecided_hold_lapses_though_nobody_was_at_work(cases: Cases, clock: Clock) -> None:
    case = appeal(cases, held(cases, clock))
    clock.now = moment(case.lapses_at)
    assert standing(cases) == (80_00, 0, 20_00), "the money is there at once, by the ledger alone"
    assert cases.case(case.id).state == "lapsed"
    assert cases.queue() == []
    with pytest.raises(Refused, match="nobody decided by 2026-01-03 02:00:00 Asia/Shanghai"):
        decide(cases, case, "upheld")
    assert not verify(cases).faults, "not recorded yet, and no fault"
    with cases.writing() as desk:
        assert desk.lapse_due() == 1
    with cases.writing() as desk:
        assert desk.lapse_due() == 0
    assert standing(cases) == (80_00, 0, 0), "and nothing is claimed any more"
    assert cases.history(case.id)[-1].kind == "lapsed"


def test_the_last_moment_of_a_hold_is_its_own(cases: Cases, clock: Clock) -> None:
    case = appeal(cases, held(cases, clock))
    clock.now = moment(case.lapses_at) - timedelta(microseconds=1)
    assert decide(cases, case, "upheld").taken == 80_00


def test_a_clock_set_back_stands_still(cases: Cases, clock: Clock) -> None:
    case = held(cases, clock)
    at = clock.now
    clock.now -= timedelta(days=400)
    case = appeal(cases, case)
    assert moment(case.appeals[0].at) == at
    assert moment(case.due_at) == at + timedelta(hours=72)


def test_nobody_decides_against_a_party_that_was_not_heard(cases: Cases, clock: Clock) -> None:
    case = held(cases, clock)
    with pytest.raises(Refused, match="not heard, before 2025-12-29 00:00:00"):
        decide(cases, case, "upheld")
    clock.now = moment(case.hear_until)
    assert decide(cases, case, "upheld").outcome == "upheld"


def test_an_appeal_after_a_review_is_answered_by_somebody_else(cases: Cases, clock: Clock) -> None:
    """Where the time to appeal outlasts the hearing, as six months do in the EU."""
    case = held(cases, clock, terms=replace(TERMS, appeal_days=184, hearing_days=14))
    clock.now = moment(case.hear_until)
    case = decide(cases, case, "upheld")
    case = appeal(cases, case)
    assert case.state == "appealed"
    clock.wait(days=30)
    assert cases.case(case.id).state == "appealed", "what was decided does not lapse"
    with pytest.raises(Refused, match="somebody else decides it now"):
        decide(cases, case, "overturned")
    assert decide(cases, case, "overturned", by="sam").taken == 0
    assert standing(cases) == (80_00, 0, 0)


# Persons


def test_four_eyes(cases: Cases, clock: Clock) -> None:
    case = appeal(cases, held(cases, clock, terms=TWO))
    case = decide(cases, case, "upheld")
    assert (case.state, case.proposal.by) == ("appealed", ("ruth",))
    assert standing(cases) == (0, 80_00, 20_00), "a proposal moves nothing"
    again = decide(cases, case, "upheld", key="again")
    assert again.state == "appealed", "nobody agrees with herself"
    case = decide(cases, again, "partly", by="sam", upheld=10_00)
    assert case.proposal.by == ("sam",), "who disagrees proposes"
    case = decide(cases, case, "partly", upheld=10_00)
    assert (case.state, case.rounds[-1].by) == ("remedied", ("ruth", "sam"))


@pytest.mark.parametrize("by", ["driver", "agency", "rep", "fay"])
def test_nobody_decides_a_case_in_which_they_have_a_side(cases: Cases, clock: Clock, by: str) -> None:
    with cases.writing() as desk:
        case = desk.flag("f", MATTER, by="fay", role="operator", of_day=TERMS)
        desk.mandate("m", case.id, "rep", by="driver", role="party", why="she speaks for me")
    case = appeal(cases, case)
    with pytest.raises(Refused, match="somebody else decides it"):
        decide(cases, case, "overturned", by=by)


@pytest.mark.parametrize("role", ["machine", "operator", "party", "agency", "representative"])
def test_a_person_decides_and_a_reviewer(cases: Cases, clock: Clock, role: str) -> None:
    case = appeal(cases, held(cases, clock))
    with pytest.raises(Refused, match=f"is no {role}'s to say"):
        decide(cases, case, "overturned", role=role)


def test_a_decision_has_a_reason(cases: Cases, clock: Clock) -> None:
    case = appeal(cases, held(cases, clock))
    with pytest.raises(Refused, match="has no reason"), cases.writing() as desk:
        desk.decide("d", case.id, outcome="overturned", by="ruth", why=" ", seen=case.steps)


def test_who_may_speak(cases: Cases, clock: Clock) -> None:
    case = held(cases, clock)
    for by, role in (("other", "party"), ("agency", "agency"), ("rep", "representative"), ("ruth", "reviewer")):
        with pytest.raises(Refused, match="a mandate of the party must be recorded"):
            appeal(cases, case, by=by, role=role)
    with pytest.raises(Refused, match="driver's to give"), cases.writing() as desk:
        desk.mandate("m", case.id, "rep", by="rep", role="representative", why="I speak for him")
    with pytest.raises(Refused, match="with its proof"), cases.writing() as desk:
        desk.mandate("m", case.id, "rep", by="op", role="operator", why="signed at the counter")
    with cases.writing() as desk:
        desk.mandate("m", case.id, "rep", by="op", role="operator", why="signed at the counter", proof="9f86")
    assert appeal(cases, case, by="rep", role="representative").appeals[0].by == "rep"


def test_an_agency_speaks_where_the_records_say_so_and_for_several_at_once(cases: Cases, clock: Clock) -> None:
    many = [held(cases, clock, matter(party=p, decision=p, agency_speaks=True)) for p in ("ann", "bo", "cy")]
    ids = [case.id for case in many]
    with cases.writing() as desk:
        told = desk.appeal_jointly("j", ids, by="agency", role="agency", words=WORDS)
    assert {case.appeals[0].jointly for case in told} == {"j"}
    with cases.writing() as desk:
        assert desk.appeal_jointly("j", ids, by="agency", role="agency", words=WORDS) == told
    other = held(cases, clock, matter(party="di", decision="di"))
    last = held(cases, clock, matter(party="ed", decision="ed", agency_speaks=True))
    with pytest.raises(Refused, match="a mandate"), cases.writing() as desk:
        desk.appeal_jointly("k", [last.id, other.id], by="agency", role="agency", words=WORDS)
    assert cases.case(last.id).state == "noticed", "all or none"


def test_an_appeal_is_taken_back_by_its_maker_or_the_party(cases: Cases, clock: Clock) -> None:
    case = held(cases, clock, matter(agency_speaks=True))
    case = appeal(cases, case, by="agency", role="agency")
    with pytest.raises(Refused, match="to take back"), cases.writing() as desk:
        desk.retract("r", case.id, by="ruth", role="reviewer", why="no longer")
    with cases.writing() as desk:
        case = desk.retract("r", case.id, by="driver", role="party", why="I say it myself")
    assert (case.state, case.due_at) == ("noticed", None)
    assert appeal(cases, case, "b").state == "appealed"


# Stopping work


def test_stopping_work_is_a_decision_of_its_own(cases: Cases, clock: Clock) -> None:
    stop = matter(kind="stop", amount=0, currency="", automated=False)
    terms = replace(TWO, delay_hours=0, lasting_days=7, hearing_days=3, answer_hours=24)
    with pytest.raises(Refused, match="a machine stops nobody's work"), cases.writing() as desk:
        desk.flag("f", stop, by="gate", of_day=terms)
    with cases.writing() as desk:
        earn(desk)
        case = desk.flag("f", stop, by="op", role="operator", why="three riders complained", of_day=terms)
    with pytest.raises(Refused, match="two must agree"), cases.writing() as desk:
        desk.impose("i", case.id, by="op", role="operator", why="as flagged")
    with cases.writing() as desk:
        case = desk.impose("i", case.id, by="ruth", role="reviewer", why="as flagged")
        case = desk.delivered("d", case.id, channel="sms", proof="r", by="sms")
    assert case.in_force(microseconds(clock.now))
    case = appeal(cases, case)
    assert decide(cases, case, "overturned", by="sam").state == "appealed"
    case = decide(cases, cases.case(case.id), "overturned", by="tom")
    assert not case.in_force(microseconds(clock.now))
    assert standing(cases) == (80_00, 0, 0)


def test_a_stop_ends_by_itself(cases: Cases, clock: Clock) -> None:
    stop = matter(kind="stop", amount=0, currency="", automated=False)
    with cases.writing() as desk:
        case = desk.flag("f", stop, by="op", role="operator", of_day=replace(TERMS, delay_hours=0, lasting_days=7))
        case = desk.impose("i", case.id, by="op", role="operator", why="as flagged")
    clock.wait(days=7)
    assert cases.case(case.id).state == "lapsed"
    assert not cases.case(case.id).in_force(microseconds(clock.now))


def test_no_money_below_zero_stops_anybody(cases: Cases, clock: Clock) -> None:
    """A hold beyond what is there: a claim. No other case comes of it, and what comes in later is theirs."""
    held(cases, clock, wallet=10_00)
    assert standing(cases) == (0, 10_00, 90_00)
    assert [case.matter.kind for case in cases.of_party("driver")] == ["hold"]
    with cases.writing() as desk:
        earn(desk, amount=30_00)
        desk.books.post("out", [Transfer(Account("driver"), BANK, 30_00, "CNY", "withdrawn")])


# Calls


def test_the_same_call_again_and_another_with_its_key(cases: Cases, clock: Clock) -> None:
    case = held(cases, clock)
    first = appeal(cases, case)
    done = decide(cases, first, "overturned", key="d")
    assert appeal(cases, case) == first, "the case as that call left it"
    assert decide(cases, first, "overturned", key="d") == done
    with pytest.raises(Conflict, match="was used for another call"), cases.writing() as desk:
        desk.appeal("a", case.id, by="driver", role="party", words="Other words.")
    with pytest.raises(Conflict, match="flagged with other facts"), cases.writing() as desk:
        desk.flag("again", replace(MATTER, subject="another"), by="gate")
    with pytest.raises(Refused, match="is no key"), cases.writing() as desk:
        desk.appeal("lapse of case x", case.id, by="driver", role="party", words="Words.")


def test_who_decides_upon_an_old_reading_is_told(cases: Cases, clock: Clock) -> None:
    case = appeal(cases, held(cases, clock))
    with cases.writing() as desk:
        desk.state("s", case.id, by="driver", role="party", words="One more thing.")
    with pytest.raises(Stale, match=f"gone on to step 5 .*since step {case.steps}"):
        decide(cases, case, "upheld")


def test_two_reviewers_at_once(cases: Cases, clock: Clock) -> None:
    case = appeal(cases, held(cases, clock))
    ends: list[str] = []

    def work(by: str, outcome: str) -> None:
        try:
            ends.append(decide(cases, case, outcome, by=by).outcome)
        except Stale:
            ends.append("stale")

    threads = [threading.Thread(target=work, args=x) for x in (("ruth", "upheld"), ("sam", "overturned"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends)[0] in ("overturned", "stale")
    assert ends.count("stale") == 1
    assert len(cases.case(case.id).rounds) == 1


def test_a_refused_call_keeps_nothing_of_its_transaction(cases: Cases, clock: Clock) -> None:
    case = held(cases, clock)

    def attempt() -> None:
        with cases.writing() as desk:
            earn(desk, "other", 5_00)
            desk.state("s", case.id, by="driver", role="party", words="Words.")
            with suppress(Refused):
                desk.retract("r", case.id, by="driver", role="party", why="none made")

    with pytest.raises(Refused, match="nothing of it is kept"):
        attempt()
    assert cases.case(case.id) == case
    assert cases.ledger.standing("other") == []


# The guard between flags and holds


def test_the_guard_stands_between_flag_and_hold(cases: Cases, clock: Clock) -> None:
    with cases.writing() as desk:
        for party in ("ann", "bo"):
            earn(desk, party)
            desk.flag(f"f {party}", matter(party=party, decision=party), by="gate", of_day=TERMS)
        assert desk.hold_due("h") == [], "the delay is not over"
    ann, bo = (matter(party=p, decision=p).id for p in ("ann", "bo"))
    seen: list[str] = []

    def guard(due: list[CaseOf]) -> dict[str, str]:
        seen.extend(case.id for case in due)
        return {ann: "an insurer's campaign"}

    clock.wait(hours=6)
    with cases.writing() as desk:
        assert [case.id for case in desk.hold_due("h2", guard)] == [bo]
        desk.withdraw("w", ann, by="guard", role="machine", why="an insurer's campaign", cause="campaign c1")
    assert sorted(seen) == sorted([ann, bo])
    assert (standing(cases, "ann"), standing(cases, "bo")) == ((80_00, 0, 0), (0, 80_00, 20_00))
    with cases.writing() as desk:  # found later: earlier holds are released, too
        desk.withdraw("w2", bo, by="guard", role="machine", why="an insurer's campaign", cause="campaign c1")
    assert standing(cases, "bo") == (80_00, 0, 0)
    assert cases.case(bo).state == "withdrawn"


def test_what_is_imposed_too_early_is_refused(cases: Cases, clock: Clock) -> None:
    with cases.writing() as desk:
        case = desk.flag("f", MATTER, by="gate", of_day=TERMS)
    clock.wait(hours=5.99)
    with pytest.raises(Refused, match="at the earliest"), cases.writing() as desk:
        desk.impose("i", case.id, by="clock", role="machine", why="now")
