"""What the rules on networks find among made teams, held against what was done there; and what many members cost.

    python bench/network.py --seeds 6 --honest 3
    python bench/network.py --planted 7 --innocent "" --members 2000000

Seeds are drawn when it runs, and printed; `--planted 1,2 --innocent 3` asks the same ones again. A row of the table is
a rule: what was done, what of it was found to the moment and the fen, what else was found. The exit status is 1 where
something was found that nobody did, or was done and not found.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import truth as bench

import guiju
from guiju.checks import checks
from guiju.rulebook import rules
from guiju.twin.recruiting import generate

DAY = "2025-12-31"
RULES = sorted(name for name, rule in rules().items() if rule.check and checks()[rule.check].family == "network")
EPISODE = ["rule", "subject", "starts_at", "ends_at"]


def judge(seed: int, members: int, planted: bool, engine: str) -> pl.DataFrame:
    """Of one network: every rule and episode done, looking so, or found."""
    with TemporaryDirectory(prefix="guiju-network-") as folder:
        files = Path(folder) / "files"
        started = time.process_time()
        generate(files, members, seed, plants=planted)
        made = time.process_time() - started
        run = guiju.audit(files, day=DAY, out=Path(folder) / "runs", only=RULES, engine=engine)
        rows = {name: pl.scan_parquet(files / f"{name}.parquet").select(pl.len()).collect().item()
                for name in ("recruitments", "commissions", "orders", "cash_flows")}  # fmt: skip
        spent, most = time.process_time() - started - made, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        counts = ", ".join(f"{n:,} {name}" for name, n in rows.items())
        print(f"seed {seed}: {counts}: made in {made:.0f} s of processor time, audited in {spent:.0f}; {most:,.0f} MB",
              flush=True)  # fmt: skip
        return against(pl.read_parquet(files / "truth.parquet"), run.to_polars())


def against(truth: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Every rule and episode with `done`, `alike`, `found`; a look-alike found is there twice, also as not done."""
    truth = truth.select(*EPISODE, done=pl.col("kind") == "violation", alike=pl.col("kind") == "lookalike")
    found = found.select("rule", "subject", starts_at="episode_start", ends_at="episode_end", found=pl.lit(True))
    met = found.select("rule", "subject", "found").unique()
    alike = truth.filter("alike").join(met, on=["rule", "subject"], how="left")
    done = truth.filter("done").join(found, on=EPISODE, how="full", coalesce=True)
    both = pl.concat([done, alike], how="diagonal_relaxed")
    return both.with_columns(pl.col("done", "alike", "found").fill_null(False))


def table(rows: pl.DataFrame) -> str:
    """The counts by rule."""
    lines = ["| rule | done | found | found, not done | look-alikes | of them found |", "| --- " * 6 + "|"]
    for (rule,), its in sorted(rows.partition_by("rule", as_dict=True).items()):
        counts = [
            its["done"].sum(), (its["done"] & its["found"]).sum(),
            (~its["done"] & ~its["alike"] & its["found"]).sum(),
            its["alike"].sum(), (its["alike"] & its["found"]).sum(),
        ]  # fmt: skip
        lines.append(f"| {rule} | " + " | ".join(map(str, counts)) + " |")
    return "\n".join(lines)


def seeds(text: str) -> list[int]:
    """Seeds separated by commas; none of an empty text."""
    return bench.numbers(text) if text else []


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seeds", type=int, default=6, help="networks with pyramids")
    parser.add_argument("--honest", type=int, default=3, help="networks without")
    parser.add_argument("--members", type=int, default=20_000, help="members of a network")
    parser.add_argument("--engine", default="duckdb", help="duckdb or spark")
    parser.add_argument("--planted", type=seeds, help="seeds of the former, instead of drawing them")
    parser.add_argument("--innocent", type=seeds, help="seeds of the latter, instead of drawing them")
    return parser.parse_args()


def main() -> int:
    asked = options()
    planted = bench.drawn(asked.seeds) if asked.planted is None else asked.planted
    honest = bench.drawn(asked.honest) if asked.innocent is None else asked.innocent
    print(f"--planted {','.join(map(str, planted))} --innocent {','.join(map(str, honest))}", flush=True)
    wanted = [(seed, True) for seed in planted] + [(seed, False) for seed in honest]
    rows = pl.concat(
        [judge(seed, asked.members, wrong, asked.engine) for seed, wrong in wanted], how="diagonal_relaxed"
    )
    print(table(rows))
    return 1 if rows.filter(pl.col("done") != pl.col("found")).height else 0


if __name__ == "__main__":
    sys.exit(main())
