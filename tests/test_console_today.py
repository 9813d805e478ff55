"""What the overview asks of somebody today: counted as the ledger and the runs have it, by role, in two languages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

pytest.importorskip("litestar", reason="the console needs the extra [web]")
pytest.importorskip("argon2", reason="the console needs the extra [web]")

from console import NOW, PASSWORD, Served, Visit, chromium
from guiju.audit.folder import Run
from guiju.cases import Cases
from guiju.cases.links import addressed, new_keys
from guiju.checks.words import Words
from guiju.rulebook.redress import Terms
from made_cases import Clock, held, matter
from made_runs import finding, run_of, usual_evidence
from test_console_findings import AXE, TAGS

OLD, NEW = "2025-12-30-aabbccdd", "2025-12-31-aabbccdd"
TWO = Terms(6, 15, 15, 72, 21, 2)  # reviewers have to agree
TALLEST = 2_500  # pixels on a phone
PAGE = "https://redress.example.org/cases/{case}?link={token}"


class Desk(Served):
    """A console beside two runs and a ledger; one clock for both."""

    def __init__(self, folder: Path) -> None:
        self.rules, self.folder, self.clock = list(usual_evidence()), folder, Clock()
        first, second = [finding(self.rules[0], i) for i in range(3)], [finding(self.rules[0], i) for i in range(1, 5)]
        run_of(folder / "runs" / OLD, first, usual_evidence())
        run_of(folder / "runs" / NEW, [*second, finding(self.rules[1], 9)], usual_evidence())
        self.cases = Cases(folder / "books.db", self.clock)
        books = {"cases": folder / "books.db", "link": addressed(new_keys("k1"), PAGE)}
        super().__init__(folder / "console.db", folder / "runs", **books)

    def case(self, name: str, terms: Terms = TWO) -> str:
        made = held(self.cases, self.clock, matter(decision=name, party=name), terms).id
        self.now = self.clock.now
        return made

    def appeal(self, id: str) -> None:
        with self.cases.writing() as desk:
            desk.appeal(f"a {id}", id, by=self.cases.case(id).matter.party, role="party", words="It was not me.")

    def wait(self, **by: float) -> None:
        self.clock.wait(**by)
        self.now = self.clock.now

    def asks(self, role: str) -> dict[str, int]:
        return {one["says"]: one["count"] for one in self.visit(role).json("/overview")["today"]}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path) as made:
        yield made


def proposing(visit: Visit, at: str) -> int:
    """Propose to give back, or decide so as the second."""
    page = visit.read(at).text
    seen, key = (page.partition(f'name="{name}" value="')[2].partition('"')[0] for name in ("seen", "key"))
    sent = {"seen": seen, "key": key, "outcome": "overturned", "why": "It was not them."}
    return visit.send(at, sent).status_code


def test_cases_are_counted_as_the_ledger_has_them_and_only_for_those_who_see_them(desk: Desk) -> None:
    ids = [desk.case(f"p{n}") for n in range(3)]
    for id in ids[:2]:
        desk.appeal(id)
    assert desk.asks("reviewer")["today_appeals"] == 2
    assert "appeals that wait for an answer" in desk.visit("reviewer").read("/overview?language=en").text
    assert not {"today_overdue", "today_due"} & desk.asks("reviewer").keys(), "fifteen days are left"
    due = desk.cases.case(ids[0]).due_at
    assert due is not None
    desk.wait(seconds=due / 1e6 - desk.now.timestamp() - 60)
    assert desk.asks("operator")["today_due"] == 2
    desk.wait(minutes=1)
    assert desk.asks("operator")["today_overdue"] == 2
    assert "today_due" not in desk.asks("operator")
    assert not [says for says in desk.asks("analyst") if says in ("today_overdue", "today_appeals")]
    page = desk.visit("reviewer").read("/overview?language=zh").text
    assert page.index("答复逾期的案件") < page.index("换一次"), "what to do comes before the choice of run"


def test_whom_nobody_told_is_named_until_a_notice_leaves(desk: Desk) -> None:
    told, silent = desk.case("p1"), desk.case("p2")
    visit = desk.visit("operator")
    assert "today_untold" not in desk.asks("operator"), "that it took effect was told at once"
    for id in (told, silent):
        desk.appeal(id)
    step = visit.json(f"/cases/{told}")["telling"]["notices"][-1]["step"]
    assert visit.send(f"/cases/{told}/letters/{step}", {}).status_code == 303
    named = {one["says"]: one["which"] for one in visit.json("/overview")["today"]}
    assert [id for id, _ in named["today_untold"]] == [silent]
    assert [id for id, _ in named["today_letters"]] == [told], "made, and not handed over"
    assert "with a step that nobody told the party of" in visit.read("/overview?language=en").text
    desk.wait(days=31)
    assert "today_untold" not in desk.asks("operator"), "of an old ledger that told by other means not every case"


def test_a_second_reviewer_is_asked_and_the_first_waits(desk: Desk) -> None:
    ids = [desk.case(f"p{n}") for n in range(3)]
    with desk.cases.writing() as writing:
        cause = Words("同一原因", "one cause")
        writing.make_group("g", "storm-1", cause, by="olga", role="operator", why="one cause")
        writing.join("j", "storm-1", ids[:2], by="olga", role="operator", why="one cause")
    desk.appeal(ids[2])
    asked, waiting = {"today_groups": "/groups/storm-1", "today_seconds": f"/cases/{ids[2]}"}, desk.asks("reviewer")
    assert not asked.keys() & waiting.keys(), "nobody proposed anything yet"
    first = desk.visit("reviewer")
    assert [proposing(first, at) for at in asked.values()] == [303, 303]
    assert not asked.keys() & desk.asks("reviewer").keys(), "whoever proposed cannot be the second"
    desk.console.accounts.add("rita", ("reviewer",))
    desk.console.accounts.change("rita", desk.console.accounts.renew("rita"), PASSWORD)
    second = desk.visit()
    second.sign_in("rita")
    told = {one["says"]: (one["count"], one["at"]) for one in second.json("/overview")["today"]}
    assert {says: told.get(says) for says in asked} == {says: (1, at) for says, at in asked.items()}
    assert not asked.keys() & desk.asks("operator").keys(), "who decides nothing is not asked"
    assert [proposing(second, at) for at in asked.values()] == [303, 303]
    left = {one["says"] for one in second.json("/overview")["today"]}
    assert not asked.keys() & left


def test_letters_that_were_made_are_the_operators_until_they_are_handed_over(desk: Desk) -> None:
    with desk.cases.writing() as writing:
        id = writing.flag("f", matter(decision="t", party="p"), by="gate", of_day=TWO).id
    desk.wait(hours=TWO.delay_hours)
    with desk.cases.writing() as writing:
        step = writing.impose("i", id, by="clock", role="machine", why="the delay is over").steps
    assert "today_letters" not in desk.asks("operator")
    visit = desk.visit("operator")
    visit.read(f"/cases/{id}")
    assert visit.send(f"/cases/{id}/letters/{step}", {}).status_code == 303
    [letters] = [one for one in visit.json("/overview")["today"] if one["says"] == "today_letters"]
    assert (letters["count"], letters["at"]) == (1, f"/cases/{id}#notices")
    assert "today_letters" not in desk.asks("reviewer"), "whoever decides holds no letters"
    key = visit.read(f"/cases/{id}").text.partition('name="key" value="')[2].partition('"')[0]
    sent = {"step": str(step), "key": key, "proof": "to the driver, 14:30"}
    assert visit.send(f"/cases/{id}/deliveries", sent).status_code == 303
    assert "today_letters" not in desk.asks("operator")


def test_new_findings_tell_what_is_at_stake_in_them_alone(desk: Desk) -> None:
    now, then = (Run(desk.folder / "runs" / name).findings for name in (NEW, OLD))
    new = [one for one in now if one.id not in {old.id for old in then}]
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for one in new:
        if one.amount_at_stake is not None:
            sums[one.currency or ""] += one.amount_at_stake
    [told] = [one for one in desk.visit("analyst").json("/overview")["today"] if one["says"] == "today_new"]
    assert 0 < len(new) < len(now)
    assert (told["count"], told["stake"]) == (len(new), [f"{name} {sum_:,}" for name, sum_ in sorted(sums.items())])
    alone = desk.visit("analyst").json(f"/overview?run={OLD}")["today"]
    assert [one["count"] for one in alone if one["says"] == "today_found"] == [len(then)]
    same = desk.visit("analyst").json(f"/overview?run={NEW}&before={NEW}")["today"]
    assert not {"today_new", "today_found"} & {one["says"] for one in same}


def test_lines_with_findings_ask_for_an_owner_and_late_ones_for_what_was_done(desk: Desk) -> None:
    desk.now = NOW  # after the runs
    visit = desk.visit("operator")
    lines = {d["number"] for d in visit.json("/overview")["duties"] if d["verdict"] == "verdict_found"}
    assert lines
    assert desk.asks("operator")["today_duties_nobody"] == len(lines)
    one = min(lines)
    visit.read("/overview")
    assert visit.send(f"/runs/{NEW}/duties/{one}", {"owner": "Li", "due": "2026-01-31"}).status_code == 303
    asks = desk.asks("operator")
    assert (asks.get("today_duties_nobody", 0), asks["today_duties_late"]) == (len(lines) - 1, 1)
    visit.read("/overview")
    assert visit.send(f"/runs/{NEW}/duties/{one}", {"rectified": "taken down"}).status_code == 303
    assert "today_duties_late" not in desk.asks("operator")


def test_where_nothing_is_to_be_done_one_sentence_says_so(tmp_path: Path) -> None:
    for name in (OLD, NEW):
        run_of(tmp_path / "runs" / name, [finding(next(iter(usual_evidence())), 1)], usual_evidence())
    with Served(tmp_path / "console.db", tmp_path / "runs") as served:
        visit = served.visit("analyst")
        assert "Nothing waits" not in visit.read("/overview?language=en").text
        for line in [d["number"] for d in visit.json("/overview")["duties"] if d["verdict"] == "verdict_found"]:
            visit.send(f"/runs/{NEW}/duties/{line}", {"owner": "Li"})
            visit.read("/overview")
        assert [one for one in visit.json("/overview")["today"] if one["asks"]] == []
        assert "Nothing waits for you today." in visit.read("/overview?language=en").text
        assert "今天没有等您办的事。" in visit.read("/overview?language=zh").text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_on_a_phone_it_is_short_and_the_keyboard_opens_what_is_asked_for(desk: Desk, language: str) -> None:
    for n in range(9):
        desk.appeal(desk.case(f"p{n}"))
    desk.wait(days=14)
    with chromium() as browser:
        page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
        token = desk.console.sessions.begin("operator")
        chosen = {"guiju_session": token, "guiju_language": language}
        page.context.add_cookies([{"name": name, "value": value, "url": desk.url} for name, value in chosen.items()])
        page.goto(f"{desk.url}/overview")
        assert page.evaluate("document.documentElement.scrollHeight") <= TALLEST
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.evaluate(AXE.read_text(encoding="utf-8"))
        assert page.evaluate("tags => axe.run({runOnly: tags})", TAGS)["violations"] == []
        lines = page.locator("#duties .unfolding tbody tr")
        assert not lines.first.is_visible()
        page.locator(".todo a[href*=duties]").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**open=duties**")
        lines.first.wait_for(state="visible")
