"""A run line by line of a sheet of duties."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from guiju.cli.commands._app import RUNS, Language, Tongue, app, day_of


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
        when = day_of(on) or date.today()
        [one] = opened.values()
        enter(one, sheet, Entered(line, when, owner, day_of(due), rectified, later))
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
