"""Words that somebody sent when their session had ended: there after signing in, for their account alone, then gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

pytest.importorskip("litestar", reason="the console needs the extra [web]")
pytest.importorskip("argon2", reason="the console needs the extra [web]")

from console import NOW, PASSWORD, QUICK, Served, Visit, chromium
from guiju.cases import Cases
from guiju.checks.words import Words
from guiju.web.console import tables as t
from guiju.web.console.console import Console
from guiju.web.console.drafts import KEPT_DAYS, LONGEST, MOST
from made_cases import Clock, held
from made_runs import finding, run_of, usual_evidence

RUN = "2025-12-31-aabbccdd"
STORY = "14 trips; the vouchers were the <insurer>'s.\nI looked at each of them."


class Office(Served):
    """A console with a run and a case that waits to be decided."""

    def __init__(self, folder: Path) -> None:
        rules, self.clock = list(usual_evidence()), Clock()
        self.found = run_of(folder / "runs" / RUN, [finding(rules[0], 1)], usual_evidence()).findings[0].id
        self.cases = Cases(folder / "books.db", self.clock)
        self.case = held(self.cases, self.clock).id
        super().__init__(folder / "console.db", folder / "runs", cases=folder / "books.db")
        self.now = self.clock.now

    def signed_in(self, role: str) -> Visit:
        visit = self.visit()
        assert visit.sign_in(role).status_code == 303
        return visit

    def kept(self) -> int:
        with self.console.engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(t.drafts)).scalar() or 0


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Office(tmp_path) as made:
        yield made


def hidden(page: str, name: str) -> str:
    return page.partition(f'name="{name}" value="')[2].partition('"')[0]


def decision(page: str, **sent: str) -> dict[str, str]:
    return {"seen": hidden(page, "seen"), "key": hidden(page, "key"), **sent}


def test_a_decision_survives_the_end_of_its_session_without_a_script(office: Office) -> None:
    with chromium() as browser:
        page = browser.new_context(java_script_enabled=False, locale="en-GB").new_page()
        page.goto(f"{office.url}/cases/{office.case}")
        page.fill("#f-name", "reviewer")
        page.fill("input[type=password]", PASSWORD)
        page.click("main button")
        page.check("input[value=overturned]")
        page.fill("#f-why", STORY)
        office.later(hours=3)
        page.click("button:has-text('Decide')")
        assert "Your words are kept" in page.inner_text("[role=status]")
        assert "insurer" not in page.url
        page.fill("#f-name", "reviewer")
        page.fill("input[type=password]", PASSWORD)
        page.click("main button")
        assert page.url.endswith(f"/cases/{office.case}#decide")
        assert page.input_value("#f-why") == STORY
        assert page.is_checked("input[value=overturned]")
        assert "it was not done" in page.inner_text("[role=status]")
        assert not office.cases.case(office.case).rounds
        page.click("button:has-text('Decide')")
        assert "went back at the same moment" in page.inner_text("[role=status]")
    [round_] = office.cases.case(office.case).rounds
    assert round_.why == STORY
    assert office.kept() == 0, "used, and gone"


def test_nobody_else_sees_it_and_it_goes_after_a_week(office: Office) -> None:
    visit = office.signed_in("reviewer")
    sent = decision(visit.read(f"/cases/{office.case}").text, outcome="upheld", why=STORY)
    office.later(hours=3)
    assert visit.send(f"/cases/{office.case}", sent).headers["location"].endswith("&sent=kept")
    other = office.signed_in("operator")
    assert "14 trips;" not in other.read(f"/cases/{office.case}").text
    assert other.json("/drafts")["drafts"] == []
    [draft] = office.visit("reviewer").json("/drafts")["drafts"]
    assert other.send(f"/drafts/{draft['id']}/removed", {}).status_code == 404
    office.later(days=KEPT_DAYS)
    assert office.signed_in("reviewer").json("/drafts")["drafts"] == []
    assert office.kept() == 0, "whoever signs in sweeps"


def test_a_case_that_went_on_meanwhile_is_shown_with_the_words(office: Office) -> None:
    visit = office.signed_in("reviewer")
    sent = decision(visit.read(f"/cases/{office.case}").text, outcome="upheld", why=STORY)
    office.later(hours=3)
    visit.send(f"/cases/{office.case}", sent)
    office.clock.wait(hours=3)
    with office.cases.writing() as desk:
        desk.state("more", office.case, by="driver", role="party", words="One thing more.")
    again = office.visit("reviewer").read(f"/cases/{office.case}").text
    assert "A step was added" in again
    assert "14 trips; the vouchers" in again
    with office.cases.writing() as desk:
        desk.withdraw("w", office.case, by="olga", role="operator", why="a mistake of ours")
    over = office.visit("reviewer").read(f"/cases/{office.case}").text
    assert "nothing left to decide" in over
    assert "14 trips; the vouchers" in over


def test_a_form_of_an_earlier_session_comes_back_filled_in(office: Office) -> None:
    visit = office.signed_in("reviewer")
    old = visit.read(f"/cases/{office.case}").text
    office.later(hours=3)
    visit.sign_in("reviewer")  # in another tab of the same browser
    sent = decision(old, outcome="upheld", why=STORY, form_token=hidden(old, "form_token"))
    told = visit.send(f"/cases/{office.case}", sent)
    assert (told.status_code, told.headers["location"]) == (303, f"/cases/{office.case}#decide")
    assert "14 trips; the vouchers" in visit.read(f"/cases/{office.case}").text
    assert not office.cases.case(office.case).rounds
    visit.sign_in("operator")
    assert "14 trips;" not in visit.read(f"/cases/{office.case}").text
    assert "Another account" in visit.send("/runs/x/duties/1", {**sent, "owner": "mine"}).text
    assert office.signed_in("operator").json("/drafts")["drafts"] == []


def test_a_line_of_the_nine_and_a_reason_and_a_case_come_back(office: Office) -> None:
    operator, reviewer = office.signed_in("operator"), office.signed_in("reviewer")
    seen = hidden(operator.read("/overview").text, "seen")
    at = f"/runs/{RUN}/findings/{office.found}"
    assert "Open a case" in reviewer.read(at).text
    office.later(hours=3)
    duty = {"line": "2", "seen": seen, "owner": "Li & Co", "due": "2026-05-01", "rectified": "prices down"}
    told = operator.send(f"/runs/{RUN}/duties/2", duty)
    assert told.status_code == 303
    assert "Li" not in told.headers["location"]
    token = reviewer.form_token
    assert reviewer.send(f"{at}/unmasked", {"why": "the seller asked who"}).status_code == 303
    assert reviewer.send(f"{at}/case", {"form_token": token}).status_code == 303
    page = operator.read("/overview").text if operator.sign_in("operator").status_code == 303 else ""
    assert 'value="Li &amp; Co"' in page
    assert 'value="2026-05-01"' in page
    assert operator.send(f"/runs/{RUN}/duties/2", duty).status_code == 303
    assert operator.json("/drafts")["drafts"] == []
    reviewer.sign_in("reviewer")
    page = reviewer.read(at).text
    assert "Press the button again" in page
    assert 'value="the seller asked who"' in page
    assert {one["name"] for one in reviewer.json("/drafts")["drafts"]} == {"opening", "unmasking"}
    listed = reviewer.read("/drafts").text
    assert f"{at}#case" in listed
    for draft in reviewer.json("/drafts")["drafts"]:
        gone = reviewer.send(f"/drafts/{draft['id']}/removed", {"on": "page"})
        assert gone.headers["location"].startswith(at)
    assert office.kept() == 0
    assert "Press the button again" not in reviewer.read(at).text


def test_a_group_comes_back(office: Office) -> None:
    with office.cases.writing() as desk:
        desk.make_group("g", "campaign 1", Words("发券", "vouchers"), by="olga", role="operator", why="one cause")
        desk.join("j", "campaign 1", [office.case], by="olga", role="operator", why="one cause")
    visit = office.signed_in("reviewer")
    sent = decision(visit.read("/groups/campaign%201").text, outcome="overturned", why=STORY)
    office.later(hours=3)
    told = visit.send("/groups/campaign%201", sent)
    assert told.headers["location"].endswith("&sent=kept")
    visit.sign_in("reviewer")
    page = visit.read("/groups/campaign%201").text
    assert "14 trips; the vouchers" in page
    assert "Delete the draft" in page


def test_a_decision_that_is_sent_anew_after_a_fault_leaves_no_draft(office: Office) -> None:
    visit, at = office.signed_in("reviewer"), f"/cases/{office.case}"
    sent = decision(visit.read(at).text, outcome="overturned", why=STORY)
    office.later(hours=3)
    visit.send(at, sent)
    visit.sign_in("reviewer")
    page = visit.read(at).text
    assert "Delete the draft" in page
    told = visit.send(at, decision(page, outcome="partly", upheld="a lot", why=STORY))
    assert told.status_code == 422
    told = visit.send(at, decision(told.text, outcome="upheld", upheld="10", why=STORY))
    assert told.status_code == 422
    assert "A sum belongs to a decision in part alone" in told.text, "it would have been taken whole"
    assert not office.cases.case(office.case).rounds
    told = visit.send(at, decision(told.text, outcome="overturned", why=STORY))
    assert told.status_code == 303
    assert office.kept() == 0
    page = visit.read(told.headers["location"]).text
    assert "went back at the same moment" in page
    assert "A step was added" not in page


def test_what_nobody_known_sends_is_not_kept(office: Office) -> None:
    stranger = office.visit()
    stranger.read("/sign-in")
    told = stranger.send(f"/cases/{office.case}", {"why": "spam"})
    assert told.headers["location"].endswith("&sent=lost")
    assert "could not be kept" in stranger.read(told.headers["location"]).text
    visit = office.signed_in("reviewer")
    page = visit.read(f"/cases/{office.case}").text
    office.later(hours=3)
    elsewhere = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    visit.send(f"/cases/{office.case}", decision(page, why=STORY), elsewhere)
    assert office.kept() == 0
    told = visit.client.post("/people", data={}, headers={"referer": f"{office.url}/people?x=1"})
    assert told.headers["location"] == "/sign-in?next=%2Fpeople%3Fx%3D1&sent=lost"
    assert visit.client.post("/sign-out", data={}).headers["location"] == "/sign-in?next=%2F"


def test_a_lost_password_does_not_lose_the_words(office: Office) -> None:
    visit = office.signed_in("reviewer")
    sent = decision(visit.read(f"/cases/{office.case}").text, outcome="upheld", why=STORY)
    first = office.console.accounts.renew("reviewer")
    office.console.sessions.end_all("reviewer")
    assert visit.send(f"/cases/{office.case}", sent).headers["location"].endswith("&sent=kept")
    assert visit.sign_in("reviewer", first).headers["location"] == "/password"
    visit.read("/password")
    new = {"old": first, "new": "another otter of mine", "again": "another otter of mine"}
    assert visit.send("/password", new).headers["location"] == "/drafts"
    assert "14 trips; the vouchers" in visit.read("/drafts").text


def test_back_after_a_decision_has_a_sentence(office: Office) -> None:
    visit = office.signed_in("reviewer")
    sent = decision(visit.read(f"/cases/{office.case}").text, outcome="overturned", why=STORY)
    token = visit.form_token
    assert visit.send(f"/cases/{office.case}", sent).status_code == 303
    assert visit.send(f"/cases/{office.case}", {**sent, "form_token": token}).status_code == 303, "twice is once"
    other = visit.send(f"/cases/{office.case}", {**sent, "form_token": token, "why": "No, upheld."})
    assert other.status_code == 409
    assert "This form was sent before" in other.text
    assert "No, upheld." in other.text
    assert [made.why for made in office.cases.case(office.case).rounds] == [STORY]


def test_two_tabs_of_a_line_and_of_a_case_have_a_sentence(office: Office) -> None:
    one, two = office.signed_in("operator"), office.signed_in("operator")
    seen = hidden(one.read("/overview").text, "seen")
    two.read("/overview")
    assert one.send(f"/runs/{RUN}/duties/1", {"seen": seen, "owner": "Li"}).status_code == 303
    told = two.send(f"/runs/{RUN}/duties/1", {"seen": seen, "owner": "Wang"})
    assert told.status_code == 409
    assert "saved since you opened it" in told.text
    assert 'value="Wang"' in told.text
    now = hidden(told.text, "seen")
    assert two.send(f"/runs/{RUN}/duties/1", {"seen": now, "owner": "Wang"}).status_code == 303
    bad = two.send(
        f"/runs/{RUN}/duties/1", {"owner": "Zhao", "due": "soon", "form_token": hidden(told.text, "form_token")}
    )
    assert bad.status_code == 422
    assert 'value="Zhao"' in bad.text
    reviewer, at = office.signed_in("reviewer"), f"/runs/{RUN}/findings/{office.found}/case"
    reviewer.read(at.removesuffix("/case"))
    token = reviewer.form_token
    first, again = (reviewer.send(at, {"form_token": token}).headers["location"] for _ in range(2))
    assert first.partition("?")[0] == again.partition("?")[0]
    assert "The case is open" in reviewer.read(first).text
    assert "No second one was opened" in reviewer.read(again).text


@pytest.fixture
def fresh(books_at: str, tmp_path: Path) -> Iterator[SimpleNamespace]:
    """A console's drafts, in SQLite and in PostgreSQL, with a clock."""
    now = [NOW]
    console = Console(books_at, tmp_path, clock=lambda: now[0], hasher=QUICK)
    yield SimpleNamespace(drafts=console.drafts, now=now)
    console.close()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(st.characters(exclude_categories=("Cs",)), max_size=300))
