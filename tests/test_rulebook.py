"""The rulebook: dated limits with reasons, provisions as researched, conduct judged by its day's limits."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from guiju.audit import run
from guiju.checks import checks
from guiju.records.errors import BadInput
from guiju.rulebook import RULEBOOK, BadRule, NotInForce, Rule, folders, instrument, jurisdictions, provisions, rules
from guiju.rulebook import digest as rulebook_digest
from guiju.testing import Case, Told, ask, read_cases, read_drawn

RULES = rules(RULEBOOK)
MARKS = {"T", "S", "P", "D"}  # read, second hand, published by a market's organiser, our default

NAMED = [f"{r.name} ({r.check or r.trigger})" for r in RULES.values()]
each_rule = pytest.mark.parametrize("rule", RULES.values(), ids=NAMED)


@each_rule
def test_every_limit_has_a_date_a_reason_and_a_mark(rule: Rule) -> None:
    for name, dated in rule.entry.limits.items():
        assert dated, name
        for day, limit in dated.items():
            assert isinstance(day, date)
            assert limit.why("zh").strip(), f"{name} from {day}: why?"
            assert limit.why("en").strip(), f"{name} from {day}: why?"
            assert limit.mark in MARKS, f"{name} from {day}"


@pytest.mark.parametrize("rule", [rule for rule in RULES.values() if rule.check], ids=lambda rule: rule.name)
def test_limits_are_exactly_those_of_the_check(rule: Rule) -> None:
    check = checks()[rule.check]
    assert set(rule.entry.limits) == set(check.limits)
    assert set(rule.entry.needs or ()) <= set(check.tables)
    assert (rule.entry.period is not None) == ("periods" in check.moments)


@each_rule
def test_limits_begin_no_earlier_than_the_law(rule: Rule) -> None:
    earliest = min(p.effective_from for p in rule.cites)
    for name, dated in rule.entry.limits.items():
        for day in dated:
            assert day.isoformat() >= earliest, f"{name} holds from {day}, the first provision cited from {earliest}"
            assert any(p.status != "guidance" for p in rule.cites_on(day)), f"{name} from {day}: by which law?"


@each_rule
def test_cites_provisions_of_its_jurisdiction(rule: Rule) -> None:
    assert rule.entry.cites
    assert {p.jurisdiction for p in rule.cites} == {rule.jurisdiction}
    assert len(set(rule.entry.cites)) == len(rule.entry.cites)
    assert rule.title.zh
    assert rule.title.en


@each_rule
def test_a_rule_is_named_after_the_duty(rule: Rule) -> None:
    assert rule.name not in checks()
    assert rule.name.startswith(("no_", "true_")), "a rule states a duty, a check what is found"


def test_provisions_are_as_researched() -> None:
    if "GUIJU_REAL_DATA" not in os.environ:
        pytest.skip("real data not present")
    path = Path(os.environ["GUIJU_REAL_DATA"]).parent / "provisions.yaml"
    if not path.exists():
        pytest.skip("the research file is not present")
    researched = {p["id"]: p for p in yaml.safe_load(path.read_text(encoding="utf-8"))["provisions"]}
    columns = (
        "title_zh",
        "title_en",
        "instrument",
        "effective_from",
        "effective_to",
        "test",
        "source_mark",
        "source_refs",
    )
    for id, provision in provisions(RULEBOOK).items():
        assert {c: getattr(provision, c) for c in columns} == {c: researched[id][c] for c in columns}, id


# -- an entry that breaks the shape, and one known from memory only --

ENTRY: dict[str, Any] = {
    "title": {"zh": "例", "en": "An example"},
    "check": "order_brushing",
    "cites": ["xx.1"],
    "window_days": 30,
    "limits": {},
}
PROVISION: dict[str, Any] = {
    **dict.fromkeys(("title_zh", "title_en", "instrument", "test", "penalty", "notes"), "例"),
    **{name: [] for name in ("params", "exemptions", "source_refs", "unverified")},
    **{"id": "xx.1", "jurisdiction": "XX", "status": "in_force", "source_mark": "M"},
    **{"effective_from": "2020-01-01", "effective_to": None},
}


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A rulebook with the jurisdiction XX, one provision from memory and no rule yet."""
    (tmp_path / "xx").mkdir()
    write(tmp_path / "provisions.yaml", [PROVISION])
    write(tmp_path / "xx" / "jurisdiction.yaml", {"title": ENTRY["title"], "time_zone": "Asia/Shanghai"})
    return tmp_path


def write(path: Path, body: Any) -> None:
    path.write_text(yaml.safe_dump(body, allow_unicode=True), encoding="utf-8")


