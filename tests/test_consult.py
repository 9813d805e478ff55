"""Routing of consultations: event by event, against a naive checker that reads the rows, a whole day, and bad input."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guiju.market import assumptions
from guiju.market.consult import Consulted, consult
from guiju.market.consult.choosing import FAIR, MANNERS
from guiju.market.consult.drawn import live
from guiju.market.consult.measured import jain
from guiju.market.consult.policy import Policy, policy
from guiju.market.consult.roster import Inquiry, Roster, inquiries, roster
from guiju.market.consult.routing import (
    Asked,
    Closed,
    Due,
    Event,
    Replied,
    Shift,
    Standing,
    Step,
    due_at,
    step,
)
from guiju.records.errors import BadInput
from guiju.twin.consultations import generate
from shell import Shell

DAY, ZONE = date(2025, 12, 31), ZoneInfo("Asia/Shanghai")
BEGINS = datetime(2025, 12, 30, 16)  # of the day in Shanghai, UTC
BY = policy(assumptions("consult", DAY))
Row = dict[str, Any]
PERSON: Row = {
    "platform": "p", "role": "doctor", "institution": "clinic", "specialties": "skin", "languages": "zh",
    "regions": None, "ways": None, "capacity": 2, "expert": None, "lead": None, "reply_seconds": None,
    "talk_seconds": None, "silent_pct": None,
}  # fmt: skip
LICENCE: Row = {
    "platform": "register", "kind": "doctor", "scope": "skin", "valid_from": datetime(2020, 1, 1), "valid_to": None,
    "extended_to": None, "revoked_at": None, "known_at": None,
}  # fmt: skip
HOURS: Row = {
    "platform": "p", "weekday": None, "begins": "00:00", "ends": "24:00", "time_zone": "Asia/Shanghai",
    "valid_from": None, "valid_to": None,
}  # fmt: skip


def people(*names: str, **other: Any) -> list[Row]:
    return [PERSON | {"id": name} | other for name in names]


def licences(*names: str, **other: Any) -> list[Row]:
    house = LICENCE | {"id": "house", "kind": "institution", "holder": "clinic"}
    return [house, *(LICENCE | {"id": f"l{name}", "holder": name} | other for name in names)]


def hours(*names: str, **other: Any) -> list[Row]:
    return [HOURS | {"id": f"h{name}", "practitioner": name} | other for name in names]


def made(*names: str, **other: Any) -> Roster:
    return roster(people(*names, **other), hours(*names), licences(*names), DAY, ZONE)


def ask(name: str, minutes: float = 60, **other: Any) -> Inquiry:
    return Inquiry(name, at(minutes), **{"specialty": "skin", "kind": "medical", "language": "zh"} | other)


def at(minutes: float) -> datetime:
    return BEGINS + timedelta(minutes=minutes)


def run(of: Roster, *events: Event, by: Policy = BY) -> tuple[Standing, list[Step]]:
    standing, steps = Standing(), []
    for event in events:
        standing, done = step(of, by, standing, event)
        steps += done
    return standing, steps


def brief(steps: list[Step]) -> list[tuple[str, str, str]]:
    return [(s.inquiry, s.what, s.to) for s in steps]


def test_the_least_loaded_first_and_by_turns() -> None:
    of = made("a", "b")
    asked = [Asked(at(60 + n), ask(f"q{n}", 60 + n)) for n in range(5)]
    _, steps = run(of, *asked)
    assert [s.to for s in steps] == ["a", "b", "a", "b", ""]
    assert steps[-1].what == "waits"
    assert steps[-1].why is not None
    assert (steps[-1].why.on_duty, steps[-1].why.free) == (2, 0)


def test_who_waits_goes_to_whoever_has_room_first() -> None:
    of = made("a", capacity=1)
    _, steps = run(of, Asked(at(60), ask("q1")), Asked(at(61), ask("q2", 61)), Replied(at(62), "q1", "a"),
                   Closed(at(63), "q1"))  # fmt: skip
    assert brief(steps) == [("q1", "assigned", "a"), ("q2", "waits", ""), ("q1", "replied", "a"), ("q1", "closed", "a"),
                            ("q2", "assigned", "a")]  # fmt: skip


def test_an_escalation_goes_to_another_then_to_a_lead_then_the_asker_is_told() -> None:
    of = roster(people("a", "b") + people("lead", lead="yes", regions="9"), hours("a", "b", "lead"),
                licences("a", "b", "lead"), DAY, ZONE)  # fmt: skip
    one = ask("q1")
    assert due_at(BY, one) == [at(70), at(80), at(90)]
    _, steps = run(of, Asked(at(60), one), *(Due(moment, "q1") for moment in due_at(BY, one)))
    assert brief(steps) == [("q1", "assigned", "a"), ("q1", "due", "a"), ("q1", "assigned", "b"), ("q1", "due", "b"),
                            ("q1", "assigned", "lead"), ("q1", "due", "lead"), ("q1", "told", "lead"),
                            ("q1", "taken_back", "lead"), ("q1", "assigned", "a")]  # fmt: skip
    _, steps = run(of, Asked(at(60), one), Replied(at(61), "q1", "a"), Due(at(70), "q1"))
    assert [s.what for s in steps] == ["assigned", "replied"]


def test_a_chosen_expert_is_paid_for_and_the_fee_comes_back_when_late() -> None:
    of = made("a", "b", expert="yes")
    one = ask("q1", chosen="b")
    _, steps = run(of, Asked(at(60), one), Due(at(65), "q1"))
    assert [(s.what, s.to, s.amount) for s in steps] == [
        ("charged", "b", Decimal("5.00")), ("assigned", "b", Decimal()), ("due", "b", Decimal()),
        ("refunded", "b", Decimal("5.00")), ("assigned", "a", Decimal()),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "people_", "licences_", "hours_", "asked"),
    [
        ("unknown", people("a"), licences("a"), hours("a"), {"chosen": "x"}),
        ("no_expert", people("a"), licences("a"), hours("a"), {"chosen": "a"}),
        ("unlicensed", people("a", "e", expert="yes"), licences("a"), hours("a", "e"), {"chosen": "e"}),
        ("off_duty", people("a", "e", expert="yes"), licences("a", "e"), hours("a"), {"chosen": "e"}),
        ("other_way", people("a", ways="video") + people("e", expert="yes"), licences("a", "e"), hours("a", "e"),
         {"chosen": "e", "way": "video"}),
    ],
)  # fmt: skip
def test_an_expert_who_cannot_have_it_costs_nothing_and_it_goes_on(
    word: str, people_: list[Row], licences_: list[Row], hours_: list[Row], asked: Row
) -> None:
    _, steps = run(roster(people_, hours_, licences_, DAY, ZONE), Asked(at(60), ask("q1", **asked)))
    assert [(s.what, s.word) for s in steps] == [("not_chosen", word), ("assigned", "")]
    assert steps[-1].to == "a"


def test_what_nobody_may_answer_is_answered_by_a_sentence() -> None:
    standing, steps = run(made("a"), Asked(at(60), ask("q1", specialty="hair")), Asked(at(61), ask("q2", language="x")))
    assert [s.what for s in steps] == ["nobody", "nobody"]
    assert not standing.open


def test_a_duty_that_ends_hands_over_what_nobody_answered() -> None:
    of = roster(people("a", "b"), hours("a", ends="02:00") + hours("b", begins="02:00"), licences("a", "b"), DAY, ZONE)
    _, steps = run(of, Asked(at(60), ask("q1")), Asked(at(117), ask("q2", 117)), Shift(at(120)))
    assert brief(steps)[:3] == [("q1", "assigned", "a"), ("q2", "waits", ""), ("q1", "handed_over", "a")]
    assert set(brief(steps)[3:]) == {("q1", "assigned", "b"), ("q2", "assigned", "b")}


def test_events_that_cannot_be_are_refused_with_a_sentence() -> None:
    of = made("a")
    for events, sentence in (
        ([Replied(at(60), "q1", "a")], "it was not asked yet, or is over"),
        ([Asked(at(60), ask("q1")), Asked(at(61), ask("q1"))], "was asked already"),
        ([Asked(at(60), ask("q1")), Replied(at(59), "q1", "a")], "give events in the order of time"),
        ([Asked(at(60), ask("q1")), Replied(at(61), "q1", "b")], "'a' has it"),
        ([Asked(at(60), ask("q1")), Replied(at(61), "q1", "a"), Replied(at(62), "q1", "a")], "first reply already"),
        ([Shift(at(-1))], "not of the roster's day"),
    ):
        with pytest.raises(BadInput, match=sentence):
            run(of, *events)


def test_the_day_is_by_whose_clock_the_row_says() -> None:
    tokyo = roster(people("a"), hours("a", begins="09:00", ends="10:00", time_zone="Asia/Tokyo"), licences("a"), DAY,
                   ZONE)  # fmt: skip
    assert tokyo.of["a"].duty == ((datetime(2025, 12, 31, 0), datetime(2025, 12, 31, 1)),)
    sunday = roster(people("a"), hours("a", weekday=3, begins="09:00", ends="10:00", time_zone="America/New_York"),
                    licences("a"), DAY, ZONE)  # fmt: skip
    assert sunday.of["a"].duty == ((datetime(2025, 12, 31, 14), datetime(2025, 12, 31, 15)),), "a Wednesday there too"
    spring = roster(people("a"), hours("a", begins="01:00", ends="04:00", time_zone="Europe/London"), licences("a"),
                    date(2026, 3, 29), ZONE)  # fmt: skip
    assert spring.of["a"].hours == 2, "summer time begins: an hour of that night there is not"


def test_a_licence_counts_that_holds_all_day() -> None:
    noon = BEGINS + timedelta(hours=12)
    for other, may in (
        ({"valid_to": noon}, False), ({"valid_from": noon}, False), ({"revoked_at": noon}, False),
        ({"valid_to": BEGINS + timedelta(days=1)}, True),
        ({"valid_to": noon, "extended_to": noon + timedelta(days=9)}, True), ({"scope": "teeth"}, False),
    ):  # fmt: skip
        of = roster(people("a"), hours("a"), licences("a", **other), DAY, ZONE)
        assert bool(of.fit(ask("q")).who) == may, other
    assert not roster(people("a"), hours("a"), [LICENCE | {"id": "l", "holder": "a"}], DAY, ZONE).fit(ask("q")).who


# What must hold of every day: a naive checker that reads the rows, and knows none of the routing's code.


def naive_faults(rows: dict[str, list[Row]], asked: dict[str, Inquiry], steps: list[Step]) -> list[str]:
    """What is wrong with the assignments, by the rows themselves: licence, duty, specialty, language, way, room."""
    who = {row["id"]: row for row in rows["practitioners"]}
    found, holder = [], {}

    def held(kind: str, name: str, scope: str, moment: datetime) -> bool:
        of = (r for r in rows["licences"] if (r["kind"], r["holder"], r["scope"]) == (kind, name, scope))
        return any(
            r["valid_from"] <= moment and (r["valid_to"] is None or moment < max(r["valid_to"], r["extended_to"]
            or r["valid_to"])) and (r["revoked_at"] is None or moment < r["revoked_at"]) for r in of
        )  # fmt: skip

    def on_duty(name: str, moment: datetime) -> bool:
        for r in rows["duty"]:
            if r["practitioner"] == name:
                local = moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(r["time_zone"]))
                if r["weekday"] in (None, local.isoweekday()) and r["begins"] <= f"{local:%H:%M:%S}" < r["ends"]:
                    return True
        return False

    for s in steps:
        if s.what in ("assigned", "handed_over", "taken_back", "closed"):
            holder.pop(s.inquiry, None)
        if s.what != "assigned":
            continue
        p, q = who[s.to], asked[s.inquiry]
        holder[s.inquiry] = s.to
        used = sum(BY.units[asked[name].way] for name, to in holder.items() if to == s.to)
        doctor = p["role"] == "doctor"
        licensed = held("doctor", s.to, q.specialty, s.at) and held("institution", p["institution"], q.specialty, s.at)
        holds = {
            "licence": not doctor or licensed, "role": doctor or q.kind == "service",
            "specialty": q.specialty in p["specialties"].split(", "),
            "language": q.language in p["languages"].split(", "),
            "way": q.way in (p["ways"] or "picture_text").split(", "), "duty": on_duty(s.to, s.at),
            "capacity": used <= p["capacity"],
        }  # fmt: skip
        found += [f"{s.inquiry} to {s.to}: {name}" for name, held_ in holds.items() if not held_]
    return found


SCOPES, SPEECH = ["skin", "teeth"], ["zh", "en"]
MOMENTS = st.integers(-3000, 3000).map(at)
NAMES = ["a", "b", "c", "d"]
SUBSETS = st.lists(st.sampled_from(SCOPES), min_size=1, unique=True).map(", ".join)
PEOPLE = st.fixed_dictionaries({
    "role": st.sampled_from(["doctor", "doctor", "consultant"]), "specialties": SUBSETS,
    "languages": st.lists(st.sampled_from(SPEECH), min_size=1, unique=True).map(", ".join),
    "regions": st.sampled_from([None, "1", "1, 2"]), "ways": st.sampled_from([None, "picture_text, video", "video"]),
    "capacity": st.integers(1, 3), "expert": st.sampled_from(["yes", "no"]), "lead": st.sampled_from(["yes", None]),
    "silent_pct": st.sampled_from([None, 40, 100]),
})  # fmt: skip
SPANS = st.fixed_dictionaries({
    "scope": st.sampled_from(SCOPES), "valid_from": MOMENTS, "valid_to": st.none() | MOMENTS,
    "extended_to": st.none() | MOMENTS, "revoked_at": st.none() | MOMENTS,
})  # fmt: skip
DUTY = st.tuples(
    st.integers(0, 22), st.integers(1, 24), st.sampled_from([None, 2, 3]),
    st.sampled_from(["Asia/Shanghai", "Asia/Tokyo", "America/New_York", "Asia/Kathmandu"]),
)  # fmt: skip
ASKED = st.tuples(
    st.integers(0, 1439), st.sampled_from([*SCOPES, "hair"]), st.sampled_from(["medical", "service"]),
    st.sampled_from(SPEECH), st.sampled_from(["1", ""]), st.sampled_from(["picture_text", "video"]),
    st.sampled_from(["", "", *NAMES, "x"]),
)  # fmt: skip


@given(
    st.lists(PEOPLE, min_size=4, max_size=4),
    st.lists(st.tuples(st.sampled_from([*NAMES, "clinic"]), SPANS), max_size=8),
    st.lists(st.tuples(st.sampled_from(NAMES), DUTY), min_size=3, max_size=8), st.lists(ASKED, max_size=40),
    st.integers(0, 3),
)  # fmt: skip
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_the_day_every_assignment_holds_and_nothing_is_lost(
    drawn: list[Row], spans: list[tuple[str, Row]], duty: list[tuple[str, Any]], asked: list[Any], seed: int
) -> None:
    sound = [
        LICENCE | {"id": f"s{kind}{scope}", "kind": kind, "holder": who, "scope": scope}
        for kind, who in (("institution", "clinic"), ("doctor", "a")) for scope in SCOPES
    ]  # fmt: skip
    rows: dict[str, list[Row]] = {
        "practitioners": [PERSON | {"id": name} | one for name, one in zip(NAMES, drawn, strict=True)],
        "licences": sound + [
            LICENCE | {"id": str(n), "holder": who, "kind": "institution" if who == "clinic" else "doctor"} | span
            for n, (who, span) in enumerate(spans)
            if span["valid_to"] is None or span["valid_from"] < span["valid_to"]
        ],
        "duty": [
            HOURS | {"id": str(n), "practitioner": who, "begins": f"{b:02}:00", "ends": f"{max(b + 1, e):02}:00",
                     "weekday": weekday, "time_zone": zone}
            for n, (who, (b, e, weekday, zone)) in enumerate(duty)
        ],
    }  # fmt: skip
    of = roster(rows["practitioners"], rows["duty"], rows["licences"], DAY, ZONE)
    all_ = sorted((ask(f"q{n}", minutes, specialty=about, kind=kind, language=speech, region=region, way=way,
                       chosen=chosen) for n, (minutes, about, kind, speech, region, way, chosen) in enumerate(asked)),
                  key=lambda one: (one.asked_at, one.id))  # fmt: skip
    day = live(of, BY, all_, seed)
    assert not naive_faults(rows, {one.id: one for one in all_}, day.steps)
    told = {s.inquiry for s in day.steps if s.what in ("assigned", "waits", "nobody")}
    assert told == {one.id for one in all_}, "every inquiry is sent, waits, or is answered by a sentence"
    paid = dict.fromkeys(told, Decimal())
    for s in day.steps:
        paid[s.inquiry] += s.amount if s.what == "charged" else -s.amount
    assert all(amount in (0, BY.fee) for amount in paid.values())
    for one in all_:  # what is kept is kept for the chosen expert's own reply, or the deadline is not past yet
        if paid[one.id]:
            replied = day.replies.get(one.id)
            assert replied[1] == one.chosen if replied else one.asked_at + BY.chosen >= of.ends
    again = live(of, BY, all_, seed)
    assert again.steps == day.steps, "the same events give the same steps"


def test_the_naive_checker_sees_what_a_naive_manner_does() -> None:
    rows = {
        "practitioners": [*people("a", capacity=1), *people("c", role="consultant")],
        "licences": licences("a", valid_to=BEGINS), "duty": hours("a", "c"),
    }  # fmt: skip
    asked = [ask(f"q{n}", 60 + n, language="en") for n in range(4)]
    of = roster(rows["practitioners"], rows["duty"], rows["licences"], DAY, ZONE)
    found = naive_faults(rows, {one.id: one for one in asked}, live(of, BY, asked, 7, "round_robin").steps)
    assert {fault.split(": ")[1] for fault in found} == {"licence", "role", "language", "capacity"}


# A whole day of the twin.


@pytest.fixture(scope="module")
def routed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Consulted]:
    out = tmp_path_factory.mktemp("consultations")
    generate(out / "records", 600, 11)
    return out, consult(out / "records", day=DAY, out=out / "routed")


def test_a_day_keeps_within_what_the_twin_says_who_may_answer(routed: tuple[Path, Consulted]) -> None:
    out, done = routed
    may = pl.read_parquet(out / "records" / "may_answer.parquet")
    sent = pl.DataFrame(
        [(s.at, s.to, done.of[s.inquiry].specialty) for s in done.routed.steps if s.what == "assigned"],
        schema={"at": pl.Datetime("us"), "practitioner": pl.String, "specialty": pl.String}, orient="row",
    )  # fmt: skip
    assert sent.height > 500
    both = sent.join(may, on=["practitioner", "specialty"])
    allowed = both.filter((pl.col("at") >= pl.col("starts_at")) & (pl.col("at") < pl.col("ends_at")))
    assert allowed.select("at", "practitioner").n_unique() == sent.select("at", "practitioner").n_unique()
    nobody = [done.of[s.inquiry] for s in done.routed.steps if s.what == "nobody"]
    assert {one.specialty for one in nobody if one.language != "ja"} <= {"hair_transplant"}
    assert done.measured[FAIR].broken == {}
    assert all(done.measured[name].broken for name in ("round_robin", "first_free"))


def test_a_days_numbers_add_up_in_every_manner(routed: tuple[Path, Consulted]) -> None:
    _, done = routed
    assert list(done.measured) == list(MANNERS)
    for m in done.measured.values():
        assert m.replied + m.unanswered + m.nobodys == m.inquiries == 600
        assert m.in_time <= m.lawful <= m.replied
        assert m.curve is not None
        assert int(m.curve.events.sum()) == m.replied
    ours, naive = done.measured[FAIR], done.measured["round_robin"]
    assert ours.in_time > naive.in_time
    assert ours.unanswered_paid == 0


def test_a_days_files_say_what_the_steps_say(routed: tuple[Path, Consulted]) -> None:
    import guiju

    out, done = routed
    steps = pl.read_parquet(done.folder / "steps.parquet")
    assert steps.height == len(done.routed.steps)
    assert not steps.filter(
        (pl.col("why_zh") == "") | (pl.col("why_en") == "") | pl.col("why_en").str.contains("[{}]")
    ).height
    page = done.page.read_text(encoding="utf-8")
    assert "为什么是这位" in page
    assert "Why this doctor" in page
    assert page.count("<svg") == 3
    book = openpyxl.load_workbook(done.folder / "numbers.xlsx", read_only=True)
    assert book.sheetnames == ["compared", "still waiting", "loads", "steps", "assumed"]
    records = {"consultations": pl.read_parquet(done.folder / "consultations.parquet"),
               "medical_licences": pl.read_parquet(out / "records" / "medical_licences.parquet")}  # fmt: skip
    assert records["consultations"].height == len(done.routed.replies)
    run_ = guiju.audit(records, day="2025-12-31", out=out / "runs", only=["no_practice_without_licence"])
    assert not run_.findings, "what was routed is clear by the rule"


def test_evenness_by_hand() -> None:
    assert jain([1, 1, 1, 1]) == 1
    assert jain([4, 0, 0, 0]) == 0.25
    assert jain([1, 2, 3]) == pytest.approx(36 / 42)


# What a user does, and gets wrong.


def written(folder: Path, **tables: list[Row]) -> Path:
    folder.mkdir(exist_ok=True)
    base = {
        "practitioners": people("a", "b"), "duty_hours": hours("a", "b"), "medical_licences": licences("a", "b"),
        "inquiries": [{"platform": "p", "id": "q1", "occurred_at": at(600), "specialty": "skin", "kind": "medical",
                       "language": "zh", "region": None, "way": None, "chosen": None}],
    }  # fmt: skip
    for name, rows in (base | tables).items():
        pl.DataFrame(rows, infer_schema_length=None).write_csv(folder / f"{name}.csv")
    return folder


def test_a_small_folder_of_csv_is_routed_and_told_in_either_language(tmp_path: Path, shell: Shell) -> None:
    folder = written(tmp_path / "records")
    told = shell("consult", folder, "--on", "2025-12-31", "--why", "q1", "--out", tmp_path / "out")
    assert "2 on the roster, 2 answer about skin (medical), 2 licensed for it that day" in told.out
    zh = shell("consult", folder, "--on", "2025-12-31", "--why", "q1", "--out", tmp_path / "out", "-l", "zh")
    assert "名册 2 人" in zh.out


BAD: dict[str, tuple[dict[str, list[Row]], str]] = {
    "an unknown time zone": ({"duty_hours": hours("a", time_zone="Asia/Canton")}, "no time zone 'Asia/Canton'"),
    "duty that ends before it begins": (
        {"duty_hours": hours("a", begins="22:00", ends="06:00")}, "duty from 22:00 to 06:00 ends before it begins"),
    "hours that are none": ({"duty_hours": hours("a", begins="nine")}, "'nine'; write it as 09:00"),
    "duty of somebody unknown": ({"duty_hours": hours("z")}, "'z' is not on the roster"),
    "an unknown role": ({"practitioners": people("a", "b", role="nurse")}, "the role is 'nurse'"),
    "an unknown way": ({"practitioners": people("a", "b", ways="letter")}, "the way is 'letter'"),
    "two platforms": ({"practitioners": [*people("a", "b"), *people("c", platform="q")]}, "name one with --platform"),
}  # fmt: skip


@pytest.mark.parametrize(("tables", "sentence"), BAD.values(), ids=BAD)
def test_bad_records_are_one_sentence(tmp_path: Path, tables: dict[str, list[Row]], sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        consult(written(tmp_path / "records", **tables), day=DAY, out=tmp_path / "out")
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_doctor_without_a_licence_row_is_named_and_sent_nothing(tmp_path: Path) -> None:
    from guiju.market.consult.page import notes

    done = consult(written(tmp_path / "r", medical_licences=licences("a")), day=DAY, out=tmp_path / "out")
    assert done.roster.without_licence == ("b",)
    assert "no licence is on record" in notes(done)[0][1]
    assert {s.to for s in done.routed.steps if s.what == "assigned"} == {"a"}


def test_duplicate_ids_are_set_aside_and_told(tmp_path: Path) -> None:
    from guiju.market.consult.page import notes

    twice = [{"platform": "p", "id": "q1", "occurred_at": at(600 + n), "specialty": "skin", "kind": "medical",
              "language": "zh"} for n in range(2)]  # fmt: skip
    twice.append(twice[0] | {"id": "q2"})
    done = consult(written(tmp_path / "r", inquiries=twice), day=DAY, out=tmp_path / "out")
    assert done.quarantined >= 1
    assert any("set aside" in en for _, en in notes(done))


def test_other_days_and_other_policies(tmp_path: Path) -> None:
    folder = written(tmp_path / "r")
    with pytest.raises(BadInput, match="no inquiry of 2026-01-05 is on record"):
        consult(folder, day=date(2026, 1, 5), out=tmp_path / "out")
    for rule, sentence in (
        ({"fee": 3}, "there is no assumption 'fee'"), ({"fee_yuan": "five"}, "which is no number"),
        ({"escalation": {"another": 3, "lead": 2, "told": 4}}, "give numbers that rise"),
        ({"weights": {"load": 1}}, "lacks day"), ({"refunded_when_late": "no"}, "write true or false"),
    ):  # fmt: skip
        with pytest.raises(BadInput, match=sentence):
            consult(folder, day=DAY, rule=rule, out=tmp_path / "out")


def test_inquiries_of_a_day_are_those_between_its_midnights() -> None:
    rows = [{"id": str(n), "occurred_at": at(minutes), "specialty": "skin", "kind": "medical", "language": "zh",
             "region": None, "way": None, "chosen": None} for n, minutes in enumerate((-1, 0, 1439, 1440))]  # fmt: skip
    assert [one.id for one in inquiries(rows, BEGINS, BEGINS + timedelta(days=1))] == ["1", "2"]
