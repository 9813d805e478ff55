"""What is planned against drivers' accounts: holds beyond what is in dispute, balances below zero; what looks so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from guiju.twin.desk.driving import MINUTE
from guiju.twin.desk.files import HOLD_DAYS, Files
from guiju.twin.desk.honest import QUIET_DAYS, ended, won
from guiju.twin.market import DAY, HOUR

BEYOND, BELOW = "holds_beyond_dispute", "accounts_driven_below_zero"
UNANSWERED, UNTOLD, MASS = "unanswered_appeals", "holds_without_reasons", "mass_flags_one_cause"
TIMES = (1.05, 1.2, 1.5, 2.0, 4.0, 8.0)  # of what is in dispute
LATE_DAYS = (1, 2, 4, 8, 16, 0)  # beyond the three that are allowed; 0: never
FEN_BELOW = (10_00, 40_00, 100_00, 300_00, 700_00, 1_300_00)
TAKEN = {"fee_taken": "fee", "deposit_taken": "deposit", "captured_beyond": "capture"}
SMALL_CUSHION, LARGE_CUSHION = 120_00, 6_000_00


@dataclass
class Plans:
    """Which party (or agency) is planned for what: by check and object, the pattern; and accounts' cushions."""

    files: Files
    drivers: Iterator[int]
    planned: dict[tuple[str, str], str] = field(default_factory=dict)
    alike: dict[tuple[str, str], str] = field(default_factory=dict)
    cushion: dict[int, int] = field(default_factory=dict)

    def driver(self, check: str, pattern: str, *, wrong: bool, cushion: int = 0) -> int:
        """The next driver of whom nothing is planned."""
        driver = next(self.drivers)
        (self.planned if wrong else self.alike)[check, f"d{driver:06d}"] = pattern
        if cushion:
            self.cushion[driver] = cushion
        return driver

    def moment(self) -> int:
        return self.files.moment(QUIET_DAYS, self.files.clock.days - 30)


