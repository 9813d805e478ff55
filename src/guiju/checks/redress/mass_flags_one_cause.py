"""Many people of one agency or region are flagged within days for one campaign, and the flags are left to stand.

## What it finds
Platforms that within `burst_days` flagged at least `min_drivers` drivers of one agency or region (`grouped_by`),
`min_flagged_pct` of them and at least `min_times` times as many as elsewhere; of whose flagged trips `min_shared_pct`
share one campaign; where a driver's trips of the campaign were flagged more often than the same driver's others of the
same week, by at least `min_effect_pct` points; and that did not take the flags back, or put them into one case, within
`max_review_days`.

## Why it matters
A rule that does not know of a campaign takes its customers for cheats. Judged one by one, twenty people have no chance;
put before a person as one case, it takes an hour.

## Innocent explanations
- A large agency: its share of drivers counts, not their number.
- A ring: whoever is flagged whatever they drove shares no campaign.
- A few cheats in a campaign: fewer than `min_drivers`, or than `min_flagged_pct`, of its drivers.
- A new rule: flags and a campaign fall on the same weeks; trips are compared within one.
- Over weeks: what is not within `burst_days` is no burst.
- Reviewed: what was taken back, or put into one case, within `max_review_days` does not count.
- A small agency: with few drivers chance shows little, and nothing is found unless it is beyond it (`max_fdr_pct`).

## Method and source
The difference is each driver's own: trips of the campaign against the same driver's others of the same week, of the
`lookback_days` up to the month's end, errors clustered by driver (Liang & Zeger 1986): ten flags of one driver are not
ten. The share flagged has Wilson's interval, whose lower end is held against the share elsewhere in the same days.
`detectable_pct` is what such records would show; above 100, nothing. Every campaign of every group in the month is a
cell of the family; Benjamini–Yekutieli. It is not said that nobody cheated: some may have.
"""

import ibis
from ibis import Table, _

from guiju.checks import Answer, check, first_of
from guiju.checks.redress import _causes
from guiju.checks.redress._causes import CELL
from guiju.checks.redress._weighing import weigh


@check(
    zh="{subject} 在 {burst_days:g} 日内标记了 {group} 的 {drivers} 名司机中的 {flagged_drivers} 名"
    "（{flagged_pct:.0f}%，95% 区间 {low_pct:.0f}% 至 {high_pct:.0f}%），"
    "同期别处为 {elsewhere_pct:.1f}%；其当月被标记的 {flagged_trips} 笔行程中有 {shared_flagged} 笔"
    "属于活动“{campaign}”。同一司机同一周的行程中，属于该活动的被标记的比例高出 {effect_pct:.1f} 个百分点"
    "（95% 区间 {effect_low_pct:.1f} 至 {effect_high_pct:.1f}）。"
    "这些标记在 {max_review_days:g} 日内既未撤销，也未并案处理。",
    en="Within {burst_days:#day} {subject} flagged {flagged_drivers} of {drivers} drivers of {group} "
    "({flagged_pct:.0f} %; 95 % interval {low_pct:.0f} to {high_pct:.0f} %), and {elsewhere_pct:.1f} % elsewhere; "
    "{shared_flagged} of the {flagged_trips} trips flagged in the month were of the campaign {campaign}. Of one "
    "driver's trips of one week, those of the campaign were flagged more often by {effect_pct:.1f} points (95 % "
    "interval {effect_low_pct:.1f} to {effect_high_pct:.1f}). Within {max_review_days:#day} these flags were neither "
    "taken back nor put into one case.",
    formula="{flagged_drivers} / {drivers} = {flagged_pct:.1f} % >= {min_flagged_pct:g} %, from {low_pct:.1f} % >= "
    "{min_times:g} x {elsewhere_pct:.2f} %; {shared_pct:.1f} % shared >= {min_shared_pct:g} %; effect {effect_pct:.2f} "
    "points >= {min_effect_pct:g}; q = {q_value:.2g} <= {max_fdr_pct:g} %",
    weigh=weigh,
)
def mass_flags_one_cause(
    trips: Table, decisions: Table, *, periods, utc_offset, grouped_by: str, kinds: str, lookback_days: int,
    burst_days: int, max_review_days: int, min_drivers: int, min_flagged_pct: float, min_times: float,
    min_shared_pct: float, min_effect_pct: float, max_fdr_pct: float,
):  # fmt: skip
    asked = [word.strip() for word in kinds.split(",")]
    flags = yield _causes.flags(decisions, asked, max_review_days)
    told = yield _causes.with_flags(trips, flags, grouped_by)
    rows = yield _causes.in_months(told, periods, lookback_days, utc_offset)
    bursts = yield _causes.bursts(rows, burst_days)
    ends = first_of(((_.episode_start == a, b) for a, b in periods), ibis.null("timestamp(6)"))
    found = _causes.cells(rows, bursts, min_drivers).mutate(
        subject=_.platform, object=_.group + "/" + _.campaign, episode_end=ends,
        amount_at_stake=ibis.null("decimal(18, 2)"),
    )  # fmt: skip
    own = ["currency", "subject", "object", "episode_start"]

    def of(found: Table) -> Table:
        of_campaign = rows.filter(_.hit).mutate(object=_.group + "/" + _.campaign)
        return of_campaign.inner_join(
            found.select("platform", *own), ["platform", "currency", "object", "episode_start"]
        )

    def evidence(found: Table) -> dict[str, Table]:
        hits = of(found).select("platform", "id", *own)
        about = decisions.filter(_.kind.isin(asked)).inner_join(hits.rename(order_id="id"), ["platform", "order_id"])
        return {"trips": hits, "decisions": about.select("platform", "id", *own)}

    def workings(found: Table) -> dict[str, Table]:
        known = rows.filter(_.campaign.notnull()).select(*CELL).distinct()
        keys = known.mutate(object=_.group + "/" + _.campaign, subject=_.platform, of_campaign=_.campaign)
        keys = keys.drop("campaign").semi_join(found, ["platform", *own])
        told = rows.inner_join(keys, _causes.GROUP)
        shared = (told.campaign == told.of_campaign).fill_null(False)
        return {"drivers": told.mutate(shared=shared).group_by("platform", *own, "driver").agg(
            shared_trips=_.shared.sum(), shared_flagged=(_.shared & _.hit).sum(), other_trips=(~_.shared).sum(),
            other_flagged=(~_.shared & _.hit).sum())}  # fmt: skip

    back = ibis.interval(days=lookback_days)
    inside = [(trips.occurred_at >= ibis.literal(a) - back) & (trips.occurred_at < b) for a, b in periods]
    why = ibis.cases(
        (~ibis.or_(ibis.literal(False), *inside), "outside the complete months and the days before them"),
        (trips[grouped_by].isnull(), "its agency or region is not known, or there is none"),
    )
    counts = trips.select(unanswered=why).group_by("unanswered").agg(rows=_.count())
    return Answer(found, evidence, {"trips": counts}, workings)
