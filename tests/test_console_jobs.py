"""Jobs of the console: in line, in processes of their own, told whatever happens to them or to the console."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console import NOW
from eventually import eventually
from guiju.audit.folder import runs_in
from guiju.audit.verify import verify
from guiju.web.console.running import jobs as of_jobs
from guiju.web.console.running.jobs import AT_ONCE, Job, Jobs
from shell import SHAM, Shell, line

HELD = Path(__file__).parent / "held"


class House:
    """A folder of runs, jobs that hold until they are let, and consoles that keep their line."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.runs, self.hold, self.now = folder / "made", folder / "hold", NOW
        self.hold.touch()
        patch.setenv("GUIJU_HOLD", str(self.hold))
        patch.setenv("PYTHONPATH", os.pathsep.join([str(HELD), *(p for p in sys.path if p)]))
        patch.setitem(of_jobs.KINDS, "held", "held_work:work")
        self.opened = list[Jobs]()
        self.jobs = self.console()

    def console(self) -> Jobs:
        made = Jobs(self.runs, lambda: self.now)
        self.opened.append(made)
        made.begin()
        return made

    def add(self, **asked: Any) -> int:
        return self.jobs.add("held", {"oats": 2, **asked}, "analyst").number

    def audit(self, records: Path) -> int:
        asked = {
            "set": "records", "records": str(records), "out": str(self.runs), "jurisdictions": ["CN"], "day": "",
            "mapping": "", "only": ["no_sham_orders"], "rules": ["no_sham_orders"],
        }  # fmt: skip
        return self.jobs.add("audit", asked, "analyst").number

    def let(self) -> None:
        self.hold.unlink()

    def at_work(self, number: int) -> Job:
        """The job, as soon as it asks its rule."""
        return eventually(lambda: self.is_asking(number), f"job {number} asking: {self.jobs.of(number)}")

    def is_asking(self, number: int) -> Job | None:
        job = self.jobs.of(number)
        return job if job and job.far.what.startswith("asking") else None

    def ended(self, number: int, jobs: Jobs | None = None) -> Job:
        kept = jobs or self.jobs
        eventually(lambda: not kept.of(number).is_open, f"the end of job {number}: {kept.of(number)}")
        return kept.of(number)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    made = House(tmp_path, monkeypatch)
    yield made
    for jobs in made.opened:
        jobs.close()
    for number in made.jobs.numbers():
        if (job := made.jobs.of(number)).is_open and job.far.process:
            os.kill(job.far.process, signal.SIGKILL)


def test_a_job_is_done_and_says_what_it_came_to(house: House):
    house.let()
    job = house.ended(house.add())
    assert (job.state, job.end.says, job.end.result, job.who) == ("done", "", {"weighs": 4}, "analyst")
    assert job.asked_at == job.begun_at == NOW
    assert job.ended_at > NOW
    (house.jobs.place(job.number) / "anew").mkdir()
    assert house.console().of(job.number) == job, "so another console has it"


def test_what_is_refused_is_told_and_what_nobody_foresaw_without_its_words(house: House):
    house.let()
    refused, failed = house.ended(house.add(refused=True)), house.ended(house.add(oats=None))
    assert (refused.state, refused.end.says) == ("refused", "the oats are wet: dry them")
    assert (failed.state, failed.end.says) == ("failed", "")
    assert "TypeError" in (house.jobs.place(failed.number) / "log").read_text()


def test_an_audit_is_the_run_and_the_sentence_of_the_command_line(house: House, shell: Shell):
    house.let()
    job = house.ended(house.audit(shell.records))
    [run] = runs_in(house.runs)
    assert job.end.result == {"run": run.folder.name, "findings": 1}
    assert run.folder.name == shell.audited().name
    assert verify(run) == []
    shell.write(line(1), line(2, currency="USD"))
    refused = house.ended(house.audit(shell.records))
    assert (refused.state, refused.end.says) == ("refused", shell.refused("audit", shell.records, *SHAM))
    assert len(runs_in(house.runs)) == 1