def test_any_words_come_back_as_they_were(fresh: SimpleNamespace, words: str) -> None:
    fresh.drafts.keep("ruth", "decision", "/cases/1#decide", {"why": words})
    assert fresh.drafts.of("ruth", "/cases/1#decide").fields == {"why": words.replace("\x00", "")}


def test_drafts_are_few_bounded_and_the_newest(fresh: SimpleNamespace) -> None:
    drafts = fresh.drafts
    for number in range(MOST + 5):
        fresh.now[0] = NOW + timedelta(minutes=number)
        drafts.keep("ruth", "decision", f"/cases/{number}#decide", {"why": str(number) * LONGEST})
    mine = drafts.all("ruth")
    assert [one.page for one in mine] == [f"/cases/{n}#decide" for n in range(MOST + 4, 4, -1)]
    assert all(len(one.fields["why"]) == LONGEST for one in mine)
    drafts.keep("ruth", "decision", mine[3].page, {"why": "anew\x00"})
    assert drafts.of("ruth", mine[3].page).fields == {"why": "anew"}
    assert len(drafts.all("ruth")) == MOST
    assert drafts.of("remy", mine[3].page) is None
    assert not drafts.remove("remy", drafts.all("ruth")[0].id)
    fresh.now[0] += timedelta(days=KEPT_DAYS)
    assert drafts.all("ruth") == []
