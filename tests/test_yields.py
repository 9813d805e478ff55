"""Yields: the worked examples of Regulation DD, scipy as an oracle, and what must hold of any cash flows."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from guiju.checks import checks
from guiju.estimators.yields import all_in_yield_pct, apy_pct, plain_rate_pct, plain_yield_pct
from guiju.records import tables
from guiju.testing import ask, read_cases

# 12 CFR 1030, appendix A: paid in, interest, days, annual percentage yield
REGULATION_DD = [
    (1000, 61.68, 365, 6.17),
    (1000, 30.37, 182, 6.18),
    (1000, 53.90, 365, 5.39),
    (8000, 452.29, 365, 5.65),
    (20000, 1183.61, 365, 5.92),
]


@pytest.mark.parametrize(("paid_in", "interest", "days", "apy"), REGULATION_DD)
def test_the_worked_yields_of_regulation_dd(paid_in: float, interest: float, days: int, apy: float) -> None:
    assert round(apy_pct(paid_in, interest, days), 2) == apy
    [by_flows] = all_in_yield_pct([paid_in], [[paid_in + interest]], [[days]])
    assert round(by_flows, 2) == apy


def test_a_rebate_is_part_of_the_all_in_yield() -> None:
    """What Regulation DD leaves out: the 182-day deposit above with 50 given back beside."""
    assert round(apy_pct(1000, 30.37 + 50, 182), 2) == 16.77
    at_the_end, at_once = all_in_yield_pct([1000, 1000], [[1030.37, 50]] * 2, [[182, 182], [182, 0]])
    assert round(at_the_end, 2) == 16.77
    assert at_once == pytest.approx(100 * ((1030.37 / 950) ** (365 / 182) - 1))


def test_a_plain_deposit_at_the_ceiling_has_the_ceilings_rate_over_any_term() -> None:
    days = np.array([30, 90, 182, 365, 1095, 1825, 3650])
    at_the_end = 1 + 0.04875 * days / 365
    yields = all_in_yield_pct(np.ones(7), at_the_end[:, None], days[:, None])
    assert yields == pytest.approx(plain_yield_pct(4.875, days), rel=1e-12)
    assert plain_rate_pct(yields, days) == pytest.approx(np.full(7, 4.875), rel=1e-11)
    assert round(plain_yield_pct(4.875, 1825), 2) == 4.46


@pytest.mark.parametrize(
    ("paid_in", "amounts", "days"),
    [([1.0], [[0.0, 0.0]], [[10, 20]]), ([100.0], [[100.0, 5.0]], [[0, 20]]), ([0.0], [[5.0]], [[20]])],
    ids=["nothing comes out", "all came back at once", "nothing was paid in"],
)
def test_where_there_is_no_yield(paid_in: list[float], amounts: list[list[float]], days: list[list[int]]) -> None:
    assert np.isnan(all_in_yield_pct(paid_in, amounts, days)).all()


def test_what_is_no_cash_flow_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 0"):
        all_in_yield_pct([1.0], [[-1.0]], [[10]])
    with pytest.raises(ValueError, match=r"\(2,\) and \(1, 1\)"):
        all_in_yield_pct([1.0, 1.0], [[1.0]], [[10]])


FLOW = st.tuples(st.floats(0, 1e5), st.integers(0, 3650))


@given(st.floats(1, 1e6), st.floats(1, 1.6), st.integers(1, 3650), st.lists(FLOW, max_size=4))
def test_it_is_the_root_of_the_cash_flows(paid_in: float, grown: float, term: int, bonuses: list) -> None:
    flows = [(paid_in * grown, term), *((paid_in * min(b / 1e5, 0.15), min(day, term)) for b, day in bonuses)]
    amounts, days = zip(*flows, strict=True)
    [found] = all_in_yield_pct([paid_in], [amounts], [days])

    def worth(log_yield: float) -> float:
        return sum(a * np.exp(-log_yield * d / 365) for a, d in flows) / paid_in - 1

    assert worth(np.log1p(found / 100)) == pytest.approx(0, abs=1e-9)
    if term >= 30:
        assert np.log1p(found / 100) == pytest.approx(brentq(worth, -30, 60, xtol=1e-13), abs=1e-9)
    [more] = all_in_yield_pct([paid_in], [(*amounts, paid_in * 0.01)], [(*days, term)])
    assert more > found


# The check's columns, against every way one by one

CEILINGS = {12: 2.25, 36: 4.125, 60: 4.875}
FLOOR_DAYS, EXCESS = 90, 0.01


def drawn(rng: np.random.Generator, n: int) -> tuple[list[dict], list[dict], list[dict]]:
    """Offers around their ceilings, up to three incentives of each, and up to three steps for who leaves early."""
    offers, gifts, exits = [], [], []
    for i in range(n):
        months = int(rng.choice([12, 36, 60]))
        rate = round(CEILINGS[months] + rng.uniform(-0.6, 0.05), 3)
        offers.append({"id": f"d{i}", "term_months": months, "rate_pct": rate, "min_amount": 50})
        for j in range(int(rng.integers(0, 4))):
            worth = {"amount": round(rng.uniform(1, 200), 2), "on_amount": int(rng.choice([1000, 10_000, 50_000]))}
            paid, held = rng.choice([-1, 0, 1, 30, 400]), rng.choice([-1, 60, 180, 365])
            days = {"paid_days": None if paid < 0 else int(paid), "held_days": None if held < 0 else int(held)}
            one_of = "w" if rng.random() < 0.4 else None
            gifts.append({"id": f"g{i}_{j}", "offer": f"d{i}", "one_of": one_of, **worth, **days})
        for step in range(int(rng.integers(0, 4))):
            pays = round(float(rng.uniform(0.3, CEILINGS[months])), 2)
            exits.append({"id": f"e{i}_{step}", "offer": f"d{i}", "held_days": (0, 120, 365)[step], "rate_pct": pays})
    return offers, gifts, exits


def best_way(offer: dict, gifts: list[dict], exits: list[dict]) -> float:
    """The highest plain rate among all ways, by the estimator; NaN where none is above the ceiling."""
    term = offer["term_months"] * 365 / 12
    steps = sorted((e["held_days"], e["rate_pct"]) for e in exits)
    held = {max(s, FLOOR_DAYS) for s, _ in steps}
    held |= {g["held_days"] for g in gifts if (g["held_days"] or 0) >= FLOOR_DAYS}
    ways = [(term, offer["rate_pct"], term + 2)]
    ways += [(d, [r for s, r in steps if s <= d][-1], d) for d in held if steps and steps[0][0] <= d < term]
    rates = []
    for paid_in in {50, *(g["on_amount"] for g in gifts)}:
        for days, rate, enough in ways:
            counted = [g for g in gifts if g["on_amount"] <= paid_in and (g["held_days"] or 0) <= enough]
            most: dict = {}
            for g in sorted(counted, key=lambda g: (g["amount"], g["id"])):
                most[g["one_of"] or g["id"]] = g
            last = max(days, FLOOR_DAYS)
            flows = [(g["amount"], last if g["paid_days"] is None else g["paid_days"]) for g in most.values()]
            flows.append((paid_in * (1 + rate / 100 * days / 365), last))
            amounts, when = zip(*flows, strict=True)
            rates.append(plain_rate_pct(all_in_yield_pct([paid_in], [amounts], [when])[0], last))
    return max(rates) if max(rates) > CEILINGS[offer["term_months"]] + EXCESS else np.nan


def test_the_check_finds_the_best_of_all_ways_to_the_last_digit_shown() -> None:
    offers, gifts, exits = drawn(np.random.default_rng(11), 120)
    day = datetime(2020, 6, 1)
    shared = {"platform": "p", "valid_from": day, "currency": "CNY"}
    rows = {
        "deposit_offers": [{**shared, "bank": "b", "name": o["id"], "kind": "time", **o} for o in offers],
        "incentives": [{**shared, "kind": "rebate", "for_whom": "all", **g} for g in gifts],
        "exit_rates": [{"platform": "p", **e} for e in exits],
        "deposits": [],
    }
    records = {}
    for name, of in rows.items():
        schema = tables()[name].schema.to_pyarrow()
        texts = ([None if r.get(f.name) is None else str(r[f.name]) for r in of] for f in schema)
        columns = [pa.array(text, pa.string()).cast(f.type) for text, f in zip(texts, schema, strict=True)]
        records[name] = pa.table(columns, schema=schema)
    check = checks()["yields_over_ceiling"]
    told = ask(check, read_cases(check).some, records, seen=1)
    found = {row["object"]: row["all_in_rate_pct"] for row in told.found.values()}
    wanted = {
        o["id"]: best_way(o, *([r for r in of if r["offer"] == o["id"]] for of in (gifts, exits))) for o in offers
    }
    above = {name: rate for name, rate in wanted.items() if rate == rate}
    assert 20 < len(above) < 110
    assert found == pytest.approx(above, abs=1e-6)
