"""The report of a run: one HTML file that opens anywhere, without a network.

It says as much about what was not seen as about what was found.

Identifiers are masked in it; a finding's id opens its evidence. The same run folder gives the same bytes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from jinja2 import Template
from markupsafe import Markup, escape

from guiju.audit.report import words
from guiju.audit.report.charts import bars, months
from guiju.audit.report.pictures import picture
from guiju.audit.report.templates import environment
from guiju.audit.report.words import Pair
from guiju.checks import Check, checks
from guiju.checks.words import Words
from guiju.findings import IDENTIFIERS, Finding, mask, masked, shown_object
from guiju.findings.sentences import UTC
from guiju.rulebook import Limit, Provision, Rule, instrument, jurisdictions, rules

if TYPE_CHECKING:
    import pyarrow as pa

    from guiju.audit.folder import Run

PICTURED, LISTED = 12, 200  # findings with a picture, findings in the table after them
WORKED = 12  # rows of a finding's workings
REASONS = 10  # of quarantine
ENTRIES = 10  # of a limit that is a list, before it is folded
GROUPS: dict[str, Pair] = {
    "counted": ("逐项计数", "counted"),
    "weighed": ("统计估计（控制误报）", "weighed (estimates, with error control)"),
    "": ("没有得到回答", "not answered"),
}


@dataclass(frozen=True)
class Worked:
    """A table of a finding's workings: its name, its columns' names, its first rows, and how many more there are."""

    name: Pair
    columns: list[Pair]
    rows: list[list[Pair]]
    more: int


@dataclass(frozen=True)
class Told:
    """A finding as the page tells it: nothing in it says who somebody is."""

    id: str
    version: str
    platform: str
    subject: str
    object: str
    says: Pair
    formula: Pair
    when: str
    money: str
    q_value: str | None
    p_value: str | None
    facts: list[tuple[Pair, Pair, Pair]]
    evidence_rows: int
    frozen_rows: int
    picture: Markup
    workings: list[Worked]


@dataclass(frozen=True)
class Section:
    """A rule as the page tells it: `asked` as in the manifest, `spans` its limits by the days they held."""

    name: str
    title: Pair
    asked: dict[str, Any]
    rule: Rule | None
    provisions: list[Provision] = field(default_factory=list)
    spans: list[tuple[str, list[tuple[Pair, list[Pair], Pair, str]]]] = field(default_factory=list)
    finds: list[tuple[Markup, Markup]] = field(default_factory=list)
    innocent: list[tuple[Markup, Markup]] = field(default_factory=list)
    pictured: list[Told] = field(default_factory=list)
    listed: list[Told] = field(default_factory=list)
    more: int = 0
    largest_q: str = ""
    at_stake: Words | None = None

    @property
    def kind(self) -> str:
        """Of which of GROUPS; none where the rule was not asked."""
        return "" if self.asked["outcome"] != "asked" else "counted" if self.asked["cells"] is None else "weighed"


def render(run: Run) -> str:
    """The report of a run folder, as one HTML file in zh and en."""
    manifest = run.manifest
    asked = in_order(manifest["rules"])
    sections = [_section(run, one) for one in asked]
    groups = [(heading, its) for kind, heading in GROUPS.items() if (its := [s for s in sections if s.kind == kind])]
    clocks = [(s.name, s.title, zone_of(s.rule)) for s in sections if s.asked["findings"]]
    currencies = sorted({f.currency for f in run.findings if f.amount_at_stake})
    return _page().render(
        manifest=manifest,
        day=manifest["day"],
        platforms=platforms(run),
        jurisdictions=[_jurisdiction(code) for code in manifest["jurisdictions"]],
        sections=sections,
        groups=groups,
        total=len(run.findings),
        bars=bars([(heading, [(s.title, s.asked["findings"]) for s in its]) for heading, its in groups if its[0].kind]),
        months=[months(run.findings, currency, clocks) for currency in currencies],
        quarantine=quarantined(run)[:REASONS],
        quarantine_reasons=len(quarantined(run)),
        quarantined=sum(t["quarantined"] for t in manifest["inputs"].values()),
    )


def in_order(asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rules, the surest findings first: counted before weighed, then more before fewer; the unasked last."""
    return sorted(asked, key=lambda r: (r["outcome"] != "asked", r["cells"] is not None, -r["findings"], r["rule"]))


