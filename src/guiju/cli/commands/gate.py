"""The gate: triggers checked."""

from __future__ import annotations

from typing import Annotated

import typer

from guiju.cli.commands._app import app

gate_app = typer.Typer(help="Decisions on live events, by triggers in SQL.", no_args_is_help=True)
app.add_typer(gate_app, name="gate")


@gate_app.command("check")
def gate_check(
    folder: Annotated[str, typer.Argument(help="A set that ships, by name, or the folder of your own.")],
) -> None:
    """Read a set of triggers, refuse what is outside the subset, and decide its drawn cases on both engines."""
    from guiju.cli import FAILED
    from guiju.cli.terminal import counted
    from guiju.gate import load
    from guiju.gate.drawn_cases import cases, faults

    of = load(folder)
    wrong = faults(of)
    for fault in wrong:
        typer.echo(fault)
    drawn = sum(1 for _ in cases(of))
    told = (
        f"{counted(len(of.triggers), 'trigger')}, {counted(len(of.features.of), 'feature')}, {counted(drawn, 'case')}"
    )
    typer.echo(f"{of.name}: {told}; {counted(len(wrong), 'fault') if wrong else 'all as they say'}")
    if wrong:
        raise typer.Exit(FAILED)
