"""How often a rating of six raters and seven subjects is right about how sure it is, in drawn panels.

    python bench/ratings.py [--panels 1000]

Each panel: subjects' true wholes; raters who are strict or lenient and have tastes; scores of five dimensions, rounded
to whole numbers from 1 to 10. Told: how often all true ranks lie in the simultaneous sets, each in its marginal set,
the true whole in its interval; how often a border between tiers was drawn where there is none; how wide the sets were.
"""

from __future__ import annotations

import argparse

import numpy as np
from scipy.stats import t as student

from guiju.estimators.rank_sets import marginal, simultaneous, tiers

SUBJECTS, DIMENSIONS = 7, 5
STRICT, TASTE, CELL = 0.7, 0.7, 0.8
TRUTHS = {
    "all alike": np.full(SUBJECTS, 6.0),
    "evenly apart, 0.4 each": 7.2 - 0.4 * np.arange(SUBJECTS),
    "three tiers, 1.2 apart": np.array([7.4, 7.4, 6.2, 6.2, 6.2, 5.0, 5.0]),
    "three tiers, 2.5 apart": np.array([8.5, 8.5, 6.0, 6.0, 6.0, 3.5, 3.5]),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--panels", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    heads = ["truth", "raters", "all ranks in their sets %", "rank in its own set %", "whole in its interval %"]
    heads += ["false borders %", "true borders drawn %", "width of sets, mean"]
    print("|", " | ".join(heads), "|")
    print("| --- " + "| ---: " * (len(heads) - 1) + "|")
    for raters in (6, 12, 24):
        for name, truth in TRUTHS.items():
            rng = np.random.default_rng([given.seed, raters])
            print(f"| {name} | {raters} | {row(truth, raters, given.panels, rng)} |", flush=True)


def row(truth: np.ndarray, raters: int, panels: int, rng: np.random.Generator) -> str:
    best = 1 + (truth[None, :] > truth[:, None] + 1e-9).sum(axis=1)
    worst = SUBJECTS - (truth[None, :] < truth[:, None] - 1e-9).sum(axis=1)
    order = np.argsort(-truth, kind="stable")
    borders = {b for b in range(1, SUBJECTS) if truth[order[b - 1]] > truth[order[b]] + 1e-9}
    together = own = inside = false = drawn = wide = 0.0
    for _ in range(panels):
        tastes = rng.normal(0, TASTE, (raters, SUBJECTS, 1)) - rng.normal(0, STRICT, (raters, 1, 1))
        cells = truth[None, :, None] + tastes + rng.normal(0, CELL, (raters, SUBJECTS, DIMENSIONS))
        wholes = np.clip(np.rint(cells), 1, 10).mean(axis=2)
        estimate, spread, df = wholes.mean(axis=0), np.cov(wholes, rowvar=False) / raters, raters - 1.0
        sets = simultaneous(estimate, spread, rng, df=df)
        alone = marginal(estimate, spread, rng, df=df)
        together += bool((sets.best <= best).all() and (worst <= sets.worst).all())
        own += float(((alone.best <= best) & (worst <= alone.worst)).mean())
        reach = student.ppf(0.975, df) * np.sqrt(np.diag(spread))
        inside += float((np.abs(estimate - truth) <= reach).mean())
        its = tiers(estimate, sets)
        made = {int((its <= level).sum()) for level in range(1, int(its.max()))}
        false += bool(made - borders)
        drawn += len(made & borders) / len(borders) if borders else 0.0
        wide += float((sets.worst - sets.best + 1).mean())
    shares = [100 * x / panels for x in (together, own, inside, false)]
    seen = f"{100 * drawn / panels:.1f}" if borders else "–"
    return " | ".join([*(f"{share:.1f}" for share in shares), seen, f"{wide / panels:.1f}"])


if __name__ == "__main__":
    main()
