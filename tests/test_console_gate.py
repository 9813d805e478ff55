"""The gate in the console: what decides, decisions as they are made, and nobody who costs the others anything."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("litestar", reason="the console needs the extra [web]")

from console import Served
from gate_service import SET, Service, event
from guiju.cases import Cases
from guiju.cases.matters import Telling
from guiju.findings import mask
from guiju.gate import load
from guiju.journal import Journal
from guiju.records.errors import BadInput
from guiju.web.console.answering import environment
from guiju.web.console.console import Console
from guiju.web.console.gate.decisions import cases_on
from guiju.web.console.gate.feed import KEPT, Feed
from guiju.web.console.gate.gate import Gate
from guiju.web.console.gate.named import Named, read
from guiju.web.console.gate.side_by_side import side_by_side
from guiju.web.console.gate.telling import limits, names
from guiju.web.console.words import Words
from guiju.web.keys import new_key
from made_cases import TERMS, matter
from ports import free_port
from rollout_oracle import MILDER, OLD

GENEROUS_S = 60
AXE = Path(__file__).parent / "axe" / "axe.min.js"


def until(what: Callable[[], Any]) -> Any:
    """Wait until something is so."""
    for _ in range(GENEROUS_S * 50):
        if found := what():
            return found
        time.sleep(0.02)
    raise AssertionError("not in a minute")


class Both:
    """A gate's service in its process, and a console that shows it."""

    def __init__(self, folder: Path, **other: Any) -> None:
        secret, line = new_key("console", ["read", "operate", "decide"])
        (folder / "keys.yaml").write_text(line)
        (folder / "key").write_text(secret)
        self.key = {"Authorization": f"Bearer {secret}"}
        self.journal = folder / "journal"
        self.service = Service(self.journal, "--keys", str(folder / "keys.yaml"))
        named = folder / "gate.yaml"
        named.write_text(f"url: http://127.0.0.1:{self.service.port}\nkey: key\njournal: journal\n")
        (folder / "runs").mkdir()
        self.gate = Gate(read(named), slow_s=0.5, beat_s=0.5, pause_s=0.01)
        self.console = Served(folder / "console.db", folder / "runs", gate=self.gate, **other)
        self.made = 0

    def decide(self, n: int, **other: Any) -> list[dict[str, Any]]:
        """So many more decisions; the console has read them when this returns."""
        events = [event(k, **other) for k in range(self.made, self.made + n)]
        self.made += n
        status, told = self.service.decide(events, **self.key)
        assert status == 200
        feed = self.gate.feed
        until(lambda: feed.look().lines and feed.look().lines[0].id == mask(events[-1]["id"]))
        return [one["decision"] for one in told]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    made = Both(tmp_path_factory.mktemp("gate"))
    with made.service, made.console:
        made.decide(80, buyer="b")
        yield made


def test_each_trigger_with_its_limits_and_how_often_it_holds(both: Both) -> None:
    visit = both.console.visit("operator")
    told = visit.json("/gate")
    of, (trigger,) = load(SET), load(SET).triggers
    assert [part["digest"] for part in told["parts"]] == [of.digest]
    [row] = told["triggers"]
    decisions = visit.json("/gate/decisions")
    held = visit.json(f"/gate/decisions?trigger={trigger.name}")
    assert (row["name"], row["mode"], row["action"]) == (trigger.name, "live", trigger.entry.action)
    assert (row["decisions"], row["hits"]) == (decisions["latest"]["total"], held["latest"]["total"])
    assert row["hits"] > 20
    assert {limit["name"] for limit in row["limits"]} == set(trigger.limits)
    assert all(limit["mark"] and limit["because"]["zh"] for limit in row["limits"])
    page = visit.read("/gate?language=en").text
    assert f"of {row['decisions']:,} decisions" in page
    assert "Decides on everybody" in page
    assert "决定全部对象" in visit.read("/gate?language=zh").text
    assert both.console.visit("admin").read("/gate").status_code == 200
    assert both.console.visit("analyst").read("/gate").status_code == 403


