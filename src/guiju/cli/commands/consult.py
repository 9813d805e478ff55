"""Consultations: a day routed; a synthetic roster and day."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from guiju.cli.commands._app import Language, Mapping, Tongue, app, day_of, twin_app


@app.command()
def consult(
    records: Annotated[Path, typer.Argument(help="A folder with practitioners, duty_hours, inquiries, …")],
    on: Annotated[str, typer.Option(help="The day.")],
    policy: Annotated[Path | None, typer.Option(help="YAML with other numbers of the policy, by name.")] = None,
    platform: Annotated[str | None, typer.Option(help="Whose roster, where it is of several.")] = None,
    why: Annotated[list[str] | None, typer.Option(help="Tell what became of this inquiry; may be repeated.")] = None,
    seed: Annotated[int, typer.Option(help="Of the replies that are drawn: the same gives the same.", min=0)] = 7,
    mapping: Mapping = None,
    out: Annotated[Path, typer.Option(help="The folder that receives consult-<day>.")] = Path("routed"),
    language: Language = Tongue.en,
) -> None:
    """Route a day's inquiries to doctors and consultants on duty, each with why; beside naive manners of routing."""
    from guiju.cli.terminal import bar, legible
    from guiju.market.consult import consult as route
    from guiju.market.consult.page import headline, notes
    from guiju.market.consult.tables import compared, course
    from guiju.market.pages import say
    from guiju.records.errors import BadInput, hint

    of, day = int(language == "en"), day_of(on)
    if day is None:
        raise BadInput("a day is routed: give --on, as 2025-12-31")
    with bar() as progress:
        made = route(
            records, day=day, platform=platform, rule=policy, seed=seed, mapping=mapping, out=out, language=language,
            progress=progress,
        )  # fmt: skip
    for line in (headline(made), *notes(made)):
        typer.echo(legible(line[of]))
    typer.echo(" / ".join(say("consult", manner)[of] for manner in made.measured))
    for name, values in compared(made):
        typer.echo(f"{name[of]}: {' / '.join(values)}")
    for inquiry in why or []:
        if inquiry not in made.of:
            raise BadInput(f"there is no inquiry {inquiry!r} on {day}; {hint(inquiry, made.of, 'there are')}")
        for at, _, words in course(made, inquiry):
            typer.echo(legible(f"{inquiry} {at:%H:%M:%S} UTC {words[of]}"))
    typer.echo(f"{made.page}")


@twin_app.command("consultations")
def twin_consultations(
    inquiries: Annotated[int, typer.Option(help="How many are asked on the last day.", min=200)] = 10_000,
    seed: Annotated[int, typer.Option(help="The same seed, the same platform.", min=0)] = 7,
    out: Annotated[Path, typer.Option(help="The folder to write.")] = Path("consultations"),
    honest: Annotated[bool, typer.Option("--honest", help="Everybody is licensed for what they do.")] = False,
    end: Annotated[datetime, typer.Option(help="The last local day.", formats=["%Y-%m-%d"])] = datetime(2025, 12, 31),
) -> None:
    """Make a platform where people ask doctors: roster, a day's inquiries, answers before it, and the truth."""
    from guiju.audit.unfinished import workplace
    from guiju.cli.terminal import bar
    from guiju.twin.consultations import generate

    with bar() as progress, workplace(out) as (target, work):
        generate(work, inquiries, seed, plants=not honest, end=end.date(), progress=progress)
        for file in sorted(work.iterdir()):  # a platform stopped midway is none
            file.rename(target / file.name)
    typer.echo(f"{out}: {inquiries:,} inquiries of {end:%Y-%m-%d}, seed {seed}; truth.parquet says what was planted")
