"""Ratings: an empty sheet, a plan, a panel rated."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from guiju.cli.commands._app import Language, Tongue, app

rate_app = typer.Typer(help="Ratings that say how sure they are.", no_args_is_help=True)
app.add_typer(rate_app, name="rate")
Definition = Annotated[
    Path, typer.Argument(metavar="PANEL", help="YAML: raters, subjects, dimensions, scale, weights.")
]


@rate_app.command()
def form(
    panel: Definition,
    out: Annotated[Path, typer.Option(help="The workbook to write.")] = Path("scores.xlsx"),
    language: Language = Tongue.en,
) -> None:
    """Write the empty score sheet that raters and mystery shoppers fill in."""
    from guiju.ratings.forms import write_form
    from guiju.ratings.panel import read_panel
    from guiju.records.errors import BadInput

    read = read_panel(panel)
    if out.suffix.lower() != ".xlsx":
        raise BadInput(f"{out}: the form is a workbook; name a file that ends in .xlsx")
    if out.exists():
        raise BadInput(f"{out}: is there already, and may hold scores; name another file with --out")
    typer.echo(f"{write_form(read, out, language)}")


@rate_app.command("panel")
def rate_panel(
    panel: Definition,
    scores: Annotated[Path | None, typer.Option(help="The filled sheet: a workbook, or CSV.")] = None,
    consultations: Annotated[Path | None, typer.Option(help="Mystery shopping: the workbook, or CSV.")] = None,
    zone: Annotated[str, typer.Option(help="The clock of times without an offset.")] = "Asia/Shanghai",
    seed: Annotated[int, typer.Option(help="Of the random numbers: the same gives the same.", min=0)] = 7,
    level: Annotated[float, typer.Option(help="Of intervals, ranks and tiers, per cent.", min=50, max=99.9)] = 95,
    out: Annotated[Path, typer.Option(help="The folder that receives page, pictures, numbers.")] = Path("rated"),
    language: Language = Tongue.en,
) -> None:
    """Rate a panel: scores, agreement, ranks that hold, tiers that stand, and how long replies took."""
    from guiju.audit.report.standalone import why_no_png
    from guiju.cli.terminal import Terminal
    from guiju.ratings.page import shown, write_all
    from guiju.ratings.panel import read_panel, read_scores
    from guiju.ratings.rating import rate
    from guiju.ratings.shopping import shopped, zone_of
    from guiju.records.errors import BadInput

    if scores is None and consultations is None:
        raise BadInput("there is nothing to rate: name the filled sheet with --scores or --consultations")
    read = read_panel(panel)
    done = rate(read_scores(read, scores), seed, level=level / 100) if scores else None
    waits = shopped(read, consultations, zone_of(zone)) if consultations else None
    page = write_all(read, done, waits, out, language)
    Terminal().print(shown(read, done, waits, language))
    if why := why_no_png():
        typer.echo(why[language == "en"])
    typer.echo(f"{page}")


@rate_app.command("plan")
def rate_plan(
    subjects: Annotated[int, typer.Option(help="How many are rated.", min=2)],
    gap: Annotated[float, typer.Option(help="Points between two neighbours that are to be told apart.")],
    spread: Annotated[float, typer.Option(help="Standard deviation of one rater's whole score of one subject.")],
    power: Annotated[float, typer.Option(help="How often it shall be seen.")] = 0.8,
    ratio: Annotated[float | None, typer.Option(help="The quicker of two replies so many times as fast.")] = None,
    replied: Annotated[float, typer.Option(help="The share of consultations that are answered at all.")] = 1.0,
    language: Language = Tongue.en,
) -> None:
    """Say how many raters, and how many visits, a wanted certainty needs."""
    from guiju.ratings.planning import DRAWS, plan

    planned = plan(subjects=subjects, gap=gap, spread=spread, power=power, ratio=ratio, replied=replied)
    of, most = int(language == "en"), max(planned.shares)
    for raters, share in planned.shares.items():
        told = f"在 {share * 100:3.0f}% 的抽样中能够区分", f"told apart in {share * 100:3.0f} % of drawn panels"
        typer.echo(f"{raters:>4} {('位评分人：', 'raters: ')[of]}{told[of]}")
    enough = (
        f"{planned.enough} 位评分人足以达到 {power * 100:.0f}%",
        f"{planned.enough} raters are enough for {power * 100:.0f} %",
    )
    if planned.enough is None:
        enough = (
            f"{most} 位评分人也不够：设法缩小评分的离散，或降低要求",
            f"not even {most} raters are enough: have them score with less spread, or ask for less",
        )
    typer.echo(enough[of])
    drawn = (
        f"每个人数抽样 {DRAWS} 次；“能够区分”指两个相邻的对象，其余对象也各相距 {gap:g} 分",
        f"{DRAWS} panels drawn for each number; told apart are two neighbours, the others being {gap:g} apart, too",
    )
    typer.echo(drawn[of])
    if planned.contacts is not None:
        contacts = (
            f"每个对象咨询 {planned.contacts} 次，足以看出回复快慢相差 {ratio:g} 倍",
            f"{planned.contacts} consultations a subject are enough to see replies {ratio:g} times as fast",
        )
        typer.echo(contacts[of])