def test_triggers_go_by_the_titles_of_their_rules_in_either_language(both: Both) -> None:
    [trigger] = load(SET).triggers
    visit = both.console.visit("operator")
    for language, title in (("zh", trigger.rule.title.zh), ("en", trigger.rule.title.en)):
        page = visit.read(f"/gate/decisions?trigger={trigger.name}&language={language}").text
        listed = page.partition('<ol class="decided"')[2]
        assert f'<option value="{trigger.name}" selected>{title} · {trigger.name}</option>' in page
        assert listed.count(title) == listed.count("<li "), "each was asked for by this trigger"
        assert "<code" in listed, "its own name stands beside"
    assert visit.json("/gate/decisions")["latest"]["titles"] == {trigger.name: msgspec.to_builtins(trigger.rule.title)}


def test_a_decision_tells_its_reasons_and_nobody_s_name(both: Both) -> None:
    [decided] = both.decide(1, buyer="somebody-long", seller="seller-of-note")
    visit = both.console.visit("operator")
    [line, *_] = visit.json("/gate/decisions")["latest"]["lines"]
    assert (line["subject"], line["id"]) == (mask("seller-of-note"), mask(decided["id"]))
    again = both.decide(3, buyer="b", seller="s1")[-1]
    [line, *_] = visit.json("/gate/decisions")["latest"]["lines"]
    told = visit.json(f"/gate/decisions/{line['sequence']}")["decision"]
    assert [reason["trigger"] for reason in told["reasons"]] == [reason["trigger"] for reason in again["reasons"]]
    assert told["reasons"], "the test asks for one that holds"
    reason, given = told["reasons"][0], again["reasons"][0]
    assert dict(reason["facts"]).keys() == given["facts"].keys()
    assert {limit["name"]: limit["value"] for limit in reason["limits"]} == {
        name: f"{value:,}" for name, value in given["limits"].items()
    }
    page = visit.read(f"/gate/decisions/{line['sequence']}?language=en").text
    assert mask("s1") in page
    for name in (again["id"], "seller-of-note", "somebody-long"):
        assert name not in page
        assert name not in visit.read("/gate/decisions").text
    assert visit.read("/gate/decisions/1").status_code == 404, "the entry of the set is no decision"
    assert visit.read("/gate/decisions/999999999").status_code == 404


def test_a_sentence_before_it_is_about_anybody_has_limits_and_what_facts_are_called() -> None:
    of = load("driving")
    tells = msgspec.yaml.decode((of.folder / "cases.yaml").read_bytes(), type=Telling)
    slots = environment().get_template("gate_parts.html.j2").module.slots
    for language, fact in (("en", "trips with this rider in 30 days"), ("zh", "三十日内为同一乘客开的次数")):
        [trigger] = [one for one in of.triggers if one.name == "directed_orders"]
        its = limits(trigger, date(2020, 12, 12))
        told = str(slots(Words(language), trigger.entry.says.in_(language), its, names(tells)))
        assert fact in told
        assert "_" not in re.sub(r"<[^>]*>", "", told), "no name of a column is left"
        assert {one.value for one in its if one.name == "min_pair_trips"} <= {*re.findall(r"\d+", told)}


def test_a_decision_leads_to_its_case(both: Both, tmp_path: Path) -> None:
    [*_, decided] = both.decide(4, buyer="b", seller="s-case")
    [line, *_] = both.console.visit("operator").json("/gate/decisions")["latest"]["lines"]
    entry = both.gate.entry(line["sequence"])
    assert entry is not None
    assert decided["reasons"], "the test asks for one that holds"
    of, reason = load(SET), decided["reasons"][0]
    about = matter(
        platform=decided["platform"], party="s-case", rule=reason["rule"], decision=decided["id"],
        trigger=f"{decided['set']['name']}/{reason['trigger']}",
    )  # fmt: skip
    cases = Cases(tmp_path / "ledger.db")
    here = cast(Console, SimpleNamespace(cases=cases))
    try:
        assert cases_on(here, both.gate, of, entry) == []
        with cases.writing() as desk:
            case = desk.flag("flag", about, by="gate", of_day=TERMS)
        assert cases_on(here, both.gate, of, entry) == [case.id]
    finally:
        cases.close()


