"""The runs that the console reads: found in their folder, opened once, and anew where another took their place."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import msgspec

from guiju.audit.folder import Damaged, Run, runs_in
from guiju.audit.report.words import Pair
from guiju.records.errors import both

MOST_OPEN = 6  # of a million findings each takes some 150 MB
MOST_KEPT = 300  # parts of pages, each of some 100 kB
T = TypeVar("T")


class Known(msgspec.Struct, frozen=True):
    """A run: its folder's name, the last day judged, its platforms, how many findings; fault: what is wrong with it."""

    name: str
    day: date | None = None
    jurisdictions: list[str] = []
    platforms: list[str] = []
    findings: int = 0
    rules: int = 0
    unasked: int = 0
    fault: Pair | None = None


class Runs:
    """The runs in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._lock, self._keeping = folder, Lock(), Lock()
        self._open: OrderedDict[tuple[str, int], Run] = OrderedDict()
        self._kept: OrderedDict[tuple[int, Hashable], tuple[Run, Any]] = OrderedDict()
        self._known: dict[tuple[str, int], Known] = {}

    def all(self) -> list[Run]:
        """The runs there are, the one made last first; nothing of them is read yet."""
        return runs_in(self.folder)[::-1]

    def names(self) -> list[str]:
        """The names of their folders."""
        return [run.folder.name for run in self.all()]

    def open(self, name: str) -> Run | None:
        """A run by the name of its folder; None where there is none."""
        path = self.folder / name
        if not name or Path(name).name != name or name in (".", "..") or not (path / "manifest.json").is_file():
            return None
        key = name, (path / "manifest.json").stat().st_mtime_ns
        with self._lock:  # one reader opens it, the others wait for that
            run = self._open.pop(key, None) or Run(path)
            run.listing  # noqa: B018
            self._open[key] = run
            while len(self._open) > MOST_OPEN:
                self._open.popitem(last=False)
        return run

    def kept(self, run: Run, what: Hashable, make: Callable[[], T]) -> T:
        """What `make` makes of a run, made once: an opened run never changes, and one in its place is another.

        what: by which it is known. Nothing that a session alone may see is kept.
        """
        key = id(run), what  # the run is kept with it, so no other can have its id
        with self._keeping:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][1]  # type: ignore[no-any-return]
        made = make()
        with self._keeping:
            self._kept[key] = run, made
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return made

    def known(self, run: Run) -> Known:
        """What a run's manifest says of it, read once."""
        try:
            key = run.folder.name, (run.folder / "manifest.json").stat().st_mtime_ns
        except OSError:
            return _known(run)
        if (found := self._known.get(key)) is None:
            found = self._known[key] = _known(run)
        return found


def _known(run: Run) -> Known:
    name = run.folder.name
    try:
        manifest = run.manifest
        day = date.fromisoformat(manifest["day"])
    except (Damaged, ValueError) as error:
        return Known(name, fault=both(error))
    rules = manifest["rules"]
    return Known(
        name, day, list(manifest["jurisdictions"]), list(manifest.get("platforms") or ()),
        sum(r["findings"] for r in rules), len(rules), sum(r["outcome"] != "asked" for r in rules),
    )  # fmt: skip
