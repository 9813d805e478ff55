"""What may happen: scenarios, from `scenarios.yaml` beside this file or the user's own, and what is assumed besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import yaml

from guiju.audit.report.words import Pair
from guiju.checks.words import Words
from guiju.market import Assumption, assumptions
from guiju.records.errors import BadInput, hint, hint_zh

SHARES = ("runoff_pct", "renewed_pct", "others_runoff_pct", "others_renewed_pct", "received_pct", "haircut_more_pct")
MOST = {"others_runoff_pct": 1000.0}  # of the Basel rates; all else is a part of a whole


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One course of things, in per cent and days.

    closed: the platforms whose shelf closes (`all`, or names). Of what they brought `runoff_pct` leaves evenly over
    `over_days`, the rest as it falls due. renewed_pct: of other platform money that falls due. others_runoff_pct: of
    the run-off rate, of money on demand that no platform brought; others_renewed_pct: of such money that falls due.
    received_pct: of what is due to the bank, what comes in and is not lent again. haircut_more_pct: taken off what
    liquid assets bring, beside the haircuts.
    """

    says: Words | None = None
    closed: list[str] | str = []
    runoff_pct: float = 0.0
    over_days: int = 1
    renewed_pct: float = 0.0
    others_runoff_pct: float = 0.0
    others_renewed_pct: float = 0.0
    received_pct: float = 100.0
    haircut_more_pct: float = 0.0

    def title(self, name: str) -> Pair:
        return (self.says.zh, self.says.en) if self.says else (name, name)


@dataclass(frozen=True)
class WhatIf:
    """Scenarios by name, which of them are the caller's own, and what is assumed beside them."""

    scenarios: dict[str, Scenario]
    own: frozenset[str]
    assumed: dict[str, Assumption]

    def value(self, name: str) -> Any:
        return self.assumed[name].value


@cache
def defaults() -> dict[str, Scenario]:
    return msgspec.yaml.decode((files(__package__) / "scenarios.yaml").read_bytes(), type=dict[str, Scenario])


def what_if(day: date, given: Mapping[str, Any] | Path | str | None = None) -> WhatIf:
    """The scenarios and assumptions of a day; `given` (a mapping, or a YAML file of one) replaces and adds.

    It holds `scenarios:` by name, and `assume:` with values by name. Raises BadInput where a word in it is not known,
    or a value out of bounds.
    """
    read, where = _read(given)
    for word in read:
        if word not in ("scenarios", "assume"):
            raise BadInput(f"{where}there is no {word!r} here; {hint(str(word), ('scenarios', 'assume'), 'there are')}")
    own = _mapping(read, "scenarios", where)
    found = dict(defaults())
    for name, values in own.items():
        found[str(name)] = _scenario(str(name), values, where)
    assumed = assumptions("stress", day, _mapping(read, "assume", where))
    _refuse(assumed, found, where)
    return WhatIf(found, frozenset(map(str, own)), assumed)


def _read(given: Mapping[str, Any] | Path | str | None) -> tuple[dict[str, Any], str]:
    if given is None or isinstance(given, Mapping):
        return dict(given or {}), ""
    path = Path(given)
    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        at = "" if line is None else f" (line {line + 1})"
        raise BadInput(f"{path.name}: is not YAML{at}; write scenarios: and under it a name and its values") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); name a YAML file of scenarios") from None
    if not isinstance(read, dict):
        raise BadInput(f"{path.name}: holds no scenarios; write scenarios: and under it a name and its values")
    return read, f"{path.name}: "


