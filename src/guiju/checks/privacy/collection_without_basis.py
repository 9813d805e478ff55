"""People's information is collected with no consent in force, and on no other ground the law knows.

## What it finds
A collector's purposes and fields for which information was taken from at least `min_people` people, its basis being
recorded as consent or as none, while no valid consent of theirs was in force: none given, given only afterwards,
withdrawn; for one of the `sensitive_fields` not asked for by itself; for a child under `guardian_years` years not given
by a guardian. Each collector, purpose and field is one finding.

## Why it matters
A consent is a person's say over what is known of them; one that is not asked, or not heeded once withdrawn, is none.

## Innocent explanations
- Another ground is recorded: a contract, a legal duty, an emergency, news, what is public (`basis`).
- Consent was given anew after it had been withdrawn.
- A withdrawal takes time to reach every system: `max_processing_days`.
- Clocks differ between two systems: `max_skew_minutes`.
- A sensitive field was asked for by itself (`separate`), and a guardian said yes for a child (`given_by`).
- A few consents were lost: fewer than `min_people` people.

## Method and source
Each collection is held against every consent of the same person to the same collector, purpose and field at that
moment. Whether a recorded other ground is a true one, and whether a consent was informed and free, no record says.
Separate consent is asked where consent is the ground. Where a row has no basis and no consent covers it, it is
unanswered, and so are platforms without any consent on record. Who is a child is only seen where `age_years` is known.
"""

import ibis
from ibis import Table, _

from guiju.checks import NO_CURRENCY, Answer, check
from guiju.checks.privacy import _consents
from guiju.records.schemas.personal_data import BASES

CASE = ["platform", "collector", "purpose", "field"]
OTHERS = [basis for basis in BASES if basis not in ("consent", "none")]


@check(
    zh="{subject} 为“{purpose}”用途收集{field}时，{people} 人（共 {collected} 次）在记录中没有有效同意，也没有其他合"
    "法性基础：{fault}。为该用途收集该项信息、合法性基础记为同意或为无的，共 {asked_people} 人。",
    en="{subject} collected {field} for the purpose “{purpose}” {collected:#time} from {people} people with neither "
    "a valid consent in force nor another ground on record: {fault}. In all it was collected for this purpose, "
    "with consent or none recorded as the ground, from {asked_people} people.",
    formula="{people} people >= {min_people:g}; of {collected} collections {never_given} with no consent on record, "
    "{given_later} before it, {withdrawn} after its withdrawal, {not_separate} without a separate one, "
    "{not_by_guardian} without a guardian's",
)
def collection_without_basis(
    personal_data: Table, consents: Table, *, since, sensitive_fields: str, guardian_years: int,
    max_skew_minutes: int, max_processing_days: int, min_people: int,
):  # fmt: skip
    sensitive = [name.strip() for name in sensitive_fields.split(",")]
    window = personal_data.filter(_.occurred_at >= since)
    skew, processing = ibis.interval(minutes=max_skew_minutes), ibis.interval(days=max_processing_days)
    judged = yield _consents.judged(window, consents, sensitive, guardian_years, skew, processing)
    recorded = judged.semi_join(consents, "platform")
    theirs = recorded.filter(_.basis.isin(["consent", "none"]), _.purpose.notnull(), _.covered.notnull())
    wrong = theirs.filter(~_.covered)
    cases = wrong.group_by(CASE).agg(
        people=_.person.nunique(), collected=_.count(), kinds=_.fault.nunique(), one=_.fault.min(),
        **{fault: _.count(where=_.fault == fault) for fault in _consents.FAULTS},
        episode_start=_.occurred_at.min(), episode_end=_.occurred_at.max(),
    ).filter(_.people >= min_people)  # fmt: skip
    in_all = theirs.group_by(CASE).agg(asked_people=_.person.nunique())
    found = cases.inner_join(in_all, CASE).mutate(
        subject=_.collector, object=_.purpose + "/" + _.field, fault=ibis.ifelse(_.kinds == 1, _.one, "several"),
        currency=ibis.literal(NO_CURRENCY), amount_at_stake=ibis.null("decimal(18, 2)"),
    ).drop("collector", "kinds", "one")  # fmt: skip

    def evidence(found: Table) -> dict[str, Table]:
        own = ["subject", "object", "episode_start", "currency"]
        keys = found.select("platform", *own, collector=_.subject)
        named = wrong.mutate(object=_.purpose + "/" + _.field)
        rows = named.inner_join(keys, ["platform", "collector", "object"])
        people = rows.select(*_consents.GIVEN, *own).distinct()
        return {
            "personal_data": rows.select("platform", "id", *own),
            "consents": consents.inner_join(people, _consents.GIVEN).select("platform", "id", *own),
        }

    without = judged.anti_join(consents, "platform").select("platform", "id").mutate(without=True)
    told = judged.left_join(without, ["platform", "id"]).mutate(grounded=_.basis.isin(OTHERS).fill_null(False))
    reason = ibis.cases(
        (told.grounded | (told.covered.fill_null(False) & told.without.isnull()), ibis.null("string")),
        (told.without, "no consent of the platform's is on record"),
        (told.purpose.isnull(), "the purpose is not known"),
        (told.covered.isnull() & told.sensitive.isnull(), "the field is none of the words the table names"),
        (told.covered.isnull(), "whether consent was separate, or who gave it, is not known"),
        (told.basis.isnull(), "the basis is not known"),
        (~told.basis.isin(BASES), "the basis is none of the words the table names"),
    )
    early = personal_data.filter(_.occurred_at < since).select(unanswered=ibis.literal("before the window"))
    rows = told.select(unanswered=reason).union(early)
    return Answer(found, evidence, {"personal_data": rows.group_by("unanswered").agg(rows=_.count())})
