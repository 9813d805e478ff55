"""How often one address may try to sign in. Kept in memory alone: addresses are nobody's to keep."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime
from threading import Lock

MOST, WINDOW_SECONDS = 20, 5 * 60
MOST_ADDRESSES = 10_000


class Throttle:
    """At most MOST attempts an address in WINDOW_SECONDS. `clock` tells the time."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock, self._lock = clock, Lock()
        self._made: dict[str, deque[float]] = {}

    def wait_seconds(self, address: str) -> int:
        """Count an attempt; returns for how many seconds the address has to wait instead, 0 if it may go on."""
        now = self.clock().timestamp()
        with self._lock:
            if len(self._made) > MOST_ADDRESSES:
                self._made = {a: times for a, times in self._made.items() if times[-1] > now - WINDOW_SECONDS}
            times = self._made.setdefault(address, deque(maxlen=MOST))
            if len(times) == MOST and times[0] > now - WINDOW_SECONDS:
                return max(1, int(times[0] + WINDOW_SECONDS - now))
            times.append(now)
            return 0
