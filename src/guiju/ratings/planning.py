"""How many raters, and how many visits, a wanted certainty needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guiju.estimators.rank_sets import simultaneous
from guiju.estimators.waiting import contacts_needed
from guiju.records.errors import BadInput

DRAWS = 200  # panels drawn for each number of raters
COUNTS = (3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30, 40, 60)


@dataclass(frozen=True)
class Planned:
    """Of each number of raters, the share of drawn panels that told two subjects `gap` apart; and which is enough.

    enough: None where not even the largest number is. contacts: consultations a subject, None where not asked.
    """

    shares: dict[int, float]
    enough: int | None
    contacts: int | None


def plan(
    *, subjects: int, gap: float, spread: float, power: float = 0.8, ratio: float | None = None, replied: float = 1.0,
    seed: int = 7,
) -> Planned:  # fmt: skip
    """Plan a panel.

    gap: between two neighbours' scores, to be told apart while the other subjects lie between and beyond them as far.
    spread: the standard deviation of one rater's whole score of one subject, about what raters think of it on average.
    ratio: how many times as fast the quicker of two subjects replies. Raises BadInput.
    """
    if subjects < 2 or gap <= 0 or spread <= 0 or not 0 < power < 1:
        raise BadInput("a plan needs two subjects, a gap and a spread above 0, and a power between 0 and 1")
    truth = -gap * np.arange(subjects)
    middle = (subjects - 1) // 2
    shares: dict[int, float] = {}
    for raters in COUNTS:
        rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, raters])))
        told = 0
        for _ in range(DRAWS):
            whole = truth + spread * rng.standard_normal((raters, subjects))
            covariance = np.cov(whole, rowvar=False) / raters
            sets = simultaneous(whole.mean(axis=0), covariance, rng, df=raters - 1.0)
            told += bool(sets.better[middle, middle + 1])
        shares[raters] = told / DRAWS
        if shares[raters] >= power:
            break
    enough = next((raters for raters, share in shares.items() if share >= power), None)
    try:
        contacts = None if ratio is None else contacts_needed(ratio, power, replied=replied)
    except ValueError as error:
        raise BadInput(f"the ratio of reply speeds: {error}") from None
    return Planned(shares, enough, contacts)
