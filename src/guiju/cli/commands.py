"""The commands."""

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
rulebook_app = typer.Typer(
    help="What the law says, which check answers it, and the limits of a day.", no_args_is_help=True
)
twin_app = typer.Typer(help="Synthetic markets with known truth.", no_args_is_help=True)
app.add_typer(rulebook_app, name="rulebook")
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
    mapping: Annotated[
        Path | None, typer.Option("--mapping", "-m", help="YAML that makes your own tables fit.")
    ] = None,
    day: Annotated[
        str | None, typer.Option(help="The last day judged; by default the last day in the records.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder that receives the run folder.")] = RUNS,
    jurisdiction: Annotated[
        list[str] | None, typer.Option("--jurisdiction", "-j", help="CN, EU; may be repeated.")
    ] = None,
    only: Annotated[list[str] | None, typer.Option("--only", help="Ask this rule only; may be repeated.")] = None,
    engine: Annotated[Answering, typer.Option(help="What answers the questions.")] = Answering.duckdb,
    language: Language = Tongue.en,
) -> None:
    """Ask every rule of some records; write a run folder with findings, evidence and a report."""
    from guiju.audit.report.summary import show
    from guiju.audit.run import audit as ask
    from guiju.cli.terminal import Terminal, bar

    with bar() as progress:
        run = ask(
            records,
            day=day,
            mapping=mapping,
            jurisdictions=jurisdiction,
            only=only,
            out=out,
            engine=engine,
            progress=progress,
        )
    show(run, Terminal(), language)


@app.command()
def runs(folder: Annotated[Path, typer.Argument(help="The folder of runs.")] = RUNS) -> None:
    """List the runs in a folder."""
    from guiju.audit.folder import Damaged, runs_in
    from guiju.records.errors import BadInput

    found = runs_in(folder)
    if not found:
        raise BadInput(f"there is no run in {folder}; guiju audit makes one")
    for run in found:
        try:
            counts = {r["rule"]: r["findings"] for r in run.manifest["rules"] if r["findings"]}
            said = ", ".join(f"{rule} {n:,}" for rule, n in counts.items()) or "nothing found"
            typer.echo(f"{run.folder}  {', '.join(run.manifest['jurisdictions'])}  {said}")
        except Damaged as error:
            typer.echo(f"{run.folder}  damaged: {error}")


@app.command()
def findings(
    run: Annotated[Path, typer.Argument(help="A run folder, or a folder of runs: then the newest.")] = RUNS,
    rule: Annotated[str | None, typer.Option(help="Only this rule's.")] = None,
    most: Annotated[int, typer.Option(help="How many of each rule.", min=0)] = 20,
    language: Language = Tongue.en,
    unmask: Unmask = False,
) -> None:
    """List a run's findings, the surest first."""
    from itertools import groupby

    from guiju.audit.folder import open_run
    from guiju.cli.terminal import legible
    from guiju.records.errors import BadInput, hint

    opened = open_run(run)
    asked = [r["rule"] for r in opened.manifest["rules"]]
    if rule is not None and rule not in asked:
        raise BadInput(f"{opened.folder} asked no rule {rule!r}; {hint(rule, asked, 'it asked')}")
    chosen = [f for f in opened.findings if rule in (None, f.rule)]
    for name, group in groupby(chosen, key=lambda f: f.rule):
        of_rule = list(group)
        typer.echo(f"{name}: {len(of_rule):,}")
        for f in of_rule[:most]:
            typer.echo(f"  {f.id}  {opened.when(f)}  {legible(opened.told(f, language, unmask))}")
        if len(of_rule) > most:
            typer.echo(f"  … and {len(of_rule) - most:,} more (--most)")
    if not chosen:
        typer.echo("no findings")


@app.command()
def evidence(
    run: Annotated[Path, typer.Argument(help="A run folder, or a folder of runs: then the newest.")],
    finding: Annotated[str, typer.Argument(help="The finding's id, or its beginning.")],
    xlsx: Annotated[Path | None, typer.Option(help="Write a workbook with all rows instead.")] = None,
    most: Annotated[int, typer.Option(help="How many rows to print.", min=0)] = 20,
    unmask: Unmask = False,
) -> None:
    """Show what a finding rests on: formula with the numbers put in, provision, limits, digests, rows."""
    from guiju.audit.folder import open_run
    from guiju.audit.report.workbook import custody, rows_of, write_workbook
    from guiju.cli.terminal import counted, print_pairs, print_rows

    opened = open_run(run)
    found = opened.finding(finding)
    if xlsx:
        write_workbook(opened, found, xlsx, unmask)
        typer.echo(f"{xlsx}: finding {found.id} with {counted(found.evidence_rows, 'row')}")
        return
    pairs, rows = custody(opened, found, unmask), rows_of(opened, found, unmask)
    print_pairs(pairs)
    print_rows(rows, most)