def test_an_older_decision_is_found_in_the_journal(both: Both) -> None:
    both.decide(KEPT + 5)
    assert both.gate.feed.place_of(5) is None
    told = both.console.visit("operator").json("/gate/decisions/5")["decision"]
    assert told["id"] == mask("o3"), "entry 1 is the set's text, and entry 2 the first decision"


def test_an_operator_sees_identifiers_of_one_decision_for_a_reason_that_is_written_down(both: Both) -> None:
    both.decide(2, seller="seller-in-full", buyer="buyer-in-full")
    visit = both.console.visit("operator")
    [newest, before, *_] = visit.json("/gate/decisions")["latest"]["lines"]
    at, other = (f"/gate/decisions/{line['sequence']}" for line in (newest, before))
    assert "seller-in-full" not in visit.read(f"{at}?language=en").text
    assert visit.send(f"{at}/unmasked", {"why": " no "}).status_code == 422
    assert "Give a reason" in visit.seen
    assert visit.send(f"{at}/unmasked", {"why": "the seller asks what was decided"}).status_code == 303
    assert "seller-in-full" in visit.read(at).text
    told = visit.json(at)
    assert (told["unmasked"], told["decision"]["subject"][1]) == (True, "seller-in-full")
    assert "seller-in-full" not in visit.read(other).text, "of this one alone"
    assert "seller-in-full" not in visit.read("/gate/decisions").text, "nor in the list"
    assert "seller-in-full" not in both.console.visit("operator").read(at).text, "in this session alone"
    admin = both.console.visit("admin")
    assert "seller-in-full" not in admin.read(at).text
    assert admin.send(f"{at}/unmasked", {"why": "a good reason"}).status_code == 403
    [entry, *_] = admin.json("/unmaskings")["entries"]
    assert (entry["account"], entry["finding"], entry["why"]) == (
        "operator", str(newest["sequence"]), "the seller asks what was decided",
    )  # fmt: skip
    assert f'href="{at}"' in admin.read("/unmaskings").text
    both.console.later(minutes=31)
    try:
        visit.read("/password")
        assert "seller-in-full" not in visit.read(at).text, "half an hour is over"
    finally:
        both.console.later(minutes=-31)


class Stream:
    """A reader of the stream, message by message."""

    def __init__(self, both: Both, asked: str = "", last: int = 0, role: str = "operator") -> None:
        visit = both.console.visit(role)
        self.token = visit.client.cookies["guiju_session"]
        headers = {"last-event-id": str(last)} if last else {}
        self._open = visit.client.stream("GET", f"/gate/decisions/live{asked}", headers=headers)
        self.answer = self._open.__enter__()
        assert self.answer.status_code == 200
        self._lines = self.answer.iter_lines()

    def next(self) -> tuple[int, str]:
        """The next message: its id, and the text."""
        id, data = 0, list[str]()
        for line in self._lines:
            if line.startswith("id: "):
                id = int(line[4:])
            elif line.startswith("data: "):
                data.append(line[6:])
            elif not line and data:
                return id, "\n".join(data)
        raise EOFError

    def beat(self) -> None:
        """The next sign of life."""
        assert any(line.startswith(": ") for line in self._lines)

    def close(self) -> None:
        self._open.__exit__(None, None, None)


def test_decisions_come_as_they_are_made_and_a_reader_who_comes_back_misses_none(both: Both) -> None:
    stream = Stream(both)
    first, text = stream.next()
    assert f'id="d-{first}"' in text
    both.decide(2, seller="s2")
    second, text = stream.next()
    while second < first + 2:
        second, text = stream.next()
    assert re.findall(r'id="d-(\d+)"', text)[:3] == [str(second), str(second - 1), str(first)]
    stream.beat()
    stream.close()
    back = Stream(both, last=second)
    back.beat()
    both.decide(60)
    third, text = back.next()
    while third < second + 60:
        third, text = back.next()
    back.close()
    late, text = Stream(both, last=second).next()
    assert late == third
    assert "10 more were made meanwhile" in text, "of 60 the list has 50"
    until(lambda: both.gate.feed.readers == 0)


