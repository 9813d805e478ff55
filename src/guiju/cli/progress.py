"""What the command line shows while it works, and rows as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


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
    """Print the first rows of each table of evidence."""
    from rich.console import Console
    from rich.table import Table

    for name, frame in tables.items():
        table = Table(title=f"{name}: {frame.height:,} rows", title_justify="left", header_style="bold")
        columns = [c for c in frame.columns if frame[c].n_unique() > 1 or frame.height == 1]
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in frame.select(columns).head(most).iter_rows():
            table.add_row(*("" if v is None else str(v) for v in row))
        Console().print(table)
        same = {c: frame[c][0] for c in frame.columns if c not in columns}
        if same:
            Console().print("  the same in every row: " + ", ".join(f"{c} {v}" for c, v in same.items()))
        if frame.height > most:
            Console().print(f"  … and {frame.height - most:,} more (--most, or --xlsx FILE)")