@app.command()
def verify(
    target: Annotated[Path, typer.Argument(help="A run folder.")],
    records: Annotated[Path | None, typer.Option(help="Ask these records anew and compare.")] = None,
    mapping: Annotated[Path | None, typer.Option("--mapping", "-m", help="The mapping of those records.")] = None,
) -> None:
    """Say whether a run folder is what it was when it was made."""
    from guiju.audit.folder import open_run
    from guiju.audit.verify import ask_anew
    from guiju.audit.verify import verify as look
    from guiju.cli.terminal import bar, legible

    opened = open_run(target)
    faults = look(opened)
    if records and not faults:
        with bar() as progress:
            faults = ask_anew(opened, records, mapping, progress)
    for fault in faults:
        typer.echo(legible(fault), err=True)
    typer.echo(f"{opened.folder}: {'true' if not faults else f'false, faults: {len(faults)}'}")
    raise typer.Exit(1 if faults else 0)


@app.command()
def inspect(
    runs: Annotated[
        list[Path] | None, typer.Argument(help="Run folders, or folders of runs: then the newest of each.")
    ] = None,
    sheet: Annotated[str, typer.Option(help="The sheet of duties.")] = "nine_donts",
    line: Annotated[int | None, typer.Option(help="Enter something about this line.")] = None,
    owner: Annotated[str | None, typer.Option(help="Who answers for the line.")] = None,
    due: Annotated[str | None, typer.Option(help="By which day it is to be rectified.")] = None,
    rectified: Annotated[str | None, typer.Option(help="What was done.")] = None,
    reaudit: Annotated[Path | None, typer.Option(help="The run folder of the re-audit, beside this one.")] = None,
    on: Annotated[str | None, typer.Option(help="The day of the entry; today unless given.")] = None,
    xlsx: Annotated[Path | None, typer.Option(help="Write the sheet as a workbook.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the sheet as a page.")] = None,
    language: Language = Tongue.en,
) -> None:
    """Show a run line by line of a sheet of duties; take owner, deadline, rectification and re-audit of a line.

    Several runs are shown side by side, as of several platforms.
    """
    from guiju.audit.folder import open_run
    from guiju.audit.inspection import Entered, enter
    from guiju.audit.inspection import inspect as look
    from guiju.audit.report.sheet import shown, shown_beside, write_page, write_workbook
    from guiju.cli.terminal import Terminal
    from guiju.records.errors import BadInput

    named, said = [(path.resolve().name, open_run(path)) for path in runs or [RUNS]], (owner, due, rectified, reaudit)
    opened = dict(named)
    if len(opened) < len(named):  # folders of one name: the runs' own names tell them apart
        opened = {run.folder.resolve().name: run for _, run in named}
    if len(opened) < len(named):
        raise BadInput("the same run is named twice; name each once")
    if (line is None) != all(s is None for s in said):
        raise BadInput("an entry is --line with --owner, --due, --rectified or --reaudit")
    if line is not None and len(opened) > 1:
        raise BadInput("an entry is about one run; name that one only")
    if line is not None:
        later = reaudit.resolve().name if reaudit else None
        when = _day(on) or date.today()
        [one] = opened.values()
        enter(one, sheet, Entered(line, when, owner, _day(due), rectified, later))
    inspections = {name: look(one, sheet) for name, one in opened.items()}
    if xlsx:
        write_workbook(inspections, xlsx, language)
    if html:
        write_page(inspections, html, language)
    if len(inspections) > 1:
        Terminal().print(shown_beside(inspections, language))
    else:
        [inspection] = inspections.values()
        Terminal().print(shown(inspection, language))


def _day(text: str | None) -> date | None:
    from guiju.records.errors import BadInput

    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput(f"the day {text!r} is no date: write it as 2025-12-31") from None


@app.command()
def watch(
    records: Annotated[Path, typer.Argument(help="A folder of Parquet, CSV or JSON Lines files.")],
    mapping: Annotated[
        Path | None, typer.Option("--mapping", "-m", help="YAML that makes your own tables fit.")
    ] = None,
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
            records, day=_day(day), mapping=mapping, out=out, engine=engine, settled_weeks=settled, now_weeks=now,
            before_weeks=before, unseen_pct=unseen, joining=joining or [], progress=progress,
        )  # fmt: skip
    Terminal().print(shown(seen, language))
    typer.echo(f"{seen.page}")


