"""Money is held or work is stopped, and the party is not told by which rule, on what facts, until when, how to appeal.

## What it finds
Platforms that took a decision of one of the `kinds` about people of one agency (or of none) and within
`max_notice_hours` told them nothing, or left out the rule, the facts and their limit, the end, or the way to appeal;
and platforms that held money on no decision at all.

## Why it matters
Who does not know which fact tripped which rule cannot answer it; an appeal that has to guess is hardly ever won.

## Innocent explanations
- Only marked: an order was flagged, and nothing was taken or stopped yet; flags are none of the `kinds`.
- Taken back at once: the decision was undone within `max_notice_hours`.
- Told a little later: within `max_notice_hours`, or there is still time.

## Method and source
Each decision is held against what the platform's own records say the party was told; nothing is estimated, and nothing
says that what was told was true, or could be understood. Who was told nothing in time counts as that, not four times
more. Holds on no decision stand under no agency, in their own currency, and what they hold is at stake; a platform
none of whose holds names a decision is not asked of them.
"""

import ibis
from ibis import Table, _

from guiju.checks import Answer, check
from guiju.checks.redress import _telling
from guiju.checks.redress._telling import AGENCY, FAULTS


@check(
    zh="按 {subject} 自己的记录，其对 {parties} 名当事人（{object}）的扣款和停单中，有 {faulty} 件缺少应当说明的事项"
    "，其中 {no_decision} 笔扣款没有任何决定；决定中 {not_told} 件未在 {max_notice_hours:g} 小时内告知；在已告知的各"
    "件中，{no_rule} 件没有规则，{no_facts} 件没有事实和限值，{no_end} 件没有期限，{no_appeal} 件没有申诉途径。",
    en="By its own records, of the holds of money and stops of work with which {subject} met people of {object}, "
    "{faulty} ({parties:#person}) lacked what must be told. Holds on no decision: {no_decision}. Decisions not told "
    "at all within {max_notice_hours:g} hours: {not_told}. Of those told, without rule: {no_rule}, without facts and "
    "limits: {no_facts}, without end: {no_end}, without way to appeal: {no_appeal}.",
    formula="{faulty} decisions or holds with a fault; to be told within {max_notice_hours:g} hours: rule, facts, end, "
    "appeal",
)
def holds_without_reasons(decisions: Table, holds: Table, *, since, until, kinds: str, max_notice_hours: int):
    asked = [word.strip() for word in kinds.split(",")]
    judged = yield _telling.judged(decisions, asked, until, max_notice_hours).filter(_.occurred_at >= since)
    bare = _telling.on_no_decision(holds).filter(_.occurred_at >= since)
    columns = [*AGENCY, "currency", "id", "party", "occurred_at", "amount", *FAULTS]
    wrong = judged.filter(_.faulty).select(*columns, of_decision=True).union(
        bare.select(*columns, of_decision=False)
    )  # fmt: skip
    of_all = judged.filter(_.why.isnull()).group_by([*AGENCY, "currency"]).agg(decisions=_.count())
    sums = wrong.group_by([*AGENCY, "currency"]).agg(
        faulty=_.count(), parties=_.party.nunique(), **{fault: wrong[fault].sum() for fault in FAULTS},
        episode_start=_.occurred_at.min(), episode_end=_.occurred_at.max(),
        amount_at_stake=_.amount.sum().cast("decimal(18, 2)"),
    )  # fmt: skip
    found = sums.left_join(of_all, [*AGENCY, "currency"]).select(
        *sums.drop("agency").columns, object=_.agency, subject=_.platform, decisions=_.decisions.fill_null(0)
    )
    own = ["currency", "subject", "object", "episode_start"]

    def evidence(found: Table) -> dict[str, Table]:
        rows = wrong.inner_join(found.select("platform", *own, agency=_.object), [*AGENCY, "currency"])
        return {
            "decisions": rows.filter(_.of_decision).select("platform", "id", *own),
            "holds": rows.filter(~_.of_decision).select("platform", "id", *own),
        }

    other = ibis.ifelse(decisions.occurred_at < since, "before the window", ibis.null("string"))
    beside = decisions.filter(other.notnull() | ~decisions.kind.isin(asked)).select(why=other)
    rows = judged.select("why").union(beside).group_by(unanswered=_.why).agg(rows=_.count())
    return Answer(found, evidence, {"decisions": rows})
