"""A statement as a page: one screen says what is held, until when and what to do; the rest says why. No script runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from guiju.audit.report.templates import environment
from guiju.cases.case import APPEALED, LAPSED, REMEDIED, REOPENED, WITHDRAWN
from guiju.cases.matter import HOLD, STOP, Fact
from guiju.cases.statement.stated import Statement
from guiju.cases.steps import MACHINE, OVERTURNED, REVIEWER, UPHELD
from guiju.checks import checks
from guiju.checks.words import Words
from guiju.rulebook import instrument, rules

# Where the reason that a trigger tells begins with something new: it gets a line of its own.
PARTS = re.compile(
    r"(?=已经排除：|没有排除：|争议金额以|(?<!Not )Ruled out:|Not ruled out:|No more is in dispute)", re.I
)


FINDING = re.compile(r"[0-9a-f]{16}/[0-9a-f]{16}")  # the decision of a case that an audit's finding was made
WORDS = Path(__file__).with_name("words.yaml")


class Phrases:
    """The words of a statement in one language, and of `files` besides; `w("until_hold", when=…)` is a sentence."""

    def __init__(self, language: str, *files: Path) -> None:
        self.language = language
        self._known = {n: words.in_(language) for f in (WORDS, *files) for n, words in _words(f).items()}

    def __call__(self, name: str, /, **values: object) -> str:
        return self._known[name].format(**values)

    @property
    def space(self) -> str:
        """What stands between two sentences."""
        return "" if self.language == "zh" else " "

    def instrument(self, text: str) -> str:
        return instrument(text).in_(self.language)

    def amount(self, amount: Decimal, currency: str) -> str:
        if currency == "CNY":
            return f"{amount:,} 元" if self.language == "zh" else f"{amount:,} yuan"
        return f"{amount:,} {currency}"

    def at(self, moment: datetime) -> str:
        return f"{self.day(moment.date())} {moment:%H:%M}"

    def value(self, fact: Fact) -> str:
        """A fact's value with its unit."""
        if fact.value_says is not None:
            return fact.value_says.in_(self.language)
        return self._unit(self(fact.value) if fact.value in ("yes", "no") else fact.value, fact.unit)

    def limit(self, fact: Fact) -> str:
        """The limit that a fact was held against, and how."""
        if fact.limit is None:
            return self("no_limit")
        if fact.limit_says is None:
            return self._unit(fact.limit, fact.limit_unit)
        if fact.limit == fact.limit_says.en:  # it is told in words, value and all
            return fact.limit_says.in_(self.language)
        return f"{fact.limit_says.in_(self.language)} {self._unit(fact.limit, fact.limit_unit)}"

    def _unit(self, value: str, unit: Words | None) -> str:
        return f"{value}\N{NO-BREAK SPACE}{unit.in_(self.language)}" if unit else value

    def who(self, by: str, role: str) -> str:
        """Who made a step, and as what."""
        if role == MACHINE:
            return self("role_machine")
        return f"{by} ({self(f'role_{role}')})" if self.language == "en" else f"{by}（{self(f'role_{role}')}）"

    def channel(self, name: str) -> str:
        """How a notice goes: in words where it is one of the usual ways, else as the operator named it."""
        known = self._known.get(f"channel_{name}")
        return known if known is not None else name

    def day(self, day: date) -> str:
        return f"{day.year}年{day.month}月{day.day}日" if self.language == "zh" else f"{day.day} {day:%B %Y}"


@cache
def _words(file: Path) -> dict[str, Words]:
    return msgspec.yaml.decode(file.read_bytes(), type=dict[str, Words])


def page(s: Statement, language: str = "zh", appeal_url: str = "") -> str:
    """One self-contained HTML page; `appeal_url` is where a button leads, if there is one."""
    w = Phrases(language)
    return environment("guiju.cases.statement").get_template("page.html.j2").render(fields(s, w, appeal_url))


def fields(s: Statement, w: Phrases, appeal_url: str = "") -> dict[str, Any]:
    """What the template of a statement's body is filled with."""
    return {
        "s": s, "w": w, "about": about(s, w), "appeal_url": appeal_url, "head": head(s, w), "screen": screen(s, w),
        "why": _why(s, w.language), "made": _made(s, w), "innocent": _innocent(s, w), "ended": _ended(s, w),
        "came_back": came_back(s, w), "how": _how(s, w),
        "reviewers": [", ".join(w.who(by, REVIEWER) for by in answer.by) for answer in s.answers],
        "chinese": w.language == "zh",
    }  # fmt: skip


def about(s: Statement, w: Phrases) -> str:
    """What it is about, and when it was: an order of the gate's, or what an audit found."""
    when = w.at(s.occurred_at)
    if not FINDING.fullmatch(s.decision):
        return w("about", subject=s.subject, when=when)
    if s.subject == s.decision.partition("/")[0]:
        return w("about_finding", when=when)
    return w("about_finding_on", subject=_called(s.rule, s.subject).in_(w.language), when=when)


def _called(rule: str, subject: str) -> Words:
    """What a finding is on, in words where its check has them (a kind of licence); else by its id."""
    check = checks().get(rules()[rule].check) if rule in rules() else None
    known = check.words.values.get(subject) if check else None
    return known or Words(subject, subject)


def _why(s: Statement, language: str) -> list[str]:
    return [part.strip() for part in PARTS.split(s.says.in_(language)) if part.strip()]


