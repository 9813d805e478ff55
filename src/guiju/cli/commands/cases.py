"""Cases: what was decided about somebody, told, appealed, answered by a person; served over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from guiju.cli.commands._app import app

cases_app = typer.Typer(help="Cases: told, appealed, answered by a person.", no_args_is_help=True)
app.add_typer(cases_app, name="cases")
Where = Annotated[str, typer.Argument(metavar="LEDGER", help="A ledger's file, or its database's URL.")]


@cases_app.command()
def serve(
    ledger: Where,
    keys: Annotated[Path, typer.Option(help="API keys of those who work on cases; guiju gate key makes them.")],
    links: Annotated[Path, typer.Option(help="The keys that sign parties' links; guiju cases key makes them.")],
    attachments: Annotated[Path, typer.Option(help="The folder of attachments; it is made if it is not there.")],
    dsa: Annotated[
        Path | None,
        typer.Option(help="YAML: what all statements in the DSA database say; docs/cases-api.md shows one."),
    ] = None,
    gate_journal: Annotated[
        Path | None, typer.Option(help="A gate's journal: its decisions become cases by their id.")
    ] = None,
    gate_set: Annotated[str | None, typer.Option(help="The set that decides there: by name, or its folder.")] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65535)] = 8001,
) -> None:
    """Serve the cases of a ledger over HTTP."""
    from guiju.records.errors import BadInput

    try:
        from guiju.web.cases.serving import serve as begin
    except ModuleNotFoundError as error:
        raise BadInput(f"the service needs {error.name}: install Guiju with the extra web, as in guiju[web]") from None
    from guiju.gate import load
    from guiju.web.cases.gate import Gate

    if (gate_journal is None) != (gate_set is None):
        raise BadInput("a gate is named by --gate-journal and --gate-set, both of them")
    gate = Gate(gate_journal, load(gate_set)) if gate_journal and gate_set else None
    begin(ledger, keys=keys, links=links, attachments=attachments, dsa=dsa, gate=gate, host=host, port=port)


@cases_app.command()
def key(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The file of keys that sign links.")],
) -> None:
    """Make a key that signs parties' links, or a new one beside those that are there: it signs from then on."""
    import os
    from datetime import UTC, datetime

    import msgspec

    from guiju.cases.links import load_keys, new_keys

    before = load_keys(path) if path.exists() else None
    made = new_keys(f"k{datetime.now(UTC):%Y%m%d%H%M%S}", before)
    aside = path.with_name(f".{path.name}.new")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(msgspec.yaml.encode(made))
    aside.replace(path)
    typer.echo(f"{path}: {made.current} signs links from now on; start the service anew")
