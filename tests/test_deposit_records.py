"""Deposit records that cannot be right: each is set aside with one sentence, and no other row is lost."""

from __future__ import annotations

import pytest

from desk import Desk

BAD = {
    "a negative balance": (
        "balances",
        "platform,id,bank,operator,occurred_at,currency,amount",
        ("p,1,b,q,2020-06-01,CNY,0.00", "p,2,b,q,2020-06-02,CNY,-0.01"),
        "amount: -0.01 is below 0",
    ),
    "more savings than deposits": (
        "bank_positions",
        "platform,id,bank,occurred_at,currency,deposits_amount,savings_amount",
        ("p,1,b,2020-06-01,CNY,5.00,5.00", "p,2,b,2020-06-02,CNY,5.00,6.00"),
        "savings_amount 6.00 exceeds deposits_amount 5.00",
    ),
    "a deposit that matures before it was made": (
        "deposits",
        "platform,id,bank,depositor,kind,opened_at,matures_at,currency,amount",
        ("p,1,b,u,time,2020-06-01,2020-07-01,CNY,5.00", "p,2,b,u,time,2020-06-01,2020-05-01,CNY,5.00"),
        "matures_at is before opened_at",
    ),
    "a deposit of nothing": (
        "deposits",
        "platform,id,bank,depositor,kind,opened_at,currency,amount",
        ("p,1,b,u,time,2020-06-01,CNY,0.01", "p,2,b,u,time,2020-06-01,CNY,0.00"),
        "amount: 0.00 is not above 0",
    ),
    "an offer that ends before it begins": (
        "deposit_offers",
        "platform,id,bank,kind,term_months,rate_pct,currency,valid_from,valid_to",
        ("p,1,b,time,12,2,CNY,2020-06-01,2020-06-01", "p,2,b,time,12,2,CNY,2020-06-01,2020-05-31"),
        "valid_to is before valid_from",
    ),
    "an offer for no months": (
        "deposit_offers",
        "platform,id,bank,kind,term_months,rate_pct,currency,valid_from",
        ("p,1,b,time,,2,CNY,2020-06-01", "p,2,b,time,0,2,CNY,2020-06-01"),
        "term_months: 0 is not above 0",
    ),
    "an incentive on no deposit": (
        "incentives",
        "platform,id,offer,kind,currency,amount,on_amount,valid_from",
        ("p,1,d,rebate,CNY,5.00,100.00,2020-06-01", "p,2,d,rebate,CNY,5.00,0.00,2020-06-01"),
        "on_amount: 0.00 is not above 0",
    ),
    "a licence that ends before it begins": (
        "financial_licences",
        "platform,id,holder,business,valid_from,valid_to",
        ("p,1,b,deposits,2020-06-01,2021-06-01", "p,2,b,deposits,2020-06-01,2019-06-01"),
        "valid_to is before valid_from",
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
