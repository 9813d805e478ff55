"""What the rules on holds and appeals find in made files of a platform, held against what was done there.

    python bench/holds.py --seeds 10 --honest 5

Seeds are drawn when it runs, and printed; `--planted 1,2 --innocent 3` asks the same ones again. A row of the table is
a rule: what was done, what of it was found, what else was found. Nights of flags are weighed: those that the records
could show (stronger than `detectable_pct`) stand apart. The exit status is 1 where something was found that nobody did,
or a counting rule missed something.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import truth as bench

import guiju
from guiju.checks import checks
from guiju.rulebook import rules
from guiju.twin.holds import generate

DAY, NIGHTS = "2025-12-31", "no_mass_flags_by_agency"
RULES = sorted(name for name, rule in rules().items() if rule.check and checks()[rule.check].family == "redress")


def judge(seed: int, drivers: int, planted: bool) -> pl.DataFrame:
    """Of one platform: every rule and object done or found, with `done`, `found`, `alike` and `shown`."""
    with TemporaryDirectory(prefix="guiju-holds-") as folder:
        files = Path(folder) / "files"
        generate(files, drivers, seed, plants=planted)
        run = guiju.audit(files, day=DAY, out=Path(folder) / "runs", only=RULES)
        truth = pl.read_parquet(files / "truth.parquet")
        found = run.to_polars().select("rule", "object").unique().with_columns(found=pl.lit(True))
        cells = pl.DataFrame(pl.from_arrow(run.weighed(NIGHTS)))
    flagged = cells.filter(pl.col("flagged_drivers") > 0).select(
        "object", "drivers", detectable=pl.col("detectable_pct").cast(pl.Float64).fill_nan(None), rule=pl.lit(NIGHTS)
    )
    done = truth.select(
        "rule", "object", "strength", done=pl.col("kind") == "violation", alike=pl.col("kind") == "lookalike"
    )
    both = done.join(found, on=["rule", "object"], how="full", coalesce=True)
    both = both.join(flagged, on=["rule", "object"], how="left")
    shown = (pl.col("strength") > pl.col("detectable")).fill_null(False)
    return both.with_columns(pl.col("done", "alike", "found").fill_null(False), shown=shown, seed=pl.lit(seed))


def table(rows: pl.DataFrame) -> str:
    """The counts by rule, and of nights by how many drivers the agency has."""
    lines = ["| rule | done | found | found, not done | look-alikes | of them found |", "| --- " * 6 + "|"]
    for (rule,), its in sorted(rows.partition_by("rule", as_dict=True).items()):
        counts = [
            its["done"].sum(), (its["done"] & its["found"]).sum(), (~its["done"] & its["found"]).sum(),
            its["alike"].sum(), (its["alike"] & its["found"]).sum(),
        ]  # fmt: skip
        lines.append(f"| {rule} | " + " | ".join(map(str, counts)) + " |")
    nights = rows.filter((pl.col("rule") == NIGHTS) & pl.col("done"))
    lines += ["", "| nights, agency of | done | found | the records could show | of them found |", "| --- " * 5 + "|"]
    for (drivers,), its in sorted(nights.drop_nulls("drivers").partition_by("drivers", as_dict=True).items()):
        counts = [its.height, its["found"].sum(), its["shown"].sum(), (its["shown"] & its["found"]).sum()]
        lines.append(f"| {drivers} drivers | " + " | ".join(map(str, counts)) + " |")
    return "\n".join(lines)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seeds", type=int, default=10, help="platforms that do wrong")
    parser.add_argument("--honest", type=int, default=5, help="platforms that do not")
    parser.add_argument("--drivers", type=int, default=1_500, help="drivers of a platform")
    parser.add_argument("--planted", type=bench.numbers, help="seeds of the former, instead of drawing them")
    parser.add_argument("--innocent", type=bench.numbers, help="seeds of the latter, instead of drawing them")
    return parser.parse_args()


def main() -> int:
    asked = options()
    planted = bench.drawn(asked.seeds) if asked.planted is None else asked.planted
    honest = bench.drawn(asked.honest) if asked.innocent is None else asked.innocent
    print(f"--planted {','.join(map(str, planted))} --innocent {','.join(map(str, honest))}", flush=True)
    wanted = [(seed, True) for seed in planted] + [(seed, False) for seed in honest]
    rows = pl.concat([judge(seed, asked.drivers, wrong) for seed, wrong in wanted], how="diagonal_relaxed")
    print(table(rows))
    missed = rows.filter(pl.col("done") & ~pl.col("found") & (pl.col("rule") != NIGHTS))
    return 1 if missed.height or rows.filter(~pl.col("done") & pl.col("found")).height else 0


if __name__ == "__main__":
    sys.exit(main())
