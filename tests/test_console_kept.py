"""What the console keeps of runs: made once, never of another run, and what somebody else made there is told anew."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from console import Served
from guiju.audit.folder import Damaged
from guiju.web.console import reading
from guiju.web.console.reading import Runs
from made_runs import finding, run_of


def made(folder: Path, findings: int) -> Path:
    return run_of(folder, [finding("no_sham_orders", i) for i in range(findings)]).folder


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    made(tmp_path / "runs" / "2025-12-31-a", 2)
    made(tmp_path / "runs" / "2025-12-31-b", 3)
    return Runs(tmp_path / "runs")


def test_what_is_made_of_a_run_is_made_once(runs: Runs):
    one, other, times = runs.open("2025-12-31-a"), runs.open("2025-12-31-b"), []
    for run in (one, other, one, other):
        assert runs.kept(run, "name", lambda run=run: times.append(run) or run.folder.name) == run.folder.name
    assert times == [one, other]
    assert runs.kept(runs.open("2025-12-31-a"), "name", lambda: "anew") == "2025-12-31-a"


def test_what_could_not_be_made_is_tried_again(runs: Runs):
    run = runs.open("2025-12-31-a")

    def damaged() -> str:
        raise Damaged(run.folder, "is missing", "不见了")

    for _ in range(2):
        with pytest.raises(Damaged):
            runs.kept(run, "name", damaged)
    assert runs.kept(run, "name", lambda: "mended") == "mended"


def test_no_more_is_kept_than_is_said(runs: Runs, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "MOST_KEPT", 3)
    run, times = runs.open("2025-12-31-a"), []
    for number in (1, 2, 3, 1, 4, 1, 2):  # 2 was looked at longest ago when 4 came
        runs.kept(run, number, lambda number=number: times.append(number))
    assert times == [1, 2, 3, 4, 2]


def test_another_run_in_a_runs_place_is_told_anew(tmp_path: Path):
    place = made(tmp_path / "runs" / "2025-12-31-a", 2)
    with Served(tmp_path / "console.db", tmp_path / "runs") as served:
        visit = served.visit("analyst")
        at = f"/runs/{place.name}/findings"

        def told() -> tuple[int, int, int]:
            [overview] = visit.json("/overview")["conducts"]
            return visit.json(at)["total"], visit.json("/runs")["runs"][0]["findings"], overview["found"]

        assert told() == told() == (2, 2, 2)
        assert visit.read(f"{at}/{visit.json(at)['findings'][0]['id']}").status_code == 200
        shutil.rmtree(place)
        made(place, 3)
        assert told() == (3, 3, 3)
