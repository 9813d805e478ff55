"""What Guiju finds in made markets, held against what was done there.

    python bench/truth.py --seeds 20 --honest 100

Seeds are drawn when it runs, and printed; `--planted 1,2,3 --innocent 4,5,6` asks the same ones again. A
table goes to docs/truth.md. The exit status is 1 where a mark is missed.
"""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import truth_table

import guiju
from guiju.rulebook import rules
from guiju.twin.groupbuy import generate

DAY = date(2025, 12, 31)
JURISDICTIONS = ["CN", "EU"]
WEIGHED = "no_undisclosed_personal_prices"
PRESSURE = sorted(name for name, rule in rules().items() if rule.check == "exclusivity_pressure")
MOVES = ("no_price_fixing", "no_bid_rigging")
PROBED = "no_prices_by_profile"
RANKED = "no_self_preferencing"
PARTED = "no_divided_markets"
EACH_CELL = [WEIGHED, PROBED, RANKED, PARTED, *MOVES, *PRESSURE]  # weighed: looked at cell by cell
EPISODE = ["rule", "platform", "subject", "object", "starts_at", "ends_at"]
SHOP_QUARTER = ["platform", "subject", "starts_at"]
PACKAGES = ("duckdb", "ibis-framework", "numpy", "scipy", "polars", "pyarrow")
RESULTS = Path(__file__).parents[1] / "docs" / "truth.md"


@dataclass(frozen=True)
class Judged:
    """One market, audited and held against its truth.

    episodes: of the counting rules, those that begin in the window: how often `true`, how often `found`.
    cells: every shop and quarter, weighed or planted: `strength` (null: nothing planted), `found`, what kept
        it out, and whether what is planted is `above` what it states to be detectable.
    lookalikes: honest conduct by pattern, with how much of it was found.
    pressure: every platform and quarter, as `cells`, once a rule on sellers who join a rival.
    probes: every shop, profile and quarter that was probed, as `cells`.
    parting: every party and rival that both left areas, as `cells`.
    moves: every offer with rivals, every bidder and market, by quarter: `strength` (null: nothing planted), `found`.
    ranks: every platform and quarter of search results, as `moves`.
    """

    seed: int
    planted: bool
    episodes: pl.DataFrame
    cells: pl.DataFrame
    lookalikes: pl.DataFrame
    seconds: float
    pressure: pl.DataFrame = field(default_factory=pl.DataFrame)
    moves: pl.DataFrame = field(default_factory=pl.DataFrame)
    probes: pl.DataFrame = field(default_factory=pl.DataFrame)
    ranks: pl.DataFrame = field(default_factory=pl.DataFrame)
    parting: pl.DataFrame = field(default_factory=pl.DataFrame)


def judge(seed: int, orders: int, planted: bool) -> Judged:
    """Make the market, audit it by every rule of CN and EU, compare, and leave nothing behind."""
    began = time.perf_counter()
    with TemporaryDirectory(prefix="guiju-truth-") as folder:
        market = Path(folder) / "market"
        generate(market, orders, seed, plants=planted, end=DAY)
        run = guiju.audit(market, day=DAY, jurisdictions=JURISDICTIONS, out=Path(folder) / "runs")
        truth = pl.read_parquet(market / "truth.parquet")
        found = run.to_polars().rename({"episode_start": "starts_at", "episode_end": "ends_at"})
        weighed = pl.DataFrame(pl.from_arrow(run.weighed(WEIGHED))).rename({"episode_start": "starts_at"})
        asked = [pl.DataFrame(pl.from_arrow(run.weighed(r))).with_columns(rule=pl.lit(r)) for r in PRESSURE]
        pressed = pl.concat(asked, how="diagonal_relaxed").rename({"episode_start": "starts_at"})
        probed = pl.DataFrame(pl.from_arrow(run.weighed(PROBED))).rename({"episode_start": "starts_at"})
        ranked = pl.DataFrame(pl.from_arrow(run.weighed(RANKED))).rename({"episode_start": "starts_at"})
        left = pl.DataFrame(pl.from_arrow(run.weighed(PARTED))).rename({"episode_start": "starts_at"})
        asked = [pl.DataFrame(pl.from_arrow(run.weighed(r))).with_columns(rule=pl.lit(r)) for r in MOVES]
        moved = pl.concat(asked, how="diagonal_relaxed").rename({"episode_start": "starts_at"})
    violations = truth.filter(pl.col("kind") == "violation")
    return Judged(
        seed,
        planted,
        episodes(violations, found),
        cells(violations, weighed),
        lookalikes(truth, violations, found),
        time.perf_counter() - began,
        pressure(violations, pressed),
        moves(violations, moved),
        probes(violations, probed, PROBED),
        ranks(violations, ranked),
        probes(violations, left, PARTED),
    )


