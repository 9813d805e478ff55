"""The gate as a service."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Optional

import typer

from guiju.cli.commands.gate import gate_app

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Scope(StrEnum):
    """What a key may do."""

    decide = "decide"
    read = "read"
    operate = "operate"
    review = "review"
    automate = "automate"
    speak = "speak"


@gate_app.command()
def serve(
    folder: Annotated[str, typer.Argument(metavar="SET", help="A set that ships, by name, or the folder of your own.")],
    journal: Annotated[Path, typer.Option(help="The journal; it is begun if it is not there.")],
    keys: Annotated[Path | None, typer.Option(help="API keys; without them only this machine is served.")] = None,
    references: Annotated[Path | None, typer.Option(help="The folder of the tables that the set looks up.")] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65535)] = 8000,
    max_entries: Annotated[int, typer.Option(help="How many entries the windows may hold.", min=1)] = 20_000_000,
    projection: Annotated[
        str | None, typer.Option(help="A file (SQLite) or a URL where decisions are kept to be asked by subject.")
    ] = None,
    webhooks: Annotated[Path | None, typer.Option(help="Endpoints that are told of reviews and holds (YAML).")] = None,
    four_eyes: Annotated[bool, typer.Option("--four-eyes", help="Who proposes a version cannot promote it.")] = False,
) -> None:
    """Decide on events over HTTP; every decision is on the disk before it is answered."""
    from guiju.records.errors import BadInput

    try:
        from guiju.web.serving import serve as begin
    except ModuleNotFoundError as error:
        raise BadInput(f"the service needs {error.name}: install Guiju with the extra web, as in guiju[web]") from None
    from guiju.gate import load
    from guiju.web.keys import Keys
    from guiju.web.references import starting

    if four_eyes and keys is None:
        raise BadInput("without --keys nobody is told from anybody: name a file of keys with --four-eyes")
    if keys is None and host not in LOOPBACK:
        raise BadInput(f"without --keys everybody who reaches {host} could decide: name a file of keys")
    start = starting(references, max_entries)
    begin(
        load(folder), journal, start, host=host, port=port, keys=Keys(keys), projection=projection, webhooks=webhooks,
        four_eyes=four_eyes,
    )  # fmt: skip


@gate_app.command()
def consume(
    folder: Annotated[str, typer.Argument(metavar="SET", help="A set that ships, by name, or the folder of your own.")],
    journal: Annotated[Path, typer.Option(help="The journal; it is begun if it is not there.")],
    references: Annotated[Path | None, typer.Option(help="The folder of the tables that the set looks up.")] = None,
    max_entries: Annotated[int, typer.Option(help="How many entries the windows may hold.", min=1)] = 20_000_000,
    kafka: Annotated[
        Optional[Path], typer.Option(help="Read a Kafka topic instead: a YAML file with topic and consumer.")
    ] = None,
    idle_s: Annotated[float, typer.Option(help="Of Kafka: end when none has come for so long; 0: never.", min=0)] = 0,
) -> None:
    """Decide on events from standard input, JSON a line; the decision is printed when it is on the disk."""
    import asyncio
    import os
    import signal
    import sys

    from guiju.cli.terminal import counted
    from guiju.gate import load
    from guiju.web.consuming import Consumed
    from guiju.web.consuming import consume as work
    from guiju.web.deciding import Deciding
    from guiju.web.kafka import follow, read_topic
    from guiju.web.references import starting

    topic, stopped = read_topic(kafka) if kafka else None, list[int]()
    if topic is not None:
        for kind in (signal.SIGTERM, signal.SIGINT):
            signal.signal(kind, lambda number, _: stopped.append(number))

    def write(lines: bytes) -> None:
        sys.stdout.buffer.write(lines)
        sys.stdout.buffer.flush()

    async def go() -> Consumed:
        deciding = Deciding(load(folder), journal, starting(references, max_entries))
        for said in deciding.said:
            typer.echo(said, err=True)
        try:
            if topic is not None:
                return await follow(deciding, topic, write, lambda idle: not stopped and not 0 < idle_s <= idle)
            return await work(deciding, lambda: os.read(0, 1 << 20), write)
        finally:
            await deciding.close()

    seen = asyncio.run(go())
    what = "message" if topic else "line"
    typer.echo(f"{counted(seen.lines, what)}: {seen.decided:,} decided, {seen.refused:,} refused", err=True)


@gate_app.command()
def project(
    journal: Annotated[Path, typer.Argument(help="The journal of guiju gate serve, at work or not.")],
    into: Annotated[str, typer.Option(help="A file (SQLite), or postgresql://user@host/database.")],
    follow: Annotated[bool, typer.Option("--follow", help="Go on until it is ended.")] = False,
) -> None:
    """Keep a journal's decisions in a database, to be asked by subject and time; made anew where it is lost."""
    from guiju.web.projection.projecting import Projector

    projector = Projector(journal, into)
    begun = projector.sequence
    upto = projector.catch_up()
    typer.echo(f"the projection holds the journal up to entry {upto:,}; before it did up to {begun:,}")
    if follow:
        projector.follow(lambda: True)


@gate_app.command()
def webhooks(
    journal: Annotated[Path, typer.Argument(help="The journal of guiju gate serve, at work or not.")],
    send_again: Annotated[bool, typer.Option("--send-again", help="Let what was given up wait anew.")] = False,
) -> None:
    """How a journal's webhooks stand, and what was given up because nobody took it."""
    import time
    from datetime import UTC, datetime

    from guiju.cli.terminal import counted
    from guiju.journal.following import identity
    from guiju.web.webhooks.outbox import Outbox

    outbox = Outbox(journal, identity(journal))
    if send_again:
        typer.echo(f"waiting anew: {outbox.send_again(time.time()):,}")
    for name in outbox.names():
        counts = outbox.counts(name)
        typer.echo(f"{name}: {counts.sent:,} sent, {counts.waiting:,} waiting, {counts.given_up:,} given up")
    for lost in outbox.given_up():
        at = datetime.fromtimestamp(lost.at, UTC).isoformat(timespec="seconds")
        typer.echo(
            f"{lost.endpoint}: entry {lost.sequence:,} ({lost.action}) given up {at}, "
            f"after {counted(lost.attempts, 'attempt')}: {lost.why}"
        )


@gate_app.command()
def key(
    name: Annotated[str, typer.Argument(help="Whose key it is: logs name it, and the steps of cases.")],
    scope: Annotated[
        list[Scope],
        typer.Option(
            help="Of the gate decide, read, operate; of cases read, operate, review, automate, speak; may be repeated."
        ),
    ],
    platform: Annotated[str, typer.Option(help="Of a key that speaks: whose agency it is.")] = "",
) -> None:
    """Make an API key: shown once; the line below it goes into the file of keys."""
    from guiju.web.keys import new_key

    secret, line = new_key(name, [s.value for s in scope], platform)
    typer.echo(f"key: {secret}", err=True)
    typer.echo(line)
