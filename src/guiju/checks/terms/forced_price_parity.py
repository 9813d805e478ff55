"""A platform takes measures against merchants because of what they charge, here or elsewhere.

## What it finds
Platforms whose own records say that they ranked down, shut out or charged more (`means`) `min_sellers` merchants or
more for one of the `reasons`: being cheaper elsewhere, not lowering a price, not letting a tool set it. Each platform
and reason is one finding.

## Why it matters
Who may not be cheaper anywhere else cannot pass a lower fee on to buyers: prices rise to the dearest platform's.

## Innocent explanations
- A condition of a campaign of the merchant's own choice, agreed beforehand (`agreed`).
- A mistake, mended: lifted or given back within `min_hours`.
- Another reason: quality, safety, delivery or false trade.
- Only a warning: nothing was done but saying so.
- Single cases: fewer than `min_sellers` merchants.

## Method and source
Measures are counted by the platform's own records of what it did and why; nothing is inferred from exposure or fees,
because what sells less where it is dearer is shown less by any ranking. Who records another reason, or none, is not
found: rows without a reason are unanswered. That a merchant's goods were in fact cheaper elsewhere is not needed.
"""

import ibis
from ibis import Table, _

from guiju.checks import KEY, NO_CURRENCY, Answer, check

OF = ["platform", "reason"]


@check(
    zh="{subject} 的记录显示，其以“{reason}”为由对 {sellers} 家商家采取了 {measures} 项措施（{kinds} 种），均记为商家"
    "未同意该条件；截至记录期末未解除或退还的 {open} 项。",
    en="By its own records, {subject} took {measures:#measure} of {kinds:#kind} against {sellers:#merchant}, giving "
    "as the reason that {reason}; of each the condition is recorded as not agreed to. Not lifted or given back by "
    "the end of the records: {open}.",
    formula="{sellers:#merchant} >= {min_sellers:g}, each measure lasting >= {min_hours:g} hours",
)
def forced_price_parity(
    measures: Table, *, since, until, reasons: str, means: str, min_hours: float, min_sellers: int
):  # fmt: skip
    named = [name.strip() for name in reasons.split(",")]
    done = [name.strip() for name in means.split(",")]
    ends = ibis.coalesce(measures.ended_at, ibis.literal(until).cast("timestamp(6)"))
    hours = (ends.epoch_seconds() - measures.occurred_at.epoch_seconds()) / 3600
    # Each part is true, false or not known, and so is the whole: where one part is false nothing else matters.
    harms = measures.kind.isin(done) & (hours >= min_hours)
    asked = measures.mutate(wrong=harms & _.reason.isin(named) & (_.agreed == "no"), harms=harms)
    why = ibis.cases(
        (asked.occurred_at < since, "before the window"),
        (asked.wrong.notnull(), ibis.null("string")),
        (asked.reason.isnull(), "why the measure was taken is not known"),
        else_="whether the merchant had agreed to the condition is not known",
    )
    wrong = asked.filter(_.occurred_at >= since, _.wrong)
    found = wrong.group_by(OF).agg(
        sellers=_.seller.nunique(), measures=_.count(), kinds=_.kind.nunique(),
        open=_.ended_at.isnull().ifelse(1, 0).sum(),
        episode_start=_.occurred_at.min(), episode_end=_.occurred_at.max(),
    ).filter(_.sellers >= min_sellers)  # fmt: skip
    found = found.mutate(
        subject=_.platform, object=_.reason, currency=ibis.literal(NO_CURRENCY),
        amount_at_stake=ibis.null("decimal(18, 2)"),
    )  # fmt: skip

    def evidence(found: Table) -> dict[str, Table]:
        return {"measures": wrong.inner_join(found.select(*KEY, reason=_.object), OF).select(*KEY, "id")}

    def workings(found: Table) -> dict[str, Table]:
        mine = wrong.inner_join(found.select(*KEY, reason=_.object), OF)
        by_kind = mine.group_by([*KEY, "kind"]).agg(measures=_.count(), sellers=_.seller.nunique())
        return {"means": by_kind.select(*KEY, "kind", "measures", "sellers")}

    counts = asked.select(unanswered=why).group_by("unanswered").agg(rows=_.count())
    return Answer(found, evidence, {"measures": counts}, workings)
