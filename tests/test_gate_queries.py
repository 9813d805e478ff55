"""Decisions asked by subject and time: what the projection says is what the journal says, however it was lost."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, text

from eventually import eventually
from gate_service import SET, Service, event, stored
from ports import free_port

pytest.importorskip("litestar", reason="the service needs the extra [web]")
pytest.importorskip("granian", reason="the service needs the extra [web]")

from guiju.gate import live, load
from guiju.gate.features import STREAMS, SUBJECTS
from guiju.journal import Journal
from guiju.ledger.database import connect, writing
from guiju.records import tables
from guiju.records.errors import BadInput
from guiju.web.deciding import Deciding
from guiju.web.keys import new_key
from guiju.web.projection.asking import NotAsked, Queries
from guiju.web.projection.projecting import Projector, standing
from guiju.web.projection.tables import PROJECTION, decisions
from shell import Shell

GATE = load(SET)


def decided(journal: Path, events: list[dict[str, Any]], **other: Any) -> None:
    """Decide on events, as the service does."""

    async def go() -> None:
        deciding = Deciding(GATE, journal, live, **other)
        try:
            for begin in range(0, len(events), 50):
                texts = [json.dumps(one).encode() for one in events[begin : begin + 50]]
                await deciding.decide([deciding.events.one(one) for one in texts])
        finally:
            await deciding.close()

    asyncio.run(go())


def asked(queries: Queries, **parameters: Any) -> tuple[list[Any], dict[str, Any]]:
    """Every page of an answer, one after another, and the first as a whole."""
    first = page = json.loads(queries.page({name.rstrip("_"): str(v) for name, v in parameters.items()}))
    found = page["decisions"]
    while page["next"]:
        page = json.loads(
            queries.page({n.rstrip("_"): str(v) for n, v in parameters.items()} | {"cursor": page["next"]})
        )
        found = found + page["decisions"]
    return found, first


def expected(journal: Path, **parameters: Any) -> list[Any]:
    """What the journal itself says: the newest first."""
    found = []
    for entry in reversed(stored(journal)):
        decision, of = entry["decision"], entry["event"]
        if parameters.get("subject", of["seller"]) != of["seller"]:
            continue
        if any(parameters.get(name, decision[name]) != decision[name] for name in ("platform", "action")):
            continue
        if parameters.get("from_", "0") <= decision["decision_at"] < parameters.get("to", "9"):
            found.append(decision)
    return found


QUESTIONS: list[dict[str, Any]] = [
    {}, {"subject": "s1"}, {"subject": "nobody"}, {"action": "hold"}, {"action": "hold", "subject": "s2", "limit": 7},
    {"platform": "other"}, {"from_": "2026-06-10T01:00:00Z"}, {"to": "2026-06-10T01:00:00Z", "limit": 1000},
    {"subject": "s0", "from_": "2026-06-10T00:30:00Z", "to": "2026-06-10T02:00:00Z", "limit": 1}, {"subject": "null"},
]  # fmt: skip


def test_what_is_asked_is_what_the_journal_says(tmp_path: Path, books_at: str) -> None:
    journal = tmp_path / "j"
    events = [event(n) for n in range(180)] + [event(n, platform="other", id="\0") for n in range(500, 501)]
    events += [event(n) for n in range(100, 120)]  # sent again
    decided(journal, events, segment_bytes=20_000)
    Projector(journal, books_at).catch_up()
    queries = Queries(journal, books_at)
    for question in QUESTIONS:
        found, first = asked(queries, **question)
        assert found == expected(journal, **question), question
        assert first["upto"] == 182
        assert len(first["decisions"]) <= question.get("limit", 100)
    assert len(asked(queries, action="hold")[0]) > 20
    assert asked(queries, from_="2026-06-10T09:00:00+08:00")[0] == asked(queries, from_="2026-06-10T01:00:00Z")[0]
    for wrong in ({"subjct": "s1"}, {"from": "2026-06-10"}, {"action": "stop"}, {"cursor": "x"}, {"limit": "0"}):
        with pytest.raises(NotAsked, match=r"."):
            queries.page(wrong)


def test_a_page_is_not_moved_by_what_is_decided_meanwhile(tmp_path: Path) -> None:
    journal, where = tmp_path / "j", str(tmp_path / "p.db")
    decided(journal, [event(n) for n in range(60)])
    projector, queries = Projector(journal, where), Queries(journal, where)
    projector.catch_up()
    before = expected(journal)
    first = json.loads(queries.page({"limit": "25"}))
    decided(journal, [event(n) for n in range(60, 90)])
    projector.catch_up()
    rest, _ = asked(queries, limit=25, cursor=first["next"])
    assert first["decisions"] + rest == before


def test_however_it_was_lost_it_is_made_anew(tmp_path: Path, books_at: str) -> None:
    journal = tmp_path / "j"
    decided(journal, [event(n) for n in range(40)])
    older = shutil.copytree(journal, tmp_path / "older")
    decided(journal, [event(n) for n in range(40, 90)])
    engine = connect(books_at, of=PROJECTION)

    def check(of: Path) -> None:
        assert asked(Queries(of, books_at))[0] == expected(of)

    projector = Projector(journal, books_at)
    assert projector.catch_up() == 91
    check(journal)
    other = Projector(journal, books_at)  # two at once: one of them finds the other's work
    decided(journal, [event(n) for n in range(90, 130)])
    assert (other.catch_up(), projector.catch_up()) == (131, 131)
    check(journal)
    assert Projector(older, books_at).catch_up() == 41, "a copy of an older day was put in the journal's place"
    check(older)
    decided(older, [event(n) for n in range(300, 400)])
    Projector(older, books_at).catch_up()
    assert Projector(journal, books_at).catch_up() == 131, "entries that are others than those that were read"
    check(journal)
    with writing(engine) as connection:
        connection.execute(delete(decisions))
        connection.execute(text("DELETE FROM projected"))
    assert Projector(journal, books_at).catch_up() == 131
    check(journal)
    decided(tmp_path / "k", [event(1)])
    with pytest.raises(BadInput, match="is of another journal than"):
        Projector(tmp_path / "k", books_at)
    with pytest.raises(BadInput, match="is no journal"):
        Projector(tmp_path / "nothing", books_at)


def test_what_was_dropped_is_not_told(tmp_path: Path) -> None:
    journal, where = tmp_path / "j", str(tmp_path / "p.db")
    decided(journal, [event(n) for n in range(200)], segment_bytes=10_000)
    Projector(journal, where).catch_up()
    with Journal(journal, segment_bytes=10_000) as writer:
        writer.drop(120, "old")
    queries, left = Queries(journal, where), expected(journal)
    assert 80 <= len(left) < 200
    assert asked(queries)[0] == left, "rows of entries that are gone"
    assert Projector(journal, where).catch_up() == 201
    assert asked(queries)[0] == left
    with queries.engine.connect() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM decisions")).scalar() == len(left)
    Path(where).unlink()
    Projector(journal, where).catch_up()
    assert asked(Queries(journal, where))[0] == left


def test_each_stream_says_about_whom_it_is() -> None:
    for stream in STREAMS:
        columns = {column.name: column for column in tables()[stream].columns}
        assert [name for name in set(SUBJECTS.values()) if name in columns] == [SUBJECTS[stream]]
        assert columns[SUBJECTS[stream]].needed


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, dict[str, dict[str, str]]]:
    pairs = {scope: new_key(scope, [scope]) for scope in ("decide", "read")}  # type: ignore[list-item]
    path = tmp_path / "keys.yaml"
    path.write_text("\n".join(line for _, line in pairs.values()))
    return path, {scope: {"authorization": f"Bearer {key}"} for scope, (key, _) in pairs.items()}


def test_the_service_keeps_one_behind_its_journal(
    tmp_path: Path, keys: tuple[Path, dict[str, dict[str, str]]], shell: Shell
) -> None:
    path, headers = keys
    where = str(tmp_path / "p.db")
    with Service(tmp_path / "j", "--projection", where, "--keys", str(path)) as service:

        def caught_up() -> bool:
            return eventually(lambda: b"guiju_projection_behind 0.0" in service.ask("GET", "/metrics")[1])

        service.decide([event(n) for n in range(100)], **headers["decide"])
        assert caught_up()
        assert service.ask("GET", "/v1/decisions?subject=s1", **headers["decide"])[0] == 403
        status, told = service.ask("GET", "/v1/decisions?subject=s1&limit=1000", **headers["read"])
        assert (status, json.loads(told)["decisions"]) == (200, expected(tmp_path / "j", subject="s1"))
        assert json.loads(told)["upto"] == 101
        status, told = service.ask("GET", "/v1/decisions?sbject=s1", **headers["read"])
        assert (status, json.loads(told)["title"]) == (400, "not readable")
        service.decide([event(n) for n in range(100, 200)], **headers["decide"])
        assert caught_up()
    Path(where).unlink()
    assert "up to entry 201; before it did up to 0" in shell("gate", "project", tmp_path / "j", "--into", where).out
    engine = connect(where, of=PROJECTION)
    with engine.connect() as connection:
        assert (known := standing(connection)) is not None
        assert known.sequence == 201
    assert "s1" not in "".join(service.said)
    with Service(tmp_path / "j", "--projection", "postgresql://nobody@127.0.0.1:9/nothing") as service:
        assert service.decide(event(1))[0] == 200, "a database that is away is no reason not to decide"
        assert service.ask("GET", "/v1/decisions")[0] == 503
        assert b"guiju_projection_up 0.0" in service.ask("GET", "/metrics")[1]
        assert service.ask("GET", "/ready")[0] == 200
    assert "is of another" in shell.refused(
        "gate", "serve", SET, "--journal", tmp_path / "other", "--projection", where, "--port", free_port()
    )
