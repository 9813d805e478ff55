"""A platform shows sellers less, ranks them lower or charges them more once they join a rival (二选一).

## What it finds
Platforms on which sellers who joined a rival platform were shown less, found further down or charged more (whichever
the rule asks), by `min_change_pct` or more within `weeks_after` weeks, against sellers of the same category who were
on no rival, while the two had gone alike for `weeks_before` weeks before.

## Why it matters
Who is punished for trading elsewhere does not choose; the rival loses sellers, and buyers the choice.

## Innocent explanations
- They joined because they were shown less already: what goes on before the joining shows in the weeks before it, and
  nothing is found unless these could be chance (`min_pretrend_p_pct`).
- With two shops to serve, stock runs out or orders are cancelled: sellers whose own did so are not compared.
- Advertising moves to the rival: sellers who spent less than before are not compared.
- A season ends: sellers are compared with those of their own category in the same weeks.
- The platform changed for all: the sellers who stayed are hit alike.
- They grew after joining: only what got worse is found.
- Chance: errors are clustered by who runs the shops, and Benjamini–Yekutieli keeps wrong findings under
  `max_fdr_pct` over all platforms asked in the quarter.

## Method and source
Staggered differences in differences with controls never treated (Callaway & Sant'Anna 2021), in logarithms, against
the last whole week before joining; the mean effect of `weeks_after` weeks, that of joining the first. A seller is
judged in the quarter in which the last of these weeks ends, so that a later day changes nothing. Sellers are compared
who are seen in every week, shown `min_impressions` a week before, in cohorts with `min_stayers`; a seller without a
row in a week is left out, so a platform that closes a shop must record zeros. What happens to those who leave the
rival is told beside it (`return_pct`). Sellers who fear the measure and do not join are not seen.
"""

import ibis
from ibis import Table, _

from guiju.checks import Answer, check, first_of
from guiju.checks.terms import _rivals, _weeks
from guiju.checks.terms._weighing import weigh
from guiju.estimators.staggered_differences import event_sums

CELL = ["platform", "currency", "episode_start"]
SELLER = ["platform", "seller"]


@check(
    zh="{subject}：卖家入驻竞争平台后的 {weeks_after:g} 周内，{joiners} 个经营者的{outcome}，与同类目未入驻的 "
    "{stayers} 个经营者相比，平均变动 {change_pct:+.1f}%（相对变动，不是百分点；95% 区间 {low_pct:+.1f}% 至 "
    "{high_pct:+.1f}%）；入驻前 {weeks_before:g} 周内两者走势无显著差异（p = {pretrend_p_pct:.0f}%）。",
    en="{subject}: in the {weeks_after:g} weeks from joining a rival platform, the {outcome} of {joiners:#seller} "
    "changed by {change_pct:+.1f} % on average against {stayers:#seller} of the same categories on no rival (in "
    "proportion, not in points; 95 % interval {low_pct:+.1f} to {high_pct:+.1f} %); in the {weeks_before:g} weeks "
    "before, no difference in how the two went is significant (p = {pretrend_p_pct:.0f} %).",
    formula="mean ATT of {weeks_after:g} weeks, in logarithms, = {effect:.4f}; exp - 1 = {change_pct:+.2f} %, at least "
    "{min_change_pct:g} % worse; t = {effect:.4f} / {se:.4f}; q = {q_value:.2g} <= {max_fdr_pct:g} %; before: p = "
    "{pretrend_p_pct:.1f} % > {min_pretrend_p_pct:g} %; {joiners} sellers >= {min_joiners:g}",
    weigh=weigh,
)
def exclusivity_pressure(
    impressions: Table, memberships: Table, *, periods, utc_offset, outcome: str, weeks_before: int, weeks_after: int,
    min_joiners: int, min_stayers: int, min_impressions: float, max_spend_fall_pct: float,
    max_unavailable_rise_pct: float, max_cancelled_rise_pct: float, min_change_pct: float, min_pretrend_p_pct: float,
    max_fdr_pct: float,
):  # fmt: skip
    asked = _weeks.asked(impressions, memberships, periods, utc_offset, weeks_before + weeks_after, outcome)
    weekly = yield _weeks.weekly(asked.filter(_.unanswered.isnull()), outcome)
    sellers = yield _rivals.sellers(memberships)
    fair = {"min_impressions": min_impressions, "min_stayers": min_stayers, "max_spend_fall_pct": max_spend_fall_pct,
            "max_unavailable_rise_pct": max_unavailable_rise_pct,
            "max_cancelled_rise_pct": max_cancelled_rise_pct}  # fmt: skip
    joining = _rivals.turning(sellers, "joined", periods, utc_offset, weeks_after)
    units = yield _rivals.compared(joining, weekly, weeks_before, weeks_after, **fair)
    leaving = _rivals.turning(sellers, "left", periods, utc_offset, weeks_after)
    after_leaving = yield _rivals.compared(leaving, weekly, weeks_before, weeks_after, **fair)

    changes = [f"change_{k}" for k in range(weeks_before - 1 + weeks_after)]
    sums, back = (
        event_sums(rows, by=CELL, cohort=_rivals.COHORT, cluster="party", treated="treated", changes=of)
        for rows, of in ((units, changes), (after_leaving, changes[weeks_before - 1 :]))
    )
    # Every platform with a week in the quarter is a cell of the family, also one whose sellers cannot be compared.
    cells = weekly.mutate(episode_start=_weeks.ends_in(_.week, periods, utc_offset)).filter(_.episode_start.notnull())
    joined = joining.filter(_.treated).group_by("platform", "episode_start").agg(joined=_.party.nunique())
    left = back.rename({f"left_{name}": name for name in back.columns if name not in CELL})
    found = cells.select(CELL).distinct()
    for beside in (sums, left):
        found = found.left_join(beside, CELL).drop(*(f"{name}_right" for name in CELL))
    found = found.left_join(joined, ["platform", "episode_start"]).drop("platform_right", "episode_start_right")
    ends = first_of(((_.episode_start == a, b) for a, b in periods), ibis.null("timestamp(6)"))
    found = found.mutate(
        subject=_.platform, object=ibis.literal(""), episode_end=ends, amount_at_stake=ibis.null("decimal(18, 2)")
    )

    def evidence(found: Table) -> dict[str, Table]:
        keys = found.select(*CELL, "subject", "object")
        spans = units.group_by([*SELLER, "currency", "episode_start"]).agg(first=_.turn.min(), last=_.turn.max())
        mine = spans.inner_join(keys, CELL).select(
            *SELLER, "currency", "episode_start", "subject", "object", "first", "last"
        )
        rows = impressions.mutate(week=_weeks.nth_week(_.occurred_at, utc_offset))
        shown = rows.inner_join(mine, [*SELLER, "currency"])
        shown = shown.filter(_.week >= _["first"] - weeks_before, _.week < _["last"] + weeks_after)
        own = memberships.inner_join(mine.drop("first", "last"), SELLER)
        return {"impressions": shown.drop("week", "first", "last"), "memberships": own}

    def workings(found: Table) -> dict[str, Table]:
        return {"joiners": _rivals.told(units, sellers, found.select(*CELL, "subject", "object"), weeks_before)}

    why = ibis.cases(
        (_.party.isnull(), "who the seller is, is not known"),
        (_.category.isnull(), "what the seller mainly sells is not known"),
    )
    counts = {"impressions": asked, "memberships": memberships.mutate(unanswered=why)}
    counts = {name: rows.group_by("unanswered").agg(rows=_.count()) for name, rows in counts.items()}
    return Answer(found, evidence, counts, workings)
