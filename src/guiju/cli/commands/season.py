"""A season's goods: listed by when, ordered by when."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from guiju.cli.commands._app import Language, Mapping, Tongue, app, day_of


@app.command()
def season(
    records: Annotated[Path, typer.Argument(help="A folder of records with the table fulfilments.")],
    plan: Annotated[Path, typer.Argument(help="YAML: the feast and its day, regions, goods, regions' rules.")],
    on: Annotated[str, typer.Option(help="The day on which it is reckoned.")],
    assume: Annotated[Optional[Path], typer.Option(help="YAML with other assumptions, by name.")] = None,
    most: Annotated[int, typer.Option(help="How many goods and regions are printed.", min=1)] = 10,
    mapping: Mapping = None,
    out: Annotated[Path, typer.Option(help="The folder that receives season-<feast day>.")] = Path("reckoned"),
    language: Language = Tongue.en,
) -> None:
    """Count back from a feast: when each good must be listed in each region, and until when each way takes orders."""
    from guiju.cli.terminal import bar, legible
    from guiju.market.season import season as reckon
    from guiju.market.season.page import MODES, STATUS, headline, notes
    from guiju.records.errors import BadInput

    of, day = int(language == "en"), day_of(on)
    if day is None:
        raise BadInput("a season is reckoned on a day: give --on, as 2020-12-20")
    with bar() as progress:
        made = reckon(
            records, plan=plan, on=day, assume=assume, mapping=mapping, out=out, language=language, progress=progress
        )
    typer.echo(headline(made)[of])
    for note in notes(made):
        typer.echo(legible(note[of]))
    for row in made.rows[:most]:
        good, region = made.goods[row.product], made.regions[row.region]
        last = [(MODES.get(w.mode, (w.mode, w.mode))[of], w.dates and w.dates.last_order) for w in row.ways]
        orders = ("、", ", ")[of].join(f"{mode} {day or '–'}" for mode, day in last)
        by, state = row.listing or "–", STATUS[row.status]
        told = (
            f"{good.zh}，{region.zh}：{by} 前上架，最晚下单 {orders}（{state[0]}）",
            f"{good.en}, {region.en}: list by {by}, order by {orders} ({state[1]})",
        )
        typer.echo(legible(told[of]))
    if len(made.rows) > most:
        typer.echo((f"另有 {len(made.rows) - most:,} 个（--most）", f"and {len(made.rows) - most:,} more (--most)")[of])
    typer.echo(f"{made.page}")
