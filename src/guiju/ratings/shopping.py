"""Mystery shopping: how long until somebody answers, what answers were worth, whether what was printed is right.

A row is one consultation. No reply is no number: it is a wait that was not over when one stopped looking, and counts as
such (Kaplan and Meier). Every duration and count that is told is made from the two times and the rows, never taken
over; where the sheet states a duration of its own that is another one, both are told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from guiju.estimators.waiting import Curve, LogRank, kaplan_meier, log_rank
from guiju.ratings.panel import Panel
from guiju.ratings.sheets import rows_of
from guiju.records.errors import BadInput, hint, hint_zh

COLUMNS = (
    "subject", "asked_at", "replied_at", "looked_until", "by", "apt", "professional", "doctors", "institutions",
    "stated_minutes",
)  # fmt: skip
HUMAN, AUTOMATIC = WHO = ("human", "automatic")
OFFERED = ("doctors", "institutions")  # a machine may offer them; whether a reply is apt is asked of people's alone
DAY_MINUTES = 24 * 60
FEW = 30  # contacts a subject, below which a curve is told as a first look
SAME = timedelta(minutes=1)  # stated durations are rounded to minutes


class Contact(NamedTuple):
    """A consultation; `wait` until the first human reply or, where there was none, until one stopped looking.

    The counts of doctors and institutions offered, and the judgements, are None where the sheet does not say.
    """

    row: int
    subject: str
    asked_at: datetime
    replied_at: datetime | None
    looked_until: datetime
    by: str | None
    apt: bool | None
    professional: bool | None
    doctors: int | None
    institutions: int | None
    stated: timedelta | None

    @property
    def answered(self) -> bool:
        """Whether a person answered while one looked; an automatic reply is none."""
        return self.replied_at is not None and self.by != AUTOMATIC

    @property
    def wait(self) -> timedelta:
        until = self.replied_at if self.answered and self.replied_at else self.looked_until
        return until - self.asked_at


class Differing(NamedTuple):
    """A duration that the sheet states, and the one between its own two times."""

    contact: Contact
    stated: timedelta
    counted: timedelta


class Replies(NamedTuple):
    """What one subject's contacts came to; shares as (yes, of how many said), counts as (sum, of how many said)."""

    contacts: int
    answered: int
    automatic: int
    curve: Curve  # in minutes
    apt: tuple[int, int]
    professional: tuple[int, int]
    doctors: tuple[int, int]
    institutions: tuple[int, int]


@dataclass(frozen=True)
class Shopping:
    """All contacts, by subject in the panel's order; `alike` is the log-rank test of all who were asked."""

    contacts: list[Contact]
    of: dict[str, Replies]
    alike: LogRank
    differing: list[Differing]
    unasked: list[str]


def shopped(panel: Panel, path: Path | str, zone: ZoneInfo) -> Shopping:
    """Read a sheet of consultations; times without an offset are of `zone`. Raises BadInput, with the row."""
    where = Path(path)
    contacts = [_contact(panel, row, f"{where.name}, row {number}", number, zone)
                for number, row in rows_of(where, "consultations", COLUMNS)]  # fmt: skip
    if not contacts:
        raise BadInput(
            f"{where.name}: holds no consultation yet; fill in the sheet", f"{where.name}：还没有咨询；请填表"
        )
    by = {subject: [c for c in contacts if c.subject == subject] for subject in panel.subjects}
    minutes = [c.wait / SAME for c in contacts]
    differing = [
        Differing(c, c.stated, c.replied_at - c.asked_at)
        for c in contacts
        if c.stated is not None and c.replied_at is not None and abs(c.stated - (c.replied_at - c.asked_at)) >= SAME
    ]
    return Shopping(
        contacts, {subject: replies(its) for subject, its in by.items() if its},
        log_rank(minutes, [c.answered for c in contacts], [c.subject for c in contacts]), differing,
        [subject for subject, its in by.items() if not its],
    )  # fmt: skip


def replies(its: Sequence[Contact]) -> Replies:
    """What contacts came to."""

    def share(name: str) -> tuple[int, int]:
        said = [getattr(c, name) for c in its if getattr(c, name) is not None and (c.answered or name in OFFERED)]
        return int(sum(said)), len(said)

    curve = kaplan_meier([c.wait / SAME for c in its], [c.answered for c in its])
    return Replies(
        len(its), sum(c.answered for c in its), sum(c.by == AUTOMATIC for c in its), curve, share("apt"),
        share("professional"), share("doctors"), share("institutions"),
    )  # fmt: skip


