"""The process that serves cases: it ends when it is told to, after what it has taken is written."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from pathlib import Path

from granian.constants import Interfaces
from granian.server.embed import Server

from guiju.cases import Cases
from guiju.cases.attachments import Attachments
from guiju.cases.links import load_keys
from guiju.web.cases.application import application
from guiju.web.cases.callers import Callers
from guiju.web.cases.office import Office
from guiju.web.keys import Keys
from guiju.web.serving import logged

log = logging.getLogger("guiju.web")


def serve(ledger: str, *, keys: Path, links: Path, attachments: Path, host: str, port: int) -> None:
    """Serve a ledger's cases until SIGTERM or SIGINT. Raises BadInput where it cannot begin."""
    callers = Callers(Keys(keys), load_keys(links), time.time)
    files = Attachments(attachments)
    office = Office(Cases(ledger), callers, files)
    try:
        with logged():
            asyncio.run(_serve(office, host, port))
    finally:
        office.close()


async def _serve(office: Office, host: str, port: int) -> None:
    server = Server(
        application(office), host, port, interface=Interfaces.ASGI, log_enabled=False, backlog=1024, websockets=False
    )
    loop = asyncio.get_running_loop()
    for kind in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(kind, server.stop)
    log.info("ready", extra={"host": host, "port": port})
    try:
        await server.serve()
    finally:
        log.info("ended")
