"""Sentences and identities of findings."""

from __future__ import annotations

import json
import re
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from guiju.checks.words import Words
from guiju.findings import IDENTIFIERS, identity, mask, plain, shown_object
from guiju.findings.sentences import period, sentence
from guiju.records import tables
from made_runs import finding

SHANGHAI = ZoneInfo("Asia/Shanghai")
FACTS = {
    "whole": st.integers(-(10**9), 10**9),
    "real": st.floats(-1e9, 1e9),
    "money": st.decimals(-(10**9), 10**9, places=2),
    "at": st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)),
    "text": st.text(max_size=8),
}
TEMPLATE = "{whole:,} {whole:#week} {real:.2f} {money:.2f} {at:%Y-%m-%d %H:%M} {text} {time_zone}"


@given(st.fixed_dictionaries({name: st.none() | values for name, values in FACTS.items()}))
def test_a_sentence_is_the_same_from_facts_and_from_their_json(facts: dict) -> None:
    kept = json.loads(json.dumps({name: plain(value) for name, value in facts.items()}))
    assert sentence(TEMPLATE, kept, zone=SHANGHAI) == sentence(TEMPLATE, facts, zone=SHANGHAI)


def test_numbers_nouns_times_and_values() -> None:
    assert sentence("{n:#week} and {m:#week}", {"n": 1, "m": Decimal("2")}) == "1 week and 2 weeks"
    assert sentence("{t:%m-%d %H:%M}, {time_zone}", {"t": datetime(2025, 3, 2, 16)}, zone=SHANGHAI) == (
        "03-03 00:00, Asia/Shanghai"
    )
    assert sentence("{x:.2f} {y} {z:#order}", {"x": None, "y": float("nan"), "z": None}) == "– – –"
    assert sentence("{x:+.2f}", {"x": -0.001}) == "0.00"
    assert sentence("{x} {y:+.1f}", {"x": "export-0", "y": -0.0}) == "export-0 0.0"
    words = {"seller": Words("卖家", "the seller")}
    assert sentence("{payer} {name}", {"payer": "seller", "name": "s"}, "zh", words) == "卖家 s"


def test_a_period_in_days_or_hours() -> None:
    assert period(datetime(2025, 3, 2, 16), datetime(2025, 3, 9, 16), SHANGHAI) == "2025-03-03 – 2025-03-09"
    assert period(datetime(2025, 3, 2, 16), datetime(2025, 3, 2, 16, 9), SHANGHAI) == "2025-03-03 00:00 – 00:09"
    assert period(datetime(2025, 3, 2, 16), datetime(2025, 3, 2, 16), SHANGHAI) == "2025-03-03 00:00"


def test_two_currencies_are_two_findings() -> None:
    fixed = {"platform": "p", "subject": "s", "object": "", "currency": "CNY", "episode_start": datetime(2025, 1, 1)}
    assert identity("r", fixed, {"a": 1}) == identity("r", {**fixed, "amount_at_stake": 3}, {"a": 1})
    assert identity("r", fixed, {"a": 1}) != identity("r", {**fixed, "currency": "EUR"}, {"a": 1})
    assert identity("r", fixed, {"a": 1}) != identity("r", fixed, {"a": 2})


def test_a_limit_that_came_out_of_the_code_changes_no_name() -> None:
    fixed = {"platform": "p", "subject": "s", "object": "", "currency": "CNY", "episode_start": datetime(2025, 1, 1)}
    rule, written = "no_below_cost_sales", {"min_weeks": 1, "min_category_share_pct": 0}
    assert identity(rule, fixed, {**written, "pace_weeks": 4}) == identity(rule, fixed, written)
    assert identity(rule, fixed, {**written, "pace_weeks": 5}) != identity(rule, fixed, written)


def test_a_number_below_nothing_has_its_own_word() -> None:
    told = "{pct:a cut of |a rise of |.1f} %"
    assert sentence(told, {"pct": 22.92}) == "a cut of 22.9 %"
    assert sentence(told, {"pct": -6}) == sentence(told, {"pct": "-6.0"}) == "a rise of 6.0 %"
    assert sentence(told, {"pct": -0.04}) == "a cut of 0.0 %"
    assert sentence(told, {"pct": None}) == "a cut of – %"


def test_a_column_that_leads_to_somebody_by_an_id_is_masked_as_the_id_is() -> None:
    leads = {
        (table.name, column.name): found[1]
        for table in tables().values()
        for column in table.columns
        if (found := re.search(r"\bas in \w+\.(\w+)", column.says)) and column.type == "string"
    }
    assert len(leads) > 60
    assert not [of for of, id in leads.items() if id in IDENTIFIERS and of[1] not in IDENTIFIERS]


def test_an_object_is_masked_but_for_what_the_facts_tell_plainly() -> None:
    of = msgspec.structs.replace(finding("no_below_cost_sales", 0), facts={"licence": "food_trade", "seller": "s-417"})
    for of_finding, shown in (
        ("food_trade", "food_trade"), ("s-417", mask("s-417")), ("", ""),
        ("food_trade/s-417", f"food_trade/{mask('s-417')}"), (of.platform, of.platform),
    ):  # fmt: skip
        assert shown_object(msgspec.structs.replace(of, object=of_finding)) == shown
