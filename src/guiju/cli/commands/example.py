"""Situations lived through from one command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from guiju.cli.commands._app import Language, Tongue, app

example_app = typer.Typer(help="Situations lived through: records made up, all else real.", no_args_is_help=True)
app.add_typer(example_app, name="example")


@example_app.command("haining")
def example_haining(
    out: Annotated[Path, typer.Option(help="A folder that is not there yet.")] = Path("haining"),
    trips: Annotated[int, typer.Option(help="Trips of five months.", min=100_000)] = 1_000_000,
    drivers: Annotated[int, typer.Option(help="Drivers; 25 of them are of the agency.", min=400)] = 2_000,
    seed: Annotated[int, typer.Option(help="The same seed, the same night.", min=0)] = 7,
    language: Language = Tongue.en,
) -> None:
    """The night of the frozen drivers, twice: as it was, and by the rules (some minutes)."""
    from guiju.cli.haining import haining
    from guiju.cli.haining.telling import shown
    from guiju.cli.terminal import Terminal, bar
    from guiju.records.errors import BadInput

    if out.exists():
        raise BadInput(f"{out}: is there already; name a folder that is not, with --out")
    with bar() as progress:
        told, page = haining(out, trips=trips, drivers=drivers, seed=seed, language=language, progress=progress)
    Terminal().print(shown(told, language))
    typer.echo(f"{page}")
