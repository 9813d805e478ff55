"""Ports on loopback for tests' own servers, each given out once on the whole machine.

A port that the system gives is free only for the moment: another test, or any connection that goes out, may have it
before the server does. These lie below the range from which the system gives, and a name among Linux's abstract
sockets, which goes with this process, says that one is taken.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

LOWEST = 10_000
_HELD: list[socket.socket] = []


def free_port() -> int:
    """A port that nobody listens at and no other test is given."""
    given = Path("/proc/sys/net/ipv4/ip_local_port_range")
    highest = int(given.read_text().split()[0]) if given.exists() else 32_768
    ports = range(LOWEST, highest) if highest > LOWEST + 1_000 else range(LOWEST, 32_768)
    first = os.getpid() * 7 % len(ports)
    for port in (*ports[first:], *ports[:first]):
        name = socket.socket(socket.AF_UNIX)
        try:
            name.bind(f"\0guiju-tests-{port}")
            with socket.create_server(("127.0.0.1", port)):
                pass
        except OSError:
            name.close()
            continue
        _HELD.append(name)
        return port
    raise AssertionError("no port is free")
