"""Bids in a bidder's tenders lie closer together than before, with the lowest apart from them, and are dearer.

## What it finds
Bidders in whose tenders of a quarter the bids scattered `max_cv_ratio` times as much as in their tenders of the same
market in the `weeks_before` weeks before, or less; the lowest bidder stood `min_gap_ratio` times as far below the next
as before, or farther, measured by the gaps among all; and the lowest bid was dearer against the buyer's estimate by
`min_dearer_pct` or more. Bids look so where a winner is covered, and may for other reasons. This is a screen, a reason
to look: records cannot show an agreement.

## Why it matters
The buyer pays for a contest that is none.

## Innocent explanations
- Costs rose: all bids rise, and scatter as before.
- A price list or a standard brings bids together: they close up alike, and the lowest is no farther from the next.
- Fewer bid: tenders are compared with those of as many bids.
- One has become better than the others: it is cheaper, and bids scatter more.
- A price war: the lowest bids are cheaper.
- What is usual in a market: nothing is compared but a bidder's own tenders of one market.
- Chance: scatter, gap and price each pass a rank test, and Benjamini–Yekutieli keeps wrong findings under
  `max_fdr_pct` over all bidders and markets asked in the quarter.

## Method and source
The coefficient of variation of each tender's bids, the first gap against the mean gap, and the lowest bid against the
estimate (Imhof 2019); for each the rank sums of van Elteren (1960) over tenders with as many bids, one-sided; the
p-value is the largest of the three. Whoever bids in
covered tenders is found with those who cover; whether it is one of them people must establish. A ring with a rival who
underbids it is not seen, nor one older than the weeks before.
"""

import ibis
from ibis import Table, _

from guiju.checks import Answer, check
from guiju.checks.competition import _tenders
from guiju.checks.competition._covering import VALUES, weigh
from guiju.checks.competition._tenders import CELL, TENDER
from guiju.estimators.stratified_ranks import rank_sums


@check(
    zh="{subject} 在“{market}”：本季所参加且可比的 {compared} 次招标中，报价的离散程度（变异系数）平均为 "
    "{cv_pct:.1f}%，此前 {weeks_before:g} 周的 {compared_before} 次为 {cv_before_pct:.1f}%；最低价与次低价之差，是"
    "各报价平均间距的 {gap:.1f} 倍（此前 {gap_before:.1f} 倍）；最低价为估价的 {price_pct:.1f}%"
    "（此前 {price_before_pct:.1f}%）。只与报价数相同的招标比较；各平均数按报价数分组、同一权重平均。"
    "本季所投 {tenders} 次招标中，其报价最低 {won} 次。"
    "参加这些招标者一并列出；有人陪标时报价会如此，也可能另有原因；记录不能证明存在协议。",
    en="{subject} in {market}: in the {compared:#tender} of the quarter compared the bids scattered by {cv_pct:.1f} % "
    "(mean coefficient of variation), in {compared_before:#tender} of the {weeks_before:g} weeks before by "
    "{cv_before_pct:.1f} %; the lowest stood {gap:.1f} mean gaps below the next (before, {gap_before:.1f}), at "
    "{price_pct:.1f} % of the estimate (before, {price_before_pct:.1f} %). Compared are tenders of as many bids; means "
    "are taken by number of bids and weighted alike. It had the lowest bid in {won} of its {tenders:#tender} of the "
    "quarter. Whoever bid in these tenders is listed alike; bids look so where a winner is covered, and may for other "
    "reasons; records cannot show an agreement.",
    formula="cv {cv_pct:.2f} / {cv_before_pct:.2f} = {cv_ratio:.3f} <= {max_cv_ratio:g}, q = {q_value:.2g} <= "
    "{max_fdr_pct:g} %; gap {gap:.3f} / {gap_before:.3f} = {gap_ratio:.3f} >= {min_gap_ratio:g}; price "
    "{price_pct:.2f} / {price_before_pct:.2f}: {dearer_pct:+.2f} % >= {min_dearer_pct:g} %; tenders {compared} >= "
    "{min_tenders:g}, before {compared_before} >= {min_tenders_before:g}",
    weigh=weigh,
)
def rigged_bids(
    tenders: Table, bids: Table, *, periods, weeks_before: int, min_bids: int, min_tenders: int,
    min_tenders_before: int, max_cv_ratio: float, min_gap_ratio: float, min_dearer_pct: float, max_fdr_pct: float,
):  # fmt: skip
    offered = yield _tenders.offered(bids)
    asked = yield _tenders.why(tenders, _tenders.screened(offered), periods, weeks_before, min_bids)
    rows = yield _tenders.by_bidder(asked, offered, periods, weeks_before)
    ranks = {name: rank_sums(rows, by=CELL, stratum="bids", treated="now", value=name, means=[name]) for name in VALUES}
    sums = rows.group_by(CELL).agg(
        tenders=_.now.ifelse(1, 0).sum(),
        tenders_before=_.now.ifelse(0, 1).sum(),
        won=(_.now & _.won).ifelse(1, 0).sum(),
    )
    # Every bidder with a tender in the quarter is a cell of the family, also one with none to compare.
    found = sums.filter(_.tenders > 0)
    for name, ranked in ranks.items():
        told = ranked.rename({f"score_{name}": "score", f"variance_{name}": "variance"})
        told = told if name == "cv" else told.drop("treated", "controls")
        found = found.left_join(told, CELL).drop(*(f"{column}_right" for column in CELL))
    found = found.mutate(
        subject=_.bidder, object=_.market, episode_end=_tenders.end_of(_.episode_start, periods),
        amount_at_stake=ibis.null("decimal(18, 2)"),
    )  # fmt: skip

    def evidence(found: Table) -> dict[str, Table]:
        keys = found.select("platform", "currency", "episode_start", bidder=_.subject, market=_.object)
        mine = rows.inner_join(keys, CELL).select(
            *TENDER, "currency", "episode_start", subject=_.bidder, object=_.market
        )
        return {
            "tenders": tenders.inner_join(mine.rename(id="tender"), ["platform", "id", "currency"]),
            "bids": bids.inner_join(mine, TENDER),
        }

    def workings(found: Table) -> dict[str, Table]:
        return {"compared": _tenders.told(found, rows)}

    why = ibis.cases((bids.amount.isnull(), "what it asks is not known"))
    counted = {"tenders": asked, "bids": bids.mutate(unanswered=why)}
    counts = {name: of.group_by("unanswered").agg(rows=_.count()) for name, of in counted.items()}
    return Answer(found, evidence, counts, workings)
