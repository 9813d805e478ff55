"""A replay: a file of events through the live engine, as fast as they happened or as fast as it can."""

from __future__ import annotations

import time
from array import array
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guiju.audit.opened import Progress, opened, quiet
from guiju.gate.backtest.deciding import columns_of, events, references
from guiju.gate.decisions import Decision
from guiju.gate.engine import live
from guiju.gate.loading import TriggerSet, load
from guiju.gate.refusal import EventRefused

if TYPE_CHECKING:
    from rich.console import RenderableType

Heard = Callable[[Decision], None]
TOLD_EVERY = 512  # events between two words of progress


@dataclass(frozen=True)
class Replayed:
    """What a replay came to. Latencies are of the decision alone, microseconds; `refused` by its reason."""

    of: TriggerSet
    events: int
    seconds: float  # at work deciding, without reading and waiting
    hits: Counter[str]
    actions: Counter[str]
    refused: Counter[str]
    median_us: float
    p99_us: float
    most_us: float
    entries: int


def replay(
    set_: Path | str,
    records: Path | str | Mapping[str, Any],
    *,
    speed: float | None = None,
    first: date | None = None,
    last: date | None = None,
    mapping: Path | str | None = None,
    heard: Heard = lambda decision: None,
    progress: Progress = quiet,
) -> Replayed:
    """Send every event of the days `first` to `last` through a new live engine, in the order of (occurred_at, id).

    speed: how many seconds of the records pass in one second; None: none is waited for. heard: is told of every
    decision at which a trigger held. Events that the engine refuses are counted with their reason. Raises BadInput.
    """
    of = load(set_)
    with opened(records, mapping=mapping, tables={of.stream, *of.references}, progress=progress) as desk:
        desk.need(of.stream, "a replay")
        table = desk.staged.tables[of.stream]
        assert table.first is not None
        assert table.last is not None
        rule = of.triggers[0].rule
        since = rule.instant(first) if first else table.first
        until = rule.instant(last + timedelta(days=1)) if last else table.last + timedelta(microseconds=1)
        at_work = _Replay(of, references(desk, of), speed, heard, progress, (since, until))
        for batch in events(desk, of, since, until, None, warm=False):
            at_work.take(batch.select(columns_of(of)).to_pylist())
        return at_work.done()


class _Replay:
    def __init__(
        self, of: TriggerSet, looked_up: Mapping[str, Any], speed: float | None, heard: Heard, progress: Progress,
        span: tuple[datetime, datetime],
    ) -> None:  # fmt: skip
        self.of, self.speed, self.heard, self.progress, self.span = of, speed, heard, progress, span
        self.engine = live(of, looked_up, clock=None)
        self.hits, self.actions, self.refused = Counter[str](), Counter[str](), Counter[str]()
        self.took = array("q")
        self.begun: tuple[float, datetime] | None = None

    def take(self, rows: list[dict[str, Any]]) -> None:
        decide, clock, names = self.engine.decide, time.perf_counter_ns, [t.name for t in self.of.triggers]
        for row in rows:
            if self.speed is not None:
                self._wait(row["occurred_at"])
            began = clock()
            try:
                decision = decide(row)
            except EventRefused as error:
                self.refused[str(error)] += 1
                continue
            self.took.append(clock() - began)
            if decision.held:
                self.hits.update(names[place] for place, _ in decision.held)
                self.heard(decision)
            self.actions[decision.action] += 1
            if len(self.took) % TOLD_EVERY == 0:
                self._tell(row["occurred_at"])

    def _wait(self, occurred: datetime) -> None:
        assert self.speed is not None
        if self.begun is None:
            self.begun = (time.monotonic(), occurred)
        due = self.begun[0] + (occurred - self.begun[1]).total_seconds() / self.speed
        if (left := due - time.monotonic()) > 0:
            time.sleep(left)

    def _tell(self, moment: datetime) -> None:
        share = (moment - self.span[0]) / (self.span[1] - self.span[0])
        self.progress(f"{moment:%Y-%m-%d %H:%M} UTC, {sum(self.hits.values()):,} hits", max(0.0, min(share, 1.0)))

    def done(self) -> Replayed:
        took = sorted(self.took)
        at = [took[min(len(took) - 1, int(len(took) * share))] / 1000 if took else 0.0 for share in (0.5, 0.99, 1.0)]
        return Replayed(
            self.of, len(took), sum(took) / 1e9, self.hits, self.actions, self.refused, at[0], at[1], at[2],
            self.engine.entries,
        )  # fmt: skip


def shown(done: Replayed, language: str) -> RenderableType:
    """The summary for a terminal."""
    from rich.console import Group
    from rich.text import Text

    zh = language == "zh"
    rate = done.events / done.seconds if done.seconds else 0.0
    took = (done.median_us, done.p99_us, done.most_us)
    lines = [
        "{}：{:,} 个事件，{:,.0f} 个决定/秒（只计决定本身）；"
        "延迟中位 {:.0f} 微秒，p99 {:.0f}，最大 {:,.0f}；窗口中 {:,} 项"
        if zh
        else "{}: {:,} events, {:,.0f} decisions/s (deciding alone); latency median "
        "{:.0f} µs, p99 {:.0f}, most {:,.0f}; {:,} entries in windows"
    ]
    lines[0] = lines[0].format(done.of.name, done.events, rate, *took, done.entries)
    lines += [f"  {t.name:<32}{done.hits[t.name]:>10,}" for t in done.of.triggers]
    lines += [f"{'拒收' if zh else 'refused'} {n:,}: {why}" for why, n in done.refused.most_common(5)]
    return Group(*(Text(line) for line in lines))
