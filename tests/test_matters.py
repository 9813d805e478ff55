"""Matters of decisions and findings: every fact against its limit, in words, as it was on the day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from guiju import open_run
from guiju.cases import Matter
from guiju.cases.matters import of_decision, of_finding, telling
from guiju.checks.words import Words
from guiju.gate import TriggerSet, load, shipped
from guiju.gate.drawn_cases import cases, decided
from guiju.records.drawn import read_drawn
from guiju.records.errors import BadInput
from guiju.rulebook import BadRule, Limit, NotInForce, rules
from guiju.rulebook.redress import reasons, redress, terms
from made_runs import finding
from shell import Shell

SETS = sorted(shipped())


def drawn(of: TriggerSet, trigger: str) -> tuple[list, dict]:
    """The decisions of a trigger's first case that is found, and the events by id."""
    one = next(d for t, verdict, _, d in cases(of) if (t.name, verdict) == (trigger, "found"))
    records = {name: read_drawn(name, text) for name, text in one.records.items()}
    return decided(of, records), {e["id"]: e for e in records[of.stream].to_pylist()}


def matters(name: str, trigger: str, **how) -> list[Matter]:
    of = load(name)
    decisions, events = drawn(of, trigger)
    return [m for d in decisions for m in of_decision(d, of, events[d.id], **how)]


def test_a_decision_to_hold_becomes_a_matter_with_each_fact_against_its_limit() -> None:
    [matter] = matters("driving", "voucher_arbitrage")
    assert (matter.kind, matter.party, matter.subject, matter.decision) == ("hold", "d", "t10", "t10")
    assert (matter.trigger, matter.rule) == ("driving/voucher_arbitrage", "no_voucher_arbitrage")
    assert (matter.currency, matter.amount) == ("CNY", 19_20)  # 32.00 * 15.00 / 25.00
    assert "{" not in matter.says.zh + matter.says.en
    assert [p.id for p in matter.provisions] == ["cn.ecl.35", "cn.civil-code.496", "cn.algo.20"]
    facts = {f.name: f for f in matter.facts}
    trips = facts["voucher_trips"]
    assert (trips.value, trips.limit, trips.says.zh, trips.limit_says.zh) == ("10", "10", "三十日内用券行程", "至少")
    assert (facts["vouchers_sum"].value, facts["vouchers_sum"].limit_unit.en) == ("150.00", "%")
    assert facts["own_phone_zh"].value_says.en == "is not"
    assert facts["occurred_at"].value == "2025-06-10 20:10", "the clock of the rule's jurisdiction"
    assert len(matter.innocent) == 4
    assert matter.id == replace(matter, amount=1).id, "the same decision under the same rule is the same case"


def test_what_a_trigger_asks_a_person_to_review_is_no_case_until_the_person_holds() -> None:
    assert matters("driving", "directed_orders") == []
    [matter] = matters("driving", "directed_orders", actions=("hold", "review"), automated=False)
    assert matter.amount == 32_00


@pytest.mark.parametrize("name", SETS)
def test_every_fact_and_limit_that_a_reason_names_has_words(name: str) -> None:
    of = load(name)
    told = telling(of.folder)
    for trigger in of.triggers:
        facts = {f.name for f in trigger.facts if not f.is_limit}
        for limit in (f.name for f in trigger.facts if f.is_limit):
            assert told.limits[limit].of in facts & set(told.facts), f"{trigger.name}: {limit}"
    used = {f.name for trigger in of.triggers for f in trigger.facts}
    assert set(told.facts) | set(told.limits) <= used, "words for what no reason names"
    assert set(told.parties) <= {t.name for t in of.triggers}


def test_a_decision_that_names_nobody_is_refused() -> None:
    of = load("driving")
    decisions, events = drawn(of, "voucher_arbitrage")
    [held] = [d for d in decisions if d.action == "hold"]
    for missing in ("driver", "currency"):
        with pytest.raises(BadInput, match=f"has no {missing}"):
            of_decision(held, of, {**events[held.id], missing: None})


