"""An application on loopback, served in a thread until the block ends."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any, Self

from granian.constants import Interfaces
from granian.server.embed import Server

from eventually import eventually
from ports import free_port


class InThread:
    """Serves `application` on a free port; whoever derives from it closes its own things in `closed`."""

    application: Any

    def __init__(self) -> None:
        self.port = free_port()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._server = Server(
            self.application, "127.0.0.1", self.port, interface=Interfaces.ASGI, log_enabled=False, websockets=False
        )
        await self._server.serve()

    def __enter__(self) -> Self:
        self._thread.start()
        eventually(self._listens, "it begins")
        return self

    def _listens(self) -> bool:
        assert self._thread.is_alive(), "it ended as it began"
        try:
            socket.create_connection(("127.0.0.1", self.port)).close()
        except OSError:
            return False
        return True

    def __exit__(self, *_: object) -> None:
        self.ending()
        self._loop.call_soon_threadsafe(self._server.stop)
        self._thread.join()
        self.closed()

    def ending(self) -> None:
        """The server is about to end."""

    def closed(self) -> None:
        """The server has ended."""
