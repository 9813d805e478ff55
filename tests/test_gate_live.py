"""The live engine: what it admits, what it holds, what it forgets; and the sets that ship."""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import yaml

from guiju.gate import Engine, EventRefused, Full, TriggerSet, history, live, load, shipped
from guiju.gate.drawn_cases import cases, decided, faults, in_batch
from guiju.gate.python_text import civil, quotient
from guiju.records import tables
from guiju.records.drawn import read_drawn
from guiju.records.errors import BadInput
from guiju.rulebook import rules
from made_sets import JOIN, REFERENCES
from naive_gate import Naive
from shell import Shell

HOUR = "RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW"
FEATURES = f"""SELECT
  COUNT(*) OVER pair AS pair_orders,
  COUNT(DISTINCT product) OVER pair AS products,
  SUM(coupon_amount) OVER shop AS coupons,
  MIN(gross_amount) OVER shop AS least
FROM orders
WINDOW pair AS (PARTITION BY platform, seller, COALESCE(buyer, id) ORDER BY decision_at {HOUR}),
  shop AS (PARTITION BY platform, seller ORDER BY decision_at {HOUR.replace("'1'", "'2'")})
"""
TRIGGER = {
    "rule": "no_sham_orders",
    "condition": "pair_orders >= min_orders_per_buyer",
    "says": {"zh": "{pair_orders} 单，{min_orders_per_buyer} 单起", "en": "{pair_orders} orders of {buyer}"},
    "action": "hold",
    "mode": "live",
    "found": {},
    "clear": {},
}
START = datetime(2025, 6, 10, 10)


def written(folder: Path, sql: str = FEATURES, **changed: Any) -> TriggerSet:
    (folder / "features.sql").write_text(sql, encoding="utf-8")
    text = yaml.safe_dump({**TRIGGER, **changed}, allow_unicode=True)
    (folder / "repeated.yaml").write_text(text, encoding="utf-8")
    return load(folder)


def order(n: int = 1, minutes: float = 0, **changed: Any) -> dict[str, Any]:
    amounts = {"quantity": Decimal(1), "gross_amount": Decimal("9.90"), "coupon_amount": None}
    who = {"platform": "p", "id": f"o{n}", "seller": "s", "buyer": "b", "product": "rice"}
    return {**who, **amounts, "occurred_at": START + timedelta(minutes=minutes), **changed}


@pytest.fixture
def of(tmp_path: Path) -> TriggerSet:
    return written(tmp_path)


@pytest.fixture
def engine(of: TriggerSet) -> Engine:
    return live(of, clock=None)


def test_a_decision_tells_why(engine: Engine) -> None:
    assert [engine.decide(order(n, n)).action for n in range(2)] == ["allow", "allow"]
    decision = engine.decide(order(3, 3))
    assert decision.action == "hold"
    assert decision.features == {"pair_orders": 3, "products": 1, "coupons": None, "least": Decimal("9.90")}
    [reason] = decision.reasons
    assert (reason.rule, reason.limits) == ("no_sham_orders", {"min_orders_per_buyer": 3})
    assert reason.facts == {"pair_orders": 3, "buyer": "b"}
    assert reason.says("zh") == "3 单，3 单起"
    assert reason.says("en") == "3 orders of b"


def test_a_trigger_in_shadow_is_told_and_acts_not(tmp_path: Path) -> None:
    engine = live(written(tmp_path, mode="shadow"), clock=None)
    decision = [engine.decide(order(n, n)) for n in range(3)][-1]
    assert decision.triggers == {"repeated": True}
    assert decision.action == "allow"


def test_decisions_are_strictly_later_and_a_late_event_counts_when_it_is_learned(engine: Engine) -> None:
    first, same, late = (engine.decide(order(n, minutes)).decision_at for n, minutes in enumerate((5, 5, 1)))
    assert (first, same) == (START + timedelta(minutes=5), START + timedelta(minutes=5, microseconds=1))
    assert late == START + timedelta(minutes=5, microseconds=2)


def without(name: str) -> dict[str, Any]:
    return {k: v for k, v in order().items() if k != name}


