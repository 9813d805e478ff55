"""A brand joins a store network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from guiju.cli.commands._app import Language, Mapping, Tongue, app, day_of


@app.command()
def onboard(
    records: Annotated[Path, typer.Argument(help="A folder of records with the table stores.")],
    plan: Annotated[Path, typer.Argument(help="YAML: who joins, who sells it, what is printed about it.")],
    on: Annotated[str, typer.Option(help="The day.")],
    assume: Annotated[Optional[Path], typer.Option(help="YAML with other assumptions, by name.")] = None,
    mapping: Mapping = None,
    out: Annotated[Path, typer.Option(help="The folder that receives onboarding-<day>.")] = Path("reckoned"),
    language: Language = Tongue.en,
) -> None:
    """Check the papers of brands that join, open them in every open store, and recount what is printed about them."""
    from guiju.cli.terminal import bar, legible
    from guiju.market.onboarding import onboard as join
    from guiju.market.onboarding.page import headline, notes, verdict
    from guiju.records.errors import BadInput

    of, day = int(language == "en"), day_of(on)
    if day is None:
        raise BadInput("an onboarding is of a day: give --on, as 2020-12-31")
    with bar() as progress:
        made = join(
            records, plan=plan, on=day, assume=assume, mapping=mapping, out=out, language=language, progress=progress
        )
    typer.echo(legible(headline(made)[of]))
    for note in notes(made):
        typer.echo(legible(note[of]))
    for one in made.brands:
        for why in one.reasons:
            typer.echo(legible((f"{one.brand}：{why[0]}", f"{one.brand}: {why[1]}")[of]))
    for said in made.statements:
        words, told = (said.printed.says.zh, said.printed.says.en)[of], verdict(said)[of]
        typer.echo(legible((f"“{words}”：{told}", f'"{words}": {told}')[of]))
    typer.echo(f"{made.page}")
