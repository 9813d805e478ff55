"""The page on networks: what it reckons by hand is what the audit says, row by row."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import guiju
from guiju.audit.folder import Run
from guiju.checks import checks
from guiju.rulebook import rules

PAGE = (Path(__file__).parents[1] / "docs" / "networks.md").read_text(encoding="utf-8")


def audited(tmp_path: Path, *only: str) -> Run:
    for name, rows in re.findall(r"`(\w+\.csv)`:\n\n```csv\n(.*?)```", PAGE, re.DOTALL):
        (tmp_path / name).write_text(rows, encoding="utf-8")
    return guiju.audit(tmp_path, day="2025-12-31", out=tmp_path / "runs", only=list(only))


def test_the_audit_says_what_the_page_reckons(tmp_path: Path) -> None:
    run = audited(tmp_path, "no_pay_by_headcount", "no_pyramid_of_thirty_in_three_levels")
    (finding,) = run.findings
    facts = finding.facts
    assert (finding.rule, finding.subject, finding.amount_at_stake) == ("no_pay_by_headcount", "anna", 900)
    told = (facts["levels"], facts["persons"], facts["misstated"], facts["entry_multiple"])
    assert told == (3, 4, 1, 5)
    assert f"240 / 280 = **{facts['recruit_pct']:.2f} %**" in PAGE


def test_what_is_wrong_is_told_in_the_words_of_the_page(tmp_path: Path) -> None:
    run = audited(tmp_path, "no_pay_by_headcount")
    account = run.manifest["rules"][0]["account"]
    told = Counter(account["recruitments"]["unanswered"]) + Counter(account["commissions"]["unanswered"])
    page = {
        why: len(rows.split(",")) for rows, why in re.findall(r"^\| ([\w, ]*\d) \| (\w.*?) \|$", PAGE, re.MULTILINE)
    }
    assert dict(told) == page


def test_every_rule_of_the_family_and_its_limits_are_there() -> None:
    of = [rule for rule in rules().values() if rule.check and checks()[rule.check].family == "network"]
    assert len(of) == 5
    for rule in of:
        assert f"--only {rule.name}" in PAGE
        limits = {name: list(dated.values())[-1].value for name, dated in rule.entry.limits.items()}
        if rule.check == "recruitment_income":
            line = re.search(rf"^\| `{rule.name}` \|(.*)\|$", PAGE, re.MULTILINE)
            assert line, rule.name
            _, levels, persons, paid, counts = (cell.strip() for cell in line[1].split("|"))
            assert (int(levels), int(persons)) == (limits["min_levels"], limits["min_persons"])
            assert {"half": 50, "–": 0}[paid] == limits["min_paying_pct"]
            assert ("purchases" in counts) == ("member_purchase" in limits["causes"])
