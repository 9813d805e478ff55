"""A version's way into the gate: backtested in the browser, proposed by one operator, confirmed by another."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("litestar", reason="the console needs the extra [web]")

from console import EACH_LOOK, NOW, PASSWORD, Served, Visit, chromium
from gate_service import event
from guiju.gate.backtest.counting import Hits
from guiju.gate.backtest.counting import Share as Of
from guiju.journal import Reading
from guiju.ledger.database import connect
from guiju.web.console.accounts import NotDone
from guiju.web.console.gate.backtesting import figures
from guiju.web.console.gate.proposals import CONFIRMING, DONE, REFUSED, UNKNOWN_SECONDS, Proposals
from guiju.web.console.tables import CONSOLE
from guiju.web.rollout_description import Beside, Changed, Compared, Share, Standing, Warmed
from rollout_oracle import MILDER
from test_console_findings import TAGS
from test_console_gate import AXE, Both, until


class Whole(Both):
    """A gate with a candidate, a console with records, and a second operator."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, records=records(folder / "records"))
        self.second(self.console)

    @staticmethod
    def second(console: Served) -> None:
        console.console.accounts.add("olga", ("operator",))
        console.console.accounts.change("olga", console.console.accounts.renew("olga"), PASSWORD)

    def candidate(self) -> str:
        """Propose one, and wait until it is warm; its digest."""
        self.service.ask("POST", "/v1/rollout/propose", {"texts": MILDER, "why": "milder"}, **self.key)
        return str(until(lambda: (c := self.standing()["candidate"]) and c["warm"] and c["version"]))

    def standing(self) -> Any:
        return json.loads(self.service.ask("GET", "/v1/rollout", **self.key)[1])

    def move(self, step: str, **body: Any) -> None:
        """Past the console."""
        assert self.service.ask("POST", f"/v1/rollout/{step}", {"why": "a test"} | body, **self.key)[0] == 200


def records(folder: Path) -> Path:
    """A set of orders as they come to the gate."""
    (folder / "orders").mkdir(parents=True)
    lines = "".join(json.dumps(event(n, buyer=f"b{n % 3}")) + "\n" for n in range(200))
    (folder / "orders" / "orders.jsonl").write_text(lines)
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    made = Whole(tmp_path_factory.mktemp("promotion"))
    with made.service, made.console:
        made.decide(60, buyer="b")
        yield made


def signed_in(whole: Whole, who: str) -> Visit:
    visit = Visit(whole.console.url)
    visit.client.cookies.set("guiju_session", whole.console.console.sessions.begin(who), domain="127.0.0.1")
    visit.read("/gate/promotion")
    return visit


