"""Matching goods to the stores of a network: who lists what, under stock, delivery and floors of small owners."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guiju.audit.opened import Progress, opened, quiet
from guiju.market import Assumption, assumptions, exact
from guiju.records.errors import BadInput

if TYPE_CHECKING:
    from guiju.market.matching.comparing import Outcome
    from guiju.market.matching.problem import Flags, Problem
    from guiju.market.matching.reading import Network
    from guiju.market.matching.solving import Plan


@dataclass(frozen=True)
class Matching:
    """A plan for a network's stores on a day, beside exposure by popularity.

    small: of a store, whether its owner is small. popular: what popularity would list. outcomes: of both. used: what
    was supposed.
    """

    folder: Path
    day: date
    network: Network
    problem: Problem
    plan: Plan
    small: Flags
    popular: Flags
    outcomes: tuple[Outcome, Outcome]
    used: dict[str, Assumption]
    quarantined: dict[str, int]

    @property
    def page(self) -> Path:
        return self.folder / "match.html"


def match(
    records: Path | str | Mapping[str, Any],
    *,
    day: date,
    platform: str | None = None,
    suppose: Mapping[str, Any] | Path | str | None = None,
    seed: int = 7,
    mapping: Path | str | None = None,
    out: Path | str | None = None,
    language: str = "en",
    progress: Progress = quiet,
) -> Matching:
    """Decide which goods every store lists from a day on.

    suppose: other numbers than those of `matching.yaml`. seed: of the lot drawn between equals. Writes `match-<day>/`
    into `out`: match.html, plan.parquet, supplies.parquet (shadow prices), stores.parquet, excluded.parquet,
    match.xlsx, manifest.json, quarantine.parquet. Raises BadInput for what the caller can mend.
    """
    from guiju.market.matching.page import render
    from guiju.market.matching.reading import TABLES, read
    from guiju.market.matching.tables import write_tables

    used = assumptions("matching", day, suppose)
    numbers = {name: _number(used, name) for name in used if name != "category_weight"}
    with opened(records, mapping=mapping, out=out, tables=TABLES, progress=progress) as desk:
        progress("reading the network", 0.2)
        network = read(desk, day, platform, int(numbers["window_days"]), int(numbers["horizon_days"]),
                       int(numbers["places"]))  # fmt: skip
        made = _matched(network, numbers, used, seed, progress)
        made = replace(made, day=day, quarantined=desk.set_aside())
        progress("writing", 0.85)
        folder = desk.folder()
        write_tables(made, folder)
        (folder / "match.html").write_text(render(made, language), encoding="utf-8")
        place = desk.publish(folder, f"match-{day}", _said(made, seed))
        progress("done", 1.0)
        return replace(made, folder=place)


def _number(used: dict[str, Assumption], name: str) -> float:
    whole = name in ("window_days", "horizon_days", "places", "candidates")
    number = float(exact(used[name].value, name, least=1 if whole else 0))
    if whole and number != int(number):
        raise BadInput(f"{name} is {number:g}: give a whole number")
    return number


def _matched(
    network: Network, numbers: dict[str, float], used: dict[str, Assumption], seed: int, progress: Progress
) -> Matching:
    from guiju.market.matching.candidates import Offered, problem, small
    from guiju.market.matching.comparing import by_popularity, outcome
    from guiju.market.matching.demand import learn
    from guiju.market.matching.solving import solve

    progress("learning demand", 0.3)
    offered = Offered(network, learn(network.sold), _weights(network, used["category_weight"].value))
    is_small = small(network, numbers["small_below_pct"])
    progress("choosing candidates", 0.35)
    asked = problem(
        offered, candidates=int(numbers["candidates"]), is_small=is_small, floor_pct=numbers["floor_pct"],
        short_worth=numbers["short_worth"], seed=seed,
        tell=lambda share: progress("choosing candidates", 0.35 + share / 5),
    )  # fmt: skip
    plan = solve(asked, seed=seed, tell=lambda share: progress("matching", 0.55 + share / 5))
    progress("comparing with popularity", 0.75)
    units = network.sold.goods.sum(axis=0)[offered.good]
    popular = by_popularity(asked, units, network.stores["sold"].to_numpy())
    outcomes = outcome(asked, plan.listed, is_small), outcome(asked, popular, is_small)
    return Matching(Path(), network.day, network, asked, plan, is_small, popular, outcomes, used, {})


def _weights(network: Network, given: Any) -> Any:
    """What each supply's sales count, by its category."""
    import numpy as np

    if not isinstance(given, Mapping):
        raise BadInput(f"category_weight is {given!r}: give weights by category, as {{snacks: 1.5}}")
    categories = network.supplies["category"]
    if strange := sorted(set(map(str, given)) - set(categories)):
        raise BadInput(f"category_weight names {strange[0]!r}, and no good on offer is of that category")
    weights = {name: float(exact(value, f"category_weight of {name}", above=0)) for name, value in given.items()}
    return np.array([weights.get(category, 1.0) for category in categories])


def _said(made: Matching, seed: int) -> dict[str, Any]:
    plan, (own, popular) = made.plan, made.outcomes
    return {
        "day": made.day.isoformat(), "platform": made.network.platform, "seed": seed,
        "supposed": {name: one.value for name, one in made.used.items()},
        "stores": len(made.network.stores), "supplies": len(made.network.supplies), "listings": own.listings,
        "expected_sales": round(own.sales, 2), "bound": round(plan.bound, 2), "gap_pct": round(100 * plan.gap, 4),
        "rounds": plan.rounds, "exact": plan.exact, "floors_met_pct": round(own.floors_met_pct, 4),
        "expected_sales_by_popularity": round(popular.sales, 2),
    }  # fmt: skip
