"""What the rules on deposits and on who may practise find in made records, held against what was done there.

    python bench/exact.py --seeds 4 --honest 2

Seeds are drawn when it runs, and printed; `--planted 1,2 --innocent 3` asks the same ones again. Each seed makes a
deposit shelf and a platform where doctors are asked. A row of the table is a rule: what was done, what of it was found
to the moment, what else was found, and what only looks so. The exit status is 1 where a number is not as it should be.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import truth as bench

import guiju
from guiju.checks import checks
from guiju.rulebook import rules
from guiju.twin import consultations, deposits

EPISODE = ["rule", "platform", "subject", "object", "starts_at", "ends_at"]
MADE: dict[str, tuple[Callable[..., None], int, str]] = {
    "deposits": (deposits.generate, 8_000, "2021-03-31"),
    "care": (consultations.generate, 2_000, "2025-12-31"),
}


def judge(family: str, seed: int, planted: bool) -> pl.DataFrame:
    """Records made and audited by the family's rules: a row an episode, done or found or both, or a look-alike."""
    generate, size, day = MADE[family]
    asked = sorted(name for name, rule in rules().items() if rule.check and checks()[rule.check].family == family)
    with TemporaryDirectory(prefix="guiju-exact-") as folder:
        records = Path(folder) / "records"
        generate(records, size, seed, plants=planted)
        run = guiju.audit(records, day=day, only=asked, out=Path(folder) / "runs")
        truth = pl.read_parquet(records / "truth.parquet").filter(pl.col("rule").is_in(asked))
        found = run.to_polars().rename({"episode_start": "starts_at", "episode_end": "ends_at"})
    done = truth.filter(pl.col("kind") == "violation").select(*EPISODE, done=pl.lit(True)).unique()
    met = found.select(*EPISODE, found=pl.lit(True))
    alike = truth.filter(pl.col("kind") == "lookalike").select("rule", "subject", alike=pl.lit(True))
    extra = met.join(done, on=EPISODE, how="anti").select("rule", "subject", wrong=pl.lit(True)).unique()
    both = done.join(met, on=EPISODE, how="full", coalesce=True)
    alike = alike.join(extra, on=["rule", "subject"], how="left")
    rows = pl.concat([both, alike], how="diagonal")
    return rows.with_columns(pl.col("done", "found", "alike", "wrong").fill_null(False), seed=pl.lit(seed, pl.Int64))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seeds", type=int, default=4, help="records in which wrong is done")
    parser.add_argument("--honest", type=int, default=2, help="records in which none is")
    parser.add_argument("--planted", type=bench.numbers, help="seeds of the former, instead of drawing them")
    parser.add_argument("--innocent", type=bench.numbers, help="seeds of the latter, instead of drawing them")
    given = parser.parse_args()
    planted = given.planted if given.planted is not None else bench.drawn(given.seeds)
    innocent = given.innocent if given.innocent is not None else bench.drawn(given.honest)
    print(f"--planted {','.join(map(str, planted))} --innocent {','.join(map(str, innocent))}", flush=True)
    made = [(seed, True) for seed in planted] + [(seed, False) for seed in innocent]
    rows = pl.concat([judge(family, seed, wrong) for seed, wrong in made for family in MADE], how="diagonal")
    print("| rule | done | found | found, not done | look-alikes | of them found |\n| --- |" + " ---: |" * 5)
    right = True
    for (rule,), its in sorted(rows.partition_by("rule", as_dict=True).items()):
        done, found, alike = (its[name] for name in ("done", "found", "alike"))
        wrong = (found & ~done).sum()
        right &= not wrong and not (done & ~found).any() and bool(done.any())
        counts = (done.sum(), (done & found).sum(), wrong, alike.sum(), its["wrong"].sum())
        print(f"| {rule} | " + " | ".join(map(str, counts)) + " |")
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    main()
