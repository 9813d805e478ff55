"""The process that serves the console until it is told to end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from granian.constants import Interfaces
from granian.server.embed import Server

from guiju.cases.links import Opens
from guiju.web.behind import Behind
from guiju.web.console.accounts import FIRST
from guiju.web.console.application import application
from guiju.web.console.console import Console
from guiju.web.console.gate.gate import Gate
from guiju.web.console.gate.named import read
from guiju.web.console.words import HERE_ZONE
from guiju.web.serving import free, logged, run

log = logging.getLogger("guiju.web")


def serve(
    store: str, runs: Path, *, host: str, port: int, url: str, say: Callable[[str, dict[str, str]], None],
    cases: str | None = None, attachments: Path | None = None, pages: Path | None = None,
    records: Path | None = None, gate: Path | None = None, roles: tuple[str, ...] = (),
    link: Callable[[Opens], str] | None = None, zone: ZoneInfo = HERE_ZONE, guards: Path | None = None,
    others: Mapping[str, tuple[str, ...]] = MappingProxyType({}), behind: Sequence[Behind] = (),
    demo: bool = False,
) -> None:  # fmt: skip
    """Serve until SIGTERM or SIGINT. `say` is told where it is, and the passwords by name of accounts that were made.

    gate: the file that names one. roles: of the first admin, besides; others: who is made with it, with their roles.
    behind: begun once somebody can connect, and ended with it. demo: what is shown was made up. Raises BadInput.
    """
    free(host, port)
    shown = Gate(read(gate)) if gate is not None else None
    console = Console(
        store,
        runs,
        url,
        cases=cases,
        attachments=attachments,
        pages=pages,
        records=records,
        gate=shown,
        link=link,
        zone=zone,
        guards=guards,
        demo=demo,
    )
    try:
        made = {}
        if password := console.accounts.begin(roles):
            made = {FIRST: password} | {name: console.accounts.add(name, theirs) for name, theirs in others.items()}
        with logged():
            asyncio.run(_serve(console, host, port, behind, lambda: say(url or f"http://{host}:{port}/", made)))
    finally:
        console.close()


async def _serve(console: Console, host: str, port: int, behind: Sequence[Behind], begun: Callable[[], None]) -> None:
    server = Server(
        application(console), host, port, interface=Interfaces.ASGI, log_enabled=False, backlog=1024, websockets=False
    )

    def ready() -> None:
        log.info("ready", extra={"host": host, "port": port})
        begun()
        for work in behind:
            work.begin()

    try:
        await run(server, host, port, ready, console.ending)
    finally:
        for work in behind:
            await work.end()
        log.info("ended")
