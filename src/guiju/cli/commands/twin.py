"""Synthetic markets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from guiju.cli.commands._app import twin_app


@twin_app.command("groupbuy")
def twin_groupbuy(
    orders: Annotated[int, typer.Option(help="How many order rows, about.", min=2_000)] = 1_000_000,
    seed: Annotated[int, typer.Option(help="The same seed, the same market.", min=0)] = 7,
    out: Annotated[Path, typer.Option(help="The folder to write.")] = Path("market"),
    platforms: Annotated[int, typer.Option(help="How many platforms it has.", min=3, max=6)] = 3,
    honest: Annotated[bool, typer.Option("--honest", help="Plant no violation.")] = False,
) -> None:
    """Make a community group-buying market: records, and the truth about them."""
    from guiju.audit.unfinished import workplace
    from guiju.cli.terminal import bar
    from guiju.twin.groupbuy import generate

    with bar() as progress, workplace(out) as (target, work):
        generate(work, orders, seed, plants=not honest, platforms=platforms, progress=progress)
        for file in sorted(work.iterdir()):  # a market stopped midway is none
            file.rename(target / file.name)
    typer.echo(f"{out}: a market of about {orders:,} orders, seed {seed}; truth.parquet says what was planted")
