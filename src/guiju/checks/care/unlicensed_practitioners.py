"""Somebody answered as a doctor, or an institution had somebody answer, on days on which no licence allowed it.

## What it finds
Doctors, and institutions, for whom on at least `min_days` somebody answered as a doctor though no licence of theirs of
that local day was on record, or none of the subject. Whose licences are asked for: `holders`.

## Why it matters
Whoever asks a doctor about their body cannot see whether it is one: the register has looked for them.

## Innocent explanations
- Who answered told of prices, appointments and how it works, as a consultant, and did not practise.
- The licence is in another's records: registers know no platforms.
- Renewal takes time: a licence goes on as long as the authority extended it (`extended_to`).
- The licence ended, or began, in the course of that day: it counts for the whole of it.
- No licence was asked for then: whose is none of the `holders` of that day.
- A row has the wrong day, person or subject: it was so on fewer than `min_days`.

## Method and source
Each answer is held against every licence of the doctor, and of the institution they answered for, by the local day;
nothing is estimated. Scope is the medical subject. Place is not asked: the law has exceptions to the place of practice
that records like these do not show. Whether telling of a service was practice is for whoever reads what was said.
"""

import ibis
from ibis import Table, _

from guiju.checks import Answer, check
from guiju.checks.care import _licensed
from guiju.checks.care._licensed import WHO, day_of


@check(
    zh="记录中没有 {subject} 当日相应的许可，而有 {days} 天、{consultations} 次由人以医师身份答复（{specialty}）："
    "{fault}；许可状况：{state}。",
    en="On {days:#day} somebody answered as a doctor {consultations:#time} ({specialty}) without a licence of "
    "{subject} on record for it: {fault}. What there was: {state}.",
    formula="{days} days >= {min_days:g}; {consultations} of {answers} answers as a doctor",
)
def unlicensed_practitioners(
    consultations: Table, medical_licences: Table, *, since, utc_offset, holders: str, min_days: int
):  # fmt: skip
    asked = [word.strip() for word in holders.split(",")]
    spans = yield _licensed.spans(medical_licences, utc_offset)
    answers = consultations.filter(_.occurred_at >= since).mutate(day=day_of(_.occurred_at, utc_offset))
    judged = yield _licensed.judged(answers, spans, asked)
    wrong = yield _licensed.faults(judged)
    whose = wrong.group_by([*WHO, "kind"]).agg(
        days=_.day.nunique(), consultations=_.id.nunique(), people=_.practitioner.nunique(),
        subjects=_.specialty.nunique(), one=_.specialty.min(), episode_start=_.occurred_at.min(),
        episode_end=_.occurred_at.max(), amount_at_stake=_.amount.sum().cast("decimal(18, 2)"),
    ).filter(_.days >= min_days)  # fmt: skip
    practised = judged.filter(judged.acted_as == "doctor")
    answered = ibis.union(*(
        practised.select("platform", "currency", holder=practised[column]) for column in _licensed.COLUMN.values()
    )).group_by("platform", "currency", "holder").agg(answers=_.count())  # fmt: skip
    told = whose.inner_join(_licensed.around(whose, spans), WHO).inner_join(
        answered, ["platform", "currency", "holder"]
    )  # fmt: skip
    found = told.mutate(
        subject=_.holder, object=_.fault, specialty=ibis.ifelse(_.subjects == 1, _.one, "several_subjects")
    ).select(
        "platform", "subject", "object", "currency", "episode_start", "episode_end", "amount_at_stake", "days",
        "consultations", "answers", "people", "specialty", "fault", "state", "ended_at", "next_at",
    )  # fmt: skip
    own = ["subject", "object", "currency", "episode_start"]

    def of(found: Table) -> Table:
        keys = found.select("platform", *own, holder=_.subject, fault=_.object)
        return wrong.inner_join(keys, WHO)

    def evidence(found: Table) -> dict[str, Table]:
        rows = of(found)
        whose = rows.select("platform", "kind", "holder", *own).distinct()
        held = medical_licences.rename(at="platform").inner_join(whose, ["kind", "holder"])
        return {
            "consultations": rows.select("platform", "id", *own),
            "medical_licences": held.select("id", *own, found_on="platform", platform="at"),
        }

    def workings(found: Table) -> dict[str, Table]:
        lines = of(found).group_by("platform", *own, "practitioner", "specialty")
        return {"subjects": lines.agg(days=_.day.nunique(), consultations=_.count(), first_at=_.occurred_at.min())}

    early = consultations.filter(_.occurred_at < since).select(why=ibis.literal("before the window"))
    rows = judged.select("why").union(early).group_by(unanswered=_.why).agg(rows=_.count())
    return Answer(found, evidence, {"consultations": rows}, workings)
