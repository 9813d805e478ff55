"""What weighs a night of flags: how many of a group's drivers, against elsewhere; what the campaign makes of it."""

import numpy as np

from guiju.estimators.against_chance import wilson
from guiju.estimators.within import detectable, estimate


def weigh(cells, *, min_drivers, min_flagged_pct, min_times, min_shared_pct, min_effect_pct, max_fdr_pct, **_limits):
    """Every campaign of a group asked; `stands`: many at once, far more than elsewhere, and for that."""
    of, others = known(cells["drivers"]), known(cells["elsewhere_drivers"])
    hit, others_hit = known(cells["flagged_drivers"]), known(cells["elsewhere_flagged"])
    low, high = wilson(hit, of)
    effect = estimate({name: known(values) for name, values in cells.items() if name in SUMS}, "flagged", nested=True)
    hits, shared = known(cells["hits"]), known(cells["shared_hits"])
    trips, shared_trips = known(cells["trips"]), known(cells["shared_trips"])
    facts = {
        "group": cells["group"],
        "campaign": cells["campaign"],
        "drivers": of.astype(np.int64),
        "flagged_drivers": hit.astype(np.int64),
        "flagged_pct": ratio(hit, of),
        "low_pct": told(100 * low),
        "high_pct": told(100 * high),
        "elsewhere_pct": ratio(others_hit, others),
        "flagged_trips": hits.astype(np.int64),
        "shared_flagged": shared.astype(np.int64),
        "shared_pct": ratio(shared, hits),
        "in_pct": ratio(shared, shared_trips),
        "out_pct": ratio(hits - shared, trips - shared_trips),
        "effect_pct": told(100 * effect.beta),
        "effect_low_pct": told(100 * effect.low),
        "effect_high_pct": told(100 * effect.high),
        "spared": known(cells["spared"]).astype(np.int64),
        "p_value": effect.p_greater,
    }
    months = np.unique(np.asarray(cells["episode_start"]), return_inverse=True, return_counts=True)
    many = months[2][months[1]]
    shown = detectable(effect.se, effect.df, many, max_fdr_pct / 100, least=min_effect_pct / 100)
    facts["detectable_pct"] = told(100 * shown)
    with np.errstate(invalid="ignore", divide="ignore"):
        crowd = (hit >= min_drivers) & (hit * 100 >= min_flagged_pct * of) & (low * others >= min_times * others_hit)
        one = (shared * 100 >= min_shared_pct * hits) & (effect.low > 0) & (100 * effect.beta >= min_effect_pct)
    return facts | {"amount_at_stake": np.full(len(of), np.nan), "stands": crowd & one}


SUMS = ("n", "cells", "clusters", "sxx", "xx_xx", "sxy_flagged", "xy_xx_flagged", "xy_xy_flagged")


def known(values):
    """Counts and sums as numbers; where a group has no flag there is none."""
    return np.nan_to_num(np.asarray(values, dtype=np.float64))


def ratio(part, whole):
    """Per cent, None of nothing."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return told(100 * part / whole)


def told(values):
    """None where there is no number."""
    return np.where(np.isfinite(values), values, None)
