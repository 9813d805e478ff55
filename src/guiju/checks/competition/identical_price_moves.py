"""Rivals raise posted prices together and by as much, keep closer to each other than before, beyond purchase costs.

## What it finds
Offers whose price was raised `min_rises` times or more in the last `weeks` weeks of a quarter; whose rivals matched
`min_matched_pct` or more of the rises they could have matched (within `match_days`, and by as much but for
`max_step_gap_pct`); whose gap to `min_rivals` rivals or more moved `max_apart_ratio` times as much as before, or less;
and which were dearer against their cost, by `min_dearer_pct` or more, than in the `weeks_before` weeks before. This is
a screen, a reason to look: records cannot show an agreement.

## Why it matters
Rivals who agree on prices take the choice from everybody who buys.

## Innocent explanations
- Costs rose for all: a rise counts only beyond the rise of its own cost within `cost_days`.
- Prices rise as costs have crept up: they must be dearer against cost, too (`min_dearer_pct`).
- Everybody takes part in a campaign: cuts of up to `cut_days` after which the price is back are filled in.
- All keep to a published recommended price: rises to it do not count (whether it may bind shops is another question).
- In high season all become dearer: each on days and by amounts of its own.
- One leads and the others follow: later, or by another amount, is no match. Who follows at once and by as much looks
  in records as those who agreed do; `led_pct` says who went first.
- A price war ends: each comes back once, on a day of its own.
- The shops are one owner's: offers of one party are no rivals.
- Chance, or a fixed day of the week: rivals' calendars are shifted by whole weeks, all ways there are, and
  Benjamini–Yekutieli keeps wrong findings under `max_fdr_pct` over all offers asked in the quarter.

## Method and source
Rises that match, against rivals' calendars shifted round the year each by itself (all shifts, Chernoff's bound);
distance as the deviation of the weekly gap between two prices, in logarithms, compared with nothing but the same two's
own past (the variance screen of Abrantes-Metz et al. 2006; levels differ too much between markets for any fixed one).
`weeks_dearer` and `weeks_alike` date the break in mean, and in mean and variance (Bai 1997; Chen & Gupta 1997). Markets
and who is whose rival are as given. Only purchase costs are read: commissions, freight and what else all pay alike are
not in the comparison. A rise amid a shop's own campaign is dated by its end, and may be missed; an agreement older than
the weeks before is not seen.
"""

import ibis
from ibis import Table, _

from guiju.checks import Answer, check
from guiju.checks.competition import _pairs, _panel, _records
from guiju.checks.competition._moves import weigh
from guiju.checks.competition._panel import MARKET, NAMED, OFFER, WEEK
from guiju.estimators.circular_shifts import shift_sums


