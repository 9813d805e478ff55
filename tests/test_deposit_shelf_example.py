"""The deposit shelf's example, replayed on a small shelf; and its page of numbers by hand, held against both."""

from __future__ import annotations

import re
import runpy
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from guiju.audit.folder import Run, open_run

pytestmark = pytest.mark.slow

HOUSE = Path(__file__).parents[1]
EXAMPLE, PAGE = HOUSE / "examples" / "deposit_shelf", HOUSE / "docs" / "deposits.md"
EVE, APP_FAILS = date(2020, 12, 15), date(2020, 12, 28)
BEIJING = timedelta(hours=8)


def said_by(script: str, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    patch.setattr(sys, "argv", [script, *words])
    runpy.run_path(str(EXAMPLE / script), run_name="__main__")
    return capsys.readouterr().out


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("deposit_shelf")
    command = re.search(r"run\.py (--depositors .*) --out", PAGE.read_text("utf-8"))
    assert command, "the page says how its numbers were made"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["run.py", *command[1].split(), "--out", str(out)])
        runpy.run_path(str(EXAMPLE / "run.py"), run_name="__main__")
    return out


@pytest.fixture(scope="module")
def runs(story: Path) -> list[Run]:
    return [open_run(folder) for folder in sorted((story / "runs").iterdir())]


def found(runs: list[Run], rule: str, subject: str) -> list[dict]:
    """By run of a rule, in the order of its days: the day, and what is found of a subject."""
    asked = [run for run in runs if run.manifest["rules"][0]["rule"] == rule]
    rows = [
        {"day": date.fromisoformat(run.manifest["day"]), "its": [f for f in run.findings if f.subject == subject]}
        for run in asked
    ]
    return sorted(rows, key=lambda row: (row["day"], len(row["its"])))


def test_the_bank_is_found_on_the_day_on_which_the_records_show_it(story: Path, runs: list[Run]) -> None:
    read = {name: pl.read_parquet(story / "records" / f"{name}.parquet") for name in ("balances", "bank_positions")}
    brought = read["balances"].filter((pl.col("bank") == "lanting") & (pl.col("operator") != "lanting"))
    rows = read["bank_positions"].filter(pl.col("bank") == "lanting").join(
        brought.group_by("occurred_at").agg(pl.sum("amount")), on="occurred_at"
    )  # fmt: skip
    above = rows.filter(pl.col("amount") * 100 >= pl.col("deposits_amount") * 30).sort("occurred_at")
    first = (above["occurred_at"][0] + BEIJING).date()
    asked = found(runs, "no_undue_platform_dependence", "lanting")
    assert [(row["day"], len(row["its"])) for row in asked] == [(first, 0), (first + timedelta(days=1), 1), (EVE, 1)]
    facts = asked[-1]["its"][0].facts
    assert (round(facts["first_savings_pct"], 1), round(facts["savings_pct"], 1)) == (36, 85)
    assert round(facts["platform_pct"], 1) == 83


def test_at_the_ceiling_is_clear_until_a_rebate_is_added(runs: list[Run]) -> None:
    without, with_rebate = found(runs, "no_yields_over_ceiling", "zhongguancun")
    assert without["its"] == []
    [finding] = with_rebate["its"]
    by_hand = ((12_437.5 / 9_900) - 1) / 5 * 100
    assert finding.facts["all_in_rate_pct"] == pytest.approx(by_hand, abs=1e-6)
    assert finding.facts["rate_pct"] == finding.facts["ceiling_pct"] == 4.875


def test_the_vouchers_are_loans_before_the_app_fails(runs: list[Run]) -> None:
    asked = found(runs, "no_disguised_loans", "xiangche")
    first = next(row for row in asked if row["its"])
    assert first["day"] < APP_FAILS - timedelta(days=150)
    assert first["its"][0].object == "fumin"


