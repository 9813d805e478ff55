"""What a platform computes for its market, done by the rules.

Records are read as an audit reads them (`guiju.audit.opened`), and what is reckoned is written into one folder: a page,
tables, the rows set aside and a manifest. Nothing here is a finding.

What a reckoning assumes is data: `<name>.yaml` beside it holds each value with the day from which it holds, why it is
this, and its mark, as the rulebook's limits do. The page prints all of them, and a caller may give others.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import yaml

from guiju.checks.words import Words
from guiju.records.errors import BadInput, hint, hint_zh

GIVEN = "given"  # the mark of a value that the caller gave
UTC = ZoneInfo("UTC")


class Assumption(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value from one day on: what it is, why it is this, and how well that is known (T, S, P, M or D, or given)."""

    value: Any
    because: Words
    mark: str


class Assumed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing assumed: what it is called, and its values by the day from which each holds."""

    says: Words
    dated: dict[date, Assumption]


@cache
def assumed(name: str) -> dict[str, Assumed]:
    """What a reckoning assumes: `market/<name>.yaml`."""
    return msgspec.yaml.decode((files("guiju.market") / f"{name}.yaml").read_bytes(), type=dict[str, Assumed])


def assumptions(name: str, day: date, given: Mapping[str, Any] | Path | str | None = None) -> dict[str, Assumption]:
    """What is assumed on a day, by name; `given` (a mapping, or a YAML file of one) replaces values.

    Raises BadInput for a name that nothing assumes, and for a day before the first value.
    """
    known, found = assumed(name), {}
    for key, one in known.items():
        begun = [start for start in one.dated if start <= day]
        if not begun:
            raise BadInput(
                f"nothing is assumed for {key} on {day}: the first value is of {min(one.dated)}; give one",
                f"{day} 对 {key} 没有假设值：最早的从 {min(one.dated)} 起；请给一个",
            )
        found[key] = one.dated[max(begun)]
    for key, value in given_values(given).items():
        if key not in known:
            raise BadInput(
                f"there is no assumption {key!r}; {hint(key, known, 'there are')}",
                f"没有假设 {key!r}；{hint_zh(key, known)}",
            )
        found[key] = Assumption(value, Words("由使用者给定", "given by the caller"), GIVEN)
    return found


def given_values(given: Mapping[str, Any] | Path | str | None) -> dict[str, Any]:
    """What a caller gave, or the YAML file that was named, as values by name. Raises BadInput."""
    if given is None or isinstance(given, Mapping):
        return dict(given or {})
    path = Path(given)
    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError):
        raise BadInput(
            f"{path.name}: is not YAML; write a line a value, as buffer_pct: 10",
            f"{path.name}：不是 YAML；一行写一个值，例如 buffer_pct: 10",
        ) from None
    except OSError as error:
        raise BadInput(
            f"{path}: cannot be read ({error.strerror}); name a YAML file of values",
            f"{path}：读不了；请给一个 YAML 文件",
        ) from None
    if not isinstance(read, dict):
        raise BadInput(
            f"{path.name}: holds no values by name; write a line a value, as buffer_pct: 10",
            f"{path.name}：里面没有按名称写的值；一行写一个，例如 buffer_pct: 10",
        )
    return read


def exact(value: Any, name: str, least: Decimal | int | None = 0, above: Decimal | int | None = None) -> Decimal:
    """A number given as text, whole number, float or decimal, as the decimal it is written as.

    Raises BadInput where it is none, below `least`, or not above `above`.
    """
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise BadInput(
            f"{name} is {value!r}, which is no number: write it as 2.5", f"{name} 是 {value!r}，不是数：请写成 2.5"
        ) from None
    if not number.is_finite() or (least is not None and number < least) or (above is not None and number <= above):
        bound = f"above {above}" if above is not None else f"at least {least}"
        raise BadInput(f"{name} is {value}: give a number {bound}", f"{name} 是 {value}：超出范围，请改（{bound}）")
    return number


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The moment that begins a local day, as UTC without a zone."""
    return datetime.combine(day, time(), zone).astimezone(UTC).replace(tzinfo=None)


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """The local day of a moment in UTC without a zone."""
    return moment.replace(tzinfo=UTC).astimezone(zone).date()


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The first moment after a local day, as UTC without a zone."""
    return midnight(day + timedelta(days=1), zone)
