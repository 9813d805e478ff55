"""Records sent to a gate at work: those that a backtest reads, in the order in which a backtest decides on them.

An event is sent with its own values and id, so whatever was decided is answered as it was, however often it is sent.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guiju.audit.opened import Opened, Progress, opened, quiet
from guiju.gate.history import ORDER
from guiju.records import tables
from guiju.web.calling import DECIDED, Calling, Stopped
from guiju.web.events import MOST_EVENTS

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

BATCH, ROWS = 100, 10_000
LOOK_S = 0.5  # between two looks at whether to go on, while nothing is due


@dataclass
class Sent:
    """What came of it. events: answered; actions: decisions by action; refused: the others by what was said.

    set_aside: rows of the records that are no events; waited: how often the service could not be reached or was busy.
    """

    set: str
    events: int = 0
    actions: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    set_aside: int = 0
    first_aside: str = ""
    waited: int = 0


@dataclass(frozen=True)
class Pace:
    """How fast: `rate` events a second, or `speed` seconds of the records in one; neither: as fast as it goes."""

    rate: float | None = None
    speed: float | None = None

    def due_s(self, number: int, since: timedelta) -> float:
        """When the event of this number is due, in seconds after the first, which happened `since` before it."""
        if self.rate is not None:
            return number / self.rate
        return since.total_seconds() / self.speed if self.speed is not None else 0.0


def send(
    records: Path | str | Mapping[str, Any],
    service: Calling,
    *,
    first: date | None = None,
    last: date | None = None,
    mapping: Path | str | None = None,
    pace: Pace = Pace(),
    batch: int = BATCH,
    progress: Progress = quiet,
) -> Sent:
    """Send every event of the local days `first` to `last`, in the order of (occurred_at, id).

    Raises BadInput, for what the caller can mend, and Stopped.
    """
    asked = service.asked()
    with opened(records, mapping=mapping, tables={asked.stream}, progress=progress) as desk:
        desk.need(asked.stream, "sending")
        sent = Sent(asked.set, set_aside=desk.staged.tables[asked.stream].quarantined)
        sent.first_aside = desk.first_fault(asked.stream) if sent.set_aside else ""
        table = desk.staged.tables[asked.stream]
        assert table.first is not None
        assert table.last is not None
        since = _instant(first, desk.zone) if first else table.first
        until = _instant(last + timedelta(days=1), desk.zone) if last else table.last + timedelta(microseconds=1)
        deliver(events(desk, asked.stream, since, until), service, sent, pace, batch, _told(progress, since, until))
        sent.waited = service.waited
    return sent


def deliver(
    of: Iterator[dict[str, Any]], service: Calling, into: Sent, pace: Pace = Pace(), batch: int = BATCH,
    told: Callable[[dict[str, Any], Sent], None] = lambda event, sent: None,
) -> None:  # fmt: skip
    """Send events as the pace has it, counting what they are answered. Raises BadInput, Stopped."""
    waiting, begun, begins = list[dict[str, Any]](), time.monotonic(), datetime.min
    batch = min(batch, MOST_EVENTS)
    for number, event in enumerate(of):
        begins = event["occurred_at"] if number == 0 else begins
        due = begun + pace.due_s(number, event["occurred_at"] - begins)
        if waiting and (len(waiting) == batch or due > time.monotonic()):
            _hand_over(waiting, service, into, told)
        _until(due, service)
        waiting.append(event)
    if waiting:
        _hand_over(waiting, service, into, told)


def events(desk: Opened, stream: str, since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
    """The good rows of a stream as events, from `since` to before `until` (UTC): what is not known is left out."""
    columns = [column.name for column in tables()[stream].columns]
    named, order = (", ".join(f'"{name}"' for name in names) for names in (columns, ORDER))
    query = f'SELECT {named} FROM "{stream}" WHERE occurred_at >= ? AND occurred_at < ? ORDER BY {order}'
    for rows in desk.engine.connection.execute(query, [since, until]).to_arrow_reader(ROWS):
        for row in rows.to_pylist():
            yield {name: _told_utc(value) for name, value in row.items() if value is not None}


def _told_utc(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


def _hand_over(
    waiting: list[dict[str, Any]], service: Calling, into: Sent, told: Callable[[dict[str, Any], Sent], None]
) -> None:
    for outcome in service.decide(waiting, into.set):
        into.events += 1
        if outcome.status == DECIDED and outcome.decision is not None:
            into.actions[outcome.decision.action] += 1
        else:
            into.refused[outcome.problem.detail if outcome.problem else f"status {outcome.status}"] += 1
    told(waiting[-1], into)
    waiting.clear()


def _until(due: float, service: Calling) -> None:
    while (left := due - time.monotonic()) > 0:
        if not service.goes_on():
            raise Stopped
        time.sleep(min(left, LOOK_S))


def _told(progress: Progress, since: datetime, until: datetime) -> Callable[[dict[str, Any], Sent], None]:
    def told(event: dict[str, Any], sent: Sent) -> None:
        moment = event["occurred_at"].replace(tzinfo=None)
        share = (moment - since) / (until - since)
        progress(f"{moment:%Y-%m-%d %H:%M} UTC, {sent.events:,} answered", max(0.0, min(share, 1.0)))

    return told


def _instant(day: date, zone: ZoneInfo) -> datetime:
    """When a local day begins, UTC without a zone."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
