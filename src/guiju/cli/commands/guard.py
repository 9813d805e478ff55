"""The common-cause guard over a folder of records."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from guiju.cli.commands._app import Language, Mapping, Tongue, day_of
from guiju.cli.commands.gate import gate_app


@gate_app.command("guard")
def gate_guard(
    set_: Annotated[str, typer.Argument(help="A set that ships, by name, or the folder of your own.")],
    records: Annotated[Path, typer.Option(help="A folder of Parquet, CSV or JSON Lines files.")],
    trigger: Annotated[Optional[str], typer.Option(help="Whose flags; not needed where one trigger holds.")] = None,
    on: Annotated[Optional[str], typer.Option(help="The last local day looked at; by default the records'.")] = None,
    decisions: Annotated[
        Optional[Path], typer.Option(help="decisions.parquet of a backtest of the set, to save deciding again.")
    ] = None,
    audited: Annotated[
        Optional[Path], typer.Option(help="samples.csv of an earlier run with is_violation filled in by people.")
    ] = None,
    in_review: Annotated[Optional[Path], typer.Option(help="in_review.json of an earlier run.")] = None,
    mapping: Mapping = None,
    out: Annotated[Path, typer.Option(help="The folder that receives guard-….")] = Path("guards"),
    language: Language = Tongue.en,
) -> None:
    """Why did flags come in masses: one innocent cause, which releases them, or none that is known, for a person."""
    from guiju.cases.guard.page import shown
    from guiju.cases.guard.running import guard
    from guiju.cli.terminal import Terminal, bar

    with bar() as progress:
        done = guard(
            set_, records, trigger=trigger, on=day_of(on), decisions=decisions, audited=audited, in_review=in_review,
            mapping=mapping, out=out, language=language, progress=progress,
        )  # fmt: skip
    Terminal().print(shown(done, language))
    typer.echo(f"\n{done.page}")