def platforms(run: Run) -> list[str]:
    """The platforms in the records, or, of a manifest that does not say, those with findings."""
    return sorted(set(run.manifest.get("platforms") or (f.platform for f in run.findings)))


def quarantined(run: Run) -> list[tuple[str, str, int]]:
    """Kinds of reasons of quarantine by table, the commonest first."""
    import polars as pl

    path = run.folder / "quarantine.parquet"
    if not path.is_file():
        return []
    counts = pl.scan_parquet(path).group_by("table", "reason").len().collect()
    kinds: Counter[tuple[str, str]] = Counter()
    for table, reason, rows in counts.iter_rows():
        kinds[table, _kind(reason)] += rows
    return sorted(((table, kind, n) for (table, kind), n in kinds.items()), key=lambda c: (-c[2], c[0], c[1]))


def _kind(reason: str) -> str:
    """A reason without the values of its row: like reasons are counted together, and no value is shown."""
    kind = re.sub(r"'.*'", "…", reason, flags=re.DOTALL)
    kind = re.sub(r"^(\w+): .*? (is |cannot )", r"\1: … \2", kind, flags=re.DOTALL)
    kind = re.sub(r"( in) \S.*$", r"\1 …", kind, flags=re.DOTALL) if " row " in kind or "rows " in kind else kind
    return re.sub(r"(?<=\s)-?\d+\.\d+(?=\s|$)", "…", kind)


def _section(run: Run, asked: dict[str, Any]) -> Section:
    rule, check = rules().get(asked["rule"]), checks().get(asked["check"])
    mine = [f for f in run.findings if f.rule == asked["rule"]]
    title = (asked["title"]["zh"], asked["title"]["en"])
    largest_q = max((f.q_value for f in mine if f.q_value is not None), default=None)
    section = Section(
        asked["rule"], title, asked, rule, more=max(len(mine) - PICTURED - LISTED, 0),
        largest_q=(words.chance(largest_q) or "").replace("=", "≤"), at_stake=words.of_check(asked["check"]).at_stake,
    )  # fmt: skip
    section.pictured.extend(told(run, f, zone_of(rule), drawn=True) for f in mine[:PICTURED])
    section.listed.extend(told(run, f, zone_of(rule), drawn=False) for f in mine[PICTURED : PICTURED + LISTED])
    if check is not None:
        limits = _limits(rule, run)
        for heading, texts in (("What it finds", section.finds), ("Innocent explanations", section.innocent)):
            texts.extend(told_names(check, words.both(text), limits) for text in words.paragraphs(check.doc, heading))
    if rule is not None:
        day = date.fromisoformat(run.manifest["day"])
        first = rule.first_day(day).isoformat()
        section.provisions.extend(
            p for p in rule.cites if p.effective_from <= f"{day}" and (p.effective_to or "9999-12-31") >= first
        )
        for span in rule.spans(day):
            lines = [
                limit_line(rule.check, name, limit)
                for name, limit in rule.reasons_on(span.first).items()
            ]  # fmt: skip
            section.spans.append((f"{span.first} – {span.last}", lines))
    return section


def limit_line(check: str, name: str, limit: Limit) -> tuple[Pair, list[Pair], Pair, str]:
    """A limit's name, its value or the entries of its list, why, and its mark."""
    entries = limit.value.split(", ") if isinstance(limit.value, str) else [limit.value]
    values = [words.written(check, name, entry, "") for entry in entries]
    return words.limit_name(check, name), values, words.pair(limit.because), limit.mark


def told(run: Run, finding: Finding, zone: ZoneInfo, drawn: bool, unmask: bool = False) -> Told:
    """A finding as pages tell it, `drawn` with facts, picture and workings; identifiers are masked unless asked."""
    evidence = run.evidence(finding) if drawn else {}
    return Told(
        finding.id, finding.version, finding.platform,
        finding.subject if unmask or finding.subject == finding.platform else mask(finding.subject),
        finding.object if unmask else shown_object(finding),
        (run.told(finding, "zh", unmask), run.told(finding, "en", unmask)),
        (run.told(finding, "formula_zh", unmask), run.told(finding, "formula", unmask)),
        run.when(finding),
        words.money(finding.amount_at_stake, finding.currency),
        words.chance(finding.q_value), words.chance(finding.p_value),
        _facts(finding, zone, unmask) if drawn else [],
        finding.evidence_rows, sum(table.num_rows for table in evidence.values()),
        picture(finding, evidence, zone) if drawn else Markup(),
        [_worked(finding, name, table, zone, unmask) for name, table in run.workings(finding).items()] if drawn else [],
    )  # fmt: skip


