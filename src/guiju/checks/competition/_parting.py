"""What weighs two parties' leaving: few areas in common, much of the overlap gone, strong areas given up."""

import numpy as np

from guiju.estimators.shared_exits import chance_of_so_few, expected_in_common, least_share


def weigh(cells, *, min_areas, min_strong_pct, min_fall_pct, max_fdr_pct, **_limits):
    """Every party and rival that both left areas they shared; `stands`: large, and not to each one's strongholds."""
    count = {name: np.nan_to_num(np.asarray(cells[name], np.float64)).astype(np.int64)
             for name in ("areas", *(f"{what}_{of}" for what in ("areas", "left", "rival_left", "both")
                                     for of in ("strong", "weak")))}  # fmt: skip
    strata = [tuple(count[f"{what}_{of}"] for what in ("areas", "left", "rival_left")) for of in ("strong", "weak")]
    sizes = [stratum[0] for stratum in strata]
    least = least_share(sizes, _levels(cells, max_fdr_pct / 100))
    areas, both = count["areas"], count["both_strong"] + count["both_weak"]
    left, rival_left = (count[f"{who}_strong"] + count[f"{who}_weak"] for who in ("left", "rival_left"))
    gone = left + rival_left - both
    fall = 100 * gone / np.maximum(areas, 1)
    facts = {
        "market": cells["market"],
        "rival": cells["rival"],
        "p_value": chance_of_so_few(strata, both),
        "areas": areas,
        "left": left,
        "rival_left": rival_left,
        "both_left": both,
        "still_both": areas - gone,
        "by_chance": areas - left - rival_left + expected_in_common(strata),
        "fall_pct": fall,
        "strong_left": count["left_strong"],
        "rival_strong_left": count["rival_left_weak"],
        "strong_pct": 100 * count["left_strong"] / np.maximum(left, 1),
        "rival_strong_pct": 100 * count["rival_left_weak"] / np.maximum(rival_left, 1),
        "detectable_pct": np.where(np.isnan(least), None, np.maximum(100 * least, min_fall_pct)),
    }
    strong = (facts["strong_pct"] >= min_strong_pct) & (facts["rival_strong_pct"] >= min_strong_pct)
    stands = (areas >= min_areas) & (fall >= min_fall_pct) & strong
    return facts | {"amount_at_stake": np.full(len(areas), np.nan), "stands": stands}


def _levels(cells, share):
    """The p at or below which a cell is found whatever the others of its quarter are (Benjamini and Yekutieli)."""
    _quarter, where, many = np.unique(np.asarray(cells["episode_start"]), return_inverse=True, return_counts=True)
    return np.array([share / (m * np.sum(1 / np.arange(1, m + 1))) for m in many])[where]