@check(
    zh="{subject} 在“{market}”：季度最后 {weeks:g} 周内提价 {rises} 次（只计幅度超出进货成本升幅的提价，"
    "至多 {cut_days:g} 天的短期降价不计）；与 {rivals} 个竞争者可能的一致提价中，{matched_pct:.0f}% 确在 "
    "{match_days:g} 天之内且幅度相同，其中 {led_pct:.0f}% 先于竞争者，{followed_pct:.0f}% 后于竞争者，其余为同日；"
    "价差波动收窄的竞争者有 {close_rivals} 个，与其平均价（几何平均）之差的波动，由此前的 {apart_before_pct:.2f}% 降至 "
    "{apart_pct:.2f}%；与此前 {weeks_before:g} 周相比，价格变动 {price_pct:+.1f}%，进货成本变动 {cost_pct:+.1f}%。"
    "仅以进货成本不能解释这种一致；佣金、运费等共同成本未计入。记录不能证明存在协议。",
    en="{subject} in {market}: in the last {weeks:g} weeks of the quarter its price was raised {rises:#time}; rises "
    "count only beyond those of the purchase cost, and cuts of up to {cut_days:g} days are left out. Of the matches "
    "possible with {rivals:#rival}, {matched_pct:.0f} % came about, within {match_days:g} days and by as much: in "
    "{led_pct:.0f} % of these it went first, in {followed_pct:.0f} % after the rival, otherwise the same day. The gap "
    "to the mean price (geometric) of the {close_rivals} it kept closer to moved by {apart_pct:.2f} %, before by "
    "{apart_before_pct:.2f} %; against the {weeks_before:g} weeks before, the price changed by {price_pct:+.1f} %, its "
    "purchase cost by {cost_pct:+.1f} %. Purchase costs alone do not explain these moves; commissions, freight and "
    "other costs common to all are not in the comparison. Records cannot show an agreement.",
    formula="{rises} rises >= {min_rises:g}; matched {matched_pct:.1f} % >= {min_matched_pct:g} %, by chance: q = "
    "{q_value:.2g} <= {max_fdr_pct:g} %; apart {apart_pct:.3f} <= {max_apart_ratio:g} x {apart_before_pct:.3f}, from "
    "{close_rivals} rivals >= {min_rivals:g}; over purchase cost {dearer_pct:+.2f} % >= {min_dearer_pct:g} %",
    weigh=weigh,
)
def identical_price_moves(
    rival_offers: Table, listings: Table, costs: Table, *, periods, utc_offset, weeks: int, weeks_before: int,
    match_days: int, cut_days: int, cost_days: int, min_step_pct: float, max_step_gap_pct: float, min_rises: int,
    min_matched_pct: float, min_rivals: int, max_apart_ratio: float, min_dearer_pct: float, max_fdr_pct: float,
):  # fmt: skip
    days = WEEK * (weeks + weeks_before)
    offers = yield _panel.offers(rival_offers)
    priced = _panel.prices(listings, offers, periods, utc_offset, days, cut_days)
    costed = _panel.costs(costs, offers, periods, utc_offset, days)
    panel = yield _panel.panel(priced, costed, days, cut_days, cost_days, min_step_pct)
    weekly = yield _panel.weekly(panel)
    pairs = yield _pairs.pairs(weekly, weeks, weeks_before)
    close = _pairs.close(pairs, max_apart_ratio)
    courses = _pairs.courses(weekly, close, weeks, weeks_before)

    rises = yield panel.filter(_.rise).select(*OFFER, "day", "step")
    matches = shift_sums(
        rises, by=MARKET, unit=NAMED, party="party", day="day", size="step", alike=max_step_gap_pct / 100,
        since=WEEK * weeks_before, step=WEEK, shifts=weeks + weeks_before, within=match_days,
    )  # fmt: skip
    own = rises.filter(_.day >= WEEK * weeks_before).group_by(OFFER).agg(rises=_.count())
    rivals = pairs.group_by(OFFER).agg(rivals=_.rival.nunique())
    keys = [*MARKET, *NAMED]
    found = courses.left_join(matches, keys).drop(*(f"{name}_right" for name in keys))
    found = found.left_join(own, OFFER).drop(*(f"{name}_right" for name in OFFER))
    found = found.inner_join(rivals, OFFER).mutate(
        subject=_.seller, object=_.market.concat("/", _["product"]),
        episode_end=_pairs.end_of(_.episode_start, periods), amount_at_stake=ibis.null("decimal(18, 2)"),
    )  # fmt: skip

    def evidence(found: Table) -> dict[str, Table]:
        members = _records.members(found, offers)
        own = rival_offers.inner_join(members, ["market", *NAMED])
        return {
            "rival_offers": own.select(*rival_offers.columns, *_records.SHOWN),
            "listings": _records.within(listings, members, listings.occurred_at, periods, days),
            "costs": _records.within(costs, members, costs.valid_from, periods, days),
        }

    def workings(found: Table) -> dict[str, Table]:
        # A rival's rise a little before those weeks may match one within them.
        told = rises.filter(_.day >= WEEK * weeks_before - match_days)
        return {"rivals": _records.compared(found, pairs), "rises": _records.raised(found, told, periods, days)}

    return Answer(found, evidence, _records.counts(rival_offers, listings, costs, offers, panel, pairs), workings)