@app.command()
def quarantine(
    run: Annotated[Path, typer.Argument(help="A run folder, or a folder of runs: then the newest.")] = RUNS,
    table: Annotated[str | None, typer.Option(help="Only this table's rows.")] = None,
    most: Annotated[int, typer.Option(help="How many rows to print.", min=0)] = 20,
    unmask: Annotated[bool, typer.Option("--unmask", help="Show the rows themselves, too.")] = False,
) -> None:
    """List the rows that were set aside: file, line and reason."""
    import polars as pl

    from guiju.audit.folder import open_run
    from guiju.cli.terminal import print_rows
    from guiju.records.errors import BadInput, hint

    opened = open_run(run)
    inputs = opened.manifest["inputs"]
    if table is not None and table not in inputs:
        raise BadInput(f"{opened.folder} read no table {table!r}; {hint(table, inputs, 'it read')}")
    rows = opened.quarantine()
    shown = rows.filter(pl.col("table") == table) if table else rows
    if shown.is_empty():
        typer.echo("no row is in quarantine")
    else:
        print_rows({"quarantine": shown if unmask else shown.drop("row")}, most)


@app.command()
def checks(name: Annotated[str | None, typer.Argument(help="Show this check's page.")] = None) -> None:
    """List the checks, or show one's page."""
    from guiju.audit.report.pages import check_page
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
def records(name: Annotated[str | None, typer.Argument(help="Show this table's columns.")] = None) -> None:
    """List the tables that checks read, or one's columns with their types and meanings."""
    from guiju.records import tables
    from guiju.records.errors import BadInput

    if name is None:
        for table in tables().values():
            typer.echo(f"{table.name}: {table.says.splitlines()[0]}")
    elif name not in tables():
        raise BadInput(f"there is no table {name!r}; there are {', '.join(tables())}")
    else:
        typer.echo(tables()[name].says)
        for c in tables()[name].columns:
            typer.echo(f"  {c.name}{' (needed)' if c.needed else ''}: {c.type} – {c.says}")


@rulebook_app.command("list")
def rulebook_list(language: Language = Tongue.en) -> None:
    """List the rules."""
    from guiju.rulebook import rules

    for rule in rules().values():
        draft = "  (draft: known from memory only, not asked)" if rule.is_draft else ""
        typer.echo(f"{rule.jurisdiction}  {rule.name}: {rule.title.in_(language)}  [{rule.check}]{draft}")


@rulebook_app.command("show")
def rulebook_show(
    rule: Annotated[str, typer.Argument(help="The rule's name.")],
    on: Annotated[str | None, typer.Option("--on", help="The day, as 2020-12-22; today unless given.")] = None,
    language: Language = Tongue.en,
) -> None:
    """Show a rule on a day: the provisions that held, and the limits in force with their reasons."""
    from guiju.audit.report.pages import rule_text

    typer.echo(rule_text(rule, on, language))


@rulebook_app.command("provisions")
def rulebook_provisions(
    text: Annotated[str, typer.Argument(help="Only those with this in their id or title.")] = "",
    language: Language = Tongue.en,
) -> None:
    """List the provisions that rules may cite, by id."""
    from guiju.rulebook import provisions

    for p in provisions().values():
        if text.casefold() in f"{p.id} {p.title_zh} {p.title_en}".casefold():
            until = f" to {p.effective_to}" if p.effective_to else ""
            title = p.title_zh if language == "zh" else p.title_en
            typer.echo(f"{p.id}  {title}  (from {p.effective_from}{until}; source mark {p.source_mark})")


@twin_app.command("groupbuy")
def twin_groupbuy(
    orders: Annotated[int, typer.Option(help="How many order rows, about.", min=2_000)] = 1_000_000,
    seed: Annotated[int, typer.Option(help="The same seed, the same market.", min=0)] = 7,
    out: Annotated[Path, typer.Option(help="The folder to write.")] = Path("market"),
    platforms: Annotated[int, typer.Option(help="How many platforms it has.", min=3, max=6)] = 3,
    honest: Annotated[bool, typer.Option("--honest", help="Plant no violation.")] = False,
) -> None:
    """Make a community group-buying market: records, and the truth about them."""
    from guiju.audit.unfinished import workplace
    from guiju.cli.terminal import bar
    from guiju.twin.groupbuy import generate

    with bar() as progress, workplace(out) as (target, work):
        generate(work, orders, seed, plants=not honest, platforms=platforms, progress=progress)
        for file in sorted(work.iterdir()):  # a market stopped midway is none
            file.rename(target / file.name)
    typer.echo(f"{out}: a market of about {orders:,} orders, seed {seed}; truth.parquet says what was planted")


@app.command()
def demo(language: Language = Tongue.en) -> None:
    """Walk the situations Guiju exists for: what works today and how to see it."""
    from guiju.cli.demo import walk

    walk(language)
