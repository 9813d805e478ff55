"""A new version rolled out at a running service: never a restart, never a decision by the wrong version."""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import shutil
import time
import weakref
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from eventually import LONGEST_SECONDS, eventually
from gate_service import Service, event
from rollout_oracle import LONGER, MILDER, OLD, check, place, rewritten

pytest.importorskip("litestar", reason="the service needs the extra [web]")
pytest.importorskip("granian", reason="the service needs the extra [web]")

from guiju.gate import live, load
from guiju.gate.versions import Version, from_texts
from guiju.journal import Reading, verify
from guiju.records.errors import BadInput
from guiju.web.deciding import Deciding
from guiju.web.keys import Keys, new_key
from guiju.web.rollout_description import MOVES, Differing, Standing
from shell import Shell
from test_gate_service import GATE, Desk, limited, served

WHY = {"why": "a test"}


async def ask(desk: Desk, what: str, **body: Any) -> tuple[int, Any]:
    """A move of the roll-out; what is told has the shape that is described."""
    status, told = await desk.ask("POST", f"/v1/rollout/{what}", WHY | body)
    if status == 200:
        msgspec.convert(told, Standing, strict=True)
    return status, told


async def state(desk: Desk) -> Any:
    status, told = await desk.ask("GET", "/v1/rollout")
    assert status == 200
    msgspec.convert(told, Standing, strict=True)
    return told


async def warm(desk: Desk) -> Any:
    end = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < end:
        if (told := await state(desk))["candidate"]["warm"]:
            return told
        assert not told["candidate"]["failed"]
        await asyncio.sleep(0.005)
    raise AssertionError("it never warmed")


async def decide(desk: Desk, first: int, after: int, **other: Any) -> list[Any]:
    status, told = await desk.decide([event(n, **other) for n in range(first, after)])
    assert status == 200
    return [one["decision"] for one in told]


def digests(told: list[Any]) -> dict[str, str]:
    return {f"{one['platform']} {one['id']}": one["set"]["digest"] for one in told}


def sellers(told: list[Any], digest: str) -> set[str]:
    return {f"s{int(one['id'][1:])}" for one in told if one["set"]["digest"] == digest}


def test_a_version_from_proposal_to_conclusion(tmp_path: Path) -> None:
    def many(first: int) -> list[dict[str, Any]]:
        return [event(n, seller=f"s{n}", buyer=f"b{n % 5}") for n in range(first, first + 100)]

    with Service(tmp_path / "j", "--four-eyes", *keyed(tmp_path)) as service:
        ann, ben = ({"Authorization": f"Bearer {(tmp_path / name).read_text()}"} for name in ("ann", "ben"))

        def move(what: str, who: dict[str, str] = ben, **body: Any) -> tuple[int, Any]:
            status, text = service.ask("POST", f"/v1/rollout/{what}", WHY | body, **who)
            return status, json.loads(text)

        def told(first: int) -> list[Any]:
            status, answers = service.decide(many(first), **ann)
            assert status == 200
            return [one["decision"] for one in answers]

        first = told(0)
        assert move("propose", ann, texts=LONGER)[0] == 200
        while not (at := json.loads(service.ask("GET", "/v1/rollout", **ann)[1]))["candidate"]["warm"]:
            time.sleep(0.01)
        old, new = at["current"], at["candidate"]["version"]
        beside = told(100)
        assert set(digests(first + beside).values()) == {old}, "the candidate is not answered"
        status, text = service.ask("GET", f"/v1/rollout/versions/{new}", **ann)
        assert (status, json.loads(text)["texts"]) == (200, LONGER)
        assert service.ask("GET", "/v1/rollout/versions/other", **ann)[0] == 409
        assert service.ask("GET", f"/v1/rollout/versions/{new}")[0] == 401
        assert move("promote", ann)[0] == 403, "who proposed it"
        status, at = move("promote", share_pct=30, version=new)
        assert (status, at["changes"][0]["by"], at["changes"][0]["why"]) == (200, "ben", "a test")
        third = told(200)
        assert sellers(third, new) == {f"s{n}" for n in range(200, 300) if place(new, "hehua", f"s{n}") < 3_000}
        assert move("promote", share_pct=60)[0] == 200
        more = [event(n, id=f"again{n}", seller=f"s{n}", buyer="b") for n in range(200, 300)]
        again = [one["decision"] for one in service.decide(more, **ann)[1]]
        grown = {f"s{one['id'][5:]}" for one in again if one["set"]["digest"] == new}
        assert sellers(third, new) < grown == {f"s{n}" for n in range(200, 300) if place(new, "hehua", f"s{n}") < 6_000}
        service.kill()
    with Service(tmp_path / "j", "--four-eyes", *keyed(tmp_path)) as service:
        assert service.decide(many(0), **ann)[1][7]["decision"] == first[7], "given decisions stand"
        assert service.decide(more, **ann)[1][7]["decision"] == again[7]
        assert json.loads(service.ask("GET", "/v1/rollout", **ann)[1])["candidate"]["share_pct"] == 60
        assert move("rollback", version=old)[0] == 409
        assert move("rollback")[0] == 200
        assert set(digests(told(300)).values()) == {old}
        assert move("promote")[0] == 200
        assert set(digests(told(400)).values()) == {new}
        assert move("conclude")[1]["candidate"] is None
    with Service(tmp_path / "j", *keyed(tmp_path)) as service:
        assert any(new in line and "roll-out in the journal" in line for line in service.said)
        assert set(digests(told(500)).values()) == {new}
        changes = json.loads(service.ask("GET", "/v1/rollout", **ann)[1])["changes"]
    assert [change["change"] for change in changes] == [
        "conclude", "promote", "rollback", "promote", "promote", "propose", "begin"
    ]  # fmt: skip
    assert not verify(tmp_path / "j").faults
    seen = check(tmp_path / "j")
    assert seen[new] > 250
    assert seen[old] > 250


