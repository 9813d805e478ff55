"""Audits and their run folders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from guiju.cli.commands._app import RUNS, Answering, Language, Mapping, Tongue, Unmask, app


@app.command()
def audit(
    records: Annotated[Path, typer.Argument(help="A folder of Parquet, CSV or JSON Lines files.")],
    mapping: Mapping = None,
    day: Annotated[
        str | None, typer.Option(help="The last day judged; by default the last day in the records.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder that receives the run folder.")] = RUNS,
    jurisdiction: Annotated[
        list[str] | None, typer.Option("--jurisdiction", "-j", help="CN, EU; may be repeated.")
    ] = None,
    only: Annotated[list[str] | None, typer.Option("--only", help="Ask this rule only; may be repeated.")] = None,
    engine: Annotated[Answering, typer.Option(help="What answers the questions.")] = Answering.duckdb,
    memory: Annotated[str, typer.Option(help="What DuckDB holds before it spills beside the run.")] = "2500MB",
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
            memory=memory,
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
            more = len(of_rule) - most
            typer.echo(f"  … 另有 {more:,} 项（--most）" if language == "zh" else f"  … and {more:,} more (--most)")
    if not chosen:
        typer.echo("没有发现" if language == "zh" else "no findings")


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
    target: Annotated[str, typer.Argument(help="A run folder, a journal, or a ledger (its file or URL).")],
    records: Annotated[Path | None, typer.Option(help="Of a run: ask these records anew and compare.")] = None,
    mapping: Annotated[Path | None, typer.Option("--mapping", "-m", help="The mapping of those records.")] = None,
    anchor: Annotated[
        list[Path] | None, typer.Option(help="Of a journal or ledger: a head kept elsewhere; may be repeated.")
    ] = None,
) -> None:
    """Say whether a run folder, a journal or a ledger is what it was when it was made."""
    from guiju.cli.terminal import legible
    from guiju.journal.reading import is_journal
    from guiju.records.errors import BadInput

    path, where = Path(target), target
    kept = "://" in target or path.is_file()  # runs and journals are folders
    if kept or is_journal(path):
        if records or mapping:
            raise BadInput(f"{target} is no run folder: --records and --mapping are for those")
        faults = _of_ledger(target, anchor or []) if kept else _of_journal(path, anchor or [])
    else:
        if anchor:
            raise BadInput(f"{target} is no journal and no ledger: --anchor is for those")
        folder, faults = _of_run(path, records, mapping)
        where = str(folder)
    for fault in faults:
        typer.echo(legible(fault), err=True)
    typer.echo(f"{where}: {'true' if not faults else f'false, faults: {len(faults)}'}")
    raise typer.Exit(1 if faults else 0)


def _of_run(target: Path, records: Path | None, mapping: Path | None) -> tuple[Path, list[str]]:
    from guiju.audit.folder import open_run
    from guiju.audit.verify import ask_anew
    from guiju.audit.verify import verify as look
    from guiju.cli.terminal import bar

    opened = open_run(target)
    faults = look(opened)
    if records and not faults:
        with bar() as progress:
            faults = ask_anew(opened, records, mapping, progress)
    return opened.folder, faults


def _of_ledger(target: str, anchors: list[Path]) -> list[str]:
    from guiju.cases.store import Cases, has_cases
    from guiju.cases.verify import verify as look_at_cases
    from guiju.ledger.ledger import Ledger
    from guiju.ledger.verify import load_anchor
    from guiju.ledger.verify import verify as look

    ledger, kept = Ledger(target, make=False), [load_anchor(path) for path in anchors]
    verdict = look(ledger, kept)
    typer.echo(f"{verdict.entries:,} entries, chain {verdict.chain}")
    if not has_cases(ledger):
        return verdict.faults
    of_cases = look_at_cases(Cases(target, make=False), kept)
    typer.echo(f"{of_cases.entries:,} steps of cases, chain {of_cases.chain}")
    return verdict.faults + of_cases.faults


def _of_journal(target: Path, anchors: list[Path]) -> list[str]:
    from guiju.cli.terminal import legible
    from guiju.journal.verify import load_anchor
    from guiju.journal.verify import verify as look

    verdict = look(target, [load_anchor(path) for path in anchors])
    for sentence in verdict.said:
        typer.echo(legible(sentence))
    return verdict.faults


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