def test_closed_at_once_the_bank_fails_and_wound_down_it_lives(story: Path) -> None:
    reckoned = story / "reckoned"
    banks = pl.read_parquet(reckoned / f"stress-{EVE}" / "banks.parquet").filter(pl.col("bank") == "lanting")
    assert 1 <= banks["days_shelf_closed"].item() <= 5
    assert banks["days_as_usual"].item() is None
    joint = pl.read_parquet(reckoned / f"stress-{EVE}" / "banks_joint.parquet").filter(pl.col("bank") == "fumin")
    apart, together = joint.filter(pl.col("rho").is_null()), joint.filter(pl.col("rho") == 0.6)
    assert together["failed_pct"].item() > 1.5 * apart["failed_pct"].item()
    plans = pl.read_parquet(reckoned / f"wind-down-{EVE}" / "plans.parquet").filter(pl.col("bank") == "lanting")
    assert set(plans["plan"]) == {"slowest", "fastest"}


def test_the_pages_are_there(story: Path) -> None:
    page = (story / "story.html").read_text("utf-8")
    assert page.count("<svg") == 3
    links = re.findall(r'href="([^"#]+)"', page)
    assert len(links) == 5
    assert all((story / link).is_file() for link in links)


def test_the_page_says_what_the_records_say_by_hand(story: Path, monkeypatch, capsys) -> None:
    said = said_by("by_hand.py", monkeypatch, capsys, str(story))
    blocks = re.findall(r"```text\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert [block.strip() for block in blocks] == said.strip().split("\n\n")


def test_by_hand_and_by_guiju_are_the_same(story: Path, runs: list[Run], monkeypatch, capsys) -> None:
    said = said_by("by_hand.py", monkeypatch, capsys, str(story))

    def number(pattern: str) -> float:
        return float(re.search(pattern, said)[1].replace(",", ""))  # type: ignore[index]

    facts = found(runs, "no_undue_platform_dependence", "lanting")[-1]["its"][0].facts
    assert number(r"share +([\d.,]+)") == pytest.approx(facts["platform_pct"], abs=1e-4)
    assert number(r"brought = ([\d.,]+)") == pytest.approx(facts["source_hhi"], abs=0.01)
    over = found(runs, "no_yields_over_ceiling", "zhongguancun")[-1]["its"][0].facts
    assert number(r"plain deposit.* = ([\d.,]+) %") == pytest.approx(over["all_in_rate_pct"], abs=1e-4)
    assert number(r"\(1/5\) - 1 = ([\d.,]+) %") == pytest.approx(over["all_in_yield_pct"], abs=1e-4)
    reckoned = story / "reckoned"
    banks = pl.read_parquet(reckoned / f"stress-{EVE}" / "banks.parquet").filter(pl.col("bank") == "lanting")
    assert number(r"survival day (\d+)") == banks["days_shelf_closed"].item()
    course = pl.read_parquet(reckoned / f"stress-{EVE}" / "courses.parquet").filter(pl.col("bank") == "lanting")
    assert number(r"day 1: .* left (-?[\d.,]+)") == pytest.approx(course["shelf_closed"][0], abs=0.01)
    lines = pl.read_csv(reckoned / "fee-2020-12-01-2020-12-31" / "statement.csv")
    line = lines.filter((pl.col("bank") == "lanting") & (pl.col("platform") == "lingqiantong"))
    assert number(r"/ 365 = ([\d.,]+)") == pytest.approx(line["fee_amount"].item(), abs=0.001)
    placed = pl.read_parquet(reckoned / f"shelf-{EVE}" / "shelf.parquet")
    its = placed.filter((pl.col("platform") == "lingqiantong") & (pl.col("term_months") == 12)).sort("place").head(2)
    points = [float(n) for n in re.findall(r"= ([\d.]+) points\b(?!,)", said.split("5. Shelf order")[1])]
    assert points == pytest.approx(its["points"].to_list(), abs=1e-4)


def test_the_day_the_app_fails_is_in_the_records(story: Path) -> None:
    rows = pl.read_parquet(story / "records" / "repayments.parquet").filter(pl.col("platform") == "xiangche")
    last = rows.filter(pl.col("payer") == "seller")["paid_at"].max()
    assert isinstance(last, datetime)
    assert (last + BEIJING).date() <= APP_FAILS
