"""What works behind `guiju serve --demo`: on loopback, on a port of its own, and no longer than the console."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from threading import Thread

LOOK_S, GRACE_S = 0.2, 15.0


def free_port() -> int:
    """A port of loopback at which nobody listens now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def ends_with_the_console(goes_on: Callable[[], bool]) -> None:
    """Leave Ctrl-C to the console, and end this process once the console is gone, however that ended."""
    os.setpgid(0, 0)  # Ctrl-C is the console's, which ends this in its turn
    Thread(target=_end_with, args=(goes_on,), daemon=True).start()


def _end_with(goes_on: Callable[[], bool]) -> None:
    """End this process as it is told to, once nobody is there to tell it; by force where it does not."""
    while goes_on():
        time.sleep(LOOK_S)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os._exit(1)
