"""The rulebook in the console: what held on a day, and when it changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

pytest.importorskip("litestar", reason="the console needs the extra [web]")
pytest.importorskip("argon2", reason="the console needs the extra [web]")

from console import Served, Visit
from guiju.rulebook import Rule, rules
from guiju.web.console.changing import changed_on, changes, state
from guiju.web.console.rulebook import near


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    folder: Path = tmp_path_factory.mktemp("rulebook")
    (folder / "runs").mkdir()
    with Served(folder / "console.db", folder / "runs") as served:
        yield served.visit("analyst")


def test_a_rule_is_shown_by_the_limits_of_the_day(visit: Visit) -> None:
    for day in ("2021-05-31", "2026-03-02", "1999-01-01"):
        told = visit.json(f"/rulebook/no_mass_flags_by_region?on={day}")
        rule = rules()["no_mass_flags_by_region"]
        assert told["state"] == state(rule, date.fromisoformat(day))
        held = {v["limit"]: v["since"] for v in told["values"] if v["held"]}
        assert all(since <= day for since in held.values())
        if told["state"] == "in_force":
            assert held.keys() == rule.entry.limits.keys()
        assert [c["id"] for c in told["cites"] if c["held"]] == [p.id for p in rule.cites_on(date.fromisoformat(day))]
    page = visit.read("/rulebook/no_mass_flags_by_region?on=2019-06-01&language=zh").text
    assert "2019-06-01 不适用" in page


def test_every_rule_has_a_page_in_both_languages(visit: Visit) -> None:
    for name, rule in rules().items():
        for language in ("zh", "en"):
            page = visit.read(f"/rulebook/{name}?language={language}")
            assert page.status_code == 200
            assert rule.title.in_(language).replace("&", "&amp;").replace("'", "&#39;") in page.text


def test_rules_are_found_by_words_and_jurisdiction(visit: Visit) -> None:
    told = visit.json("/rulebook?text=voucher")
    assert all("voucher" in f"{r['name']} {r['title']['en']}".lower() for r in told["rules"])
    assert told["rules"]
    assert {r["jurisdiction"] for r in visit.json("/rulebook?jurisdiction=EU")["rules"]} == {"EU"}
    assert "No such rule" in visit.read("/rulebook?text=unicorn&language=en").text
    assert visit.json("/rulebook?on=never")["day"] == visit.json("/rulebook")["today"]
    assert visit.read("/rulebook/no_such_rule").status_code == 404


def test_the_days_of_change_stand_around_the_day() -> None:
    days = {date(2020, 1, n) for n in range(1, 30)}
    before, after = near(days, date(2020, 1, 15))
    assert (before[-1], after[0], len(before), len(after)) == (date(2020, 1, 14), date(2020, 1, 16), 8, 8)
    for rule in rules().values():
        for day in changes(rule):
            assert told(rule, day) != told(rule, day - timedelta(days=1)), f"{rule.name}: nothing changed on {day}"


def test_what_changed_on_a_day_is_told_and_marked(visit: Visit) -> None:
    """Every day of change of every rule has something told, and no other day has."""
    for rule in rules().values():
        days = changes(rule)
        for day in days:
            told_of = changed_on(rule, day)
            assert told_of is not None, f"{rule.name}: nothing is told of {day}"
            assert len({(one.what, one.name.en) for one in told_of.changes}) == len(told_of.changes)
            for step in (-1, 1):
                beside = day + timedelta(days=step)
                assert (changed_on(rule, beside) is None) == (beside not in days)
    day = max(d for d in changes(rules()["no_mass_flags_by_region"]) if d < date(2026, 3, 2))
    told = visit.json(f"/rulebook?on={day}")
    assert {r["name"] for r in told["rules"] if r["changed"]} == {one["rule"] for one in told["changed"]}
    assert "no_mass_flags_by_region" in {one["rule"] for one in told["changed"]}
    assert len(told["before"]) + len(told["after"]) < told["days"]
    page = visit.read(f"/rulebook?on={day}&language=en").text
    assert f'href="/rulebook/no_mass_flags_by_region?on={day}"' in page.partition("<table")[0]


def test_today_is_no_day_of_change_unless_it_is_one(visit: Visit) -> None:
    told = visit.json("/rulebook/no_mass_flags_by_region")
    assert told["changed"] == []
    page = visit.read("/rulebook/no_mass_flags_by_region?language=en").text
    days = page.partition('<nav class="days"')[2].partition("</nav>")[0]
    assert told["today"] not in days
    assert 'aria-current="date"' not in days
    assert f"Shown is {told['today']}. It is today. Nothing changed on it." in page
    begun = told["before"][-1]
    page = visit.read(f"/rulebook/no_mass_flags_by_region?on={begun}&language=en").text
    assert f'<b aria-current="date">{begun}</b>' in page
    assert "limit “" in page or "begins to hold" in page


def test_a_rule_says_of_every_provision_from_when_until_when(visit: Visit) -> None:
    for name, rule in rules().items():
        page = visit.read(f"/rulebook/{name}?language=en").text
        for p in rule.cites:
            assert f"{p.effective_from} to {p.effective_to or 'now'}" in page


def told(rule: Rule, day: date) -> tuple[object, ...]:
    """What a day has of a rule: the values in force by then, and the provisions that hold."""
    begun = {name: max((d for d in dated if d <= day), default=None) for name, dated in rule.entry.limits.items()}
    return begun, rule.cites_on(day)


def test_a_day_that_cannot_be_read_is_said_and_today_is_shown(visit: Visit) -> None:
    for at in ("/rulebook", "/rulebook/no_mass_flags_by_region"):
        page = visit.read(f"{at}?on=banana&language=en").text
        assert "could not be read: write it as 2025-12-31" in page
        assert visit.json(f"{at}?on=banana")["day"] == "2026-03-02"
        assert "could not be read" not in visit.read(f"{at}?on=2025-01-01&language=en").text
