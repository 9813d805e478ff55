"""Consultations, each held against the medical licences of its local day."""

import ibis
from ibis import Table, _

from guiju.checks.validity import DAY, NEVER_DAY, local_days

WHO = ["platform", "holder", "fault", "currency"]
SUBJECT = "the medical subject is not known"
AS_WHAT = "as what they answered is not known"
NO_HOUSE = "the institution is not known"
NONE = {"doctor": "no doctor's licence is on record", "institution": "no institution's licence is on record"}
FAULTS = {"doctor": ("no_licence", "out_of_scope"),
          "institution": ("institution_without_licence", "institution_out_of_scope")}  # fmt: skip
COLUMN = {"doctor": "practitioner", "institution": "institution"}


def day_of(moment, utc_offset):
    """The number of the local day of a moment."""
    return (moment + utc_offset).epoch_seconds() // DAY


def spans(licences: Table, utc_offset) -> Table:
    """The local days, first and last, of which each licence held at some moment; `last_day` null: it does not end."""
    extended = licences.extended_to.fill_null(licences.valid_to)
    return local_days(licences, extended, utc_offset, "kind", "holder", "scope")


def judged(answers: Table, spans: Table, holders: list[str]) -> Table:
    """Answers with `doctor_fault` and `institution_fault`, or null, and `why` where part of it nobody can say."""
    rows = answers
    for kind, column in COLUMN.items():
        rows = _covered(rows, spans, kind, column, f"{kind}_any", scoped=False)
        rows = _covered(rows, spans, kind, column, f"{kind}_scope", scoped=True)
    known = spans.group_by("kind").agg(n=_.holder.count())
    for kind in COLUMN:
        have = known.filter(known.kind == kind).agg(**{f"{kind}s": _.n.sum().fill_null(0)})
        rows = rows.cross_join(have)
    practised = (rows.acted_as == "doctor").fill_null(False)
    unknown = ibis.cases(
        (~rows.acted_as.isin(["doctor", "consultant"]).fill_null(False), AS_WHAT),
        (practised & rows.specialty.isnull(), SUBJECT),
    )  # fmt: skip
    rows = rows.mutate(unknown=unknown, asked=practised & unknown.isnull())
    seen = {"doctor": rows.doctors > 0, "institution": (rows.institutions > 0) & rows.institution.notnull()}
    faults = {
        f"{kind}_fault": ibis.cases(
            (~(rows.asked & seen[kind] & ibis.literal(kind in holders)), ibis.null("string")),
            (~rows[f"{kind}_any"], none), (~rows[f"{kind}_scope"], narrow),
        )
        for kind, (none, narrow) in FAULTS.items()
    }  # fmt: skip
    told = rows.mutate(**faults)
    doctors, institutions = (ibis.literal(kind in holders) & told.asked for kind in COLUMN)
    why = ibis.cases(
        (told.unknown.notnull(), told.unknown), (doctors & (told.doctors == 0), NONE["doctor"]),
        (told.doctor_fault.notnull(), ibis.null("string")), (institutions & told.institution.isnull(), NO_HOUSE),
        (institutions & (told.institutions == 0), NONE["institution"]),
    )  # fmt: skip
    return told.mutate(why=why)


def _covered(rows: Table, spans: Table, kind: str, column: str, name: str, *, scoped: bool) -> Table:
    """Rows with, under a name, whether who stands in `column` held such a licence that day; of the subject, if so."""
    of_kind = spans.filter(spans.kind == kind)
    held = of_kind.select("first_day", "scope", who=_.holder, last_day=_.last_day.fill_null(NEVER_DAY))
    on = [rows[column] == held.who, rows.day >= held.first_day, rows.day <= held.last_day]
    on += [rows.specialty == held.scope] if scoped else []
    covered = rows.semi_join(held, on).select("platform", "id", here=True)
    return rows.left_join(covered, ["platform", "id"]).select(*rows.columns, **{name: _.here.notnull()})


def faults(judged: Table) -> Table:
    """A row for each answer and whose licence it lacked."""
    parts = [
        judged.filter(judged[f"{kind}_fault"].notnull()).select(
            "platform", "id", "occurred_at", "day", "practitioner", "specialty", "currency", "amount",
            holder=judged[column], kind=ibis.literal(kind), fault=judged[f"{kind}_fault"],
        )
        for kind, column in COLUMN.items()
    ]  # fmt: skip
    return ibis.union(*parts)


def around(found: Table, spans: Table) -> Table:
    """What licence each had before the first answer without, and after; of another subject, where it has one."""
    before = _.ends_at <= _.episode_start
    held = spans.select("kind", "holder", "valid_from", "ends_at", "revoked_at").distinct()
    beside = found.left_join(held, ["kind", "holder"]).group_by(WHO).agg(
        held=_.valid_from.count(), ended_at=_.ends_at.max(where=before), revoked=_.revoked_at.max(where=before),
        next_at=_.valid_from.min(where=_.valid_from > _.episode_start),
    )  # fmt: skip
    narrow = beside.fault.isin([narrow for none, narrow in FAULTS.values()])
    state = ibis.cases(
        (narrow, "other_subjects"), (beside.held == 0, "none_on_record"), (beside.ended_at.isnull(), "not_yet_begun"),
        ((beside.revoked >= beside.ended_at).fill_null(False), "revoked"), else_="ended",
    )  # fmt: skip
    return beside.select(
        *WHO, state=state, ended_at=ibis.ifelse(narrow, ibis.null("timestamp(6)"), beside.ended_at),
        next_at=ibis.ifelse(narrow, ibis.null("timestamp(6)"), beside.next_at),
    )  # fmt: skip