def _mapping(read: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    found = read.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise BadInput(f"{where}{name} holds values by name, not {found!r}: write a line each")
    return found


def _scenario(name: str, values: Any, where: str) -> Scenario:
    fields = Scenario.__struct_fields__
    if not isinstance(values, dict):
        raise BadInput(f"{where}scenario {name} is {values!r}: give it values by name, as runoff_pct: 50")
    for word in values:
        if word not in fields:
            raise BadInput(f"{where}scenario {name} has no {word!r}; {hint(str(word), fields, 'there are')}")
    try:
        one = msgspec.convert(values, Scenario)
    except msgspec.ValidationError as error:
        raise BadInput(f"{where}scenario {name}: {str(error)[0].lower()}{str(error)[1:]}") from None
    for word in SHARES:
        value, most = getattr(one, word), MOST.get(word, 100.0)
        if not 0 <= value <= most:
            raise BadInput(
                f"{where}scenario {name}: {word} is {value:g}: give 0 to {most:g} per cent",
                f"情景 {name} 的 {word} 是 {value:g}：请给 0 至 {most:g} 之间的百分数",
            )
    if one.over_days < 1:
        raise BadInput(
            f"{where}scenario {name}: over_days is {one.over_days}: give one day or more",
            f"情景 {name} 的 over_days 是 {one.over_days}：请给一天或者更多",
        )
    return one


# How each assumption is bounded: whole numbers, per cent, lists of either, pairs of per cent (least, most).
WHOLE = {
    "horizon_days": (31, 730), "stated_within_days": (0, 400), "red_days": (1, 730), "amber_days": (1, 730),
    "run_days": (1, 365), "draws": (100, 1_000_000), "platform_failure_days": (1, 365), "clearing_days": (1, 365),
}  # fmt: skip
NUMBERS = {"degrees": (1.0, 1000.0), "bank_run_chance_pct": (0.0, 100.0), "platform_failure_chance_pct": (0.0, 100.0),
           "nonpayment_chance_pct": (0.0, 100.0)}  # fmt: skip
PAIRS = ("bank_run_pct", "platform_failure_pct", "nonpayment_pct")
LISTS = {"grid_runoff_pct": (0.0, 100.0), "grid_over_days": (1.0, 365.0), "correlations": (0.0, 1.0)}


def _refuse(assumed: dict[str, Assumption], scenarios: dict[str, Scenario], where: str) -> None:
    """Refuse what no stress can be made with."""
    for name, one in assumed.items():
        value = one.value
        if name in WHOLE:
            _within(where, name, [value], WHOLE[name], int)
        elif name in NUMBERS:
            _within(where, name, [value], NUMBERS[name])
        elif name in LISTS:
            whole = int if name.endswith("_days") else (int, float)
            _within(where, name, value if isinstance(value, list) and value else [None], LISTS[name], whole)
        elif name in PAIRS:
            if not isinstance(value, list) or len(value) != 2:
                raise BadInput(
                    f"{where}{name} is {value!r}: give the least and the most, as [5, 30]",
                    f"{name} 是 {value!r}：请写最小与最大，例如 [5, 30]",
                )
            _within(where, name, value, (0.0, 100.0))
            if value[0] > value[1]:
                raise BadInput(
                    f"{where}{name}: the least, {value[0]:g}, is above the most, {value[1]:g}: exchange them",
                    f"{name}：最小的 {value[0]:g} 大于最大的 {value[1]:g}：请对调",
                )
        elif name == "term_money_can_leave" and not isinstance(value, bool):
            raise BadInput(
                f"{where}{name} is {value!r}: give true or false", f"{name} 是 {value!r}：请写 true 或者 false"
            )
        elif name == "joint_scenario" and value not in scenarios:
            raise BadInput(
                f"{where}{name}: there is no scenario {value!r}; {hint(str(value), scenarios, 'there are')}",
                f"{name}：没有情景 {value!r}；{hint_zh(str(value), scenarios)}",
            )
    if assumed["clearing_days"].value > assumed["horizon_days"].value:
        raise BadInput(
            f"{where}clearing_days is above horizon_days: nothing is reckoned that far on",
            "clearing_days 大于 horizon_days：那么远没有推算",
        )


def _within(where: str, name: str, values: list[Any], bounds: tuple[float, float], kind: Any = (int, float)) -> None:
    for value in values:
        if isinstance(value, bool) or not isinstance(value, kind) or not bounds[0] <= value <= bounds[1]:
            what = "a whole number" if kind is int else "a number"
            raise BadInput(
                f"{where}{name} is {value!r}: give {what} from {bounds[0]:g} to {bounds[1]:g}",
                f"{name} 是 {value!r}：请给 {bounds[0]:g} 至 {bounds[1]:g} 之间的数",
            )
