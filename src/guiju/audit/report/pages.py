"""Pages drawn from what is there: a check's from its docstring, rules and cases; a rule's from the rulebook."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from guiju.audit.report.words import MARKS
from guiju.checks import Check
from guiju.checks import checks as known_checks
from guiju.records import tables
from guiju.records.errors import BadInput
from guiju.rulebook import NotInForce, Rule, instrument, rules


def check_page(check: Check) -> str:
    """A check on one page (Markdown): its words, what it reads, its rules and dated limits, a case of each verdict."""
    answering = [r for r in rules().values() if r.check == check.name]
    lines = [f"# {check.name}", "", check.doc, "", "## Reads"]
    lines += [f"- `{t}`: {tables()[t].says}" for t in check.tables]
    lines += [
        "",
        "## The sentence a finding says",
        f"- {check.says['zh']}",
        f"- {check.says['en']}",
        *(f"- `{formula}`" for formula in (check.words.formula, check.formula) if formula),
    ]
    lines += ["", "## In the rulebook"]
    for rule in answering:
        lines += [f"### {rule.jurisdiction} · {rule.name}", f"{rule.title.zh} / {rule.title.en}", ""]
        lines += [
            f"- {p.title_zh} / {p.title_en} ({p.instrument}; source mark {p.source_mark}: {MARKS[p.source_mark][1]})"
            for p in rule.cites
        ]
        lines += ["", "| limit | from | value | because | mark |", "| --- | --- | --- | --- | --- |"]
        lines += [
            f"| `{name}` | {day} | {limit.value} | {limit.why('en')} | {limit.mark} |"
            for name, dated in rule.entry.limits.items()
            for day, limit in sorted(dated.items())
        ]
    return "\n".join([*lines, *_cases(check), ""])


def _cases(check: Check) -> Iterator[str]:
    path = check.path.with_suffix(".yaml")
    if not path.is_file():
        return
    body: dict[str, Any] = msgspec.yaml.decode(path.read_bytes())
    for verdict in ("found", "clear"):
        name, case = next(iter(body[verdict].items()))
        yield f"\n## {verdict.title()}: {name}"
        for table, rows in case["records"].items():
            yield f"`{table}`\n```\n{rows.strip()}\n```"


def rule_text(name: str, on: str | None, language: str) -> str:
    """A rule on a day: title, the provisions that held, the limits in force and why."""
    if name not in rules():
        raise BadInput(f"there is no rule {name!r}; guiju rulebook list shows the {len(rules())} there are")
    try:
        day = date.fromisoformat(on) if on else date.today()
    except ValueError:
        raise BadInput(f"the day {on!r} is no date: write it as 2020-12-22") from None
    rule = rules()[name]
    head = [
        f"{rule.jurisdiction} · {rule.name} · on {day}",
        rule.title.zh,
        rule.title.en,
        "answered by " + " and ".join(answering(rule)),
        "",
    ]
    note = ["", rule.entry.note.in_(language)] if rule.entry.note else []
    return "\n".join([*head, *_provisions(rule, day, language), "", *_limits(rule, day, language), *note])


def answering(rule: Rule) -> list[str]:
    """What answers a rule: the check of an audit, the trigger of the gate."""
    return [f"the {kind} {name}" for kind, name in (("check", rule.check), ("trigger", rule.trigger)) if name]


def _provisions(rule: Rule, day: date, language: str) -> Iterator[str]:
    held = rule.cites_on(day)
    for p in rule.cites:
        state = "" if p in held else f"  [not in force that day: {p.effective_from} to {p.effective_to or 'now'}]"
        yield f"  {p.id} ({p.source_mark}: {MARKS[p.source_mark][language == 'en']}){state}"
        yield f"    {p.title_zh} / {p.title_en}"
        yield f"    {instrument(p.instrument).in_(language)}"
        if p in held:
            yield f"    tests: {p.says.in_(language) if p.says else p.test}"
            if p.follows:
                yield f"    where a breach is established: {p.follows.in_(language)}"


def _limits(rule: Rule, day: date, language: str) -> Iterator[str]:
    try:
        limits = rule.reasons_on(day)
    except NotInForce as error:
        yield f"no limits in force: {error}"
        return
    for name, limit in limits.items():
        yield f"  {name} = {limit.value}  ({limit.why(language)}; {MARKS[limit.mark][language == 'en']})"


def draw(folder: Path) -> list[Path]:
    """Write every check's page; they are drawn, not kept."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for check in known_checks().values():
        path = folder / f"{check.name}.md"
        path.write_text(f"<!-- Drawn by make docs; edit the check. -->\n\n{check_page(check)}", encoding="utf-8")
        written.append(path)
    return written
