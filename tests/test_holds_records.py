"""Records of holds and appeals that cannot be right: each is set aside with one sentence, and no other row is lost."""

from __future__ import annotations

import pytest

from desk import Desk

BAD = {
    "a hold of nothing": (
        "holds",
        "platform,id,occurred_at,party,dispute,currency,amount",
        ("p,1,2020-12-12,d,t1,CNY,0.01", "p,2,2020-12-12,d,t1,CNY,0.00"),
        "amount: 0.00 is not above 0",
    ),
    "a hold that had ended before it began": (
        "holds",
        "platform,id,occurred_at,party,dispute,currency,amount,expires_at",
        ("p,1,2020-12-12,d,t1,CNY,5.00,2020-12-12", "p,2,2020-12-12,d,t1,CNY,5.00,2020-12-11"),
        "expires_at is before occurred_at",
    ),
    "a decision told before it was taken": (
        "decisions",
        "platform,id,occurred_at,party,kind,told_at",
        ("p,1,2020-12-12,d,hold,2020-12-12", "p,2,2020-12-12,d,hold,2020-12-11"),
        "told_at is before occurred_at",
    ),
    "an appeal answered before it was made": (
        "appeals",
        "platform,id,occurred_at,decision,party,answered_at",
        ("p,1,2020-12-12,x,d,", "p,2,2020-12-12,x,d,2020-12-11"),
        "answered_at is before occurred_at",
    ),
    "fewer than no orders refused": (
        "work_stops",
        "platform,id,occurred_at,party,refused",
        ("p,1,2020-12-12,d,0", "p,2,2020-12-12,d,-1"),
        "refused: -1 is below 0",
    ),
    "a step of a hold that moved nothing": (
        "hold_steps",
        "platform,id,occurred_at,hold,kind,currency,amount",
        ("p,1,2020-12-12,h,released,CNY,0.01", "p,2,2020-12-12,h,released,CNY,-5.00"),
        "amount: -5.00 is not above 0",
    ),
    "an entry that says not what stood after it": (
        "account_entries",
        "platform,id,occurred_at,party,kind,currency,amount,balance_amount",
        ("p,1,2020-12-12,d,hold,CNY,-5.00,-300.00", "p,2,2020-12-12,d,hold,CNY,-5.00,"),
        "needed value missing: balance_amount",
    ),
}


@pytest.mark.parametrize(("table", "head", "lines", "reason"), BAD.values(), ids=BAD)
def test_it_is_set_aside_with_its_reason(
    desk: Desk, table: str, head: str, lines: tuple[str, str], reason: str
) -> None:
    desk.write(f"{table}.csv", "\n".join([head, *lines]) + "\n")
    staged = desk.stage()
    [(line, said)] = desk.bad(staged)
    assert line == 3
    assert said.startswith(reason)
    assert staged.tables[table].good == 1