def test_a_finding_becomes_a_matter(shell: Shell) -> None:
    ran = open_run(shell.audited())
    [finding] = [f for f in ran.findings if f.rule == "no_sham_orders"]
    matter = of_finding(finding, text=ran.manifest["rulebook"])
    assert (matter.kind, matter.party, matter.rule) == ("measure", finding.subject, "no_sham_orders")
    assert matter.amount == int(finding.amount_at_stake * 100)
    facts = {f.name: f for f in matter.facts}
    assert facts["window_orders"].says == Words("该窗口订单数", "orders in that window")
    assert facts["window_orders"].limit_says.en.startswith("at least ")
    assert matter.innocent[0].zh != matter.innocent[0].en
    stop = of_finding(finding, kind="stop")
    assert (stop.amount, stop.currency) == (0, "")
    with pytest.raises(BadInput, match="no rule 'gone'"):
        of_finding(replace(finding, rule="gone"))


def test_every_rule_of_a_trigger_has_terms() -> None:
    for rule in rules().values():
        for kind in ("hold", "stop", "measure"):
            for day in (date(2022, 5, 28), date.today()):
                its = terms(rule, kind, day)
                assert its.hearing_days <= its.appeal_days
                answered = its.hearing_days * 24 + 24 + its.answer_hours
                assert kind == "stop" or its.lasting_days * 24 >= answered, "it would lapse before it can be answered"
                for name, limit in reasons(rule, kind, day).items():
                    assert limit.why("zh").strip(), name
                    assert limit.why("en").strip(), name
                    assert limit.mark in {"T", "S", "P", "D"}


def test_terms_of_a_rule_go_before_those_of_a_kind_and_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    def since(**values: int) -> dict:
        return {name: {date(2019, 1, 1): Limit(value, "x", "D")} for name, value in values.items()}

    known = redress()["CN"]
    later = {"answer_hours": {date(2019, 1, 1): Limit(10, "x", "D"), date(2025, 1, 1): Limit(20, "x", "D")}}
    made = replace(known, rules={"no_late_ends": since(reviewers=2, delay_hours=1) | later})
    monkeypatch.setattr("guiju.rulebook.redress.redress", lambda: {"CN": made})
    late, other = rules()["no_late_ends"], rules()["no_voucher_arbitrage"]
    its = terms(late, "stop", date(2024, 12, 31))
    assert (its.reviewers, its.delay_hours, its.answer_hours, its.lasting_days) == (2, 1, 10, 7)
    assert terms(late, "hold", date(2025, 1, 1)).answer_hours == 20
    assert terms(other, "hold", date(2025, 1, 1)).reviewers == 1
    with pytest.raises(NotInForce, match="has no delay_hours in force on 2018-12-31"):
        terms(other, "hold", date(2018, 12, 31))
    with pytest.raises(BadRule, match="says how to appeal"):
        terms(rules()["true_prior_prices"], "hold", date(2025, 1, 1))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("rules: {nothing: {}}", "there is no rule 'nothing'"),
        ("kinds: {fine: {}}", "there is no kind of case 'fine'"),
        ("terms: {days: {2020-01-01: {value: 1, because: x, mark: D}}}", "there is no term 'days'"),
        ("terms: {reviewers: {2020-01-01: {value: 3, because: x, mark: D}}}", "from 1 to 2"),
        ("terms: {appeal_days: {2020-01-01: {value: 1.5, because: x, mark: D}}}", "whole number"),
        ("terms: [", "redress.yaml"),
    ],
)
def test_terms_that_make_no_sense_are_refused(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "cn").mkdir()
    (tmp_path / "cn" / "jurisdiction.yaml").write_text("title: {zh: 中国, en: China}\ntime_zone: Asia/Shanghai")
    (tmp_path / "cn" / "redress.yaml").write_text(text)
    with pytest.raises(BadRule, match=complaint):
        redress(tmp_path)


def test_a_finding_on_a_licence_cites_what_is_about_that_licence_and_names_it() -> None:
    rule = rules()["no_sales_without_licence"]
    found = finding(rule.name, 1)
    kinds = {"food_trade": "cn.fsl.148", "medical_institution": "cn.medical-licence", "another": None}
    for kind, provision in kinds.items():
        of = of_finding(replace(found, facts=found.facts | {"licence": kind}, object=kind))
        cited = {one.id for one in of.provisions}
        assert cited & {"cn.fsl.148", "cn.medical-licence"} == ({provision} if provision else set()), kind
        assert "cn.ecl.38" in cited
        assert not any("`" in text or "extended_to" in text for one in of.innocent for text in (one.zh, one.en))
    assert "fewer than 5 lines" in of.innocent[-1].en
