"""Cases in the console: a reviewer reads and decides; whoever it concerns has the money back at the same moment."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from math import nan
from pathlib import Path
from zipfile import ZipFile

import msgspec
import pytest

pytest.importorskip("litestar", reason="the console needs the extra [web]")
pytest.importorskip("argon2", reason="the console needs the extra [web]")

from console import PASSWORD, Served, Visit, chromium
from guiju.cases import Attachment, Cases
from guiju.cases.attachments import Attachments
from guiju.cases.guard.outcome import CAUSE, Evidence, Group, Odds, Outcome, Point
from guiju.checks.words import Words
from guiju.rulebook.redress import Terms
from made_cases import Clock, earn, held, matter, standing


class Desk(Served):
    """A console beside a ledger with cases of the night; the clock of both stands."""

    def __init__(self, folder: Path) -> None:
        (folder / "runs").mkdir()
        self.cases, self.clock = Cases(folder / "books.db", Clock()), Clock()
        self.cases.clock = self.clock
        self.files = Attachments(folder / "files")
        books = {"cases": folder / "books.db", "attachments": folder / "files"}
        super().__init__(folder / "console.db", folder / "runs", **books)

    def case(self, **other: object) -> str:
        made = held(self.cases, self.clock, matter(**other)).id
        self.now = self.clock.now
        return made

    def appealed(self, id: str, words: str, *files: Attachment) -> None:
        with self.cases.writing() as desk:
            desk.appeal(f"appeal {id}", id, by=self.cases.case(id).matter.party, role="party", words=words,
                        attachments=files)  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path) as made:
        yield made


def decide(visit: Visit, case: str, **sent: str) -> int:
    page = visit.read(f"/cases/{case}").text
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    key = page.partition('name="key" value="')[2].partition('"')[0]
    return visit.send(f"/cases/{case}", {"seen": seen, "key": key, **sent}).status_code


def test_a_reviewer_reads_decides_and_the_money_goes_back(desk: Desk) -> None:
    case = desk.case()
    proof = desk.files.keep([b"14 trips"], "proof.txt", "text/plain")
    desk.appealed(case, "The insurer gave the vouchers.", proof)
    with chromium() as browser:
        page = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB").new_page()
        page.goto(f"{desk.url}/cases")
        page.fill("#f-name", "reviewer")
        page.fill("input[type=password]", PASSWORD)
        page.click("main button")
        page.click(f"a[href='/cases/{case}']")
        assert "The insurer gave the vouchers." in page.inner_text(".course")
        with page.expect_download() as saved:
            page.click(".course a")
        assert Path(saved.value.path()).read_bytes() == b"14 trips"
        page.check("input[value=overturned]")
        page.fill("#f-why", "The vouchers were the insurer's.")
        page.click("button:has-text('Decide')")
        assert "went back at the same moment" in page.inner_text("[role=status]")
        assert "80.00 yuan came back" in page.inner_text(".paper")
    assert standing(desk.cases) == (80_00, 0, 0)
    assert desk.cases.case(case).rounds[-1].by == ("reviewer",)


def test_the_evidence_pack_is_taken_away_and_checked_by_python_alone(desk: Desk, tmp_path: Path) -> None:
    case, other = desk.case(), desk.case(decision="t9", party="somebody else")
    desk.appealed(case, "保险公司给的券。", desk.files.keep([b"14 trips"], "proof.txt", "text/plain"))
    with chromium() as browser:
        page = browser.new_context(viewport={"width": 390, "height": 800}, locale="zh-CN").new_page()
        page.goto(f"{desk.url}/cases/{case}")
        page.fill("#f-name", "reviewer")
        page.fill("input[type=password]", PASSWORD)
        page.click("main button")
        with page.expect_download() as saved:
            page.click("a:has-text('下载证据包')")
        assert saved.value.suggested_filename == f"case-{case}.zip"
        with ZipFile(saved.value.path()) as zipped:
            zipped.extractall(tmp_path / "taken")
    folder = tmp_path / "taken" / f"case-{case}"
    ran = subprocess.run([sys.executable, "-I", "-S", folder / "verify.py"], capture_output=True, text=True, cwd="/")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert (folder / "attachments" / "01-proof.txt").read_bytes() == b"14 trips"
    told = (folder / "index.html").read_text(encoding="utf-8")
    assert "保险公司给的券。" in told
    assert '<html lang="zh-CN">' in told, "in the language of whoever took it"
    assert all("somebody else" not in path.read_text(encoding="utf-8") for path in folder.glob("*.*"))
    taken = desk.visit("operator").read(f"/cases/{case}/pack")
    assert (taken.status_code, taken.headers["content-type"]) == (200, "application/zip")
    assert taken.headers["cache-control"] == "no-store"
    for role, status in (("analyst", 403), ("admin", 403), ("", 303)):
        refused = desk.visit(role).read(f"/cases/{case}/pack")
        assert refused.status_code == status, role
        assert b"PK" not in refused.content[:2]
        assert "/pack" not in desk.visit(role).read(f"/cases/{case}").text if role else True
    assert desk.visit("reviewer").read("/cases/0123456789abcdef/pack").status_code == 404
    assert desk.visit("reviewer").read(f"/cases/{other}/pack").headers["content-disposition"].endswith(f'{other}.zip"')


def test_a_case_in_chinese_says_how_its_notices_went_and_what_its_trigger_is_called(desk: Desk) -> None:
    case = desk.case()
    with desk.cases.writing() as writing:
        writing.notice("n", case, channel="letter", by="operator", role="operator", about=1)
        writing.notice("m", case, channel="pigeon", by="operator", role="operator", about=1)
    visit = desk.visit("reviewer")
    page = visit.read(f"/cases/{case}?language=zh").text
    course = page.partition('<ol class="course">')[2].partition("</ol>")[0]
    assert '<p class="words">短信：receipt 1</p>' in course
    assert '<p class="words">通知书</p>' in course
    assert '<p class="words">pigeon</p>' in course, "a way of the operator's own goes by its name"
    english = visit.read(f"/cases/{case}?language=en").text
    assert '<p class="words">text message: receipt 1</p>' in english
    assert '<p class="words">letter</p>' in english
    for language, title in (("zh", "不得优惠券套利"), ("en", "No voucher arbitrage")):
        service = visit.read(f"/service?language={language}").text
        assert f'{title} <code class="soft small">driving/voucher_arbitrage</code>' in service


def test_what_waits_stands_by_deadline_and_by_what_is_asked(desk: Desk) -> None:
    ids = [desk.case(decision=f"t{n}", party=f"p{n}") for n in range(3)]
    desk.appealed(ids[2], "It was not me.")
    visit = desk.visit("reviewer")
    told = visit.json("/cases")
    assert [row["id"] for row in told["rows"]] == [ids[2], *ids[:2]], "an answer is owed before anything lapses"
    assert [row["id"] for row in visit.json("/cases?state=appealed")["rows"]] == [ids[2]]
    assert [row["id"] for row in visit.json("/cases?party=p1")["rows"]] == [ids[1]]
    assert "No such case" in visit.read("/cases?rule=unknown").text
    assert len(visit.json("/cases?after=x-y&state=all&unknown=1")["rows"]) == 3
    assert visit.read("/cases/0123456789abcdef").status_code == 404
    assert visit.json("/service")["service"]["owed"] == 1


def test_a_decision_needs_its_words_and_somebody_who_may(desk: Desk) -> None:
    case = desk.case()
    desk.appealed(case, "It was not me.")
    reviewer, operator = desk.visit("reviewer"), desk.visit("operator")
    assert decide(reviewer, case, outcome="overturned", why=" ") == 422
    assert "Write the reason" in reviewer.seen
    assert decide(reviewer, case, outcome="partly", upheld="ten", why="a part of it") == 422
    assert "a part of it" in reviewer.seen, "no word is lost"
    assert decide(reviewer, case, outcome="partly", upheld="100.00", why="a part of it") == 422
    assert decide(reviewer, case, why="a part of it") == 422
    assert "Only a reviewer decides" in operator.read(f"/cases/{case}").text
    assert decide(reviewer, case, outcome="partly", upheld="30.00", why="30 was the driver's own") == 303
    assert desk.cases.case(case).rounds[-1].upheld == 30_00
    assert "nothing to decide" in reviewer.read(f"/cases/{case}").text


def test_what_has_not_taken_effect_can_only_be_overturned(desk: Desk) -> None:
    of, desk.now = matter(decision="t8"), desk.clock.now
    with desk.cases.writing() as writing:
        earn(writing, of.party, 80_00)
        case = writing.flag("f", of, by="gate", of_day=Terms(6, 15, 15, 72, 21, 1)).id
    reviewer, operator = desk.visit("reviewer"), desk.visit("operator")
    page = reviewer.read(f"/cases/{case}").text
    assert "It has not taken effect" in page
    assert 'value="overturned"' in page
    assert 'value="upheld"' not in page
    assert "Let it take effect" not in operator.read(f"/cases/{case}").text, "the delay is not over"
    desk.clock.wait(hours=7)
    desk.now = desk.clock.now
    reviewer, operator = desk.visit("reviewer"), desk.visit("operator")  # the sessions before have ended
    assert "Let it take effect" in operator.read(f"/cases/{case}").text
    assert operator.send(f"/cases/{case}/imposition", {}).status_code == 303
    assert standing(desk.cases)[1] == 80_00
    assert 'value="upheld"' in reviewer.read(f"/cases/{case}").text
    assert reviewer.send(f"/cases/{case}/imposition", {}).status_code == 403


def test_two_tabs_decide_one_case(desk: Desk) -> None:
    case = desk.case()
    desk.appealed(case, "It was not me.")
    first, second = desk.visit("reviewer"), desk.visit("reviewer")
    second.read(f"/cases/{case}")
    seen = second.seen.partition('name="seen" value="')[2].partition('"')[0]
    with desk.cases.writing() as writing:
        writing.state("more", case, by="driver", role="party", words="One thing more.")
    stale = second.send(f"/cases/{case}", {"seen": seen, "key": "k", "outcome": "upheld", "why": "My reasons."})
    assert stale.status_code == 409
    assert "A step was added" in stale.text
    assert "My reasons." in stale.text
    assert "One thing more." in stale.text
    assert decide(first, case, outcome="overturned", why="A mistake.") == 303
    again = second.send(f"/cases/{case}", {"seen": seen, "key": "k", "outcome": "upheld", "why": "My reasons."})
    assert again.status_code == 409
    assert [made.outcome for made in desk.cases.case(case).rounds] == ["overturned"]


def test_nobody_decides_what_they_took_part_in(desk: Desk) -> None:
    of, desk.now = matter(decision="t9"), desk.clock.now
    with desk.cases.writing() as writing:
        case = writing.flag("f", of, by="reviewer", role="operator", of_day=Terms(6, 15, 15, 72, 21, 1), why="seen").id
    visit = desk.visit("reviewer")
    assert "no other account may decide it" in visit.read(f"/cases/{case}").text
    desk.console.accounts.add("rita", ("reviewer",))
    assert "another reviewer decides" in visit.read(f"/cases/{case}").text
    told = visit.send(f"/cases/{case}", {"seen": "1", "key": "k", "outcome": "overturned", "why": "Mine."})
    assert told.status_code == 409


def grouped(desk: Desk, count: int = 4) -> list[str]:
    ids = [desk.case(decision=f"t{n}", party=f"p{n}") for n in range(count)]
    with desk.cases.writing() as writing:
        cause = Words("保险公司发券", "The insurer gave vouchers")
        writing.make_group("g", "campaign-1", cause, by="olga", role="operator", why="one cause")
        writing.join("j", "campaign-1", ids, by="olga", role="operator", why="one cause")
    return ids


def decide_group(visit: Visit, outcome: str, why: str) -> str:
    """Where whoever decides is led to."""
    page = visit.read("/groups/campaign-1").text
    key = page.partition('name="key" value="')[2].partition('"')[0]
    sent = visit.send("/groups/campaign-1", {"seen": "1", "key": key, "outcome": outcome, "why": why})
    assert sent.status_code == 303
    return str(sent.headers["location"])


def test_a_group_is_decided_as_one_and_its_members_are_answered_by_then(desk: Desk) -> None:
    ids = grouped(desk)
    desk.appealed(ids[0], "It was not me.")
    visit = desk.visit("reviewer")
    page = visit.read("/groups/campaign-1?language=en").text
    assert "The insurer gave vouchers" in page
    assert "4 cases that may have one cause; 4 of them" in page
    assert "Overturned, for all members, also those who appealed" in page
    assert page.index('id="members"') < page.index('id="decide"'), "who they are, before what is decided"
    section = page.partition('<nav class="within"')[2].partition("</nav>")[0]
    assert 'href="/cases" aria-current="page"' in section
    then = visit.read(decide_group(visit, "overturned", "They were the insurer's.")).text
    assert {desk.cases.case(id).outcome for id in ids} == {"overturned"}, "also of whoever appealed"
    assert "4 cases that may have one cause, decided as one" in then
    assert then.count('<td data-label="State">carried out') == 4
    assert "still being answered" not in then
    assert visit.read("/groups/nobody").status_code == 404


def test_what_is_upheld_for_a_group_leaves_whoever_appealed_alone_open(desk: Desk) -> None:
    ids = grouped(desk)
    desk.appealed(ids[0], "It was not me.")
    desk.clock.wait(days=16)
    desk.now = desk.clock.now
    visit = desk.visit("reviewer")
    visit.read(decide_group(visit, "upheld", "The vouchers were paid for."))
    told = visit.json("/groups/campaign-1")
    assert [row["id"] for row in told["left"]] == [ids[0]]
    assert [row["state"] for row in told["left"]] == ["appealed"]
    assert {row["outcome"] for row in told["members"]} == {"upheld"}
    assert (told["all"], told["open"], told["answering"], told["left_all"]) == (3, 0, 0, 1)
    assert "Not answered by this decision" in visit.read("/groups/campaign-1").text


def test_of_a_large_group_the_page_says_how_many_are_still_to_be_answered(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = grouped(desk)
    monkeypatch.setattr("guiju.web.console.console.AT_ONCE", 1)
    monkeypatch.setattr(desk.console, "carry_out", lambda group: None)
    visit = desk.visit("reviewer")
    then = visit.read(decide_group(visit, "overturned", "They were the insurer's.")).text
    assert "3 are still being answered one by one" in then
    assert 'hx-trigger="every 1s"' in then
    monkeypatch.undo()
    desk.console.answer("campaign-1")
    assert "still being answered" not in visit.read("/groups/campaign-1").text
    assert {desk.cases.case(id).outcome for id in ids} == {"overturned"}


def test_a_group_shows_what_the_guard_saw_of_it(desk: Desk, tmp_path: Path) -> None:
    case, day = desk.case(), date(2025, 12, 10)
    points = [Point(day + timedelta(days=n), 3 * n, n, 1.5) for n in range(5)]
    odds = Odds(3.2, 1.8, 5.9)
    evidence = Evidence(
        odds, odds, 0.01, 0.5, Odds(nan, nan, nan), 2.0, 40.0, (80.0, 60.0, 95.0), 50, 30, 20, 2.5, 0.01, 40, {}, {}
    )  # fmt: skip
    says = Words("保险公司发券。", "The insurer's campaign explains it.")
    found = Group(
        "g1", "yexing", "voucher_arbitrage", CAUSE, {"region": "7"}, [], {"campaign": "k"}, [], day,
        day + timedelta(days=4), ["t1", "t2"], ["t3"], [], says, points, evidence,
    )  # fmt: skip
    seen = Outcome("voucher_arbitrage", 0, "Asia/Shanghai", 9, 3, [], [found], [], [])
    guards = tmp_path / "guards"
    for name, text in (("guard-1", msgspec.json.encode(seen)), ("guard-2", b"{"), ("guard-3", b'{"a": 1}')):
        (guards / name).mkdir(parents=True)
        (guards / name / "outcome.json").write_bytes(text)
    with desk.cases.writing() as writing:
        for id in ("cause-g1", "another"):
            writing.make_group(id, id, Words("同一原因", "one cause"), by="olga", role="operator", why="one cause")
        writing.join("j", "cause-g1", [case], by="olga", role="operator", why="one cause")
    visit = desk.visit("reviewer")
    assert "What the common-cause guard saw" not in visit.read("/groups/cause-g1").text, "no folder was named"
    desk.console.guards = guards
    page = visit.read("/groups/cause-g1?language=en").text
    assert page.count("<figure") == 2
    assert "2 flags are decided by it, 1 have evidence of their own" in page
    assert "The insurer&#39;s campaign explains it." in page
    told = visit.json("/groups/cause-g1")["found"]
    assert [(p["inside"], p["outside"]) for p in told["days"]] == [(3 * n, n) for n in range(5)]
    assert visit.json("/groups/another")["found"] is None


def test_the_ledger_tells_what_is_held_until_when_and_every_entry(desk: Desk) -> None:
    ids = [desk.case(decision=f"t{n}", party=f"p{n}") for n in range(3)]
    visit = desk.visit("operator")
    told = visit.json("/ledger")
    assert [hold["case"] for hold in told["holds"]] == ids, "the first to lapse first"
    assert {hold["left"] for hold in told["holds"]} == {"80.00"}
    one = visit.json("/ledger?party=p1")
    assert [hold["case"] for hold in one["holds"]] == [ids[1]]
    [purse] = one["purses"]
    assert (purse["available"], purse["held"], purse["claimed"]) == ("0.00", "80.00", "20.00")
    assert [e["kind"] for e in purse["entries"]][-1] == "post", "the oldest last"
    page = visit.read("/ledger?party=p1&language=zh").text
    assert "现有的扣留" in page
    assert "p2" not in page
    assert "knows no party nobody" in visit.read("/ledger?party=nobody&language=en").text
    with desk.cases.writing() as writing:
        seen = desk.cases.case(ids[1]).steps
        writing.decide("d", ids[1], outcome="overturned", by="reviewer", why="a mistake", seen=seen)
    assert visit.json("/ledger?party=p1")["holds"] == []
    page = visit.read("/ledger?party=p1&language=en").text
    assert "No money of p1 is held now." in page, "of others there is"
    assert f'href="/cases/{ids[1]}"' in page
    assert len(visit.json("/ledger?after=1-1")["holds"]) == 2


def test_an_entry_says_whether_money_came_or_went_and_why_in_either_language(desk: Desk) -> None:
    case = desk.case()
    desk.appealed(case, "It was not me.")
    visit = desk.visit("operator")
    with desk.cases.writing() as writing:
        seen = desk.cases.case(case).steps
        writing.decide("d", case, outcome="partly", upheld=30_00, by="reviewer", why="30 is right", seen=seen)
    [purse] = visit.json("/ledger?party=driver")["purses"]
    moved = [(e["kind"], e["change"]) for e in reversed(purse["entries"])]
    assert moved[:4] == [("post", "80.00"), ("dispute", None), ("hold", "-80.00"), ("claim", None)]
    assert ("capture", "-30.00") in moved
    assert ("release", "50.00") in moved
    english, chinese = (visit.read(f"/ledger?party=driver&language={code}").text for code in ("en", "zh"))
    assert "+ CNY 80.00" in english
    assert "− CNY 80.00" in english
    assert "等候期已过" in chinese
    assert "the delay is over" not in chinese
    assert "30 is right" in chinese, "what a person wrote stands as it is"
    assert "UTC+8" in english


def test_entries_are_turned_over_page_by_page(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.case()
    monkeypatch.setattr("guiju.web.console.ledger.LINES", 10**6)
    visit = desk.visit("operator")
    whole = [e["sequence"] for e in visit.json("/ledger?party=driver")["purses"][0]["entries"]]
    monkeypatch.setattr("guiju.web.console.ledger.LINES", 3)
    read, following = [], "/ledger?party=driver&language=en"
    while following:
        [purse] = visit.json(following)["purses"]
        read += [e["sequence"] for e in purse["entries"]]
        told = f"{purse['earlier']} earlier entries"
        assert (told in visit.read(following).text) == bool(purse["earlier"])
        following = f"/ledger?party=driver&language=en&before={read[-1]}" if purse["earlier"] else ""
    assert read == whole
    assert len(whole) > 3
    assert visit.json("/ledger?party=driver&before=x")["purses"][0]["earlier"]


def test_without_a_ledger_it_says_how_to_name_one(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    with Served(tmp_path / "console.db", tmp_path / "runs") as served:
        visit = served.visit("reviewer")
        assert "guiju serve --cases" in visit.read("/cases").text
        assert visit.read("/cases/0123456789abcdef").status_code == 404
        assert visit.read("/service").status_code == 200
