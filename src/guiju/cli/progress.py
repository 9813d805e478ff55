"""What the command line shows while it works, and rows as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

LAST = ("order_id", "channel", "campaign", "region")  # columns that give way where the terminal is narrow


@contextmanager
def bar() -> Iterator[Callable[[str, float], None]]:
    """A progress bar on standard error; where that is no terminal, one line a step."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda what, share: None
        return
    columns = (BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=1.0)
        yield lambda what, share: progress.update(task, description=what, completed=share)


def print_rows(tables: dict[str, pl.DataFrame], most: int) -> None:
    """Print the first rows of each table of evidence, as many columns as the terminal is wide; what is left out is said."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for name, frame in tables.items():
        shown = frame.head(most)
        varying = [c for c in frame.columns if frame[c].n_unique() > 1 or frame.height == 1]
        texts = {c: [_text(v) for v in shown[c]] for c in varying}
        fitting, room = [], console.width
        for column in sorted(varying, key=lambda c: c in LAST):
            room -= max(len(column), *map(len, texts[column])) + 2
            if room >= 0:
                fitting.append(column)
        table = Table(title=f"\n{name}: {frame.height:,} rows", title_justify="left", header_style="bold", box=None, padding=(0, 2, 0, 0))
        for column in fitting:
            table.add_column(column, no_wrap=True)
        for row in zip(*(texts[c] for c in fitting), strict=True):
            table.add_row(*row)
        console.print(table)
        left_out = [c for c in varying if c not in fitting]
        same = ", ".join(f"{c} {_text(frame[c][0])}" for c in frame.columns if c not in varying)
        notes = [f"… and {frame.height - most:,} more rows (--most)"] if frame.height > most else []
        notes += [f"not shown: {', '.join(left_out)} (a wider terminal, or --xlsx FILE)"] if left_out else []
        notes += [f"the same in every row: {same}"] if same else []
        for note in notes:
            console.print(f"  {note}", style="dim", highlight=False)


def _text(value: object) -> str:
    if value is None:
        return ""
    text = str(value)
    return text.rstrip("0").rstrip(".") if "." in text and text.replace(".", "").isdigit() else text[:19] if text[4:5] == "-" else text
