"""Samples of decisions in the console: drawn, audited by people who do not know what was said, and what they say."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

pytest.importorskip("litestar", reason="the console needs the extra [web]")

from console import NOW, PASSWORD, Served, Visit, chromium
from gate_service import SET
from guiju.cases.reports import share
from guiju.cases.sampling import FLAGGED, PASSED, About, Drawn, Stratum, estimates
from guiju.cases.sampling import draw as command
from guiju.checks.words import Words
from guiju.findings import mask
from guiju.gate import load
from guiju.journal.reading import segments
from guiju.ledger.database import connect
from guiju.web.console.accounts import NotDone
from guiju.web.console.gate.gate import Gate
from guiju.web.console.gate.named import Named
from guiju.web.console.samples.drawing import Dated, Event, Question, Sheet, question
from guiju.web.console.samples.kept import Samples
from guiju.web.console.tables import CONSOLE
from test_console_gate import Both, until
from test_console_promotion import looked, opened, records

AT = "/cases/samples"
DRAW = {"source": "@journal", "trigger": "", "seed": "July 2026", "flags": "4", "others": "6"}


class Sampled(Both):
    """A gate with decisions, a console with records, and two reviewers."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, records=records(folder / "records"))
        self.console.console.accounts.add("ruth", ("reviewer",))
        self.console.console.accounts.change("ruth", self.console.console.accounts.renew("ruth"), PASSWORD)

    def visit(self, who: str) -> Visit:
        visit = Visit(self.console.url)
        visit.client.cookies.set("guiju_session", self.console.console.sessions.begin(who), domain="127.0.0.1")
        visit.read("/password?language=en")
        return visit

    def drawn(self, **other: str) -> str:
        """The address of a sample."""
        told = self.visit("operator").send(AT, DRAW | other)
        assert told.status_code == 303, told.text
        return str(told.headers["location"])


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sampled]:
    made = Sampled(tmp_path_factory.mktemp("samples"))
    with made.service, made.console:
        made.decide(40, buyer="b", seller="seller-of-note")
        made.decide(40)
        yield made


def test_a_sample_is_drawn_as_the_command_draws_it_and_the_same_draw_is_the_same_sample(
    whole: Sampled, tmp_path: Path
) -> None:
    at = whole.drawn()
    assert whole.drawn() == at
    assert whole.drawn(seed="August") != at
    about = command(whole.journal, tmp_path / "s", seed="July 2026", flags=4, others=6)
    told = whole.visit("reviewer").json(at)
    assert [row["id"] for row in told["rows"]] == [mask(event.id) for event in about.events]
    assert (told["events"], told["audited"], told["decisions"]) == (10, 0, 80)
    assert {row["held"] for row in told["rows"]} == {None}, "nobody is told before"
    [listed] = [one for one in whole.visit("reviewer").json(AT)["samples"] if at.endswith(one["id"])]
    assert (listed["seed"], listed["by"], listed["events"]) == ("July 2026", "operator", 10)


