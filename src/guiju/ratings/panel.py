"""A panel: who scores whom on what, written down before anybody scores; and the scores that came back.

The definition is a YAML file; the scores are a sheet with a row for each rater and subject, and a column for each
dimension. An empty cell is a score that was not given; it is counted and told, never filled in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from guiju.checks.words import Words
from guiju.ratings.sheets import rows_of
from guiju.records.errors import BadInput, hint, hint_zh

Reals = NDArray[np.float64]
NOTHING = Words(zh="", en="")


class Scale(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The scores there are: from `least` to `most` in steps of `step`; the higher, the better."""

    least: float = 0.0
    most: float = 10.0
    step: float = 1.0


class Dimension(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is scored: its name in words, what raters are asked, and its weight in the whole."""

    name: Words
    weight: float
    asks: Words = NOTHING


class Rater(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who scores; `stake`: what the rater has to do with those who are scored, as it is printed."""

    name: Words
    stake: Words = NOTHING


class Subject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is scored; `reply`: its own words to the rating, which are printed beside it."""

    name: Words
    reply: Words = NOTHING


class Panel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A panel's definition.

    stated: tiers that somebody else published, best first, which are held against these scores. synthetic: printed on
    every page and picture where the scores are not real.
    """

    title: Words
    dimensions: dict[str, Dimension]
    raters: dict[str, Rater]
    subjects: dict[str, Subject]
    scale: Scale = Scale()
    stated: list[list[str]] = []
    stated_by: Words = NOTHING
    synthetic: Words = NOTHING


@dataclass(frozen=True)
class Scores:
    """Scores of a panel: `given` is (raters, subjects, dimensions) in the panel's order, NaN where none was given.

    silent: raters of the definition who gave none at all; the panel here is without them.
    """

    panel: Panel
    given: Reals
    silent: tuple[str, ...] = ()

    @property
    def weights(self) -> Reals:
        """Of the dimensions, 1 in sum."""
        weights = np.array([d.weight for d in self.panel.dimensions.values()])
        return np.asarray(weights / weights.sum())

    @cached_property
    def missing(self) -> list[tuple[str, str, str]]:
        """Rater, subject and dimension of every score that was not given."""
        names = (list(self.panel.raters), list(self.panel.subjects), list(self.panel.dimensions))
        return [(names[0][i], names[1][j], names[2][d]) for i, j, d in np.argwhere(np.isnan(self.given))]


def read_panel(path: Path | str) -> Panel:
    """A panel's definition. Raises BadInput for what cannot be meant."""
    where = Path(path)
    try:
        panel = msgspec.yaml.decode(where.read_bytes(), type=Panel)
    except OSError:
        raise BadInput(
            f"{where}: there is no such file; examples/aesthetics/panel.yaml shows one",
            f"{where}：没有这个文件；examples/aesthetics/panel.yaml 是一个例子",
        ) from None
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise BadInput(
            f"{where.name}: {' '.join(str(error).split())}",
            f"{where.name}：格式不对；examples/aesthetics/panel.yaml 是一个例子",
        ) from None
    _look(panel, where.name)
    return panel


def _look(panel: Panel, name: str) -> None:
    for what, of, least in (
        ("dimensions", panel.dimensions, 1),
        ("raters", panel.raters, 1),
        ("subjects", panel.subjects, 2),
    ):
        if len(of) < least:
            raise BadInput(
                f"{name}: {what} names {len(of)}; name {least} at least",
                f"{name}：{what} 只有 {len(of)} 个；至少要 {least} 个",
            )
    scale = panel.scale
    if not scale.least < scale.most or scale.step <= 0:
        raise BadInput(
            f"{name}: the scale goes from {scale.least:g} to {scale.most:g} in steps of {scale.step:g}",
            f"{name}：分值从 {scale.least:g} 到 {scale.most:g}，每级 {scale.step:g}，不成立：请改",
        )
    if bad := [key for key, d in panel.dimensions.items() if not 0 <= d.weight < float("inf")]:
        raise BadInput(
            f"{name}: the weight of {bad[0]} is a number from 0 on", f"{name}：{bad[0]} 的权重须为 0 或者更大的数"
        )
    if not sum(d.weight for d in panel.dimensions.values()):
        raise BadInput(f"{name}: every weight is 0; give one that is not", f"{name}：所有权重都是 0；请给一个不是 0 的")
    tiered = [subject for tier in panel.stated for subject in tier]
    if strange := [s for s in tiered if s not in panel.subjects]:
        raise BadInput(
            f"{name}: stated names {strange[0]!r}; {hint(strange[0], panel.subjects, 'there are')}",
            f"{name}：stated 里的 {strange[0]!r} 不在对象里；{hint_zh(strange[0], panel.subjects)}",
        )
    if len(set(tiered)) < len(tiered):
        raise BadInput(f"{name}: stated names a subject twice", f"{name}：stated 里有对象写了两次")


def read_scores(panel: Panel, path: Path | str) -> Scores:
    """The scores in a CSV file or workbook. Raises BadInput, with the row, for what is no score of this panel.

    A rater or subject that the sheet does not name at all is told as missing, cell by cell.
    """
    where = Path(path)
    raters, subjects, dimensions = list(panel.raters), list(panel.subjects), list(panel.dimensions)
    given = np.full((len(raters), len(subjects), len(dimensions)), np.nan)
    seen: dict[tuple[int, int], int] = {}
    for number, row in rows_of(where, "scores", ["rater", "subject", *dimensions]):
        at = f"{where.name}, row {number}"
        i = _place(row["rater"], raters, "rater", at)
        j = _place(row["subject"], subjects, "subject", at)
        if (i, j) in seen:
            raise BadInput(
                f"{at}: {raters[i]} scored {subjects[j]} in row {seen[i, j]} already; keep one of the two rows",
                f"{at}：{raters[i]} 在第 {seen[i, j]} 行已经评过 {subjects[j]}；两行请留一行",
            )
        seen[i, j] = number
        for d, cell in _cells(row, dimensions, panel.scale, at):
            given[i, j, d] = cell
    if not seen:
        raise BadInput(f"{where.name}: holds no score yet; fill in the sheet", f"{where.name}：还没有评分；请填表")
    if np.isnan(given).all():
        raise BadInput(
            f"{where.name}: no cell holds a score; fill in the sheet", f"{where.name}：没有一格有评分；请填表"
        )
    if unseen := [subjects[j] for j in range(len(subjects)) if np.isnan(given[:, j]).all()]:
        raise BadInput(
            f"{where.name}: nobody scored {unseen[0]}; have it scored, or take it out of the panel",
            f"{where.name}：没有人评过 {unseen[0]}；请补评，或者从对象里去掉",
        )
    spoke = ~np.isnan(given).all(axis=(1, 2))
    silent = tuple(r for r, said in zip(raters, spoke, strict=True) if not said)
    rated_by = {name: rater for name, rater in panel.raters.items() if name not in silent}
    return Scores(msgspec.structs.replace(panel, raters=rated_by), given[spoke], silent)


def _place(value: Any, known: list[str], what: str, at: str) -> int:
    text = str(value if value is not None else "").strip()
    if text not in known:
        raise BadInput(
            f"{at}: there is no {what} {text!r}; {hint(text, known, 'there are')}",
            f"{at}：没有 {text!r}；{hint_zh(text, known)}",
        )
    return known.index(text)


def _cells(row: Mapping[str, Any], dimensions: list[str], scale: Scale, at: str) -> Iterator[tuple[int, float]]:
    for d, name in enumerate(dimensions):
        value = row[name]
        if value is None or not str(value).strip():
            continue
        try:
            cell = float(str(value).strip())
        except ValueError:
            raise BadInput(
                f"{at}: {name} is {value!r}; write a number, or leave the cell empty",
                f"{at}：{name} 是 {value!r}；请写数，或者留空",
            ) from None
        steps = (cell - scale.least) / scale.step
        if not scale.least <= cell <= scale.most or abs(steps - round(steps)) > 1e-9:
            raise BadInput(
                f"{at}: {name} is {cell:g}; scores go from {scale.least:g} to {scale.most:g} "
                f"in steps of {scale.step:g}",
                f"{at}：{name} 是 {cell:g}；分值从 {scale.least:g} 到 {scale.most:g}，每级 {scale.step:g}",
            )
        yield d, cell
