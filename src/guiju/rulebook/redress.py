"""Terms of redress: how long somebody may appeal, when an answer is due, how long a hold lasts, how many decide.

They lie beside a jurisdiction's rules in `redress.yaml`: a default, what differs for a kind of case (`kinds`), and what
differs for a rule (`rules`), which goes before both. Each has a day it begins on, a reason and a mark, as every limit.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import msgspec

from guiju.rulebook import BadRule, Limit, NotInForce, Rule, folders, rules

Dated = dict[str, dict[date, Limit]]


class Redress(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The YAML of one jurisdiction."""

    terms: Dated = {}
    kinds: dict[str, Dated] = {}
    rules: dict[str, Dated] = {}


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The terms of one case, as they are on the day it is flagged.

    delay_hours: from the flag to the hold, for the guard to step in. appeal_days: local days after the day of delivery.
    hearing_days: local days after that of delivery before somebody may decide against a party that has not appealed.
    answer_hours: from the appeal. lasting_days: how long what was imposed lasts undecided. reviewers: how many decide.
    """

    delay_hours: int
    appeal_days: int
    hearing_days: int
    answer_hours: int
    lasting_days: int
    reviewers: int


def terms(rule: Rule, kind: str, day: date) -> Terms:
    """The terms of a kind of case (`hold`, `stop`, `measure`) under a rule on a day.

    Raises NotInForce where there are none on that day, BadRule where there are none at all.
    """
    return msgspec.convert({name: limit.value for name, limit in reasons(rule, kind, day).items()}, Terms)


def reasons(rule: Rule, kind: str, day: date) -> dict[str, Limit]:
    """Every term, with why it is this."""
    here = redress().get(rule.jurisdiction)
    if here is None:
        raise BadRule(f"{rule.jurisdiction}: no redress.yaml says how to appeal; put one beside jurisdiction.yaml")
    found = {}
    for name in Terms.__struct_fields__:
        layers = (here.rules.get(rule.name, {}), here.kinds.get(kind, {}), here.terms)
        dated = next((layer[name] for layer in layers if name in layer), {})
        begun = [start for start in dated if start <= day]
        if not begun:
            raise NotInForce(f"{rule.jurisdiction}/{rule.name}: redress.yaml has no {name} in force on {day}")
        found[name] = dated[max(begun)]
    return found


@cache
def redress(*given: Path) -> dict[str, Redress]:
    """The terms of every jurisdiction, by its code; a pack may add those of its own rules. Raises BadRule."""
    found: dict[str, Redress] = {}
    for path in (p for f in given or folders() for p in sorted(f.glob("*/redress.yaml"))):
        code, where = path.parent.name.upper(), f"{path.parent.name}/{path.name}"
        try:
            one = msgspec.yaml.decode(path.read_bytes(), type=Redress)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            raise BadRule(f"{where}: {error}") from None
        _asked(where, one, set(rules(*given)))
        before = found.get(code, Redress())
        if (before.terms or before.kinds) and (one.terms or one.kinds):
            raise BadRule(f"{where}: {code} has its terms already; leave in this file those of your own rules")
        found[code] = Redress(before.terms | one.terms, before.kinds | one.kinds, before.rules | one.rules)
    return found


def _asked(where: str, one: Redress, known: set[str]) -> None:
    """Refuse what nobody would ask: unknown names, values that are no time or number of people."""
    if unknown := sorted(set(one.rules) - known):
        raise BadRule(f"{where}: there is no rule {unknown[0]!r}")
    if unknown := sorted(set(one.kinds) - {"hold", "stop", "measure"}):
        raise BadRule(f"{where}: there is no kind of case {unknown[0]!r}; there are hold, stop, measure")
    for dated in (one.terms, *one.kinds.values(), *one.rules.values()):
        for name, values in dated.items():
            if name not in Terms.__struct_fields__:
                raise BadRule(f"{where}: there is no term {name!r}; there are {', '.join(Terms.__struct_fields__)}")
            for day, limit in values.items():
                least, most = (1, 2) if name == "reviewers" else (0 if name == "delay_hours" else 1, 3650)
                whole = isinstance(limit.value, int) and not isinstance(limit.value, bool)
                if not whole or not least <= int(limit.value or 0) <= most:
                    raise BadRule(f"{where}: {name} from {day} is a whole number from {least} to {most}")
