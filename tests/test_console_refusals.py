"""What somebody is told who reads Chinese, when it is not done: no English sentence, wherever it was provoked."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("litestar", reason="the console needs the extra [web]")
pytest.importorskip("argon2", reason="the console needs the extra [web]")

import guiju
from console import PASSWORD, Served, Visit
from eventually import eventually
from guiju.audit.explaining import explain
from guiju.cases import Cases
from guiju.journal import Following, Journal, Reading
from guiju.journal.following import acknowledged, identity
from guiju.journal.reading import segments
from guiju.records.errors import BadInput, hint_zh
from guiju.rulebook.redress import Terms
from guiju.web.console.gate.gate import Gate
from guiju.web.console.gate.named import Named
from made_cases import Clock, earn, held, matter
from made_runs import finding, run_of, usual_evidence
from shell import HEAD, line

HOUSE = Path(guiju.__file__).parent
RUN = "2025-12-31-aabbccdd"
SENTENCES = (
    "BadInput",
    "Refused",
    "Stale",
    "Conflict",
    "Unavailable",
    "NotNow",
    "NotYours",
    "Damaged",
    "NotReached",
    "Fault",
)
# Where every sentence has both languages: what pages of the console can provoke.
BOTH = (
    "audit/run.py", "audit/inspection.py", "audit/opened.py", "audit/folder.py", "cases/permission.py",
    "cases/groups.py", "cases/desk.py", "gate/rollout.py", "gate/backtest/__init__.py", "gate/backtest/counting.py",
    "gate/backtest/deciding.py", "journal/following.py", "journal/frames.py", "journal/reading.py",
    "journal/retention.py", "journal/snapshots.py", "journal/verify.py", "journal/writing.py",
    "market/growth/__init__.py", "market/network/reading.py", "market/network/teams.py",
    "market/season/__init__.py", "market/season/plan.py", "market/shelf/excluding.py", "market/stress/__init__.py",
    "market/stress/books.py", "market/stress/courses.py", "market/wind_down/__init__.py", "ratings/panel.py",
    "ratings/rating.py", "ratings/sheets.py", "ratings/shopping.py", "records/fitting.py", "records/mapping.py",
    "records/opening.py", "records/reading.py", "records/sources.py", "records/staging.py", "web/rolling.py",
    "web/console/gate/asking.py", "web/console/rooms/choosing.py", "web/console/rooms/ratings.py",
    "web/console/rooms/shelf.py", "web/console/running/starting.py",
)  # fmt: skip
ENGLISH = re.compile(r"\b[A-Za-z][a-z]+ (?:[a-z]+ ){1,}[a-z]+\b")


def raised(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            name = getattr(node.exc.func, "id", "")
            if name in SENTENCES and not (name == "Refused" and path.parts[-2] == "web"):  # of a set's text, in English
                yield node.exc


@pytest.mark.parametrize("name", BOTH)
def test_a_sentence_stands_beside_itself_in_the_other_language(name: str) -> None:
    for call in raised(HOUSE / name):
        *_, en, zh = [None, *call.args] if len(call.args) < 2 else call.args
        assert len(call.args) >= 2, f"{name}:{call.lineno} says it in English alone"
        said = "".join(n.value for n in ast.walk(zh) if isinstance(n, ast.Constant) and isinstance(n.value, str))
        assert re.search(r"[\u4e00-\u9fff]", said) or "_zh" in ast.unparse(zh), f"{name}:{call.lineno}"
        assert not re.search(r"[\u4e00-\u9fff]", ast.unparse(en)), f"{name}:{call.lineno}"


def test_an_error_says_itself_in_either_language() -> None:
    both, one = BadInput("the oats are wet: dry them", "燕麦是湿的：请晾干"), BadInput("the oats are wet")
    assert (str(both), both.in_("en"), both.in_("zh")) == (
        str(both),
        "the oats are wet: dry them",
        "燕麦是湿的：请晾干",
    )
    assert one.in_("zh") == "the oats are wet", "better in English than not at all"
    assert explain(both, "zh") == ("燕麦是湿的：请晾干", 2)
    for error in (MemoryError(), OSError(28, "", "/f"), PermissionError(13, "", "/f"), KeyboardInterrupt()):
        told, status = explain(error, "zh") or ("", 0)
        assert status == (explain(error) or ("", 0))[1]
        assert re.search(r"[\u4e00-\u9fff]", told)
        assert not ENGLISH.search(told)
    assert hint_zh("oders", ["orders", "trips"]) == "是不是 orders？有 orders、trips"
    assert hint_zh("x", []) == "现在一个也没有"


class Office(Served):
    """A console with a run, cases and sets of records, each with something wrong."""

    def __init__(self, folder: Path) -> None:
        rules, self.clock = list(usual_evidence()), Clock()
        self.found = run_of(folder / "runs" / RUN, [finding(rules[0], 1)], usual_evidence()).findings[0].id
        (folder / "runs" / "2025-11-30-damaged1").mkdir()
        (folder / "runs" / "2025-11-30-damaged1" / "manifest.json").write_text("{}")
        self.cases = Cases(folder / "books.db", self.clock)
        self.records = folder / "records"
        for name, lines in {"mixed": (line(1), line(2, currency="USD")), "good": (line(1), line(2))}.items():
            (self.records / name).mkdir(parents=True)
            (self.records / name / "orders.csv").write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
        (self.records / "good" / "wrong.yaml").write_text("tables: {orders: {columns: {idd: x}}}\n")
        for table in ("deposit_offers", "balances", "bank_positions", "deposits", "interbank_claims", "platforms"):
            (self.records / "good" / f"{table}.csv").write_text("platform,id\n")
        super().__init__(folder / "console.db", folder / "runs", cases=folder / "books.db", records=self.records)
        self.now = self.clock.now

    def reads(self, role: str) -> Visit:
        visit = self.visit(role)
        visit.client.headers["accept-language"] = "zh-CN"
        visit.read("/password?language=zh") if role else visit.read("/sign-in?language=zh")
        return visit


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with Office(tmp_path_factory.mktemp("refusals")) as made:
        yield made


def told(page: str) -> str:
    """What a page says that is not done: its alerts, or the whole of it where it says nothing else."""
    main = page.partition("<main")[2].partition("</main>")[0]
    main = re.sub(r"<(code|textarea|option|pre)\b.*?</\1>", "", main, flags=re.DOTALL)
    found = re.findall(r'class="(?:problem|lead|soft)[^"]*"[^>]*>(.*?)</p>', main, flags=re.DOTALL)
    return re.sub(r"<[^>]*>", "", "\n".join(found))


def is_chinese(page: str) -> None:
    said = told(page)
    assert re.search(r"[\u4e00-\u9fff]", said), page[-2000:]
    assert not ENGLISH.search(said), said


PASSWORDS = {"now": PASSWORD, "new": "another good password", "again": "another good password"}
FORMS: list[tuple[str, str, str, dict[str, Any], int]] = [  # who, the page, where it is sent, what, the status
    ("", "/sign-in", "/sign-in", {"name": "nobody", "password": "wrong"}, 403),
    ("analyst", "/password", "/password", PASSWORDS | {"now": "wrong"}, 0),
    ("analyst", "/password", "/password", PASSWORDS | {"new": "short", "again": "short"}, 0),
    ("analyst", "/password", "/password", PASSWORDS | {"again": "something else"}, 0),
    ("admin", "/people", "/people", {"name": "A B", "role": "analyst"}, 0),
    ("admin", "/people", "/people", {"name": "analyst", "role": "analyst"}, 0),
    ("admin", "/people", "/people", {"name": "newcomer"}, 0),
    ("admin", "/people", "/people/admin/closed", {"closed": "yes"}, 0),
    ("admin", "/people", "/people/nobody/roles", {"role": "analyst"}, 0),
    ("analyst", f"/runs/{RUN}/findings", f"/runs/{RUN}/views", {"name": ""}, 0),
    ("analyst", f"/overview?run={RUN}", f"/runs/{RUN}/duties/1", {"due": "soon"}, 0),
    ("analyst", f"/overview?run={RUN}", f"/runs/{RUN}/duties/99", {"owner": "x"}, 0),
    ("analyst", "/jobs/audit", "/jobs/audit", {"set": "nothing"}, 422),
    ("analyst", "/jobs/audit", "/jobs/audit", {"set": "good", "mapping": "none.yaml"}, 422),
    ("analyst", "/jobs/audit", "/jobs/audit", {"set": "good", "day": "soon"}, 422),
    ("analyst", "/jobs/audit", "/jobs/audit", {"set": "good", "day": "0001-01-01"}, 422),
    ("analyst", "/jobs/audit", "/jobs/audit", {"set": "good", "rule": "no_such_rule"}, 422),
    ("analyst", "/jobs/audit", "/jobs/audit", {"set": "good", "jurisdiction": "XX"}, 422),
    ("analyst", "/backtests", "/backtests", {"records": "nothing", "set": "driving"}, 422),
    ("analyst", "/backtests", "/backtests", {"records": "good", "set": "nothing"}, 422),
    ("analyst", "/backtests", "/backtests", {"records": "good", "set": "driving", "against": "driving"}, 422),
    ("operator", "/cases/samples", "/cases/samples", {"source": "9"}, 422),
    ("analyst", "/runs", "/runs/nothing/verified", {}, 404),
    ("analyst", "/runs", "/people", {"name": "x"}, 403),
    ("analyst", "/runs", "/sign-in?x", {"form_token": "0" * 64}, 403),
    ("analyst", "/runs", "/nowhere", {}, 0),
]  # fmt: skip


@pytest.mark.parametrize(("who", "page", "at", "sent", "status"), FORMS, ids=lambda v: str(v)[:50])
def test_a_form_that_is_not_taken_says_so_in_the_language_of_its_page(
    office: Office, who: str, page: str, at: str, sent: dict[str, Any], status: int
) -> None:
    visit = office.reads(who)
    visit.read(page)
    answer = visit.send(at, sent)
    assert answer.status_code >= 400, answer.headers
    assert answer.status_code == (status or answer.status_code)
    is_chinese(answer.text)


PAGES = (
    ("analyst", "/nowhere"), ("analyst", "/people"), ("analyst", "/runs/nothing/findings"), ("analyst", "/jobs/999"),
    ("analyst", f"/runs/{RUN}/findings/ffff"), ("analyst", f"/runs/{RUN}/findings?since=soon"),
    ("analyst", f"/runs/{RUN}/findings?since=2026-01-01&until=2025-01-01"), ("analyst", "/backtests/999"),
    ("analyst", "/runs/2025-11-30-damaged1/findings"), ("analyst", "/rulebook/no_such_rule"),
    ("reviewer", "/cases/0123456789abcdef"), ("reviewer", "/groups/nobody"), ("reviewer", "/cases/samples/0123"),
    ("analyst", "/rooms/shelf?set=good"), ("analyst", "/rooms/stress?set=good"), ("analyst", "/rooms/shelf?set=none"),
    ("analyst", "/rooms/wind-down?set=good"), ("analyst", "/rooms/dependence?set=good"),
    ("analyst", "/rooms/growth?set=good&from=soon"), ("analyst", "/pages/nothing.html"),
    ("analyst", f"/runs/{RUN}/findings?after=nowhere"), ("reviewer", "/cases?after=x"),
)  # fmt: skip


@pytest.mark.parametrize(("who", "at"), PAGES, ids=lambda v: str(v)[:50])
def test_a_page_that_is_not_there_or_cannot_be_made_says_so_in_chinese(office: Office, who: str, at: str) -> None:
    answer = office.reads(who).read(at)
    if answer.status_code != 200:
        is_chinese(answer.text)
    assert not ENGLISH.search(told(answer.text)), told(answer.text)


def test_a_damaged_run_and_a_job_that_was_refused_are_told_in_chinese(office: Office) -> None:
    visit = office.reads("analyst")
    listed = visit.read("/runs").text
    assert "manifest.json：" in listed
    assert "guiju audit makes" not in listed
    visit.read("/jobs/audit")
    wrong = visit.send("/jobs/audit", {"set": "good", "mapping": "wrong.yaml", "jurisdiction": "CN"})
    assert wrong.status_code == 422
    is_chinese(wrong.text)
    at = visit.send("/jobs/audit", {"set": "mixed", "jurisdiction": "CN"}).headers["location"]
    eventually(lambda: not visit.json(at)["is_open"], "the end of a job")
    assert visit.json(at)["job"]["state"] == "refused"
    page = visit.read(at).text
    is_chinese(page)
    assert "有几种货币" in told(page)


def _cut(path: Path, to: int) -> None:
    path.write_bytes(path.read_bytes()[:to])


def _flip(path: Path, at: int) -> None:
    held = bytearray(path.read_bytes())
    held[at] ^= 1
    path.write_bytes(bytes(held))


DAMAGES: dict[str, Callable[[list[Path], Path], Any]] = {  # of a journal's segments and its mark
    "a bit of an entry": lambda segments, mark: _flip(segments[0], -100),
    "a bit of the preamble": lambda segments, mark: _flip(segments[0], 3),
    "shorter than a preamble": lambda segments, mark: _cut(segments[0], 5),
    "the end": lambda segments, mark: _cut(segments[-1], -60),
    "the first segment": lambda segments, mark: segments[0].unlink(),
    "a segment between": lambda segments, mark: segments[1].unlink(),
    "a segment of another name": lambda segments, mark: segments[1].rename(segments[1].with_stem(f"{9:020d}")),
    "all segments": lambda segments, mark: [path.unlink() for path in segments],
    "the mark": lambda segments, mark: mark.unlink(),
    "what the mark says": lambda segments, mark: _flip(mark, -1),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_a_journal_says_of_its_damage_is_said_in_chinese_too(damage: str, tmp_path: Path) -> None:
    with Journal(tmp_path / "j", segment_bytes=400) as journal:
        for n in range(12):
            journal.append({"said": f"{n}" * 40})
    kept = segments(tmp_path / "j")
    assert len(kept) > 2
    DAMAGES[damage](kept, tmp_path / "j" / "durable")
    said = []
    for reads in (
        lambda: list(Reading(tmp_path / "j")),
        lambda: Following(tmp_path / "j").take(100, acknowledged(tmp_path / "j")),
        lambda: identity(tmp_path / "j"),
    ):
        try:
            reads()
        except BadInput as error:
            said.append(error)
    assert said
    for error in said:
        told = error.in_("zh").replace(str(tmp_path), "")
        assert re.search(r"[\u4e00-\u9fff]", told), str(error)
        assert not ENGLISH.search(told), told
        assert not re.search(r"[\u4e00-\u9fff]", str(error))


def test_the_page_of_decisions_says_what_is_wrong_with_their_journal_in_chinese(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        for n in range(3):
            journal.append({"kind": "x", "said": f"{n}" * 40})
    _flip(segments(tmp_path / "j")[0], 150)
    (tmp_path / "runs").mkdir()
    gate = Gate(Named("http://127.0.0.1:9", "key", tmp_path / "j"))
    with Served(tmp_path / "c.db", tmp_path / "runs", gate=gate) as served:
        visit = served.visit("operator")
        eventually(lambda: gate.feed is not None and gate.feed.said == "gate_journal_broken", "the damage")
        page = visit.read("/gate/decisions?language=zh").text
        is_chinese(page)
        assert "有一条记录与校验和不符；请从副本恢复" in told(page)
        assert "not what its checksum says; restore it from a copy" in visit.read("/gate/decisions?language=en").text


def test_a_decision_that_is_not_taken_says_why_in_chinese(office: Office) -> None:
    visit, desk = office.reads("reviewer"), office.cases
    case = held(desk, office.clock, matter(decision="z1", party="z1")).id
    steps = desk.case(case).steps
    base = {"seen": str(steps), "key": "k", "why": "看过行程"}
    for sent in ({"outcome": ""}, {"outcome": "upheld", "why": ""}, {"outcome": "partly", "upheld": "x"},
                 {"outcome": "upheld", "why": "x" * 4001}, {"outcome": "upheld", "seen": "1"},
    ):  # fmt: skip
        visit.read(f"/cases/{case}")
        answer = visit.send(f"/cases/{case}", base | sent)
        assert answer.status_code in (409, 422), sent
        is_chinese(answer.text)
    of = matter(decision="z2", party="z2")
    with desk.writing() as writing:
        earn(writing, of.party, 80_00)
        flagged = writing.flag("z2", of, by="reviewer", role="operator", of_day=Terms(6, 15, 15, 72, 21, 1), why="x").id
    visit.read(f"/cases/{flagged}")
    sent = {"seen": "1", "key": "k2", "outcome": "overturned", "why": "看过行程"}
    answer = visit.send(f"/cases/{flagged}", sent)
    assert answer.status_code == 409
    is_chinese(answer.text)
    operator = office.reads("operator")
    answer = operator.send(f"/cases/{flagged}/imposition", {})
    assert answer.status_code == 409
    assert "最早于" in answer.text
    is_chinese(answer.text)
    office.later(days=40)
    visit = office.reads("reviewer")
    answer = visit.send(f"/cases/{case}", base | {"outcome": "overturned", "key": "k3"})
    assert answer.status_code == 409
    is_chinese(answer.text)
