"""The service's process: one event loop, one engine, one journal; it ends when it is told to."""

from __future__ import annotations

import asyncio
import logging
import resource
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from anyio.to_thread import current_default_thread_limiter
from granian.constants import Interfaces
from granian.server.embed import Server

from guiju.gate import Engine, TriggerSet
from guiju.ledger.database import Unavailable
from guiju.records.errors import BadInput
from guiju.web.application import application
from guiju.web.behind import Behind
from guiju.web.deciding import Deciding
from guiju.web.keys import Keys
from guiju.web.projection.asking import Queries
from guiju.web.projection.projecting import Projector, follow
from guiju.web.webhooks.endpoints import load_endpoints
from guiju.web.webhooks.sending import Sending, send

log = logging.getLogger("guiju.web")
THREADS = 8  # that answer at once: anyio's 40 take the interpreter from each other (bench/results/console_load.md)
GRACE_S = 10  # for answers under way when the service is told to end
# Of a line, beside time, level and event.
FIELDS = ("status", "host", "port", "set", "entries", "said", "change", "version", "share_pct")


class Lines(logging.Formatter):
    """One JSON object a line. No ids, no bodies, no addresses of callers: what is logged cannot name a person."""

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": time, "level": record.levelname.lower(), "event": record.getMessage()}
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()


def serve(
    of: TriggerSet,
    journal: Path,
    start: Callable[..., Engine],
    *,
    host: str,
    port: int,
    keys: Keys,
    projection: str | None = None,
    webhooks: Path | None = None,
    four_eyes: bool = False,
) -> None:
    """Serve until SIGTERM or SIGINT. projection: where one of the journal is kept; webhooks: a file of endpoints.

    Raises BadInput where it cannot begin.
    """
    free(host, port)
    with logged():
        asyncio.run(_serve(of, journal, start, host, port, keys, projection, webhooks, four_eyes))


def free(host: str, port: int) -> None:
    """Whether it can be listened on, before anything is begun. Raises BadInput."""
    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            return
    except OSError as error:
        why = error.strerror or str(error)
        raise BadInput(f"{host} port {port}: {why.lower()}; name another with --port or --host") from None


async def run(
    server: Server, host: str, port: int, begun: Callable[[], None], ending: Callable[[], None] = lambda: None
) -> None:
    """Serve until SIGTERM or SIGINT. `begun` is called once somebody can connect: whoever reads it may come.

    `ending` is called before the server stops, which waits for what is being sent, but not for ever.
    """

    def stop() -> None:
        ending()
        server.stop()

    current_default_thread_limiter().total_tokens = THREADS
    loop = asyncio.get_running_loop()
    for kind in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(kind, stop)
    waiting = asyncio.create_task(_answered(host, port, begun))
    server.workers_kill_timeout = GRACE_S
    try:
        with suppress(TimeoutError):  # somebody takes nothing of what is sent
            await server.serve()
    finally:
        waiting.cancel()


async def _answered(host: str, port: int, begun: Callable[[], None]) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            await asyncio.sleep(0.01)
            continue
        writer.close()
        begun()
        return


@contextmanager
def logged() -> Iterator[None]:
    """The log goes to standard error, a JSON object a line, until the block ends."""
    out = logging.StreamHandler(sys.stderr)
    out.setFormatter(Lines())
    log.addHandler(out)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(out)


async def _serve(
    of: TriggerSet,
    journal: Path,
    start: Callable[..., Engine],
    host: str,
    port: int,
    keys: Keys,
    projection: str | None,
    webhooks: Path | None,
    four_eyes: bool,
) -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with suppress(OSError, ValueError):  # a connection is an open file
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    deciding = Deciding(of, journal, start)
    queries, outbox, behind = None, None, list[Behind]()
    if projection is not None:  # what is wrong with it is said before anything is served
        try:
            Projector(journal, projection)
        except Unavailable as error:  # a database that is away for now is no reason not to decide
            deciding.said.append(str(error))
        queries = Queries(journal, projection)
        behind.append(Behind("the projection", follow, journal, projection))
    if webhooks is not None:
        sending = Sending(journal, load_endpoints(webhooks))
        deciding.said += sending.strange(of)
        outbox = sending.outbox
        behind.append(Behind("the webhooks", send, journal, webhooks))
    for said in deciding.said:
        log.warning("restored", extra={"said": said})
    Engine.without_pauses()
    sys.setswitchinterval(0.001)  # the thread that writes waits no longer for its turn than a sync takes
    door = application(deciding, keys, four_eyes, queries=queries, outbox=outbox)
    server = Server(door, host, port, interface=Interfaces.ASGINL, log_enabled=False, backlog=1024, websockets=False)
    for work in behind:
        work.begin()
    extra = {"host": host, "port": port, "set": of.name, "entries": deciding.journal.last}
    try:
        await run(server, host, port, lambda: log.info("ready", extra=extra))
    finally:
        for work in behind:
            await work.end()
        await deciding.close()
        log.info("ended", extra={"entries": deciding.journal.last})
