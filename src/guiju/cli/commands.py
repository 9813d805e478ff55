"""The commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

app = typer.Typer(
    name="guiju", help="Audit conduct on internet platforms by dated rules, with evidence a person can check.",
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
)  # fmt: skip
rulebook_app = typer.Typer(help="What the law says, which check answers it, and the limits of a day.", no_args_is_help=True)
twin_app = typer.Typer(help="Synthetic markets with known truth.", no_args_is_help=True)
app.add_typer(rulebook_app, name="rulebook")
app.add_typer(twin_app, name="twin")

Language = Annotated[str, typer.Option("--language", "-l", help="en or zh.")]
Unmask = Annotated[bool, typer.Option("--unmask", help="Show identifiers in full.")]
RUNS = Path("runs")


@app.callback(invoke_without_command=True)
def guiju(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        from guiju import __version__

        typer.echo(f"guiju {__version__}")
        raise typer.Exit


@app.command()
def audit(
    records: Annotated[Path, typer.Argument(help="A folder of Parquet, CSV or JSON Lines files.")],
    mapping: Annotated[Optional[Path], typer.Option("--mapping", "-m", help="YAML that makes your own tables fit.")] = None,
    day: Annotated[Optional[str], typer.Option(help="The last day judged; by default the last day in the records.")] = None,
    out: Annotated[Path, typer.Option(help="The folder that receives the run folder.")] = RUNS,
    jurisdiction: Annotated[Optional[list[str]], typer.Option("--jurisdiction", "-j", help="CN, EU; may be repeated.")] = None,
    only: Annotated[Optional[list[str]], typer.Option("--only", help="Ask this rule only; may be repeated.")] = None,
    language: Language = "en",
) -> None:
    """Ask every rule of some records; write a run folder with findings, evidence and a report."""
    from rich.console import Console

    from guiju.audit.run import audit as ask
    from guiju.audit.summary import show
    from guiju.cli.progress import bar

    with bar() as progress:
        run = ask(records, day=day, mapping=mapping, jurisdictions=jurisdiction, only=only, out=out, progress=progress)
    show(run, Console(), language)


@app.command()
def runs(folder: Annotated[Path, typer.Argument(help="The folder of runs.")] = RUNS) -> None:
    """List the runs in a folder."""
    from guiju.audit.folder import runs_in

    found = runs_in(folder)
    for run in found:
        counts = {r["rule"]: r["findings"] for r in run.manifest["rules"] if r["findings"]}
        said = ", ".join(f"{rule} {n:,}" for rule, n in counts.items()) or "nothing found"
        typer.echo(f"{run.folder}  {', '.join(run.manifest['jurisdictions'])}  {said}")
    if not found:
        typer.echo(f"no run in {folder}; guiju audit makes one", err=True)


@app.command()
def findings(
    run: Annotated[Path, typer.Argument(help="A run folder, or a folder of runs: then the newest.")] = RUNS,
    rule: Annotated[Optional[str], typer.Option(help="Only this rule's.")] = None,
    most: Annotated[int, typer.Option(help="How many of each rule.")] = 20,
    language: Language = "en",
    unmask: Unmask = False,
) -> None:
    """List a run's findings, the surest first."""
    from itertools import groupby

    from guiju.audit.folder import open_run
    from guiju.audit.workbook import told

    opened = open_run(run)
    chosen = [f for f in opened.findings if rule in (None, f.rule)]
    for name, group in groupby(chosen, key=lambda f: f.rule):
        of_rule = list(group)
        typer.echo(f"{name}: {len(of_rule):,}")
        for f in of_rule[:most]:
            typer.echo(f"  {f.id}  {told(opened, f, language, unmask)}")
        if len(of_rule) > most:
            typer.echo(f"  … and {len(of_rule) - most:,} more (--most)")
    if not chosen:
        typer.echo("no findings")


@app.command()
def evidence(
    run: Annotated[Path, typer.Argument(help="A run folder, or a folder of runs: then the newest.")],
    finding: Annotated[str, typer.Argument(help="The finding's id, or its beginning.")],
    xlsx: Annotated[Optional[Path], typer.Option(help="Write a workbook with all rows instead.")] = None,
    most: Annotated[int, typer.Option(help="How many rows to print.")] = 20,
    unmask: Unmask = False,
) -> None:
    """Show what a finding rests on: formula with the numbers put in, provision, limits, digests, rows."""
    from guiju.audit.folder import open_run
    from guiju.audit.workbook import custody, rows_of, write_workbook
    from guiju.cli.progress import print_rows

    opened = open_run(run)
    found = opened.finding(finding)
    if xlsx:
        write_workbook(opened, found, xlsx, unmask)
        typer.echo(f"{xlsx}: finding {found.id} with {found.evidence_rows:,} rows")
        return
    lines = custody(opened, found, unmask)
    width = min(36, max(len(name) for name, _ in lines))
    for name, value in lines:
        typer.echo(f"{name:<{width}}  {value}")
    print_rows(rows_of(opened, found, unmask), most)


