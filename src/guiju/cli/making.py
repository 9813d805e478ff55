"""Synthetic records, made where they are to lie or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from guiju.audit.unfinished import workplace
from guiju.cli.terminal import bar


@contextmanager
def made(out: Path) -> Iterator[tuple[Path, Callable[[str, float], None]]]:
    """A folder to write into, and whom to tell how far it is; its files come into `out` once all are there."""
    with bar() as progress, workplace(out) as (target, work):
        yield work, progress
        for file in sorted(work.iterdir()):
            file.rename(target / file.name)
