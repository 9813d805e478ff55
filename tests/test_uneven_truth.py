"""A store network's fulfilments, audited by the three rules of uneven quality and held against their truth."""

from __future__ import annotations

from pathlib import Path

import polars as pl

import guiju
from guiju.twin.fulfilments import generate

RULES = ["no_uneven_returns", "no_uneven_complaints", "no_uneven_delay"]
KEY = ["rule", "object", "starts_at"]


def test_what_is_plain_is_found_and_nothing_that_only_looks_so(tmp_path: Path) -> None:
    generate(tmp_path / "records", 20_000, 48, 7)
    run = guiju.audit(tmp_path / "records", day="2020-12-31", out=tmp_path / "runs", only=RULES)
    found = run.to_polars().rename({"episode_start": "starts_at"})
    truth = pl.read_parquet(tmp_path / "records" / "truth.parquet")
    true = truth.filter(pl.col("kind") == "violation")
    assert found.join(true, on=KEY, how="anti").is_empty()
    cells = pl.concat(
        pl.DataFrame(pl.from_arrow(run.weighed(rule))).select(
            pl.lit(rule).alias("rule"), "object", pl.col("episode_start").alias("starts_at"), "deliveries", "others"
        )
        for rule in RULES
    )  # fmt: skip
    plain = true.join(cells, on=KEY).filter(
        pl.col("strength") >= 18, pl.col("deliveries") >= 150, pl.col("others") >= 150
    )
    assert plain.height >= 4
    missed = plain.join(found, on=KEY, how="anti")
    assert missed.is_empty(), missed.to_dicts()
