"""Journals: heads to keep elsewhere, entries to read, old segments to drop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from guiju.cli.commands._app import app

journal_app = typer.Typer(help="Journals: append-only, chained; guiju verify checks them.", no_args_is_help=True)
app.add_typer(journal_app, name="journal")
Folder = Annotated[Path, typer.Argument(help="A journal.")]


@journal_app.command()
def head(journal: Folder) -> None:
    """Print the newest head, an anchor: keep it elsewhere, and give it to guiju verify JOURNAL --anchor."""
    import msgspec

    from guiju.journal.reading import Anchor, Reading

    reading = Reading(journal)
    for _ in reading:
        pass
    chain = reading.chain
    assert chain.journal is not None
    assert chain.head is not None
    typer.echo(msgspec.json.encode(Anchor(chain.journal.hex(), chain.sealed, chain.head.hex())))


@journal_app.command()
def entries(
    journal: Folder,
    after: Annotated[int, typer.Option(help="Only entries after this one.", min=0)] = 0,
    most: Annotated[int, typer.Option(help="How many to print.", min=0)] = 20,
) -> None:
    """Print entries, a line each: sequence, tab, the value as JSON (bytes in base64)."""
    import msgspec

    from guiju.journal.reading import Reading

    if not most:
        return
    for shown, entry in enumerate(Reading(journal, after), 1):
        typer.echo(f"{entry.sequence}\t{msgspec.json.encode(entry.value).decode()}")
        if shown == most:
            break


@journal_app.command()
def drop(
    journal: Folder,
    before: Annotated[int, typer.Option(help="Entries from this one on stay.", min=1)],
    because: Annotated[str, typer.Option(help="Why; it stays with the heads that are kept.")],
) -> None:
    """Remove whole old segments but keep their heads; verify says from where on it can vouch."""
    from guiju.cli.terminal import counted
    from guiju.journal.reading import is_journal
    from guiju.journal.writing import Journal
    from guiju.records.errors import BadInput

    if not is_journal(journal):
        raise BadInput(f"{journal}: is no journal")
    with Journal(journal) as opened:
        dropped = opened.drop(before, because)
        typer.echo(f"{journal}: {counted(len(dropped), 'segment')} dropped; entries from {opened.vouched} on are there")
