"""Sets of records held open, so that whoever moves a slider does not have files read again.

A set is opened as an audit opens it, once, and anew where a file of it has changed. What is reckoned from it is kept
beside it until it is closed. Few are open at once; of those the one asked longest ago makes room.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Lock, RLock
from typing import Any, TypeVar

from guiju.audit.opened import Opened, opened

MOST_OPEN, MOST_KEPT = 4, 24  # sets; answers of each
T = TypeVar("T")
Key = tuple[Path, tuple[str, ...]]
Stamp = tuple[tuple[str, int, int], ...]


class Desk:
    """A set of records before an engine (`at`), with what was reckoned from it. One thread at a time has it."""

    def __init__(self, path: Path, tables: tuple[str, ...], stamp: Stamp) -> None:
        self.path, self.tables, self.stamp = path, tables, stamp
        self.lock, self.is_closed = RLock(), False
        self._at: Opened | None = None
        self._stack = ExitStack()
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    @property
    def at(self) -> Opened:
        """The tables; read when they are first asked for. Raises BadInput."""
        if self._at is None:
            self._at = self._stack.enter_context(opened(self.path, tables=self.tables))
        return self._at

    def kept(self, key: Hashable, make: Callable[[Opened], T]) -> T:
        """What was made under a key, or is made now; of many the one asked for longest ago is forgotten."""

        def asked() -> T:
            made = make(self.at)
            self.at.engine.drop_kept()  # what the engine kept for this question
            return made

        return self.remembered(key, asked)

    def remembered(self, key: Hashable, make: Callable[[], T]) -> T:
        """The same of what is made without the tables."""
        if key not in self._kept:
            self._kept[key] = make()
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        found: T = self._kept[key]
        return found

    def close(self) -> None:
        with self.lock:
            self.is_closed = True
            self._kept.clear()
            self._stack.close()


class Desks:
    """The sets that are open."""

    def __init__(self, most: int = MOST_OPEN) -> None:
        self._most, self._lock = most, Lock()
        self._open: OrderedDict[Key, Desk] = OrderedDict()

    @contextmanager
    def at(self, path: Path, tables: tuple[str, ...]) -> Iterator[Desk]:
        """A set with some of its tables, for as long as the block lasts; others who want it wait."""
        while True:
            desk = self._desk(path, tables)
            with desk.lock:
                if not desk.is_closed:  # by somebody who made room while this one waited
                    yield desk
                    return

    def _desk(self, path: Path, tables: tuple[str, ...]) -> Desk:
        key, stamp, gone = (path, tables), _stamp(path), list[Desk]()
        with self._lock:
            desk = self._open.pop(key, None)
            if desk is not None and desk.stamp != stamp:
                gone.append(desk)
                desk = None
            self._open[key] = desk = desk or Desk(path, tables, stamp)
            while len(self._open) > self._most:
                gone.append(self._open.popitem(last=False)[1])
        for one in gone:  # waits for whoever has it still, and nobody waits for that
            one.close()
        return desk

    def close(self) -> None:
        """Close all of them."""
        with self._lock:
            desks = [*self._open.values()]
            self._open.clear()
        for desk in desks:
            desk.close()


def _stamp(path: Path) -> Stamp:
    """Every file of a set with when it changed and its size."""
    found = []
    for here, below, names in os.walk(path):
        below[:] = [name for name in below if not name.startswith(".")]
        for name in names:
            try:
                stat = Path(here, name).stat()
            except OSError:
                continue
            found.append((str(Path(here, name).relative_to(path)), stat.st_mtime_ns, stat.st_size))
    return tuple(sorted(found))
