"""The deposit checks beside their estimators, and records of deposits and loans that are not as they should be."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from guiju.audit.folder import open_run
from guiju.audit.report.pictures import picture
from guiju.checks import checks
from guiju.estimators.concentration import hhi, ratio_pct
from guiju.estimators.yields import all_in_yield_pct
from guiju.findings import Finding
from guiju.records import tables
from guiju.testing import Told, ask, read_cases
from shell import Shell

Row = dict[str, Any]
DAY = datetime(2020, 11, 30, 9)
ONLY = {
    "platform_dependence": "no_undue_platform_dependence",
    "unlicensed_finance": "no_finance_without_licence",
    "disguised_loans": "no_disguised_loans",
}


def made(name: str, rows: list[Row]) -> pa.Table:
    """Rows of a table of records; what is not given is not known, but a platform, a currency and an id."""
    schema = tables()[name].schema.to_pyarrow()
    given = {"platform": "p", "currency": "CNY"}
    filled = [{**given, "id": str(n), **row} for n, row in enumerate(rows)]
    return pa.Table.from_pylist([{c: row.get(c) for c in schema.names} for row in filled], schema)


def told(name: str, **records: list[Row]) -> Told:
    """What a check says of records, by the limits of its cases."""
    check = checks()[name]
    drawn = {table: made(table, rows) for table, rows in records.items()}
    return ask(check, replace(read_cases(check).some, records=drawn))


def test_concentration_is_the_estimator_s() -> None:
    rng = np.random.default_rng(4)
    brought = {f"b{n}": rng.integers(1, 10**9, rng.integers(1, 11)) for n in range(40)}
    days = (DAY, DAY + timedelta(days=1))
    positions = [
        {"bank": bank, "occurred_at": day, "deposits_amount": Decimal(int(sums.sum())) / 100 * 2}
        for bank, sums in brought.items() for day in days
    ]  # fmt: skip
    balances = [
        {"platform": f"a{i}", "bank": bank, "operator": f"x{i}", "occurred_at": day, "amount": Decimal(int(one)) / 100}
        for bank, sums in brought.items() for i, one in enumerate(sums) for day in days
    ]  # fmt: skip
    rows = [{**row, "id": str(n)} for n, row in enumerate(balances)]
    found = {
        row["subject"]: row
        for row in told("platform_dependence", bank_positions=positions, balances=rows).found.values()
    }
    assert found.keys() == brought.keys()
    for bank, row in found.items():
        assert row["source_hhi"] == pytest.approx(hhi(brought[bank])[0], abs=0.01)
        assert row["largest_source_pct"] == pytest.approx(ratio_pct(brought[bank], 1) / 2, abs=1e-5)
        assert row["platform_pct"] == pytest.approx(50)


def test_rates_are_the_estimator_s() -> None:
    """Of each seller two loans of one schedule: on the price, and on the principal."""
    rng = np.random.default_rng(5)
    loans, sales, due, expected = [], [], [], {}
    for n in range(30):
        parts, every = int(rng.integers(2, 37)), int(rng.integers(7, 60))
        price, lent = 1000, int(rng.integers(1010, 1800))
        owed = [Decimal(int(lent * 100 * rng.uniform(1.0, 1.6) / parts) + 1) / 100] * parts
        days = [every * (k + 1) for k in range(parts)]
        for buyer in "ab":
            sale = f"{n}{buyer}"
            sales.append({"id": sale, "occurred_at": DAY, "seller": f"s{n}", "buyer": sale, "sold_as": "voucher",
                          "price_amount": price})  # fmt: skip
            loans.append({"id": sale, "lender": "bank", "borrower": sale, "prepayment": sale, "opened_at": DAY,
                          "principal_amount": lent})  # fmt: skip
            due += [{"id": f"{sale}-{day}", "loan": sale, "due_at": DAY + timedelta(days=day), "due_amount": part}
                    for day, part in zip(days, owed, strict=True)]  # fmt: skip
        flows = [[float(part) for part in owed]] * 2
        expected[f"s{n}"] = all_in_yield_pct([price, lent], flows, [days] * 2)
    agreed = [{"borrower": "c", "lender": "bank", "given_at": DAY}]
    answer = told("disguised_loans", loans=loans, prepayments=sales, repayments=due, loan_consents=agreed)
    found = {row["subject"]: row for row in answer.found.values()}
    assert found.keys() == expected.keys()
    for seller, row in found.items():
        assert [row["buyer_rate_pct"], row["lender_rate_pct"]] == pytest.approx(
            list(expected[seller]), rel=1e-5, abs=1e-4
        )


def test_bad_lines_are_one_sentence_each(shell: Shell) -> None:
    """A licence that ends before it begins, claims above the table: set aside; a payment of no loan, no total: told."""
    shell.write(
        "r,n1,bank,deposits,2010-01-01,2020-01-01", "r,n2,bank,deposits,2020-01-01,2010-01-01",
        head="platform,id,holder,business,valid_from,valid_to", name="financial_licences.csv",
    )  # fmt: skip
    shell.write(
        "p,a1,2020-11-30 09:00:00,x,deposits,ledger,CNY", "p,a2,2020-11-30 09:00:00,x,deposits,singing,CNY",
        head="platform,id,occurred_at,firm,business,act,currency", name="financial_business.csv",
    )  # fmt: skip
    shell.write(
        "r,p1,b,2020-11-30 09:00:00,CNY,,600", "r,p2,c,2020-11-30 09:00:00,CNY,1000,1001",
        "r,p3,d,2020-11-30 09:00:00,CNY,1000,600", "r,p4,e,2020-11-30 09:00:00,CNY,1000,600",
        head="platform,id,bank,occurred_at,currency,deposits_amount,savings_amount", name="bank_positions.csv",
    )  # fmt: skip
    shell.write(
        "p,m1,b,x,2020-11-30 09:00:00,CNY,400", "p,m2,d,x,2020-11-30 09:00:00,CNY,1000.01",
        "p,m3,e,x,2020-11-30 09:00:00,CNY,10", "p,m4,e,x,2020-11-29 09:00:00,CNY,-1",
        head="platform,id,bank,operator,occurred_at,currency,amount", name="balances.csv",
    )  # fmt: skip
    shell.write(
        "p,l1,bank,b1,v1,2020-11-02 09:00:00,CNY,1000",
        head="platform,id,lender,borrower,prepayment,opened_at,currency,principal_amount", name="loans.csv",
    )  # fmt: skip
    shell.write(
        "p,r1,l1,2020-12-02 09:00:00,CNY,1100", "p,r2,l7,2020-12-02 09:00:00,CNY,1100",
        head="platform,id,loan,due_at,currency,due_amount", name="repayments.csv",
    )  # fmt: skip
    shell.write(
        "p,v1,2020-11-02 08:00:00,s,b1,voucher,CNY,900",
        head="platform,id,occurred_at,seller,buyer,sold_as,currency,price_amount", name="prepayments.csv",
    )  # fmt: skip
    shell.write(
        "p,c1,b9,bank,2020-11-02 08:00:00,CNY",
        head="platform,id,borrower,lender,given_at,currency", name="loan_consents.csv",
    )  # fmt: skip
    said = shell.audit("--day", "2020-12-31", *(word for rule in ONLY.values() for word in ("--only", rule)))
    assert said.status == 0, said
    run = open_run(shell.runs)
    aside = {row["table"]: row["reason"] for row in pq.read_table(run.folder / "quarantine.parquet").to_pylist()}
    assert aside.keys() == {"financial_licences", "bank_positions", "balances"}
    assert "valid_to" in aside["financial_licences"]
    assert "savings_amount" in aside["bank_positions"]
    out = " ".join(said.out.split())
    for line in (
        "1 bank_positions: the bank's total deposits are not known",
        "1 balances: the bank's total deposits are not known",
        "1 bank_positions: what platforms brought is above the bank's total",
        "1 financial_business: what was done is none of the words the table names",
        "1 repayments: the loan is not on record",
    ):
        assert line in out, said.out


@pytest.mark.parametrize("name", ONLY)
def test_what_is_found_is_pictured(name: str) -> None:
    check = checks()[name]
    [case] = read_cases(check).of("found")[:1]
    answer = ask(check, case)
    [row] = answer.reply.rows
    fixed = {n: row.fixed[n] for n in ("platform", "subject", "object", "currency", "episode_start", "episode_end")}
    of = SimpleNamespace(check=name, facts=row.facts, limits=row.limits, **fixed)
    [rows] = answer.evidence.values()
    drawn = picture(cast(Finding, of), {t: made(t, held) for t, held in rows.items()}, ZoneInfo("Asia/Shanghai"))
    assert 'role="img"' in drawn
    assert drawn.count('class="zh"') == drawn.count('class="en"') > 5
    assert not re.search(r"\b(nan|inf|NaN|None)\b", drawn)
