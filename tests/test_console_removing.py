"""Jobs that have ended are deleted by operators, their runs only where that is asked; the old ones are told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

pytest.importorskip("litestar", reason="the console needs the extra [web]")

from console import NOW, Served, Visit, chromium
from guiju.audit.folder import open_run
from guiju.audit.inspection import Entered, enter
from guiju.web.console.running import jobs as of_jobs
from guiju.web.console.running.jobs import BROKEN_OFF, DONE, Begun, End, Far, Jobs, told
from made_runs import finding, run_of, usual_evidence
from test_console_findings import TAGS
from test_console_gate import AXE

SET = {"records": "", "out": "", "jurisdictions": [], "day": "", "mapping": "", "only": [], "rules": []}


class Yard(Served):
    """A console whose jobs are put there as if they had been at work: nothing is started."""

    def __init__(self, folder: Path) -> None:
        self.runs = folder / "runs"
        self.runs.mkdir()
        super().__init__(folder / "console.db", self.runs)
        self.jobs = self.console.jobs

    def job(self, name: str = "", state: str = DONE, **result: Any) -> int:
        """A job that has ended; of an audit with its run if it has a name."""
        number = self.jobs.add("audit", SET | {"set": name or "spring"}, "analyst").number
        place = self.jobs.place(number)
        if name:
            run_of(self.runs / name, [finding(next(iter(usual_evidence())), number)], usual_evidence())
            result = {"run": name, "findings": 1}
        if state != BROKEN_OFF:
            told(place, End(state, result=result, seconds=3.0))
        told(place, Far("asking x", 0.5, 3.0))
        (place / "begun.json").write_bytes(msgspec.json.encode(Begun(self.now)))
        return number

    def numbers(self) -> list[int]:
        return sorted(self.jobs.numbers())


@pytest.fixture
def yard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Yard]:
    monkeypatch.setattr(of_jobs, "AT_ONCE", 0)
    with Yard(tmp_path) as made:
        yield made


def remove(visit: Visit, *jobs: int, **other: str) -> Any:
    visit.read("/jobs/all")
    return visit.send("/jobs/removed", {"job": [str(n) for n in jobs], **other})


def test_an_operator_deletes_an_ended_job_and_its_run_stays(yard: Yard) -> None:
    one, two = yard.job("2025-12-31-aabbccdd"), yard.job(state="refused")
    for role in ("analyst", "reviewer", "admin"):
        assert remove(yard.visit(role), one).status_code == 403
        assert "Delete" not in yard.visit(role).read(f"/jobs/{one}").text
    operator = yard.visit("operator")
    assert "Delete this job" in operator.read(f"/jobs/{one}").text
    assert remove(operator, one).headers["location"] == "/jobs/all?removed=1"
    assert yard.numbers() == [two]
    assert operator.read(f"/jobs/{one}").status_code == 404
    assert operator.read("/runs/2025-12-31-aabbccdd/findings").status_code == 200, "the run stays"
    [said] = operator.json("/jobs/all")["removed"]
    assert (said["number"], said["who"], said["asked_by"], said["run"]) == (one, "operator", "analyst", "")
    assert "Job 1, asked for by analyst: deleted by operator" in operator.read("/jobs/all").text
    assert remove(operator, two).status_code == 303
    assert yard.job() == 3, "no number is given twice"
    assert not [p.name for p in yard.jobs.folder.iterdir() if p.name.startswith(".gone")]


def test_a_run_goes_only_where_it_is_asked_and_nobody_has_it_in_hand(yard: Yard) -> None:
    first, second, third = (yard.job(f"2025-12-3{n}-aabbccdd") for n in range(3))
    operator = yard.visit("operator")
    told_ = remove(operator, first, runs="yes")
    assert told_.status_code == 303
    assert not (yard.runs / "2025-12-30-aabbccdd").exists()
    assert operator.json("/jobs/all")["removed"][0]["run"] == "2025-12-30-aabbccdd"
    enter(open_run(yard.runs / "2025-12-31-aabbccdd"), "nine_donts", Entered(1, date(2026, 1, 2), owner="Li"))
    refused = remove(operator, second, runs="yes")
    assert refused.status_code == 409
    assert "People entered their self-inspection beside the run 2025-12-31-aabbccdd" in refused.text
    yard.jobs.add("verify", {"run": "2025-12-32-aabbccdd", "folder": ""}, "analyst")
    assert "has the run 2025-12-32-aabbccdd in hand" in remove(operator, third, runs="yes").text
    assert (yard.runs / "2025-12-31-aabbccdd" / "manifest.json").is_file()
    assert {second, third} <= set(yard.numbers())


def test_what_is_open_or_not_there_is_not_deleted(yard: Yard) -> None:
    waiting = yard.jobs.add("audit", SET | {"set": "spring"}, "analyst").number
    operator = yard.visit("operator")
    for sent, words in (([waiting], "has not ended"), ([999], "has not ended"), ([], "Choose the jobs")):
        refused = remove(operator, *sent)
        assert refused.status_code == 409
        assert words in refused.text
    assert remove(operator, *[yard.job(state=BROKEN_OFF)]).status_code == 303
    assert yard.numbers() == [waiting]
    yard.jobs.cancel(waiting, "analyst")
    assert remove(operator, waiting).status_code == 303, "one that never began"


def test_another_console_of_the_same_folder_sees_it_go(yard: Yard) -> None:
    number = yard.job()
    other = Jobs(yard.runs, lambda: NOW)
    assert other.of(number).state == DONE
    assert yard.jobs.remove(number, "operator")
    assert other.of(number) is None
    assert other.all() == []
    assert not other.remove(number, "operator")
    assert other.add("audit", SET | {"set": "x"}, "analyst").number == number + 1


def test_what_a_crash_left_of_a_deletion_goes_at_the_next_beginning(yard: Yard) -> None:
    number = yard.job()
    yard.jobs.folder.joinpath(".gone-abc").mkdir()
    yard.jobs.place(number).rename(yard.jobs.folder / ".gone-abc" / str(number))
    again = Jobs(yard.runs, lambda: NOW)
    again.begin()
    again.close()
    assert not (yard.jobs.folder / ".gone-abc").exists()
    assert again.numbers() == []


def test_old_ones_are_told_and_deleted_together_on_a_phone(yard: Yard) -> None:
    old = [yard.job() for _ in range(3)]
    yard.now += timedelta(days=31)
    run = "2025-12-31-aabbccdd"
    new = yard.job(run)
    analyst = yard.visit("analyst")
    assert analyst.json("/runs")["old"] == 3
    assert [row["number"] for row in analyst.json("/jobs/all?old=yes")["rows"]] == old[::-1]
    told_ = analyst.json("/jobs/all")
    assert (told_["jobs"], told_["old"]) == (4, 3)
    assert all(row["bytes"] > 100 for row in told_["rows"])
    with chromium() as browser:
        for language, width, jobs in (("zh", 390, old), ("en", 1280, [])):
            context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True)
            token = yard.console.sessions.begin("operator")
            cookies = {"guiju_session": token, "guiju_language": language}
            context.add_cookies([{"name": n, "value": v, "url": yard.url} for n, v in cookies.items()])
            page = context.new_page()
            for at in ("/runs", f"/runs/{run}/verifying", f"/jobs/{new}", "/jobs/all?old=yes" if jobs else "/jobs/all"):
                page.goto(yard.url + at)
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), at
                page.evaluate(AXE.read_text(encoding="utf-8"))
                faults = page.evaluate("tags => axe.run({runOnly: tags})", TAGS)["violations"]
                assert not faults, [(at, fault["id"], fault["nodes"][0]["html"]) for fault in faults]
            if jobs:
                page.click("main form button")
                assert "已经删除 3 个任务" in page.inner_text("[role=status]")
                assert yard.numbers() == [new]
