"""Accounts of one profile are shown higher prices than like accounts without it, at the same moment (杀熟).

## What it finds
Shops that, over a whole quarter, showed accounts of one profile (`object`: known, heavy spenders, a device, members) a
higher price before named offers than the control accounts of the same probe, for the same product, place and channel
within `max_apart_seconds`.

## Why it matters
Who is thought able to pay, or bound to stay, is asked for more, and cannot see what others are asked for.

## Innocent explanations
- New customers or members get an offer that the page names: `named_offer` is put back before prices are compared.
- Prices change from one moment to the next: only quotes of one probe are compared, and chance is in the error.
- Prices are tried out by account, looking at nobody: errors are clustered by account, and `min_accounts` of either kind
  are asked for.
- Like accounts differ, too: a gap below `noise_pct`, by which controls differ from one another, is not found.
- Chance: Benjamini–Yekutieli keeps wrong findings under `max_fdr_pct` over all shops and profiles probed in a quarter.

## Method and source
Control accounts that ask for the same at the same moment give the noise floor (Hannak et al. 2014, IMC). Within-probe
difference of the price in per cent of what the controls were shown, cluster-robust by account (Petersen 2009). A probe
shows prices, not sales: nothing is at stake in it but what would have been asked of a buyer.
"""

import ibis
import numpy as np
from ibis import Table, _

from guiju.checks import Answer, check, first_of
from guiju.checks.pricing import _probes
from guiju.estimators.within import detectable, estimate, within_sums

BY = ["platform", "seller", "currency", "object", "episode_start"]
COUNTS = {
    "probes": "cells", "quotes": "n", "accounts": "clusters_above", "controls": "clusters_below",
    "sxx": "sxx", "sxy": "sxy_judged",
}  # fmt: skip


def weigh(cells, *, min_gap_pct, min_probes, min_accounts, max_fdr_pct, **_limits):
    """Gap, interval and p-value of every shop, profile and quarter; `stands`: large and well-founded enough."""
    judged, noise = estimate(cells, "judged"), np.asarray(cells["noise_pct"], dtype=np.float64)
    _, quarter, asked = np.unique(cells["episode_start"], return_inverse=True, return_counts=True)
    facts = {
        "gap_pct": judged.beta, "se_pct": judged.se, "low_pct": judged.low, "high_pct": judged.high,
        "p_value": judged.p_greater, "noise_pct": noise, "amount_at_stake": np.full(len(noise), np.nan),
    }  # fmt: skip
    least = np.fmax(noise, min_gap_pct)
    facts["detectable_pct"] = np.fmax(
        detectable(judged.se, judged.df, asked[quarter], max_fdr_pct / 100, least=min_gap_pct), noise + 1.28 * judged.se
    )
    facts |= {name: cells[column] for name, column in COUNTS.items()} | {"profile": cells["object"]}
    enough = np.minimum(facts["accounts"], facts["controls"]) >= min_accounts
    return facts | {"stands": enough & (facts["probes"] >= min_probes) & (judged.beta >= least)}


@check(
    zh="{subject} 向以画像“{profile}”设置的账号展示的价格（不计页面注明的优惠）平均比 {max_apart_seconds:g} 秒内询价"
    "的对照账号高 {gap_pct:.2f}%（{probes} 次询价，{accounts} 个账号对 {controls} 个对照账号；95% 区间 "
    "{low_pct:.2f}% 至 {high_pct:.2f}%）；对照账号彼此平均相差 {noise_pct:.2f}%。",
    en="{subject} showed accounts set up with the profile '{profile}' prices {gap_pct:.2f} % higher on average than "
    "control accounts that asked within {max_apart_seconds:g} seconds, before offers that the page names "
    "({probes:#probe}, {accounts:#account} against {controls:#control}; 95 % interval {low_pct:.2f} to "
    "{high_pct:.2f}); controls differed from one another by {noise_pct:.2f} % on average.",
    formula="Sxy / Sxx = {sxy:.4f} / {sxx:.4f} = {gap_pct:.3f} % >= {min_gap_pct:g} % and >= the controls' own "
    "{noise_pct:.3f} %; t = {gap_pct:.3f} / {se_pct:.3f}; q = {q_value:.2g} <= {max_fdr_pct:g} %; {probes:#probe} >= "
    "{min_probes:g}; {accounts:#account} and {controls:#control} >= {min_accounts:g}",
    weigh=weigh,
)
def profiled_quotes(
    quotes: Table, *, periods, max_apart_seconds: float, min_gap_pct: float, min_probes: int, min_accounts: int,
    max_fdr_pct: float,
):  # fmt: skip
    asked = yield _probes.asked(quotes, periods, max_apart_seconds)
    compared = yield _probes.compared(asked)
    sums = within_sums(
        compared, by=BY, cell=[c for c in _probes.CELL if c not in BY], cluster="viewer", treated="apart",
        outcomes=["judged"], pct_of="control_price",
    )  # fmt: skip
    noise = _probes.noise(compared, BY)
    ends = first_of(((_.episode_start == a, b) for a, b in periods), ibis.null("timestamp(6)"))
    found = sums.inner_join(noise, BY).mutate(
        subject=_.seller, episode_end=ends, amount_at_stake=ibis.null("decimal(18, 2)")
    )

    def evidence(found: Table) -> dict[str, Table]:
        keys = found.select("platform", "currency", "episode_start", "object", "subject", seller=_.subject)
        return {"quotes": compared.inner_join(keys, BY).select(*quotes.columns, "subject", "object", "episode_start")}

    reasons = first_of(((_.why == n, why) for n, why in enumerate(_probes.WHY)), ibis.null("string"))
    return Answer(found, evidence, {"quotes": asked.group_by(unanswered=reasons).agg(rows=_.count())})
