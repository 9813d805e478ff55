"""An audit: records in, every rule in force asked of them up to a day, a run folder out."""

from __future__ import annotations

import errno
import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING, Any

from guiju.audit.asking import Asker, Reply
from guiju.audit.engine import MEMORY, Engine, start
from guiju.audit.folder import Run
from guiju.audit.freezing import Rests, freeze, rests_on
from guiju.audit.unfinished import workplace
from guiju.audit.writing import write
from guiju.checks import BadCheck, Check, checks
from guiju.findings import Finding, digest, plain
from guiju.records import tables
from guiju.records.errors import BadInput, first_line, hint, hint_zh, is_full
from guiju.rulebook import Rule, rules

if TYPE_CHECKING:
    import ibis

    from guiju.records.mapping import Mapping as RecordMapping
    from guiju.records.staging import Staged

YEARS = range(1990, 2101)  # of a last day; as of times in records
COLLECTED = 50_000  # objects made before Python looks for what is no longer in use
INTERRUPTED = "Query interrupted"  # what the engine says of Ctrl-C in a query
Progress = Callable[[str, float], None]  # what is being done, and the share of the run that is done


def audit(
    records: Path | str | Mapping[str, Any],
    *,
    day: date | str | None = None,
    mapping: Path | str | RecordMapping | None = None,
    jurisdictions: list[str] | None = None,
    only: list[str] | None = None,
    out: Path | str | None = None,
    engine: str = "duckdb",
    memory: str = MEMORY,
    progress: Progress = lambda what, share: None,
) -> Run:
    """Ask every rule of the jurisdictions of some records, `day` being the last day judged.

    records: a folder (Parquet, CSV, JSON Lines), or tables by name: polars, pandas or Arrow.
    day: the last day with a row in the records, unless given.
    mapping: a YAML file that makes foreign tables fit. only: names of rules to ask, all unless given.
    out: the folder that receives the run folder; a temporary one unless given.
    engine: what answers the questions, duckdb or spark; the findings are the same.
    memory: what DuckDB holds before it spills beside the run, as in "5GB"; the process takes more (docs/cost.md).
    Raises `BadInput` for what the caller can mend; whatever else fails leaves no run folder.
    """
    from guiju.records.staging import stage

    known, asked, last = what_is_asked(day=day, mapping=mapping, jurisdictions=jurisdictions, only=only)
    source = _source(records)
    with _rarely_collecting(), workplace(Path(out) if out is not None else None) as (target, work):
        asked_on = start(engine, work, memory)
        try:
            progress("reading records", 0.0)
            staged = stage(asked_on.connection, source, known, work, lambda what: progress(what, 0.05))
            if isinstance(source, Path):
                staged = replace(staged, ignored=_no_runs(staged.ignored, source))
            last = last or _in_force(_last_day(staged, asked), asked)
            asked_on.take({name: t.good for name, t in staged.tables.items()})
            replies, findings = _ask_all(asked_on, staged, asked, last, work, progress)
            progress("writing the run", 0.92)
            made_by = None if known is None else known.digest
            return write(target, work, staged, made_by, replies, findings, last, asked_on, progress)
        except RuntimeError as error:
            if INTERRUPTED in str(error):
                raise KeyboardInterrupt from None
            raise
        finally:
            asked_on.interrupt()  # or closing would wait for a query that was given up
            asked_on.close()


@contextmanager
def _rarely_collecting() -> Iterator[None]:
    """Questions are hundreds of thousands of small objects that are all in use: to look among them for what is not
    takes Python an eighth of an audit.
    """
    before, *others = gc.get_threshold()
    gc.set_threshold(max(before, COLLECTED), *others)
    try:
        yield
    finally:
        gc.set_threshold(before, *others)


def what_is_asked(
    *,
    day: date | str | None = None,
    mapping: Path | str | RecordMapping | None = None,
    jurisdictions: list[str] | None = None,
    only: list[str] | None = None,
) -> tuple[RecordMapping | None, list[Rule], date | None]:
    """The mapping, the rules in the order in which they are asked, and the last day if given, as `audit` takes them.

    Raises BadInput.
    """
    from guiju.records.mapping import Mapping as RecordMapping
    from guiju.records.mapping import load_mapping

    known = load_mapping(Path(mapping)) if isinstance(mapping, (str, Path)) else mapping
    asked = _rules_to_ask(_names(jurisdictions) or (known or RecordMapping()).jurisdictions, _names(only))
    return known, asked, _given_day(day, asked)


