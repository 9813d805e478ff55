"""A self-inspection: a run told line by line of a sheet of duties, and what people enter beside it.

What is entered (owner, deadline, rectification, re-audit) is added to a file beside the run folder, never altered;
the run itself stays sealed. One at a time adds: whoever does holds a lock of the run folder, which the system frees.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from guiju.audit.folder import Run, open_run
from guiju.checks.words import Words
from guiju.findings import Finding
from guiju.records.errors import BadInput, hint, hint_zh
from guiju.rulebook import Sheet, sheets

FOUND, CLEAR, NOT_SEEN = "found", "clear", "could not see"


class GoneOn(BadInput):
    """Somebody entered something about a line since it was read; nothing was added."""


class Entered(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One entry of a person about one line: what is not said in it stays as it was."""

    line: int
    on: date
    owner: str | None = None
    due: date | None = None
    rectified: str | None = None
    reaudit: str | None = None  # the run folder of the re-audit, by its path from this run's folder


@dataclass(frozen=True)
class Reaudit:
    """A later run's word on a line: its verdict, and of the findings of this run how many are found again."""

    run: str
    verdict: str
    again: int
    new: int


@dataclass(frozen=True)
class Line:
    """One line of the sheet.

    rules: as in the manifest. verdict: found; clear, if every rule of it saw something; else could not see.
    unjudged: rows that its rules could not judge, of how many they read.
    """

    number: int
    title: Words
    rules: list[dict[str, Any]]
    verdict: str
    findings: list[Finding]
    unjudged: tuple[int, int]
    entered: Entered | None
    reaudit: Reaudit | None


@dataclass(frozen=True)
class Inspection:
    """A run by a sheet."""

    run: Run
    name: str
    sheet: Sheet
    lines: list[Line]


def inspect(run: Run, sheet: str = "nine_donts") -> Inspection:
    """The run line by line, with what was entered so far."""
    known = sheets()
    if sheet not in known:
        raise BadInput(
            f"there is no sheet {sheet!r}; {hint(sheet, known, 'there are')}",
            f"没有自查表 {sheet!r}；{hint_zh(sheet, known)}",
        )
    entered = entries(run, sheet)
    lines = [_line(run, sheet, n, title, entered.get(n)) for n, title in sorted(known[sheet].lines.items())]
    return Inspection(run, sheet, known[sheet], lines)


def enter(run: Run, sheet: str, entry: Entered, seen: str | None = None) -> None:
    """Add an entry beside the run, whoever else does at the same time.

    seen: `seen_of` what was entered about the line when it was read, to be refused where that is not so any more.
    Raises BadInput, GoneOn.
    """
    lines = sheets()[sheet].lines
    if entry.line not in lines:
        raise BadInput(
            f"the sheet {sheet} has no line {entry.line}; it has {min(lines)} to {max(lines)}",
            f"自查表 {sheet} 没有第 {entry.line} 条；有第 {min(lines)} 至 {max(lines)} 条",
        )
    if entry.reaudit is not None:
        later = open_run(run.folder.parent / entry.reaudit)
        if later.folder.resolve() == run.folder.resolve():
            raise BadInput(
                "a re-audit is a later run than the one it answers; name that", "复查须是更晚的一次运行：请写那一次"
            )
        if later.manifest["day"] < run.manifest["day"]:
            raise BadInput(
                f"{entry.reaudit} judges up to {later.manifest['day']}, before this run: a re-audit is later",
                f"{entry.reaudit} 判断到 {later.manifest['day']} 为止，早于这次运行：复查须更晚",
            )
    path = _beside(run, sheet)
    with _alone(run):
        kept = _entries(path)
        if seen not in (None, seen_of(_latest(kept).get(entry.line))):
            raise GoneOn(
                f"line {entry.line} has gone on since it was read: read it anew",
                f"第 {entry.line} 条在您阅读之后已有新的记录：请重新阅读",
            )
        unfinished = path.with_name(f".unfinished-{path.name}")
        unfinished.write_bytes(msgspec.json.format(msgspec.json.encode([*kept, entry]), indent=1) + b"\n")
        unfinished.replace(path)


@contextmanager
def _alone(run: Run) -> Iterator[None]:
    """No other process, and no other thread, adds beside the run meanwhile."""
    folder = os.open(run.folder, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def seen_of(entered: Entered | None) -> str:
    """A digest of what was entered about a line."""
    return sha256(msgspec.json.encode(entered)).hexdigest()[:16]


def entries(run: Run, sheet: str) -> dict[int, Entered]:
    """What people entered beside a run, by line: of each thing the last that was said. Raises BadInput."""
    return _latest(_entries(_beside(run, sheet)))


def _beside(run: Run, sheet: str) -> Path:
    folder = run.folder.resolve()
    return folder.with_name(f"{folder.name}.{sheet}.json")


def _entries(path: Path) -> list[Entered]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[Entered])
    except FileNotFoundError:
        return []
    except msgspec.DecodeError as error:
        raise BadInput(
            f"{path}: is not what guiju inspect wrote ({error}); mend it, or move it away",
            f"{path} 不是 guiju inspect 写的：请修正或者移走",
        ) from None


def _latest(entries: list[Entered]) -> dict[int, Entered]:
    """By line what holds now: of each thing the last that was said."""
    latest: dict[int, Entered] = {}
    for entry in entries:
        said = {name: value for name, value in msgspec.structs.asdict(entry).items() if value is not None}
        latest[entry.line] = msgspec.structs.replace(latest.get(entry.line, entry), **said)
    return latest


def _line(run: Run, sheet: str, number: int, title: Words, entered: Entered | None) -> Line:
    rules, verdict, findings = _answered(run, sheet, number)
    accounts = [account for r in rules for account in r["account"].values()]
    unjudged = (sum(sum(a["unanswered"].values()) for a in accounts), sum(a["read"] for a in accounts))
    again = _reaudit(run, sheet, number, entered.reaudit, findings) if entered and entered.reaudit else None
    return Line(number, title, rules, verdict, findings, unjudged, entered, again)


def _answered(run: Run, sheet: str, number: int) -> tuple[list[dict[str, Any]], str, list[Finding]]:
    """The rules of a line that the run knows, its verdict, and its findings."""
    rules = rules_of(run, sheet, number)
    names = {r["rule"] for r in rules}
    return rules, verdict(rules), [f for f in run.findings if f.rule in names]


def rules_of(run: Run, sheet: str, number: int) -> list[dict[str, Any]]:
    """The rules of a line that the run knows, as its manifest has them."""
    return [r for r in run.manifest["rules"] if r["lines"].get(sheet) == number]


def verdict(rules: list[dict[str, Any]]) -> str:
    """Of the rules of a line together: found; clear, if every one of them saw something; else could not see."""
    if any(r["findings"] for r in rules):
        return FOUND
    return CLEAR if rules and not any(map(blind, rules)) else NOT_SEEN


def blind(rule: dict[str, Any]) -> bool:
    """Whether a rule saw nothing: it was not asked, or not one of its groups could be estimated."""
    return rule["outcome"] != "asked" or bool(rule["cells"] and not rule["weighed"])


def _reaudit(run: Run, sheet: str, number: int, folder: str, before: list[Finding]) -> Reaudit:
    later = open_run(run.folder.parent / folder)
    _, verdict, findings = _answered(later, sheet, number)
    again = {f.id for f in before} & {f.id for f in findings}
    return Reaudit(later.folder.name, verdict, len(again), len(findings) - len(again))