def test_nobody_promotes_alone_and_both_names_are_in_the_journal(whole: Whole) -> None:
    version = whole.candidate()
    one, two = signed_in(whole, "operator"), signed_in(whole, "olga")
    assert one.send("/gate/promotion", {"step": "share", "share": "25", "why": "no"}).status_code == 409, "no reason"
    assert one.send("/gate/promotion", {"step": "share", "share": "x", "why": "a week of it"}).status_code == 409
    assert one.send("/gate/promotion", {"step": "rollback", "why": "nothing to"}).status_code == 409
    assert one.send("/gate/promotion", {"step": "", "why": "a week of it"}).status_code == 409, "nothing was chosen"
    told = one.read("/gate/promotion?language=en").text
    assert re.search('value="share" required checked', told)
    assert 'value="all" required>' in told, "everybody is never what the form has by itself"
    assert "guiju gate propose FOLDER" in told
    told = one.send("/gate/promotion", {"step": "share", "share": "25 %", "why": "differs on few, rightly"})
    assert told.status_code == 303
    assert "once another operator confirms it" in one.read(told.headers["location"]).text
    id = one.json("/gate/promotion")["open"]["id"]
    assert whole.standing()["candidate"]["share_pct"] == 0, "nothing is done yet"
    asked = {who: [i["says"] for i in signed_in(whole, who).json("/overview")["today"]] for who in ("operator", "olga")}
    assert asked == {"operator": [], "olga": ["today_promotion"]}, "whoever proposed it has nothing to do"
    assert "promotion that waits for you to confirm" in two.read("/overview?language=en").text, "one, not many"
    told = two.read("/gate?language=en").text
    assert "Waits for another operator" in told
    assert "Let the candidate decide on 25 % of the subjects" in told
    assert two.send("/gate/promotion", {"step": "all", "why": "all at once"}).status_code == 409, "one at a time"
    assert "another operator confirms" in one.read("/gate/promotion?language=en").text
    assert one.send(f"/gate/promotion/{id}/confirmed", {}).status_code == 409
    assert whole.standing()["candidate"]["share_pct"] == 0
    admin = signed_in(whole, "admin")
    assert admin.send(f"/gate/promotion/{id}/confirmed", {}).status_code == 403
    told = two.send(f"/gate/promotion/{id}/confirmed", {})
    assert told.status_code == 303
    assert "Confirmed and carried out" in two.read(told.headers["location"]).text
    at = whole.standing()
    assert at["candidate"]["share_pct"] == 25
    last = [entry.value for entry in Reading(whole.journal) if entry.value["kind"] == "rollout"][-1]
    assert (last["change"], last["version"], last["share_pct"], last["by"]) == ("promote", version, 25, "console")
    assert last["why"] == f"differs on few, rightly (proposed by operator, confirmed by olga; proposal {id})"
    assert "Waits for another operator" not in two.read("/gate?language=en").text
    late = two.send(f"/gate/promotion/{id}/confirmed", {})
    assert late.status_code == 409
    assert "decided already: carried out (olga)" in late.text
    assert len([c for c in whole.standing()["changes"] if c["change"] == "promote"]) == 1
    [past] = one.json("/gate/promotion")["past"]
    assert (past["state"], past["proposed_by"], past["decided_by"]) == ("done", "operator", "olga")

    two.send("/gate/promotion", {"step": "rollback", "why": "somebody complained"})
    id = two.json("/gate/promotion")["open"]["id"]
    whole.move("promote", share_pct=50)
    lapsed = one.send(f"/gate/promotion/{id}/confirmed", {})
    assert lapsed.status_code == 409
    assert "has lapsed; nothing was done" in lapsed.text
    assert whole.standing()["candidate"]["share_pct"] == 50
    two.send("/gate/promotion", {"step": "rollback", "why": "somebody complained"})
    id = two.json("/gate/promotion")["open"]["id"]
    assert one.send(f"/gate/promotion/{id}/declined", {}).status_code == 303
    assert two.send(f"/gate/promotion/{id}/declined", {}).status_code == 409
    two.send("/gate/promotion", {"step": "rollback", "why": "somebody complained"})
    id = two.json("/gate/promotion")["open"]["id"]
    assert one.send(f"/gate/promotion/{id}/confirmed", {}).status_code == 303
    assert whole.standing()["candidate"]["share_pct"] == 0
    one.send("/gate/promotion", {"step": "all", "why": "it is ready now"})
    id = two.json("/gate/promotion")["open"]["id"]
    assert two.send(f"/gate/promotion/{id}/confirmed", {}).status_code == 303
    told = two.read("/gate?language=en").text
    first, second = (part.partition("</section>")[0] for part in told.split('<section class="card')[1:])
    assert ">Promoted candidate<" in first, "whoever decides comes first"
    assert "Decides on everybody" in first
    assert ">Version before<" in second
    assert "Answers nobody now" in second
    room = two.json("/gate")
    assert {row["difference"] for row in room["triggers"]} == {""}, "the triggers are those that decide"
    assert [row["action"] for row in room["triggers"]] == ["review"], "the candidate’s text"
    form = two.read("/gate/promotion").text
    assert 'value="all"' not in form
    assert 'value="rollback" required>' in form
    whole.move("rollback")
    one.send("/gate/promotion", {"step": "all", "why": "it is ready, really"})
    whole.move("withdraw")
    told = two.json("/gate/promotion")
    states = {one["why"]: one["state"] for one in told["past"]}
    assert (told["open"], states["it is ready now"], states["it is ready, really"]) == (None, "done", "lapsed")


def standing(version: str = "v", current: str = "c", share: float = 0.0, *whys: str) -> Standing:
    none = Share(0, None, None)
    beside = Beside(version, "somebody", share, "seller", True, None, Warmed(1, 1), Compared(0, none, [], [], {}))
    return Standing("s", current, beside, [Changed("promote", version, current, version, share, "k", why, "") for why in
                                           whys])  # fmt: skip


def test_of_two_who_confirm_at_once_one_is_told_and_what_a_crash_left_is_found_out(books_at: str) -> None:
    now = [NOW]
    engine = connect(books_at, of=CONSOLE)
    proposals = Proposals(engine, lambda: now[0], "http://gate")
    of = proposals.propose("ann", "promote", 10, "a good reason", standing())
    taken = proposals.confirm(of.id, "ben", standing())
    assert taken.state == CONFIRMING
    with pytest.raises(NotDone, match="promotion_decided"):
        proposals.confirm(of.id, "cem", standing())
    with pytest.raises(NotDone, match="promotion_one_at_a_time"):
        proposals.propose("ann", "promote", 20, "another reason", standing())
    proposals.settle(standing(share=10))
    assert proposals.of(of.id).state == CONFIRMING, "the service may yet do it"
    proposals.settle(standing("v", "c", 10, taken.told))
    assert proposals.of(of.id).state == DONE
    again = proposals.propose("ann", "promote", 20, "another reason", standing(share=10))
    proposals.confirm(again.id, "ben", standing(share=10))
    now[0] += timedelta(seconds=UNKNOWN_SECONDS + 1)
    proposals.settle(standing(share=10))
    assert proposals.of(again.id).state == REFUSED
    assert Proposals(engine, lambda: now[0], "http://another").newest() == []
    engine.dispose()


