"""Cases over HTTP, on SQLite and PostgreSQL: appealed, decided to the cent, repeated safely, refused in a sentence."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import msgspec
import pytest
from sqlalchemy import text

pytest.importorskip("litestar", reason="the service needs the extra [web]")
pytest.importorskip("granian", reason="the service needs the extra [web]")

from msgspec.structs import replace

from cases_service import Service, Told
from databases import Server
from eventually import eventually
from guiju.cases import Matter
from guiju.cases.matters import of_decision
from guiju.cases.notices.outbox import Outbox
from guiju.cases.notices.senders import Message, Receipt
from guiju.checks.words import Words
from guiju.gate import live, load
from guiju.gate.drawn_cases import cases as drawn
from guiju.gate.drawn_cases import decided
from guiju.ledger import verify
from guiju.ledger.database import Unavailable
from guiju.records.drawn import read_drawn
from guiju.web.cases import office
from guiju.web.cases.application import MOST_BYTES
from guiju.web.cases.description import EXAMPLES
from guiju.web.cases.gate import Gate
from guiju.web.deciding import Deciding
from made_cases import TERMS, Clock, earn, held, matter, standing

OVERTURN = {"outcome": "overturned", "why": "the insurer's campaign gave the vouchers"}
APPEAL = {"words": "保险公司的活动发的券。"}


@pytest.fixture
def service(books_at: str, tmp_path: Path) -> Iterator[Service]:
    with Service(books_at, tmp_path / "files", Clock()) as made:
        yield made
        assert not verify(made.cases.ledger).faults


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Service]:
    """On SQLite alone: where it is not about the database."""
    with Service(tmp_path / "books.db", tmp_path / "files", Clock()) as made:
        yield made


def at_once(*calls: Callable[[], Told]) -> list[Told]:
    """What several are answered who ask at once."""
    answers: list[Told] = []
    threads = [threading.Thread(target=lambda call=call: answers.append(call())) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_an_appeal_is_made_and_decided(service: Service) -> None:
    """From the flag to the money back: 80.00 were there and are held, 20.00 were withdrawn and are claimed."""
    with service.cases.writing() as desk:
        earn(desk, "driver-17", 80_00)
    began = service.do("/v1/cases", "gate", EXAMPLES["flag"], key="flag")
    assert (began.status, began.json["state"]) == (201, "flagged")
    case = began.json["id"]
    early = service.do(f"/v1/cases/{case}/imposition", "gate", EXAMPLES["impose"])
    assert (early.status, "at the earliest" in early.json["detail"]) == (409, True)
    service.clock.wait(hours=6)
    imposed = service.do(f"/v1/cases/{case}/imposition", "gate", EXAMPLES["impose"])
    assert (imposed.json["money"]["left"], imposed.json["money"]["open_claim"]) == (80_00, 20_00)
    told = service.do(f"/v1/cases/{case}/deliveries", "gate", EXAMPLES["delivered"]).json
    assert (told["state"], told["times"]["appeal_until"]) == ("noticed", "2025-12-28T16:00:00Z")
    mine = service.link(case, "driver-17")
    appealed = service.do(f"/v1/cases/{case}/appeals", mine, APPEAL)
    assert (appealed.status, appealed.json["state"]) == (201, "appealed")
    [waiting] = service.read("/v1/cases?state=appealed&due_before=2025-12-31T00:00:00Z", "ruth").json["cases"]
    assert (waiting["id"], waiting["until"]) == (case, "2025-12-15T18:00:00Z")
    seen = service.read(f"/v1/cases/{case}", "ruth")
    assert seen.json["history"][-1]["says"]["words"] == APPEAL["words"]
    decided = service.do(f"/v1/cases/{case}/decisions", "ruth", OVERTURN, If_Match=seen.headers["etag"])
    assert (decided.json["state"], decided.json["outcome"]) == ("remedied", "overturned")
    assert standing(service.cases, "driver-17") == (80_00, 0, 0)
    statement = service.read(f"/v1/cases/{case}/statement", mine).json
    assert "sums" in statement, statement
    assert (statement["sums"]["returned"], statement["sums"]["held"]) == ("80.00", "0.00")
    assert statement["answers"][0]["why"] == OVERTURN["why"]
    entries = service.read(f"/v1/cases/{case}/entries", mine).json
    assert [e["kind"] for e in entries] == ["dispute", "hold", "claim", "release", "waive"]
    report = service.read("/v1/reports/service?platform=yexing", "auditor").json
    assert (report["answered"], report["late"], report["overturned"]["found"]) == (1, 0, 1)
    [of_trigger] = service.read("/v1/reports/precision", "auditor").json
    assert (of_trigger["trigger"], of_trigger["right"]["found"]) == ("driving/voucher_arbitrage", 0)
    [purse] = service.read("/v1/parties/driver-17/ledger", "auditor").json
    assert (purse["available"], purse["held"], purse["claimed"]) == (80_00, 0, 0)
    assert service.do("/v1/cases", "gate", EXAMPLES["flag"], key="flag") == began, "as it was answered first"


def test_a_statement_in_both_languages_and_three_forms(local: Service) -> None:
    case = held(local.cases, local.clock).id
    path, mine = f"/v1/cases/{case}/statement", local.link(case)
    chinese = {"Accept": "text/html,application/xml;q=0.9,*/*;q=0.8"}
    for headers, query, begins, language in (
        (chinese, "", "<!doctype html>", "zh"),
        (chinese | {"Accept-Language": "en-GB,en;q=0.9,zh;q=0.5"}, "", "<!doctype html>", "en"),
        (chinese | {"Accept-Language": "en"}, "&language=zh", "<!doctype html>", "zh"),
        ({}, "&form=html&language=en", "<!doctype html>", "en"),
        ({"Accept": "*/*"}, "", '{"case":', ""),
        (chinese, "&form=dsa", '{"statement":', ""),
    ):
        told = local.read(f"{path}?link={mine}{query}", **headers)
        assert told.status == 200
        assert told.raw.decode().lower().startswith(begins), told.raw[:80]
        assert told.headers.get("content-language", "") == language
        if begins.startswith("<"):
            assert ("您" in told.raw.decode()) == (language == "zh")
            assert told.headers["content-security-policy"].startswith("default-src 'none'")
            assert b"<script" not in told.raw
    assert local.read(f"{path}?form=html", mine).headers["content-type"] == "text/html; charset=utf-8"
    assert local.read(f"{path}?form=pdf", mine).status == 400
    assert local.read(f"{path}?form=dsa", mine).json["statement"]["territorial_scope"] == ["DE"]


def test_the_same_call_again_is_answered_the_same(service: Service) -> None:
    case = held(service.cases, service.clock).id
    path, mine = f"/v1/cases/{case}/appeals", service.link(case)
    first = at_once(*[lambda: service.do(path, mine, APPEAL, key="k")] * 4)
    assert {(a.status, a.raw) for a in first} == {(201, first[0].raw)}
    service.do(f"/v1/cases/{case}/decisions", "ruth", OVERTURN, key="k", If_Match=first[0].headers["etag"])
    again = service.do(path, mine, APPEAL, key="k")
    assert (again.status, again.raw) == (201, first[0].raw), "though it was decided meanwhile"
    other = service.do(path, mine, {"words": "otherwise"}, key="k")
    assert (other.status, "another call" in other.json["detail"]) == (409, True)
    assert len(service.cases.history(case)) == 6


def test_two_reviewers_decide_at_once(service: Service) -> None:
    case = held(service.cases, service.clock).id
    service.do(f"/v1/cases/{case}/appeals", service.link(case), APPEAL)
    seen = service.read(f"/v1/cases/{case}", "ruth").headers["etag"]
    path = f"/v1/cases/{case}/decisions"
    upheld = {"outcome": "upheld", "why": "no campaign covers it"}
    answers = at_once(
        lambda: service.do(path, "ruth", OVERTURN, If_Match=seen),
        lambda: service.do(path, "remy", upheld, If_Match=seen),
    )
    assert sorted(a.status for a in answers) == [201, 412]
    assert "has gone on" in next(a for a in answers if a.status == 412).json["detail"]
    assert len(service.cases.case(case).rounds) == 1
    assert standing(service.cases) in ((80_00, 0, 0), (0, 0, 20_00))


def test_two_must_agree_to_stop_work(local: Service) -> None:
    stop = matter(kind="stop", currency="", amount=0, decision="work")
    with local.cases.writing() as desk:
        case = desk.flag("f", stop, by="olga", role="operator", of_day=replace(TERMS, reviewers=2, delay_hours=0)).id
        desk.impose("i", case, by="otto", role="operator", why="two agree")
        desk.delivered("d", case, channel="sms", proof="r", by="sms")
    mine, path = local.link(case), f"/v1/cases/{case}/decisions"
    local.do(f"/v1/cases/{case}/appeals", mine, APPEAL)

    def decide(who: str) -> Told:
        return local.do(path, who, OVERTURN, If_Match=local.read(f"/v1/cases/{case}", who).headers["etag"])

    assert decide("ruth").json["proposal"]["by"] == ["ruth"]
    hidden = local.read(f"/v1/cases/{case}", mine).json
    assert (hidden["proposal"], hidden["history"][-1]["kind"]) == (None, "appealed")
    assert decide("ruth").json["state"] == "appealed", "nobody agrees with themselves"
    assert decide("remy").json["decisions"][0]["by"] == ["remy", "ruth"]
    assert local.read(f"/v1/cases/{case}", mine).json["history"][-2]["kind"] == "decided"


def waiting(service: Service) -> bool:
    """Whether somebody waits for a lock in PostgreSQL."""
    with service.cases.engine.connect() as connection:
        return bool(connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar())


def test_the_database_goes_away(postgres: Server, tmp_path: Path) -> None:
    """While a call waits for the one writer's place: it is told so, nothing is half done, and may be made again."""
    with Service(postgres.database(), tmp_path / "files", Clock()) as service:
        case = held(service.cases, service.clock).id
        path, mine, answers = f"/v1/cases/{case}/appeals", service.link(case), list[Told]()
        with pytest.raises(Unavailable), service.cases.writing():  # noqa: PT012
            calling = threading.Thread(target=lambda: answers.append(service.do(path, mine, APPEAL, key="k")))
            calling.start()
            eventually(lambda: waiting(service), "the call waits for its turn in the database")
            assert service.read("/ready").status == 200, "reading waits for nobody"
            postgres.stop()
            calling.join()
            try:
                [cut] = answers
                assert (cut.status, cut.headers["retry-after"]) == (503, "1")
                assert "the same call may be made again" in cut.json["detail"]
                assert service.read("/ready").status == 503
                assert service.read("/health").status == 200
            finally:
                postgres.start()
        assert service.do(path, mine, APPEAL, key="k").status == 201
        assert [s.kind for s in service.cases.history(case)].count("appealed") == 1


