"""What an audit may be asked: the sets there are, and of the one that is chosen its mappings, rules and families."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from guiju.audit.run import what_is_asked
from guiju.checks import checks
from guiju.checks.words import Words
from guiju.records.errors import BadInput
from guiju.rulebook import jurisdictions, rules
from guiju.web.console.console import Console
from guiju.web.console.records import Set, leads_outside, looked_at, one
from guiju.web.console.running.audits import Audit


class Choice(msgspec.Struct):
    """A set that can be audited."""

    name: str
    tables: list[str]
    changed: datetime


class Passed(msgspec.Struct):
    """A folder that is no set, and why, by a name of the console's words."""

    name: str
    why: str


class Family(msgspec.Struct):
    """A family of checks: its rules, by name, each with its title and whether it is chosen."""

    name: str
    rules: list[tuple[str, Words, bool]]

    @property
    def chosen(self) -> int:
        """How many of its rules are."""
        return sum(is_chosen for _, _, is_chosen in self.rules)


class Form(msgspec.Struct):
    """An audit that is about to be asked for. named: whether a folder of records was named at all; set: '' of none."""

    named: bool
    sets: list[Choice]
    passed: list[Passed]
    set: str
    tables: list[str]
    mappings: list[str]
    mapping: str
    jurisdictions: list[tuple[str, Words, bool]]
    day: str
    families: list[Family]
    problem: str = ""


def form(it: Console, name: str, given: dict[str, list[str]], problem: str = "") -> Form:
    """The form for a set, filled in with what was given: jurisdiction, day, mapping, rule."""
    found, passed = looked_at(it)
    chosen = one(it, name)
    asked, only = given.get("jurisdiction", []), set(given.get("rule", []))
    return Form(
        it.records is not None, [Choice(s.name, list(s.tables), s.changed) for s in found],
        [Passed(p.name, p.why) for p in passed], chosen.name if chosen else "", list(chosen.tables) if chosen else [],
        list(chosen.mappings) if chosen else [], _last(given, "mapping"),
        [(code, of.title, code in asked) for code, of in jurisdictions().items()], _last(given, "day"),
        _families(only), problem,
    )  # fmt: skip


def _families(chosen: set[str]) -> list[Family]:
    """Every rule that an audit may ask, by the family of its check."""
    made: dict[str, Family] = {}
    for name, rule in sorted(rules().items()):
        if rule.check and not rule.is_draft:
            family = made.setdefault(of := checks()[rule.check].family, Family(of, []))
            family.rules.append((name, rule.entry.title, name in chosen))
    return sorted(made.values(), key=lambda family: family.name)


def _last(given: dict[str, list[str]], name: str) -> str:
    return given[name][-1].strip() if given.get(name) else ""


def anew(it: Console, name: str, mapping: str) -> dict[str, str]:
    """What the job of a verification is asked of a set of records. mapping: SET/FILE, '' for none. Raises BadInput."""
    chosen = one(it, name)
    if chosen is None:
        raise BadInput(
            f"there is no set of records {name!r}: choose one of the list", f"没有数据集 {name!r}：请从列表里选"
        )
    of, _, file = mapping.rpartition("/")
    if mapping and (of != name or file not in chosen.mappings):
        raise BadInput(
            f"{name} holds no mapping {file!r}: choose one of that set",
            f"{name} 里没有映射 {file!r}：请选它里面的",
        )
    _stays_inside(name, chosen)
    return {"set": name, "records": str(chosen.path.absolute()), "mapping": file}


def _stays_inside(name: str, chosen: Set) -> None:
    if link := leads_outside(chosen):
        raise BadInput(
            f"{name}/{link}: is a link that leads out of the set; put the file itself there",
            f"{name}/{link} 是指向数据集以外的链接：请把文件本身放进来",
        )


def asked_for(it: Console, given: dict[str, list[str]]) -> dict[str, Any]:
    """What the job of an audit is asked; a family stands for its rules.

    Raises BadInput, in the words of the command line, for what cannot be asked.
    """
    name, mapping, day = (_last(given, field) for field in ("set", "mapping", "day"))
    chosen = one(it, name)
    if chosen is None:
        raise BadInput(
            f"there is no set of records {name!r}: choose one of the list", f"没有数据集 {name!r}：请从列表里选"
        )
    if mapping and mapping not in chosen.mappings:
        raise BadInput(
            f"{name} holds no mapping {mapping!r}: choose one of the list, or put it into the folder",
            f"{name} 里没有映射 {mapping!r}：请从列表里选，或者把它放进那个文件夹",
        )
    _stays_inside(name, chosen)
    families, courts = given.get("family", []), given.get("jurisdiction", [])
    of = [rule for family in _families(set()) if family.name in families for rule, _, _ in family.rules]
    only = sorted({*given.get("rule", []), *of})
    _, asked, _ = what_is_asked(
        day=day or None, mapping=_mapping(chosen, mapping), jurisdictions=courts or None, only=only or None
    )
    made: dict[str, Any] = msgspec.to_builtins(
        Audit(
            name, str(chosen.path.absolute()), str(it.runs.folder.absolute()), courts, day, mapping, only,
            [rule.name for rule in asked],
        )
    )  # fmt: skip
    return made


def _mapping(chosen: Set, name: str) -> Path | None:
    return chosen.path / name if name else None
