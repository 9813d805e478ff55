"""Events from a pipe or a file instead of HTTP: a line in, a line out, by the same promises."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from guiju.records.errors import BadInput
from guiju.web.deciding import Deciding, Known, Unavailable
from guiju.web.problems import of_error

MOST_LINE = 1 << 20  # bytes of one event
AT_ONCE = 1_000  # events that go to the disk together


@dataclass
class Consumed:
    """How many lines were read, and what came of them."""

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
            await _answer(deciding, lines[begin : begin + AT_ONCE], seen, write)
    if rest:
        await _answer(deciding, [rest], seen, write)
    return seen


async def _answer(deciding: Deciding, lines: list[bytes], seen: Consumed, write: Callable[[bytes], object]) -> None:
    numbers, events = list[int](), list[object]()
    for line in lines:
        seen.lines += 1
        if line.strip():
            numbers.append(seen.lines)
            try:
                events.append(deciding.events.one(line))
            except BadInput as error:
                events.append(error)
    told = list[bytes]()
    try:
        for number, outcome in zip(numbers, await deciding.decide(events), strict=True):
            if isinstance(outcome, Unavailable):
                raise BadInput(
                    f"line {number:,} and those after it are not decided on ({outcome}); then send them again"
                )
            if isinstance(outcome, Known):
                seen.decided += 1
                told.append(b'{"line":%d,"status":200,"decision":%b}\n' % (number, outcome.body))
            else:
                seen.refused += 1
                told.append(b'{"line":%d,"status":%d,"problem":%b}\n' % (number, *of_error(outcome)))
    finally:
        write(b"".join(told))
