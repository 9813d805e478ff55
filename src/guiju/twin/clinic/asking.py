"""What is asked in one day: more in the evening, more about skin, a few experts chosen by many."""

from __future__ import annotations

import numpy as np

from guiju.twin.clinic.staff import LANGUAGES, OF_SPECIALTY, PLATFORM, REGIONS, SPECIALTIES, Row, Staff
from guiju.twin.market import DAY, HOUR, Clock

NOBODYS = "hair_transplant"  # a subject that nobody on the roster answers about
BY_HOUR = np.array([1, 0.5, 0.4, 0.3, 0.3, 0.5, 1, 2, 4, 6, 7, 7, 8, 7, 6, 6, 6, 6, 7, 9, 11, 11, 8, 4], float)
EXPERT_PCT, NOBODYS_PCT, STRANGE_PCT = 6, 0.5, 0.3


def ask(count: int, staff: Staff, clock: Clock, rng: np.random.Generator) -> list[Row]:
    """`count` inquiries of the last local day, in the order of time."""
    midnight = clock.until - DAY
    hour = rng.choice(24, count, p=BY_HOUR / BY_HOUR.sum())
    at = np.sort(midnight + hour * HOUR + rng.integers(0, HOUR // 1_000_000, count) * 1_000_000)
    specialty = rng.choice(len(SPECIALTIES), count, p=OF_SPECIALTY)
    medical, expert, nobody, strange = (rng.random((4, count)).T * 100 < (60, EXPERT_PCT, NOBODYS_PCT, STRANGE_PCT)).T
    language = rng.choice(len(LANGUAGES), count, p=(0.8, 0.17, 0.03))
    region = rng.choice(len(REGIONS), count, p=(0.4, 0.3, 0.2, 0.1))
    video = rng.random(count) < 0.12
    experts = [p for p in staff.people if p.row["expert"] == "yes"]
    fame = 1 / np.arange(1, len(experts) + 1)  # of the most famous, the second, …
    chosen = rng.choice(len(experts), count, p=fame / fame.sum())
    rows: list[Row] = []
    for n in range(count):
        of = experts[int(chosen[n])] if expert[n] else None
        about = NOBODYS if nobody[n] else SPECIALTIES[int(specialty[n])]
        rows.append({
            "platform": PLATFORM, "id": f"q{n:06}", "occurred_at": int(at[n]),
            "specialty": of.specialties[0] if of else about, "kind": "medical" if medical[n] or of else "service",
            "language": "ja" if strange[n] else "zh" if of else LANGUAGES[int(language[n])],
            "region": REGIONS[int(region[n])], "way": "video" if video[n] else "picture_text",
            "chosen": of.name if of else None,
        })  # fmt: skip
    return rows
