"""The console: findings and accounts in a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from guiju.cli.commands._app import RUNS, app
from guiju.cli.commands.serve import LOOPBACK

EXAMPLES = Path("examples-made")  # where --demo puts records, unless --records says

Links = Annotated[
    Path | None, typer.Option(help="The keys that sign parties' links (guiju cases key): for letters.")
]  # fmt: skip
CasePage = Annotated[
    str, typer.Option(metavar="ADDRESS", help="A case's page as guiju cases serve has it, with {case} and {token}.")
]
Guards = Annotated[Path | None, typer.Option(help="A folder of what guiju gate guard wrote, for groups.")]
Zone = Annotated[str, typer.Option(metavar="ZONE", help="By whose clock times are told that belong to no case.")]


@app.command()
def serve(
    runs: Annotated[Path, typer.Option(help="The folder of runs that are shown.")] = RUNS,
    store: Annotated[
        str, typer.Option(help="Accounts and saved views: a file (SQLite), or postgresql://user@host/database.")
    ] = "console.db",
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65535)] = 8010,
    url: Annotated[str, typer.Option(help="How readers reach it, as https://guiju.example.org.")] = "",
    demo: Annotated[
        bool,
        typer.Option(
            "--demo",
            help="For a look: example records and a run where there are none; the first account has every role.",
        ),
    ] = False,
    cases: Annotated[
        str | None, typer.Option(help="A ledger whose cases are decided here: a file, or postgresql://….")
    ] = None,
    attachments: Annotated[Path | None, typer.Option(help="The folder of what came with appeals.")] = None,
    pages: Annotated[Path | None, typer.Option(help="A folder of pages that other commands drew.")] = None,
    records: Annotated[
        Path | None, typer.Option(help="A folder with a folder for each set of records: audited and shown from here.")
    ] = None,
    gate: Annotated[
        Path | None, typer.Option(help="A file that names a gate's service, its key and journal (YAML).")
    ] = None,
    links: Links = None,
    case_page: CasePage = "",
    guards: Guards = None,
    time_zone: Zone = "Asia/Shanghai",
    new_password: Annotated[
        str | None, typer.Option(metavar="NAME", help="Give an account a new password, print it, and end.")
    ] = None,
) -> None:
    """Open the console: findings, their evidence, accounts; the first start prints an admin's password."""
    from guiju.cli import demo_gate, demo_people
    from guiju.records.errors import BadInput

    begin, roles, others = _console(demo=demo)
    if new_password is not None:
        _renew(store, runs, new_password)
        return
    if host not in LOOPBACK and not url:
        raise BadInput(f"say with --url how readers reach {host}: other names are not answered")
    behind: list[Any] = []
    if demo:
        records = records or EXAMPLES
        _example(runs, records)
        if gate is None:
            gate, behind = demo_gate.prepared(records)
        if links is None and not case_page:
            cases, attachments, links, case_page, people = demo_people.prepared(records, cases, attachments, _told)
            behind += people
    begin(
        store, runs, host=host, port=port, url=url, say=_said, cases=cases, attachments=attachments, pages=pages,
        records=records, gate=gate, roles=roles, link=_link(links, case_page), zone=_zone(time_zone), guards=guards,
        others=others, behind=behind, demo=demo,
    )  # fmt: skip


def _console(*, demo: bool) -> tuple[Callable[..., None], tuple[str, ...], dict[str, tuple[str, ...]]]:
    """What serves it; for a look, what else the first admin may, and who is made beside it. Raises BadInput."""
    from guiju.records.errors import BadInput

    try:
        from guiju.web.console.accounts import OPERATOR, ROLES
        from guiju.web.console.serving import serve
    except ModuleNotFoundError as error:
        raise BadInput(f"the console needs {error.name}: install Guiju with the extra web, as in guiju[web]") from None
    return serve, ROLES if demo else (), {OPERATOR: (OPERATOR,)} if demo else {}


def _link(links: Path | None, case_page: str) -> Callable[[Any], str] | None:
    """What makes the link of a letter, if both its keys and its page are named. Raises BadInput."""
    from guiju.records.errors import BadInput

    if links is None and not case_page:
        return None
    if links is None or not case_page:
        raise BadInput("a letter's link needs both: --links KEYS and --case-page ADDRESS")
    from guiju.cases.links import addressed, load_keys

    return addressed(load_keys(links), case_page)


def _zone(name: str) -> ZoneInfo:
    from guiju.records.errors import BadInput

    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise BadInput(f"there is no time zone {name!r}: name one as in Asia/Shanghai") from None


def _told(what: str) -> None:
    typer.echo(what, err=True)


def _said(where: str, made: dict[str, str]) -> None:
    for name, password in made.items():
        typer.echo(f"sign in as {name} with the password {password}", err=True)
    if made:
        they = "it is shown this once, and has" if len(made) == 1 else "they are shown this once, and have"
        typer.echo(f"{they} to be changed at the first sign-in", err=True)
    typer.echo(f"the console is at {where} (Ctrl-C ends it)", err=True)


def _renew(store: str, runs: Path, name: str) -> None:
    from guiju.records.errors import BadInput
    from guiju.web.console.accounts import NotDone
    from guiju.web.console.console import Console

    console = Console(store, runs)
    try:
        password = console.accounts.renew(name)
        console.sessions.end_all(name)
    except NotDone:
        known = ", ".join(a.name for a in console.accounts.all()) or "none yet"
        raise BadInput(f"{store} has no account {name!r}: there are {known}") from None
    finally:
        console.close()
    typer.echo(f"the password of {name} is {password}; it is asked to be changed when it is used")


def _example(runs: Path, records: Path) -> None:
    """Synthetic records for every room, and an audit of the market among them; what is there already stays."""
    from guiju.audit.folder import runs_in
    from guiju.audit.run import audit
    from guiju.cli import demo_gate
    from guiju.cli.making import made
    from guiju.cli.terminal import bar
    from guiju.twin import consultations, deposits, fulfilments, groupbuy, growing, recruiting

    examples: dict[str, Callable[[Path, Callable[[str, float], None]], None]] = {
        "market": lambda out, told: groupbuy.generate(out, 30_000, 7, progress=told),
        "deposit_shelf": lambda out, told: deposits.generate(out, 20_000, 7, progress=told),
        "store_network": lambda out, told: fulfilments.generate(out, 5_000, progress=told),
        "teams": lambda out, told: recruiting.generate(out, 20_000, progress=told),
        "growing": lambda out, told: growing.generate(out, progress=told),
        "consultations": lambda out, told: consultations.generate(out, progress=told),
        demo_gate.RECORDS: demo_gate.records,
    }
    lacking = [name for name in examples if not (records / name).is_dir()]
    if lacking:
        typer.echo(f"making example records in {records}: {', '.join(lacking)}", err=True)
    for name in lacking:
        with made(records / name) as (work, told):
            examples[name](work, told)
    if not runs_in(runs):
        typer.echo("auditing the example market", err=True)
        with bar() as progress:
            audit(records / "market", out=runs, progress=progress)
