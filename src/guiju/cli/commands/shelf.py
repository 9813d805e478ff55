"""The deposit shelf of a day."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from guiju.cli.commands._app import Language, Mapping, Tongue, app, day_of


@app.command()
def shelf(
    records: Annotated[Path, typer.Argument(help="A folder of records with the table deposit_offers.")],
    on: Annotated[str, typer.Option(help="The day.")],
    amount: Annotated[str, typer.Option(help="What is to be deposited.")] = "50000",
    horizon_months: Annotated[int, typer.Option(help="For how many months.", min=1)] = 12,
    held: Annotated[Optional[list[str]], typer.Option(help="BANK=AMOUNT held there already; may be repeated.")] = None,
    rule: Annotated[Optional[Path], typer.Option(help="YAML with other numbers of the rule, by name.")] = None,
    platform: Annotated[Optional[list[str]], typer.Option(help="Print these platforms; all but banks' own.")] = None,
    most: Annotated[int, typer.Option(help="How many of a platform's places are printed.", min=1)] = 5,
    mapping: Mapping = None,
    out: Annotated[Path, typer.Option(help="The folder that receives shelf-<day>.")] = Path("reckoned"),
    language: Language = Tongue.en,
) -> None:
    """Order the deposit offers of a day lawfully: why each stands where it stands, and what may not stand there."""
    from guiju.cli.terminal import bar, legible
    from guiju.market.shelf import shelf as order
    from guiju.market.shelf.page import closing, headline, why
    from guiju.records.errors import BadInput, hint

    of, day = int(language == "en"), day_of(on)
    if day is None:
        raise BadInput("a shelf is of a day: give --on, as 2020-12-10")
    if wrong := [text for text in held or [] if "=" not in text]:
        raise BadInput(f"--held {wrong[0]!r} names no sum: write it as BANK=100000")
    placed = dict(text.rsplit("=", 1) for text in held or [])
    with bar() as progress:
        made = order(
            records, day=day, amount=amount, horizon_months=horizon_months, held=placed, rule=rule, mapping=mapping,
            out=out, language=language, progress=progress,
        )  # fmt: skip
    typer.echo(headline(made)[of])
    if made.closed:
        typer.echo(closing(made)[of])
    for name in platform or [other for other in made.others if other in made.shelves]:
        if name not in made.shelves:
            raise BadInput(f"on {day} there is no platform {name!r}; {hint(name, made.shelves, 'there are')}")
        its = made.shelves[name]
        for p in its[:most]:
            said = why(p, its[p.place - 2] if p.place > 1 else None, made.depositor)[of]
            typer.echo(legible(f"{name} {p.place}. {p.offer.bank} {p.offer.name}: {said}"))
        for e in [e for e in made.excluded if e.platform == name][:most]:
            reasons = "; ".join(reason[of] for _, reason in e.reasons)
            told = (f"不可上架：{e.bank} {e.name}：{reasons}", f"not on the shelf: {e.bank} {e.name}: {reasons}")[of]
            typer.echo(legible(f"{name} {told}"))
    typer.echo(f"{made.page}")
