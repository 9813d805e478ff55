"""The process that serves cases: it ends when it is told to, after what it has taken is written."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path

import msgspec
from granian.constants import Interfaces
from granian.server.embed import Server

from guiju.cases import Cases
from guiju.cases.attachments import Attachments
from guiju.cases.links import load_keys
from guiju.cases.statement.dsa import Publication
from guiju.records.errors import BadInput
from guiju.web.cases.application import application
from guiju.web.cases.callers import Callers
from guiju.web.cases.gate import Gate
from guiju.web.cases.office import Office
from guiju.web.keys import Keys
from guiju.web.serving import free, logged, run

log = logging.getLogger("guiju.web")


def serve(
    ledger: str, *, keys: Path, links: Path, attachments: Path, dsa: Path | None, gate: Gate | None, host: str,
    port: int,
) -> None:  # fmt: skip
    """Serve a ledger's cases until SIGTERM or SIGINT; `dsa`: the YAML of a Publication. Raises BadInput."""
    free(host, port)
    publication = _publication(dsa) if dsa else None
    callers = Callers(Keys(keys), load_keys(links), time.time)
    files = Attachments(attachments)
    office = Office(Cases(ledger), callers, files, publication, gate)
    try:
        with logged():
            asyncio.run(_serve(office, host, port))
    finally:
        office.close()


def _publication(path: Path) -> Publication:
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=Publication)
    except (OSError, msgspec.DecodeError) as error:
        raise BadInput(f"{path}: {error}; docs/cases-api.md shows one") from None


async def _serve(office: Office, host: str, port: int) -> None:
    server = Server(
        application(office), host, port, interface=Interfaces.ASGI, log_enabled=False, backlog=1024, websockets=False
    )
    try:
        await run(server, host, port, lambda: log.info("ready", extra={"host": host, "port": port}))
    finally:
        log.info("ended")
