"""What weighs a good's modes of fulfilment: each mode's part that went wrong, and its difference to the others."""

import numpy as np

from guiju.estimators.against_chance import wilson
from guiju.estimators.within import detectable, estimate

COUNTS = ("deliveries", "hits", "others", "others_hits")


def weigh(cells, *, min_deliveries, min_gap_pct, max_store_pct, max_fdr_pct, **_limits):
    """Every mode of a good asked; `stands`: enough deliveries by it and by others, a large gap, not one store's."""
    of, hits, others, others_hits = (np.asarray(cells[name], np.float64) for name in COUNTS)
    (low, high), (others_low, others_high) = wilson(hits, of), wilson(others_hits, others)
    gap = estimate(cells, "hit", nested=True)
    by_one = np.nan_to_num(np.asarray(cells["store_hits"], np.float64))
    with np.errstate(invalid="ignore", divide="ignore"):
        store = np.where((cells["asked_mode"] == "owner") & (hits > 0), 100 * by_one / hits, np.nan)
        pct, others_pct = 100 * hits / of, 100 * others_hits / others
    many = np.unique(np.asarray(cells["episode_start"]), return_inverse=True, return_counts=True)
    shown = detectable(gap.se, gap.df, many[2][many[1]], max_fdr_pct / 100, least=min_gap_pct / 100)
    enough = (of >= min_deliveries) & (others >= min_deliveries)
    one_store = np.nan_to_num(store) > max_store_pct
    return {
        "product": cells["product"], "mode": cells["asked_mode"],
        **{name: np.asarray(cells[name]).astype(np.int64) for name in COUNTS},
        "hit_pct": told(pct), "low_pct": told(100 * low), "high_pct": told(100 * high),
        "others_pct": told(others_pct), "others_low_pct": told(100 * others_low),
        "others_high_pct": told(100 * others_high),
        "gap_pct": told(100 * gap.beta), "gap_low_pct": told(100 * gap.low), "gap_high_pct": told(100 * gap.high),
        "areas": np.asarray(cells["clusters"]).astype(np.int64), "store_pct": told(store),
        "detectable_pct": told(100 * shown), "p_value": np.where(enough, gap.p_greater, np.nan),
        "amount_at_stake": np.full(len(of), np.nan),
        "stands": enough & (100 * gap.beta >= min_gap_pct) & ~one_store,
    }  # fmt: skip


def told(values):
    """None where there is no number."""
    return np.where(np.isfinite(values), values, None)
