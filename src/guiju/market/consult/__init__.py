"""Consultations: a day's inquiries routed to doctors and consultants on duty, each with why it went where it went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from guiju.audit.opened import Opened, Progress, opened, quiet
from guiju.market import Assumption, assumptions, local_day
from guiju.market.consult.choosing import FAIR, MANNERS
from guiju.market.consult.drawn import Day, live
from guiju.market.consult.measured import Measured, measure
from guiju.market.consult.policy import Policy, policy
from guiju.market.consult.roster import Inquiry, Roster, inquiries, roster
from guiju.records.errors import BadInput, hint

TABLES = ("practitioners", "duty_hours", "medical_licences", "inquiries")


@dataclass(frozen=True)
class Consulted:
    """A day's routing: the policy's own day with every step, and what each manner came to, the policy's first.

    of: the inquiries by id. bare: doctors of whom no licence is given, to whom nothing is sent. off: inquiries of other
    days. offline: days are by `zone`.
    """

    folder: Path
    day: date
    zone: ZoneInfo
    platform: str
    seed: int
    roster: Roster
    by: Policy
    of: dict[str, Inquiry]
    routed: Day
    measured: dict[str, Measured]
    off: int
    quarantined: int
    used: dict[str, Assumption]

    @property
    def page(self) -> Path:
        return self.folder / "consult.html"


def consult(
    records: Path | str | Mapping[str, Any],
    *,
    day: date,
    platform: str | None = None,
    rule: Mapping[str, Any] | Path | str | None = None,
    seed: int = 7,
    mapping: Path | str | None = None,
    out: Path | str | None = None,
    language: str = "en",
    progress: Progress = quiet,
) -> Consulted:
    """Route the inquiries of a local day, and live through it with replies drawn by a seed, in every manner.

    rule: other numbers than those of `consult.yaml`. Writes `consult-<day>/` into `out`: consult.html, numbers.xlsx,
    steps.parquet (every step with its sentence), consultations.parquet (as an audit reads it), manifest.json,
    quarantine.parquet. Raises BadInput for what the caller can mend.
    """
    from guiju.market.consult.page import render
    from guiju.market.consult.tables import write_tables

    used = assumptions("consult", day, rule)
    by = policy(used)
    with opened(records, mapping=mapping, out=out, tables=TABLES, progress=progress) as desk:
        desk.need("practitioners", "routing")
        desk.need("inquiries", "routing")
        name, rows = _of_one(desk, platform)
        its = roster(rows["practitioners"], rows["duty_hours"], rows["medical_licences"], day, desk.zone)
        asked = inquiries(rows["inquiries"], its.begins, its.ends)
        if not asked:
            days_asked = [local_day(row["occurred_at"], desk.zone) for row in rows["inquiries"]]
            raise BadInput(
                f"no inquiry of {day} is on record ({desk.zone.key}); there are some from {min(days_asked)} "
                f"to {max(days_asked)}: give --on a day of those"
            )
        days = {}
        for number, manner in enumerate(MANNERS):
            begun, part = 0.2 + 0.18 * number, 0.18

            def watch(share: float, begun: float = begun, part: float = part, manner: str = manner) -> None:
                progress(f"a day, {manner}", begun + part * share)

            days[manner] = live(its, by, asked, seed, manner, watch)
        measured = {manner: measure(its, by, asked, one) for manner, one in days.items()}
        made = Consulted(
            Path(), day, desk.zone, name, seed, its, by, {one.id: one for one in asked}, days[FAIR], measured,
            len(rows["inquiries"]) - len(asked), sum(desk.set_aside().values()), used,
        )  # fmt: skip
        progress("drawing", 0.94)
        folder = desk.folder()
        write_tables(made, folder)
        (folder / "consult.html").write_text(render(made, language), encoding="utf-8")
        place = desk.publish(folder, f"consult-{day}", _manifest(made))
        progress("done", 1.0)
        return replace(made, folder=place)


def _of_one(desk: Opened, platform: str | None) -> tuple[str, dict[str, list[dict[str, Any]]]]:
    """The rows of one platform; of licences all, for registers know no platforms. Raises BadInput for several."""
    rows = {name: desk.rows(name) for name in TABLES}
    names = sorted({row["platform"] for row in rows["practitioners"]})
    if platform is None and len(names) > 1:
        raise BadInput(f"the roster is of several platforms ({', '.join(names[:10])}): name one with --platform")
    if platform is not None and platform not in names:
        raise BadInput(f"there is no roster of {platform!r}; {hint(platform, names, 'there are')}")
    name = platform or names[0]
    kept = {
        table: its if table == "medical_licences" else [row for row in its if row["platform"] == name]
        for table, its in rows.items()
    }
    if not kept["inquiries"]:
        raise BadInput(f"no inquiry is of the platform {name!r}, of which the roster is: give both the same platform")
    return name, kept


def _manifest(made: Consulted) -> dict[str, Any]:
    said = {
        manner: {
            "inquiries": m.inquiries, "nobody_can_answer": m.nobodys, "replied": m.replied, "lawful": m.lawful,
            "in_time": m.in_time, "unanswered": m.unanswered, "broken": m.broken, "due": m.due,
            "charged": str(m.charged), "refunded": str(m.refunded),
        }
        for manner, m in made.measured.items()
    }  # fmt: skip
    return {
        "day": made.day.isoformat(), "platform": made.platform, "seed": made.seed,
        "policy": {name: one.value for name, one in made.used.items()},
        "doctors_without_licence_row": list(made.roster.without_licence), "manners": said,
    }  # fmt: skip
