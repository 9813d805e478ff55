"""What the command line shows: a bar while it works, rows as a table, text that cannot command a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from rich.console import Console

if TYPE_CHECKING:
    import polars as pl

TEXT = ("text",)  # columns of adverts' texts: never left out, folded where the terminal is narrow
LAST = ("order_id", "channel", "campaign", "region")  # columns that give way where the terminal is narrow


class Terminal(Console):
    """A console that leaves it to the caller what a closed pipe means."""

    def on_broken_pipe(self) -> NoReturn:
        raise BrokenPipeError


# Control characters and those that turn the direction of writing: records may hold them; a terminal obeys.
UNSEEN = {c: f"\\x{c:02x}" for c in (*range(32), *range(127, 160))} | {
    c: f"\\u{c:04x}" for c in (0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}


def counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def legible(text: str) -> str:
    """Text on one line, every character of it to be seen."""
    return text.translate(UNSEEN)


@contextmanager
def bar() -> Iterator[Callable[[str, float], None]]:
    """A progress bar on standard error; where that is no terminal, nothing."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Terminal(stderr=True)
    if not console.is_terminal:
        yield lambda what, share: None
        return
    columns = (
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=1.0)
        yield lambda what, share: progress.update(task, description=legible(what), completed=share)


def print_pairs(pairs: list[tuple[str, str]]) -> None:
    """Print names with their values: in a terminal in two columns, elsewhere one pair a line, however long."""
    from rich.table import Table
    from rich.text import Text

    console = Terminal()
    width = min(36, max(len(name) for name, _ in pairs))
    if not console.is_terminal:
        for name, value in pairs:
            print(f"{name:<{width}}  {legible(value)}")
        return
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=width)
    grid.add_column(overflow="fold")
    for name, value in pairs:
        grid.add_row(name, Text(legible(value)))
    console.print(grid)


def print_rows(tables: dict[str, pl.DataFrame], most: int) -> None:
    """Print the first rows of each table of evidence, as many columns as fit; what is left out is said."""
    from rich.cells import cell_len
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    console = Terminal()
    for name, frame in tables.items():
        shown = frame.head(most)
        varying = [c for c in frame.columns if frame[c].n_unique() > 1 or frame.height == 1]
        texts = {c: [_text(v) for v in shown[c]] for c in varying}
        fitting, room = [], console.width
        for column in sorted(varying, key=lambda c: (c not in TEXT, c in LAST)):
            wide = max(map(cell_len, [column, *texts[column]])) + 2
            room -= min(wide, console.width // 2) if column in TEXT else wide
            if room >= 0 or column in TEXT:
                fitting.append(column)
        table = Table(
            title=f"\n{name}: {counted(frame.height, 'row')}",
            title_justify="left",
            header_style="bold",
            box=None,
            padding=(0, 2, 0, 0),
        )
        for column in fitting:
            table.add_column(column, no_wrap=column not in TEXT, overflow="fold" if column in TEXT else "ellipsis")
        for row in zip(*(texts[c] for c in fitting), strict=True):
            table.add_row(*map(Text, row))
        console.print(table)
        left_out = [c for c in varying if c not in fitting]
        same = ", ".join(f"{c} {_text(frame[c][0])}" for c in frame.columns if c not in varying)
        notes = [f"… and {counted(frame.height - most, 'more row')} (--most)"] if frame.height > most else []
        notes += [f"not shown: {', '.join(left_out)} (a wider terminal, or --xlsx FILE)"] if left_out else []
        notes += [f"the same in every row: {same}"] if same else []
        for note in notes:
            console.print(Padding(Text(note, style="dim"), (0, 0, 0, 2)))


def _text(value: object) -> str:
    if value is None:
        return ""
    text = legible(str(value))
    return (
        text.rstrip("0").rstrip(".")
        if "." in text and text.replace(".", "").isdigit()
        else text[:19]
        if text[4:5] == "-"
        else text
    )
