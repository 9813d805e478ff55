"""What is refused: a text when it is loaded, with its place and the cure; an event when it arrives, by name."""

from __future__ import annotations

from guiju.records.errors import BadInput


class Refused(BadInput):
    """A set of triggers cannot be loaded: the file, the place where known, the fault, what to write instead."""

    def __init__(self, file: str, fault: str, line: int | None = None, column: int | None = None) -> None:
        self.file, self.line, self.column, self.fault = file, line, column, fault
        place = file if line is None else f"{file}, line {line}, column {column}"
        super().__init__(f"{place}: {fault}")


class EventRefused(BadInput):
    """An event cannot be decided on; the engine's state is as it was before."""


class Full(BadInput):
    """The engine holds as many events as it was allowed to; its state is as it was before."""
