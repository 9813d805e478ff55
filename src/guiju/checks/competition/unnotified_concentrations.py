"""A concentration was implemented without the clearance that its turnovers call for.

## What it finds
Concentrations above the thresholds of their day that were implemented before they were cleared, or without ever being
notified: turnovers of the year before, of all groups concerned together, exceed `threshold_world_amount` worldwide or
`threshold_china_amount` in China, and those in China of at least `min_large_groups` of them exceed
`threshold_each_amount`.

## Why it matters
Who may buy whom unseen can end competition in a market before anybody asks; undone afterwards it seldom is.

## Innocent explanations
- Turnover exactly at a threshold: the law says *exceeds*.
- A platform that grows fast: the year before the concentration counts, not its own.
- Notified, and cleared by the moment it was implemented (`cleared_at`); time that ran out clears as well.
- Within one group: one company, of the deal or outside it, held `min_common_owned_pct` of each of the others.
- No control passes: a share without decisive influence is no concentration.
- Only one of them is large: the others' turnovers in China do not exceed `threshold_each_amount`.

## Method and source
A group's turnover is the sum over its companies as given, each company once, as booked last. Unknown values decide only
where they could: a threshold passed by what is known is passed. Turnover of the financial sector is counted by other
rules, and money other than `threshold_currency` is not converted: unanswered. The year is the calendar year before the
day of implementation, by local time.
"""

import ibis
from ibis import Table, _

from guiju.checks import Answer, check
from guiju.checks.competition import _deals
from guiju.checks.competition._deals import DEAL


@check(
    zh="{subject} 实施集中 {object}，记录中的申报情况：{filing}；{year} 年各方合计营业额：全球 {world_amount:,.0f}、"
    "中国境内 {china_amount:,.0f} {threshold_currency}，其中 {large_groups} 个集团的境内营业额超过 "
    "{threshold_each_amount:,.0f}。",
    en="{subject} implemented {object}; its filing on record: {filing}. Turnover of {year}, all groups together: "
    "{world_amount:,.0f} {threshold_currency} worldwide, {china_amount:,.0f} in China; {large_groups:#group} above "
    "{threshold_each_amount:,.0f} in China.",
    formula="{world_amount:,.2f} > {threshold_world_amount:,.0f} or {china_amount:,.2f} > "
    "{threshold_china_amount:,.0f}; {large_groups} groups > {threshold_each_amount:,.0f}, "
    "{large_groups} >= {min_large_groups:g}",
)
def unnotified_concentrations(
    concentrations: Table, turnovers: Table, *, since, utc_offset, threshold_currency: str,
    threshold_world_amount: float, threshold_china_amount: float, threshold_each_amount: float, min_large_groups: int,
    min_common_owned_pct: float,
):  # fmt: skip
    parties = _deals.parties(concentrations, utc_offset).filter(_.closed_at >= since)
    booked = _deals.booked(turnovers)
    groups = _deals.of_groups(parties, booked, threshold_currency)
    passed = _deals.sums(
        groups, threshold_world_amount, threshold_china_amount, threshold_each_amount, min_large_groups
    )
    owned = _deals.within_one_group(parties, min_common_owned_pct)
    # Each part is true, false or not known, and so is the whole: where one part is false nothing else matters.
    asked = yield (
        _deals.described(parties)
        .inner_join(passed, DEAL)
        .left_join(owned, DEAL).drop("platform_right", "deal_right")
        .mutate(
            apart=~_.within,
            passed=ibis.ifelse(_.financial.fill_null(False), ibis.null("boolean"), _.passed),
            told=_.filing.notnull() & ((_.filing != "cleared") | _.cleared_at.notnull()),
        )
        .mutate(unlawful=_.controls & _.passed & _.apart & _.uncleared)
    )  # fmt: skip
    reason = ibis.cases(
        (asked.unlawful.notnull(), ibis.null("string")),
        (asked.financial.fill_null(False), "turnover of the financial sector is counted by other rules"),
        (asked.passed.isnull(), "turnovers of the year before are not known"),
        (asked.controls.isnull(), "whether control passes is not known"),
        (asked.apart.isnull(), "who owns the companies is not known"),
        else_="whether it was cleared is not known",
    )
    found = asked.filter(_.unlawful).select(
        "platform", "large_groups", "groups", "control", "filing", "notified_at", "cleared_at",
        year=_.year.cast("string"), world_amount=_.world_amount.cast("float64"),
        china_amount=_.china_amount.cast("float64"), subject=_.leader, object=_.deal,
        currency=ibis.literal(threshold_currency), episode_start=_.closed_at, episode_end=_.closed_at,
        amount_at_stake=ibis.null("decimal(18, 2)"),
    )  # fmt: skip

    def evidence(found: Table) -> dict[str, Table]:
        keys = found.select("platform", "subject", "object", "episode_start", in_=_.currency, deal=_.object)
        deals = parties.inner_join(keys, DEAL).mutate(currency=_.in_)
        whose = deals.select(*DEAL, "subject", "object", "episode_start", "in_", "company_group", "year").distinct()
        counted = booked.inner_join(whose, ["platform", "company_group", "year"])
        own = ["subject", "object", "episode_start"]
        return {
            "concentrations": deals.select(*own, "currency", *concentrations.columns),
            "turnovers": counted.filter(_.currency == _.in_).select(*own, *turnovers.columns),
        }

    told = _deals.parties(concentrations, utc_offset).left_join(
        asked.mutate(unanswered=reason).select(*DEAL, "unanswered"), DEAL
    )
    early = ibis.ifelse(told.closed_at < since, "before the window", told.unanswered)
    rows = told.select(unanswered=early).group_by("unanswered").agg(rows=_.count())
    return Answer(found, evidence, {"concentrations": rows})
