"""What is asked: checks, tables of records, rules."""

from __future__ import annotations

from typing import Annotated

import typer

from guiju.cli.commands._app import Language, Tongue, app


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
def records(
    name: Annotated[str | None, typer.Argument(help="Show this table's columns.")] = None,
    language: Language = Tongue.en,
) -> None:
    """List the tables that checks read, or one's columns with their types and meanings."""
    from guiju.records import tables
    from guiju.records.errors import BadInput
    from guiju.records.meanings import meanings, table_meaning

    chinese = language is Tongue.zh
    if name is None:
        for table in tables().values():
            of = table_meaning(table.name)
            typer.echo(
                f"{table.name}（{of.name}）：{of.zh}" if chinese else f"{table.name}: {table.says.splitlines()[0]}"
            )
    elif name not in tables():
        raise BadInput(
            f"there is no table {name!r}; there are {', '.join(tables())}",
            f"没有名为 {name!r} 的表；有 {'、'.join(tables())}",
        )
    else:
        of, told = table_meaning(name), meanings(name)
        typer.echo(f"{of.name}：{of.zh}" if chinese else tables()[name].says)
        for c in tables()[name].columns:
            needed = ("（必填）" if chinese else " (needed)") if c.needed else ""
            typer.echo(f"  {c.name}{needed}{'：' if chinese else ': '}{c.type} – {told[c.name].in_(language)}")


rulebook_app = typer.Typer(
    help="What the law says, which check answers it, and the limits of a day.", no_args_is_help=True
)
app.add_typer(rulebook_app, name="rulebook")


@rulebook_app.command("list")
def rulebook_list(language: Language = Tongue.en) -> None:
    """List the rules."""
    from guiju.rulebook import rules

    for rule in rules().values():
        draft = "  (draft: known from memory only, not asked)" if rule.is_draft else ""
        typer.echo(
            f"{rule.jurisdiction}  {rule.name}: {rule.title.in_(language)}  [{rule.check or rule.trigger}]{draft}"
        )


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
