"""From which set of records a room reckons: those that have its tables, and what to do where there is none."""

from __future__ import annotations

from pathlib import Path

import msgspec

from guiju.records.errors import BadInput
from guiju.web.console.console import Console
from guiju.web.console.records import Set, leads_outside, sets
from guiju.web.console.rooms.listed import ROOMS


class Choice(msgspec.Struct):
    """The sets with the tables that a room needs, by name; `name`: the one that is shown, '' where there is none.

    other: sets that lack some of the tables, each with those. named: whether a folder of records was named at all;
    wrong: a name that was asked for and is none of the sets. fits: the addresses of all rooms that the set has the
    tables of, to which it is taken along.
    """

    needs: list[str]
    example: str
    sets: list[str] = []
    name: str = ""
    other: list[tuple[str, list[str]]] = []
    named: bool = False
    wrong: str = ""
    fits: list[str] = []


def chosen(it: Console, asked: str, needs: tuple[str, ...], example: str) -> tuple[Choice, Path | None]:
    """The set asked for, or else the one that changed last, and its folder.

    needs: tables, or YAML files, without which the room has nothing to reckon from; example: the command that makes a
    set which has them. Raises BadInput for a set of which a link leads elsewhere.
    """
    known = sets(it)
    able = [one for one in known if not lacks(one, needs)]
    other = [(one.name, lacking) for one in known if (lacking := lacks(one, needs))]
    choice = Choice(list(needs), example, [one.name for one in able], other=other, named=it.records is not None)
    by_name = {one.name: one for one in able}
    if asked and asked not in by_name:
        choice.wrong = asked
    found = by_name.get(asked) or max(able, key=lambda one: (one.changed, one.name), default=None)
    if found is None:
        return choice, None
    if (link := leads_outside(found)) is not None:
        raise BadInput(
            f"{found.name}: the link {link} leads out of the set, and what lies there is not read: take it out",
            f"{found.name}：链接 {link} 指向数据集以外，那里的内容不读：请去掉",
        )
    choice.name, choice.fits = found.name, [room.address for room in ROOMS if not lacks(found, room.needs)]
    return choice, found.path


def lacks(one: Set, needs: tuple[str, ...]) -> list[str]:
    """Which tables, or YAML files by their names, a set does not have."""
    return [name for name in needs if name not in one.tables and name not in one.mappings]
