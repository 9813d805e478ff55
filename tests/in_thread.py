"""An application on loopback, served in a thread until the block ends."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from typing import Any, Self

from granian.constants import Interfaces
from granian.server.embed import Server


class InThread:
    """Serves `application` on a free port; whoever derives from it closes its own things in `closed`."""

    application: Any

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._server = Server(
            self.application, "127.0.0.1", self.port, interface=Interfaces.ASGI, log_enabled=False, websockets=False
        )
        await self._server.serve()

    def __enter__(self) -> Self:
        self._thread.start()
        for _ in range(250):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return self
            except OSError:
                time.sleep(0.02)
        raise AssertionError("it did not begin")

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._server.stop)
        self._thread.join(20)
        self.closed()

    def closed(self) -> None:
        """The server has ended."""