def _made(s: Statement, w: Phrases) -> str:
    """Whose the first decision was; and, while there is anything to appeal, who decides on an appeal."""
    by_program = s.course[0].role == MACHINE
    lines = [w("by_person" if not s.automated else "automated" if by_program else "opened_by_person")]
    is_open = s.redress.can_appeal or s.redress.can_reopen or s.redress.answer_by
    return w.space.join([*lines, w("person_decides")] if s.automated and is_open else lines)


def _innocent(s: Statement, w: Phrases) -> str:
    """What stands above of innocent explanations, and where one that was left out can still be said."""
    r = s.redress
    can = {"innocent_appeal": r.can_appeal, "innocent_add": r.answer_by is not None, "innocent_reopen": r.can_reopen}
    return w.space.join([w("innocent_says"), *[w(name) for name, open in can.items() if open][:1]])


def head(s: Statement, w: Phrases) -> str:
    """What is so, in a line."""
    sums = s.sums
    if s.begins is not None:
        return w(f"head_waiting_{s.kind}", amount=w.amount(sums.disputed, sums.currency) if sums else "")
    never = s.kind != STOP and not any(step.kind in ("imposed", "shifted") for step in s.course)
    if s.kind == HOLD and sums:
        if sums.held:
            return w("head_hold", amount=w.amount(sums.held, sums.currency))
        if s.answers and sums.taken:
            return w("head_taken", amount=w.amount(sums.taken, sums.currency))
        return w("head_hold_never" if never else "head_hold_gone")
    return w(f"head_{s.kind}" if s.in_force else f"head_{s.kind}_never" if never else f"head_{s.kind}_gone")


def screen(s: Statement, w: Phrases) -> list[tuple[str, list[str]]]:
    """What one screen tells: headings and their lines."""
    told = [("until", _until(s, w)), ("money", _money(s, w)), ("work", _work(s, w)), ("todo", [_todo(s, w)])]
    return [(w(heading), lines) for heading, lines in told if lines]


def _until(s: Statement, w: Phrases) -> list[str]:
    if s.until is None:
        return []
    if s.answers:
        return [w("ends_stop", when=w.at(s.until))]
    began = [w(f"begins_{s.kind}", when=w.at(s.begins))] if s.begins else []
    return [*began, w(f"until_{s.kind}", when=w.at(s.until))]


def _money(s: Statement, w: Phrases) -> list[str]:
    if s.sums is None:
        return []
    disputed = "disputed_only" if s.kind != HOLD else "disputed_waiting" if s.begins else "disputed"
    told = [(disputed, s.sums.disputed)] if s.until or s.sums.held else []
    told += [("claim", s.sums.claimed), ("elsewhere", s.sums.elsewhere)]
    lines = [w(name, amount=w.amount(sum_, s.sums.currency)) for name, sum_ in told if sum_]
    if s.sums.available is not None:
        lines.append(w("available", amount=w.amount(s.sums.available, s.sums.currency)))
    return lines


def _work(s: Statement, w: Phrases) -> list[str]:
    if s.kind != STOP:
        return [w("work_goes_on")] if s.kind == HOLD else []
    return [w("work_stopped" if s.in_force else "work_free")]


def _todo(s: Statement, w: Phrases) -> str:
    r = s.redress
    if r.answer_by is not None and s.state in (APPEALED, REOPENED):
        return w("todo_again" if s.state == REOPENED else "todo_answer", when=w.at(r.answer_by))
    if r.can_appeal:
        if r.last_day is None:
            return w("todo_appeal_not_running", days=r.appeal_days)
        return w("todo_appeal", day=w.day(r.last_day))
    if s.state in (WITHDRAWN, LAPSED) or (s.answers and s.answers[-1].outcome == OVERTURNED):
        return w("todo_nothing")
    if s.state == REMEDIED:
        return w("todo_reopen" if r.can_reopen else "todo_court")
    return w("todo_over", day=w.day(r.last_day)) if r.last_day else w("todo_court")


def _ended(s: Statement, w: Phrases) -> list[str]:
    """How it ended without a decision, if it did."""
    if s.state == LAPSED:
        return [w("lapsed")]
    return [w("withdrawn"), s.withdrawn_because or ""] if s.state == WITHDRAWN else []


def came_back(s: Statement, w: Phrases) -> list[str]:
    """What became of the money, to the cent, once the case was decided or had ended."""
    if s.sums is None or not (s.answers or s.state in (WITHDRAWN, LAPSED)):
        return []
    sums: Mapping[str, Decimal] = {
        "returned": s.sums.returned, "taken": s.sums.taken, "still_held": s.sums.held,
        "collectable": s.sums.collectable,
    }  # fmt: skip
    lines = [w(name, amount=w.amount(sum_, s.sums.currency)) for name, sum_ in sums.items() if sum_]
    stands = s.answers and s.answers[-1].outcome == UPHELD  # nobody asks what came back
    return lines if s.sums.returned or stands else [w("returned_none"), *lines]


def _how(s: Statement, w: Phrases) -> list[str]:
    r = s.redress
    if not (r.can_appeal or r.can_reopen or r.answer_by):
        return [w("how_court", platform=s.platform)]
    agency = r.agency_speaks or (s.agency is not None and s.agency in r.speakers)
    who = w("how_who_agency" if agency else "how_who")
    lines = [who, w("how_with"), w("how_decides"), w("how_answer", hours=r.answer_hours)]
    lines += [w("how_four_eyes")] if r.reviewers > 1 else []
    lines.append(w("how_reasons" if s.kind == HOLD else "how_reasons_alone"))
    lines += [w("how_late")] if s.until and not s.answers else []
    return [*lines, w("how_court", platform=s.platform)]
