"""Two engines, one answer: operations on which they think differently, whole audits on both, and what Spark needs."""

from __future__ import annotations

import shutil
import signal
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest
from ibis import _

import guiju
from guiju.audit.asking import Asker
from guiju.audit.engine import ENGINES
from guiju.audit.engine import start as start_engine
from guiju.audit.folder import Run
from guiju.audit.spark import OWN, needs
from guiju.audit.verify import compare, verify
from guiju.records.errors import BadInput
from guiju.testing import differences
from guiju.testing.cases import engine_of_cases
from shell import SHAM, Shell, sentence, start


@pytest.fixture(scope="module")
def spark() -> None:
    try:
        needs()
    except BadInput as why:
        pytest.skip(str(why))


ODD = pa.table(
    {
        "n": pa.array(range(6), pa.int64()),
        "amount": pa.array(["1.00", "2.50", "-7.25", "0.00", None, "33.33"]).cast(pa.decimal128(18, 2)),
        "units": pa.array(["3.000", "0.000", "0.000", "0.000", "1.000", "7.000"]).cast(pa.decimal128(18, 3)),
        "real": pa.array([0.1234565, 2.5, -1.0000005, 1e15, None, 2 / 3], pa.float64()),
        "text": pa.array(["a", "B", "ä", "中文", None, ""], pa.string()),
        "flag": pa.array([True, False, None, True, False, True]),
        "at": pa.array(
            [
                datetime(2025, 1, 1, 0, 0, 59, 700000), datetime(2024, 12, 30), datetime(2025, 3, 30, 1, 30),
                datetime(1999, 12, 31, 23, 59, 59, 999999), None, datetime(2025, 1, 6),
            ],
            pa.timestamp("us"),
        ),
    }
)  # fmt: skip
SHOP = ibis.window(group_by="shop", order_by="n")
ROWS = {
    "a quotient of decimals": _.amount / _.units,
    "a quotient of whole numbers": _.n / 3,
    "a quotient rounded down": _.n // 2,
    "a product of decimals": (_.amount * _.units * 100).cast("float64"),
    "a rounded double": _.real.round(6),
    "a rounded quotient": (_.amount / 7).round(2),
    "a decimal of a double": _.real.cast("decimal(18, 2)").cast("float64"),
    "seconds since 1970": _.at.epoch_seconds().cast("float64"),
    "the quarter of an hour": _.at.epoch_seconds() // 900,
    "the week": (_.at + ibis.interval(hours=8)).truncate("W") - ibis.interval(hours=8),
    "a moment before": _.at - ibis.interval(microseconds=1),
    "not known, or no number": (_.amount / _.units).isnull(),
    "the least": ibis.least(_.real, _.n, 2.0),
    "the greatest of what is known": ibis.greatest(_.real.fill_null(0.0), 0.0),
    "joined text": _.text.concat("/", _.text),
    "a running sum": _.amount.sum().over(ibis.cumulative_window(order_by="n")),
    "a sum of four weeks": _.amount.sum().over(
        ibis.trailing_range_window(ibis.interval(days=28), order_by=_.at.fill_null(ibis.timestamp("2020-01-01")))
    ),
    "the place, nulls last": ibis.row_number().over(order_by=[_.text, _.n]),
    "the place backwards": ibis.row_number().over(order_by=[_.at.desc(nulls_first=False), _.n]),
    "the one before": _.at.lag().over(ibis.window(order_by="n")),
}
SUMS = {
    "rows": _.count(),
    "none of them": _.count(where=_.n > 99),
    "flagged": _.flag.sum(),
    "any": _.flag.any(),
    "a sum": _.amount.sum(),
    "a sum of nothing": _.amount.sum(where=_.n > 99),
    "a sum of products": (_.amount * _.units).sum().cast("float64"),
    "a mean": _.real.mean(),
    "kinds": _.text.nunique(),
    "least text": _.text.min(),
    "the text of the last moment": _.text.argmax(_.at),
    "the middle": _.real.median(),
}


@pytest.mark.usefixtures("spark")
def test_operations_on_which_engines_think_differently() -> None:
    answers: list[Any] = []
    for name in ENGINES:
        engine = engine_of_cases(name)
        odd = engine.put(ODD)
        rows = odd.select("n", **ROWS).order_by("n")
        kept = engine.keep(odd.aggregate(**SUMS))
        batches = [b.to_pylist() for b in engine.batches(odd.order_by(_.n.desc()), 2)]
        asked = [engine.fetch(rows).to_pylist(), engine.fetch(kept).to_pylist(), engine.fetch(odd.order_by("n"))]
        assert asked[2].equals(ODD)
        answers.append([*(a if isinstance(a, list) else a.to_pylist() for a in asked), [r for b in batches for r in b]])
        engine.drop_kept()
    assert not differences(*answers)


@pytest.mark.usefixtures("spark")
def test_hashes_have_64_bits_and_none_is_null() -> None:
    engine = engine_of_cases("spark")
    hashes = engine.fetch(engine.put(ODD).select(h=_.text.hash() ^ _.n.hash()))["h"].to_pylist()
    engine.drop_kept()
    assert len(set(hashes)) == len(ODD)
    assert max(map(abs, hashes)) > 2**32


# Whole audits


def same(here: Run, there: Run) -> None:
    """Two runs found the same, resting on the same rows, and account for the same."""
    assert compare(here.findings, there.findings) == []
    assert [(f.id, f.evidence_digest) for f in here.findings] == [(f.id, f.evidence_digest) for f in there.findings]
    assert here.manifest["rules"] == there.manifest["rules"]
    assert here.manifest["inputs"] == there.manifest["inputs"]
    for f, g in zip(here.findings, there.findings, strict=True):
        assert (f.says_zh, f.says_en) == (g.says_zh, g.says_en)


