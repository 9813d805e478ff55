"""The gate over history: backtests and replays."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from guiju.cli.commands._app import Answering, Language, Mapping, Tongue, day_of
from guiju.cli.commands.gate import gate_app

Set = Annotated[str, typer.Argument(help="A set that ships, by name, or the folder of your own.")]
Records = Annotated[Path, typer.Option(help="A folder of Parquet, CSV or JSON Lines files.")]


@gate_app.command("backtest")
def gate_backtest(
    set_: Set,
    records: Records,
    first: Annotated[
        Optional[str], typer.Option("--from", help="The first local day; by default the records'.")
    ] = None,
    last: Annotated[Optional[str], typer.Option("--to", help="The last local day, included.")] = None,
    against: Annotated[Optional[str], typer.Option(help="Another version of the set, to compare with.")] = None,
    labels: Annotated[
        Optional[Path], typer.Option(help="Parquet or CSV with platform, id, check, kind, pattern: what is true.")
    ] = None,
    log: Annotated[Optional[Path], typer.Option(help="Parquet with platform, id, decision_at, as logged live.")] = None,
    engine: Annotated[Answering, typer.Option(help="What decides.")] = Answering.duckdb,
    mapping: Mapping = None,
    out: Annotated[Path, typer.Option(help="The folder that receives backtest-….")] = Path("backtests"),
    language: Language = Tongue.en,
) -> None:
    """Decide on history as the gate would have: hits, money, overlap; precision and recall where labels are given."""
    from guiju.cli.terminal import Terminal, bar
    from guiju.gate.backtest import backtest
    from guiju.gate.backtest.page import shown

    with bar() as progress:
        done = backtest(
            set_, records, first=day_of(first), last=day_of(last), against=against, labels=labels, log=log,
            mapping=mapping, engine=engine, out=out, language=language, progress=progress,
        )  # fmt: skip
    Terminal().print(shown(done, language))
    typer.echo(f"\n{done.page}")


@gate_app.command("replay")
def gate_replay(
    set_: Set,
    records: Records,
    speed: Annotated[
        Optional[float], typer.Option(help="Seconds of the records in one second; if not said, no waiting.", min=0.001)
    ] = None,
    first: Annotated[
        Optional[str], typer.Option("--from", help="The first local day; by default the records'.")
    ] = None,
    last: Annotated[Optional[str], typer.Option("--to", help="The last local day, included.")] = None,
    reasons: Annotated[int, typer.Option(help="Print the reasons of so many hits as they come.", min=0)] = 0,
    mapping: Mapping = None,
    language: Language = Tongue.en,
) -> None:
    """Send a file of events through the live engine, as fast as they happened or as fast as it can."""
    from guiju.cli.terminal import Terminal, bar
    from guiju.gate.decisions import Decision
    from guiju.gate.replaying import replay, shown

    told = 0

    def heard(decision: Decision) -> None:
        nonlocal told
        if told < reasons:
            told += 1
            typer.echo(f"{decision.id}  {decision.action}")
            for reason in decision.reasons:
                typer.echo(f"  {reason.trigger}: {reason.says(language)}")

    with bar() as progress:
        done = replay(
            set_, records, speed=speed, first=day_of(first), last=day_of(last), mapping=mapping, heard=heard,
            progress=progress,
        )  # fmt: skip
    Terminal().print(shown(done, language))
