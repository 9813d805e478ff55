"""What the records say of growth."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Optional

import typer

from guiju.cli.commands._app import Language, Mapping, Tongue, app, day_of


class Unit(StrEnum):
    month = "month"
    week = "week"


@app.command()
def growth(
    records: Annotated[Path, typer.Argument(help="A folder of records: orders, sign_ins, parties, fees.")],
    by: Annotated[Unit, typer.Option(help="Calendar months, or weeks from Monday.")] = Unit.month,
    day: Annotated[Optional[str], typer.Option(help="The last whole day; else the last on record.")] = None,
    season: Annotated[bool, typer.Option(help="Take a yearly season out; needs two years.")] = True,
    platform: Annotated[Optional[list[str]], typer.Option(help="Print these platforms; all if not said.")] = None,
    mapping: Mapping = None,
    out: Annotated[Path, typer.Option(help="The folder that receives growth-<day>-<unit>.")] = Path("reckoned"),
    language: Language = Tongue.en,
) -> None:
    """Say how users, orders and revenue grow, whether faster and faster, and who comes back."""
    from guiju.audit.report.standalone import why_no_png
    from guiju.cli.terminal import bar, legible
    from guiju.market.growth import grown
    from guiju.market.growth.page import chance, lead, sentences, told
    from guiju.records.errors import BadInput, hint

    of = int(language == "en")
    with bar() as progress:
        made = grown(
            records, unit=by.value, day=day_of(day), season=season, mapping=mapping, out=out, language=language,
            progress=progress,
        )  # fmt: skip
    typer.echo(lead(made)[of])
    for name in platform or made.platforms:
        if name not in made.platforms:
            raise BadInput(f"nothing of a platform {name!r} is on record; {hint(name, made.platforms, 'there are')}")
        for one in made.of(name):
            said = ("" if of == 0 else " ").join(pair[of] for pair in sentences(one, made))
            typer.echo(legible(f"{name} {told(one.series.measure)[of]}{('：', ': ')[of]}{said}"))
    if by_chance := chance(made):
        typer.echo(by_chance[of])
    if why := why_no_png():
        typer.echo(why[of])
    typer.echo(f"{made.page}")
