"""From Python: tables in memory are audited in three lines, and a run is at hand in a notebook."""

from __future__ import annotations

import io
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import guiju
from shell import HEAD, burst

ORDERS = pl.read_csv(io.StringIO("\n".join([HEAD, *burst()]))).with_columns(pl.col("occurred_at").str.to_datetime())
KINDS = {
    "polars": ORDERS,
    "lazy polars": ORDERS.lazy(),
    "pandas": ORDERS.to_pandas(),
    "arrow": ORDERS.to_arrow(),
}


@pytest.mark.parametrize("orders", KINDS.values(), ids=KINDS)
def test_frames_are_audited_in_three_lines(orders: Any, tmp_path: Path) -> None:
    run = guiju.audit({"orders": orders}, day="2025-12-31", out=tmp_path)
    [found] = run.findings
    assert (found.rule, found.evidence_rows) == ("no_sham_orders", 12)
    assert run.to_polars()["id"].to_list() == [found.id]
    assert run.to_pandas()["amount_at_stake"].astype(str).tolist() == ["120.00"]
    assert run.to_ibis().count().execute() == 1
    assert run.evidence(found)["orders"].num_rows == 12
    assert repr(run) == f"<Guiju run {run.folder.name}: no_sham_orders: 1>"
    card = run._repr_html_()
    assert "no_sham_orders" in card
    assert "CNY 120.00" in card
    assert guiju.open_run(tmp_path).findings == run.findings


def test_kinds_of_frames_find_the_same(tmp_path: Path) -> None:
    runs = [guiju.audit({"orders": o}, only="no_sham_orders", out=tmp_path) for o in KINDS.values()]
    assert len({(f.id, f.version) for run in runs for f in run.findings}) == 1


@pytest.mark.parametrize("first", ["import guiju.audit.run", "import guiju"])
def test_the_call_works_whatever_was_imported_before(first: str) -> None:
    program = f"{first}\nimport guiju\ntry: guiju.audit('nowhere')\nexcept guiju.BadInput as bad: print(bad)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.stdout.startswith("nowhere: there is no such folder of records"), ran.stderr


CALLS = {
    "no folder": (("nowhere",), {}, "nowhere: there is no such folder"),
    "no table": (({"sales": ORDERS},), {}, "hold no table"),
    "a frame alone": (
        (ORDERS,),
        {},
        'records are a DataFrame: give a folder, or tables by name, as {"orders": …}',
    ),
    "nothing": ((None,), {}, "records are a NoneType: give a folder"),
    "no frame": (({"orders": 3},), {}, "frame 'orders': is a int"),
    "a frame without rows": (({"orders": ORDERS.clear()},), {}, "no row in orders has a time"),
    "a column of the wrong kind": (
        ({"orders": ORDERS.with_columns(quantity=pl.lit([1]))},),
        {},
        "column quantity: holds ",
    ),
    "no day": (
        ({"orders": ORDERS},),
        {"day": 20251231},
        "the day 20251231 is no date: write it as 2025-12-31",
    ),
    "no such rule": (({"orders": ORDERS},), {"only": "sham"}, "there is no rule 'sham'; there are"),
    "no jurisdiction": (
        ({"orders": ORDERS},),
        {"jurisdictions": ["FR"]},
        "the rulebook has no jurisdiction FR",
    ),
}


@pytest.mark.parametrize(("given", "named", "expected"), CALLS.values(), ids=CALLS)
def test_what_cannot_be_audited_raises_bad_input(
    given: tuple[Any, ...], named: dict[str, Any], expected: str, tmp_path: Path
) -> None:
    with pytest.raises(guiju.BadInput) as refused:
        guiju.audit(*given, **{"out": tmp_path / "runs", **named})
    assert expected in str(refused.value)
    assert not (tmp_path / "runs").exists()


def test_without_a_place_a_failed_audit_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(guiju.BadInput):
        guiju.audit("nowhere")
    assert list(tmp_path.iterdir()) == []
    run = guiju.audit({"orders": ORDERS}, only="no_sham_orders")
    assert [p.name for p in run.folder.parent.iterdir()] == [run.folder.name]


@pytest.mark.parametrize(
    "day", ["2025-12-31", date(2025, 12, 31), datetime(2025, 12, 31, 9), pd.Timestamp("2025-12-31")]
)
def test_a_day_however_written(day: Any, tmp_path: Path) -> None:
    run = guiju.audit({"orders": pa.table(ORDERS.to_arrow())}, day=day, only=["no_sham_orders"], out=tmp_path)
    assert run.manifest["day"] == "2025-12-31"