def _worked(finding: Finding, name: str, table: pa.Table, zone: ZoneInfo, unmask: bool) -> Worked:
    check, named = finding.check, words.of_check(finding.check).workings
    rows = table.slice(0, WORKED).to_pylist()
    shown = rows if unmask else [masked(row, finding.platform) for row in rows]
    return Worked(
        words.pair(named[name]) if name in named else (name, name),
        [words.fact_name(check, c) for c in table.column_names],
        [[words.written(check, n, value, finding.currency, zone) for n, value in row.items()] for row in shown],
        max(table.num_rows - WORKED, 0),
    )


def _facts(finding: Finding, zone: ZoneInfo, unmask: bool) -> list[tuple[Pair, Pair, Pair]]:
    """Facts to read, each with its value and the limit it is held against: those that have words, or else all."""
    shown = finding.facts if unmask else masked(finding.facts, finding.platform)
    check = finding.check
    named = words.of_check(check).facts
    shown = {n: value for n, value in shown.items() if value is not None}
    names = [n for n in named if n in shown] if named else [n for n in sorted(shown) if n not in IDENTIFIERS]
    currency, limits = finding.currency, finding.limits
    return [
        (
            words.fact_name(check, n),
            words.written(check, n, shown[n], currency, zone),
            words.against(check, n, limits, currency),
        )
        for n in names
    ]


def _limits(rule: Rule | None, run: Run) -> dict[str, Any]:
    """The limits of the last days judged; none where the rule is not in force."""
    spans = rule.spans(date.fromisoformat(run.manifest["day"])) if rule else []
    return spans[-1].limits if spans else {}


def zone_of(rule: Rule | None) -> ZoneInfo:
    return rule.zone if rule else UTC


@cache
def _jurisdiction(code: str) -> Pair:
    known = jurisdictions().get(code)
    return (known.title.zh, known.title.en) if known else (code, code)


def told_names(check: Check, text: Pair, limits: dict[str, Any]) -> tuple[Markup, Markup]:
    """A docstring's text with its `names` told: a limit by its value, a fact by its name, others as code."""

    def name(language: int, found: re.Match[str]) -> str:
        one = found[1]
        if isinstance(limits.get(one), (int, float)):
            unit = next((unit[language] for end, unit in words.UNITS.items() if one.endswith(end)), "")
            return str(escape(words.number(limits[one]) + unit))
        known = check.words.facts.get(one)
        return str(escape((known.zh, known.en)[language])) if known else f"<code>{one}</code>"

    def tell(language: int) -> Markup:
        plain = re.sub(r"\*(\w+)\*", r"<em>\1</em>", str(escape(text[language])))
        told = re.sub(r"`([\w.]+)`", lambda found: name(language, found), plain)
        return Markup(re.sub(r"(?<=[\u4e00-\u9fff”）]) (?=[\u4e00-\u9fff“（])", "", told))

    return tell(0), tell(1)


def _unanswered(asked: dict[str, Any]) -> Iterator[tuple[str, Pair, int, int]]:
    """Rows a rule could not ask: table, why, how many, of how many read."""
    for table, account in sorted(asked["account"].items()):
        for why, n in sorted(account["unanswered"].items(), key=lambda item: (-item[1], item[0])):
            yield table, words.both(why), n, account["read"]


def tally(asked: list[dict[str, Any]]) -> Counter[str]:
    """How many rules were asked, not available, not in force."""
    return Counter(r["outcome"] for r in asked)


@cache
def _page() -> Template:
    of = environment("guiju.audit.report")
    of.filters |= {"both": words.both, "money": words.money, "percent": words.number}
    of.globals |= {"ENTRIES": ENTRIES, "marks": words.MARKS, "status": words.STATUS, "unanswered": _unanswered}
    of.globals["instrument"] = lambda text: words.pair(instrument(text))
    return of.get_template("page.html.j2")
