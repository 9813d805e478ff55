"""The guard asked over a folder of records: decisions of a set, verdicts and groups, and a page that shows them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec

from guiju.audit.opened import Opened, Progress, opened, quiet
from guiju.cases.guard.looking import look
from guiju.cases.guard.outcome import InReview, Outcome, Verdict
from guiju.cases.guard.preparing import prepare, trigger_of
from guiju.cases.guard.sampling import Audited
from guiju.gate.backtest.deciding import decide
from guiju.gate.loading import Trigger, TriggerSet, load
from guiju.records.errors import BadInput
from guiju.records.quarantine import literal, parquet

if TYPE_CHECKING:
    import duckdb

UTC = ZoneInfo("UTC")
ANSWERS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True)
class Guarded:
    """What the guard said. `folder` holds guard.html, outcome.json, verdicts.parquet, samples.csv, in_review.json."""

    folder: Path
    day: date
    set_: TriggerSet
    trigger: Trigger
    outcome: Outcome

    @property
    def page(self) -> Path:
        return self.folder / "guard.html"


def guard(
    set_: Path | str,
    records: Path | str | Mapping[str, Any],
    *,
    trigger: str | None = None,
    on: date | None = None,
    decisions: Path | str | None = None,
    audited: Path | str | None = None,
    in_review: Path | str | None = None,
    given: Mapping[str, Any] | None = None,
    mapping: Path | str | None = None,
    out: Path | str | None = None,
    language: str = "en",
    progress: Progress = quiet,
) -> Guarded:
    """Ask it of a trigger's flags up to the end of a local day; by default the last one of the records.

    decisions: decisions.parquet of a backtest of the set; without it the set decides. audited: CSV or Parquet with
    platform, id, is_violation: what people found of samples.csv. in_review: in_review.json of an earlier run. Raises
    BadInput for what the caller can mend.
    """
    from guiju.cases.guard.page import render

    of = load(set_)
    asked = trigger_of(of, trigger)
    found, reviews = _audited(audited), _in_review(in_review)
    wanted = {of.stream, *of.references, "campaigns"}
    with opened(records, mapping=mapping, out=out, tables=wanted, progress=progress) as desk:
        desk.need(of.stream, "the guard")
        zone = asked.rule.zone
        day = on or _last(desk, of.stream).replace(tzinfo=UTC).astimezone(zone).date()
        now = asked.rule.instant(day + timedelta(days=1)) - timedelta(microseconds=1)
        made = _decided(desk, of, now, decisions, progress)
        progress("preparing cases", 0.7)
        con, has_campaigns = desk.engine.connection, desk.has("campaigns")
        ready = prepare(con, of, asked, made, now, zone, has_campaigns=has_campaigns)
        progress("looking for a common cause", 0.8)
        outcome = look(
            ready.cases, trigger=asked.name, now=now, context=ready.context, campaigns=desk.rows("campaigns"),
            audited=found, in_force=reviews, title=asked.rule.title, zone=zone, given=given, unseen=ready.unseen,
        )  # fmt: skip
        folder = desk.folder()
        done = Guarded(folder, day, of, asked, outcome)
        _write(done)
        done.page.write_text(render(done, language), encoding="utf-8")
        said = {"set": of.name, "digest": of.digest, "trigger": asked.name, "day": str(day), "flags": outcome.flags,
                "verdicts": outcome.counts(), "groups": [group.id for group in outcome.groups]}  # fmt: skip
        place = desk.publish(folder, f"guard-{asked.name}-{day}", said)
        progress("done", 1.0)
        return replace(done, folder=place)


def _last(desk: Opened, stream: str) -> datetime:
    last = desk.staged.tables[stream].last
    assert last is not None, "there are good rows"
    return last


def _decided(desk: Opened, of: TriggerSet, now: datetime, decisions: Path | str | None, progress: Progress) -> Path:
    if decisions is not None:
        place = Path(decisions)
        if not place.is_file():
            raise BadInput(f"{place}: there is no such file; name decisions.parquet of a backtest")
        return place
    first = desk.staged.tables[of.stream].first
    assert first is not None, "there are good rows"
    made = decide(desk, of, first, now, None, "duckdb", progress)
    made.con.close()
    return made.table


def _audited(file: Path | str | None) -> list[Audited]:
    """What people found. Raises BadInput where the file is not what it should be."""
    import duckdb

    if file is None:
        return []
    place = Path(file)
    if not place.is_file():
        raise BadInput(f"{place}: there is no such file; name the samples that people filled in")
    columns = ("platform", "id", "is_violation")
    try:
        with duckdb.connect() as con:
            rows = _rows(con, place, columns)
    except duckdb.Error:
        raise BadInput(f"{place.name}: lacks {', '.join(columns)}, or is no Parquet or CSV; supply it so") from None
    told = []
    for platform, one, answer in rows:
        if answer is None or not str(answer).strip():
            continue  # nobody looked at it yet
        if str(answer).strip().lower() not in ANSWERS:
            raise BadInput(f"{place.name}: is_violation of {one} is {answer!r}; write true or false, or leave it empty")
        told.append(Audited(str(platform), str(one), ANSWERS[str(answer).strip().lower()]))
    return told


def _rows(con: duckdb.DuckDBPyConnection, place: Path, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    scan = parquet([place]) if place.suffix == ".parquet" else f"read_csv({literal(str(place))}, all_varchar = true)"
    return [tuple(row) for row in con.execute(f"SELECT {', '.join(columns)} FROM {scan}").fetchall()]


def _in_review(file: Path | str | None) -> list[InReview]:
    if file is None:
        return []
    try:
        return msgspec.json.decode(Path(file).read_bytes(), type=list[InReview])
    except OSError as error:
        raise BadInput(f"{file}: cannot be read ({error.strerror}); name in_review.json of an earlier run") from None
    except msgspec.MsgspecError as error:
        raise BadInput(f"{file}: is no in_review.json of an earlier run ({error}); name one") from None


def _write(done: Guarded) -> None:
    """The plain values beside the page."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    outcome, folder = done.outcome, done.folder
    whole = msgspec.json.encode(msgspec.structs.replace(outcome, verdicts=[]))
    (folder / "outcome.json").write_bytes(msgspec.json.format(whole, indent=1) + b"\n")
    reviews = msgspec.json.format(msgspec.json.encode(outcome.in_review), indent=1)
    (folder / "in_review.json").write_bytes(reviews + b"\n")
    names = [field.name for field in msgspec.structs.fields(Verdict)]
    table = {name: [getattr(v, name) for v in outcome.verdicts] for name in names}
    pq.write_table(pa.table(table), folder / "verdicts.parquet", compression="zstd")
    with (folder / "samples.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("platform", "id", "group", "is_violation"))
        writer.writerows((group.platform, one, group.id, "") for group in outcome.groups for one in group.sample)
