"""The weights of the liquidity ratios, dated, with source and mark: `weights.yaml` beside this file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

import msgspec

from guiju.checks.words import Words
from guiju.records.errors import BadInput
from guiju.rulebook import provisions

LIQUID = ("level_1", "level_2a", "level_2b_rmbs", "level_2b")
PLATFORM = "platform"  # money that platforms brought, by its weight
LAW = "cn.liquidity-2018"


class Weight(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Per cent, and how well it is known; of stable funding by time left: below six months, below a year, from then."""

    pct: float | list[float]
    mark: str


class Ratio(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The weights of one ratio: where they are from, and by the day from which they hold, by group and kind."""

    source: Words
    dated: dict[date, dict[str, dict[str, Weight]]]

    def on(self, day: date) -> dict[str, dict[str, Weight]]:
        begun = [start for start in self.dated if start <= day]
        if not begun:
            raise BadInput(
                f"on {day} this ratio was not yet a standard: it begins on {min(self.dated)}",
                f"{day} 还没有这项比率的标准：从 {min(self.dated)} 起才有",
            )
        return self.dated[max(begun)]


@dataclass(frozen=True)
class Minimum:
    """A least ratio by the provision, the mark of its source, and from how many assets on it binds."""

    pct: float
    mark: str
    assets: float


@cache
def ratios() -> dict[str, Ratio]:
    return msgspec.yaml.decode((files(__package__) / "weights.yaml").read_bytes(), type=dict[str, Ratio])


@cache
def kinds() -> frozenset[str]:
    """Every kind an item of a balance sheet may be of."""
    groups = [group for ratio in ratios().values() for dated in ratio.dated.values() for group in dated.items()]
    named = ("runoff", "inflow", "available", "required")
    return frozenset(kind for name, of in groups if name in named for kind in of) - {*LIQUID, PLATFORM}


def parts(ratio: str, group: str, day: date) -> dict[str, float]:
    """A group of single weights on a day, as parts of one."""
    return {kind: _single(weight) / 100 for kind, weight in ratios()[ratio].on(day)[group].items()}


def by_time(group: str, day: date) -> dict[str, tuple[float, ...]]:
    """Weights of stable funding on a day, as parts of one, by time left."""
    found = ratios()["nsfr"].on(day)[group]
    return {kind: tuple(p / 100 for p in w.pct) for kind, w in found.items() if isinstance(w.pct, list)}


def minimum(ratio: str, day: date) -> Minimum | None:
    """The least LCR or NSFR by the provision, if it was in force."""
    law = provisions().get(LAW)
    if law is None or not law.held_on(day):
        return None
    of = {p["name"]: p for p in law.params}
    step = float(of["asset step"]["value"])
    return Minimum(float(of[ratio.upper()]["value"]), str(of[ratio.upper()]["mark"]), step)


def _single(weight: Weight) -> float:
    assert not isinstance(weight.pct, list)
    return weight.pct
