"""Redress: statements of reasons, notices, evidence packs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from guiju.cli.commands._app import Language, Tongue, day_of
from guiju.cli.commands.cases import Where, cases_app

Id = Annotated[str, typer.Argument(metavar="CASE", help="The case's id.")]


@cases_app.command()
def statement(
    ledger: Where,
    case: Id,
    language: Language = Tongue.zh,
    out: Annotated[Path | None, typer.Option(help="The file to write; else standard output.")] = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON, in both languages.")] = False,
    dsa: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="In the fields of the EU's DSA database; FILE says where it applies."),
    ] = None,
) -> None:
    """Write the statement of reasons of a case: a page, JSON, or the fields of the EU's DSA database."""
    import msgspec

    from guiju.cases import Cases
    from guiju.cases.statement import page, stated
    from guiju.cases.statement.dsa import export, load_publication

    said = stated(Cases(ledger, make=False), case)
    if dsa is not None:
        text = msgspec.json.format(msgspec.json.encode(export(said, load_publication(dsa)))).decode()
    elif json:
        text = msgspec.json.format(msgspec.json.encode(said)).decode()
    else:
        text = page(said, language.value)
    if out is None:
        typer.echo(text)
        return
    _write(out, text + "\n")
    typer.echo(f"{out}: the statement of case {case}")


@cases_app.command()
def pack(
    ledger: Where,
    case: Id,
    out: Annotated[Path, typer.Option(help="The folder to make.")],
    attachments: Annotated[Path | None, typer.Option(help="The folder of attachments.")] = None,
    language: Language = Tongue.zh,
) -> None:
    """Write a case's evidence as one folder and one printable page, for mediation or court."""
    from guiju.cases import Cases
    from guiju.cases.attachments import Attachments
    from guiju.cases.pack import pack as write
    from guiju.cli.terminal import counted
    from guiju.records.errors import BadInput

    if attachments is not None and not attachments.is_dir():
        raise BadInput(f"{attachments}: there is no such folder of attachments")
    kept = Attachments(attachments) if attachments else None
    packed = write(Cases(ledger, make=False), case, out, language.value, kept)
    for name in packed.absent:
        typer.echo(f"not in the pack: {name}; name the folder of attachments that has it, whole", err=True)
    typer.echo(f"{out}: {counted(packed.files, 'file')}; print {out / 'index.html'}, check with python3 verify.py")


@cases_app.command()
def send(
    ledger: Where,
    senders: Annotated[Path, typer.Option(help="How notices leave; docs/redress.md shows how it is written.")],
    sender: Annotated[str, typer.Option(help="The one that is used where a contact names none.")],
    links: Annotated[Path, typer.Option(help="The keys that sign parties' links; guiju cases key makes them.")],
    page: Annotated[str, typer.Option(help="The address of a case's page, with {case} and {token} in it.")],
    contacts: Annotated[
        Path | None, typer.Option(help="CSV: party, address, language, sender; the last two may be left out.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DAY", help="Tell nothing from before this day, in UTC: others have told it.")
    ] = None,
    every_s: Annotated[float, typer.Option(help="Go on, once in so many seconds; 0: one round.", min=0)] = 0,
) -> None:
    """Tell those affected what has happened in their cases, and record that it reached them."""
    import time
    from datetime import UTC, datetime

    from guiju.cases import Cases
    from guiju.cases.links import addressed, load_keys
    from guiju.cases.notices.contacts import load_contacts
    from guiju.cases.notices.outbox import Outbox
    from guiju.cases.notices.senders import load_senders
    from guiju.cli.terminal import counted
    from guiju.ledger.database import Unavailable
    from guiju.records.errors import BadInput, hint

    day = day_of(since)
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None
    known, keys = load_senders(senders), load_keys(links)
    if sender not in known:
        raise BadInput(f"{senders}: there is no sender {sender!r}; {hint(sender, known)}")
    outbox = Outbox(Cases(ledger, make=False), known, sender, addressed(keys, page), load_contacts(contacts))
    while True:
        try:
            while outbox.queue_new(since=begin):
                pass
            sent = outbox.send_due()
            if any(sent) or not every_s:
                lies = len(outbox.undelivered())
                typer.echo(
                    f"{counted(sent.delivered, 'notice')} delivered, {sent.accepted} accepted, {sent.failed} to be "
                    f"tried again, {sent.given_up} given up; {lies} before a person"
                )
        except Unavailable as error:
            if not every_s:
                raise
            typer.echo(f"guiju: {error}", err=True)  # the next round may find it there again
        if not every_s:
            return
        time.sleep(every_s)


@cases_app.command()
def undelivered(
    ledger: Where,
    told: Annotated[int | None, typer.Option(metavar="STEP", help="A person told the party this one.")] = None,
    by: Annotated[str, typer.Option(help="Who told it.")] = "",
    proof: Annotated[str, typer.Option(help="How, and when.")] = "",
    again: Annotated[int | None, typer.Option(metavar="STEP", help="Send this one once more.")] = None,
) -> None:
    """List the notices that no sender could deliver; record that a person did, or send one again."""
    from guiju.cases import Cases
    from guiju.cases.notices.outbox import Outbox
    from guiju.cli.terminal import legible
    from guiju.records.errors import BadInput

    outbox = Outbox(Cases(ledger, make=False), {}, "", lambda _: "")
    if told is not None:
        if not by.strip():
            raise BadInput("say who told it: --by NAME, and how: --proof WORDS")
        outbox.delivered_by_hand(told, by=by, proof=proof)
        typer.echo(f"step {told}: delivered by {by}; the time to appeal runs from now")
        return
    if again is not None:
        outbox.again(again)
        typer.echo(f"step {again}: will be sent once more")
        return
    lies = outbox.undelivered()
    for one in lies:
        typer.echo(f"{one.step:>6}  case {one.case}  {legible(one.party)}  {one.tries} tries: {legible(one.why)}")
        typer.echo(f"        {legible(one.text)}")
    if not lies:
        typer.echo("every notice was delivered, or is being tried")


def _write(path: Path, text: str) -> None:
    from guiju.records.errors import BadInput

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}; name a file that can be written") from None
