"""What an honest desk does: holds no more than is in dispute, told at once, answered in time, given back or decided."""

from __future__ import annotations

from guiju.twin.desk.driving import MINUTE
from guiju.twin.desk.files import HOLD_DAYS, PROMISED_DAYS, Files, Row
from guiju.twin.market import DAY, HOUR

FLAGGED = 0.15  # of all drivers, within three months
ONLY_MARKED = 0.2  # of decisions: nothing was done yet
APPEALED, WITHDRAWN, WON = 0.4, 0.1, 0.4
QUIET_DAYS = 10  # at both ends of the records, so that everything runs its course within them


def work(files: Files, drivers: list[int]) -> None:
    """A share of the drivers is flagged once to three times; everything is done as it should be."""
    rng = files.rng
    for driver in drivers:
        if rng.random() >= FLAGGED:
            continue
        for _ in range(int(rng.integers(1, 4))):
            at = files.moment(QUIET_DAYS, files.clock.days - QUIET_DAYS)
            if rng.random() < ONLY_MARKED:
                files.decide(driver, at, "flag", files.trip_of(driver, at))
                continue
            disputed = int(rng.integers(10, 60)) * 100
            decision = files.decide(driver, at, trip=files.trip_of(driver, at))
            hold = files.hold(driver, decision, at, disputed, disputed)
            if rng.random() < APPEALED:
                appealed(files, driver, decision, hold)
            else:
                ended(files, driver, hold, captured=bool(rng.random() < 0.5))


def appealed(files: Files, driver: int, decision: Row, hold: Row) -> None:
    """An appeal that is withdrawn, won or lost, and the money that follows."""
    rng = files.rng
    made = decision["occurred_at"] + int(rng.integers(2, 20)) * HOUR
    appeal = files.appeal(driver, decision, made)
    if rng.random() < WITHDRAWN:
        appeal["withdrawn_at"] = made + 5 * HOUR
        ended(files, driver, hold, captured=True)
        return
    answered = made + int(rng.integers(4, PROMISED_DAYS * 24 - 20)) * HOUR
    if rng.random() < WON:
        won(files, driver, decision, hold, appeal, answered, int(rng.integers(30, 20 * 60)) * MINUTE)
    else:
        files.answer(appeal, answered, "upheld")
        ended(files, driver, hold, captured=True)


def won(files: Files, driver: int, decision: Row, hold: Row, appeal: Row, at: int, after: int) -> None:
    """The decision is taken back, and the money given back so much later; 0: never."""
    files.answer(appeal, at, "overturned")
    decision["undone_at"] = at
    if after:
        files.step(driver, hold, at + after, "released", hold["amount"])


def ended(files: Files, driver: int, hold: Row, *, captured: bool) -> None:
    """Before its end it is decided that the money is taken, or it is given back within the hour after."""
    end = hold["occurred_at"] + HOLD_DAYS * DAY
    at, kind = (end - 2 * HOUR, "captured") if captured else (end + 40 * MINUTE, "released")
    files.step(driver, hold, at, kind, hold["amount"])