def test_a_draft_is_shown_and_not_asked(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(book / "xx" / "no_examples.yaml", ENTRY)
    known = rules(book)
    assert known["no_examples"].is_draft
    monkeypatch.setattr(run, "rules", lambda: known)
    orders = read_drawn(
        "orders", "occurred_at | seller | product | quantity | gross_amount\n2025-06-01 | s | g | 1 | 1"
    )
    with pytest.raises(BadInput, match="no rule is left to ask"):
        run.audit({"orders": orders}, jurisdictions=["XX"], out=book / "runs")


def test_one_source_that_was_read_makes_it_a_rule(book: Path) -> None:
    write(book / "provisions.yaml", [PROVISION, {**PROVISION, "id": "xx.2", "source_mark": "T"}])
    write(book / "xx" / "no_examples.yaml", {**ENTRY, "cites": ["xx.1", "xx.2"]})
    assert not rules(book)["no_examples"].is_draft


def test_an_unknown_provision_is_refused(book: Path) -> None:
    write(book / "xx" / "no_examples.yaml", {**ENTRY, "cites": ["xx.9"]})
    with pytest.raises(BadRule, match=r"xx/no_examples\.yaml: cites \['xx\.9'\]"):
        rules(book)


def test_a_second_rule_of_the_name_is_refused(book: Path) -> None:
    write(book / "xx" / "no_sham_orders.yaml", ENTRY)
    with pytest.raises(BadRule, match=r"xx/no_sham_orders\.yaml: another rule has this name"):
        rules(RULEBOOK, book)


def test_a_second_provision_of_the_id_is_refused(book: Path) -> None:
    with pytest.raises(BadRule, match=r"xx\.1 is a provision already"):
        provisions(book, book)


def test_a_rule_without_a_jurisdiction_is_refused(book: Path) -> None:
    (book / "xx" / "jurisdiction.yaml").unlink()
    write(book / "xx" / "no_examples.yaml", ENTRY)
    with pytest.raises(BadRule, match=r"no jurisdiction\.yaml says whose law XX is"):
        rules(book)


def test_a_jurisdiction_is_not_told_otherwise(book: Path) -> None:
    (book / "cn").mkdir()
    write(book / "cn" / "jurisdiction.yaml", {"title": ENTRY["title"], "time_zone": "UTC"})
    with pytest.raises(BadRule, match="says otherwise of CN"):
        jurisdictions(RULEBOOK, book)


def test_a_rule_nothing_answers_is_refused(book: Path) -> None:
    write(book / "xx" / "no_examples.yaml", {k: v for k, v in ENTRY.items() if k != "check"})
    with pytest.raises(BadRule, match=r"xx/no_examples\.yaml: neither a check nor a trigger answers it"):
        rules(book)


def test_a_check_is_asked_over_days(book: Path) -> None:
    write(book / "xx" / "no_examples.yaml", {k: v for k, v in ENTRY.items() if k != "window_days"})
    with pytest.raises(BadRule, match="it says no window_days"):
        rules(book)


def test_a_rule_of_the_gate_is_not_asked_in_an_audit(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live = {k: v for k, v in ENTRY.items() if k not in ("check", "window_days")}
    write(book / "provisions.yaml", [{**PROVISION, "source_mark": "T"}])
    write(book / "xx" / "no_examples.yaml", {**live, "trigger": "orders/examples"})
    known = rules(book)
    monkeypatch.setattr(run, "rules", lambda: known)
    with pytest.raises(BadInput, match="no_examples is not asked in an audit: the trigger orders/examples answers it"):
        run.audit({}, jurisdictions=["XX"], only=["no_examples"], out=book / "runs")


def test_a_strange_key_is_refused(book: Path) -> None:
    write(book / "xx" / "no_examples.yaml", {**ENTRY, "severity": "high"})
    with pytest.raises(BadRule, match=r"no_examples\.yaml in xx: .*severity"):
        rules(book)


def test_a_limit_that_ended_does_not_begin_again(book: Path) -> None:
    again = {date(2020, 1, 1): 1, date(2021, 1, 1): None, date(2022, 1, 1): 2}
    dated = {day: {"value": value, "because": "an example", "mark": "D"} for day, value in again.items()}
    write(book / "xx" / "no_examples.yaml", {**ENTRY, "limits": {"window_minutes": dated}})
    with pytest.raises(BadRule, match="window_minutes ends and begins again"):
        rules(book)


def test_weeks_are_not_counted_by_a_clock_that_is_changed() -> None:
    case = read_cases(checks()["below_cost_sales"]).of("found")[0]
    with pytest.raises(BadRule, match="Europe/Brussels has two a year"):
        ask(checks()["below_cost_sales"], replace(case, jurisdiction="EU"))


def test_a_changed_limit_is_another_version(book: Path) -> None:
    write(book / "xx" / "no_examples.yaml", ENTRY)
    before = rulebook_digest(book)
    write(book / "xx" / "no_examples.yaml", {**ENTRY, "window_days": 31})
    assert rulebook_digest(book) != before
    assert rulebook_digest() == rulebook_digest(*folders())


# -- conduct is judged by the limits of the day it was done; June begins in Shanghai at 16:00 UTC of 31 May --

JUNE = date(2025, 6, 1)
BRUSHING = {"window_minutes": 60, "min_orders_per_buyer": 3, "min_orders": 3}


def bought(*times: str) -> str:
    """Orders of one buyer at a shop."""
    lines = [f"o{n} | {at} | s | b | g | 1 | 10.00" for n, at in enumerate(times, 1)]
    return "\n".join(["id | occurred_at | seller | buyer | product | quantity | gross_amount", *lines])


def judged(orders: str, day: date, window_days: int = 90, **limits: Any) -> Told:
    records = {"orders": read_drawn("orders", orders)}
    case = Case(
        "order_brushing",
        "found",
        "",
        records,
        {**BRUSHING, **limits},
        day,
        "CN",
        window_days,
        None,
        None,
        None,
        {},
    )
    return ask(checks()["order_brushing"], case)


def orders_found(told: Told) -> list[list[str]]:
    return sorted([row["id"] for row in of["orders"]] for of in told.evidence.values())


def dated(**limits: Any) -> Rule:
    return Case("", "", "", {}, limits, JUNE, "CN", 30, None, None, None, {}).rule()


def test_the_limits_of_a_day() -> None:
    rule = dated(min_orders={date(2025, 1, 1): 6, JUNE: 3})
    assert rule.limits_on(date(2025, 5, 31)) == {"min_orders": 6}
    assert rule.limits_on(JUNE) == {"min_orders": 3}
    with pytest.raises(NotInForce, match="CN/case has no limits in force on 2024-12-31: min_orders has no value then"):
        rule.limits_on(date(2024, 12, 31))


def test_a_value_of_another_kind_is_refused() -> None:
    brushing, below = checks()["order_brushing"], checks()["below_cost_sales"]
    of = {n: r.limits_on(date(2025, 6, 1)) for n, r in rules().items()}
    wrong = brushing.misfit({**of["no_sham_orders"], "min_orders": "ten"})
    assert wrong is not None
    assert "min_orders is 'ten'" in wrong
    wrong = below.misfit({**of["no_below_cost_sales"], "max_fresh_shelf_life_days": "a month"})
    assert wrong == "max_fresh_shelf_life_days is 'a month', and below_cost_sales asks for a whole number"


def test_null_ends_a_limit() -> None:
    rule = dated(min_orders={date(2025, 1, 1): 6, JUNE: None})
    with pytest.raises(NotInForce):
        rule.limits_on(JUNE)
    assert [(s.first, s.last) for s in rule.spans(date(2025, 6, 10))] == [(date(2025, 5, 12), date(2025, 5, 31))]
    assert rule.spans(date(2025, 7, 30)) == []


def test_spans_are_cut_only_where_a_value_changes() -> None:
    rule = dated(a={date(2025, 1, 1): 1, date(2025, 5, 25): 1, JUNE: 2}, b={date(2025, 1, 1): 1})
    cuts = [(s.first, s.last, s.limits["a"]) for s in rule.spans(date(2025, 6, 10))]
    assert cuts == [(date(2025, 5, 12), date(2025, 5, 31), 1), (JUNE, date(2025, 6, 10), 2)]


def test_a_day_begins_at_midnight_in_shanghai() -> None:
    assert dated().instant(JUNE) == datetime(2025, 5, 31, 16)


def test_periods_are_whole_quarters() -> None:
    rule = Case("", "", "", {}, {}, JUNE, "CN", 365, "quarter", None, None, {}).rule()
    whole = rule.periods(date(2025, 1, 2), date(2025, 9, 30))
    assert whole == [(date(2025, 4, 1), date(2025, 6, 30)), (date(2025, 7, 1), date(2025, 9, 30))]


def test_a_stricter_limit_does_not_reach_back() -> None:
    stricter = {date(2025, 1, 1): 6, JUNE: 3}
    in_may = bought("2025-05-20 10:00", "2025-05-20 10:10", "2025-05-20 10:20")
    in_june = bought("2025-06-20 10:00", "2025-06-20 10:10", "2025-06-20 10:20")
    assert orders_found(judged(in_may, date(2025, 5, 31), min_orders=stricter)) == []
    assert orders_found(judged(in_may, date(2025, 6, 30), min_orders=stricter)) == []
    assert orders_found(judged(in_june, date(2025, 6, 30), min_orders=stricter)) == [["o1", "o2", "o3"]]


@pytest.mark.parametrize("day", [date(2025, 5, 31), JUNE, date(2025, 6, 30)])
def test_the_last_minute_of_the_old_limits_is_judged_by_them(day: date) -> None:
    looser = {date(2025, 1, 1): 3, JUNE: 9}
    told = judged(bought("2025-05-31 15:57", "2025-05-31 15:58", "2025-05-31 15:59"), day, min_orders=looser)
    assert orders_found(told) == [["o1", "o2", "o3"]]
    assert told.reply.rows[0].limits["min_orders"] == 3


def test_the_first_moment_of_the_new_limits_is_judged_by_them() -> None:
    at_midnight = bought("2025-05-31 16:00", "2025-05-31 16:00", "2025-05-31 16:00")
    assert orders_found(judged(at_midnight, date(2025, 6, 30), min_orders={date(2025, 1, 1): 3, JUNE: 9})) == []
    told = judged(at_midnight, date(2025, 6, 30), min_orders={date(2025, 1, 1): 9, JUNE: 3})
    assert orders_found(told) == [["o1", "o2", "o3"]]


ACROSS = bought(*(f"2025-05-31 {at}" for at in ("15:40", "15:50", "15:59", "16:00", "16:10", "16:20")))


def test_conduct_across_a_change_is_found_under_every_set_of_limits() -> None:
    told = judged(ACROSS, date(2025, 6, 30), min_orders={date(2025, 1, 1): 6, JUNE: 5})
    assert orders_found(told) == [["o1", "o2", "o3", "o4", "o5", "o6"]]
    assert told.reply.asked == {"orders": {None: 6}}


@pytest.mark.parametrize("before_and_after", [(7, 5), (5, 7)])
def test_conduct_across_a_change_is_not_found_under_one_set_only(before_and_after: tuple[int, int]) -> None:
    before, after = before_and_after
    assert not judged(ACROSS, date(2025, 6, 30), min_orders={date(2025, 1, 1): before, JUNE: after}).found


def test_the_same_conduct_has_the_same_id_on_whatever_day_it_is_asked() -> None:
    orders = bought("2025-06-20 10:00", "2025-06-20 10:10", "2025-06-20 10:20")
    ids = {
        judged(orders, day, 30).reply.rows[0].id for day in (date(2025, 6, 20), date(2025, 6, 30), date(2025, 7, 10))
    }
    assert len(ids) == 1


def test_conduct_across_a_change_is_found_once_with_its_own_evidence() -> None:
    told = judged(ACROSS, date(2025, 6, 30), min_orders={date(2025, 1, 1): 3, JUNE: 2})
    rows = [order for found in orders_found(told) for order in found]
    assert told.found
    assert len(rows) == len(set(rows))


def test_what_may_follow_is_said_of_every_rule() -> None:
    for rule in RULES.values():
        if rule.jurisdiction == "CN":
            assert [p for p in rule.cites if p.follows], f"{rule.name}: nothing is said of what may follow"
    told = yaml.safe_load((RULEBOOK / "provisions.follows.yaml").read_text(encoding="utf-8"))
    assert set(told) <= set(provisions())


def test_an_instrument_in_chinese_names_only_what_the_provisions_name() -> None:
    text = (RULEBOOK / "provisions.yaml").read_text(encoding="utf-8")
    glosses = re.compile(
        "年法|修订|修正|指令|指南|解释性通知|解释|公告|行政指导会|未查到文号|不具约束力|官员讲话|另外|个部门|发布|起施行"
        "|标题所列各法|[年月日第条章号经与的令自起至等]"
    )
    told = yaml.safe_load((RULEBOOK / "provisions.instruments.yaml").read_text(encoding="utf-8"))
    assert set(told) <= {p.instrument for p in provisions(RULEBOOK).values()}
    for en, zh in told.items():
        assert sorted(re.findall(r"\d+", zh)) == sorted(re.findall(r"\d+", en.replace("Nov-Dec", "11 12"))), en
        named = [part for part in re.findall("[\u4e00-\u9fff]{2,}", zh) if part not in text]
        assert not [part for part in named if len(left := glosses.sub("", part)) > 1 and left not in text], en
        assert instrument(en).zh == zh


def test_where_each_rule_was_held_against_the_truth_is_said() -> None:
    docs = Path(__file__).parents[1] / "docs"
    lines = (docs / "truth-by-rule.md").read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith(("| no_", "| true_")) and "](" in line]
    said = {row.split("|")[1].strip(): row for row in rows}
    assert said.keys() == {name for name, rule in RULES.items() if rule.check and not rule.is_draft}
    for line in said.values():
        for page in re.findall(r"\]\((\w[\w-]*\.md)\)", line):
            assert (docs / page).is_file(), line
