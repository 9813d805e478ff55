"""Events from a pipe or a file instead of HTTP: a line in, a line out, by the same promises."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from guiju.records.errors import BadInput
from guiju.web.deciding import Deciding, Known, Unavailable
from guiju.web.problems import of_error

MOST_LINE = 1 << 20  # bytes of one event
AT_ONCE = 1_000  # events that go to the disk together


class Item(NamedTuple):
    """What may be an event: where it stands, as fields of JSON and in words, and its text."""

    place: bytes
    says: str
    text: bytes


@dataclass
class Consumed:
    """How many lines (of Kafka, messages) were read, and what came of them."""

    lines: int = 0
    decided: int = 0
    refused: int = 0


async def consume(deciding: Deciding, read: Callable[[], bytes], write: Callable[[bytes], object]) -> Consumed:
    """Decide on JSON Lines until `read` gives nothing; each is answered by a line with its number, once it is durable.

    Raises BadInput where no decision can be made any more: what was answered stands, and the rest can be sent again.
    """
    loop, seen, rest = asyncio.get_running_loop(), Consumed(), b""
    while chunk := await loop.run_in_executor(None, read):
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > MOST_LINE:
            raise BadInput(f"line {seen.lines + len(lines) + 1:,} is longer than {MOST_LINE:,} bytes; send JSON Lines")
        for begin in range(0, len(lines), AT_ONCE):
            await answer(deciding, _numbered(lines[begin : begin + AT_ONCE], seen), seen, write)
    if rest:
        await answer(deciding, _numbered([rest], seen), seen, write)
    return seen


def _numbered(lines: list[bytes], seen: Consumed) -> list[Item]:
    return [Item(b'"line":%d' % n, f"line {n:,}", line) for n, line in enumerate(lines, seen.lines + 1)]


async def answer(deciding: Deciding, items: list[Item], seen: Consumed, write: Callable[[bytes], object]) -> None:
    """Decide on items together and write a line for each that is not blank. Raises BadInput: one cannot be decided."""
    asked, events = list[Item](), list[object]()
    for item in items:
        seen.lines += 1
        if item.text.strip():
            asked.append(item)
            try:
                events.append(deciding.events.one(item.text))
            except BadInput as error:
                events.append(error)
    told = list[bytes]()
    try:
        for item, outcome in zip(asked, await deciding.decide(events), strict=True):
            if isinstance(outcome, Unavailable):
                raise BadInput(f"{item.says} and those after it are not decided on ({outcome}); then send them again")
            if isinstance(outcome, Known):
                seen.decided += 1
                told.append(b'{%b,"status":200,"decision":%b}\n' % (item.place, outcome.body))
            else:
                seen.refused += 1
                told.append(b'{%b,"status":%d,"problem":%b}\n' % (item.place, *of_error(outcome)))
    finally:
        write(b"".join(told))
