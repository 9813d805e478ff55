"""Appeals are not answered in time, or by a machine, or without saying why.

## What it finds
Platforms that left appeals of the drivers of one agency (or of nobody's) without an answer until the platform's own
terms had promised one, or for `max_answer_days`, whichever is earlier; or that answered them by a machine, or without
reasons, and did not give the party all it asked for.

## Why it matters
An appeal that nobody reads is none: the money stays held, and the next decision is made by the same mistake.

## Innocent explanations
- Taken back: the party withdrew it while there was still time to answer.
- Not due yet: the time to answer runs until after the last day judged.
- In the last hour: what was answered in time is answered, however late.
- Won: whoever is given all of it needs no reasons, and a machine may give it.

## Method and source
Each appeal is held against its own deadline, counted from when it was made; nothing is estimated. One fault is counted
of each: late before by a machine, that before without reasons. What was answered late counts as late, also if it won.
"""

import ibis
from ibis import Table, _

from guiju.checks import NO_CURRENCY, Answer, check
from guiju.checks.redress import _hearing
from guiju.checks.redress._hearing import AGENCY, FAULTS


@check(
    zh="{subject} 对 {object} 的当事人提出的 {appeals} 件申诉中，{faulty} 件没有得到本规则所要求的答复："
    "{late} 件逾期（答复期限为其承诺之时或者提出后 {max_answer_days:g} 日，以较早者为准；其中 {unanswered} 件在所判断"
    "的最后一日结束时没有答复，最长逾期 {longest_late_hours:,.0f} 小时），"
    "{by_machine} 件由机器答复，{no_reasons} 件没有说明理由。",
    en="Of {appeals:#appeal} by people of {object}, {subject} did not answer {faulty} as this rule asks. Late (due "
    "when promised, and within {max_answer_days:#day} at the latest): {late}, {unanswered} of them not answered by "
    "the end of the last day judged, {longest_late_hours:,.0f} hours over time at the most. By a machine: "
    "{by_machine}. Without reasons: {no_reasons}.",
    formula="{late} + {by_machine} + {no_reasons} = {faulty} of {appeals} appeals; due as promised, and within "
    "{max_answer_days:g} days",
)
def unanswered_appeals(appeals: Table, decisions: Table, *, since, until, max_answer_days: int):
    judged = yield _hearing.judged(appeals, decisions, until, max_answer_days).filter(_.occurred_at >= since)
    wrong = judged.filter(_.fault.notnull())
    found = wrong.group_by(AGENCY).agg(
        faulty=_.count(), parties=_.party.nunique(), **{fault: (_.fault == fault).sum() for fault in FAULTS},
        unanswered=_.unanswered.sum(), longest_late_hours=_.late_hours.max(where=_.fault == "late").fill_null(0.0),
        episode_start=_.occurred_at.min(), episode_end=_.occurred_at.max(),
    )  # fmt: skip
    of_all = judged.filter(_.why.isnull()).group_by(AGENCY).agg(
        appeals=_.count(), won=(_.outcome == "overturned").sum(), answered=_.answered_at.notnull().sum()
    )  # fmt: skip
    found = found.inner_join(of_all, AGENCY).rename(object="agency").mutate(
        subject=_.platform, currency=ibis.literal(NO_CURRENCY), amount_at_stake=ibis.null("decimal(18, 2)"),
    )  # fmt: skip
    own = ["currency", "subject", "object", "episode_start"]

    def of(found: Table) -> Table:
        return wrong.inner_join(found.select("platform", *own, agency=_.object), AGENCY)

    def evidence(found: Table) -> dict[str, Table]:
        rows = of(found)
        return {
            "appeals": rows.select("platform", "id", *own),
            "decisions": rows.select("platform", *own, id=_.decision).distinct(),
        }

    def workings(found: Table) -> dict[str, Table]:
        shown = ["party", "occurred_at", "due_at", "answered_at", "fault"]
        return {"appeals": of(found).select("platform", *own, *shown)}

    early = appeals.filter(_.occurred_at < since).select(why=ibis.literal("before the window"))
    rows = judged.select("why").union(early).group_by(unanswered=_.why).agg(rows=_.count())
    return Answer(found, evidence, {"appeals": rows}, workings)
