"""Consultations: a synthetic roster and day."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from guiju.cli.commands._app import twin_app


@twin_app.command("consultations")
def twin_consultations(
    inquiries: Annotated[int, typer.Option(help="How many are asked on the last day.", min=200)] = 10_000,
    seed: Annotated[int, typer.Option(help="The same seed, the same platform.", min=0)] = 7,
    out: Annotated[Path, typer.Option(help="The folder to write.")] = Path("consultations"),
    honest: Annotated[bool, typer.Option("--honest", help="Everybody is licensed for what they do.")] = False,
    end: Annotated[datetime, typer.Option(help="The last local day.", formats=["%Y-%m-%d"])] = datetime(2025, 12, 31),
) -> None:
    """Make a platform where people ask doctors: roster, a day's inquiries, answers before it, and the truth."""
    from guiju.audit.unfinished import workplace
    from guiju.cli.terminal import bar
    from guiju.twin.consultations import generate

    with bar() as progress, workplace(out) as (target, work):
        generate(work, inquiries, seed, plants=not honest, end=end.date(), progress=progress)
        for file in sorted(work.iterdir()):  # a platform stopped midway is none
            file.rename(target / file.name)
    typer.echo(f"{out}: {inquiries:,} inquiries of {end:%Y-%m-%d}, seed {seed}; truth.parquet says what was planted")