def test_the_stream_keeps_to_what_was_asked(both: Both) -> None:
    both.decide(5, buyer="b")
    visit = both.console.visit("operator")
    for action in ("allow", "review", "hold"):
        for line in visit.json(f"/gate/decisions?action={action}")["latest"]["lines"]:
            assert line["action"] == action
    [held, *_] = visit.json("/gate/decisions?action=hold")["latest"]["lines"]
    stream = Stream(both, "?action=hold")
    assert stream.next()[0] == held["sequence"]
    stream.close()
    none = Stream(both, "?trigger=there-is-none")
    assert "No such decision yet" in none.next()[1]
    none.close()


def test_many_readers_have_one_follower_and_a_slow_one_is_cut_off_and_told(both: Both) -> None:
    streams = [Stream(both) for _ in range(20)]
    for stream in streams:
        stream.next()
    assert both.gate.feed.readers == 20
    token = both.console.console.sessions.begin("operator")
    asyncio.run(taking_nothing(both.console.application, token))
    until(lambda: both.gate.feed.readers == 20)
    both.decide(1)
    assert all(stream.next()[0] for stream in streams), "the others read on"
    for stream in streams:
        stream.close()
    with httpx.stream(
        "GET", f"{both.console.url}/gate/decisions/live", cookies={"guiju_session": token}, timeout=GENEROUS_S
    ) as back:
        assert any("was cut off" in line for line in back.iter_lines())


async def taking_nothing(application: Any, token: str) -> None:
    """A reader that the server can send no more to, as where a browser's and the system's buffers are full."""
    headers = [(b"host", b"127.0.0.1"), (b"cookie", f"guiju_session={token}".encode())]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": "/gate/decisions/live", "raw_path": b"/gate/decisions/live", "query_string": b"", "root_path": "",
        "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2),
    }  # fmt: skip
    asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Any:
        if (first := next(asked, None)) is not None:
            return first
        return await asyncio.Event().wait()

    async def send(message: Any) -> None:
        if message.get("body"):
            await asyncio.Event().wait()

    await asyncio.wait_for(application(scope, receive, send), GENEROUS_S)


def test_a_stream_ends_with_its_session(both: Both) -> None:
    stream = Stream(both)
    stream.next()
    both.console.console.sessions.end(stream.token)
    text = stream.next()[1]
    while "signed out" not in text:
        text = stream.next()[1]
    with pytest.raises(EOFError):
        stream.next()


def test_a_service_that_is_away_is_one_sentence_and_its_journal_is_still_read(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        journal.append({"kind": "other"})
    port = free_port()
    (tmp_path / "runs").mkdir()
    gate = Gate(Named(f"http://127.0.0.1:{port}", journal=str(tmp_path / "j")))
    with Served(tmp_path / "c.db", tmp_path / "runs", gate=gate) as served:
        visit = served.visit("operator")
        page = visit.read("/gate?language=en")
        assert page.status_code == 200
        assert page.text.count("does not answer. It may not be running") == 1
        assert visit.json("/gate/decisions")["latest"]["lines"] == []
    (tmp_path / "d.db").touch()
    with Served(tmp_path / "d.db", tmp_path / "runs") as served:
        assert "serve --gate FILE" in served.visit("operator").read("/gate?language=en").text


def test_a_key_without_its_scope_is_said(tmp_path: Path) -> None:
    secret, line = new_key("weak", ["decide"])
    (tmp_path / "keys.yaml").write_text(line)
    (tmp_path / "runs").mkdir()
    with Service(tmp_path / "j", "--keys", str(tmp_path / "keys.yaml")) as service:
        gate = Gate(Named(f"http://127.0.0.1:{service.port}", secret))
        with Served(tmp_path / "c.db", tmp_path / "runs", gate=gate) as served:
            visit = served.visit("operator")
            assert "needs the scopes read and operate" in visit.read("/gate?language=en").text
            assert "add journal to the file" in visit.read("/gate/decisions").text


def test_a_journal_may_come_later_and_may_be_another_one(tmp_path: Path) -> None:
    feed = Feed(tmp_path / "j")
    try:
        assert feed.said == "gate_journal_none"
        with Journal(tmp_path / "j") as journal:
            journal.append({"kind": "set", "name": "s", "stream": "orders", "digest": "d", "texts": OLD})
        until(lambda: "d" in feed.versions)
        assert not feed.said
        (tmp_path / "j").rename(tmp_path / "away")
        until(lambda: feed.said)
        with Journal(tmp_path / "j") as journal:
            journal.append({"kind": "set", "name": "s", "stream": "orders", "digest": "e", "texts": MILDER})
        until(lambda: "e" in feed.versions)
    finally:
        feed.close()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("url: ftp://x", "no address of a service"),
        ("url: http://gate.example.org", "reach it by https"),
        ("url: http://127.0.0.1:8000\nkey: $NOT_THERE_AT_ALL", "there is no key in the environment's NOT_THERE_AT_ALL"),
        ("url: http://127.0.0.1:8000\nkey: nowhere", "there is no key in"),
        ("url: http://127.0.0.1:8000\nother: 1", "shows how a gate is named"),
    ],
)
def test_what_a_file_may_not_name(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "gate.yaml").write_text(text)
    with pytest.raises(BadInput, match=re.escape(said)):
        read(tmp_path / "gate.yaml")


