"""The hidden folder in which a run is made, and what becomes of those that a killed audit left.

An audit locks its `.unfinished-…` for as long as it lives; the system frees the lock however it ends. So the
next audit into the same place removes those without a lock, and never another audit's. Where the file system
knows no locks, none is removed.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

PREFIX = ".unfinished-"


@contextmanager
def workplace(out: Path | None) -> Iterator[tuple[Path, Path]]:
    """The folder that receives the run, a temporary one unless given; in it a hidden one, gone at the end."""
    made = out is None or not out.exists()
    target = Path(mkdtemp(prefix="guiju-")) if out is None else out
    target.mkdir(parents=True, exist_ok=True)
    work, lock = None, None
    try:
        _sweep(target)
        # Locked before it has the name by which it would be swept.
        work = Path(mkdtemp(prefix=".begun-", dir=target))
        lock = _lock(work)
        work = work.rename(work.with_name(work.name.replace(".begun-", PREFIX)))
        yield target, work
    finally:
        if work is not None:
            shutil.rmtree(work, ignore_errors=True)
        if lock is not None:
            os.close(lock)
        if made:
            with suppress(OSError):  # holds a run
                target.rmdir()


def _sweep(target: Path) -> None:
    for left in target.glob(f"{PREFIX}*"):
        if left.is_dir() and not left.is_symlink() and (lock := _lock(left)) is not None:
            shutil.rmtree(left, ignore_errors=True)
            os.close(lock)


def _lock(folder: Path) -> int | None:
    """A lock on a folder, held until it is closed; None where another has it or there are no locks."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle
