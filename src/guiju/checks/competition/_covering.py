"""What weighs a bidder's tenders: bids closer together than before, the lowest apart from them, at a higher price."""

import numpy as np

from guiju.estimators.stratified_ranks import higher, lower

VALUES = {"cv": "cv_pct", "rdnor": "gap", "price": "price_pct"}


def weigh(cells, *, min_tenders, min_tenders_before, max_cv_ratio, min_gap_ratio, min_dearer_pct, **_limits):
    """Scatter, gap and price of every bidder, market and quarter asked, against its own tenders before."""
    counts = {name: np.nan_to_num(np.asarray(cells[name], np.float64)).astype(np.int64) for name in
              ("tenders", "tenders_before", "won", "treated", "controls")}  # fmt: skip
    now, before = ({told: np.asarray(cells[f"{name}_{side}"], np.float64) for name, told in VALUES.items()}
                   for side in ("treated", "controls"))  # fmt: skip
    with np.errstate(divide="ignore", invalid="ignore"):
        cv_ratio, gap_ratio = (now[name] / before[name] for name in ("cv_pct", "gap"))
        dearer = 100 * (now["price_pct"] / before["price_pct"] - 1)
    facts = {"market": cells["market"], "p_value": all_three(cells)} | counts
    facts["compared"], facts["compared_before"] = facts.pop("treated"), facts.pop("controls")
    facts |= {"cv_pct": 100 * now["cv_pct"], "cv_before_pct": 100 * before["cv_pct"], "cv_ratio": cv_ratio}
    facts |= {"gap": now["gap"], "gap_before": before["gap"], "gap_ratio": gap_ratio}
    facts |= {"price_pct": 100 * now["price_pct"], "price_before_pct": 100 * before["price_pct"], "dearer_pct": dearer}
    enough = (facts["compared"] >= min_tenders) & (facts["compared_before"] >= min_tenders_before)
    covered = (cv_ratio <= max_cv_ratio) & (gap_ratio >= min_gap_ratio)
    stands = enough & covered & (dearer >= min_dearer_pct)
    return facts | {"amount_at_stake": np.full(len(stands), np.nan), "stands": stands}


def all_three(cells):
    """Scatter lower, gap and price higher: the largest of the three p-values, for none may be chance."""
    tests = {"cv": lower, "rdnor": higher, "price": higher}
    parts = [test({part: cells[f"{part}_{name}"] for part in ("score", "variance")}) for name, test in tests.items()]
    return np.max(parts, axis=0)
