"""What members are paid comes out of what newcomers put in.

## What it finds
Organisers who, in at least `min_months` complete months in a row, left `min_dependence_pct` or more of what they paid
to members without revenue of the kinds that `external_kinds` names, while entries were at least `min_entry_pct` of
what was paid, and what was paid at least `min_payout_pct` of entries.

## Why it matters
Such payouts last as long as more and more people enter; whoever is in when they stop is not paid.

## Innocent explanations
- Goods are sold: outsiders' purchases pay for more than the rest that `min_dependence_pct` leaves.
- Members consume: their own further purchases are revenue where `external_kinds` says so; both readings are told.
- A start-up pays out of its owners' capital: entries are less than `min_entry_pct` of what is paid.
- A franchisor keeps the fees and pays little out: less than `min_payout_pct` of entries.
- Deposits given back: an entry that was refunded is none.
- An opening month with many who join: fewer than `min_months` in a row.

## Method and source
Entry dependence is 1 − external revenue / payouts; the funding ratio payouts / (external revenue + entries); sustaining
growth payouts / entries, which newcomers' money must reach anew each time. Revenue is taken whole, without the cost of
goods, in the organiser's favour. Days to exhaustion: what was in the funds at the end, by what a day of the run paid
out beyond external revenue. A sale booked as one to an outsider, whose buyer had joined by then, is a member's
purchase. Months are local; one that is not over is not asked.
"""

import ibis
from ibis import Table, _

from guiju.checks import Answer, check
from guiju.checks.network import _funds
from guiju.checks.network._funds import ORGANISER, RUN


@check(
    zh="{subject} 连续 {months} 个月付给成员 {payouts_amount:,.2f} {currency}，其中 {dependence_pct:.1f}% 没有外部收入"
    "支撑（成员自购视为收入；视为入门费则为 {dependence_strict_pct:.1f}%），同期新进入的资金为 {entries_amount:,.2f}。"
    "若不再有人加入，账上余额约可维持 {days_left:,.0f} 天。",
    en="In {months:#month} in a row {subject} paid members {payouts_amount:,.2f} {currency}, and no revenue from "
    "outside stood behind {dependence_pct:.1f} % of it (members' own purchases taken as revenue; taken as entries, "
    "{dependence_strict_pct:.1f} %), while {entries_amount:,.2f} came from those who entered. If nobody entered any "
    "more, what is in the funds would last about {days_left:,.0f} days.",
    formula="({payouts_amount:,.2f} paid - {external_amount:,.2f} external) / {payouts_amount:,.2f} = {judged_pct:.2f} "
    "% >= {min_dependence_pct:g} %; entries {entries_amount:,.2f} >= {min_entry_pct:g} % of payouts, payouts >= "
    "{min_payout_pct:g} % of entries; {months} months >= {min_months:g}; {left_amount:,.2f} left / "
    "({lacking_amount:,.2f} / {days:.0f} days) = {days_left:.1f} days",
)
def payouts_funded_by_entries(
    cash_flows: Table, recruitments: Table, *, since, until, utc_offset, external_kinds: str,
    min_dependence_pct: float, min_entry_pct: float, min_payout_pct: float, min_months: int,
):  # fmt: skip
    kinds = [word.strip() for word in external_kinds.split(",")]
    flows = yield _funds.by_kind(cash_flows, recruitments, until, utc_offset)
    months = _funds.months(flows, kinds)
    in_runs = yield _funds.runs(months, min_dependence_pct, min_entry_pct, min_payout_pct)
    runs = yield _funds.facts(in_runs)
    found = runs.filter(_.months >= min_months, _.episode_end > since).select(
        "platform", "currency", "episode_start", "episode_end", "amount_at_stake", "months", "dependence_pct",
        "dependence_strict_pct", "judged_pct", "funding_ratio", "sustaining_growth", "days", "days_left",
        "left_amount", "lacking_amount", "relabelled", subject=_.organiser, object=ibis.literal(""),
        payouts_amount=_.payouts.cast("float64"), external_amount=_.external.cast("float64"),
        entries_amount=_.entries.cast("float64"),
    )  # fmt: skip
    own = ["subject", "object", "currency", "episode_start"]

    def of(found: Table, rows: Table) -> Table:
        """Rows of the months of found runs."""
        keys = found.select("platform", *own, organiser=_.subject)
        its = runs.select(*RUN, "episode_start").inner_join(keys, [*ORGANISER, "episode_start"])
        months = in_runs.select(*RUN, "month").inner_join(its, RUN).select("platform", *own, "organiser", "month")
        return rows.inner_join(months, [*ORGANISER, "month"])

    def evidence(found: Table) -> dict[str, Table]:
        return {"cash_flows": of(found, flows.filter(_.why.isnull())).select("platform", "id", *own)}

    def workings(found: Table) -> dict[str, Table]:
        told = {name: in_runs[name].cast("float64") for name in ("external", "entries", "payouts")}
        rows = in_runs.select(*ORGANISER, "month", "month_start", **told)
        return {"months": of(found, rows).select("platform", *own, "month_start", "external", "entries", "payouts")}

    why = ibis.cases((flows.occurred_at < since, _funds.EARLIER), else_=flows.why)
    counts = flows.select(unanswered=why).group_by("unanswered").agg(rows=_.count())
    return Answer(found, evidence, {"cash_flows": counts}, workings)
