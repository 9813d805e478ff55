"""A deposit paid more than the ceiling of its day, counting what came beside its rate.

## What it finds
Offers of time deposits that pay a depositor, with every rebate, coupon and cash prize in force on a day and on the best
day of exit, more than a plain deposit at the ceiling pays over the same time, by more than `max_excess_pct` points a
year. A plain deposit pays simple interest at its end and nothing else: the ceiling is the nominal rate of one.

## Why it matters
Who needs money most pays most for it: yields above the ceiling draw savings to where they are least safe.

## Innocent explanations
- At the ceiling, and nothing beside: whatever the term, a plain deposit at the ceiling equals the ceiling.
- A one-off gift for opening: what is given is spread over at least `min_held_days`.
- A tier of its own: only incentives for `counted_groups` count, not those of VIP customers.
- A small gift of the bank's to everybody, worth less than `min_gift_amount`.
- A prize hardly anybody wins: a chance below `min_chance_pct` is not counted; above, what it pays on average is.
- It was not given on that day: an incentive counts while both it and the offer were in force.
- One or the other: of incentives that exclude one another (`one_of`), only the one worth most counts.
- A hundredth of a point: up to `max_excess_pct` may be rounding.

## Method and source
The yield is the XIRR of the depositor's cash flows, best over the sums at which incentives begin and over the days of
exit (`exit_rates`; without them, maturity); a year is 365 days, a month a twelfth of one. What is paid on a day not
known counts as paid on the last. Compared is the nominal rate of the plain deposit that has this yield; an exit is held
against the ceiling of the whole term. Found by net present value at the ceiling, to 1e-9 of the deposit; the yield by
five Newton steps. Regulation DD's APY leaves bonuses out, and is another number; so is their sum without time, beside.
"""

from ibis import Table, _

from guiju.checks import Answer, check
from guiju.checks.deposits import _ceilings, _flows, _yields
from guiju.checks.deposits._ceilings import OFFER


@check(
    zh="{subject} 的“{offer_name}”（{term_months} 个月，名义年利率 {rate_pct:.3f}%）：{way}，存入 "
    "{principal_amount:,.2f} {currency} 并持有 {held_days:.0f} 天，可得相当于年利率 {all_in_rate_pct:.3f}%"
    "（其中奖励 {given_amount:,.2f}）；当日自律上限为 {ceiling_pct:.3f}%。",
    en="{subject}'s “{offer_name}” ({term_months:#month}, nominally {rate_pct:.3f} % a year): {way}, "
    "{principal_amount:,.2f} {currency} held for {held_days:.0f} days would earn as much as {all_in_rate_pct:.3f} % a "
    "year ({given_amount:,.2f} of it given beside the interest). The industry's ceiling of the day was "
    "{ceiling_pct:.3f} %.",
    formula="{all_in_rate_pct:.4f} % - {ceiling_pct:.4f} % = {excess_pct:.4f} points > {max_excess_pct:g}; XIRR "
    "{all_in_yield_pct:.4f} %, at the ceiling {ceiling_yield_pct:.4f} %",
)
def yields_over_ceiling(
    deposit_offers: Table, incentives: Table, exit_rates: Table, deposits: Table, *, since, until, ceilings: str,
    ceiling_currency: str, counted_groups: str, min_held_days: int, min_gift_amount: float, min_chance_pct: float,
    max_excess_pct: float,
):  # fmt: skip
    offers = yield _ceilings.offers(deposit_offers, ceilings, ceiling_currency, since, until)
    beside = yield _ceilings.incentives(
        incentives, offers, since, until, counted_groups, min_gift_amount, min_chance_pct
    )
    asked, counted = offers.filter(_.unanswered.isnull()), beside.filter(_.counts)
    stretches = _ceilings.stretches(asked, counted)
    ways = yield _flows.ways(asked, stretches, counted, exit_rates, min_held_days)
    bonuses = yield _flows.bonuses(ways, counted)
    over = yield _flows.over_the_ceiling(ways, bonuses, max_excess_pct)
    together = over.select(*OFFER, "at").distinct().inner_join(stretches, [*OFFER, "at"])
    lasted = _.until_at.epoch_seconds() - _.at.epoch_seconds()
    spans = together.group_by(OFFER).agg(
        episode_start=_.at.min(), episode_end=_.until_at.max(), over_days=lasted.sum().cast("float64") / 86400
    )
    best = yield _yields.best(_yields.with_yield(over, bonuses))
    bought = deposits.select("platform", "offer", "id", "opened_at", "amount").inner_join(together, OFFER)
    bought = bought.filter(_.opened_at >= _.at, _.opened_at < _.until_at)
    paid_in = bought.group_by(OFFER).agg(amount_at_stake=_.amount.sum().cast("decimal(18, 2)"))
    named = asked.select(*OFFER, "currency", subject="bank", offer_name=_.name.fill_null(_.offer))
    found = (
        best.inner_join(spans, OFFER).inner_join(named, OFFER).left_join(paid_in, OFFER)
        .select(
            "platform", "subject", "currency", "episode_start", "episode_end", "amount_at_stake", "offer_name",
            "term_months", "rate_pct", "ceiling_pct", "incentives", "held_days", "over_days", "way", object=_.offer,
            given_amount=_.given, principal_amount=_.principal, best_at=_.at,
            excess_pct=(_.all_in_rate_pct - _.ceiling_pct).round(6),
            **{name: _[name].round(6) for name in _yields.YIELDS},
        )
    )  # fmt: skip
    own = ["subject", "object", "currency", "episode_start"]

    def keyed(found: Table) -> Table:
        return found.select("platform", *own, offer=_.object)

    def evidence(found: Table) -> dict[str, Table]:
        while_over = together.inner_join(keyed(found), OFFER).inner_join(
            counted.select(*OFFER, "valid_from", "valid_to", "id"), OFFER
        )
        beside = while_over.filter(_.valid_from < _.until_at, _.valid_to.isnull() | (_.at < _.valid_to))
        rows = {"incentives": beside, **{n: of.inner_join(keyed(found), OFFER) for n, of in
                (("exit_rates", exit_rates), ("deposits", bought))}}  # fmt: skip
        told = {name: of.select("platform", *own, "id").distinct() for name, of in rows.items()}
        return {"deposit_offers": keyed(found).select("platform", *own, id="offer"), **told}

    def workings(found: Table) -> dict[str, Table]:
        of = best.inner_join(keyed(found), OFFER)
        return {"flows": _yields.cash_flows(of, bonuses, own)}

    counts = {"deposit_offers": offers, "incentives": beside}
    return Answer(
        found, evidence, {n: t.group_by("unanswered").agg(rows=_.count()) for n, t in counts.items()}, workings
    )