@pytest.mark.slow
@pytest.mark.usefixtures("spark")
def test_an_audit_on_spark_from_the_command_line(shell: Shell) -> None:
    here = shell.audited()
    with start("audit", shell.records, "--out", shell.runs, *SHAM, "--engine", "spark") as process:
        out, err = process.communicate(timeout=300)
    assert (process.returncode, err) == (0, ""), err
    assert "no_sham_orders" in out
    [there] = [Run(p) for p in shell.runs.iterdir() if p != here]
    assert there.manifest["engine"].startswith("spark 4.0.")
    assert verify(there) == []
    same(Run(here), there)
    assert shell.done("verify", there.folder, "--records", shell.records).endswith(": true\n")  # asked anew of DuckDB


@pytest.mark.soak
@pytest.mark.usefixtures("spark")
def test_a_stopped_audit_on_spark_leaves_nothing(shell: Shell) -> None:
    program = """
from guiju.audit.asking import Asker
def ask(self, rule, check):
    print("asking", flush=True)
    self.engine.session.range(10**13).createOrReplaceTempView("long")
    self.engine.fetch(self.engine.table("long").filter(lambda t: t.id.hash() == 1))
Asker.ask = ask
"""
    words = ("audit", shell.records, "--out", shell.runs, *SHAM, "--engine", "spark")
    for kind in (signal.SIGINT, signal.SIGTERM):
        with start(*words, program=program) as process:
            assert process.stdout
            assert process.stdout.readline() == "asking\n"
            time.sleep(3)  # into the query
            process.send_signal(kind)
            _, err = process.communicate(timeout=300)
        assert process.returncode == 130
        assert sentence(err) == "stopped; no half-written run is left"
        assert shell.left() == []


@pytest.mark.soak
@pytest.mark.usefixtures("spark")
def test_a_market_of_a_million_orders(tmp_path: Path) -> None:
    from guiju.twin.groupbuy import generate

    market = tmp_path / "market"
    market.mkdir()
    generate(market, 1_000_000, 7)
    here, there = (guiju.audit(market, out=tmp_path / engine, engine=engine) for engine in ENGINES)
    assert len(here.findings) > 40
    same(here, there)
    assert verify(there) == []


# What Spark needs


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in (*OWN, "JAVA_HOME"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_without_pyspark_the_cure_is_said(bare: pytest.MonkeyPatch, shell: Shell) -> None:
    bare.setattr("guiju.audit.spark.find_spec", lambda name: None)
    said = shell.refused("audit", shell.records, "--out", shell.runs, "--engine", "spark")
    assert said == "the engine spark needs PySpark: pip install 'guiju[spark]'"
    assert shell.left() == []


def test_without_java_the_cure_is_said(bare: pytest.MonkeyPatch, shell: Shell, tmp_path: Path) -> None:
    pytest.importorskip("pyspark")
    bare.setenv("PATH", str(tmp_path))
    said = shell.refused("audit", shell.records, "--out", shell.runs, "--engine", "spark")
    assert said.startswith("the engine spark needs Java 17 or 21, and there is none on the PATH: apt-get install")
    bare.setenv("JAVA_HOME", str(tmp_path))
    said = shell.refused("audit", shell.records, "--out", shell.runs, "--engine", "spark")
    assert f"JAVA_HOME is {tmp_path}, where there is none" in said


def test_java_that_cannot_run_it_is_said(shell: Shell, tmp_path: Path) -> None:
    pytest.importorskip("pyspark")
    if shutil.which("bash") is None:
        pytest.skip("bash, which starts Spark, is not here")
    java = tmp_path / "old" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text("#!/bin/sh\necho 'Error: LinkageError: has been compiled by a more recent version' >&2\nexit 1\n")
    java.chmod(0o755)
    shell.patch.setenv("JAVA_HOME", str(java.parents[1]))
    with start("audit", shell.records, "--out", shell.runs, "--engine", "spark") as process:
        _, err = process.communicate(timeout=300)
    assert process.returncode == 2
    assert sentence(err).startswith("Spark did not start (Error: LinkageError")
    assert shell.left() == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("Job aborted: java.io.IOException: No space left on device", "the disk is full"),
        ("Job aborted: java.lang.OutOfMemoryError: Java heap space", "memory ran out"),
    ],
)
def test_what_the_machine_fails_at_is_not_blamed_on_a_check(shell: Shell, error: str, said: str) -> None:
    def fail(*_: object) -> None:
        raise Exception(error)

    shell.patch.setattr(Asker, "ask", fail)
    assert shell.refused("audit", shell.records, "--out", shell.runs, *SHAM, status=3).startswith(said)
    assert shell.left() == []


def test_memory_that_is_no_size_is_refused_and_what_is_one_is_held_to(shell: Shell) -> None:
    for odd in ("plenty", "0GB", "1.5GB", "-1GB", "5 apples"):
        assert "no size; give whole MB or GB" in shell.refused("audit", shell.records, f"--memory={odd}")
    at_work = start_engine("duckdb", shell.runs, "300MB")
    [(held,)] = at_work.connection.execute("SELECT current_setting('memory_limit')").fetchall()
    at_work.close()
    assert held == "286.1 MiB"


def test_an_unknown_engine_is_refused(shell: Shell) -> None:
    assert "polars" in shell.refused("audit", shell.records, "--engine", "polars")
    with pytest.raises(BadInput, match=r"there is no engine 'sparc'; did you mean spark\? there are duckdb, spark"):
        guiju.audit(shell.records, engine="sparc")
