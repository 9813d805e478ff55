"""Stress: how long each bank's liquidity lasts, what a closed shelf does to it, and what several failures at once do.

What is reckoned is a supposition, not a finding: it says what would be, if.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guiju.audit.opened import Opened, Progress, opened, quiet
from guiju.estimators.survival import survival_days
from guiju.market import local_day
from guiju.market.stress.books import Books, Missing, open_books
from guiju.market.stress.courses import flows, grid, levels
from guiju.market.stress.joint import QUANTILES, Joint, Outcome
from guiju.market.stress.ratios import Ratios, reckon
from guiju.market.stress.scenarios import WhatIf, what_if
from guiju.records.errors import BadInput, hint, hint_zh

Reals = NDArray[np.float64]
TABLES = ("bank_positions", "liquid_assets", "balance_sheet_items", "interbank_claims", "balances", "deposits", "loans",
          "repayments")  # fmt: skip
FANS = 3  # banks whose fan is drawn, unless some are named


@dataclass(frozen=True)
class Stress:
    """Banks under stress. levels: by scenario, (B, H) what each has left; days: (B,) its survival day, 0 if it lasts.

    grid: (B, run-offs, spans) survival days if every shelf closes. joint: outcomes, independent shocks first.
    """

    folder: Path
    books: Books
    given: WhatIf
    seed: int
    ratios: Ratios
    levels: dict[str, Reals]
    days: dict[str, NDArray[np.int64]]
    grid: NDArray[np.int64]
    joint: list[Outcome]
    set_aside: dict[str, int]
    absent: list[str]

    @property
    def page(self) -> Path:
        return self.folder / "stress.html"

    @property
    def missing(self) -> list[Missing]:
        """What could not be seen, bank by bank."""
        return [*self.books.missing, *self.ratios.missing]

    def dependence(self) -> Reals:
        """(B,) platform money in all deposits, per cent; NaN where the whole is not stated or too small."""
        off = {m.bank for m in self.ratios.missing if m.what == "dependence"}
        known = np.array([bank not in off for bank in self.books.banks])
        brought, whole = self.books.brought.sum(axis=1), self.books.deposits
        share = np.divide(brought * 100, whole, out=np.full(len(whole), np.nan), where=known & (whole > 0))
        return np.asarray(share, np.float64)


def stress(
    records: Path | str | Mapping[str, Any],
    *,
    day: date | None = None,
    what: Mapping[str, Any] | Path | str | None = None,
    seed: int = 7,
    banks: Sequence[str] = (),
    mapping: Path | str | None = None,
    out: Path | str | None = None,
    language: str = "en",
    progress: Progress = quiet,
) -> Stress:
    """Stress every bank as its books stood on `day` (the last with liquid assets unless given).

    what: scenarios and assumptions that replace or add to the house's. banks: those whose fan is drawn; by default the
    three that are soonest short if the shelf closes. Writes `stress-<day>/` into `out`: stress.html, the tables behind
    it as Parquet, and manifest.json. The same records, seed and machine give the same bytes. Raises BadInput for what
    the caller can mend.
    """
    from guiju.market.stress.page import render
    from guiju.market.stress.tables import tables

    with opened(records, mapping=mapping, out=out, tables=TABLES, progress=progress) as at:
        at.need("liquid_assets", "a stress")
        on = day or _last(at)
        given = what_if(on, what)
        progress("reading the books", 0.3)
        books = open_books(at, on, int(given.value("horizon_days")), int(given.value("stated_within_days")))
        seen = reckoned(books, given, seed, banks, progress)
        aside = at.set_aside()
        seen = replace(seen, set_aside=aside, absent=[name for name in TABLES if name not in at.staged.tables])
        progress("drawing", 0.9)
        made = at.folder()
        for name, table in tables(seen).items():
            table.write_parquet(made / f"{name}.parquet", compression="zstd")
        (made / "stress.html").write_text(render(seen, language), encoding="utf-8")
        said = {"day": on.isoformat(), "seed": seed, "assumed": {n: a.value for n, a in given.assumed.items()}}
        place = at.publish(made, f"stress-{on}", said)
        progress("done", 1.0)
        return replace(seen, folder=place)


def _last(at: Opened) -> date:
    last = at.staged.tables["liquid_assets"].last
    assert last is not None
    return local_day(last, at.zone)


def reckoned(books: Books, given: WhatIf, seed: int, banks: Sequence[str], progress: Progress = quiet) -> Stress:
    """A stress of books that were opened, without a folder. banks: those whose fan is drawn. Raises BadInput.

    What was set aside and which tables are absent only whoever opened the records knows.
    """
    for name in banks:
        if name not in books.banks:
            raise BadInput(
                f"no bank {name!r} can be stressed on {books.day}; {hint(name, books.banks, 'there are')}",
                f"{books.day} 没有可以测试的银行 {name!r}；{hint_zh(name, books.banks)}",
            )
    parts_of, run_days = flows(books), int(given.value("run_days"))
    courses = {name: levels(books, parts_of, one, run_days) for name, one in given.scenarios.items()}
    days = {name: survival_days(course) for name, course in courses.items()}
    base = given.scenarios["shelf_closed"]
    cells = grid(books, parts_of, base, given.value("grid_runoff_pct"), given.value("grid_over_days"), run_days)
    progress("drawing shocks", 0.5)
    drawn = Joint(books, parts_of, given, seed, list(banks) or soonest(books, days["shelf_closed"], courses))
    rhos: list[float | None] = [None, *map(float, given.value("correlations"))]
    outcomes = []
    for i, rho in enumerate(rhos):
        outcomes.append(drawn.outcome(rho))
        progress("drawing shocks", 0.5 + 0.4 * (i + 1) / len(rhos))
    ratios = reckon(books, bool(given.value("term_money_can_leave")))
    return Stress(Path(), books, given, seed, ratios, courses, days, cells, outcomes, {}, [])


def soonest(books: Books, days: NDArray[np.int64], courses: Mapping[str, Reals]) -> list[str]:
    """The banks that are short soonest if the shelf closes; of those that last, with the least left for their size."""
    left = courses["shelf_closed"].min(axis=1) / np.maximum(books.liquid.sum(axis=1), 1.0)
    far = np.where(days > 0, days, courses["shelf_closed"].shape[1] + 1)
    order = sorted(range(len(books.banks)), key=lambda i: (far[i], left[i], books.banks[i]))
    return [books.banks[i] for i in order[:FANS]]


__all__ = ["QUANTILES", "Stress", "reckoned", "stress"]