@app.command()
def verify(
    target: Annotated[Path, typer.Argument(help="A run folder.")],
    records: Annotated[Optional[Path], typer.Option(help="Ask these records anew and compare.")] = None,
    mapping: Annotated[Optional[Path], typer.Option("--mapping", "-m", help="The mapping of those records.")] = None,
) -> None:
    """Say whether a run folder is what it was when it was made."""
    from guiju.audit.folder import open_run
    from guiju.audit.run import audit as ask
    from guiju.audit.verify import compare
    from guiju.audit.verify import verify as look

    opened = open_run(target)
    faults = look(opened)
    if records and not faults:
        manifest = opened.manifest
        only = [r["rule"] for r in manifest["rules"]]
        anew = ask(records, day=manifest["day"], mapping=mapping, jurisdictions=manifest["jurisdictions"], only=only)
        faults = compare(opened.findings, anew.findings)
    for fault in faults:
        typer.echo(fault, err=True)
    typer.echo(f"{opened.folder}: {'true' if not faults else f'false ({len(faults)} faults)'}")
    raise typer.Exit(1 if faults else 0)


@app.command()
def checks(name: Annotated[Optional[str], typer.Argument(help="Show this check's page.")] = None) -> None:
    """List the checks, or show one's page."""
    from guiju.audit.pages import check_page
    from guiju.checks import checks as known
    from guiju.records.errors import BadInput

    if name is None:
        for check in known().values():
            typer.echo(f"{check.family}/{check.name}: {check.summary}")
    elif name not in known():
        raise BadInput(f"there is no check {name!r}; there are {', '.join(known())}")
    else:
        typer.echo(check_page(known()[name]))


@app.command()
def records(name: Annotated[Optional[str], typer.Argument(help="Show this table's columns.")] = None) -> None:
    """List the tables that checks read, or one's columns with their types and meanings."""
    from guiju.records import tables
    from guiju.records.errors import BadInput

    if name is None:
        for table in tables().values():
            typer.echo(f"{table.name}: {table.says}")
    elif name not in tables():
        raise BadInput(f"there is no table {name!r}; there are {', '.join(tables())}")
    else:
        typer.echo(tables()[name].says)
        for c in tables()[name].columns:
            typer.echo(f"  {c.name}{' (needed)' if c.needed else ''}: {c.type} – {c.says}")


@rulebook_app.command("list")
def rulebook_list(language: Language = "en") -> None:
    """List the rules."""
    from guiju.rulebook import rules

    for rule in rules().values():
        draft = "  (draft: known from memory only, not asked)" if rule.is_draft else ""
        typer.echo(f"{rule.jurisdiction}  {rule.name}: {rule.title.in_(language)}  [{rule.check}]{draft}")


@rulebook_app.command("show")
def rulebook_show(
    rule: Annotated[str, typer.Argument(help="The rule's name.")],
    on: Annotated[Optional[str], typer.Option("--on", help="The day, as 2020-12-22; today unless given.")] = None,
    language: Language = "en",
) -> None:
    """Show a rule on a day: the provisions that held, and the limits in force with their reasons."""
    from guiju.audit.pages import rule_text

    typer.echo(rule_text(rule, on, language))


@twin_app.command("groupbuy")
def twin_groupbuy(
    orders: Annotated[int, typer.Option(help="How many order rows, about.")] = 1_000_000,
    seed: Annotated[int, typer.Option(help="The same seed, the same market.")] = 7,
    out: Annotated[Path, typer.Option(help="The folder to write.")] = Path("market"),
    honest: Annotated[bool, typer.Option("--honest", help="Plant no violation.")] = False,
) -> None:
    """Make a community group-buying market: records, and the truth about them."""
    from guiju.cli.progress import bar
    from guiju.twin.groupbuy import generate

    with bar() as progress:
        generate(out, orders, seed, plants=not honest, progress=progress)
    typer.echo(f"{out}: a market of about {orders:,} orders, seed {seed}; truth.parquet says what was planted")


@app.command()
def demo(language: Language = "en") -> None:
    """Walk the situations Guiju exists for: what works today and how to see it."""
    from guiju.cli.demo import walk

    walk(language)


