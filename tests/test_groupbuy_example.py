"""The worked example: six platforms, nine answers."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import polars as pl
import pytest

from guiju.audit.folder import Run, open_run
from guiju.audit.inspection import NOT_SEEN, inspect

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).parents[1] / "examples" / "groupbuy" / "run.py"
WHOLE = "hehua"  # hands over everything, in a warehouse's own file
UNSEEN = ("linlihui", "shixian")  # withhold most
MARKET_WIDE = {2, 3}  # lines that look at rivals, too


def lived(out: Path, *words: str) -> dict[str, Run]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["run.py", "--out", str(out), "--orders", "60000", *words])
        runpy.run_path(str(EXAMPLE), run_name="__main__")
    assert (out / "answers.html").is_file()
    return {folder.name: open_run(folder) for folder in (out / "runs").iterdir()}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """Of the platforms of which something is said below, and of all together."""
    return lived(tmp_path_factory.mktemp("groupbuy"), "--alone", WHOLE, *UNSEEN)


def test_a_platform_that_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        lived(tmp_path, "--alone", "nowhere", "--orders", "2000")
    assert "nowhere is no platform of this market" in capsys.readouterr().err


def verdicts(run: Run) -> dict[int, str]:
    return {line.number: line.verdict for line in inspect(run).lines}


def test_what_is_not_handed_over_is_not_called_clear(runs: dict[str, Run]) -> None:
    assert set(runs) == {WHOLE, *UNSEEN, "together"}
    blind = {name: {n for n, verdict in verdicts(run).items() if verdict == NOT_SEEN} for name, run in runs.items()}
    asked = {r["rule"]: r["outcome"] for r in runs["linlihui"].manifest["rules"]}
    assert asked["no_undisclosed_personal_prices"] == asked["no_sham_orders"] == "not_available", "no buyer is known"
    assert {4, 6, 8} <= blind["shixian"]
    assert blind[WHOLE] <= MARKET_WIDE, "its warehouse's own file is read as well as our own"
    assert not blind["together"], "nine answers"


def finds_of_itself_what_is_found_of_it(runs: dict[str, Run], platform: str) -> None:
    """But for what takes rivals' records, and error control over more cells."""

    def found(run: Run) -> set[str]:
        lines = {r["rule"]: r["lines"].get("nine_donts") for r in run.manifest["rules"]}
        counted = pl.col("q_value").is_null() & (pl.col("platform") == platform)
        rows = run.to_polars().filter(counted).select("id", "rule").iter_rows()
        return {id_ for id_, rule in rows if lines[rule] not in MARKET_WIDE}

    assert found(runs[platform]) == found(runs["together"])
    assert found(runs[platform])


def test_a_platform_finds_of_itself_what_the_regulator_finds_of_it(runs: dict[str, Run]) -> None:
    finds_of_itself_what_is_found_of_it(runs, WHOLE)


@pytest.mark.soak
def test_all_six_inspect_themselves(tmp_path: Path) -> None:
    runs = lived(tmp_path)
    assert len(runs) == 7
    for platform in ("qingmiao", WHOLE):
        finds_of_itself_what_is_found_of_it(runs, platform)
