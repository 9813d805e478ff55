"""How well uneven quality is seen: networks of two seasons drawn, audited by the three rules, held against their truth.

    nice -n 5 python -m bench.uneven --seeds 6

Printed are the modes planted as worse by points and by how many deliveries stood on the smaller side, how many of them
were found, and what was found that was not planted, in networks with and without plants.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import polars as pl

import guiju
from guiju.twin.fulfilments import generate

RULES = ["no_uneven_returns", "no_uneven_complaints", "no_uneven_delay"]
DAY, KEY = "2020-12-31", ["rule", "object", "starts_at"]


def judged(seed: int, *, plants: bool, stores: int) -> tuple[pl.DataFrame, pl.DataFrame, float]:
    """The plants with what was found of them, what was found besides, and processor seconds of the audit."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        generate(out / "records", stores, seed=seed, plants=plants)
        begun = time.process_time()
        run = guiju.audit(out / "records", day=DAY, out=out / "runs", only=RULES)
        seconds = time.process_time() - begun
        found = run.to_polars().rename({"episode_start": "starts_at"}).select(*KEY, "q_value")
        cells = pl.concat(
            pl.DataFrame(pl.from_arrow(run.weighed(rule))).select(
                pl.lit(rule).alias("rule"), "object", pl.col("episode_start").alias("starts_at"),
                pl.min_horizontal("deliveries", "others").alias("fewer"),
            )
            for rule in RULES
        )  # fmt: skip
        truth = pl.read_parquet(out / "records" / "truth.parquet")
    true = truth.filter(pl.col("kind") == "violation").select(*KEY, "strength")
    told = true.join(cells, on=KEY, how="left").join(found, on=KEY, how="left")
    alike = truth.filter(pl.col("kind") == "lookalike").select(
        "rule", product=pl.col("object").str.strip_suffix("/"), pattern="pattern"
    )
    extra = found.join(true, on=KEY, how="anti").with_columns(product=pl.col("object").str.split("/").list.first())
    return told, extra.join(alike, on=["rule", "product"], how="left"), seconds


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", type=int, default=6)
    asked.add_argument("--stores", type=int, default=20_000)
    given = asked.parse_args()
    told, extra, honest, seconds = [], [], [], 0.0
    for seed in range(given.seeds):
        its, besides, spent = judged(seed, plants=True, stores=given.stores)
        told.append(its)
        extra.append(besides)
        seconds += spent
        honest.append(judged(seed, plants=False, stores=given.stores)[1])
    all_ = pl.concat(told).with_columns(
        size=pl.when(pl.col("fewer") >= 300).then(pl.lit("300 or more")).when(pl.col("fewer") >= 100)
        .then(pl.lit("100 to 299")).otherwise(pl.lit("fewer than 100"))
    )  # fmt: skip
    print("| worse by, points | deliveries on the smaller side | planted | found |\n| ---: | --- | ---: | ---: |")
    for row in all_.group_by("strength", "size").agg(n=pl.len(), found=pl.col("q_value").count()).sort(
        "strength", "size"
    ).to_dicts():  # fmt: skip
        print(f"| {row['strength']:.0f} | {row['size']} | {row['n']} | {row['found']} |")
    for name, tables in (("with plants", extra), ("honest", honest)):
        others = pl.concat(tables)
        alike = others.filter(pl.col("pattern").is_not_null()).height
        print(f"\n{name}: found and not planted {others.height}, of them look-alikes {alike}", others.to_dicts())
    print(f"\n{seconds / given.seeds:.1f} s of processor time an audit of {given.stores:,} stores' two seasons")


if __name__ == "__main__":
    main()
