"""Appeals: until when each was to be answered, and what was wrong with the answer or the lack of one."""

import ibis
from ibis import Table, _

FAULTS = ("late", "by_machine", "no_reasons")  # what is wrong with an appeal: the first that holds
AGENCY = ["platform", "agency"]


def judged(appeals: Table, decisions: Table, until, max_answer_days: int) -> Table:
    """Every appeal with its `due_at`, its agency ('': none), its `fault` (null: none), or why it cannot be asked.

    What happened after the last day judged has not happened yet.
    """
    whose = decisions.select("platform", decision=_.id, agency=_.agency.fill_null(""), kind=_.kind)
    rows = appeals.rename(promised_at="due_at").left_join(whose, ["platform", "decision"])
    rows = rows.drop("platform_right", "decision_right").mutate(
        due_at=ibis.least(_.promised_at, _.occurred_at + ibis.interval(days=max_answer_days)),
        answered_at=ibis.ifelse(_.answered_at < until, _.answered_at, ibis.null("timestamp(6)")),
        withdrawn_at=ibis.ifelse(_.withdrawn_at < until, _.withdrawn_at, ibis.null("timestamp(6)")),
    )  # fmt: skip
    withdrawn = rows.withdrawn_at <= ibis.least(rows.due_at, rows.answered_at.fill_null(rows.due_at))
    late = rows.answered_at.fill_null(until) > rows.due_at
    lost = rows.answered_at.notnull() & (rows.outcome != "overturned").fill_null(True)
    why = ibis.cases(
        (rows.agency.isnull(), "its decision is not on record"),
        (withdrawn.fill_null(False) | late, ibis.null("string")),
        (lost & rows.answered_by.isnull(), "who answered it is not known"),
        (lost & rows.told_reasons.isnull() & (rows.answered_by != "machine"), "whether it was told why is not known"),
    )
    fault = ibis.cases(
        (why.notnull() | withdrawn.fill_null(False), ibis.null("string")),
        (late, "late"),
        (lost & (rows.answered_by == "machine"), "by_machine"),
        (lost & (rows.told_reasons == "no"), "no_reasons"),
    )
    return rows.mutate(
        why=why, fault=fault, unanswered=rows.answered_at.isnull(),
        late_hours=((rows.answered_at.fill_null(until).epoch_seconds() - rows.due_at.epoch_seconds()) / 3600).round(6),
    )  # fmt: skip