def test_a_journal_that_is_damaged_is_not_one_without_flags(whole: Sampled, tmp_path: Path) -> None:
    copied = tmp_path / "journal"
    shutil.copytree(whole.journal, copied)
    gate = Gate(Named("http://127.0.0.1:9", "key", copied))
    (tmp_path / "runs").mkdir()
    with Served(tmp_path / "console.db", tmp_path / "runs", gate=gate) as served:
        visit = served.visit("operator")
        assert gate.feed is not None
        until(gate.feed.kinds)
        [segment] = segments(copied)
        held = bytearray(segment.read_bytes())
        held[len(held) // 2] ^= 1
        segment.write_bytes(bytes(held))
        visit.read(f"{AT}?language=zh")
        told = visit.send(AT, DRAW)
        assert told.status_code == 422
        assert "日志读不下去，没有抽样：" in told.text
        assert "有一条记录与校验和不符；请从副本恢复" in told.text
        assert "没有触发器命中" not in told.text


def test_an_event_is_held_against_the_limits_of_its_own_day(whole: Sampled) -> None:
    [of] = load(SET).triggers
    name, dated = next((name, its) for name, its in of.rule.entry.limits.items() if name in of.limits)
    first, value = min(dated), dated[min(dated)].value
    raised = {first: dated[first], date(2026, 2, 1): msgspec.structs.replace(dated[first], value=value + 7)}
    entry = msgspec.structs.replace(of.rule.entry, limits={**of.rule.entry.limits, name: raised})
    changed = replace(load(SET), triggers=(replace(of, rule=replace(of.rule, entry=entry)),))
    asked = question(of.name, [changed], "2026-02-02", {"2026-01-31", "2026-02-01", "2026-02-02"})
    days = {day: {x.name: x.value for x in asked.of(day).limits}[name] for day in ("2026-01-31", "2026-02-01")}
    assert days == {"2026-01-31": f"{value:,}", "2026-02-01": f"{value + 7:,}"}
    assert list(asked.on or ()) == ["2026-01-31"], "only the day that is otherwise"
    at = whole.drawn(seed="days")
    kept = Samples(whole.console.console.engine, whole.console.console.clock)
    sheet, by, _ = kept.of(at.rsplit("/", 1)[1]) or pytest.fail("it was drawn")
    day = sheet.events[0].at[:10]
    one = sheet.questions[of.name]
    old = Dated([msgspec.structs.replace(x, value="4,711") for x in one.limits], one.cites)
    about = msgspec.structs.replace(sheet.about, seed="days of old")
    questions = {of.name: msgspec.structs.replace(one, on={day: old})}
    id = kept.keep(msgspec.structs.replace(sheet, about=about, questions=questions), by)
    for address, has in ((f"{AT}/{id}/0", True), (f"{at}/0", False)):
        page = whole.visit("ruth").read(f"{address}?language=en").text
        assert f"Limits in force on {day}" in page
        assert ("4,711" in page) is has


def test_an_auditor_judges_and_only_then_is_told_what_the_trigger_said(whole: Sampled, tmp_path: Path) -> None:
    at = whole.drawn(seed="blind")
    about = command(whole.journal, tmp_path / "s", seed="blind", flags=4, others=6)
    ruth = whole.visit("ruth")
    page = ruth.read(f"{at}/0").text
    assert "The trigger" not in page
    assert "/gate/decisions/" not in page
    assert ruth.json(f"{at}/0")["held"] is None
    assert ruth.json(f"{at}/0")["event"]["entry"] == 0
    assert "orders_<wbr>of_<wbr>buyer" in page
    assert "the customer who bought it" in page, "a column is told, not only named"
    assert "seller-of-note" not in page
    labels = ["yes" if event.stratum == FLAGGED else "no" for event in about.events]
    labels[3] = "no" if labels[3] == "yes" else "yes"
    labels[5] = "unclear"
    for place, label in enumerate(labels):
        assert ruth.json(at)["next"] == place
        ruth.read(f"{at}/{place}")
        sent = ruth.send(f"{at}/{place}", {"label": label, "why": "as its facts say", "seen": "0"})
        assert sent.status_code == 303
    told = ruth.json(at)
    assert (told["audited"], told["next"]) == (10, None)
    assert [row["agrees"] for row in told["rows"]] == [None if n == 5 else n != 3 for n in range(10)]
    assert {(row["audit"]["by"], row["audit"]["at"]) for row in told["rows"]} == {("ruth", NOW.isoformat()[:19] + "Z")}
    flags, others = (
        [lb for lb, e in zip(labels, about.events, strict=True) if e.stratum == which and lb != "unclear"]
        for which in (FLAGGED, PASSED)
    )
    [result] = told["results"]
    for name, of in (("precision", flags), ("missed", others)):
        assert result[name] == pytest.approx(list(share(of.count("yes"), len(of))))
    sheet = tmp_path / "s" / "sample.csv"
    lines = sheet.read_text(encoding="utf-8-sig").splitlines()
    filled = [line.removesuffix(",,") + f",{label}," for line, label in zip(lines[1:], labels, strict=True)]
    sheet.write_text("\n".join([lines[0], *filled]), encoding="utf-8-sig")
    [same] = estimates(tmp_path / "s")
    assert result["missed_events"] == pytest.approx(same.missed_events), "as the command reckons it"
    page = ruth.read(f"{at}/3?language=en").text
    assert "does not agree with the trigger" in page
    entry = ruth.json(f"{at}/3")["event"]["entry"]
    assert whole.visit("operator").json(f"/gate/decisions/{entry}")["decision"]["id"] == mask(about.events[3].id)


def test_a_judgement_is_its_auditor_s_and_nothing_is_written_over(whole: Sampled) -> None:
    at = whole.drawn(seed="rights")
    ruth, other, operator, analyst = (whole.visit(who) for who in ("ruth", "reviewer", "operator", "analyst"))
    says = {"label": "yes", "why": "nine orders in the hour", "seen": "0"}
    assert analyst.read(at).status_code == 403
    assert operator.send(f"{at}/0", says).status_code == 403
    assert "Only a reviewer audits" in operator.read(f"{at}/0").text
    for missing, words in (({"label": "maybe"}, "Choose yes, no or unclear"), ({"why": "no"}, "Write the reason")):
        told = ruth.send(f"{at}/0", says | missing)
        assert told.status_code == 409
        assert words in told.text
    assert ruth.send(f"{at}/0", says).status_code == 303
    late = other.send(f"{at}/0", says | {"label": "no", "why": "words of mine"})
    assert late.status_code == 409
    assert "ruth has audited this event already" in late.text
    assert "words of mine" in late.text, "no word is lost"
    twice = ruth.send(f"{at}/0", says | {"label": "no", "why": "I read it again"})
    assert twice.status_code == 409, "from a page that was opened before"
    assert "I read it again" in twice.text
    assert ruth.send(f"{at}/0", says | {"label": "no", "why": "I read it again", "seen": "1"}).status_code == 303
    assert [(one["label"], one["turn"]) for one in ruth.json(f"{at}/0")["said"]] == [("yes", 1), ("no", 2)]
    assert ruth.json(at)["rows"][0]["audit"]["label"] == "no"
    for nowhere in (f"{at}/10", f"{AT}/0123456789abcdef", f"{AT}/0123456789abcdef/0"):
        assert ruth.read(nowhere).status_code == 404
        assert ruth.send(nowhere, says).status_code in (404, 405)


def test_what_cannot_be_drawn_is_said(whole: Sampled) -> None:
    visit = whole.visit("operator")
    for sent, words in (
        ({"source": "7"}, "Choose what to draw from"), ({"trigger": "other"}, "no such trigger"),
        ({"seed": " "}, "Write a seed"), ({"flags": "0"}, "Sizes: 1 to 200"), ({"others": "201"}, "Sizes: 1 to 200"),
        ({"flags": "many"}, "Sizes"), ({"others": "-1"}, "Sizes"),
    ):  # fmt: skip
        told = visit.send(AT, DRAW | sent)
        assert told.status_code == 422
        assert words in told.text, sent


def test_a_sample_of_a_backtest_and_its_pages_fit_a_phone(whole: Sampled) -> None:
    visit = whole.visit("operator")
    visit.read("/backtests")
    done = visit.send("/backtests", {"records": "orders", "set": "@current"}).headers["location"]
    until(lambda: not visit.json(done)["job"]["is_open"])
    number = done.rpartition("/")[2]
    with chromium() as browser:
        page = opened(browser, whole, "ruth", "zh", 390)
        page.goto(f"{whole.console.url}{AT}")
        page.select_option("#f-source", number)
        page.fill("#f-seed", "七月")
        page.fill("#f-flags", "5")
        page.fill("#f-others", "5")
        looked(page)
        page.click("main form button.main")
        page.wait_for_selector("progress")
        looked(page)
        page.click("main a.button.main")
        page.check("input[value=yes]")
        page.fill("#f-why", "一小时内下单过多")
        looked(page)
        page.click("main form button.main")
        page.wait_for_selector("[role=status]")
        assert "触发器当时" in page.inner_text("main")
        looked(page)
        page.click("main a.button.main")
        page.wait_for_selector("h1:has-text('第 2 件')")
        wide = opened(browser, whole, "operator", "en", 1280)
        wide.goto(page.url.rpartition("/")[0])
        assert "1 of 10" in wide.inner_text("main")
        looked(wide)
        assert wide.locator("main a.button.main").count() == 0, "an operator does not audit"


def test_of_two_auditors_at_once_one_is_first_and_the_record_stays(books_at: str) -> None:
    engine = connect(books_at, of=CONSOLE)
    drawn = [Drawn("t", FLAGGED, "p", "a***"), Drawn("t", PASSED, "p", "b***")]
    about = About("s", "3", 9, [Stratum("t", FLAGGED, 4, 1), Stratum("t", PASSED, 5, 1)], drawn)
    question = Question(Words("题", "title"), "", False, "", [], [])
    sheet = Sheet(about, [Event("2026-01-01 00:00:00", "UTC", [])] * 2, {"t": question}, 1, 1)
    samples = Samples(engine, lambda: NOW)
    id = samples.keep(sheet, "olga")
    assert samples.keep(sheet, "another") == id
    assert samples.of(id) == (sheet, "olga", NOW)

    class Late(Samples):
        """Reads, and then somebody else is first."""

        def audits(self, id: str, place: int | None = None) -> Any:
            said = super().audits(id, place)
            if not said:
                Samples(engine, lambda: NOW).audit(id, place, "no", "was first", self.first, 0)
            return said

        first = "ruth"

    with pytest.raises(NotDone, match="sample_others_said"):
        Late(engine, lambda: NOW).audit(id, 0, "yes", "was second", "otto", 0)
    Late.first = "otto"
    with pytest.raises(NotDone, match="sample_stale"):
        Late(engine, lambda: NOW).audit(id, 1, "yes", "was second", "otto", 0)
    assert [(one.place, one.label, one.by) for one in samples.audits(id)] == [(0, "no", "ruth"), (1, "no", "otto")]
    for change in ("UPDATE console_sample_audits SET label = 'yes'", "DELETE FROM console_sample_audits"):
        with engine.connect() as connection, pytest.raises(DBAPIError, match="never altered"):
            connection.execute(text(change))
    engine.dispose()
