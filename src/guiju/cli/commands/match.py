"""Goods matched to the stores of a network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from guiju.cli.commands._app import Language, Mapping, Tongue, app, day_of


@app.command()
def match(
    records: Annotated[Path, typer.Argument(help="A folder of records: stores, supplies, delivery_areas, …")],
    on: Annotated[str, typer.Option(help="The day from which goods are listed.")],
    suppose: Annotated[Optional[Path], typer.Option(help="YAML with other numbers of the matching, by name.")] = None,
    platform: Annotated[Optional[str], typer.Option(help="Whose stores, where there are several platforms'.")] = None,
    store: Annotated[
        Optional[list[str]], typer.Option(help="Print this store's listings and why; may be repeated.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the lot drawn between equals.", min=0)] = 7,
    mapping: Mapping = None,
    out: Annotated[Path, typer.Option(help="The folder that receives match-<day>.")] = Path("reckoned"),
    language: Language = Tongue.en,
) -> None:
    """Match goods to a network's stores by expected sales, under stock, delivery and floors of small owners."""
    from guiju.cli.terminal import bar, legible
    from guiju.market.matching import match as matched
    from guiju.market.matching.page import compared, headline, left_out
    from guiju.market.matching.telling import one_store
    from guiju.records.errors import BadInput

    of, day = int(language == "en"), day_of(on)
    if day is None:
        raise BadInput("a matching is of a day: give --on, as 2021-01-01")
    with bar() as progress:
        made = matched(
            records, day=day, platform=platform, suppose=suppose, seed=seed, mapping=mapping, out=out,
            language=language, progress=progress,
        )  # fmt: skip
    typer.echo(headline(made)[of])
    typer.echo(compared(made)[of])
    for table, why, rows, first in left_out(made):
        typer.echo(legible((f"未参与：{table} {rows:,} 行（如 {first}）：{why[0]}",
                            f"takes no part: {rows:,} rows of {table} (as {first}): {why[1]}")[of]))  # fmt: skip
    for table, rows in made.quarantined.items():
        typer.echo((f"已隔离：{table} {rows:,} 行，见 quarantine.parquet",
                    f"set aside: {rows:,} rows of {table}, see quarantine.parquet")[of])  # fmt: skip
    for name in store or []:
        for line in one_store(made, name):
            typer.echo(legible(line[of]))
    typer.echo(f"{made.page}")