def _contact(panel: Panel, row: dict[str, Any], at: str, number: int, zone: ZoneInfo) -> Contact:
    subject = str(row["subject"] or "").strip()
    if subject not in panel.subjects:
        raise BadInput(
            f"{at}: there is no subject {subject!r}; {hint(subject, panel.subjects, 'there are')}",
            f"{at}：没有对象 {subject!r}；{hint_zh(subject, panel.subjects)}",
        )
    asked = _moment(row["asked_at"], "asked_at", at, zone)
    replied = _moment(row["replied_at"], "replied_at", at, zone)
    until = _moment(row["looked_until"], "looked_until", at, zone) or replied
    if asked is None:
        raise BadInput(
            f"{at}: asked_at is empty; write when the question was sent", f"{at}：asked_at 是空的；请写何时发出的问题"
        )
    if until is None:
        raise BadInput(
            f"{at}: there was no reply, and looked_until is empty; write until when you looked for one",
            f"{at}：没有回复，looked_until 又是空的；请写看到何时为止",
        )
    if replied is not None and replied < asked:
        raise BadInput(
            f"{at}: the reply ({replied:%Y-%m-%d %H:%M}) is before the question ({asked:%Y-%m-%d %H:%M})",
            f"{at}：回复（{replied:%Y-%m-%d %H:%M}）早于提问（{asked:%Y-%m-%d %H:%M}）",
        )
    if until < (replied or asked):
        raise BadInput(
            f"{at}: looked_until ({until:%Y-%m-%d %H:%M}) is before the reply or the question",
            f"{at}：looked_until（{until:%Y-%m-%d %H:%M}）早于回复或者提问",
        )
    by = str(row["by"] or "").strip().lower() or None
    if by not in (None, *WHO):
        raise BadInput(
            f"{at}: by is {by!r}; write human or automatic, or leave it empty where nobody replied",
            f"{at}：by 是 {by!r}；请写 human 或者 automatic，没有人回复的留空",
        )
    if replied is not None and by is None:
        raise BadInput(
            f"{at}: there was a reply, and by is empty; write human or automatic",
            f"{at}：有回复，by 却是空的；请写 human 或者 automatic",
        )
    return Contact(
        number, subject, asked, replied, until, by, _yes(row["apt"], "apt", at),
        _yes(row["professional"], "professional", at), _count(row["doctors"], "doctors", at),
        _count(row["institutions"], "institutions", at), _stated(row["stated_minutes"], at),
    )  # fmt: skip


def _moment(value: Any, name: str, at: str, zone: ZoneInfo) -> datetime | None:
    if value is None or not str(value).strip():
        return None
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip().replace("/", "-"))
    except ValueError:
        raise BadInput(
            f"{at}: {name} is {value!r}; write it as 2020-12-16 12:16",
            f"{at}：{name} 是 {value!r}；请写成 2020-12-16 12:16",
        ) from None
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)


def _yes(value: Any, name: str, at: str) -> bool | None:
    word = str(value if value is not None else "").strip().lower()
    if word not in ("", "yes", "no", "true", "false", "是", "否"):
        raise BadInput(
            f"{at}: {name} is {value!r}; write yes or no, or leave the cell empty",
            f"{at}：{name} 是 {value!r}；请写 yes 或者 no，或者留空",
        )
    return None if not word else word in ("yes", "true", "是")


def _count(value: Any, name: str, at: str) -> int | None:
    if value is None or not str(value).strip():
        return None
    try:
        count = float(str(value).strip())
    except ValueError:
        count = -1.0
    if count < 0 or count != int(count):
        raise BadInput(
            f"{at}: {name} is {value!r}; write a whole number from 0 on, or leave the cell empty",
            f"{at}：{name} 是 {value!r}；请写 0 或者更大的整数，或者留空",
        )
    return int(count)


def _stated(value: Any, at: str) -> timedelta | None:
    if value is None or not str(value).strip():
        return None
    try:
        minutes = float(str(value).strip())
    except ValueError:
        minutes = -1.0
    if not 0 <= minutes < np.inf:
        raise BadInput(
            f"{at}: stated_minutes is {value!r}; write minutes as a number, or leave the cell empty",
            f"{at}：stated_minutes 是 {value!r}；请写分钟数，或者留空",
        )
    return timedelta(minutes=minutes)


def zone_of(name: str) -> ZoneInfo:
    """A time zone by its name. Raises BadInput."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise BadInput(
            f"there is no time zone {name!r}; write it as Asia/Shanghai", f"没有时区 {name!r}；请写成 Asia/Shanghai"
        ) from None
