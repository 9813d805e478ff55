"""The house's sets of records: one for each folder below the one that `guiju serve --records` names.

A set is looked at, never read: which of our tables its files' names make, and when it last changed. What is hidden or
a link that leads elsewhere is no set; what is a folder and yet none is said, with why.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from guiju.records import tables
from guiju.records.sources import FORMATS
from guiju.web.console.console import Console

MOST, MOST_INSIDE = 2_000, 5_000  # sets that are listed; entries of one that are looked at
MAPPINGS = (".yaml", ".yml")
HIDDEN = (".", "_")  # how names begin that no reader of records looks at either


class Set(NamedTuple):
    """A set: its folder's name and place, the tables it has by name, its mappings (YAML), when it changed (UTC)."""

    name: str
    path: Path
    tables: tuple[str, ...]
    mappings: tuple[str, ...]
    changed: datetime


class Passed(NamedTuple):
    """A folder that is no set; why: of the console's words."""

    name: str
    why: str


def sets(it: Console) -> list[Set]:
    """The sets there are, by name; none where no folder was named."""
    return looked_at(it)[0]


def one(it: Console, name: str) -> Set | None:
    """The set of a name; None where there is none, however the name is written."""
    if it.records is None or not _is_plain(name):
        return None
    path = it.records / name
    return _set(path) if path.is_dir() and not path.is_symlink() and _why_not(path) is None else None


def looked_at(it: Console) -> tuple[list[Set], list[Passed]]:
    """The sets, and what was passed over, both by name."""
    found, passed = list[Set](), list[Passed]()
    if it.records is None or not it.records.is_dir():
        return found, passed
    for path in sorted(_folders(it.records)):
        if why := "records_too_many" if len(found) == MOST else _why_not(path):
            passed.append(Passed(os.fsencode(path.name).decode("utf-8", "backslashreplace"), why))
        elif made := _set(path):
            found.append(made)
    return found, passed


def leads_outside(chosen: Set) -> str | None:
    """The first link in a set that leads out of it, by its place: an audit would read what lies there."""
    root = chosen.path.resolve()
    for here, below, names in os.walk(chosen.path):
        below[:] = sorted(name for name in below if not name.startswith(HIDDEN))
        for name in (*below, *sorted(names)):
            path = Path(here, name)
            if path.is_symlink() and not path.resolve().is_relative_to(root):
                return path.relative_to(chosen.path).as_posix()
    return None


def _folders(root: Path) -> Iterator[Path]:
    with os.scandir(root) as entries:
        for entry in entries:
            if not entry.name.startswith(HIDDEN) and entry.is_dir():
                yield Path(entry.path)


def _why_not(path: Path) -> str | None:
    if path.is_symlink():
        return "records_link"
    return None if _is_plain(path.name) else "records_name"


def _is_plain(name: str) -> bool:
    """A name that says one folder, and that a page can show."""
    return bool(name) and name.isprintable() and Path(name).name == name and not name.startswith(HIDDEN)


def _set(path: Path) -> Set | None:
    """None where it went while it was looked at, or may not be read."""
    known, found, mappings = tables(), set[str](), list[str]()
    try:
        changed = path.stat().st_mtime
        with os.scandir(path) as entries:
            for entry in islice(entries, MOST_INSIDE):
                if entry.name.startswith(HIDDEN) or not entry.name.isprintable():
                    continue
                stem, suffix = os.path.splitext(entry.name)
                if entry.is_dir(follow_symlinks=False):
                    if entry.name in known and _has_parts(entry.path):
                        found.add(entry.name)
                elif stem.lower() in known and suffix.lower() in FORMATS:
                    found.add(stem.lower())
                elif suffix.lower() in MAPPINGS:
                    mappings.append(entry.name)
                changed = max(changed, entry.stat(follow_symlinks=False).st_mtime)
    except OSError:
        return None
    return Set(path.name, path, tuple(sorted(found)), tuple(sorted(mappings)), datetime.fromtimestamp(changed, UTC))


def _has_parts(folder: str) -> bool:
    with os.scandir(folder) as entries:
        return any(Path(entry.name).suffix.lower() in FORMATS for entry in islice(entries, MOST_INSIDE))