def test_a_group_is_decided_as_one(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve members in three transactions, one of whom left: the others are answered."""
    monkeypatch.setattr(office, "TOGETHER", 4)
    some = [matter(party=f"d{n}", decision=f"t{n}", amount=1_00 + n) for n in range(12)]
    with service.cases.writing() as desk:
        for one in some:
            earn(desk, one.party, one.amount)
            desk.flag(f"f {one.id}", one, by="gate", of_day=replace(TERMS, delay_hours=0))
            desk.impose(f"i {one.id}", one.id, by="clock", role="machine", why="the delay is over")
    assert service.do("/v1/groups", "gate", EXAMPLES["group"], key="g").status == 201
    path = "/v1/groups/insurer-2020-12"
    joining = {"cases": [one.id for one in some], "why": "paid by the campaign"}
    assert len(service.do(f"{path}/members", "gate", joining).json["cases"]) == 12
    alone = some[7]
    left = service.do(f"/v1/cases/{alone.id}/leaving", service.link(alone.id, alone.party), EXAMPLES["leave"])
    assert (left.status, left.json["group"]) == (200, "")
    number = service.read(path, "ruth").headers["etag"]
    assert service.do(f"{path}/decisions", "ruth", EXAMPLES["decide_group"], If_Match='"9"').status == 412
    decided = service.do(f"{path}/decisions", "ruth", EXAMPLES["decide_group"], key="d", If_Match=number)
    assert (decided.status, decided.json["decision"]["by"]) == (201, "ruth")

    def remedied() -> list[Any]:
        page = service.read("/v1/cases?group=insurer-2020-12&state=remedied&most=1000", "auditor").json
        return list(page["cases"]) if len(page["cases"]) >= 11 else []

    rows = eventually(remedied)
    assert {row["outcome"] for row in rows} == {"overturned"}
    assert len(rows) == 11
    assert all(standing(service.cases, one.party) == (one.amount, 0, 0) for one in some if one is not alone)
    assert standing(service.cases, alone.party) == (0, alone.amount, 0)
    assert service.do(f"{path}/decisions", "ruth", EXAMPLES["decide_group"], key="d", If_Match=number) == decided
    assert service.read("/v1/groups/%00", "ruth").status == 404


def test_a_group_is_answered_by_the_next_service(tmp_path: Path) -> None:
    clock = Clock()
    with Service(tmp_path / "books.db", tmp_path / "files", clock) as first:
        case = held(first.cases, clock).id
        with first.cases.writing() as desk:
            desk.make_group("g", "a-group", Words("活动", "A campaign"), by="olga", role="operator", why="one cause")
            desk.join("j", "a-group", [case], by="olga", role="operator", why="one cause")
            desk.decide_group("d", "a-group", outcome="overturned", by="ruth", why="a campaign", seen=1)
    with Service(tmp_path / "books.db", tmp_path / "files", clock) as second:
        eventually(lambda: second.cases.case(case).state == "remedied")
        assert second.cases.case(case).outcome == "overturned"


def test_files_are_refused_while_they_arrive(local: Service, tmp_path: Path) -> None:
    case = held(local.cases, local.clock).id
    mine, path = local.link(case), f"/v1/cases/{case}/attachments"
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 600_000
    kept = local.do(f"{path}?name=%E5%88%B8.png", mine, png, content_type="image/png")
    assert (kept.status, kept.json["name"], kept.json["size"]) == (201, "券.png", len(png))
    assert local.do(f"{path}?name=%E5%88%B8.png", mine, png, content_type="image/png").raw == kept.raw
    script = b"#!/bin/sh\nrm -rf /\n"
    for name, kind, body, status in (
        ("evil.pdf", "application/pdf", script, 422),
        ("evil.sh", "application/x-sh", script, 415),
        ("page.txt", "text/html", b"<script>", 415),
        ("evil.txt", "image/png", png, 422),
        ("empty.txt", "text/plain", b"", 422),
    ):
        assert local.do(f"{path}?name={name}", mine, body, content_type=kind).status == status, name
    assert [f.name for f in (tmp_path / "files" / "attachments").glob("??/*")] == [kept.json["sha256"]]
    appeal = APPEAL | {"attachments": [kept.json["receipt"]]}
    assert local.do(f"/v1/cases/{case}/appeals", mine, appeal).status == 201
    got = local.read(f"{path}/{kept.json['sha256']}", "ruth")
    assert (got.raw, got.headers["x-content-type-options"]) == (png, "nosniff")
    assert got.headers["content-disposition"].startswith("attachment;")


def test_a_link_fills_no_disk(local: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "MOST_UPLOADS", 2)
    case = held(local.cases, local.clock).id
    path, mine = f"/v1/cases/{case}/attachments?name=a.txt", local.link(case)
    sent = [local.do(path, mine, b"%d" % n, content_type="text/plain").status for n in range(3)]
    local.clock.wait(days=1)
    sent.append(local.do(path, local.link(case), b"4", content_type="text/plain").status)
    assert sent == [201, 201, 429, 201]


def test_whoever_hangs_up_leaves_nothing(local: Service, tmp_path: Path) -> None:
    case = held(local.cases, local.clock).id
    arriving = tmp_path / "files" / "attachments" / "arriving"
    with socket.create_connection(("127.0.0.1", local.port)) as connection:
        head = f"POST /v1/cases/{case}/attachments?name=a.txt HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
        head += f"Authorization: Bearer {local.link(case)}\r\nContent-Length: 500\r\n\r\nhalf"
        connection.sendall(head.encode())
        eventually(lambda: list(arriving.iterdir()))
    eventually(lambda: not list(arriving.iterdir()))
    assert local.read("/ready").status == 200


def test_a_full_queue_is_told(local: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "MOST_WAITING", 1)
    case = held(local.cases, local.clock).id
    path, mine, first = f"/v1/cases/{case}/appeals", local.link(case), list[Told]()
    with local.cases.writing():
        calling = threading.Thread(target=lambda: first.append(local.do(path, mine, APPEAL, key="k")))
        calling.start()
        eventually(lambda: local.office._waiting)
        told = local.do(path, mine, APPEAL, key="k")
        assert (told.status, told.headers["retry-after"]) == (503, "1")
    calling.join()
    assert first[0].status == 201
    assert local.do(path, mine, APPEAL, key="k").raw == first[0].raw


def test_a_file_of_200_mb_is_not_held(local: Service, tmp_path: Path) -> None:
    case = held(local.cases, local.clock).id
    path = f"/v1/cases/{case}/attachments?name=a.pdf"
    sent = {"authorization": f"Bearer {local.link(case)}", "content-type": "application/pdf"}
    for announced in ({"content-length": "200000000"}, {"transfer-encoding": "chunked"}):
        connection = http.client.HTTPConnection("127.0.0.1", local.port, timeout=120)
        connection.putrequest("POST", path)
        for name, value in (sent | announced).items():
            connection.putheader(name, value)
        connection.endheaders()
        piece, pieces = b"%PDF-" + b"0" * 99_995, 0
        try:
            while pieces < 2_000 and "transfer-encoding" in announced:
                connection.send(b"%x\r\n%b\r\n" % (len(piece), piece))
                pieces += 1
        except OSError:
            pass  # the service has hung up
        answer = connection.getresponse()
        assert (answer.status, b"at most 1,000,000 bytes" in answer.read()) == (413, True)
        connection.close()
    assert not list((tmp_path / "files" / "attachments" / "arriving").iterdir())


def test_a_gates_decision_becomes_its_cases(tmp_path: Path) -> None:
    """Of the gate's own journal: the newest ones, which its index has yet to take up, and after it was made."""
    of, journal = load("driving"), tmp_path / "journal"
    _, _, _, found = next(c for c in drawn(of) if (c[0].name, c[1]) == ("voucher_arbitrage", "found"))
    tables = {name: read_drawn(name, text) for name, text in found.records.items()}
    rows = tables[of.stream].sort_by("occurred_at").to_pylist()
    references = {name: tables[name].to_pylist() if name in tables else [] for name in of.references}
    clock = Clock()

    async def decide(work: Callable[[], None]) -> None:
        deciding = Deciding(of, journal, partial(live, references=references))
        body = [
            {k: v.replace(tzinfo=UTC) if isinstance(v, datetime) else v for k, v in row.items() if v is not None}
            for row in rows
        ]
        events, _ = deciding.events.read(msgspec.json.encode(body), "application/json")
        assert not [one for one in await deciding.decide(events) if isinstance(one, Exception)]
        await asyncio.to_thread(work)
        await deciding.close()

    def work(name: str = "books.db") -> None:
        with Service(tmp_path / name, tmp_path / "files", clock, Gate(journal, of)) as service:
            path, body = "/v1/decisions/t10/cases", {"platform": rows[0]["platform"], "agency_speaks": True}
            [case] = service.do(path, "gate", body, key="k").json
            assert (case["matter"]["trigger"], case["matter"]["amount"]) == ("driving/voucher_arbitrage", 19_20)
            [expected] = of_decision(decisions["t10"], of, rows_by["t10"], agency_speaks=True)
            assert service.cases.case(case["id"]).matter == expected
            assert service.do(path, "gate", body, key="k").json == [case]
            assert service.do("/v1/decisions/t99/cases", "gate", body).status == 404
            sheet = service.read("/v1/sample?seed=2020&flags=5&others=5", "ruth")
            with ZipFile(BytesIO(sheet.raw)) as archive:
                assert archive.namelist() == ["sample/sample.csv", "sample/sample.json"]
                assert b"t10" in archive.read("sample/sample.csv")
            assert service.read("/v1/sample?seed=2020&flags=5&others=5", "ruth").raw == sheet.raw
            assert service.do(path, "gate", body | {"platform": "other"}).status == 404
            assert service.do(f"/v1/decisions/{rows[0]['id']}/cases", "gate", body).status == 422

    decisions, rows_by = {d.id: d for d in decided(of, tables)}, {row["id"]: row for row in rows}
    asyncio.run(decide(work))
    work("others.db")


def test_evidence_is_one_archive(local: Service, tmp_path: Path) -> None:
    case = held(local.cases, local.clock).id
    mine = local.link(case)
    path = f"/v1/cases/{case}/attachments?name=%E5%88%B8.txt"
    file = local.do(path, mine, b"14", content_type="text/plain")
    local.do(f"/v1/cases/{case}/appeals", mine, APPEAL | {"attachments": [file.json["receipt"]]})
    told = local.read(f"/v1/cases/{case}/evidence?language=en", mine)
    assert (told.status, told.headers["content-type"]) == (200, "application/zip")
    assert local.read(f"/v1/cases/{case}/evidence?language=en", mine).raw == told.raw
    with ZipFile(BytesIO(told.raw)) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "pack")
    assert any(name.endswith("券.txt") for name in names)
    checked = subprocess.run(
        [sys.executable, "verify.py"], cwd=tmp_path / "pack" / f"case-{case}", capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_gateway_says_later_that_it_arrived(service: Service) -> None:
    """A sender that took the message, and a phone that had it an hour later: then the time to appeal begins."""

    class Accepts:
        name = "sms"

        def send(self, message: Message) -> Receipt:
            return Receipt(200, message.id, False)

    with service.cases.writing() as desk:
        earn(desk)
        case = desk.flag("f", matter(), by="gate", of_day=replace(TERMS, delay_hours=0)).id
        desk.impose("i", case, by="clock", role="machine", why="the delay is over")
    outbox = Outbox(service.cases, {"sms": Accepts()}, "sms", lambda _: "https://example.com")
    outbox.queue_new()
    assert outbox.send_due().accepted == 1
    message = f"notice-{next(s for s in service.cases.history(case) if s.kind == 'imposed').sequence}"
    said = {"sender": "sms", "id": message, "delivered": True}
    service.clock.wait(hours=1)
    for _ in range(2):
        assert service.do("/v1/receipts", "gate", said).status == 204
    told = service.read(f"/v1/cases/{case}", "ruth").json
    assert (told["state"], told["times"]["delivered_at"]) == ("noticed", "2025-12-12T13:00:00Z")
    assert service.do("/v1/receipts", "gate", said | {"id": "m-9"}).status == 409
    assert service.read("/v1/notices/undelivered", "olga").json == []


def test_a_receipt_is_of_its_own_case(local: Service) -> None:
    ours, other = (held(local.cases, local.clock, matter(decision=d)).id for d in ("t1", "t2"))
    path = f"/v1/cases/{ours}/attachments?name=a.txt"
    receipt = local.do(path, local.link(ours), b"14", content_type="text/plain").json["receipt"]
    for given in (receipt, receipt[:-3] + "AAA", "x", "é", "."):
        told = local.do(f"/v1/cases/{other}/appeals", local.link(other), APPEAL | {"attachments": [given]})
        assert (told.status, "receipt" in told.json["detail"]) == (422, True)


def test_what_cannot_be_read_is_told(local: Service) -> None:
    case = held(local.cases, local.clock).id
    mine, appeals = local.link(case), f"/v1/cases/{case}/appeals"
    for body in (
        b"", b"{", b"[]", b"null", b"\xff", b'"a"', {}, {"words": ""}, {"words": " \n"}, {"words": "a\x00b"},
        {"words": 5}, {"words": "a", "by": "olga"}, {"words": "a" * 20_001}, {"words": "a", "attachments": "x"},
        b'{"words": "\\ud800"}',
    ):  # fmt: skip
        assert local.do(appeals, mine, body).status in (400, 422), body
    assert local.do(appeals, mine, b"[" * 100_000).status == 400
    assert local.do(appeals, mine, b'{"words": "%b"}' % (b"a" * MOST_BYTES)).status == 413
    for headers in ({"Idempotency-Key": ""}, {"Idempotency-Key": "a b"}, {"Idempotency-Key": "k" * 201}):
        assert local.ask("POST", appeals, mine, APPEAL, **headers).status == 400
    decisions = f"/v1/cases/{case}/decisions"
    assert local.do(decisions, "ruth", OVERTURN).status == 428
    for seen, status in (("3", 412), ("*", 412), ('W/"3"', 412), ('"2"', 412), ('"99999999999"', 412)):
        assert local.do(decisions, "ruth", OVERTURN, If_Match=seen).status == status
    for wrong in ({"outcome": "partly"}, {"outcome": "partly", "upheld": 100_01}, {"outcome": "upheld", "upheld": 1}):
        assert local.do(decisions, "ruth", {"why": "so"} | wrong, If_Match='"3"').status == 409
    assert local.do(decisions, "ruth", OVERTURN | {"upheld": 2**70}, If_Match='"3"').status == 400
    for query in (
        "state=open", "most=0", "most=9999", "cursor=x", "cursor=WzEsIgAiXQ", "due_before=2025-12-01T00:00:00",
        "due_before=now", "party=%00", "kind=x",
    ):  # fmt: skip
        assert local.read(f"/v1/cases?{query}", "ruth").status in (400, 422), query
    for path in ("/v1/cases/%00", "/v1/cases/..%2f", f"/v1/cases/{case.upper()}", f"/v1/cases/{case}/attachments/x"):
        assert local.read(path, "ruth").status == 404, path
    assert local.read("/v1/parties/%00/ledger", "ruth").status == 422
    assert local.ask("DELETE", f"/v1/cases/{case}", "olga").status == 405
    for authorization in ("Bearer", "Bearer ", "Basic x", "Bearer é", f"Bearer {mine}x", "Bearer .", "Bearer a.b"):
        assert (
            local.ask("GET", f"/v1/cases/{case}", authorization=authorization.encode().decode("latin-1")).status == 401
        )
    assert len(local.cases.history(case)) == 3, "nothing was done"


def test_a_matter_that_could_not_be_told_is_refused(local: Service) -> None:
    whole = EXAMPLES["flag"]["matter"]
    for wrong in (
        {"zone": "Mars/Base"}, {"zone": ""}, {"zone": "../etc/passwd"}, {"occurred_at": 10**18}, {"occurred_at": -1},
        {"amount": 2**62}, {"amount": -1}, {"subject": "a\x00"}, {"says": {"zh": "\x00", "en": "a"}},
        {"automated": False}, {"kind": "fine"}, {"says": {"zh": "", "en": ""}}, {"currency": "¥"}, {"facts": [{}]},
    ):  # fmt: skip
        told = local.do("/v1/cases", "gate", {"matter": whole | wrong})
        assert told.status in (400, 409, 422), (wrong, told)
    terms = {
        "delay_hours": 0,
        "appeal_days": 1,
        "hearing_days": 1,
        "answer_hours": 9,
        "lasting_days": 9,
        "reviewers": 1,
    }
    told = local.do("/v1/cases", "gate", {"matter": whole, "terms": terms})
    assert (told.status, "the rulebook has the terms" in told.json["detail"]) == (422, True)
    own = whole | {"rule": "a_rule_of_our_own"}
    assert local.do("/v1/cases", "gate", {"matter": own}).status == 409, "and nobody has its terms"
    assert local.do("/v1/cases", "gate", {"matter": own, "terms": terms}).json["terms"] == terms
    for odd in ({"reviewers": 0}, {"reviewers": 3}, {"answer_hours": 0}, {"lasting_days": 10**9}, {"delay_hours": -1}):
        another = {"matter": own | {"decision": "t9"}, "terms": terms | odd}
        assert local.do("/v1/cases", "gate", another).status == 422, odd


def test_an_appeal_a_moment_too_late(local: Service) -> None:
    case = held(local.cases, local.clock).id
    until = local.cases.case(case).appeal_until
    assert until is not None
    local.clock.wait(seconds=until / 1e6 - local.clock.now.timestamp())
    late = local.do(f"/v1/cases/{case}/appeals", local.link(case), APPEAL)
    assert (late.status, "ended at 2025-12-29 00:00:00 Asia/Shanghai" in late.json["detail"]) == (409, True)
    local.clock.wait(seconds=-1)
    assert local.do(f"/v1/cases/{case}/appeals", local.link(case), APPEAL).status == 201


def test_every_example_is_taken(local: Service) -> None:
    """In an order in which they may follow one another."""
    with local.cases.writing() as desk:
        earn(desk, "driver-17", 80_00)
    case = local.do("/v1/cases", "gate", EXAMPLES["flag"]).json["id"]
    local.clock.wait(hours=6)
    mine, done = local.link(case, "driver-17"), {"flag"}

    def send(operation: str, path: str, who: str, **headers: str) -> dict[str, Any]:
        answer = local.do(path.format(case), who, EXAMPLES[operation], **headers)
        assert answer.status in (200, 201), answer
        done.add(operation)
        return answer.json

    send("impose", "/v1/cases/{}/imposition", "gate")
    send("notice", "/v1/cases/{}/notices", "olga")
    send("delivered", "/v1/cases/{}/deliveries", "olga")
    for operation, path, status in (
        ("receipt", "/v1/receipts", 409),  # of no message that was sent
        ("deliver", "/v1/notices/1/delivery", 409),
        ("flag_decision", "/v1/decisions/o1/cases", 404),  # there is no gate beside it
    ):
        assert local.do(path, "olga", EXAMPLES[operation]).status == status
        done.add(operation)
    send("mandate", "/v1/cases/{}/mandates", mine)
    send("appeal_jointly", "/v1/appeals", "union")
    send("retract", "/v1/cases/{}/retraction", "union")
    send("appeal", "/v1/cases/{}/appeals", mine)
    send("say", "/v1/cases/{}/words", mine)
    upheld = {"outcome": "upheld", "why": "so"}
    number = local.read(f"/v1/cases/{case}", "ruth").headers["etag"]
    local.do(f"/v1/cases/{case}/decisions", "ruth", upheld, If_Match=number)
    with local.cases.writing() as desk:
        earn(desk, "driver-17", 5_00)
    assert send("collect", "/v1/cases/{}/collections", "olga")["money"]["taken"] == 85_00
    number = f'"{send("reopen", "/v1/cases/{}/reopening", mine)["steps"]}"'
    assert send("decide", "/v1/cases/{}/decisions", "remy", If_Match=number)["money"]["taken"] == 0
    other = local.do("/v1/cases", "olga", {"matter": EXAMPLES["flag"]["matter"] | {"decision": "t2"}})
    case = other.json["id"]
    send("group", "/v1/groups", "gate")
    assert local.do("/v1/groups/insurer-2020-12/members", "gate", EXAMPLES["join"] | {"cases": [case]}).status == 201
    send("leave", "/v1/cases/{}/leaving", local.link(case, "driver-17"))
    send("withdraw", "/v1/cases/{}/withdrawal", "olga")
    send("decide_group", "/v1/groups/insurer-2020-12/decisions", "ruth", If_Match='"1"')
    assert done | {"join"} == set(EXAMPLES)


@pytest.mark.soak
def test_whatever_the_description_allows_is_answered(local: Service, tmp_path: Path) -> None:
    """As a reviewer, and as a party; meaning is more than shape, so what is sent need not be taken."""
    pytest.importorskip("schemathesis", reason="Schemathesis, which requirements-dev.lock brings, is not installed")
    case = local.do("/v1/cases", "gate", EXAMPLES["flag"]).json["id"]
    (tmp_path / "schemathesis.toml").write_text(f'[parameters]\n"path.case" = "{case}"\n')
    for token in (local.key("ruth"), local.link(case, "driver-17")):
        command = [
            sys.executable, "-m", "schemathesis.cli", "run", f"http://127.0.0.1:{local.port}/openapi.json",
            "--exclude-checks", "positive_data_acceptance,negative_data_rejection,ignored_auth,missing_required_header",
            "--phases", "examples,fuzzing", "--max-examples", "10", "--no-color", "--seed", "1",
            "--generation-deterministic", "--generation-database", "none",
            "-H", f"Authorization: Bearer {token}",
        ]  # fmt: skip
        told = subprocess.run(command, capture_output=True, text=True, timeout=1_800, cwd=tmp_path)
        assert not told.returncode, told.stdout[-5000:]
        assert "generated" in told.stdout
    assert not verify(local.cases.ledger).faults


def test_what_the_page_says_to_type(local: Service, tmp_path: Path) -> None:
    page = (Path(__file__).parent.parent / "docs" / "cases-api.md").read_text(encoding="utf-8")
    commands = page.split("```bash\n")[1].split("```")[0].splitlines()
    with local.cases.writing() as desk:
        earn(desk, "driver-17", 80_00)
    (tmp_path / "flag.json").write_text(json.dumps(EXAMPLES["flag"]), encoding="utf-8")
    (tmp_path / "voucher.png").write_bytes(b"\x89PNG\r\n\x1a\n0000")
    case = msgspec.convert(EXAMPLES["flag"]["matter"], Matter).id
    given = {"CASE": case, "LINK": local.link(case, "driver-17")}
    given |= {name: local.key(who) for name, who in (("MACHINE", "gate"), ("OPERATOR", "olga"), ("REVIEWER", "ruth"))}
    said = []
    for command in commands:
        asked = command.replace("localhost:8001", f"127.0.0.1:{local.port}").replace(
            "curl", "curl -sS --fail-with-body", 1
        )
        told = subprocess.run(
            ["bash", "-c", asked], cwd=tmp_path, env=os.environ | given, capture_output=True, check=False
        )
        assert told.returncode == 0, (command, told.stdout, told.stderr)
        said.append(told.stdout.decode())
        local.clock.wait(hours=6 if len(said) == 1 else 0)
    assert case in said[0]
    assert "您" in said[3]
    assert 'etag: "4"' in said[7], "what the next command sends"
    assert standing(local.cases, "driver-17") == (80_00, 0, 0)
    assert (tmp_path / "evidence.zip").read_bytes().startswith(b"PK")


def test_the_page_names_every_route(local: Service) -> None:
    page = (Path(__file__).parent.parent / "docs" / "cases-api.md").read_text(encoding="utf-8")
    for path in json.loads(local.read("/openapi.json").raw)["paths"]:
        last = (
            path.rpartition("/")[2]
            .replace("{digest}", "{sha256}")
            .replace("{case}", "{id}")
            .replace("{group_id}", "{id}")
        )
        assert f"/{last}" in page, path
