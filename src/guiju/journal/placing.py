"""Files that are there whole or not at all, whenever the machine stops."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

HALF = ".half-written"


def place(path: Path, data: bytes) -> None:
    """Write a file under another name, have it on the disk, then give it its own. Raises OSError; nothing is left."""
    half = path.with_name(path.name + HALF)
    try:
        with half.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        half.rename(path)
    except OSError:
        with suppress(OSError):
            half.unlink()
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the folder's names on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