def laid(folder: Path, texts: dict[str, str]) -> Path:
    """A folder of these texts."""
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def keyed(folder: Path) -> tuple[str, str]:
    """Two who may do everything; their keys lie beside."""
    if not (folder / "keys.yaml").exists():
        lines = []
        for name in ("ann", "ben"):
            secret, line = new_key(name, ["decide", "read", "operate"])
            (folder / name).write_text(secret)
            lines.append(line)
        (folder / "keys.yaml").write_text("\n".join(lines))
    return "--keys", str(folder / "keys.yaml")


MONTH = rewritten((
    "features.sql", "COUNT(DISTINCT seller) OVER day AS sellers_of_buyer",
    "COUNT(DISTINCT seller) OVER day AS sellers_of_buyer, SUM(gross_amount) OVER month AS sum_of_month, "
    "MAX(gross_amount) OVER month AS most_of_month"
), ("features.sql", "24' HOUR PRECEDING AND CURRENT ROW)", "24' HOUR PRECEDING AND CURRENT ROW),\n"
    "month AS (PARTITION BY platform, seller ORDER BY decision_at "
    "RANGE BETWEEN INTERVAL '30' DAY PRECEDING AND CURRENT ROW)"
))  # fmt: skip


def test_a_feature_of_thirty_days_finds_its_windows_warm(tmp_path: Path) -> None:
    def spread(first: int, after: int) -> list[dict[str, Any]]:
        days = [(n, 1 + n // 40) for n in range(first, after)]
        return [event(n, occurred_at=f"2026-{5 + d // 31:02d}-{1 + d % 31:02d}T10:{n % 60:02d}:00Z") for n, d in days]

    async def work(desk: Desk, deciding: Deciding) -> None:
        for begin in range(0, 1_200, 200):
            assert (await desk.decide(spread(begin, begin + 200)))[0] == 200
        assert (await ask(desk, "propose", texts=MONTH))[0] == 200
        status, told = await ask(desk, "promote")
        assert status == 409
        assert "windows are made up to entry" in told["detail"]
        assert " of 1,202 (" in told["detail"]
        meanwhile = asyncio.create_task(desk.decide(spread(1_200, 1_300)))
        await warm(desk)
        assert (await meanwhile)[0] == 200
        await desk.decide(spread(1_300, 1_400))
        assert (await ask(desk, "promote", share_pct=50))[0] == 200
        _, told = await desk.decide(spread(1_400, 1_500))
        (by_month, *_) = [one["decision"] for one in told if "sum_of_month" in one["decision"]["features"]]
        assert float(by_month["features"]["sum_of_month"]) > 5_000, "of more than the events since it was proposed"

    served(tmp_path / "j", work, segment_bytes=100_000)
    assert check(tmp_path / "j")["compared"] >= 200


def test_what_differs_is_counted_listed_and_kept_over_a_restart(tmp_path: Path) -> None:
    seen: list[Any] = []

    async def before(desk: Desk, deciding: Deciding) -> None:
        deciding.snapshot_every = 150
        await decide(desk, 0, 60, buyer="b")
        assert (await ask(desk, "promote"))[0] == 409
        await ask(desk, "propose", texts=MILDER)
        await warm(desk)
        for begin in range(60, 360, 20):
            await decide(desk, begin, begin + 20, buyer=f"b{begin // 40}")
        seen.append((await state(desk))["candidate"]["differences"])
        seen.append((await desk.ask("GET", "/v1/rollout/differences?trigger=bursts&most=1000"))[1])
        for crashed in ("with a snapshot", "without one"):
            shutil.copytree(tmp_path / "j", tmp_path / crashed)
        shutil.rmtree(tmp_path / "without one" / "snapshots")

    async def after(desk: Desk, deciding: Deciding) -> None:
        told = await warm(desk)
        assert told["candidate"]["differences"] == seen[0]
        assert (await desk.ask("GET", "/v1/rollout/differences?trigger=bursts&most=1000"))[1] == seen[1]
        _, numbers = await desk.ask("GET", "/metrics")
        assert "guiju_candidate_compared 300.0" in numbers

    served(tmp_path / "j", before)
    for crashed in ("with a snapshot", "without one"):
        served(tmp_path / crashed, after)
    of, listed = seen
    assert (of["compared"], of["differing"]["events"]) == (300, check(tmp_path / "j")["differing"])
    low, high = of["differing"]["interval_95"]
    assert 0 < low < of["differing"]["share"] < high < 1
    assert {(one["from"], one["to"]) for one in of["actions"]} == {("hold", "allow"), ("hold", "review")}
    (trigger,) = of["triggers"]
    assert (trigger["trigger"], trigger["only"]) == ("bursts", "current")
    assert len(listed) == trigger["events"] == 32
    for one in listed:
        msgspec.convert(one, Differing)
        assert (one["current"]["action"], one["candidate"]["action"]) == ("hold", "allow")
        assert "an hour" in one["current"]["reasons"][0]["says"]["en"]


BAD: dict[str, tuple[Any, str]] = {
    "another stream": (
        OLD | {"features.sql": "SELECT COUNT(*) OVER h AS orders_of_buyer FROM trips WINDOW h AS (PARTITION BY driver "
         "ORDER BY decision_at RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW)"}, "decides on orders"),
    "no such column": (rewritten(("features.sql", "SUM(gross_amount)", "SUM(gros_amount)")), "mean gross_amount?"),
    "no such limit": (rewritten(("bursts.yaml", "min_orders\n", "min_order\n")), "did you mean min_orders?"),
    "no features": ({"bursts.yaml": OLD["bursts.yaml"]}, "there is no features.sql"),
    "no trigger": ({"features.sql": OLD["features.sql"]}, "there is no trigger"),
    "a way out": (OLD | {"../../x.yaml": "x"}, "leave this out"),
    "no rulebook": ({n: t for n, t in OLD.items() if "rulebook" not in n}, "there is no rule 'no_bursts'"),
    "half a rule": (rewritten(("rulebook/cn/no_bursts.yaml", "limits:", "limit:")), "no_bursts"),
    "the same again": (OLD, "is the current version"),
    "no text": ({"features.sql": 5}, "str"),
    "no folder": ([], "object"),
}  # fmt: skip


def test_what_does_not_load_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    async def work(desk: Desk, deciding: Deciding) -> None:
        await decide(desk, 0, 5)
        before = deciding.journal.last
        for name, (texts, said) in BAD.items():
            status, told = await ask(desk, "propose", texts=texts)
            assert (status, said in told["detail"]) == (409 if name == "the same again" else 422, True), (name, told)
            assert "/tmp" not in told["detail"]
        _, told = await ask(desk, "propose", texts=BAD["no such column"][0])
        assert (told["file"], told["line"], told["column"]) == ("features.sql", 3, 7)
        for wrong in ({"why": "  "}, {"why": "x" * 3_000}, {"subject": "buyer"}, {"subject": "sellr"}):
            assert (await ask(desk, "propose", texts=LONGER, **wrong))[0] == 422
        for what, body, expected in (
            ("promote", {}, 409), ("promote", {"share_pct": 0}, 422), ("promote", {"share_pct": 101}, 422),
            ("promote", {"share_pct": "half"}, 422), ("promote", {"share_pct": 1e308}, 422),
            ("promote", {"share_pct": -1e308}, 422), ("promote", {"share_pct": 0.004}, 422),
            ("rollback", {}, 409), ("withdraw", {}, 409), ("conclude", {}, 409),
        ):  # fmt: skip
            assert (await ask(desk, what, **body))[0] == expected
        assert (await desk.ask("POST", "/v1/rollout/promote", b"{"))[0] == 400
        assert (await desk.ask("POST", "/v1/rollout/promote", {"share_pct": 5}))[0] == 422, "why is missing"
        assert (await desk.ask("GET", "/v1/rollout/differences"))[0] == 409
        assert (await desk.ask("GET", "/v1/rollout/differences?most=many"))[0] == 400
        assert (await state(desk))["candidate"] is None
        assert deciding.journal.last == before
        _, document = await desk.ask("GET", "/openapi.json")
        assert {f"/v1/rollout/{name}" for name in MOVES} <= set(document["paths"])
        assert {"Standing", "Proposal", "Beside"} <= set(document["components"]["schemas"])

    served(tmp_path / "j", work)


def test_keys_move_what_their_scopes_say(tmp_path: Path) -> None:
    pairs = {scope: new_key(scope, [scope]) for scope in ("decide", "read", "operate")}
    (tmp_path / "keys.yaml").write_text("\n".join(line for _, line in pairs.values()))

    async def work(desk: Desk, deciding: Deciding) -> None:
        for scope, (key, _) in pairs.items():
            bearer = {"authorization": f"Bearer {key}"}
            looks = [(await desk.ask("GET", f"/v1/rollout{what}", **bearer))[0] for what in ("", "/differences")]
            assert looks == ([200, 409] if scope == "read" else [403, 403])
            for what in MOVES:
                body = WHY | ({"texts": OLD} if what == "propose" else {})
                moved = await desk.ask("POST", f"/v1/rollout/{what}", body, **bearer)
                assert moved[0] == (409 if scope == "operate" else 403)
        assert (await desk.ask("GET", "/v1/rollout"))[0] == 401
        assert (await ask(desk, "withdraw"))[0] == 401

    served(tmp_path / "j", work, Keys(tmp_path / "keys.yaml"))


def test_a_full_disk_stops_a_promotion_whole(tmp_path: Path) -> None:
    with Service(tmp_path / "j", preexec_fn=limited(60_000)) as service:

        def move(what: str, **body: Any) -> tuple[int, Any]:
            status, text = service.ask("POST", f"/v1/rollout/{what}", WHY | body)
            return status, json.loads(text)

        def at() -> Any:
            return json.loads(service.ask("GET", "/v1/rollout")[1])

        assert service.decide([event(n) for n in range(10)])[0] == 200
        assert move("propose", texts=LONGER)[0] == 200
        while not at()["candidate"]["warm"]:
            time.sleep(0.01)
        begin = 10
        while service.decide(event(begin))[0] == 200:
            begin += 1
            assert begin < 1_000
        told = move("promote", share_pct=50)
        assert (told[0], "the disk is full: make room" in told[1]["detail"]) == (503, True)
        assert at()["candidate"]["share_pct"] == 0
        resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        eventually(lambda: at()["candidate"]["warm"] and move("promote", share_pct=50)[0] == 200)
        assert service.decide([event(n) for n in range(begin, begin + 50)])[0] == 200
        service.kill()
    with Service(tmp_path / "j") as service:
        assert at()["candidate"]["share_pct"] == 50
    assert [e.value["change"] for e in Reading(tmp_path / "j") if e.value["kind"] == "rollout"] == [
        "propose",
        "promote",
    ]
    check(tmp_path / "j")


def test_what_the_service_begins_with(tmp_path: Path) -> None:
    """The command line has its say when it says something new; else the journal has it."""

    def folder(texts: dict[str, str], name: str) -> Any:
        return load(laid(tmp_path / name / "gate_set", texts))

    longer, milder = folder(LONGER, "longer"), folder(MILDER, "milder")

    async def begins(desk: Desk, deciding: Deciding) -> None:
        await decide(desk, deciding.journal.last * 10, deciding.journal.last * 10 + 20)

    async def proposes(desk: Desk, deciding: Deciding) -> None:
        await decide(desk, 0, 20)
        await ask(desk, "propose", texts=LONGER)

    async def concludes(desk: Desk, deciding: Deciding) -> None:
        await warm(desk)
        assert (await ask(desk, "promote"))[0] == 200
        assert (await ask(desk, "conclude"))[0] == 200
        await begins(desk, deciding)

    async def by(digest: str, desk: Desk, deciding: Deciding) -> None:
        assert (await state(desk))["current"] == deciding.set.digest == digest
        await begins(desk, deciding)

    served(tmp_path / "j", proposes)
    with pytest.raises(BadInput, match="begin as before, then withdraw it or conclude"):
        served(tmp_path / "j", begins, of=milder)
    served(tmp_path / "j", concludes)
    served(tmp_path / "j", partial(by, longer.digest))
    served(tmp_path / "j", partial(by, milder.digest), of=milder)
    served(tmp_path / "j", partial(by, GATE.digest))
    served(tmp_path / "j", partial(by, longer.digest), of=longer)
    check(tmp_path / "j")


def test_the_command_line_moves_a_running_service(tmp_path: Path, shell: Shell) -> None:
    laid(tmp_path / "new", LONGER)
    with Service(tmp_path / "j") as service:
        here = ("--url", f"http://127.0.0.1:{service.port}")
        service.decide([event(n, buyer="b") for n in range(30)])
        assert "why" in shell.refused("gate", "propose", tmp_path / "new", "--why", " ", *here)
        told = shell.done("gate", "propose", tmp_path / "new", "--why", "longer", "--wait", *here)
        assert "decides beside it, and is not answered" in told
        service.decide([event(n, buyer="b") for n in range(600, 630)])
        assert "bursts holds only for the candidate: 2 events" in shell.done("gate", "rollout", *here)
        lines = shell.done("gate", "differences", "--trigger", "bursts", *here).splitlines()
        assert {json.loads(line)["id"] for line in lines} == {"o600", "o601"}
        assert "is no candidate" not in shell.done("gate", "promote", "--share", 25, "--why", "a quarter", *here)
        assert "decides on 25 % by seller" in shell.done("gate", "rollout", *here)
        assert "only grows" in shell.refused("gate", "promote", "--share", 5, "--why", "less", *here)
        shell.done("gate", "rollback", "--why", "back", *here)
        assert "candidate" not in shell.done("gate", "withdraw", "--why", "enough", *here).splitlines()[1]
        assert "there is no candidate" in shell.refused("gate", "conclude", "--why", "x", *here)
        (tmp_path / "new" / "features.sql").write_text("SELECT 1 AS x FROM order", encoding="utf-8")
        assert "features.sql, line 1" in shell.refused("gate", "propose", tmp_path / "new", "--why", "x", *here)
    assert "begin guiju gate serve" in shell.refused("gate", "rollout", *here)
    assert "is no address" in shell.refused("gate", "rollout", "--url", "ftp://x")


def test_what_is_let_go_is_freed_though_nothing_collects(tmp_path: Path) -> None:
    """A service runs without Python's collector of cycles: millions of entries would stay."""

    async def work(desk: Desk, deciding: Deciding) -> None:
        async def proposed() -> Any:
            assert (await ask(desk, "propose", texts=LONGER))[0] == 200
            await warm(desk)
            assert deciding.versions.beside is not None
            return weakref.ref(deciding.versions.beside._space["A0"])

        gc.disable()
        try:
            await decide(desk, 0, 50)
            withdrawn = await proposed()
            await ask(desk, "withdraw")
            assert withdrawn() is None
            old = weakref.ref(deciding.engine._space["A0"])
            new = await proposed()
            await ask(desk, "promote")
            await ask(desk, "conclude")
            assert (old() is None, new() is None) == (True, False)
            await decide(desk, 50, 100)
        finally:
            gc.enable()

    served(tmp_path / "j", work)
    check(tmp_path / "j")


HOARDS = rewritten(
    ("features.sql", "INTERVAL '1' HOUR", "INTERVAL '40' DAY"), ("features.sql", "'24' HOUR", "'40' DAY")
)  # fmt: skip


def on_day(n: int) -> dict[str, Any]:
    """The n-th of ten orders a day."""
    return event(n, occurred_at=f"2026-{6 + n // 300:02d}-{1 + n // 10 % 30:02d}T{n % 10:02d}:00:00Z")


def test_a_candidate_that_grows_too_large_harms_nobody_while_it_only_goes_along(tmp_path: Path) -> None:
    async def work(desk: Desk, deciding: Deciding) -> None:
        assert (await ask(desk, "propose", texts=HOARDS))[0] == 200
        await warm(desk)
        for begin in range(0, 400, 50):
            status, told = await desk.decide([on_day(n) for n in range(begin, begin + 50)])
            assert (status, {one["status"] for one in told}) == (200, {200})
        for _ in range(2):
            while not (failed := (await state(desk))["candidate"]["failed"]):
                await asyncio.sleep(0.005)
            assert "max_entries" in failed
            status, told = await ask(desk, "promote")
            assert (status, "goes along no more" in told["detail"]) == (409, True)
            assert (await ask(desk, "withdraw"))[0] == 200
            assert (await ask(desk, "propose", texts=HOARDS))[0] == 200, "then it fails while it is warmed"

    served(tmp_path / "j", work, start=partial(live, max_entries=200))
    check(tmp_path / "j")


def test_where_it_decides_both_must_have_room(tmp_path: Path) -> None:
    async def work(desk: Desk, deciding: Deciding) -> None:
        assert (await ask(desk, "propose", texts=HOARDS))[0] == 200
        await warm(desk)
        assert (await ask(desk, "promote", share_pct=50))[0] == 200
        n = 0
        while (status := (await desk.decide(on_day(n)))[0]) == 200:
            n += 1
        versions, last = deciding.versions, deciding.journal.last
        assert (status, versions.beside is not None) == (503, True)
        before = versions.engine.state(), versions.beside.state()  # type: ignore[union-attr]
        assert [(await desk.decide(on_day(n + k)))[0] for k in range(3)] == [503] * 3
        assert (versions.engine.state(), versions.beside.state()) == before  # type: ignore[union-attr]
        assert deciding.journal.last == last
        assert (await desk.decide(on_day(n + 700)))[0] == 200, "what it holds is too old by then"

    served(tmp_path / "j", work, start=partial(live, max_entries=200))
    check(tmp_path / "j")


def test_a_text_that_means_something_else_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The house's rulebook was changed between two starts, by an update."""
    other = replace(from_texts("gate_set", LONGER), digest="another")

    async def proposes(desk: Desk, deciding: Deciding) -> None:
        await decide(desk, 0, 20)
        await ask(desk, "propose", texts=LONGER)

    async def looks(desk: Desk, deciding: Deciding) -> None:
        assert "rulebook has changed" in (await state(desk))["candidate"]["failed"]
        await decide(desk, 20, 40)

    async def promotes(desk: Desk, deciding: Deciding) -> None:
        await warm(desk)
        assert (await ask(desk, "promote", share_pct=10))[0] == 200

    served(tmp_path / "j", proposes)
    with monkeypatch.context() as changed:
        changed.setattr(Version, "load", lambda _: other)
        served(tmp_path / "j", looks)
    served(tmp_path / "j", promotes)
    monkeypatch.setattr(Version, "load", lambda _: other)
    with pytest.raises(BadInput, match="rulebook has changed"):
        served(tmp_path / "j", looks)
