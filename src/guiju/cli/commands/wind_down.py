"""The wind-down of platform deposits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from guiju.cli.commands._app import Language, Mapping, Tongue, app, day_of


@app.command("wind-down")
def wind_down(
    records: Annotated[Path, typer.Argument(help="A folder with deposits, bank_positions, liquid_assets.")],
    on: Annotated[str, typer.Option(help="The day at whose end the shelf is closed.")],
    inputs: Annotated[Optional[Path], typer.Option(help="YAML with other assumptions, for all or by bank.")] = None,
    mapping: Mapping = None,
    out: Annotated[Path, typer.Option(help="The folder that receives wind-down-<day>.")] = Path("reckoned"),
    language: Language = Tongue.en,
) -> None:
    """Plan how platform deposits run off, the fastest and the slowest way that keep each bank liquid."""
    from guiju.cli.terminal import bar
    from guiju.market.wind_down import wind_down as plan
    from guiju.market.wind_down.page import cure, lead, money, notes
    from guiju.records.errors import BadInput

    of, day = int(language == "en"), day_of(on)
    if day is None:
        raise BadInput("a wind-down begins on a day: give --on, as 2021-01-15")
    with bar() as progress:
        made = plan(records, day=day, inputs=inputs, mapping=mapping, out=out, language=language, progress=progress)
    typer.echo(lead(made)[of])
    for one in made.banks:
        if one.slow and one.fast:
            fast, slow, due = one.fast.months, one.slow.months, money(one.brought)
            said = (
                f"{one.bank}：应付 {due}，最快 {fast} 个月，最慢 {slow} 个月",
                f"{one.bank}: {due} due; months to the last of it: {fast} at the fastest, {slow} at the slowest",
            )
            typer.echo(said[of])
        elif one.short:
            typer.echo(f"{one.bank}{('：', ': ')[of]}{cure(one)[of]}")
        elif one.unknown:
            typer.echo(one.unknown[of])
    for note in notes(made):
        typer.echo(note[of])
    typer.echo(f"{made.page}")
