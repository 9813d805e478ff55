"""Ledgers: what a party has, entries written out, heads to keep elsewhere."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from guiju.cli.commands._app import app

ledger_app = typer.Typer(help="Money in double entry; guiju verify checks it.", no_args_is_help=True)
app.add_typer(ledger_app, name="ledger")
Where = Annotated[str, typer.Argument(metavar="LEDGER", help="A ledger's file, or its database's URL.")]


class Form(StrEnum):
    """What a ledger is written out as."""

    beancount = "beancount"
    csv = "csv"
    xlsx = "xlsx"


@ledger_app.command()
def statement(
    ledger: Where,
    party: Annotated[str, typer.Argument(help="Whose statement.")],
    csv: Annotated[Path | None, typer.Option(help="Write all lines as CSV instead.")] = None,
    xlsx: Annotated[Path | None, typer.Option(help="Write all lines as a workbook instead.")] = None,
    most: Annotated[int, typer.Option(help="How many of the last lines to print.", min=0)] = 20,
) -> None:
    """Show what a party has, what is held and why, and every entry that touched it."""
    from guiju.cli.terminal import counted, legible
    from guiju.ledger.export import statement_rows, write_csv, write_workbook
    from guiju.ledger.ledger import Ledger
    from guiju.ledger.money import units
    from guiju.records.errors import BadInput

    opened = Ledger(ledger, make=False)
    standings = opened.standing(party)
    if not standings:
        raise BadInput(f"the ledger knows no party {party!r}")
    for has in standings:
        lines = opened.statement(party, has.currency)
        available, held, claimed = (f"{units(n, has.currency):,}" for n in has[1:])
        typer.echo(f"{has.currency}  {available} available, {held} held, {claimed} claimed")
        if csv or xlsx:
            for path, write in ((csv, write_csv), (xlsx, write_workbook)):
                if path:
                    to = path if len(standings) == 1 else path.with_stem(f"{path.stem}-{has.currency}")
                    typer.echo(f"{to}: {counted(write(statement_rows(lines), to), 'line')}")
            continue
        for row in statement_rows(lines[-most:] if most else []):
            typer.echo(
                f"  {row['sequence']:>6}  {row['recorded_at']}  {row['kind']:<8} {row['amount']:>12,}  "
                f"available {row['available']:>12,}  held {row['held']:>12,}  {legible(row['reason'])}"
            )
        if len(lines) > most:
            typer.echo(f"  … and {counted(len(lines) - most, 'earlier line')} (--most)")


@ledger_app.command()
def export(
    ledger: Where,
    out: Annotated[Path, typer.Argument(help="The file to write.")],
    form: Annotated[Form, typer.Option("--as", help="In which form.")] = Form.beancount,
) -> None:
    """Write every entry out."""
    from guiju.cli.terminal import counted
    from guiju.ledger.export import rows, write_beancount, write_csv, write_workbook
    from guiju.ledger.ledger import Ledger

    opened = Ledger(ledger, make=False)
    if form is Form.beancount:
        typer.echo(f"{out}: {counted(write_beancount(opened, out), 'transaction')}")
    elif form is Form.csv:
        typer.echo(f"{out}: {counted(write_csv(rows(opened), out), 'row')}")
    else:
        typer.echo(f"{out}: {counted(write_workbook(rows(opened), out), 'row')}")


@ledger_app.command()
def lapse(ledger: Where) -> None:
    """Give back every hold whose time is up; whoever asks for the money later would have it given back first, too."""
    from guiju.cli.terminal import counted
    from guiju.ledger.ledger import Ledger

    with Ledger(ledger, make=False).writing() as books:
        lapsed = books.lapse_due()
    typer.echo(f"{ledger}: {counted(lapsed, 'hold')} lapsed")


@ledger_app.command()
def head(ledger: Where) -> None:
    """Print the newest link of the chain, an anchor: keep it elsewhere, and give it to guiju verify LEDGER --anchor."""
    import msgspec

    from guiju.ledger.ledger import Ledger
    from guiju.ledger.verify import anchor

    typer.echo(msgspec.json.encode(anchor(Ledger(ledger, make=False))))
