"""A backtest: a set's decisions on history, what they come to, and how they differ from another version's.

The same text that decides live decides here, in DuckDB or Spark, and gives the same answers.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from guiju.audit.opened import Progress, opened, quiet
from guiju.gate.backtest.comparing import Compared, compare
from guiju.gate.backtest.counting import Counted, count, look_at_labels
from guiju.gate.backtest.deciding import Decided, decide
from guiju.gate.loading import TriggerSet, load
from guiju.records.errors import BadInput

UTC = ZoneInfo("UTC")


@dataclass(frozen=True)
class Backtest:
    """What a backtest found. `folder` holds decisions.parquet, differing.parquet, backtest.html and manifest.json.

    first, last: local days, both included; where none were asked, those of the records.
    """

    folder: Path
    first: date
    last: date
    zone: ZoneInfo
    engine: str
    counted: Counted
    compared: Compared | None
    labels: str

    @property
    def page(self) -> Path:
        return self.folder / "backtest.html"

    @property
    def decisions(self) -> Path:
        return self.folder / "decisions.parquet"


def backtest(
    set_: Path | str,
    records: Path | str | Mapping[str, Any],
    *,
    first: date | None = None,
    last: date | None = None,
    against: Path | str | None = None,
    labels: Path | str | None = None,
    log: Path | str | None = None,
    mapping: Path | str | None = None,
    engine: str = "duckdb",
    out: Path | str | None = None,
    language: str = "en",
    progress: Progress = quiet,
) -> Backtest:
    """Decide on every event of the days `first` to `last` and count what came of it.

    labels: Parquet or CSV with platform, id, check (a trigger's name), kind (violation or lookalike) and pattern. log:
    Parquet with platform, id and the `decision_at` that was logged live; without it, history is taken in the order of
    (occurred_at, id). Raises BadInput for what the caller can mend.
    """
    from guiju.gate.backtest.page import render

    of = load(set_)
    others = load(against) if against is not None else None
    wanted = {of.stream, *of.references, *(others.references if others else ())}
    _look(of, others, labels, log)
    with opened(records, mapping=mapping, out=out, engine=engine, tables=wanted, progress=progress) as desk:
        desk.need(of.stream, "a backtest")
        rule = of.triggers[0].rule
        zone = rule.zone
        begin, end = _days(desk.staged.tables[of.stream], zone, first, last)
        since, until = rule.instant(begin), rule.instant(end + timedelta(days=1))
        logged, told = (Path(p) if p is not None else None for p in (log, labels))
        folder = desk.folder()
        made = decide(desk, of, since, until, logged, engine, progress)
        progress("counting", 0.7)
        counted, compared = count(made, zone, told), None
        if others is not None:
            compared = _other(desk, others, made, (since, until), logged, engine, told, zone, folder, progress)
        os.replace(made.table, folder / "decisions.parquet")
        done = Backtest(folder, begin, end, zone, desk.engine.version, counted, compared, told.name if told else "")
        progress("drawing", 0.95)
        done.page.write_text(render(done, language), encoding="utf-8")
        made.con.close()
        place = desk.publish(folder, f"backtest-{of.name}-{begin}-{end}", _said(done))
        progress("done", 1.0)
        return replace(done, folder=place)


def _look(of: TriggerSet, other: TriggerSet | None, labels: Path | str | None, log: Path | str | None) -> None:
    """Refuse at once what would fail after all was decided."""
    for given in (labels, log):
        if given is not None and not Path(given).is_file():
            raise BadInput(f"{given}: there is no such file", f"{given}：没有这个文件")
    if labels is not None:
        look_at_labels(Path(labels))
    if other is not None and other.stream != of.stream:
        raise BadInput(
            f"{other.name} decides on {other.stream}, and {of.name} on {of.stream}: name another version",
            f"{other.name} 判断 {other.stream}，{of.name} 判断 {of.stream}：请换一个版本",
        )
    if other is not None and other.digest == of.digest:
        raise BadInput(
            f"{other.name} and {of.name} are the same text: name another version to compare with",
            f"{other.name} 与 {of.name} 是同一份文本：请换一个版本来比较",
        )


def _days(table: Any, zone: ZoneInfo, first: date | None, last: date | None) -> tuple[date, date]:
    local = [moment.replace(tzinfo=UTC).astimezone(zone).date() for moment in (table.first, table.last)]
    begin, end = first or local[0], last or local[1]
    if begin > end:
        raise BadInput(
            f"the days end on {end}, before they begin on {begin}: name them the other way round",
            f"日子到 {end} 为止，早于开始的 {begin}：请对调",
        )
    return begin, end


def _other(
    desk: Any, of: Any, made: Decided, span: tuple[datetime, datetime], log: Path | None, engine: str,
    labels: Path | None, zone: ZoneInfo, folder: Path, progress: Progress,
) -> Compared:  # fmt: skip
    second = decide(desk, of, *span, log, engine, progress)
    try:
        return compare(made, second, count(second, zone, labels), folder, labels is not None)
    finally:
        second.con.close()


def _said(done: Backtest) -> dict[str, Any]:
    """What the manifest says of it."""
    c = done.counted
    return {
        "set": c.of.name, "digest": c.of.digest, "first": str(done.first), "last": str(done.last), "events": c.events,
        "order": "logged decision_at" if c.is_logged else "occurred_at, id", "labels": done.labels,
        "actions": c.actions, "hits": {t.name: t.hits for t in c.triggers},
        "against": done.compared.other.of.digest if done.compared else "",
    }  # fmt: skip
