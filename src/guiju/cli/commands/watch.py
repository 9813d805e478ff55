"""A market watched."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from guiju.cli.commands._app import Answering, Language, Mapping, Tongue, app, day_of


@app.command()
def watch(
    records: Annotated[Path, typer.Argument(help="A folder of Parquet, CSV or JSON Lines files.")],
    mapping: Mapping = None,
    day: Annotated[str | None, typer.Option(help="The last day; by default the last with an order.")] = None,
    out: Annotated[Path, typer.Option(help="The folder that receives watch-<day>.")] = Path("watched"),
    engine: Annotated[Answering, typer.Option(help="What sums the weeks.")] = Answering.duckdb,
    settled: Annotated[int, typer.Option(help="Weeks without a sale after which a merchant has left.", min=1)] = 8,
    now: Annotated[int, typer.Option(help="How many last weeks are compared …", min=1)] = 4,
    before: Annotated[int, typer.Option(help="… with how many before them.", min=1)] = 13,
    unseen: Annotated[float, typer.Option(help="Per cent of the market that is not in the records.", min=0)] = 0.0,
    joining: Annotated[list[str] | None, typer.Option(help="Platforms taken for one: what the HHI gains.")] = None,
    language: Language = Tongue.en,
) -> None:
    """Watch a market by city and week: price against cost, shares, merchants, jobs; complaints as leads."""
    from guiju.audit.watch import watch as look
    from guiju.audit.watch.page import shown
    from guiju.cli.terminal import Terminal, bar

    with bar() as progress:
        seen = look(
            records, day=day_of(day), mapping=mapping, out=out, engine=engine, settled_weeks=settled, now_weeks=now,
            before_weeks=before, unseen_pct=unseen, joining=joining or [], progress=progress,
        )  # fmt: skip
    Terminal().print(shown(seen, language))
    typer.echo(f"{seen.page}")