def _source(records: Any) -> Path | dict[str, Any]:
    if isinstance(records, (str, Path)):
        return Path(records)
    if isinstance(records, Mapping):
        return dict(records)
    raise BadInput(
        f'records are a {type(records).__name__}: give a folder, or tables by name, as {{"orders": …}}',
        "记录须是一个文件夹，或者按名称给出的表",
    )


def _names(given: list[str] | str | None) -> list[str] | None:
    return [given] if isinstance(given, str) else given


def _no_runs(ignored: list[str], source: Path) -> list[str]:
    """Runs kept inside the records folder are not of the records: each would change the next one's name."""
    made = {
        p.parent.relative_to(source).as_posix()
        for p in source.rglob("manifest.json")
        if (p.parent / "findings.parquet").is_file()
    }
    kept = [f for f in ignored if not any(f.startswith(f"{run}/") for run in made)]
    return [f.encode("utf-8", "backslashreplace").decode() for f in kept]  # of names that are no UTF-8


def _rules_to_ask(jurisdictions: list[str] | tuple[str, ...], only: list[str] | None) -> list[Rule]:
    known = {name: rule for name, rule in rules().items() if rule.check}
    if live := sorted(name for name in set(only or ()) - set(known) if name in rules()):
        raise BadInput(
            f"{live[0]} is not asked in an audit: the trigger {rules()[live[0]].trigger} answers it at the gate",
            f"{live[0]} 不在审计里问：由门的触发器 {rules()[live[0]].trigger} 回答",
        )
    if unknown := sorted(set(only or ()) - set(known)):
        raise BadInput(
            f"there is no rule {unknown[0]!r}; {hint(unknown[0], known, 'there are')}",
            f"没有规则 {unknown[0]!r}；{hint_zh(unknown[0], known)}",
        )
    of = {r.jurisdiction for r in known.values()}
    if strange := sorted(set(jurisdictions) - of):
        raise BadInput(
            f"the rulebook has no jurisdiction {', '.join(strange)}; it has {', '.join(sorted(of))}",
            f"规则库没有法域 {'、'.join(strange)}；有 {'、'.join(sorted(of))}",
        )
    asked = [
        r for r in known.values() if r.jurisdiction in jurisdictions and not r.is_draft and (not only or r.name in only)
    ]
    if not asked:
        said = "; ".join(
            f"{r.name} is known from memory only and not asked"
            if r.is_draft
            else f"{r.name} is a rule of {r.jurisdiction}"
            for r in known.values()
            if not only or r.name in only
        )
        raise BadInput(
            f"no rule is left to ask in {', '.join(jurisdictions)}: {said}; change --jurisdiction or --only",
            f"在 {'、'.join(jurisdictions)} 没有一条所选的规则可以问：别的法域的规则和只凭记忆的草稿都不问；"
            "请改法域或者规则",
        )
    # Rules whose checks read the same tables follow one another and share what is computed.
    return sorted(asked, key=lambda r: (_tables(r), r.check, r.name))


def _tables(rule: Rule) -> tuple[str, ...]:
    return checks()[rule.check].tables


def _given_day(day: Any, asked: list[Rule]) -> date | None:
    if isinstance(day, str):
        try:
            day = date.fromisoformat(day)
        except ValueError:
            raise BadInput(
                f"the day {day!r} is no date: write it as 2025-12-31", f"{day!r} 不是日期：请写成 2025-12-31"
            ) from None
    if isinstance(day, datetime):
        day = day.date()
    if day is None:
        return None
    if not isinstance(day, date):
        raise BadInput(f"the day {day!r} is no date: write it as 2025-12-31", f"{day!r} 不是日期：请写成 2025-12-31")
    if day.year not in YEARS:
        raise BadInput(
            f"the day {day} is not between the years {YEARS[0]} and {YEARS[-1]}: write it as 2025-12-31",
            f"{day} 不在 {YEARS[0]} 年至 {YEARS[-1]} 年之间：请写成 2025-12-31",
        )
    return _in_force(day, asked)


def _in_force(day: date, asked: list[Rule]) -> date:
    """The day, if any rule can be asked up to it."""
    if any(r.spans(day) for r in asked):
        return day
    begin = min(max(min(dated) for dated in r.entry.limits.values()) for r in asked)
    raise BadInput(
        f"no rule asked has limits in force in the year up to {day}: the first begin on {begin}; judge a later day",
        f"所选规则在 {day} 以前的一年里都没有生效的限度，最早的从 {begin} 起：请选更晚的日子",
    )


def _last_day(staged: Staged, asked: list[Rule]) -> date:
    seen = [t.last for t in staged.tables.values() if t.last is not None]
    if not seen:
        raise BadInput(
            f"{_without_time(staged)}, so there is no last day to judge: correct the records, or give --day",
            "没有一行可用而且写明时间，所以没有最后一天可以判断：请改正记录，或者指定日子",
        )
    return max(max(seen).replace(tzinfo=UTC).astimezone(rule.zone).date() for rule in asked)


