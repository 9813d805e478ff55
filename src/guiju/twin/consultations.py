"""A platform where people ask doctors and consultants: its roster, one day's inquiries, three months of answers.

`truth.parquet` has the columns that `guiju.twin.groupbuy` names; the check is unlicensed_practitioners, the subject who
answered or the institution, `object` in what way, `strength` the days. It is counted from the rows by the rule's
definition. `may_answer.parquet` is what a router is held against: a row for each of the roster, each subject and each
span of the last day in which they are on duty and, as doctors, they and their institution are licensed all that day.
Answers of the days before are as uneven as platforms' are; what is planted is named in `guiju.twin.clinic.staff`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from guiju.twin.clinic.answering import answer, settle
from guiju.twin.clinic.asking import ask
from guiju.twin.clinic.staff import Staff, duty_rows, employ, holds, on_duty
from guiju.twin.market import DAY, Clock
from guiju.twin.tables import write_rows, write_truth

DAYS, LEAST_INQUIRIES = 90, 200
MAY = pa.schema([
    ("practitioner", pa.string()), ("specialty", pa.string()), ("role", pa.string()), ("pattern", pa.string()),
    ("starts_at", pa.timestamp("us")), ("ends_at", pa.timestamp("us")),
])  # fmt: skip


def generate(
    out: Path,
    inquiries: int = 10_000,
    seed: int = 7,
    *,
    plants: bool = True,
    staff: int | None = None,
    end: date = date(2025, 12, 31),
    progress: Callable[[str, float], None] | None = None,
) -> None:
    """Write the platform's tables, `truth.parquet` and `may_answer.parquet` into `out`.

    The files are a function of the arguments alone, byte for byte on one lock. `end` is the day of the inquiries; the
    roster has `staff`, one for every 60 inquiries if not said. Without `plants` everybody is licensed for what they
    do; every look-alike remains. Raises ValueError below 200 inquiries, or 60 on the roster.
    """
    count = max(inquiries // 60, 120) if staff is None else staff
    if inquiries < LEAST_INQUIRIES or count < 60:
        raise ValueError(f"a day needs {LEAST_INQUIRIES} inquiries and 60 on the roster at least")
    tell = progress or (lambda step, done: None)
    out.mkdir(parents=True, exist_ok=True)

    def dice(step: int) -> np.random.Generator:
        return np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, step])))

    tell("roster", 0.0)
    clock = Clock.ending(end, DAYS)
    its = employ(count, clock, dice(0), plants)
    answers = answer(its, clock, dice(1))
    tell("records", 0.5)
    write_rows(out, "practitioners", [person.row for person in its.people])
    write_rows(out, "duty_hours", duty_rows(its))
    write_rows(out, "medical_licences", its.licences)
    write_rows(out, "inquiries", ask(inquiries, its, clock, dice(2)))
    write_rows(out, "consultations", answers)
    write_truth(out, settle(its, answers, clock))
    pq.write_table(may_answer(its, clock), out / "may_answer.parquet", compression="zstd", store_schema=False)
    tell("truth", 1.0)


def may_answer(its: Staff, clock: Clock) -> pa.Table:
    """Who may answer about what, when, on the last local day; consultants (service only) need no licence."""
    midnight = clock.until - DAY
    weekday = (clock.first + timedelta(days=clock.days - 1)).isoweekday()
    rows = []
    for person in its.people:
        spans = on_duty(person, midnight, weekday)
        for about in person.specialties:
            sound = not person.doctor or all(
                holds(of.get(about, []), midnight, midnight + DAY, throughout=True)
                for of in (person.licensed, its.houses[person.house])
            )
            for begins, ends in spans if sound else []:
                first, last = max(begins, midnight), min(ends, midnight + DAY)
                if first < last:
                    rows.append((person.name, about, person.row["role"], person.pattern, first, last))
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(MAY)
    return pa.table([pa.array(v, f.type) for v, f in zip(columns, MAY, strict=True)], schema=MAY)
