"""Waiting for something to become so: as long as a busy machine may need, and no longer than it takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Seen = TypeVar("Seen")
LONGEST_SECONDS = 180  # reached by what never happens, and by no machine that is only slow


def eventually(seen: Callable[[], Seen], what: str = "", pause_seconds: float = 0.01) -> Seen:
    """What `seen` gives once that is true. AssertionError, with `what` was waited for, if it never is."""
    end = time.monotonic() + LONGEST_SECONDS
    while not (it := seen()):
        assert time.monotonic() < end, f"it never happened: {what or seen.__qualname__}"
        time.sleep(pause_seconds)
    return it
