"""How often the interval of acceleration holds the truth, in drawn series, beside what is usual.

    python bench/growth.py [--draws 300] [--periods 36]

Each series is the exponential of growth of 2 % a period, a season of 15 %, and noise of one kind, 5 % its news (of 52
weeks a year in the last rows); the truth of its acceleration is 0. Told, for `guiju.estimators.growth` and for a
quadratic trend by least squares with Newey and West's errors (statsmodels): how often the 95 % interval holds 0, and
the median of half its width in hundredths of a point. "seen": how often the interval lies above 0 where acceleration is
0.15 points a month (0.03 a week), as growth that goes from 0 to 5.4 % a month in three years.
"""

from __future__ import annotations

import argparse

import numpy as np
import statsmodels.api as sm

from guiju.estimators.growth import Course, growth, season_waves

NEWS, SLOPE, SEASON = 0.05, 0.02, 0.15
BEND = {12: 0.0015, 52: 0.0003}
ROWS = [(24, 12), (36, 12), (60, 12), (156, 52)]
KINDS = {
    "no memory": lambda e: e,
    "memory 0.6": lambda e: remembered(e, 0.6),
    "memory 0.9": lambda e: remembered(e, 0.9),
    "random walk": lambda e: remembered(e, 1.0),
    "of the last 4": lambda e: np.convolve(e, [0.25] * 4)[: len(e)] * 2,
    "no memory, t(3)": None,
}


def remembered(news: np.ndarray, rho: float) -> np.ndarray:
    made = np.zeros(len(news))
    for i in range(1, len(news)):
        made[i] = rho * made[i - 1] + news[i]
    return made


def drawn(dice: np.random.Generator, periods: int, kind: str) -> np.ndarray:
    """Noise, after a hundred periods that nobody sees."""
    if kind == "no memory, t(3)":
        return dice.standard_t(3, periods) * NEWS / np.sqrt(3)
    return KINDS[kind](dice.normal(0, NEWS, periods + 100))[-periods:]


def usual(y: np.ndarray, a_year: int) -> tuple[float, float]:
    t = np.arange(len(y)) - (len(y) - 1) / 2
    columns = np.column_stack([np.ones(len(y)), t, t**2 / 2, season_waves(len(y), a_year)])
    lags = int(4 * (len(y) / 100) ** (2 / 9))
    fitted = sm.OLS(y, columns).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}, use_t=True)
    low, high = fitted.conf_int()[2]
    return float(low), float(high)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--draws", type=int, default=300)
    parser.add_argument("--periods", type=int, action="append", help="only these rows; all if not said")
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    print("| periods | noise | holds % | half width | absolute: holds % | seen % | usual: holds % | half width |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for periods, a_year in [row for row in ROWS if row[0] in (given.periods or dict(ROWS))]:
        for kind in KINDS:
            dice = np.random.default_rng([given.seed, periods, list(KINDS).index(kind)])
            held, halves, level, seen, others, other_halves = [], [], [], [], [], []
            for _ in range(given.draws):
                t, u = np.arange(periods), drawn(dice, periods, kind)
                season = SEASON * np.cos(2 * np.pi * t / (12 if a_year == 12 else 365.25 / 7))
                y = 5 + SLOPE * 12 / a_year * t + season + u
                its = growth(np.exp(y), a_year).acceleration
                held.append(its.low <= 0 <= its.high)
                halves.append(its.half)
                line = 1000 + 20 * t  # adds the same each period
                its = growth(line * np.exp(season + u), a_year, logarithm=False).acceleration
                level.append(its.low <= 0 <= its.high)
                seen.append(growth(np.exp(y + BEND[a_year] * t**2 / 2), a_year).course == Course.faster)
                low, high = usual(y, a_year)
                others.append(low <= 0 <= high)
                other_halves.append((high - low) / 2)
            cells = [
                f"{np.mean(held) * 100:.1f}", f"{np.median(halves) * 1e4:.1f}", f"{np.mean(level) * 100:.1f}",
                f"{np.mean(seen) * 100:.1f}", f"{np.mean(others) * 100:.1f}", f"{np.median(other_halves) * 1e4:.1f}",
            ]  # fmt: skip
            unit = "months" if a_year == 12 else "weeks"
            print(f"| {periods} {unit} | {kind} |", " | ".join(cells), "|", flush=True)


if __name__ == "__main__":
    main()
