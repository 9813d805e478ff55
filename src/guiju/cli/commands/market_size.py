"""The size of a market, from a broker's inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from guiju.cli.commands._app import Language, Tongue, app


@app.command("market-size")
def market_size(
    inputs: Annotated[Optional[Path], typer.Option(help="YAML with other inputs, by name.")] = None,
    html: Annotated[Optional[Path], typer.Option(help="Write the page.")] = None,
    language: Language = Tongue.en,
) -> None:
    """Reckon how large the deposit shelf was: a broker's inference from its inputs, with the arithmetic."""
    from guiju.audit.report.words import MARKS
    from guiju.cli.terminal import print_pairs
    from guiju.market import assumed
    from guiju.market.market_size import ROUNDING, render
    from guiju.market.market_size import market_size as reckon

    size = reckon(inputs)
    told = assumed("market_size")
    print_pairs([(f"{one.value}  [{one.mark}]", told[name].says.in_(language)) for name, one in size.used.items()])
    for mark in sorted({one.mark for one in size.used.values()} & MARKS.keys()):
        typer.echo(f"[{mark}] {MARKS[mark][int(language == 'en')]}")
    for step in size.arithmetic():
        typer.echo(step)
    typer.echo(ROUNDING[int(language == "en")])
    if html:
        html.write_text(render(size, language), encoding="utf-8")
        typer.echo(f"{html}")