def episodes(violations: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """The counting rules' episodes that begin in the window judged, true or found or both."""

    def counted(rows: pl.DataFrame, name: str) -> pl.DataFrame:
        its = rows.filter(~pl.col("rule").is_in(EACH_CELL) & begins_in_window())
        return its.group_by(EPISODE).agg(pl.len().cast(pl.Int64).alias(name))

    both = counted(violations, "true").join(counted(found, "found"), on=EPISODE, how="full", coalesce=True)
    return both.with_columns(pl.col("true", "found").fill_null(0))


def begins_in_window() -> pl.Expr:
    """By the rule's own calendar."""
    inside = pl.lit(False)
    for name, rule in ((n, r) for n, r in rules().items() if r.check):
        since, until = rule.instant(rule.first_day(DAY)), rule.instant(DAY + timedelta(days=1))
        inside |= (pl.col("rule") == name) & (pl.col("starts_at") >= since) & (pl.col("starts_at") < until)
    return inside


def cells(violations: pl.DataFrame, weighed: pl.DataFrame) -> pl.DataFrame:
    """Every shop and quarter: what was planted, what it states to be detectable, which floor keeps it out."""
    limits = rules()[WEIGHED].limits_on(DAY)
    plants = violations.filter(pl.col("rule") == WEIGHED).select(*SHOP_QUARTER, "pattern", "strength")
    both = weighed.join(plants, on=SHOP_QUARTER, how="full", coalesce=True)
    known, new = pl.col("known_customers"), pl.col("new_customers")
    floors = {
        "no customers of both kinds at one moment": pl.col("cells").is_null() | (pl.col("cells") == 0),
        f"fewer than {limits['min_cells']} cells": pl.col("cells") < limits["min_cells"],
        f"fewer than {limits['min_customers']} known customers": known < limits["min_customers"],
        f"fewer than {limits['min_customers']} new customers": new < limits["min_customers"],
    }
    kept_out = pl.coalesce(pl.when(below).then(pl.lit(why)) for why, below in floors.items())
    return both.with_columns(kept_out=kept_out, found=pl.col("found").fill_null(False)).with_columns(
        above=pl.col("kept_out").is_null() & (pl.col("strength") > pl.col("detectable_pct")).fill_null(False)
    )


def pressure(violations: pl.DataFrame, pressed: pl.DataFrame) -> pl.DataFrame:
    """Every platform, quarter and means: what was planted, whether it is above what is stated to be detectable."""
    keys = ["rule", *SHOP_QUARTER]
    plants = violations.filter(pl.col("rule").is_in(PRESSURE)).select(*keys, "pattern", "strength")
    both = pressed.drop("pattern", strict=False).join(plants, on=keys, how="full", coalesce=True)
    enough = (pl.col("joiners") >= rules()[PRESSURE[0]].limits_on(DAY)["min_joiners"]).fill_null(False)
    return both.with_columns(found=pl.col("found").fill_null(False)).with_columns(
        above=enough & (pl.col("strength") > pl.col("detectable_pct").fill_nan(None)).fill_null(False)
    )


def probes(violations: pl.DataFrame, probed: pl.DataFrame, rule: str) -> pl.DataFrame:
    """Every subject, object and quarter: what was planted, whether it is above what is stated to be detectable."""
    keys = [*SHOP_QUARTER, "object"]
    plants = violations.filter(pl.col("rule") == rule).select(*keys, "pattern", "strength")
    both = probed.select(*keys, "found", "detectable_pct").join(plants, on=keys, how="full", coalesce=True)
    above = (pl.col("strength") > pl.col("detectable_pct").cast(pl.Float64).fill_nan(None)).fill_null(False)
    return both.with_columns(found=pl.col("found").fill_null(False), above=above)


def ranks(violations: pl.DataFrame, ranked: pl.DataFrame) -> pl.DataFrame:
    """Every platform and quarter with search results: by how much own goods were put forward, and what was found."""
    plants = violations.filter(pl.col("rule") == RANKED).select(*SHOP_QUARTER, "pattern", "strength")
    both = ranked.select(*SHOP_QUARTER, "found", "above_pct").join(plants, on=SHOP_QUARTER, how="full", coalesce=True)
    return both.with_columns(found=pl.col("found").fill_null(False))


def moves(violations: pl.DataFrame, moved: pl.DataFrame) -> pl.DataFrame:
    """Every offer with rivals, every bidder and market, by quarter, with what was planted there."""
    keys = ["rule", *SHOP_QUARTER, "object"]
    plants = violations.filter(pl.col("rule").is_in(MOVES)).select(*keys, "pattern", "strength")
    both = moved.select(*keys, "found").join(plants, on=keys, how="full", coalesce=True)
    market = pl.col("object").str.split("/").list.first()
    return both.with_columns(market=market, found=pl.col("found").fill_null(False))


def lookalikes(truth: pl.DataFrame, violations: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """By pattern: how many look-alikes, and how many of them meet a finding that is no violation."""
    known = violations.select(EPISODE)
    wrong = found.select("check", *EPISODE).join(known, on=EPISODE, how="anti").to_dicts()

    def met(row: dict) -> bool:
        whose = "object" if row["object"] else "subject"
        return any(
            all(row[k] == w[k] for k in ("check", "platform", whose))
            and row["starts_at"] < w["ends_at"]
            and w["starts_at"] < row["ends_at"]
            for w in wrong
        )

    rows = truth.filter(pl.col("kind") == "lookalike").to_dicts()
    told = [{"check": r["check"], "pattern": r["pattern"], "errors": met(r)} for r in rows]
    schema = {"check": pl.String, "pattern": pl.String, "errors": pl.Boolean}
    by = pl.DataFrame(told, schema=schema).group_by("check", "pattern")
    return by.agg(pl.len().alias("rows"), pl.col("errors").sum())


def judge_all(wanted: list[tuple[int, int, bool]], jobs: int) -> Iterator[Judged]:
    """Markets in as many processes, as they come."""
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        waiting = [pool.submit(judge, *one) for one in wanted]
        for done in as_completed(waiting):
            yield done.result()


def drawn(n: int) -> list[int]:
    return [int.from_bytes(os.urandom(4)) for _ in range(n)]


def numbers(text: str) -> list[int]:
    return [int(n) for n in text.split(",") if n]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seeds", type=int, default=20, help="markets with violations planted")
    parser.add_argument("--honest", type=int, default=100, help="markets without any")
    parser.add_argument("--orders", type=int, default=1_000_000, help="orders of a market")
    parser.add_argument("--honest-orders", type=int, help="orders of an honest market, if others")
    parser.add_argument("--planted", type=numbers, help="seeds of planted markets, instead of drawing them")
    parser.add_argument("--innocent", type=numbers, help="seeds of honest markets, instead of drawing them")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--out", type=Path, default=RESULTS)
    return parser.parse_args()


def main() -> int:
    asked = options()
    honest_orders = asked.honest_orders or asked.orders
    planted = drawn(asked.seeds) if asked.planted is None else asked.planted
    honest = drawn(asked.honest) if asked.innocent is None else asked.innocent
    print(f"--planted {','.join(map(str, planted))} --innocent {','.join(map(str, honest))}", flush=True)
    wanted = [(seed, asked.orders, True) for seed in planted]
    wanted += [(seed, honest_orders, False) for seed in honest]
    judged: list[Judged] = []
    for one in judge_all(wanted, asked.jobs):
        judged.append(one)
        kind = "planted" if one.planted else "honest"
        said = f"{len(judged)}/{len(wanted)} {kind} {one.seed}: {one.cells['found'].sum()} weighed findings"
        print(f"{said}, {one.seconds:.0f} s", file=sys.stderr, flush=True)
    judged.sort(key=lambda j: (not j.planted, j.seed))
    facts = truth_table.Facts(
        command=f"python bench/truth.py {shlex.join(sys.argv[1:])}".strip(),
        versions={
            "guiju": guiju.__version__,
            "python": platform.python_version(),
            **{p: version(p) for p in PACKAGES},
        },
        orders=(asked.orders, honest_orders),
    )
    text, reached = truth_table.draw(judged, facts)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(text, encoding="utf-8")
    print(text)
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
