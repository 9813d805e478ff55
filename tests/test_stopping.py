"""Stopped from outside, out of room, two at once: a status, one sentence, and no half of a run anywhere."""

from __future__ import annotations

import fcntl
import os
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from guiju.audit.asking import Asker
from guiju.audit.folder import open_run
from guiju.audit.unfinished import workplace
from guiju.audit.verify import verify
from shell import SHAM, Shell, Started, burst, line, sentence, start

# Asks the engine a question that takes for ever, and says so first.
FOR_EVER = """
from guiju.audit.asking import Asker
def ask(self, rule, check):
    print("asking", flush=True)
    self.engine.connection.execute("SELECT count(*) FROM range(1000000000000) WHERE hash(range) = 1")
Asker.ask = ask
"""


def asking(shell: Shell) -> Started:
    """An audit in the midst of a rule."""
    process = start("audit", shell.records, "--out", shell.runs, *SHAM, program=FOR_EVER)
    assert process.stdout
    assert process.stdout.readline() == "asking\n"
    time.sleep(0.2)  # into the query
    return process


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_audit_leaves_nothing(shell: Shell, kind: signal.Signals) -> None:
    with asking(shell) as process:
        process.send_signal(kind)
        _, err = process.communicate(timeout=300)
    assert process.returncode == 130
    assert sentence(err) == "stopped; no half-written run is left"
    assert shell.left() == []


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(
    "when", ["reading orders.csv", "freezing evidence of no_sham_orders", "drawing the report", "done"]
)
def test_wherever_it_is_stopped(shell: Shell, when: str, kind: signal.Signals) -> None:
    from guiju.cli import terminal

    class Stopping:
        def __enter__(self) -> Any:
            return lambda what, share: os.kill(os.getpid(), kind) if what == when else None

        def __exit__(self, *_: object) -> None: ...

    before = signal.getsignal(signal.SIGTERM)
    shell.patch.setattr(terminal, "bar", Stopping)
    # Who runs the tests may have had SIGHUP ignored (nohup does), which an audit respects.
    inherited = signal.signal(kind, signal.default_int_handler if kind is signal.SIGINT else signal.SIG_DFL)
    try:
        assert shell.refused("audit", shell.records, "--out", shell.runs, *SHAM, status=130)
    finally:
        signal.signal(kind, inherited)
    assert [name for name in shell.left() if name.startswith(".")] == []
    for name in shell.left():  # stopped after the last step
        assert verify(open_run(shell.runs / name)) == []
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_stopped_twin_leaves_no_half_of_a_market(shell: Shell) -> None:
    from guiju.twin import groupbuy

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    shell.patch.setattr(groupbuy, "write_products", stop)
    market = shell.folder / "market"
    assert shell.refused("twin", "groupbuy", "--orders", 2000, "--out", market, status=130)
    assert not market.exists()


# Killed, and what the next audit makes of it


def test_a_killed_audit_does_not_confuse_the_next(shell: Shell) -> None:
    with asking(shell) as process:
        process.kill()
    [left] = shell.left()
    assert left.startswith(".unfinished-")
    assert "there is no run in" in shell.refused("runs", shell.runs)
    assert "is no run folder and holds none" in shell.refused("findings", shell.runs)
    run = shell.audited()
    assert shell.left() == [run.name]  # what was left is gone, for nobody is at work in it


def test_what_another_audit_works_in_is_left_alone(shell: Shell) -> None:
    with workplace(shell.runs) as (_, work):
        (work / "kept").touch()
        run = shell.audited()
        assert (work / "kept").is_file()
        assert sorted(shell.left()) == sorted([work.name, run.name])
    assert shell.left() == [run.name]


def test_where_locks_are_unknown_nothing_is_removed(shell: Shell) -> None:
    left = shell.runs / ".unfinished-old"
    left.mkdir(parents=True)

    def unknown(*_: object) -> None:
        raise OSError("no locks here")

    shell.patch.setattr(fcntl, "flock", unknown)
    run = shell.audited()
    assert shell.left() == [left.name, run.name]


