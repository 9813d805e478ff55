"""Cases for tests: a driver with a wallet, a matter of one trip, a clock that stands until it is set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from guiju.cases import Case, Cases, Desk, Fact, Matter
from guiju.checks.words import Words
from guiju.ledger import OUTSIDE, Account, Transfer
from guiju.rulebook.redress import Terms

NIGHT = datetime(2025, 12, 12, 12, tzinfo=UTC)  # 20:00 in China
BANK = Account("bank", OUTSIDE)
TERMS = Terms(6, 15, 15, 72, 21, 1)
MATTER = Matter(
    kind="hold", platform="yexing", party="driver", agency="agency", jurisdiction="CN", rule="no_voucher_arbitrage",
    trigger="driving/voucher_arbitrage", title=Words("不得优惠券套利", "No voucher arbitrage"), provisions=(),
    decision="trip-1", subject="trip-1", occurred_at=1_765_540_800_000_000, zone="Asia/Shanghai",
    says=Words("三十日内用券十四次。", "14 trips with vouchers in 30 days."),
    facts=(Fact("voucher_trips", "14", Words("用券行程", "trips with vouchers")),), innocent=(), currency="CNY",
    amount=100_00, text="0123", automated=True,
)  # fmt: skip


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = NIGHT

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **by: float) -> None:
        self.now += timedelta(**by)


def matter(**other: object) -> Matter:
    return replace(MATTER, **other)


def earn(desk: Desk, party: str = "driver", amount: int = 80_00) -> None:
    desk.books.post(f"fares of {party} {amount}", [Transfer(BANK, Account(party), amount, "CNY", "fares")])


def held(cases: Cases, clock: Clock, of: Matter = MATTER, terms: Terms = TERMS, wallet: int = 80_00) -> Case:
    """A case that was flagged, took effect after its delay, and was delivered at once."""
    with cases.writing() as desk:
        if wallet:
            earn(desk, of.party, wallet)
        case = desk.flag(f"flag {of.id}", of, by="gate", of_day=terms)
    clock.wait(hours=terms.delay_hours)
    with cases.writing() as desk:
        desk.impose(f"impose {of.id}", case.id, by="clock", role="machine", why="the delay is over")
        return desk.delivered(f"told {of.id}", case.id, channel="sms", proof="receipt 1", by="sms")


def standing(cases: Cases, party: str = "driver") -> tuple[int, int, int]:
    """What a party has: available, held, claimed."""
    [has] = cases.ledger.standing(party)
    return has.available, has.held, has.claimed
