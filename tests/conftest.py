"""Fixtures that several rooms' tests share."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

from databases import Server, programs, server
from desk import Desk
from shell import Shell, burst

# A drawn case may take as long as it takes: on a busy machine Hypothesis' 200 ms say nothing about the code.
settings.register_profile("guiju", settings(deadline=None))
settings.load_profile("guiju")


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
