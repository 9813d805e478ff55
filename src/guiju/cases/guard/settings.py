"""What the guard goes by on a day: `settings.yaml`, each value dated, with its reason and its mark."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from guiju.checks.words import Words
from guiju.records.errors import BadInput, hint


class Dated(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value from one day on, and why it is this."""

    value: float | int
    because: Words
    mark: str


class Setting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value: what it is called, and its values by the day from which each holds."""

    says: Words
    dated: dict[date, Dated]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The values of a day; `settings.yaml` says what each is, and in which unit."""

    delay_hours: int
    history_days: int
    min_history_days: int
    min_rate_ratio: float
    min_excess_flags: int
    agency_window_days: int
    agency_min_weeks: int
    agency_min_subjects: int
    agency_min_share_pct: float
    agency_max_p: float
    min_support: int
    min_support_pct: float
    agency_min_support: int
    max_values: int
    parents: int
    candidates: int
    min_within_odds_ratio: float
    near_best_pct: float
    level: float
    min_explained_pct: float
    max_outside_odds_ratio: float
    min_subjects: int
    min_covered_pct: float
    audited_flags: int
    max_precision_pct: float
    min_confirmed_pct: float
    sampled_weekly_pct: float


@cache
def known() -> dict[str, Setting]:
    """Every setting with its values and reasons."""
    text = (files("guiju.cases.guard") / "settings.yaml").read_bytes()
    return msgspec.yaml.decode(text, type=dict[str, Setting])


def settings(day: date, given: Mapping[str, Any] | None = None) -> Settings:
    """Those of a day; `given` replaces some. Raises BadInput for a name or a value that is none."""
    values: dict[str, Any] = {}
    for name, one in known().items():
        begun = [start for start in one.dated if start <= day]
        if not begun:
            raise BadInput(
                f"the guard has no {name} for {day}: its first value is of {min(one.dated)}; name a later day"
            )
        values[name] = one.dated[max(begun)].value
    for name in given or {}:
        if name not in values:
            raise BadInput(f"the guard has no setting {name!r}; {hint(name, values, 'there are')}")
    try:
        return msgspec.convert(values | dict(given or {}), Settings)
    except msgspec.ValidationError as error:
        raise BadInput(f"the guard's settings: {error}") from None
