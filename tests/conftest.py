"""Fixtures that several rooms' tests share."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import pytest

from databases import Server, programs, server
from desk import Desk
from shell import Shell, burst


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """With --dist loadgroup: what one test makes for others of its file, or compiles for other cases of its check, is
    made in one worker only."""
    for item in items:
        cases = item.callspec.params.get("file") if hasattr(item, "callspec") else None
        if check := getattr(cases, "check", None):
            item.add_marker(pytest.mark.xdist_group(check.name))
        elif any(f.scope == "module" for of in item._fixtureinfo.name2fixturedefs.values() for f in of):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """The command line, and records in which one seller sent sham orders."""
    return Shell(tmp_path, monkeypatch, capsys).write(*burst())


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server."""
    if programs() is None:
        pytest.skip("PostgreSQL is not installed")
    if find_spec("psycopg") is None:
        pytest.skip("psycopg is not installed: pip install 'guiju[postgres]'")
    with server() as made:
        yield made


NUMBERS = count()


@pytest.fixture(params=["sqlite", "postgresql"])
def books_at(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a ledger may be made: in SQLite, and in PostgreSQL."""
    if request.param == "sqlite":
        return str(tmp_path / "books.db")
    running: Server = request.getfixturevalue("postgres")
    return running.database(f"books{next(NUMBERS)}")
