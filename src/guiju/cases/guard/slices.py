"""The explanation: slices of up to three attributes of the context, found on half of the people, confirmed on the rest.

One pass with GROUPING SETS counts every slice of one and two attributes, a second those of three that extend the best
of two. A slice that names places only says where, not why: it is the alarm over again, and no explanation. Nor is one
whose other attributes make no difference within its places: an app everybody uses. Of slices with the same cases the
one of fewest attributes stands for all.

People are divided by a digest of who they are, so that the halves do not share anybody's habits; the p-value of a slice
on the other half is clustered by person, and Benjamini–Yekutieli's over all that were asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations, islice
from typing import TYPE_CHECKING

from guiju.cases.guard.alarms import PLACES
from guiju.cases.guard.settings import Settings
from guiju.estimators.multiplicity import benjamini_yekutieli
from guiju.estimators.slices import p_blind, p_clustered, sliceline, weighted_relative_accuracy
from guiju.records.quarantine import literal, quoted

if TYPE_CHECKING:
    import duckdb

DISCOVERY, CONFIRMATION = 0, 1
LOOKED_AT = 40  # slices of each ranking that are asked whether they concern the alarm
Terms = tuple[tuple[str, str], ...]  # attribute and value, sorted by attribute
REGISTERED = ("campaign", "funder", "funder_kind", "condition")  # what a registry of campaigns knows, best first


@dataclass(frozen=True)
class Slice:
    """A slice on the half where it was found: n cases, f flags; accuracy and score as the estimators have them."""

    terms: Terms
    n: int
    f: int
    accuracy: float
    score: float


@dataclass(frozen=True)
class Confirmed:
    """A slice on the other half: its own counts, the share flagged of all there, and what that is worth."""

    slice: Slice
    n: int
    f: int
    subjects: int
    rate: float
    p_blind: float
    p_clustered: float
    q: float
    holds: bool


@dataclass(frozen=True)
class Explained:
    """What was looked for and found: the best of either score, those asked of the other half, and how many there were.

    unasked: attributes left out, for they have too many values.
    """

    asked: int
    best_accuracy: list[Slice]
    best_score: list[Slice]
    confirmed: list[Confirmed]
    unasked: list[str] = field(default_factory=list)

    def best(self, near_pct: float) -> Confirmed | None:
        """The confirmed slice of the greatest accuracy; of those that come near it, the best score."""
        held = [c for c in self.confirmed if c.holds]
        most = max((c.slice.accuracy for c in held), default=0.0)
        near = [c for c in held if c.slice.accuracy * 100 >= most * (100 - near_pct)]
        return max(near, key=lambda c: c.slice.score, default=None)


def where(terms: Iterable[tuple[str, str]]) -> str:
    """A slice as SQL that is never NULL."""
    parts = [f"{quoted(name)} IS NOT DISTINCT FROM {literal(value)}" for name, value in terms]
    return f"({' AND '.join(parts)})" if parts else "TRUE"


def explain(
    con: duckdb.DuckDBPyConnection, view: str, context: Sequence[str], of: Settings, support: int,
    concerns: Callable[[Terms], bool] = lambda terms: True,
) -> Explained:  # fmt: skip
    """Ask a view of cases (`subject`, `flagged`, `half` and the context, texts) for the slices that hold most flags.

    concerns: whether a slice is about what is asked; others, however many flags they hold elsewhere, explain nothing.
    """
    few = [name for name in context if _values(con, view, name) <= of.max_values]
    whole, hit = _sums(con, view, DISCOVERY)
    least = max(support / 2, 1.0)
    if not hit or not few:
        return Explained(0, [], [], [], [name for name in context if name not in few])
    sets = [*((a,) for a in few), *combinations(few, 2)]
    counted = _counted(con, view, few, sets, least)
    places = {terms: counts for terms, counts in counted.items() if _places(terms) == terms} | {(): (whole, hit)}
    found = {terms: counts for terms, counts in counted.items() if terms not in places}
    pairs = sorted((t for t in found if len(t) == 2), key=lambda t: (-_accuracy(found[t], whole, hit), t))
    parents = set(pairs[: of.parents])
    names = {tuple(n for n, _ in terms) for terms in parents}
    triples = [t for t in combinations(few, 3) if any(two in names for two in combinations(t, 2))]
    if triples:
        three = _counted(con, view, few, triples, least)
        found |= {t: c for t, c in three.items() if any(two in parents for two in combinations(t, 2))}
    slices = _distinct(
        Slice(terms, n, f, _accuracy((n, f), whole, hit), float(sliceline(n, f, whole, hit)))
        for terms, (n, f) in found.items()
        if _differs((n, f), places.get(_places(terms), (whole, hit)), of.min_within_odds_ratio)
    )
    by_accuracy = _first(sorted(slices, key=lambda s: (-s.accuracy, s.terms)), of.candidates, concerns)
    by_score = _first(sorted(slices, key=lambda s: (-s.score, s.terms)), of.candidates, concerns)
    chosen = list({s.terms: s for s in [*by_accuracy, *by_score]}.values())
    confirmed = _confirm(con, view, chosen, of.level)
    return Explained(len(found), by_accuracy, by_score, confirmed, [name for name in context if name not in few])


def _first(ranked: Sequence[Slice], many: int, concerns: Callable[[Terms], bool]) -> list[Slice]:
    """The first so many that are about what is asked; the best few dozen are looked at."""
    return list(islice((s for s in ranked[:LOOKED_AT] if concerns(s.terms)), many))


def _accuracy(of: tuple[int, int], whole: int, hit: int) -> float:
    return float(weighted_relative_accuracy(*of, whole, hit))


def _places(terms: Terms) -> Terms:
    """What a slice says of where."""
    return tuple((name, value) for name, value in terms if name in PLACES)


def _differs(inside: tuple[int, int], places: tuple[int, int], least: float) -> bool:
    """Whether cases of the slice are flagged so much more often than the others of its places: an odds ratio."""
    (n, f), (whole, hit) = inside, places
    rest, others = whole - n, hit - f
    return f * (rest - others) >= least * (n - f) * others


def _values(con: duckdb.DuckDBPyConnection, view: str, name: str) -> int:
    [(many,)] = con.execute(f"SELECT COUNT(DISTINCT {quoted(name)}) FROM {view}").fetchall()
    return int(many)


def _sums(con: duckdb.DuckDBPyConnection, view: str, half: int) -> tuple[int, int]:
    query = f"SELECT COUNT(*), COUNT(*) FILTER (WHERE flagged) FROM {view} WHERE half = {half}"
    [(whole, hit)] = con.execute(query).fetchall()
    return int(whole), int(hit)


def _counted(
    con: duckdb.DuckDBPyConnection, view: str, names: Sequence[str], sets: Sequence[tuple[str, ...]], least: float
) -> dict[Terms, tuple[int, int]]:
    """Slices with their cases and flags. An unknown value is no term."""
    columns = ", ".join(quoted(name) for name in names)
    groups = ", ".join(f"({', '.join(quoted(name) for name in one)})" for one in sets)
    rows = con.execute(f"""
        SELECT GROUPING({columns}), {columns}, COUNT(*), COUNT(*) FILTER (WHERE flagged)
        FROM {view} WHERE half = {DISCOVERY} GROUP BY GROUPING SETS ({groups})
        HAVING COUNT(*) >= {least} AND COUNT(*) FILTER (WHERE flagged) > 0
    """).fetchall()
    found = {}
    for out, *row in rows:
        inside = [k for k in range(len(names)) if not out >> (len(names) - 1 - k) & 1]
        terms: Terms = tuple((names[k], row[k]) for k in inside)
        if all(value is not None for _, value in terms):
            found[terms] = (int(row[-2]), int(row[-1]))
    return found


def _distinct(slices: Iterable[Slice]) -> list[Slice]:
    """Of slices with equal counts, the one of fewest attributes; of these, the one a registry knows best."""
    ordered = sorted(slices, key=lambda s: (len(s.terms), _unregistered(s.terms), s.terms))
    return list({(s.n, s.f): s for s in reversed(ordered) if s.accuracy > 0}.values())


def _unregistered(terms: Terms) -> int:
    """How badly a registry of campaigns knows a slice."""
    return min((REGISTERED.index(name) for name, _ in terms if name in REGISTERED), default=len(REGISTERED))


def _confirm(con: duckdb.DuckDBPyConnection, view: str, slices: Sequence[Slice], level: float) -> list[Confirmed]:
    whole, hit = _sums(con, view, CONFIRMATION)
    if not slices or not hit:
        return []
    made = []
    for one in slices:
        rows = con.execute(
            f"SELECT COUNT(*), COUNT(*) FILTER (WHERE flagged) FROM {view} "
            f"WHERE half = {CONFIRMATION} AND {where(one.terms)} GROUP BY subject ORDER BY subject"
        ).fetchall()
        n, f = [row[0] for row in rows], [row[1] for row in rows]
        blind = float(p_blind(sum(n), sum(f), whole, hit)) if n else 1.0
        made.append((one, sum(n), sum(f), len(n), blind, p_clustered(n, f, hit / whole) if n else 1.0))
    q = benjamini_yekutieli([max(blind, clustered) for *_, blind, clustered in made])
    return [
        Confirmed(*row[:4], hit / whole, *row[4:], float(level_), bool(level_ <= level))
        for row, level_ in zip(made, q, strict=True)
    ]
