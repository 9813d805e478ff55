"""The table of `truth.py`: marks and whether they are reached, then what stands behind them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from truth import Judged

DRAWS = 10_000
BANDS = (0.0, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 100.0)  # per cent
RISES, CLEAR_RISE = (0.0, 5.0, 8.0, 12.0, 18.0, 1000.0), 8.0  # per cent
CLEAR_LEAD = 250.0  # per cent of a standard deviation of merit
LEAST = {"no_price_fixing": 75, "no_bid_rigging": 50}  # per cent of markets
EPISODE = ["rule", "platform", "subject", "object", "starts_at", "ends_at"]
PLANTED, FOUND, ABOVE = pl.col("strength").is_not_null(), pl.col("found"), pl.col("above")
BELOW_A_FLOOR = pl.col("kept_out").is_not_null()
Mark = tuple[str, str, str, bool]

COUNTED = """\
Every episode, true or found, that begins in the window; equal are those of one rule, platform, subject,
object, begin and end."""
STATED = """\
Every shop and quarter states, without the truth, what gap it would show nine times in ten: (t at the first
threshold of Benjamini and Yekutieli over the quarter's shops + 1.28) × standard error, and not below the
rule's least gap of 1 % + 1.28 × standard error. One below a floor (cells, customers) shows nothing, whatever
the gap: what is planted there is never above."""
ALIKE = "Taken for a violation: meets a finding of its check that is no violation of the truth."


@dataclass(frozen=True)
class Facts:
    """What a reader needs to ask again."""

    command: str
    versions: dict[str, str]
    orders: tuple[int, int]


def draw(judged: list[Judged], facts: Facts) -> tuple[str, bool]:
    """The Markdown, and whether every mark is reached."""
    planted, honest = ([j for j in judged if j.planted is which] for which in (True, False))
    marks = [
        *counting_marks(judged),
        *weighing_marks(planted),
        *pressure_marks(judged),
        *move_marks(judged),
        *probe_marks(judged),
        *rank_marks(judged),
        *parting_marks(judged),
        *honest_marks(honest),
    ]
    lines = [
        "# What was done and what was found",
        "",
        f"{len(planted)} markets of {facts.orders[0]:,} orders with violations planted,",
        f"{len(honest)} honest ones of {facts.orders[1]:,}, from seeds drawn when it ran;",
        "each audited by every rule of CN and EU. Where each rule was measured: [truth-by-rule.md](truth-by-rule.md).",
        "",
        f"    {facts.command}",
        "",
        *table(("", "figure", "mark", "reached"), ((*m[:3], "yes" if m[3] else "**no**") for m in marks)),
        *counting(judged),
        *weighing(judged),
        *pressed(judged),
        *moved(judged),
        *probed(judged),
        *parted(judged),
        *mistaken(judged),
        *("## Asking again", ""),
        f"Planted markets: {', '.join(str(j.seed) for j in planted)}.",
        "",
        f"Honest markets: {', '.join(str(j.seed) for j in honest)}.",
        "",
        f"{', '.join(f'{name} {v}' for name, v in facts.versions.items())}.",
        "",
    ]
    return "\n".join(lines), all(m[3] for m in marks)


def table(heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> list[str]:
    heads = list(heads)
    lines = [f"| {' | '.join(heads)} |", f"|{'|'.join([' --- '] + [' ---: '] * (len(heads) - 1))}|"]
    return [*lines, *(f"| {' | '.join(str(cell) for cell in row)} |" for row in rows), ""]


def counting_marks(judged: list[Judged]) -> list[Mark]:
    rows = pl.concat(j.episodes for j in judged)
    wrong = rows.filter(pl.col("true") != pl.col("found")).height
    return [("counting rules: episodes that differ from the truth", f"{wrong} of {rows.height}", "0", wrong == 0)]


def weighing_marks(planted: list[Judged]) -> list[Mark]:
    """Of shops and quarters with a planted gap; the intervals are 95 %, markets being drawn anew."""
    plants = sum(count(j, PLANTED) for j in planted)
    if not plants:
        return []
    above = sum(count(j, ABOVE) for j in planted)
    recall, false = share(planted, ABOVE & FOUND, ABOVE), share(planted, FOUND & ~PLANTED, FOUND)
    stated = f"{above} of {plants}, {percent(above / plants)}"
    return [
        ("planted gaps above what is stated to be detectable", stated, "≥ 50 %", 2 * above >= plants),
        ("of those, found (recall)", interval(recall), "reaches 90 %", recall[2] >= 0.9),
        (
            "of the found, not planted (false discoveries)",
            interval(false),
            "reaches down to 5 %",
            false[1] <= 0.05,
        ),
    ]


def pressure_marks(judged: list[Judged]) -> list[Mark]:
    """Of platforms and quarters; a tenth of all plants is kept out by the test of the weeks before, by its limit."""
    return stated_marks([j.pressure for j in judged], "planted pressure", "pressure", 81)


def probe_marks(judged: list[Judged]) -> list[Mark]:
    """Of shops, profiles and quarters that were probed."""
    return stated_marks([j.probes for j in judged], "prices by profile", "prices by profile", 90)


def rank_marks(judged: list[Judged]) -> list[Mark]:
    """Of platforms and quarters with search results: those that clearly put own goods first, and those that did not."""
    rows = [j.ranks for j in judged if j.ranks.height]
    if not rows:
        return []
    every = pl.concat(rows, how="vertical_relaxed")
    clear, found = every.filter(pl.col("strength") >= CLEAR_LEAD), every.filter(FOUND)
    hit, false = clear.filter(FOUND).height, found.filter(~PLANTED).height
    name = f"own goods put forward by {CLEAR_LEAD / 100:g} standard deviations of merit or more, found"
    stated = f"{hit} of {clear.height}, {percent(hit / max(clear.height, 1))}"
    return [
        (name, stated, "≥ 80 %", 100 * hit >= 80 * clear.height),
        ("own goods first found that was not planted", f"{false} of {found.height}", "≤ 5 %",
         false <= 0.05 * found.height),
    ]  # fmt: skip


def parting_marks(judged: list[Judged]) -> list[Mark]:
    """Of parties and rivals. By chance somebody may give up too few areas in which they were the stronger."""
    return stated_marks([j.parting for j in judged], "parted areas", "parted areas", 85)


def stated_marks(weighed: list[pl.DataFrame], planted: str, of: str, least: int) -> list[Mark]:
    """Of cells that state what they would show: the share found of what is above it, and what was not planted."""
    rows = [one for one in weighed if one.height]
    if not rows:
        return []
    every = pl.concat(rows, how="vertical_relaxed")
    above, found = every.filter(ABOVE), every.filter(FOUND)
    hit, false = above.filter(FOUND).height, found.filter(~PLANTED).height
    stated = f"{hit} of {above.height}, {percent(hit / max(above.height, 1))}"
    name = "above what is stated to be detectable"
    return [
        (f"{planted} {name}, found", stated, f"≥ {least} %", 100 * hit >= least * above.height),
        (f"{of} found that was not planted", f"{false} of {found.height}", "≤ 5 %", false <= 0.05 * found.height),
    ]


def every_move(judged: list[Judged]) -> pl.DataFrame:
    rows = [j.moves.with_columns(seed=pl.lit(j.seed, pl.Int64)) for j in judged if j.moves.height]
    return pl.concat(rows, how="vertical_relaxed") if rows else pl.DataFrame(schema={"rule": pl.String})


def move_marks(judged: list[Judged]) -> list[Mark]:
    """Of rivals' prices and bids. A rise amid a shop's own campaign is dated wrongly; who underbids a ring hides it."""
    marks = []
    for (rule,), every in sorted(every_move(judged).group_by("rule")):
        found, markets = every.filter(FOUND), fixed_markets(every).filter(pl.col("strength") >= CLEAR_RISE)
        hit, false = markets.filter(pl.col("found") > 0).height, found.filter(~PLANTED).height
        stated = f"{hit} of {markets.height}, {percent(hit / max(markets.height, 1))}"
        name = f"{rule}: markets dearer by {CLEAR_RISE:g} % or more, found"
        marks.append((name, stated, f"≥ {LEAST[rule]} %", 100 * hit >= LEAST[rule] * markets.height))
        wrong = f"{false} of {found.height}"
        marks.append((f"{rule}: found and not planted", wrong, "≤ 5 %", false <= 0.05 * found.height))
    return marks


def fixed_markets(moves: pl.DataFrame) -> pl.DataFrame:
    """Markets with a plant: how many took part, and how many of these were found."""
    keys = ("rule", "seed", "market", "pattern", "strength")
    return moves.filter(PLANTED).group_by(keys).agg(pl.len(), pl.col("found").sum())


def honest_marks(honest: list[Judged]) -> list[Mark]:
    wrong = sum(bool(count(j, FOUND)) for j in honest)
    counted, n = sum(j.episodes.height for j in honest), len(honest)
    able = sum(count(j, ~BELOW_A_FLOOR) for j in honest)
    figure = f"{wrong} of {n}, with {able:,} shops and quarters above the floors"
    weighed = ("honest markets with any weighed finding", figure, "≤ 5 %", wrong <= 0.05 * n)
    return [weighed, ("honest markets: counted findings", str(counted), "0", counted == 0)] if honest else []


def count(one: Judged, which: pl.Expr) -> int:
    return one.cells.filter(which).height


def share(judged: list[Judged], part: pl.Expr, whole: pl.Expr) -> tuple[float, float, float]:
    """A share of all cells, and its 95 % interval by drawing markets with replacement."""
    parts = np.array([[count(j, part), count(j, whole)] for j in judged])
    rng = np.random.default_rng(1)
    sums = parts[rng.integers(0, len(parts), (DRAWS, len(parts)))].sum(axis=1)
    low, high = np.quantile(sums[:, 0] / np.maximum(sums[:, 1], 1), [0.025, 0.975])
    return float(parts[:, 0].sum() / max(parts[:, 1].sum(), 1)), float(low), float(high)


def percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def interval(figure: tuple[float, float, float]) -> str:
    return f"{percent(figure[0])} ({percent(figure[1])} to {percent(figure[2])})"


def counting(judged: list[Judged]) -> list[str]:
    """By rule; and every episode that differs, with its market."""
    rows = pl.concat(j.episodes.with_columns(market=pl.lit(j.seed, pl.Int64)) for j in judged)
    true, found = pl.col("true"), pl.col("found")
    missing, extra = ((a - b).clip(0).sum().alias(name) for a, b, name in ((true, found, "-"), (found, true, "+")))
    sums = (true.sum(), found.sum(), missing, extra)
    by = rows.group_by("rule").agg(*sums).sort("rule")
    lines = ["## Counting rules", "", COUNTED, ""]
    lines += table(("rule", "true", "found", "not found", "not true"), by.rows())
    wrong = rows.filter(true != found).select("market", *EPISODE, "true", "found").sort("market", *EPISODE)
    return lines + (table(wrong.columns, wrong.rows()) if wrong.height else [])


def weighing(judged: list[Judged]) -> list[str]:
    """What the shops and quarters could show, and what of the planted gaps was found, by size and by way."""
    cells = pl.concat((j.cells for j in judged), how="vertical_relaxed")
    plants, able = cells.filter(PLANTED), cells.filter(~BELOW_A_FLOOR)
    honest = able.filter(~PLANTED & (pl.col("se_pct") > 0))
    missed = honest.filter((pl.col("low_pct") > 0) | (pl.col("high_pct") < 0)).height / max(honest.height, 1)
    heads = ("planted", "below a floor", "above what is detectable", "found", "of those above, found")
    kept_out = plants.filter(BELOW_A_FLOOR).group_by("kept_out").len().sort("kept_out")
    return [
        *("## Known customers' markup", "", STATED, ""),
        f"Asked were {cells.height:,} shops and quarters; {able.height:,} are above the floors. A tenth,",
        f"half and nine tenths of them have a standard error up to {deciles(able, 'se_pct')} %",
        f"and a detectable gap up to {deciles(able, 'detectable_pct')} %.",
        f"Of {honest.height:,} without a plant {percent(missed)} have a 95 % interval that misses 0.",
        "",
        *table(("planted gap, %", *heads), by_size(plants)),
        *table(("way", *heads), ((way, *tallied(its)) for (way,), its in sorted(plants.group_by("pattern")))),
        *table(("floor that kept planted gaps out", "of them"), kept_out.rows()),
    ]


def by_size(plants: pl.DataFrame) -> Iterator[tuple[Any, ...]]:
    for low, high in pairwise(BANDS):
        name = f"{low:g} to {high:g}" if high < BANDS[-1] else f"{low:g} and more"
        yield name, *tallied(plants.filter((pl.col("strength") >= low) & (pl.col("strength") < high)))


def tallied(plants: pl.DataFrame) -> tuple[int, ...]:
    return plants.height, *(plants.filter(which).height for which in (BELOW_A_FLOOR, ABOVE, FOUND, ABOVE & FOUND))


def pressed(judged: list[Judged]) -> list[str]:
    """What was planted on sellers who joined a rival, by way, and what of it was found."""
    rows = [j.pressure for j in judged if j.pressure.height]
    if not rows:
        return []
    plants = pl.concat(rows, how="vertical_relaxed").filter(PLANTED)
    heads = ("way", "planted", "above what is detectable", "found", "of those above, found")
    told = [
        (way, its.height, *(its.filter(which).height for which in (ABOVE, FOUND, ABOVE & FOUND)))
        for (way,), its in sorted(plants.group_by("pattern"))
    ]
    return ["## Pressure on sellers who join a rival", "", *table(heads, told)]


def moved(judged: list[Judged]) -> list[str]:
    """What was planted among rivals, by size of the rise, in markets and in those who took part."""
    lines = []
    for (rule,), every in sorted(every_move(judged).group_by("rule")):
        markets, told = fixed_markets(every), []
        for low, high in pairwise(RISES):
            its = markets.filter((pl.col("strength") >= low) & (pl.col("strength") < high))
            some = its.filter(pl.col("found") > 0).height
            name = f"{low:g} to {high:g}" if high < RISES[-1] else f"{low:g} and more"
            told.append((name, its.height, some, its["len"].sum(), its["found"].sum()))
        heads = ("rise, %", "markets", "one found or more", "who took part", "found")
        lines += [f"## Rivals: {rule}", "", *table(heads, told)]
    return lines


def probed(judged: list[Judged]) -> list[str]:
    """What was planted on profiles, by size, and what of it was found."""
    rows = [j.probes for j in judged if j.probes.height]
    if not rows:
        return []
    plants = pl.concat(rows, how="vertical_relaxed").filter(PLANTED)
    told = []
    for low, high in pairwise(BANDS):
        its = plants.filter((pl.col("strength") >= low) & (pl.col("strength") < high))
        name = f"{low:g} to {high:g}" if high < BANDS[-1] else f"{low:g} and more"
        told.append((name, its.height, *(its.filter(which).height for which in (ABOVE, FOUND, ABOVE & FOUND))))
    heads = ("shown to the profile more, %", "planted", "above what is detectable", "found", "of those above, found")
    return ["## Prices by profile", "", *table(heads, told)]


def parted(judged: list[Judged]) -> list[str]:
    """What was planted on areas that two served, by the share they parted, and what of it was found."""
    rows = [j.parting for j in judged if j.parting.height]
    if not rows:
        return []
    plants = pl.concat(rows, how="vertical_relaxed").filter(PLANTED)
    told = []
    for strength, its in sorted(plants.group_by(pl.col("strength").round(0))):
        counts = (its.filter(which).height for which in (ABOVE, FOUND, ABOVE & FOUND))
        told.append((f"{strength[0]:g}", its.height, *counts))
    heads = ("of the shared areas parted, %", "planted", "above what is detectable", "found", "of those above, found")
    return ["## Parted areas", "", *table(heads, told)]


def deciles(cells: pl.DataFrame, column: str) -> str:
    return ", ".join(f"{cells[column].quantile(q, 'linear') or 0:.2f}" for q in (0.1, 0.5, 0.9))


def mistaken(judged: list[Judged]) -> list[str]:
    """Honest conduct that looks bad, and how often it was taken for a violation."""
    rows = pl.concat(j.lookalikes.with_columns(planted=pl.lit(j.planted)) for j in judged)
    sums = (
        pl.col(c).filter(pl.col("planted") == p).sum().alias(f"{c}{p}")
        for p in (False, True)
        for c in ("rows", "errors")
    )
    by = rows.group_by("check", "pattern").agg(*sums).sort("check", "pattern")
    heads = (
        "honest conduct",
        "in honest markets",
        "taken for a violation",
        "in planted markets",
        "taken for a violation",
    )
    told = ((f"{check}: {pattern}", *figures) for check, pattern, *figures in by.rows())
    return ["## Honest conduct that looks bad", "", ALIKE, "", *table(heads, told)]
