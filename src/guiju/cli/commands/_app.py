"""The application that every file here adds its commands to, and the options that several of them share."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="guiju",
    help="Audit conduct on internet platforms by dated rules, with evidence a person can check.",
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
)  # fmt: skip
twin_app = typer.Typer(help="Synthetic markets with known truth.", no_args_is_help=True)
app.add_typer(twin_app, name="twin")


class Answering(StrEnum):
    """The engines."""

    duckdb = "duckdb"
    spark = "spark"


class Tongue(StrEnum):
    """The languages of the house."""

    en = "en"
    zh = "zh"


Language = Annotated[Tongue, typer.Option("--language", "-l", help="The language of sentences.")]
Unmask = Annotated[bool, typer.Option("--unmask", help="Show identifiers in full.")]
Mapping = Annotated[Path | None, typer.Option("--mapping", "-m", help="YAML that makes your own tables fit.")]
RUNS = Path("runs")


@app.callback(invoke_without_command=True)
def guiju(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        from guiju import __version__

        typer.echo(f"guiju {__version__}")
        raise typer.Exit


def day_of(text: str | None) -> date | None:
    """A day that was given as an option. Raises BadInput if it is none."""
    from guiju.records.errors import BadInput

    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput(f"the day {text!r} is no date: write it as 2025-12-31") from None
