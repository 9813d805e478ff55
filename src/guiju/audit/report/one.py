"""One finding told whole: provisions and limits as they held on its day, facts, picture, explanations and method."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from guiju.audit.report import words
from guiju.audit.report.page import limit_line, told, told_names, zone_of
from guiju.audit.report.words import Pair
from guiju.audit.report.workbook import rows_of
from guiju.checks import checks
from guiju.findings import Finding
from guiju.records import tables
from guiju.records.meanings import meanings, table_meaning
from guiju.rulebook import Limit, NotInForce, Provision, Rule, instrument, rules
from guiju.rulebook import digest as rulebook_digest

if TYPE_CHECKING:
    from guiju.audit.folder import Run

PAGE = 50
AMENDED = re.compile(r"(\d{4}-\d\d-\d\d) amendment")  # how an instrument names the text that is quoted


class Held(msgspec.Struct, frozen=True):
    """A provision that held on a day of the conduct. text_of: the day of the amendment as which its text is quoted,
    where that is after the conduct began; else ''.
    """

    title: Pair
    instrument: Pair
    since: str
    until: str | None
    status: Pair
    says: Pair
    follows: Pair | None
    mark: str
    mark_says: Pair
    text_of: str = ""


class Limited(msgspec.Struct, frozen=True):
    """A limit that the finding was judged by; why and mark: where the rulebook still has it so."""

    name: Pair
    values: list[Pair]
    why: Pair | None
    mark: str
    mark_says: Pair


class Grid(msgspec.Struct, frozen=True):
    """Some rows of a table: its name, its columns, and how many rows there are in all.

    says: what each column means, in the columns' order; empty where the columns' names say it. numbers: the columns
    that are numbers, by their places.
    """

    name: str
    title: Pair
    columns: list[Pair]
    rows: list[list[Pair]]
    total: int
    says: list[Pair] = []
    numbers: list[int] = []


class TableTold(msgspec.Struct, frozen=True):
    """A table of records: what it is called, and what a row of it is."""

    title: Pair
    says: Pair


class Whole(msgspec.Struct, frozen=True):
    """A finding told whole. Texts are in zh and en; finds, innocent and method are HTML, `picture` is SVG or ''.

    other_rulebook: the run was made with another rulebook than the one here, whose words are shown.
    """

    id: str
    version: str
    rule: str
    check: str
    title: Pair
    jurisdiction: str
    platform: str
    subject: str
    object: str
    says: Pair
    formula: Pair
    when: str
    days: tuple[str, str] | None
    zone: str
    money: str
    stake: Pair | None
    q_value: str | None
    p_value: str | None
    facts: list[tuple[Pair, Pair, Pair]]
    provisions: list[Held]
    limits: list[Limited]
    finds: list[Pair]
    innocent: list[Pair]
    method: list[Pair]
    picture: str
    workings: list[Grid]
    evidence: dict[str, int]
    evidence_tables: dict[str, TableTold]
    evidence_rows: int
    evidence_digest: str
    rulebook: str
    other_rulebook: bool
    engine: str
    packages: dict[str, str]
    unmasked: bool


def whole(run: Run, finding: Finding, unmask: bool = False) -> Whole:
    """A finding of a run, identifiers masked unless asked. Raises Damaged."""
    rule, check, manifest = rules().get(finding.rule), checks().get(finding.check), run.manifest
    zone = zone_of(rule)
    its = told(run, finding, zone, drawn=True, unmask=unmask)
    asked = next(r for r in manifest["rules"] if r["rule"] == finding.rule)
    days = rule.local_days(finding.episode_start, finding.episode_end) if rule else ()
    stake = words.of_check(finding.check).at_stake

    def under(heading: str) -> list[Pair]:
        texts = [words.both(text) for text in words.paragraphs(check.doc, heading)] if check else []
        return [(str(zh), str(en)) for zh, en in (told_names(check, text, finding.limits) for text in texts if check)]

    return Whole(
        id=its.id,
        version=its.version,
        rule=finding.rule,
        check=finding.check,
        title=(asked["title"]["zh"], asked["title"]["en"]),
        jurisdiction=finding.jurisdiction,
        platform=its.platform,
        subject=its.subject,
        object=its.object,
        says=its.says,
        formula=its.formula,
        when=its.when,
        days=(str(days[0]), str(days[1])) if days else None,
        zone=zone.key,
        money=its.money,
        stake=words.pair(stake) if stake else None,
        q_value=its.q_value,
        p_value=its.p_value,
        facts=its.facts,
        provisions=[held(p, days[0]) for p in rule.cites_on(days[0], days[1], finding.facts)] if rule and days else [],
        limits=_limits(finding, rule),
        finds=under("What it finds"),
        innocent=under("Innocent explanations"),
        method=under("Method and source"),
        picture=str(its.picture),
        workings=[Grid(w.name[1], w.name, w.columns, w.rows, len(w.rows) + w.more) for w in its.workings],
        evidence={name: table.num_rows for name, table in run.evidence(finding).items()},
        evidence_tables={name: told_table(name) for name in run.evidence(finding)},
        evidence_rows=its.evidence_rows,
        evidence_digest=finding.evidence_digest,
        rulebook=manifest["rulebook"],
        other_rulebook=manifest["rulebook"] != rulebook_digest(),
        engine=manifest["engine"],
        packages=manifest["packages"],
        unmasked=unmask,
    )


def held(p: Provision, first: date) -> Held:
    """A provision as it is told of conduct that began on a day."""
    nothing, amended = ("", ""), AMENDED.search(p.instrument)
    return Held(
        (p.title_zh, p.title_en), words.pair(instrument(p.instrument)), p.effective_from, p.effective_to,
        words.STATUS.get(p.status, (p.status, p.status)), words.pair(p.says) if p.says else (p.test, p.test),
        words.pair(p.follows) if p.follows else None, p.source_mark, words.MARKS.get(p.source_mark, nothing),
        amended[1] if amended and amended[1] > first.isoformat() else "",
    )  # fmt: skip


def _limits(finding: Finding, rule: Rule | None) -> list[Limited]:
    """The limits that stand in the finding, each with its reason where the rulebook has it with that value."""
    try:
        known = rule.reasons_on(rule.local_days(finding.episode_start, finding.episode_end)[0]) if rule else {}
    except NotInForce:
        known = {}
    lines = []
    for name, value in sorted(finding.limits.items()):
        limit = known.get(name)
        if isinstance(limit, Limit) and limit.value == value:
            called, values, why, mark = limit_line(finding.check, name, limit)
            lines.append(Limited(called, values, why, mark, words.MARKS.get(mark, ("", ""))))
        else:
            entries = value.split(", ") if isinstance(value, str) else [value]
            values = [words.written(finding.check, name, entry, finding.currency) for entry in entries]
            lines.append(Limited(words.limit_name(finding.check, name), values, None, "", ("", "")))
    return lines


def evidence(run: Run, finding: Finding, table: str, first: int, unmask: bool = False) -> Grid | None:
    """Rows of one table of a finding's evidence, from the row `first` on; None where there is no such table."""
    frame = rows_of(run, finding, unmask).get(table)
    if frame is None:
        return None
    check, zone = finding.check, zone_of(rules().get(finding.rule))
    sums = {name for name, kind in frame.schema.items() if getattr(kind, "scale", None) == 2}  # guiju.records.AMOUNT
    numbers = [i for i, kind in enumerate(frame.dtypes) if kind.is_numeric()]
    rows = [
        [
            (f"{value:,.2f}",) * 2
            if name in sums and value is not None
            else words.written(check, name, value, finding.currency, zone)
            for name, value in row.items()
        ]
        for row in frame[first : first + PAGE].to_dicts()
    ]
    known = meanings(table) if table in tables() else {}
    columns = [(known[c].name, c) if c in known else (c, c) for c in frame.columns]
    says = [(known[c].zh, known[c].en) if c in known else ("", "") for c in frame.columns]
    return Grid(table, told_table(table).title, columns, rows, frame.height, says, numbers)


def told_table(name: str) -> TableTold:
    """A table of records by its name; one that is not ours keeps its name, and nothing more is said of it."""
    if name not in tables():
        return TableTold((name, name), ("", ""))
    known = table_meaning(name)
    return TableTold((known.name, name), (known.zh, known.en))
