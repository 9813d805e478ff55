"""What is planned agency by agency: appeals not answered, decisions told without reasons; and what looks so."""

from __future__ import annotations

from typing import Any

from guiju.twin.desk.driving import MINUTE, Agency
from guiju.twin.desk.files import PROMISED_DAYS, TOLD, Files
from guiju.twin.desk.honest import ended
from guiju.twin.desk.planting import UNANSWERED, UNTOLD, Plans
from guiju.twin.market import DAY, HOUR

STRENGTHS = (1, 2, 3, 5, 8, 13)  # appeals or decisions
LATE_HOURS = (1, 5, 30, 100, 300, 700)
NOTHING = dict.fromkeys(TOLD, "no")
UNHEARD = ("never_answered", "answered_late", "answered_by_a_machine", "answered_without_reasons")
HEARD = ("withdrawn", "not_yet_due", "answered_in_the_last_hour", "won_without_reasons")
UNREASONED: dict[str, dict[str, Any]] = {
    "nothing_told": {"told_at": None, **NOTHING},
    "a_message_without_content": NOTHING,
    "no_facts": {"told_facts": "no"},
    "no_end": {"told_until": "no"},
    "no_appeal": {"told_appeal": "no"},
    "told_late": {},
    "stopped_without_reasons": NOTHING,
}
REASONED = ("only_marked", "undone_within_hours", "told_within_the_day")


def heard(plans: Plans, of: list[Agency]) -> None:
    """Look-alikes: an agency each."""
    files = plans.files
    for pattern in HEARD:
        agency = of.pop()
        plans.alike[UNANSWERED, agency.name] = pattern
        for number in range(5):
            driver = agency.drivers[number]
            late = pattern == "not_yet_due"
            at = files.clock.until - 30 * HOUR if late else plans.moment()
            appeal = _appealed(files, driver, at)
            made = appeal["occurred_at"]
            if pattern == "withdrawn":
                appeal["withdrawn_at"] = made + 40 * HOUR
            elif pattern == "answered_in_the_last_hour":
                files.answer(appeal, made + PROMISED_DAYS * DAY - 20 * MINUTE, "upheld")
            elif pattern == "won_without_reasons":
                files.answer(appeal, made + 2 * HOUR, "overturned", "machine", "no")


def unheard(plans: Plans, of: list[Agency]) -> None:
    """Four ways not to hear somebody, an agency each; of how many people, or by how much too late."""
    for strength, many in enumerate(STRENGTHS):
        for pattern in UNHEARD:
            if not of:
                return
            agency = of.pop()
            plans.planned[UNANSWERED, agency.name] = pattern
            for number in range(many):
                appeal = _appealed(plans.files, agency.drivers[number % len(agency.drivers)], plans.moment())
                _unheard(plans.files, appeal, pattern, LATE_HOURS[strength])


def _appealed(files: Files, driver: int, at: int) -> dict[str, Any]:
    """A proper decision and hold, which ends by itself, and an appeal five hours later."""
    decision = files.decide(driver, at, trip=files.trip_of(driver, at))
    ended(files, driver, files.hold(driver, decision, at, 30_00, 30_00), captured=False)
    return files.appeal(driver, decision, at + 5 * HOUR)


def _unheard(files: Files, appeal: dict[str, Any], pattern: str, hours: int) -> None:
    made = appeal["occurred_at"]
    if pattern == "answered_late":
        at = made + PROMISED_DAYS * DAY + hours * HOUR
        if at < files.clock.until:
            files.answer(appeal, at, "upheld")
    elif pattern == "answered_by_a_machine":
        files.answer(appeal, made + MINUTE, "upheld", "machine")
    elif pattern == "answered_without_reasons":
        files.answer(appeal, made + 30 * HOUR, "upheld", reasons="no")


def reasoned(plans: Plans, of: list[Agency]) -> None:
    """Look-alikes: an agency each."""
    files = plans.files
    for pattern in REASONED:
        agency = of.pop()
        plans.alike[UNTOLD, agency.name] = pattern
        for number in range(5):
            driver, at = agency.drivers[number], plans.moment()
            if pattern == "only_marked":
                files.decide(driver, at, "flag").update(told_at=None, **NOTHING)
                continue
            decision = files.decide(driver, at, trip=files.trip_of(driver, at))
            hold = files.hold(driver, decision, at, 30_00, 30_00)
            if pattern == "undone_within_hours":
                decision.update(told_at=None, undone_at=at + 3 * HOUR, **NOTHING)
                files.step(driver, hold, at + 3 * HOUR, "released", 30_00)
            else:
                decision["told_at"] = at + 23 * HOUR
                ended(files, driver, hold, captured=False)


def unreasoned(plans: Plans, of: list[Agency], alone: list[int]) -> None:
    """Seven ways to leave somebody without reasons, an agency each; and holds on no decision, of drivers with none."""
    files = plans.files
    for many in STRENGTHS:
        for pattern, told in UNREASONED.items():
            if not of:
                break
            agency = of.pop()
            plans.planned[UNTOLD, agency.name] = pattern
            for number in range(many):
                driver, at = agency.drivers[number % len(agency.drivers)], plans.moment()
                kind = "stop" if pattern == "stopped_without_reasons" else "hold"
                decision = files.decide(driver, at, kind, files.trip_of(driver, at))
                decision.update(told)
                if pattern == "told_late":
                    decision["told_at"] = at + 40 * HOUR
                if kind == "stop":
                    files.stop(driver, at, at + 2 * DAY, "decision", 3, decision["id"])
                else:
                    ended(files, driver, files.hold(driver, decision, at, 30_00, 30_00), captured=False)
    plans.planned[UNTOLD, ""] = "on_no_decision"
    for driver in alone:
        at = plans.moment()
        ended(files, driver, files.hold(driver, None, at, 30_00, 30_00, dispute=f"none-{driver}"), captured=False)
