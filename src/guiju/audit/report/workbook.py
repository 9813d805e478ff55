"""One finding as an Excel workbook: what a custody sheet needs, and the rows behind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guiju.audit.folder import Run
from guiju.audit.report.words import fact_name, of_check
from guiju.checks import NO_CURRENCY, checks
from guiju.findings import IDENTIFIERS, Finding, mask, masked, shown_object
from guiju.records import tables
from guiju.records.meanings import meanings
from guiju.rulebook import rules

if TYPE_CHECKING:
    import polars as pl

LONGEST = 32_767  # characters in a cell


def rows_of(run: Run, finding: Finding, unmask: bool) -> dict[str, pl.DataFrame]:
    """The finding's workings and frozen rows by table, without columns that say nothing."""
    import polars as pl

    shown = {}
    workings = {f"workings: {name}": table for name, table in run.workings(finding).items()}
    for name, table in {**workings, **run.evidence(finding)}.items():
        frame = pl.DataFrame(pl.from_arrow(table))
        frame = frame[[c for c in frame.columns if frame[c].null_count() < frame.height]]
        if "currency" in frame.columns and set(frame["currency"]) == {NO_CURRENCY}:
            frame = frame.drop("currency")
        hidden = [] if unmask else [c for c in frame.columns if c in IDENTIFIERS]
        shown[name] = frame.with_columns(pl.col(c).map_elements(mask, return_dtype=pl.String) for c in hidden)
    return shown


def shown_facts(finding: Finding, unmask: bool) -> dict[str, Any]:
    """The facts that are known, identifiers masked unless asked."""
    facts = finding.facts if unmask else masked(finding.facts, finding.platform)
    return {name: value for name, value in facts.items() if value is not None}


def custody(run: Run, finding: Finding, unmask: bool) -> list[tuple[str, str]]:
    """What a custody sheet states: the finding, that day's provision, limits with reasons, versions and digests."""
    rule = rules().get(finding.rule)
    stake = finding.amount_at_stake
    lines = [
        ("finding", finding.id),
        ("version", finding.version),
        ("sentence (en)", run.told(finding, "en", unmask)),
        ("sentence (zh)", run.told(finding, "zh", unmask)),
        ("formula (en)", run.told(finding, "formula", unmask=True)),
        ("formula (zh)", run.told(finding, "formula_zh", unmask=True)),
        ("rule", finding.rule),
        ("check", finding.check),
        ("jurisdiction", finding.jurisdiction),
        ("platform", finding.platform),
        ("subject", finding.subject if unmask or finding.subject == finding.platform else mask(finding.subject)),
        ("object", finding.object if unmask else shown_object(finding)),
        ("episode (UTC)", f"{finding.episode_start} to {finding.episode_end}"),
        ("at stake", "not known" if stake is None else f"{stake} {finding.currency}"),
    ]
    if means := of_check(finding.check).at_stake:
        lines.append(("at stake is", means.en))
    lines += [(_fact(finding.check, name), str(value)) for name, value in shown_facts(finding, unmask).items()]
    if rule:
        days = rule.local_days(finding.episode_start, finding.episode_end)
        lines.append((f"days judged ({rule.zone.key})", f"{days[0]} to {days[1]}"))
        lines += [
            (
                f"provision {p.id} (source mark {p.source_mark})",
                f"{p.title_zh} / {p.title_en}; {p.instrument}: {p.says.en if p.says else p.test}",
            )
            for p in rule.cites_on(*days, facts=finding.facts)
        ]
        reasons = rule.reasons_on(days[0])
        lines += [
            (
                f"limit {name}",
                f"{value} ({reasons[name].why('en')}; mark {reasons[name].mark})" if name in reasons else str(value),
            )
            for name, value in sorted(finding.limits.items())
        ]
    known = checks().get(finding.check)
    digests = {t: i for t, i in run.manifest["inputs"].items() if known is None or t in known.tables}
    lines += [
        (f"input {f['name']}", f"{f['bytes']} bytes, sha256 {f['sha256']}")
        for t in sorted(digests)
        for f in digests[t]["files"]
    ]
    return [
        *lines,
        (
            "evidence",
            f"{finding.evidence_rows} row{'' if finding.evidence_rows == 1 else 's'}, digest {finding.evidence_digest}",
        ),
        ("rulebook", run.manifest["rulebook"]),
        ("run", run.folder.resolve().name),
        ("engine", run.manifest["engine"]),
        ("packages", ", ".join(f"{k} {v}" for k, v in run.manifest["packages"].items())),
    ]


def _fact(check: str, name: str) -> str:
    """A fact's name, and what it is called in the report."""
    called = fact_name(check, name)[1]
    return f"fact {name}" if called == name else f"fact {name}: {called}"


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A file to write to in the place of `path`: there whole at the end, or not at all."""
    from xlsxwriter.exceptions import FileCreateError

    unfinished = path.with_name(f".unfinished-{path.name}")
    try:
        yield unfinished
        unfinished.replace(path)
    except (FileCreateError, OSError) as error:
        failed: OSError = error if isinstance(error, OSError) else error.args[0]
        failed.filename, failed.filename2 = str(path), None
        raise failed from None
    finally:
        unfinished.unlink(missing_ok=True)


def write_workbook(run: Run, finding: Finding, path: Path, unmask: bool) -> None:
    """An .xlsx, whole or not at all: a sheet `finding`, one a table of workings and evidence, and what columns mean."""
    with whole(path) as unfinished:
        _write(run, finding, unfinished, unmask)


def as_csv(run: Run, finding: Finding, table: str, unmask: bool) -> bytes:
    """The finding's rows of one table as CSV (UTF-8 with a mark, as spreadsheets expect Chinese).

    Text that a spreadsheet would take for a formula begins with an apostrophe. Times are in ISO 8601, UTC (Z).
    """
    import polars as pl

    frame = rows_of(run, finding, unmask)[table]
    texts = pl.col(pl.String).str.replace(r"^([=+\-@\t\r])", "'$1")
    times = pl.col(pl.Datetime).dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ")  # kept in UTC, without a zone
    return frame.with_columns(texts, times).write_csv(include_bom=True).encode()


def _write(run: Run, finding: Finding, path: Path, unmask: bool) -> None:
    import polars as pl
    import xlsxwriter

    # Text from records that looks like a formula or an address stays text.
    as_text = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, as_text) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet("finding")
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 1, 110)
        for line, (name, value) in enumerate(custody(run, finding, unmask)):
            sheet.write_string(line, 0, name, bold)
            sheet.write_string(line, 1, _fitting(value), wrap)
        frames = rows_of(run, finding, unmask)
        for name, frame in frames.items():
            texts = pl.col(pl.String).map_elements(_fitting, return_dtype=pl.String)
            times = {c: f"{c} (UTC)" for c, kind in frame.schema.items() if kind == pl.Datetime}
            frame.with_columns(texts).rename(times).write_excel(
                book, worksheet=name.replace(":", "")[:31], autofit=True, dtype_formats={}
            )
        told = [
            {"table": name, "column": column, "含义": meanings(name)[column].zh, "meaning": meanings(name)[column].en}
            for name, frame in frames.items()
            for column in frame.columns
            if name in tables() and column in meanings(name)
        ]
        if told:
            pl.DataFrame(told).write_excel(book, worksheet="columns", autofit=True)


def _fitting(text: str) -> str:
    """Text as a cell can hold it: longer text Excel would lose without a word."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 40]}… ({len(text):,} characters)"
