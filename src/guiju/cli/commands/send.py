"""Records sent to a gate's service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from guiju.cli.commands._app import Mapping, day_of
from guiju.cli.commands.gate import gate_app
from guiju.cli.commands.rollout import LOCAL, Key, Url

MOST_SAID = 5  # kinds of refusal that are told


@gate_app.command()
def send(
    records: Annotated[Path, typer.Argument(help="A folder of Parquet, CSV or JSON Lines files.")],
    url: Url = LOCAL,
    key: Key = "",
    key_file: Annotated[Path | None, typer.Option(help="A file with the API key, instead.")] = None,
    rate: Annotated[
        Optional[float], typer.Option(help="Events in a second; if not said, as fast as it goes.", min=0.001)
    ] = None,
    speed: Annotated[Optional[float], typer.Option(help="Seconds of the records in one second.", min=0.001)] = None,
    first: Annotated[
        Optional[str], typer.Option("--from", help="The first local day; by default the records'.")
    ] = None,
    last: Annotated[Optional[str], typer.Option("--to", help="The last local day, included.")] = None,
    batch: Annotated[int, typer.Option(help="Events in a request at most.", min=1, max=1000)] = 100,
    patience_s: Annotated[
        float, typer.Option(help="Seconds for which a service that is away or busy is waited for.", min=0)
    ] = 60,
    mapping: Mapping = None,
) -> None:
    """Send records to a service at work, and tell what was decided; sent again they are answered the same."""
    from guiju.cli import FAILED
    from guiju.cli.terminal import bar, counted
    from guiju.gate.decisions import ACTIONS
    from guiju.records.errors import BadInput

    try:
        from guiju.web.calling import Calling
        from guiju.web.sending import Pace, send
    except ModuleNotFoundError as error:
        raise BadInput(f"sending needs {error.name}: install Guiju with the extra web, as in guiju[web]") from None

    if rate is not None and speed is not None:
        raise BadInput("--rate and --speed are two paces: name one of them")
    service = Calling(url, _read(key_file) if key_file is not None else key, patience_s=patience_s)
    try:
        with bar() as progress:
            sent = send(
                records, service, first=day_of(first), last=day_of(last), mapping=mapping, pace=Pace(rate, speed),
                batch=batch, progress=progress,
            )  # fmt: skip
    finally:
        service.close()
    decided = (
        ", ".join(f"{sent.actions[action]:,} {action}" for action in ACTIONS if sent.actions[action]) or "none decided"
    )
    typer.echo(f"{sent.set}: {counted(sent.events, 'event')} answered: {decided}")
    if sent.waited:
        typer.echo(f"the service was waited for {counted(sent.waited, 'time')}", err=True)
    if sent.set_aside:
        typer.echo(
            f"{counted(sent.set_aside, 'row')} set aside and not sent; the first is {sent.first_aside}", err=True
        )
    for why, n in sent.refused.most_common(MOST_SAID):
        typer.echo(f"refused {n:,}: {why}", err=True)
    if others := sum(sent.refused.values()) - sum(n for _, n in sent.refused.most_common(MOST_SAID)):
        typer.echo(f"refused {others:,} for other reasons", err=True)
    if sent.refused or sent.set_aside:
        raise typer.Exit(FAILED)


def _read(path: Path) -> str:
    """The key in a file. Raises BadInput."""
    from guiju.records.errors import BadInput

    try:
        key = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "is not UTF-8"
        raise BadInput(f"{path}: {why.lower()}; name a file that holds the key alone") from None
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise BadInput(f"{path}: holds no key; guiju gate key makes one, and this file holds it alone")
    return key
