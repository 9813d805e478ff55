"""Waiting on a condition, never on time: the limit is generous, for machines that are slow and busy."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
LIMIT_SECONDS = 240.0


def until(found: Callable[[], T], what: str = "") -> T:
    """What `found` gives as soon as that is true."""
    ends = time.monotonic() + LIMIT_SECONDS
    while not (value := found()):
        assert time.monotonic() < ends, f"it never came: {what}"
        time.sleep(0.05)
    return value