BAD: dict[str, tuple[Any, str]] = {
    "a missing column": (without("product"), "the event lacks product"),
    "two missing": ({k: v for k, v in order().items() if k not in ("id", "seller")}, "the event lacks id, seller"),
    "a number as text": (order(gross_amount="9.90"), "gross_amount is '9.90' (str); supply a Decimal"),
    "a float": (order(gross_amount=9.9), "gross_amount is 9.9 (float); supply a Decimal of at most 2 decimals"),
    "truth for a number": (order(gross_amount=True), "gross_amount is True (bool)"),
    "a third decimal": (order(gross_amount=Decimal("9.901")), "a Decimal of at most 2 decimals"),
    "no number": (order(gross_amount=Decimal("NaN")), "gross_amount is Decimal('NaN')"),
    "a signalling one": (order(coupon_amount=Decimal("sNaN")), "coupon_amount is Decimal('sNaN')"),
    "too large to be written out": (order(gross_amount=Decimal("1e999999")), "gross_amount is Decimal('1E+999999')"),
    "without end": (order(gross_amount=Decimal("Infinity")), "gross_amount is Decimal('Infinity')"),
    "below the least": (order(gross_amount=Decimal("-0.01")), "gross_amount is -0.01, and 0 is the least"),
    "too large": (order(gross_amount=Decimal(10**16)), "gross_amount is"),
    "null where needed": (order(seller=None), "seller is null, and every event needs it"),
    "a number for text": (order(buyer=7), "buyer is 7 (int); supply text"),
    "bytes": (order(product=b"rice"), "product is b'rice' (bytes); supply text"),
    "a time as text": (order(occurred_at="2025-06-10"), "occurred_at is '2025-06-10' (str); supply a datetime (UTC)"),
    "a day": (order(occurred_at=START.date()), "supply a datetime"),
    "before 1970": (order(occurred_at=datetime(1969, 12, 31)), "occurred_at is datetime.datetime(1969"),
    "no mapping": (["p", "o1"], "an event is a mapping"),
    "far past": (order(occurred_at=START - timedelta(days=31)), "more than 30 days, 0:00:00 before the last decision"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_event_is_refused_by_name_and_changes_nothing(engine: Engine, name: str) -> None:
    event, words = BAD[name]
    engine.decide(order(0))
    before = engine.state()
    with pytest.raises(EventRefused) as caught:
        engine.decide(event)
    assert words in str(caught.value)
    assert engine.state() == before
    assert engine.decide(order(2, 1)).features["pair_orders"] == 2


def test_a_remembered_amount_is_not_taken_for_a_float_or_truth(engine: Engine) -> None:
    engine.decide(order(gross_amount=Decimal(1)))
    assert engine.decide(order(2, gross_amount=1)).features["least"] == 1
    for lookalike in (1.0, True):
        with pytest.raises(EventRefused):
            engine.decide(order(gross_amount=lookalike))


def test_one_clock_that_is_ahead_stalls_nobody(of: TriggerSet) -> None:
    now = (START - datetime(1970, 1, 1)) // timedelta(microseconds=1)
    engine = live(of, clock=lambda: now, skew=timedelta(minutes=5))
    engine.decide(order(1, 5))
    with pytest.raises(EventRefused, match="ahead of the clock"):
        engine.decide(order(2, 5.01))
    assert engine.last_decision_at == now + 5 * 60_000_000


def test_a_zoned_time_is_the_instant_it_names(engine: Engine) -> None:
    decision = engine.decide(order(occurred_at=START.replace(tzinfo=UTC)))
    assert decision.decision_at == START


def test_a_full_engine_refuses_and_goes_on_once_windows_have_passed(of: TriggerSet) -> None:
    engine = live(of, clock=None, max_entries=10)  # two entries an event: two kinds of key
    for n in range(5):
        engine.decide(order(n, n))
    before = engine.state()
    with pytest.raises(Full, match="the windows hold 10 entries, and 10 is the ceiling; raise max_entries"):
        engine.decide(order(6, 6))
    assert engine.state() == before
    assert engine.decide(order(7, 600)).features["pair_orders"] == 1
    assert engine.entries == 2


def test_keys_that_are_silent_for_their_longest_window_are_forgotten(engine: Engine) -> None:
    for n in range(50):
        engine.decide(order(n, 0, buyer=f"b{n}", seller=f"s{n}"))
    assert engine.keys == (50, 50)
    for n in range(60):
        engine.decide(order(n, 180 + n / 100))
    assert engine.keys == (1, 1)


def test_a_snapshot_goes_on_where_it_was_taken(of: TriggerSet) -> None:
    events = [order(n, 7 * n, buyer="abc"[n % 3], coupon_amount=Decimal(n)) for n in range(40)]
    first = live(of, clock=None)
    for event in events[:25]:
        first.decide(event)
    second = live(of, clock=None)
    second.restore(pickle.loads(pickle.dumps(first.state())))
    for event in events[25:]:
        assert first.decide(event) == second.decide(event)
    assert first.keys == second.keys


def test_a_snapshot_of_another_set_is_refused(of: TriggerSet, tmp_path: Path) -> None:
    state = live(of, clock=None).state()
    (tmp_path / "other").mkdir()
    other = written(tmp_path / "other", FEATURES.replace("'1' HOUR", "'3' HOUR"))
    with pytest.raises(BadInput, match="the snapshot is of another set"):
        live(other, clock=None).restore(state)


# -- dated limits, lookups, distances --


def test_an_event_is_judged_by_the_limits_of_its_day_in_shanghai(tmp_path: Path) -> None:
    (tmp_path / "rulebook" / "cn").mkdir(parents=True)
    dated = {
        day: {"value": v, "because": "an example", "mark": "D"} for day, v in (("2025-01-01", 3), ("2025-06-01", 2))
    }
    rule = {
        "title": {"zh": "例", "en": "a"},
        "trigger": "made/repeated",
        "cites": ["cn.aucl.9"],
        "limits": {"most": dated},
    }
    text = re.sub(r"'(20\d\d-\d\d-\d\d)'", r"\1", yaml.safe_dump(rule, allow_unicode=True))
    (tmp_path / "rulebook" / "cn" / "no_many_orders.yaml").write_text(text, encoding="utf-8")
    says = {"zh": "{most}", "en": "{most}"}
    of = written(tmp_path, rule="no_many_orders", condition="pair_orders >= most", says=says)
    midnight = datetime(2025, 5, 31, 16)  # of 1 June in Shanghai
    at = [midnight - timedelta(minutes=1), midnight - timedelta(microseconds=1), midnight]
    records = {"orders": pa.Table.from_pylist(
        [{**order(n), "currency": "CNY", "occurred_at": moment} for n, moment in enumerate(at)],
        tables()["orders"].schema.to_pyarrow(),
    )}  # fmt: skip
    here = decided(of, records)
    assert [d.triggers["repeated"] for d in here] == [False, False, True]
    assert here[2].reasons[0].limits == {"most": 2}
    assert here == in_batch(of, records)
    late = live(of, clock=None)  # an event of May that is learned in June is judged by May's limits
    decisions = [late.decide(order(n, occurred_at=moment)) for n, moment in enumerate([midnight, midnight, at[0]])]
    assert [d.triggers["repeated"] for d in decisions] == [False, True, True]
    assert [d.reasons[0].limits for d in decisions[1:]] == [{"most": 2}, {"most": 3}]


LOOKUP = f"SELECT c.funder_kind AS funder, c.amount AS most FROM orders {JOIN}"
FUNDED = {"condition": "funder = 'insurer'", "says": {"zh": "{funder}", "en": "{funder}"}}


def test_a_lookup_is_of_the_row_valid_and_known_at_the_decision(tmp_path: Path) -> None:
    engine = live(written(tmp_path, LOOKUP, **FUNDED), {"campaigns": REFERENCES}, clock=None)
    start = datetime(2025, 5, 31, 15, 40)
    asked = [("a", 0), ("a", 19.99), ("a", 20), ("b", 29), ("b", 30), ("z", 31), (None, 32)]
    told = [
        engine.decide(order(n, campaign=name, occurred_at=start + timedelta(minutes=m))).features["funder"]
        for n, (name, m) in enumerate(asked)
    ]
    assert told == ["insurer", "insurer", "platform", None, "agency", None, None]


def test_two_rows_that_are_valid_at_once_are_refused(tmp_path: Path) -> None:
    of = written(tmp_path, LOOKUP, **FUNDED)
    with pytest.raises(BadInput, match="campaigns has two rows of"):
        live(of, {"campaigns": [*REFERENCES, {**REFERENCES[0], "id": "9"}]})
    with pytest.raises(BadInput, match="looks up campaigns, which is not given"):
        live(of)


TRIPS = f"""SELECT
  haversine_km(started_latitude, started_longitude, ended_latitude, ended_longitude) AS km,
  MAX(haversine_km(started_latitude, started_longitude, ended_latitude, ended_longitude)) OVER w AS farthest
FROM trips WINDOW w AS (PARTITION BY platform, driver ORDER BY decision_at {HOUR})"""


def test_distances_are_the_same_in_both_engines_and_of_the_formula(tmp_path: Path) -> None:
    of = written(tmp_path, TRIPS, condition="km < 0.3", says={"zh": "{km}", "en": "{km}"})
    drawn = "\n".join(
        f"{n} | 2025-06-10 10:{n:02} | d | 2025-06-10 09:00 | {30 + n / 7:.6f} | {120 + n / 3:.6f} | 30.000001 | "
        f"{'' if n == 3 else '120.500000'}"
        for n in range(20)
    )
    points = "started_latitude | started_longitude | ended_latitude | ended_longitude"
    head = f"id | occurred_at | driver | ordered_at | {points}"
    records = {"trips": read_drawn("trips", f"{head}\n{drawn}")}
    here = decided(of, records)
    assert here == in_batch(of, records)
    naive = Naive(TRIPS, {})
    for row, decision in zip(records["trips"].to_pylist(), here, strict=True):
        assert decision.features == naive.features({**row, "decision_at": decision.decision_at})
    to_the_pole = "1 | 2025-06-10 10:00 | d | 2025-06-10 09:00 | 0 | 0 | 90 | 0"
    [one] = decided(of, {"trips": read_drawn("trips", f"{head}\n{to_the_pole}")})
    assert one.features["km"] == Decimal("10007.557")  # a quarter of the circumference, 2π · 6371.0088 km / 4


def test_history_is_admitted_in_batches_as_the_live_engine_admits(of: TriggerSet) -> None:
    events = sorted((order(n, n // 7, currency="CNY") for n in range(60)), key=lambda e: (e["occurred_at"], e["id"]))
    engine = live(of, clock=None)
    moments = [engine.decide(event).decision_at for event in events]
    table = pa.Table.from_pylist(events, tables()["orders"].schema.to_pyarrow())
    ready = pa.Table.from_batches(list(history.admitted(of, table.to_batches(max_chunksize=7))))
    assert ready["decision_at"].to_pylist() == moments
    with pytest.raises(ValueError, match="not sorted"):
        list(history.admitted(of, pa.Table.from_pylist(events[::-1], table.schema).to_batches()))


def test_quotients_are_rounded_half_away_from_zero() -> None:
    assert [quotient(a, b) for a, b in ((1, 2), (-1, 2), (1, -2), (5, 10), (4, 10), (1, 0))] == [1, -1, -1, 1, 0, None]


def test_calendar_parts_are_those_of_every_day() -> None:
    for days in range(0, 80_000, 37):
        day = datetime(1900, 1, 1) + timedelta(days=days)
        moment = (day - datetime(1970, 1, 1)) // timedelta(microseconds=1)
        assert [civil(moment, part) for part in ("YEAR", "MONTH", "DAY")] == [day.year, day.month, day.day]


# -- sets that ship, the folder of a user, the page --


@pytest.mark.parametrize("name", shipped())
def test_a_set_that_ships_decides_its_cases_as_drawn(name: str) -> None:
    of = load(name)
    assert faults(of) == []
    assert {(t.rule.trigger or t.rule.check) != "" for t in of.triggers} == {True}


def test_rules_that_a_trigger_answers_are_cited_by_it() -> None:
    known = {f"{of.name}/{t.name}": t for name in shipped() for of in [load(name)] for t in of.triggers}
    for rule in rules().values():
        if rule.trigger:
            assert rule.trigger in known, rule.name
            assert known[rule.trigger].rule.name == rule.name
            assert set(known[rule.trigger].limits) == set(rule.entry.limits), rule.name


PAGE = Path(__file__).parents[1] / "docs" / "gate.md"


def example(folder: Path) -> Mapping[str, str]:
    """The files and the Python of the page's example."""
    text = PAGE.read_text(encoding="utf-8")
    for name, body in re.findall(r"`(brushing/\S+)`:\n\n```\w+\n(.*?)```", text, re.DOTALL):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(body, encoding="utf-8")
    return {"python": re.findall(r"```python\n(.*?)```\n\n```\n(.*?)```", text, re.DOTALL)[0]}


def test_the_example_of_the_page_runs(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    code, printed = example(tmp_path)["python"]
    assert shell.done("gate", "check", "brushing") == "brushing: 1 trigger, 1 feature, 2 cases; all as they say\n"
    exec(compile(code, str(PAGE), "exec"), {})
    assert capsys.readouterr().out == printed


def test_cases_that_are_not_as_they_say(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    example(tmp_path)
    path = tmp_path / "brushing" / "repeated_orders.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace('expect: ["3"]', 'expect: ["2"]'), encoding="utf-8")
    said = shell("gate", "check", "brushing")
    assert said.status == 1
    assert "it holds at 3, not at 2" in said.out
    entry = yaml.safe_load(path.read_text(encoding="utf-8"))
    told = {"innocent": [{"zh": "公司团购", "en": "A company buys for its staff"}], "found": {}}
    path.write_text(yaml.safe_dump({**entry, **told}, allow_unicode=True), encoding="utf-8")
    assert "draw a case found" in shell("gate", "check", "brushing").out
    assert "no clear case explains 'A company buys for its staff'" in shell("gate", "check", "brushing").out
    assert len(list(cases(load("brushing")))) == 1


def test_the_text_for_duckdb_is_one_statement(of: TriggerSet) -> None:
    assert len(duckdb.extract_statements(of.duckdb())) == 1