def test_two_versions_side_by_side_and_where_they_decide_otherwise(both: Both) -> None:
    visit = both.console.visit("operator")
    assert "There is no candidate" in visit.read("/gate/versions?language=en").text
    _, text = both.service.ask("GET", "/v1/rollout", **both.key)
    old = json.loads(text)["current"]
    status, _ = both.service.ask("POST", "/v1/rollout/propose", {"texts": MILDER, "why": "milder"}, **both.key)
    assert status == 200
    at = until(
        lambda: (c := json.loads(both.service.ask("GET", "/v1/rollout", **both.key)[1])["candidate"])["warm"] and c
    )
    both.decide(70, buyer="b")
    told = visit.json("/gate/versions")
    assert [part["digest"] for part in told["parts"]] == [old, at["version"]]
    for file in told["files"]:
        assert (file["kind"] == "same") == (OLD[file["name"]] == MILDER[file["name"]])
        for number, texts in (("left", OLD), ("right", MILDER)):
            lines = texts[file["name"]].splitlines()
            for row in file["rows"]:
                if row["kind"] != "skipped" and row[number]:
                    assert lines[row[number] - 1] == row[f"{number}_text"]
    differing = told["compared"]["differing"]["events"]
    assert differing > 5
    assert len(told["listed"]) == min(differing, 25)
    outcomes = [{one[side]["action"] for one in told["listed"]} for side in ("current", "candidate")]
    assert outcomes[0] != outcomes[1]
    page = visit.read("/gate/versions?language=en").text
    assert f"<b>{differing:,}" in page
    assert "o80" not in page
    for action in ("allow", "review", "hold"):
        for one in visit.json(f"/gate/versions?action={action}")["listed"]:
            assert one["candidate"]["action"] == action != one["current"]["action"]
    [row] = visit.json("/gate")["triggers"]
    assert row["difference"] == "other"
    assert both.console.visit("analyst").read("/gate/versions").status_code == 403


@given(st.lists(st.sampled_from("abcd\t"), max_size=30), st.lists(st.sampled_from("abcd\t"), max_size=30))
def test_lines_beside_each_other_are_the_texts_themselves(left: list[str], right: list[str]) -> None:
    files = side_by_side({"f": "\n".join(left)}, {"f": "\n".join(right)})
    [file] = files
    if left == right or "\n".join(left) == "\n".join(right):
        assert file.kind == "same"
        return
    lefts, rights, at = [], [], 0
    for row in file.rows:
        if row.kind == "skipped":
            lefts += left[len(lefts) : len(lefts) + row.left]
            rights += right[len(rights) : len(rights) + row.left]
            continue
        if row.left:
            at = row.left
            lefts.append(row.left_text)
            assert len(lefts) == at
        if row.right:
            rights.append(row.right_text)
            assert len(rights) == row.right
        assert (row.kind == "same") == (
            row.left is not None and row.right is not None and row.left_text == row.right_text
        )
    assert (lefts, rights) == (left, right)
