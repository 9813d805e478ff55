"""What weighs the pressure on sellers who join a rival: effect, interval, pre-trend, and what follows on leaving."""

import numpy as np

from guiju.estimators.staggered_differences import average, events, joint_p
from guiju.estimators.within import detectable


def weigh(
    cells,
    *,
    outcome,
    weeks_before,
    weeks_after,
    min_joiners,
    min_change_pct,
    min_pretrend_p_pct,
    max_fdr_pct,
    **_limits,
):
    """Effect and pre-trend of every platform asked; `stands`: large and well-founded, and alike before."""
    base, count = weeks_before - 1, weeks_before - 1 + weeks_after
    worse = -1 if outcome == "exposure" else 1
    of, effect = events(cells, count), average(events(cells, count), range(base, count))
    least = abs(np.log1p(worse * min_change_pct / 100))
    left = {name.removeprefix("left_"): sums for name, sums in cells.items() if name.startswith("left_")}
    facts = {
        "effect": effect.effect,
        "se": effect.se,
        "change_pct": pct(effect.effect),
        "low_pct": pct(effect.low),
        "high_pct": pct(effect.high),
        "p_value": effect.p_less if worse < 0 else effect.p_greater,
        "pretrend_p_pct": 100 * joint_p(of, range(base)),
        "joiners": counted(cells["clusters"]),
        "stayers": counted(cells["control_clusters"]),
        "joined": counted(cells["joined"]),
        "return_pct": known(pct(average(events(left, weeks_after), range(weeks_after)).effect)),
        "leavers": counted(left["clusters"]),
    }
    for k in range(count):
        week, one = f"before_{weeks_before - k}" if k < base else f"after_{k - base}", average(of, [k])
        facts |= {f"{week}_pct": pct(one.effect), f"{week}_low_pct": pct(one.low), f"{week}_high_pct": pct(one.high)}
    _, quarter, platforms = np.unique(cells["episode_start"], return_inverse=True, return_counts=True)
    shown = detectable(effect.se, effect.df, platforms[quarter], max_fdr_pct / 100, least=least)
    facts["detectable_pct"] = worse * pct(worse * shown)
    beyond_nothing = effect.high < 0 if worse < 0 else effect.low > 0
    alike, enough = facts["pretrend_p_pct"] > min_pretrend_p_pct, facts["joiners"] >= min_joiners
    stands = alike & enough & beyond_nothing & (worse * effect.effect >= least)
    return facts | {"amount_at_stake": np.full(len(stands), np.nan), "stands": stands}


def pct(logs):
    return 100 * np.expm1(logs)


def known(values):
    """None where there is no number: nobody left the rival."""
    return np.where(np.isnan(values), None, values)


def counted(sums):
    return np.nan_to_num(np.asarray(sums, dtype=np.float64)).astype(np.int64)
