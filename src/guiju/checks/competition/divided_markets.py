"""Two who sold in the same areas now sell apart, each in areas of its own, beyond what chance explains.

## What it finds
Parties that, with a rival, both sold in at least `min_areas` areas (or to as many groups of customers) in at least
`min_served_pct` of the `weeks_before` weeks before a quarter, and no longer sold in some of them in its last `weeks`
weeks: at least `min_fall_pct` of the areas they shared are no longer shared; fewer were left by both than chance would
have it; and of the areas each gave up it had been the stronger of the two in at least `min_strong_pct`. This is a
screen, a reason to look: records cannot show an agreement.

## Why it matters
Where rivals part the areas between them, nobody there has a choice, and nothing keeps the price down.

## Innocent explanations
- A party fails, or withdraws from the market: it leaves all areas, and which ones says nothing.
- Both leave what does not pay: they leave the same areas.
- Each keeps to its strongholds: it was the stronger in less than `min_strong_pct` of the areas it gave up.
- Driven out by the rival: it sold little as it left, under `min_level_pct` of what was usual there.
- Stock ran out for a time: it sold again within the last `weeks` weeks.
- It was never well established: it sold in less than `min_served_pct` of the weeks before, or not for `weeks_before`.
- Chance: with few areas, leaving different ones shows nothing; less than `min_areas` are not asked.
- One decision closes several areas: of those that a party serves from one `depot` only the first is counted.
- A small correction of where each sells: less than `min_fall_pct` of the shared areas.

## Method and source
Given how many areas each left, the number both left is hypergeometric if they chose by themselves (Fisher's exact
test), counted apart where the party was the stronger and where the rival was: p is exact for few areas. `by_chance` is
how many areas both would still serve. `detectable_pct` is the smallest fall, parted evenly with none in common, that is
found whatever the other pairs of the quarter are. Areas given up with a sale of the business are not told from parted
ones, nor areas parted so that each keeps its strongholds from honest withdrawal.
"""

import ibis
from ibis import Table, _

from guiju.checks import FOUND_ON, NO_CURRENCY, Answer, check, first_of
from guiju.checks.competition import _areas
from guiju.checks.competition._parting import weigh


@check(
    zh="{subject} 与 {rival} 此前同时在“{market}”的 {areas} 个区域（或客户群，各由不同仓库供货）销售。至季度末，"
    "{subject} 停止了其中 {left} 个，{rival} 停止了 {rival_left} 个，双方都停止的 {both_left} 个；仍同时销售的为 "
    "{still_both} 个，减少 {fall_pct:.0f}%；若双方停止的区域互不相关（按强弱分别计算），预期仍有 {by_chance:.1f} 个。"
    "停止前四周的销量不低于当地平常的 {min_level_pct:g}%；{subject} 停止的区域中有 {strong_left} 个、{rival} 停止的区"
    "域中有 {rival_strong_left} 个，占其自身销量的比重高于对方。记录不能证明存在协议。",
    en="{subject} and {rival} both sold in {areas:#area} (or to as many groups of customers) of {market}, each "
    "served from a depot of its own. By the quarter's end {subject} had stopped in {left} of them, {rival} in "
    "{rival_left}, both in {both_left}; both still sold in {still_both}, {fall_pct:.0f} % fewer, where "
    "{by_chance:.1f} were to be expected if the areas each left were unrelated (counted apart by who was stronger). "
    "In the four weeks before they stopped, they sold at least {min_level_pct:g} % of what had been usual there. Of "
    "the areas each stopped in, {strong_left} of {subject}'s and {rival_strong_left} of {rival}'s had made a larger "
    "share of its own sales than of the other's. Records cannot show an agreement.",
    formula="{both_left} of {left} and {rival_left} in common, by chance: q = {q_value:.2g} <= {max_fdr_pct:g} %; "
    "{areas} areas >= {min_areas:g}; fall {fall_pct:.1f} % >= {min_fall_pct:g} %; stronger in "
    "{strong_pct:.0f} % and {rival_strong_pct:.0f} % of those given up >= {min_strong_pct:g} %",
    weigh=weigh,
)
def divided_markets(
    area_sales: Table, *, periods, weeks: int, weeks_before: int, min_served_pct: float, min_level_pct: float,
    min_areas: int, min_strong_pct: float, min_fall_pct: float, max_fdr_pct: float,
):  # fmt: skip
    rows = _areas.within(area_sales, periods, weeks_before)
    areas = yield _areas.areas(rows, weeks, weeks_before, min_served_pct, min_level_pct)
    shared = yield _areas.shared(areas)
    pairs = yield _areas.pairs(shared)
    enough = pairs.filter(_.areas >= min_areas)
    # Who left nothing parted nothing: no question, and no part of the family.
    moved = enough.filter(_.left_strong + _.left_weak > 0, _.rival_left_strong + _.rival_left_weak > 0)
    found = moved.mutate(
        subject=_.party, object=_.market.concat("/", _.rival), currency=ibis.literal(NO_CURRENCY),
        amount_at_stake=ibis.null("decimal(18, 2)"),
    ).drop("party")  # fmt: skip

    def evidence(found: Table) -> dict[str, Table]:
        cells = _areas.told(found, pairs).rename({FOUND_ON: "platform"})
        own = [FOUND_ON, "subject", "object", "currency", "episode_start"]
        common = shared.select(*_areas.PAIR, "area").inner_join(cells, _areas.PAIR).select(
            *own, "episode_end", *_areas.PLACE, "party", "rival"
        )  # fmt: skip
        sides = [common.mutate(who=common[side]).drop("party", "rival", "episode_end") for side in ("party", "rival")]
        wanted = ibis.union(*sides).rename(party="who")
        sold = rows.drop("age", "before", "episode_end")
        return {"area_sales": sold.inner_join(wanted, ["episode_start", *_areas.PLACE, "party"]).select(
            *own, *area_sales.columns)}  # fmt: skip

    def workings(found: Table) -> dict[str, Table]:
        key = ["platform", "subject", "object", "currency", "episode_start"]
        cells = _areas.told(found, pairs)
        each = shared.drop("platform").inner_join(cells, _areas.PAIR)
        said = {"stopped": each.left, "rival_stopped": each.rival_left, "stronger": each.strong}
        told = {name: ibis.ifelse(part, "yes", "no") for name, part in said.items()}
        return {"areas": each.select(*key, "area", "units", "rival_units", **told)}

    inside = first_of(((_areas.covered(area_sales, a, b, weeks_before), True) for a, b in periods), ibis.literal(False))
    known = areas.select("market", "party", "area").distinct().mutate(known=True)
    asked = enough.select("market", "party").distinct().mutate(asked=True)
    told = area_sales.mutate(inside=inside).left_join(known, ["market", "party", "area"])
    told = told.drop("market_right", "party_right", "area_right").left_join(asked, ["market", "party"])
    reason = ibis.cases(
        (~told.inside, "outside the complete quarters"),
        (told.units.isnull(), "what was sold is not known"),
        (told.depot.isnull(), "from where the area is served is not known"),
        (told.known.isnull(), "not every week of the area is on record, from one depot"),
        (told.asked.isnull(), "too few areas that the party and a rival both served"),
    )
    counts = told.select(unanswered=reason).group_by("unanswered").agg(rows=_.count())
    return Answer(found, evidence, {"area_sales": counts}, workings)
