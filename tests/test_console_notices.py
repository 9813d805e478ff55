"""How a party is told from the console: a letter with the link, and that it was handed over, by whom and when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("litestar", reason="the console needs the extra [web]")
pytest.importorskip("argon2", reason="the console needs the extra [web]")

from cases_service import Service
from console import Served, Visit, chromium
from guiju.cases import Cases
from guiju.cases.links import addressed, new_keys, open_link
from guiju.cases.notices.letters import notices
from guiju.cases.notices.outbox import DELIVERED, UNDELIVERABLE, Outbox
from guiju.cases.notices.posting import NotSent
from made_cases import TERMS, Clock, earn, matter

AXE = Path(__file__).parent / "axe" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
KEYS = new_keys("k1")
PAGE = "https://redress.example.org/cases/{case}?link={token}"


class Desk(Served):
    """A console whose letters carry links, and a case that took effect and of which nobody was told."""

    def __init__(self, folder: Path) -> None:
        (folder / "runs").mkdir()
        self.clock, self.books = Clock(), folder / "books.db"
        self.cases, of = Cases(self.books, self.clock), matter()
        with self.cases.writing() as desk:
            earn(desk)
            self.case = desk.flag("f", of, by="gate", of_day=TERMS).id
        super().__init__(
            folder / "console.db", folder / "runs", cases=self.books, link=addressed(KEYS, PAGE)
        )  # fmt: skip
        self.wait(hours=0)

    def wait(self, **by: float) -> None:
        self.clock.wait(**by)
        self.now = self.clock.now

    def imposed(self) -> int:
        self.wait(hours=TERMS.delay_hours)
        with self.cases.writing() as desk:
            return desk.impose("i", self.case, by="clock", role="machine", why="the delay is over").steps


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path) as made:
        yield made


def made(visit: Visit, case: str, step: int) -> str:
    visit.read(f"/cases/{case}")
    told = visit.send(f"/cases/{case}/letters/{step}", {})
    assert told.status_code == 303, told.text
    return told.headers["location"]


def test_a_letter_is_made_and_its_link_opens_the_case_of_its_party(desk: Desk, tmp_path: Path) -> None:
    operator = desk.visit("operator")
    assert "nothing yet that the party must be told" in operator.read(f"/cases/{desk.case}").text
    step = desk.imposed()
    operator, reviewer = desk.visit("operator"), desk.visit("reviewer")
    assert "not told yet" in operator.read(f"/cases/{desk.case}").text
    assert "The time to appeal runs from this record on" in operator.seen
    assert operator.read(f"/cases/{desk.case}/letters/{step}/en").status_code == 404, "none was made"
    at = made(operator, desk.case, step)
    english, chinese = operator.read(at), operator.read(at.removesuffix("en") + "zh")
    assert english.headers["content-security-policy"].startswith("default-src 'none'")
    assert english.headers["referrer-policy"] == "no-referrer"
    assert "80.00 yuan is held. You can appeal within 15 days" in english.text
    assert "暂扣 80.00 元" in chinese.text
    assert "To: driver" in english.text
    found = re.search(r"https://redress\.example\.org/cases/(\w+)\?link=([\w.-]+)", english.text)
    assert found
    opens = open_link(KEYS, found[2], desk.now.timestamp())
    assert (opens.case, opens.party) == (desk.case, "driver")
    assert found[2] in chinese.text, "one link, whatever the language"
    assert reviewer.read(at).status_code == 403, "who decides does not hold a link of the party"
    sent = desk.cases.history(desk.case)[-1]
    assert (sent.kind, sent.by, sent.says.channel, sent.says.about) == ("sent", "operator", "letter", step)
    assert desk.cases.case(desk.case).appeal_until is None, "made is not handed over"
    made(operator, desk.case, step)
    assert desk.cases.history(desk.case)[-1] == sent, "once a day is enough"
    with Service(desk.books, tmp_path / "files", desk.clock, links=KEYS) as service:
        page = service.read(f"/cases/{desk.case}?link={found[2]}&language=en").raw.decode()
        assert "Send the appeal" in page


def test_handing_it_over_is_written_down_and_begins_the_time_to_appeal(desk: Desk) -> None:
    step = desk.imposed()
    operator = desk.visit("operator")
    page = operator.read(f"/cases/{desk.case}").text
    key = page.partition('name="key" value="')[2].partition('"')[0]
    sent, token = {"step": str(step), "key": key, "proof": "to the driver, 14:30, receipt 12"}, operator.form_token
    short = operator.send(f"/cases/{desk.case}/deliveries", {**sent, "proof": "ok"})
    assert short.status_code == 422
    assert "nothing was recorded" in short.text
    assert 'value="ok"' in short.text
    told = operator.send(f"/cases/{desk.case}/deliveries", {**sent, "form_token": token})
    assert told.status_code == 303, told.text
    case = desk.cases.case(desk.case)
    assert case.appeal_until is not None
    page = operator.read(f"/cases/{desk.case}").text
    assert "letter: to the driver, 14:30, receipt 12" in page
    [notice] = notices(desk.cases, desk.case)
    assert notice.arrived is not None
    assert (notice.arrived.by, notice.arrived.proof) == ("operator", sent["proof"])
    again = operator.send(f"/cases/{desk.case}/deliveries", {**sent, "form_token": token, "proof": "once more"})
    assert again.status_code == 422
    assert "has recorded this delivery already" in again.text
    assert desk.cases.case(desk.case).appeal_until == case.appeal_until
    assert desk.visit("reviewer").send(f"/cases/{desk.case}/deliveries", sent).status_code == 403


def test_an_appeal_is_acknowledged_and_begins_no_time_to_appeal(desk: Desk) -> None:
    desk.imposed()
    with desk.cases.writing() as books:
        books.delivered("d", desk.case, channel="letter", proof="by hand", by="operator", role="operator")
        books.appeal("a", desk.case, by="driver", role="party", words="No.")
    page = desk.visit("operator").read(f"/cases/{desk.case}").text
    assert "acknowledgement of the appeal" in page
    assert "no acknowledgement on record" in page
    for gone in ("not told yet", "The time to appeal runs"):
        assert gone not in page


def test_a_delivery_survives_the_end_of_its_session(desk: Desk) -> None:
    step, visit = desk.imposed(), desk.visit()
    visit.sign_in("operator")
    visit.read(f"/cases/{desk.case}")
    desk.wait(hours=3)
    told = visit.send(f"/cases/{desk.case}/deliveries", {"step": str(step), "proof": "to the driver, by hand"})
    assert told.headers["location"].endswith("%23notices&sent=kept")
    visit.sign_in("operator")
    assert 'value="to the driver, by hand"' in visit.read(f"/cases/{desk.case}").text


def test_what_no_sender_could_deliver_is_told_by_hand_and_waits_no_more(desk: Desk) -> None:
    class Broken:
        def send(self, message: object) -> None:
            raise NotSent(404, "no such number", is_final=True)

    desk.imposed()
    outbox = Outbox(desk.cases, {"sms": Broken()}, "sms", addressed(KEYS, PAGE))  # type: ignore[dict-item]
    assert outbox.queue_new() == 1
    assert outbox.send_due().given_up == 1
    [notice] = notices(desk.cases, desk.case)
    assert (notice.state, notice.why) == (UNDELIVERABLE, "no such number")
    operator = desk.visit("operator")
    page = operator.read(f"/cases/{desk.case}").text
    assert "could not be delivered: a person tells it" in page
    assert "no such number" in page
    sent = {"step": str(notice.step), "key": "k", "proof": "called, and read to the driver"}
    assert operator.send(f"/cases/{desk.case}/deliveries", sent).status_code == 303
    assert outbox.undelivered() == []
    [notice] = notices(desk.cases, desk.case)
    assert notice.state == DELIVERED
    assert notice.arrived is not None
    assert desk.cases.case(desk.case).appeal_until is not None


def test_without_keys_it_says_how_to_name_them(tmp_path: Path) -> None:
    with Desk(tmp_path) as desk:
        step = desk.imposed()
        desk.console.link = None
        operator = desk.visit("operator")
        assert "guiju serve --links KEYS --case-page ADDRESS" in operator.read(f"/cases/{desk.case}").text
        assert operator.send(f"/cases/{desk.case}/letters/{step}", {}).status_code == 404
        assert operator.send(f"/cases/{desk.case}/letters/99", {}).status_code == 404


def test_case_letter_and_drafts_fit_a_phone_and_axe_finds_nothing(desk: Desk) -> None:
    step = desk.imposed()
    letter = made(desk.visit("operator"), desk.case, step)
    desk.console.drafts.keep(
        "operator", "delivery", f"/cases/{desk.case}#notices", {"step": f"{step}", "proof": "by hand"}
    )
    with chromium() as browser:
        for theme, language in (("light", "en"), ("dark", "zh")):
            context = browser.new_context(viewport={"width": 390, "height": 900}, bypass_csp=True)
            names = {"guiju_session": desk.console.sessions.begin("operator"), "guiju_theme": theme}
            context.add_cookies([{"name": n, "value": v, "url": desk.url} for n, v in names.items()])
            page = context.new_page()
            for at in (f"/cases/{desk.case}", "/drafts", "/ledger?party=driver", "/overview", letter):
                page.goto(f"{desk.url}{at}{'&' if '?' in at else '?'}language={language}")
                assert page.evaluate("document.documentElement.scrollWidth") <= 390, page.url
                page.evaluate(AXE.read_text(encoding="utf-8"))
                faults = page.evaluate("tags => axe.run({runOnly: tags})", TAGS)["violations"]
                assert not faults, [(f["id"], f["nodes"][0]["html"], f["nodes"][0]["failureSummary"]) for f in faults]
            context.close()
