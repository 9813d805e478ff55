"""What reviewers and operators work with: the queue, reports, samples to label, the command line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from guiju.cases import Cases
from guiju.cases.matters import of_decision
from guiju.cases.reports import Share, precision, service, share
from guiju.cases.sampling import FLAGGED, PASSED, draw, estimates
from guiju.checks.words import Words
from guiju.gate import load
from guiju.gate.drawn_cases import cases as drawn_cases
from guiju.gate.drawn_cases import decided
from guiju.journal import Journal
from guiju.records.drawn import read_drawn
from guiju.records.errors import BadInput
from made_cases import TERMS, Clock, held, matter
from shell import Shell


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cases(tmp_path: Path, clock: Clock) -> Iterator[Cases]:
    made = Cases(tmp_path / "books.db", clock)
    yield made
    made.close()


def appealed(cases: Cases, clock: Clock, party: str, **other: object) -> str:
    case = held(cases, clock, matter(party=party, decision=party, **other))
    with cases.writing() as desk:
        return desk.appeal(f"a {party}", case.id, by=party, role="party", words="No.").id


def decide(cases: Cases, id: str, outcome: str, **more: object) -> None:
    with cases.writing() as desk:
        seen = desk.case(id).steps
        desk.decide(f"d {id}", id, outcome=outcome, by="ruth", why="as read", seen=seen, **more)


def test_the_queue_is_by_deadline(cases: Cases, clock: Clock) -> None:
    first = held(cases, clock, matter(party="ann", decision="ann")).id
    clock.wait(days=10)
    second = held(cases, clock, matter(party="bo", decision="bo", platform="other")).id
    third = appealed(cases, clock, "cy")
    assert [(line.case, line.state) for line in cases.queue()] == [
        (third, "appealed"), (first, "noticed"), (second, "noticed"),
    ]  # fmt: skip
    assert [line.case for line in cases.queue(owed=True)] == [third]
    assert [line.case for line in cases.queue(platform="other")] == [second]
    clock.wait(days=13)
    assert [line.case for line in cases.queue()] == [third, second], "the first has lapsed, recorded or not"


def test_the_state_of_the_work_and_what_triggers_were_worth(cases: Cases, clock: Clock) -> None:
    ids = {p: appealed(cases, clock, p) for p in ("ann", "bo", "cy", "di", "ed")}
    appealed_at = {p: cases.case(id).appeals[0].at for p, id in ids.items()}
    lone = held(cases, clock, matter(party="fay", decision="fay", trigger="driving/late_ends")).id
    decide(cases, ids["ann"], "overturned")
    decide(cases, ids["bo"], "upheld")
    clock.wait(hours=80)
    decide(cases, ids["cy"], "partly", upheld=10_00)
    with cases.writing() as desk:
        desk.withdraw("w", lone, by="op", role="operator", why="an error")
    now = service(cases)
    assert (now.open, now.owed, now.overdue, now.answered, now.late) == (2, 2, 2, 3, 1)
    decided_at = {p: cases.case(ids[p]).rounds[0].at for p in ("ann", "bo", "cy")}
    hours = sorted((at - appealed_at[p]) / 3_600_000_000 for p, at in decided_at.items())
    assert hours[-1] > 80
    assert [now.median_hours, now.most_hours] == pytest.approx(hours[1:])
    assert now.overturned[:2] == (1, 3)
    assert (now.overturned.low, now.overturned.high) == pytest.approx((0.0615, 0.7923), abs=1e-4)
    assert now.partly[:2] == (1, 3)
    clock.wait(days=20)
    assert service(cases).lapsed == 2
    late, vouchers = precision(cases)
    assert (late.trigger, late.withdrawn, late.right[:2]) == ("driving/late_ends", 1, (0, 1))
    assert (vouchers.upheld, vouchers.partly, vouchers.overturned, vouchers.lapsed) == (1, 1, 1, 2)
    assert vouchers.right[:2] == (2, 3)
    assert share(0, 0) == Share(0, 0, None, None)
    assert service(cases, "nobody").answered == 0


# Samples


def table(tmp_path: Path, n: int = 2000) -> Path:
    """Decisions in which each twentieth is flagged."""
    path = tmp_path / "decisions.csv"
    rows = [f"p,t{i},{i},{str(i % 20 == 0).lower()},{str(i % 50 == 0).lower()}" for i in range(n)]
    path.write_text("\n".join(["platform,id,trips,late_ends,on_the_spot", *rows]))
    return path


def fill(folder: Path, truth: object) -> None:
    with (folder / "sample.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["label"] = truth(row)  # type: ignore[operator]
    with (folder / "sample.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def test_a_sample_is_drawn_labelled_and_told(tmp_path: Path) -> None:
    source = table(tmp_path)
    about = draw(source, tmp_path / "s", seed="7", flags=40, others=100)
    sizes = {(s.trigger, s.stratum): (s.events, s.drawn) for s in about.strata}
    assert sizes["late_ends", FLAGGED] == (100, 40)
    assert sizes["on_the_spot", PASSED] == (1960, 100)
    assert len({(e.trigger, e.id) for e in about.events}) == len(about.events) == 280
    strata = [e.stratum for e in about.events if e.trigger == "late_ends"]
    assert strata != sorted(strata), "the sheet does not tell which is which"
    assert "flagged" not in (tmp_path / "s" / "sample.csv").read_text(encoding="utf-8-sig")
    again = draw(source, tmp_path / "again", seed="7", flags=40, others=100)
    lines = source.read_text().split("\n")
    source.write_text("\n".join([lines[0], *reversed(lines[1:])]))
    assert draw(source, tmp_path / "turned", seed="7", flags=40, others=100) == again == about
    assert draw(source, tmp_path / "other", seed="8", flags=40, others=100).events != about.events

    with pytest.raises(BadInput, match="line 2: label 'nothing': write yes, no or unclear"):
        estimates(tmp_path / "s")
    fill(
        tmp_path / "s", lambda row: "yes" if int(row["id"][1:]) % 10 == 0 else "unclear" if row["id"] == "t1" else "no"
    )
    late, spot = estimates(tmp_path / "s")
    flagged = [e for e in about.events if (e.trigger, e.stratum) == ("late_ends", PASSED)]
    missed = sum(int(e.id[1:]) % 10 == 0 for e in flagged)
    assert (late.precision[:2], late.missed.found) == ((40, 40), missed)
    assert late.missed_events == pytest.approx(missed / late.missed.of * 1900)
    assert late.precision.low == pytest.approx(0.9124, abs=1e-4)
    assert spot.trigger == "on_the_spot"


def test_samples_are_right_on_average_and_as_sure_as_they_say(tmp_path: Path) -> None:
    """Of a stratum of 20 flags, 12 of them right, 10 are drawn 60 times."""
    source, shares, covered = table(tmp_path, 400), [], 0
    for seed in range(60):
        about = draw(source, tmp_path / str(seed), seed=str(seed), flags=10, others=0, triggers=["late_ends"])
        right = sum(int(e.id[1:]) % 100 < 60 for e in about.events)  # t0, t20, t40 of each hundred
        told = share(right, len(about.events))
        shares.append(right / 10)
        covered += (told.low or 0) <= 0.6 <= (told.high or 0)
    assert sum(shares) / 60 == pytest.approx(0.6, abs=0.05)  # its standard error is 0.0145
    assert covered >= 57, "drawn without replacement from few: at least as often"


def test_samples_that_cannot_be(tmp_path: Path) -> None:
    source = table(tmp_path)
    (tmp_path / "there").mkdir()
    with pytest.raises(BadInput, match="is there already"):
        draw(source, tmp_path / "there", seed="1", flags=1, others=1)
    with pytest.raises(BadInput, match="no column 'lates'"):
        draw(source, tmp_path / "x", seed="1", flags=1, others=1, triggers=["lates"])
    with pytest.raises(BadInput, match="says not whether"):
        draw(source, tmp_path / "x", seed="1", flags=1, others=1, triggers=["trips"])
    with pytest.raises(BadInput, match="name a gate's journal"):
        draw(tmp_path / "none", tmp_path / "x", seed="1", flags=1, others=1)
    draw(source, tmp_path / "x", seed="1", flags=1, others=1)
    fill(tmp_path / "x", lambda row: "no")
    sheet = tmp_path / "x" / "sample.csv"
    sheet.write_text(sheet.read_text(encoding="utf-8-sig").replace(",t", ",u"), encoding="utf-8-sig")
    with pytest.raises(BadInput, match="not those that were drawn"):
        estimates(tmp_path / "x")


def test_a_sample_of_a_journal(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        for n in range(50):
            reasons = [{"trigger": "late_ends"}] if n % 5 == 0 else []
            decision = {"platform": "p", "id": f"t{n}", "reasons": reasons}
            journal.append({"kind": "decision", "event": {}, "decision": decision})
        journal.append({"kind": "set", "name": "driving"})
    about = draw(tmp_path / "j", tmp_path / "s", seed="1", flags=4, others=6)
    assert [(s.stratum, s.events, s.drawn) for s in about.strata] == [(FLAGGED, 10, 4), (PASSED, 40, 6)]


# The command line


def real(cases: Cases) -> str:
    """A case of a real decision, held and told."""
    of = load("driving")
    one = next(d for t, v, _, d in drawn_cases(of) if (t.name, v) == ("voucher_arbitrage", "found"))
    records = {name: read_drawn(name, text) for name, text in one.records.items()}
    events = {e["id"]: e for e in records["trips"].to_pylist()}
    [told] = [m for d in decided(of, records) for m in of_decision(d, of, events[d.id])]
    return held(cases, cases.clock, told).id  # type: ignore[arg-type]


def test_the_command_line(tmp_path: Path, shell: Shell) -> None:
    clock = Clock()
    clock.now = datetime.now(UTC) - timedelta(days=1)
    where = str(tmp_path / "cases.db")
    made = Cases(where, clock)
    assert shell.done("cases", "queue", where) == "nothing waits\n"
    id = real(made)
    said = shell.done("cases", "show", where, id)
    for words in ("不得优惠券套利", "三十日内用券行程: 10 次  (至少 10 次)", "held 19.20 CNY", "Asia/Shanghai"):
        assert words in said
    said = shell.done("cases", "show", where, id, "-l", "en")
    assert "trips with vouchers in 30 days: 10 trips  (at least 10 trips)" in said
    assert id in shell.done("cases", "queue", where)
    assert "(占车费至少 50 %)" in shell.done("cases", "show", where, id, "-l", "zh")
    deciding = ("cases", "decide", where, id, "--by", "ruth", "--why", "half of it", "--outcome", "partly")
    with made.writing() as desk:
        desk.appeal("a", id, by=desk.case(id).matter.party, role="party", words="The insurer gave them.")
    assert "“The insurer gave them.”" in shell.done("cases", "show", where, id)
    assert "gone on to step 4" in shell.refused(*deciding, "--seen", "3", "--upheld", "10")
    assert "is no amount" in shell.refused(*deciding, "--seen", "4", "--upheld", "1.234")
    for _ in range(2):  # the same call again changes nothing
        assert "partly; 9.20 CNY taken" in shell.done(*deciding, "--seen", "4", "--upheld", "9.20")
    told = shell.done("cases", "sla", where)
    assert "answered" in told
    assert "driving/voucher_arbitrage" in told
    head = tmp_path / "head.json"
    head.write_text(shell.done("cases", "head", where))
    assert json.loads(head.read_text())["of"] == "steps"
    said = shell.done("verify", where, "--anchor", head)
    assert "6 steps of cases" in said
    assert said.endswith("true\n")
    assert "there is no case none" in shell.refused("cases", "show", where, "none")
    made.close()


def test_the_command_line_lapses_and_decides_groups(tmp_path: Path, shell: Shell) -> None:
    clock, where = Clock(), str(tmp_path / "cases.db")
    made = Cases(where, clock)  # of December 2025: by the clock of today it has lapsed
    held(made, clock, matter(party="ann", decision="ann"))
    assert "1 case lapsed" in shell.done("cases", "lapse", where)
    assert "0 cases lapsed" in shell.done("cases", "lapse", where)
    made.close()
    clock.now, where = datetime.now(UTC) - timedelta(days=1), str(tmp_path / "groups.db")
    made, two = Cases(where, clock), replace(TERMS, reviewers=2)
    ids = [held(made, clock, matter(party=p, decision=p), two).id for p in ("bo", "cy")]
    with made.writing() as desk:
        desk.make_group("g", "night", Words("一个原因", "one cause"), by="op", role="operator", why="one night")
        desk.join("j", "night", ids, by="op", role="operator", why="one night")
    deciding = ("cases", "decide", where, "night", "--outcome", "overturned", "--why", "one campaign")
    assert "another reviewer decides" in shell.done(*deciding, "--by", "ruth", "--seen", "1")
    assert "overturned; 2 cases decided" in shell.done(*deciding, "--by", "sam", "--seen", "2")
    made.close()
