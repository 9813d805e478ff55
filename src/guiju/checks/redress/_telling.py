"""Decisions that took money or work: what each party was told of them in time, and what not."""

import ibis
from ibis import Table, _

from guiju.checks import NO_CURRENCY

ITEMS = {"rule": "told_rule", "facts": "told_facts", "end": "told_until", "appeal": "told_appeal"}  # what is told
FAULTS = ("not_told", *(f"no_{item}" for item in ITEMS), "no_decision")
AGENCY = ["platform", "agency"]


def judged(decisions: Table, kinds: list[str], until, max_notice_hours: int) -> Table:
    """Decisions of these kinds with the `FAULTS` of each as booleans, `faulty`, or `why` it cannot be asked.

    Who was not told by `due_at` lacks everything, and counts as that alone. What happened after the last day judged
    has not happened yet; a decision that was taken back by `due_at` was told, or need not be.
    """
    rows = decisions.filter(_.kind.isin(kinds)).mutate(
        agency=_.agency.fill_null(""), due_at=_.occurred_at + ibis.interval(hours=max_notice_hours)
    )
    undone = (rows.undone_at <= ibis.least(rows.due_at, until)).fill_null(False)
    told = (rows.told_at < until).fill_null(False)
    late = ~undone & (ibis.ifelse(told, rows.told_at, until) > rows.due_at)
    unknown = ibis.or_(*(rows[column].isnull() for column in ITEMS.values()))
    lacks = {item: told & ~undone & ~late & (rows[column] == "no") for item, column in ITEMS.items()}
    faults = {f"no_{item}": lack.fill_null(False) for item, lack in lacks.items()}
    why = ibis.ifelse(told & ~undone & ~late & unknown & ~ibis.or_(*faults.values()),
                      "whether it was told what it must be is not known", ibis.null("string"))  # fmt: skip
    rows = rows.mutate(
        why=why, not_told=late, **faults, no_decision=ibis.literal(False), currency=ibis.literal(NO_CURRENCY),
        amount=ibis.null("decimal(18, 2)"),
    )  # fmt: skip
    return rows.mutate(faulty=ibis.or_(*(rows[fault] for fault in FAULTS)))


def on_no_decision(holds: Table) -> Table:
    """Holds that rest on no decision, as rows like those of `judged`, with their money, and no agency ('').

    Of a platform none of whose holds names a decision it is not known that there was none.
    """
    none = {fault: ibis.literal(fault == "no_decision") for fault in FAULTS}
    named = holds.filter(_.decision.notnull()).select("platform").distinct()
    return holds.filter(_.decision.isnull()).semi_join(named, "platform").mutate(agency=ibis.literal(""), **none)
