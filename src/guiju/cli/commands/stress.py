"""Banks under stress."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from guiju.cli.commands._app import Language, Mapping, Tongue, app, day_of


@app.command()
def stress(
    records: Annotated[Path, typer.Argument(help="A folder of Parquet, CSV or JSON Lines files.")],
    scenarios: Annotated[Path | None, typer.Option(help="YAML: what else may happen, and what is assumed.")] = None,
    seed: Annotated[int, typer.Option(help="Of the random numbers: the same gives the same.", min=0)] = 7,
    bank: Annotated[list[str] | None, typer.Option(help="Banks whose fan is drawn.")] = None,
    mapping: Mapping = None,
    day: Annotated[str | None, typer.Option(help="By default the last with liquid assets.")] = None,
    out: Annotated[Path, typer.Option(help="The folder that receives stress-<day>.")] = Path("stressed"),
    language: Language = Tongue.en,
) -> None:
    """How long each bank's liquidity lasts, if the shelf closes and if several things fail at once."""
    from guiju.cli.terminal import Terminal, bar
    from guiju.market.stress import stress as reckon
    from guiju.market.stress.page import shown

    with bar() as progress:
        seen = reckon(
            records, day=day_of(day), what=scenarios, seed=seed, banks=bank or [], mapping=mapping, out=out,
            language=language, progress=progress,
        )  # fmt: skip
    Terminal().print(shown(seen, language))
    typer.echo(f"{seen.page}")