def test_a_backtest_is_begun_watched_ended_and_found_again(whole: Whole) -> None:
    visit = signed_in(whole, "operator")
    visit.read("/backtests?language=en")
    assert visit.send("/backtests", {"records": "../orders", "set": "orders"}).status_code == 422
    assert visit.send("/backtests", {"records": "orders", "set": "nothing"}).status_code == 422
    assert visit.send("/backtests", {"records": "orders", "set": "@current", "against": "@current"}).status_code == 422
    visit.read("/backtests")
    told = visit.send("/backtests", {"records": "orders", "set": "driving"})
    at = told.headers["location"]
    until(lambda: not visit.json(at)["job"]["is_open"])
    job = visit.json(at)["job"]
    assert job["state"] == "refused", "orders are no trips"
    assert "trips" in job["says"]
    visit.read("/backtests")
    at = visit.send("/backtests", {"records": "orders", "set": "@current"}).headers["location"]
    number = int(at.rpartition("/")[2])
    process = until(lambda: whole.console.console.jobs.of(number).far.process)
    os.kill(process, signal.SIGKILL)
    until(lambda: not visit.json(at)["job"]["is_open"])
    assert visit.json(at)["job"]["state"] == "broken_off"
    assert "Its process was gone" in visit.read(f"{at}?language=en").text
    assert signed_in(whole, "admin").send("/backtests", {"records": "orders", "set": "@current"}).status_code == 403
    assert whole.console.visit("reviewer").read("/backtests").status_code == 403


def test_of_a_labelled_backtest_what_was_right_and_missed_is_told() -> None:
    told = figures(Hits("bursts", "hold", "live", 3, 2, Decimal("19.2"), {}, {}, Of(2, 3), Of(2, 6)))
    assert told == {"amount": "19.20", "right": [2, 3], "missed": [4, 6]}
    told = figures(Hits("bursts", "review", "live", 3, 2, None, {}, {}))
    assert told == {"amount": None, "right": None, "missed": None}, "no labels, no sum"


@pytest.mark.parametrize(("language", "width"), EACH_LOOK)
def test_an_operator_backtests_and_another_lets_it_be_promoted(whole: Whole, language: str, width: int) -> None:
    if whole.standing()["candidate"] is None:
        whole.candidate()
    elif whole.standing()["candidate"]["share_pct"]:
        whole.move("rollback")
    whole.decide(30, buyer="b")
    with chromium() as browser:
        one, two = (opened(browser, whole, who, language, width) for who in ("operator", "olga"))
        one.goto(f"{whole.console.url}/gate")
        looked(one)
        one.goto(f"{whole.console.url}/gate/versions")
        looked(one)
        one.goto(f"{whole.console.url}/backtests?set=@candidate&against=@current")
        looked(one)
        one.locator("main form button.main").click()
        one.wait_for_selector("a[href$='/report']", timeout=120_000)
        looked(one)
        result = signed_in(whole, "operator").json(one.url.removeprefix(whole.console.url))["job"]["result"]
        assert result["triggers"].keys() == result["hits"].keys()
        assert result["held_amount"] in one.inner_text("#job").replace(",", ""), "the sum that its report has"
        one.locator("a[href$='/report']").click()
        one.wait_for_selector("h2")
        one.goto(f"{whole.console.url}/gate/promotion")
        one.locator("input[value=all]").check()
        one.locator("textarea[name=why]").fill("backtested: milder on the same orders")
        one.locator("main form button.main").click()
        one.wait_for_selector(".proposal")
        looked(one)
        assert one.locator(".proposal button.main").count() == 0, "not one's own"
        two.goto(f"{whole.console.url}/gate/promotion")
        looked(two)
        two.locator(".proposal button.main").click()
        two.wait_for_selector(".badge.sure")
        looked(two)
        two.goto(f"{whole.console.url}/gate")
        looked(two)
        assert whole.standing()["candidate"]["share_pct"] == 100
        one.wait_for_function("!document.querySelector('.proposal')", timeout=60_000)
        two.goto(f"{whole.console.url}/gate/decisions")
        first = two.locator(".decided li").first.get_attribute("id")
        whole.decide(3, buyer="b")
        two.wait_for_function("f => document.querySelector('.decided li').id != f", arg=first, timeout=60_000)
        looked(two)
        two.locator(".decided li a").first.click()
        two.wait_for_selector("dl.meta")
        looked(two)


def opened(browser: Any, whole: Whole, who: str, language: str, width: int) -> Any:
    context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True)
    token = whole.console.console.sessions.begin(who)
    cookies = {"guiju_session": token, "guiju_language": language}
    context.add_cookies([{"name": n, "value": v, "url": whole.console.url} for n, v in cookies.items()])
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    return page


def looked(page: Any) -> None:
    """Nothing is wider than the page, and axe finds nothing."""
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    page.evaluate(AXE.read_text(encoding="utf-8"))
    faults = page.evaluate("tags => axe.run({runOnly: tags})", TAGS)["violations"]
    assert not faults, [(page.url, fault["id"], fault["nodes"][0]["html"]) for fault in faults]