def test_links_are_not_followed_when_tidying(shell: Shell) -> None:
    elsewhere = shell.folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").touch()
    shell.runs.mkdir()
    (shell.runs / ".unfinished-x").symlink_to(elsewhere)
    shell.audited()
    assert (elsewhere / "kept").is_file()


# Two at once


def test_two_audits_into_one_place_at_once(shell: Shell) -> None:
    words = ("audit", shell.records, "--out", shell.runs, *SHAM)
    both = [start(*words) for _ in range(2)]
    for process in both:
        _, err = process.communicate(timeout=600)
        assert (process.returncode, err) == (0, ""), err
    [name] = shell.left()
    assert shell.done("verify", shell.runs / name).endswith(": true\n")


def test_a_run_takes_the_place_of_the_same_run_whole(shell: Shell) -> None:
    run = shell.audited()
    (run / "report.html").write_text("changed by hand")
    (run / "added").mkdir()
    assert shell.audited() == run
    assert verify(open_run(run)) == []
    assert not (run / "added").exists()


# A pipe that is closed


@pytest.mark.parametrize("words", [("findings", "RUN"), ("audit", "RECORDS", *SHAM)])
def test_who_reads_the_output_may_leave(shell: Shell, words: tuple[str, ...]) -> None:
    run = shell.audited()
    names = {"RUN": run, "RECORDS": shell.records}
    reading, writing = os.pipe()
    os.close(reading)
    shell.patch.chdir(shell.folder)
    with start(*(names.get(w, w) for w in words), stdout=writing) as process:
        os.close(writing)
        _, err = process.communicate(timeout=300)
    assert (process.returncode, err) == (141, "")


def test_output_into_a_full_device(shell: Shell) -> None:
    run = shell.audited()
    with Path("/dev/full").open("w") as full, start("findings", run, stdout=full) as process:
        _, err = process.communicate(timeout=300)
    assert process.returncode == 3
    assert "the disk is full" in sentence(err)


# No room


@pytest.fixture
def small(shell: Shell) -> Iterator[Path]:
    """A disk of half a megabyte."""
    shell.runs.mkdir()
    options = ["mount", "-t", "tmpfs", "-o", "size=512k", "none", str(shell.runs)]
    if subprocess.run(options, capture_output=True).returncode:
        pytest.skip("mounting is not permitted here")
    yield shell.runs
    subprocess.run(["umount", str(shell.runs)], check=True)


def test_a_full_disk_at_any_moment(shell: Shell, small: Path) -> None:
    shell.write(*burst(), *(line(100 + i, seller=f"s{i}", buyer=f"b{i}") for i in range(500)))
    ends = []
    for free in range(0, 200, 20):  # thousand bytes
        (small / "filler").write_bytes(os.urandom((500 - free) * 1024))
        said = shell.audit()
        ends.append(said.status)
        if said.status:
            assert said.status == 3
            assert sentence(said.err).startswith("the disk is full")
            assert shell.left() == ["filler"]
        else:
            shutil.rmtree(open_run(small).folder)
    assert ends == sorted(ends, reverse=True)
    assert {ends[0], ends[-1]} == {3, 0}


def test_files_that_may_not_grow(shell: Shell) -> None:
    shell.write(*(line(i, seller=f"s{i}", buyer=f"buyer-{i}") for i in range(3000)))
    limit = 20_000  # bytes

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    with start("audit", shell.records, "--out", shell.runs, *SHAM, preexec_fn=bound) as process:
        _, err = process.communicate(timeout=300)
    assert process.returncode == 3, err
    assert "the disk is full" in sentence(err)
    assert shell.left() == []


def test_memory_that_runs_out(shell: Shell) -> None:
    import duckdb

    for error in (duckdb.OutOfMemoryException("failed to offload data block"), MemoryError()):

        def fail(*_: object, error: Exception = error) -> None:
            raise error

        shell.patch.setattr(Asker, "ask", fail)
        said = shell.refused("audit", shell.records, "--out", shell.runs, *SHAM, status=3)
        assert "memory" in said
        assert "--only" in said
        assert shell.left() == []