def _without_time(staged: Staged) -> str:
    """Why no row has a time, by the first that was set aside."""
    import pyarrow.parquet as pq

    aside = pq.read_table(staged.quarantine).slice(0, 1).to_pylist()
    if not aside:
        return f"no row in {', '.join(staged.tables)} has a time"
    line = f" line {aside[0]['line']}" if aside[0]["line"] is not None else ""
    rows = sum(t.quarantined for t in staged.tables.values())
    return f"not one of {rows:,} rows could be used; the first is {aside[0]['file']}{line}: {aside[0]['reason']}"


def _ask_all(
    engine: Engine, staged: Staged, asked: list[Rule], day: date, work: Path, progress: Progress
) -> tuple[list[Reply], list[Finding]]:
    records = {name: engine.table(name) for name in staged.tables}
    read = {name: t.good for name, t in staged.tables.items()}
    unused = {Path(file).name.split(".")[0]: file for file in staged.ignored if ": column " not in file}
    asker = Asker(engine, records, read, _later(engine, records), _empty(engine), day, unused)
    replies: list[Reply] = []
    rests: list[Rests] = []
    for place, rule in enumerate(asked):
        progress(f"asking {rule.name}", 0.10 + 0.75 * place / len(asked))
        with _blamed(checks()[rule.check]):
            reply = asker.ask(rule, checks()[rule.check])
            rests += rests_on(engine, records, reply, work / "run" / "workings")
        replies.append(reply)
        if place + 1 == len(asked) or _tables(asked[place + 1]) != _tables(rule):
            engine.drop_kept()
    frozen = freeze(
        engine, records, rests, work / "run" / "evidence", lambda of: progress(f"freezing evidence of {of}", 0.9)
    )
    findings = [_finding(reply, r, frozen[r.id].rows, frozen[r.id].digest) for reply in replies for r in reply.rows]
    return replies, sorted(findings, key=lambda f: (f.rule, f.surety, f.id))


@contextmanager
def _blamed(check: Check) -> Iterator[None]:
    """What a check does wrong is said of it by name; the machine's failures and bad input are not its."""
    import duckdb

    machine = (
        duckdb.IOException,
        duckdb.OutOfMemoryException,
        duckdb.InterruptException,
        OSError,
        MemoryError,
    )
    try:
        yield
    except (BadInput, BadCheck, *machine):
        raise
    except Exception as error:
        if INTERRUPTED in str(error):
            raise
        if is_full(error):  # as Spark says it
            raise OSError(errno.ENOSPC, first_line(error)) from error
        if "OutOfMemoryError" in str(error):
            raise MemoryError from error
        lines = [line for frame, line in walk_tb(error.__traceback__) if frame.f_code.co_filename == str(check.path)]
        where = f"{check.path.name} line {lines[-1]}" if lines else "the engine"
        pack = check.build.__module__.partition(".checks.")[0]
        raise BadCheck(
            f"the check {check.name} of the pack {pack} failed in {where} "
            f"({type(error).__name__}: {first_line(error)}); mend it there, or ask other rules with --only"
        ) from error


def _finding(reply: Reply, row: Any, evidence_rows: int, evidence_digest: str) -> Finding:
    facts = {name: plain(value) for name, value in sorted(row.facts.items())}
    return Finding(
        id=row.id, version=digest(facts, evidence_rows, evidence_digest), rule=reply.rule.name,
        check=reply.rule.check, jurisdiction=reply.rule.jurisdiction, **row.fixed,
        p_value=row.p_value, q_value=row.q_value, says_zh=row.says["zh"], says_en=row.says["en"],
        facts=facts, limits=row.limits, evidence_rows=evidence_rows, evidence_digest=evidence_digest,
    )  # fmt: skip


def _later(engine: Engine, records: dict[str, ibis.Table]) -> Callable[[str, datetime], int]:
    """How many rows of a table come after a moment, counted once."""

    @cache
    def count(name: str, until: datetime) -> int:
        import ibis

        table = records[name]
        if "occurred_at" not in table.columns:
            return 0
        later = table.filter(table.occurred_at >= ibis.literal(until)).aggregate(rows=lambda t: t.count())
        return int(engine.fetch(later)["rows"][0].as_py())

    return count


def _empty(engine: Engine) -> Callable[[str], ibis.Table]:
    return lambda name: engine.put(tables()[name].schema.to_pyarrow().empty_table())