def within_dispute(plans: Plans) -> None:
    """Holds that look too large, or too long, and are not."""
    files = plans.files
    for pattern in ("released_in_time", "one_after_the_other", "two_orders", "rounded", "given_back_in_parts",
                    "captured_before_its_end"):  # fmt: skip
        for _ in range(3):
            driver, at = plans.driver(BEYOND, pattern, wrong=False), plans.moment()
            decision = files.decide(driver, at, trip=files.trip_of(driver, at))
            disputed = 40_00
            hold = files.hold(driver, decision, at, disputed + 3 * (pattern == "rounded"), disputed)
            if pattern in ("released_in_time", "given_back_in_parts"):
                appeal, parts = files.appeal(driver, decision, at + 5 * HOUR), pattern == "given_back_in_parts"
                won(files, driver, decision, hold, appeal, at + 30 * HOUR, 0 if parts else 71 * HOUR)
                for after in (1, 70) if parts else ():
                    files.step(driver, hold, at + (30 + after) * HOUR, "released", disputed // 2)
            elif pattern == "one_after_the_other":
                files.step(driver, hold, at + 9 * HOUR, "released", disputed)
                again = files.hold(driver, decision, at + 9 * HOUR, disputed, disputed)
                ended(files, driver, again, captured=True)
            elif pattern == "captured_before_its_end":
                files.step(driver, hold, at + 50 * HOUR, "captured", disputed // 4)
                files.step(driver, hold, at + HOLD_DAYS * DAY + HOUR, "released", disputed - disputed // 4)
            else:
                ended(files, driver, hold, captured=False)
            if pattern == "two_orders":
                other = files.decide(driver, at, trip=files.trip_of(driver, at - 20 * DAY))
                its = {"dispute": f"other-{driver}"}
                ended(files, driver, files.hold(driver, other, at, disputed, disputed, **its), captured=True)


def beyond_dispute(plans: Plans) -> None:
    """Six ways to keep more than is in dispute, each a little and much."""
    for strength in range(len(TIMES)):
        for pattern in ("whole_fare_for_a_voucher", "two_holds_for_one_order", "deposit_too"):
            _too_much(plans, pattern, TIMES[strength])
        for pattern in ("kept_after_winning", "kept_after_its_end", "captured_and_won"):
            _too_long(plans, pattern, LATE_DAYS[strength])


def _too_much(plans: Plans, pattern: str, times: float) -> None:
    files, disputed = plans.files, 50_00
    driver, at = plans.driver(BEYOND, pattern, wrong=True, cushion=LARGE_CUSHION), plans.moment()
    decision = files.decide(driver, at, trip=files.trip_of(driver, at))
    if pattern == "whole_fare_for_a_voucher":
        ended(files, driver, files.hold(driver, decision, at, round(disputed * times), disputed), captured=False)
        return
    ended(files, driver, files.hold(driver, decision, at, disputed, disputed), captured=True)
    second = decision
    if pattern == "two_holds_for_one_order":
        second = files.decide(driver, at + HOUR, order_id=decision["order_id"])
    extra = 100_00 if pattern == "deposit_too" else round(disputed * (times - 1))
    its = {"dispute": files.holds[-1]["dispute"]}
    ended(files, driver, files.hold(driver, second, at + HOUR, extra, disputed, **its), captured=False)


def _too_long(plans: Plans, pattern: str, late: int) -> None:
    files, disputed = plans.files, 50_00
    driver, at = plans.driver(BEYOND, pattern, wrong=True, cushion=LARGE_CUSHION), plans.moment()
    decision = files.decide(driver, at, trip=files.trip_of(driver, at))
    hold = files.hold(driver, decision, at, disputed, disputed)
    if pattern == "kept_after_its_end":
        if late:
            files.step(driver, hold, hold["expires_at"] + (3 + late) * DAY, "released", disputed)
        return
    if pattern == "captured_and_won":
        files.step(driver, hold, at + 10 * HOUR, "captured", disputed)
    appeal = files.appeal(driver, decision, at + 5 * HOUR)
    won(files, driver, decision, hold, appeal, at + 40 * HOUR, (3 + late) * DAY if late else 0)


def above_zero(plans: Plans) -> None:
    """Accounts that come to nothing, or below it by what is no doing of the platform's, and go on working."""
    files = plans.files
    for pattern in ("refund_after_payout", "held_to_zero", "a_few_fen", "paid_within_the_hour", "stopped_for_licence",
                    "stop_decided"):  # fmt: skip
        for _ in range(3):
            driver, at = plans.driver(BELOW, pattern, wrong=False, cushion=SMALL_CUSHION), plans.moment()
            if pattern == "refund_after_payout":
                files.moves[driver].append((at, "refund", -SMALL_CUSHION - 80_00, None, None))
            elif pattern in ("held_to_zero", "a_few_fen", "paid_within_the_hour"):
                short = {"a_few_fen": 4, "paid_within_the_hour": 50_00}.get(pattern, 0)
                decision = files.decide(driver, at, trip=files.trip_of(driver, at))
                held = SMALL_CUSHION + short
                ended(files, driver, files.hold(driver, decision, at, held, held), captured=False)
                if pattern == "paid_within_the_hour":
                    files.moves[driver].append((at + 20 * MINUTE, "pay", short, None, None))
            elif pattern == "stopped_for_licence":
                files.stop(driver, at, at + 5 * DAY, "licence_expired", 4, None)
            else:
                files.moves[driver].append((at, "refund", -SMALL_CUSHION - 80_00, None, None))
                its = files.decide(driver, at, "stop")
                files.stop(driver, at, at + 2 * DAY, "balance_below_zero", 4, its["id"])


def below_zero(plans: Plans) -> None:
    """Four kinds of entries that drive an account below zero, and a stop of work where only a claim did."""
    files = plans.files
    for deep in FEN_BELOW:
        for pattern in ("held_beyond_the_balance", "stopped_for_a_claim", *TAKEN):
            driver, at = plans.driver(BELOW, pattern, wrong=True, cushion=SMALL_CUSHION), plans.moment()
            whole = SMALL_CUSHION + deep
            if pattern == "held_beyond_the_balance":
                decision = files.decide(driver, at, trip=files.trip_of(driver, at))
                hold = files.hold(driver, decision, at, whole, whole)
                ended(files, driver, hold, captured=False)
            else:
                files.moves[driver].append((at, TAKEN.get(pattern, "refund"), -whole, None, None))
            if pattern in ("held_beyond_the_balance", "stopped_for_a_claim"):
                files.stop(driver, at + HOUR, at + 3 * DAY, "balance_below_zero", 1 + deep // 50_00, None)
