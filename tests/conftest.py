"""Fixtures that several rooms' tests share."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from databases import Server, programs, server
from desk import Desk
from shell import Shell, burst

# A drawn case may take as long as it takes: on a busy machine Hypothesis' limits of time say nothing about the code.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", PATIENT, derandomize=True, database=None)
settings.register_profile("anew", PATIENT, derandomize=False, print_blob=True)
settings.load_profile("same")


def pytest_configure(config: pytest.Config) -> None:
    """What `make test` draws is the same every time; `make soak` and whoever gives GUIJU_EXAMPLES draw anew."""
    if "GUIJU_EXAMPLES" in os.environ or config.option.markexpr.startswith("soak"):
        settings.load_profile("anew")
    else:
        # Hypothesis also draws constants that stand in the modules loaded so far: other ones in every worker.
        providers._get_local_constants = lambda: providers._local_constants


# What takes longest begins first and what is short comes last, so that at the end no worker waits for another.
LONGEST = (
    *("test_groupbuy_example.py", "_on_spark[", "test_run_folders.py", "test_any_records.py", "test_cli.py"),
    *("test_console_running.py", "test_package.py", "test_haining.py", "test_truth.py"),
)
SHORT = "::TestHouse::"  # a check's contract: hundreds of cases, each by itself


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        late = len(LONGEST) + (SHORT in item.nodeid)
        return next((n for n, part in enumerate(LONGEST) if part in item.nodeid), late)

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """Seven thousand tests are millions of objects that stay to the end: Python need not look through them again."""
    gc.freeze()
    gc.set_threshold(50_000, *gc.get_threshold()[1:])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file's tests go to one worker: what they share is made once. A check's contract shares nothing but Spark."""
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return nodeid.partition("[")[0] if SHORT in nodeid else super()._split_scope(nodeid)

    config.option.loadscopereorder = False
    return ByFile(config, log)


@pytest.fixture(
    scope="module",
    params=[pytest.param(20_201_222, id="known"), pytest.param(0, id="drawn", marks=pytest.mark.soak)],
)
def seed(request: pytest.FixtureRequest) -> int:
    """Of a module's market: in every run the same, in long runs one that nobody has seen, or GUIJU_SEED."""
    return request.param or int(os.environ.get("GUIJU_SEED", int.from_bytes(os.urandom(4))))


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


@pytest.fixture(params=["sqlite", "postgresql"])
def books_at(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a ledger may be made: in SQLite, and in PostgreSQL."""
    if request.param == "sqlite":
        return str(tmp_path / "books.db")
    running: Server = request.getfixturevalue("postgres")
    return running.database()
