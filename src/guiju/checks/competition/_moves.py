"""What weighs rivals' prices: together more than calendars make them, closer than before, and dearer than costs."""

import numpy as np

from guiju.estimators.breaks import break_in_mean, break_in_mean_and_variance
from guiju.estimators.circular_shifts import chance


def weigh(
    cells, *, weeks, weeks_before, min_rises, min_matched_pct, min_rivals, max_apart_ratio, min_dearer_pct, **_limits
):
    """Timing, distance from the rivals and price over cost of every offer asked; `stands`: all three together."""
    every = weeks + weeks_before
    over, gap = (np.column_stack([_floats(cells[f"{name}_{k}"]) for k in range(every)]) for name in ("over", "gap"))
    rises, rivals, close, matched = (_counted(cells[name]) for name in ("rises", "rivals", "close_rivals", "matched"))
    # Whole stretches of the past, as long as the weeks judged, each with a mean of its own.
    past = [gap[:, weeks_before - weeks * (i + 1) : weeks_before - weeks * i] for i in range(weeks_before // weeks)]
    apart, before = _apart(gap[:, weeks_before:]), np.sqrt(np.mean([_apart(of) ** 2 for of in past], axis=0))
    dearer = over[:, weeks_before:].mean(axis=1) - over[:, :weeks_before].mean(axis=1)
    cost = _floats(cells["cost_now"]) - _floats(cells["cost_before"])
    facts = {
        "market": cells["market"],
        "product": cells["product"],
        "p_value": chance(cells),
        "rises": rises,
        "rivals": rivals,
        "close_rivals": close,
        "matched_pct": 100 * matched / np.maximum(rises * rivals, 1),
        "led_pct": 100 * _counted(cells["led"]) / np.maximum(matched, 1),
        "followed_pct": 100 * _counted(cells["followed"]) / np.maximum(matched, 1),
        "apart_pct": apart,
        "apart_before_pct": before,
        "dearer_pct": _pct(dearer),
        "price_pct": _pct(dearer + cost),
        "cost_pct": _pct(cost),
        "weeks_dearer": _since(break_in_mean(over), every),
        "weeks_alike": _since(break_in_mean_and_variance(gap), every),
    }
    together = (rises >= min_rises) & (facts["matched_pct"] >= min_matched_pct)
    closer = (close >= min_rivals) & (apart <= max_apart_ratio * before)
    stands = together & closer & (facts["dearer_pct"] >= min_dearer_pct)
    return facts | {"amount_at_stake": np.full(len(stands), np.nan), "stands": stands}


def _apart(gap):
    """How far a price moves against the rivals', from week to week: a standard deviation, in per cent."""
    return 100 * gap.std(axis=1, ddof=1)


def _since(before, weeks):
    """Weeks from the break on; None where no series was known."""
    return np.where(before < 0, None, weeks - before)


def _pct(logs):
    return 100 * np.expm1(logs)


def _floats(column):
    return np.asarray(column, dtype=np.float64)


def _counted(column):
    return np.nan_to_num(_floats(column)).astype(np.int64)