def test_an_audit_is_stopped_in_the_midst_of_a_query_and_leaves_nothing_that_is_shown(
    house: House, shell: Shell, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GUIJU_HOLD_AUDITS", "yes")
    killed, cancelled = house.audit(shell.records), house.audit(shell.records)
    os.kill(house.at_work(killed).far.process, signal.SIGKILL)
    house.at_work(cancelled)
    house.jobs.cancel(cancelled, "operator")
    assert [house.ended(number).state for number in (killed, cancelled)] == ["broken_off", "cancelled"]
    assert not runs_in(house.runs)
    house.let()
    done = house.ended(house.audit(shell.records))  # and what was left is in nobody's way
    assert sorted(p.name for p in house.runs.iterdir()) == sorted([".jobs", done.end.result["run"]])


def test_two_at_a_time_and_the_others_in_the_order_in_which_they_came(house: House):
    first, second, third, fourth = (house.add() for _ in range(4))
    house.at_work(first)
    house.at_work(second)
    waiting = [house.jobs.of(number) for number in (third, fourth)]
    assert AT_ONCE == 2
    assert [job.state for job in waiting] == ["waiting", "waiting"]
    assert [house.jobs.before(job) for job in waiting] == [0, 1]
    house.let()
    assert {house.ended(number).state for number in (first, second, third, fourth)} == {"done"}
    assert [job.number for job in house.jobs.all()] == [fourth, third, second, first]


def test_one_that_waits_is_cancelled_before_it_begins(house: House):
    house.at_work(house.add())
    house.at_work(house.add())
    third = house.add()
    job = house.jobs.cancel(third, "operator")
    assert (job.state, job.cancelled.who, job.begun_at) == ("cancelled", "operator", None)
    house.let()
    assert house.jobs.cancel(99, "operator") is None


def test_one_at_work_is_cancelled(house: House):
    number = house.add()
    house.at_work(number)
    house.jobs.cancel(number, "operator")
    job = house.ended(number)
    assert (job.state, job.cancelled.who) == ("cancelled", "operator")


def test_one_that_does_not_listen_is_ended(house: House):
    number = house.add()
    job = house.at_work(number)
    os.kill(job.far.process, signal.SIGSTOP)  # it hears no signal but the last
    house.jobs.cancel(number, "operator")
    assert house.jobs.of(number).state == "running"
    house.now += of_jobs.GRACE * 2
    job = house.ended(number)
    assert (job.state, job.cancelled.who) == ("cancelled", "operator")


@pytest.mark.parametrize("kind", [signal.SIGKILL, signal.SIGTERM])
def test_one_that_was_ended_from_outside_is_told_as_broken_off(house: House, kind: signal.Signals):
    number = house.add()
    os.kill(house.at_work(number).far.process, kind)
    job = house.ended(number)
    assert (job.state, job.cancelled) == ("broken_off", None)


def test_a_job_goes_on_without_its_console_and_the_next_one_tells_of_it(house: House):
    first, second, third = house.add(), house.add(), house.add()
    house.at_work(first)
    house.at_work(second)
    house.jobs.close()
    process = house.jobs.of(second).far.process
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    house.let()
    eventually(lambda: (house.jobs.place(first) / "end.json").exists(), "the end of a job whose console is gone")
    later = Jobs(house.runs, lambda: NOW)
    states = [later.of(number).state for number in (first, second, third)]
    assert states == ["done", "broken_off", "waiting"]
    after = house.console()
    assert house.ended(third, after).state == "done"


def test_none_is_begun_twice(house: House):
    """A console that ended between writing that a job begins and its process: that is told, and not tried again."""
    house.let()
    kept = Jobs(house.runs, lambda: NOW)  # keeps no line
    house.jobs.close()
    number = kept.add("held", {"oats": 1}, "analyst").number
    of_jobs._write(kept.place(number) / "begun.json", of_jobs.Begun(NOW))
    assert house.ended(number, house.console()).state == "broken_off"


def test_two_consoles_keep_one_line(house: House):
    beside = house.console()
    numbers = [(house.add() if n % 2 else beside.add("held", {"oats": n}, "operator").number)
               for n in (1, 2, 3, 4, 5)]  # fmt: skip
    assert numbers == [1, 2, 3, 4, 5]
    house.let()
    assert {house.ended(number, beside).state for number in numbers} == {"done"}


def test_a_damaged_job_is_in_nobodys_way(house: House, caplog: pytest.LogCaptureFixture):
    house.let()
    first = house.add()
    house.ended(first)
    (house.jobs.place(first) / "asked.json").write_text("{")
    anew = house.console()
    assert anew.of(first) is None
    assert "a job cannot be read" in caplog.text
    assert house.ended(house.add()).state == "done"


def test_another_kind_is_no_kind(house: House):
    with pytest.raises(AssertionError):
        house.jobs.add("os:system", {}, "analyst")
