"""A run folder: what was read, asked and found, so that another can check it without us.

`manifest.json` (inputs and their digests, versions, an account of every row, a digest of every file),
`findings.parquet`, `quarantine.parquet`, `evidence/<rule>/<table>.parquet`, `workings/<rule>/<name>.parquet` (what
stands between evidence and facts), `weighed/<rule>.parquet` (every cell a weighing rule asked, found or not),
`report.html`. No timestamps: the same records, day, lock and
engine give the same bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict
from zoneinfo import ZoneInfo

import msgspec

from guiju.audit.columns import array
from guiju.checks import FIXED
from guiju.checks.words import Words
from guiju.findings import Finding, masked, shown_object
from guiju.findings.sentences import period, sentence
from guiju.records.errors import BadInput, first_line

if TYPE_CHECKING:
    import ibis
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from guiju.audit.listing import Listing

FORMAT = 2
TEXTS = ("facts", "limits")  # held as JSON in findings.parquet
TOLD = (*FIXED, "p_value", "q_value")  # of a finding, what its sentence may tell beside its facts


class Damaged(BadInput):
    """A run folder is not what the run wrote; `fault` says how, without the cure."""

    def __init__(self, where: Path, fault: str, zh: str) -> None:
        super().__init__(
            f"{where}: {fault}; guiju verify says what else, guiju audit makes the run anew",
            f"{where.name}：{zh}；guiju verify 说明还有什么，guiju audit 重新做一次",
        )
        self.fault = f"{where.name}: {fault}"


class Account(TypedDict):
    """Every row of a table read for a rule."""

    read: int
    asked: int
    quarantined: int
    unanswered: dict[str, int]


class Asked(TypedDict):
    """What came of a rule."""

    rule: str
    check: str
    jurisdiction: str
    time_zone: str
    lines: dict[str, int]
    title: dict[str, str]
    outcome: str
    why: dict[str, str]
    findings: int
    amount_at_stake: dict[str, str]
    cells: int | None
    weighed: int | None
    account: dict[str, Account]


class Said(TypedDict):
    """A check's templates, and the words of values that are one of a few."""

    zh: str
    en: str
    formula: str
    formula_zh: NotRequired[str]
    values: dict[str, Words]


class File(TypedDict):
    """A file that was read."""

    name: str
    bytes: int
    sha256: str


class Input(TypedDict):
    """What was read of a table."""

    read: int
    good: int
    quarantined: int
    left_out: int
    supplied: list[str]
    files: list[File]


class Manifest(TypedDict):
    """The least that `manifest.json` holds; `files` comes last, with the report."""

    format: int
    day: str
    jurisdictions: list[str]
    rulebook: str
    engine: str
    python: str
    packages: dict[str, str]
    inputs: dict[str, Input]
    ignored: list[str]
    mapping: NotRequired[str | None]
    rules: list[Asked]
    says: dict[str, Said]
    files: NotRequired[dict[str, str]]


@dataclass(frozen=True)
class Run:
    """A run folder opened: its manifest, its findings, and their evidence."""

    folder: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        path = self.folder / "manifest.json"
        try:
            read = msgspec.json.decode(path.read_bytes())
            if isinstance(read, dict) and read.get("format", FORMAT) != FORMAT:
                raise Damaged(
                    path,
                    f"format {read['format']} is not {FORMAT}; another version of Guiju made it",
                    f"格式 {read['format']} 不是 {FORMAT}，由另一个版本的规矩产生",
                )
            msgspec.convert(read, Manifest)
        except FileNotFoundError:
            raise Damaged(path, "is missing", "不见了") from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Damaged(path, f"was changed after the run ({error})", "运行以后被改动") from None
        return read  # type: ignore[no-any-return]

    @cached_property
    def findings(self) -> list[Finding]:
        """All findings, by rule, the surest first."""
        with self._reading("findings.parquet") as path:
            return of_rows(_rows(path).to_pylist())

    @cached_property
    def listing(self) -> Listing:
        """The findings to be leafed through, without reading all of them whole."""
        from guiju.audit.listing import Listing

        with self._reading("findings.parquet") as path:
            return Listing(path, self._zones)

    def ids(self) -> dict[str, frozenset[str]]:
        """The ids of the findings, by rule."""
        with self._reading("findings.parquet") as path:
            import pyarrow.parquet as pq

            table = pq.read_table(path, columns=["rule", "id"]).to_pydict()
        found: dict[str, set[str]] = {}
        for rule, id in zip(table["rule"], table["id"], strict=True):
            found.setdefault(rule, set()).add(id)
        return {rule: frozenset(its) for rule, its in found.items()}

    def at_stake(self, ids: Collection[str]) -> dict[str, Decimal]:
        """What is at stake in some of the findings, by currency; money that two rules speak of counts with each."""
        with self._reading("findings.parquet") as path:
            import pyarrow as pa
            import pyarrow.compute as pc
            import pyarrow.parquet as pq

            table = pq.read_table(path, columns=["id", "currency", "amount_at_stake"])
            its = table.filter(pc.is_in(table["id"], value_set=pa.array(sorted(ids), pa.string()))).to_pydict()
        sums: dict[str, Decimal] = {}
        for currency, amount in zip(its["currency"], its["amount_at_stake"], strict=True):
            if amount is not None:
                sums[currency] = sums.get(currency, Decimal(0)) + amount
        return dict(sorted(sums.items()))

    def finding(self, id: str) -> Finding:
        """A finding by its id, or by as much of the id's beginning as names one finding."""
        found = [f for f in self.findings if f.id.startswith(id)] if id else []
        if len(found) == 1:
            return found[0]
        if not found:
            raise BadInput(
                f"no finding's id begins with {id!r}: "
                f"guiju findings {self.folder} lists the {len(self.findings)} there are",
                f"没有编号以 {id!r} 开头的发现：guiju findings {self.folder} 列出全部 {len(self.findings)} 个",
            )
        raise BadInput(
            f"{len(found)} findings' ids begin with {id!r}: write more of one, as {found[0].id} or {found[1].id}",
            f"有 {len(found)} 个发现的编号以 {id!r} 开头：请多写几位，例如 {found[0].id} 或 {found[1].id}",
        )

    def told(self, finding: Finding, which: str, unmask: bool = False) -> str:
        """A finding's sentence (`zh`, `en`) or arithmetic (`formula_zh`, `formula`) once more.

        Identifiers are masked unless asked.
        """
        facts = {**finding.limits, **finding.facts, **{name: getattr(finding, name) for name in TOLD}}
        shown = facts if unmask else {**masked(facts, finding.platform), "object": shown_object(finding)}
        try:
            says = msgspec.convert(self.manifest["says"][finding.check], Said)
            language = "zh" if which.endswith("zh") else "en"
            template = says.get(which) or says["formula"]  # runs made before there was one in Chinese
            if grouped := which.startswith("formula"):
                template = str(template).replace(">=", "≥").replace("<=", "≤")
            return sentence(str(template), shown, language, says["values"], self._zones[finding.rule], grouped)
        except (LookupError, ValueError, AttributeError, TypeError):
            raise Damaged(
                self.folder / "manifest.json",
                f"finding {finding.id} does not fit its sentence",
                f"发现 {finding.id} 与它的句子不符",
            ) from None

    def when(self, finding: Finding) -> str:
        """Its episode in the local time of its rule."""
        return period(finding.episode_start, finding.episode_end, self._zones[finding.rule])

    @cached_property
    def _zones(self) -> dict[str, ZoneInfo]:
        return {r["rule"]: ZoneInfo(r["time_zone"]) for r in self.manifest["rules"]}

    def evidence(self, finding: Finding) -> dict[str, pa.Table]:
        """The frozen rows a finding rests on, by table."""
        return self._of(finding, "evidence")

    def workings(self, finding: Finding) -> dict[str, pa.Table]:
        """What stands between evidence and facts, by name."""
        return self._of(finding, "workings")

    def _of(self, finding: Finding, what: str) -> dict[str, pa.Table]:
        tables = self.frozen(finding.rule, what, finding.id)
        return {name: table.drop_columns("finding") for name, table in tables.items() if table.num_rows}

    def frozen(self, rule: str, what: str = "evidence", finding: str | None = None) -> dict[str, pa.Table]:
        """The frozen evidence (or workings) of all findings of a rule, or of one, by table, with the finding's id."""
        tables = {}
        for name in self._frozen_files(rule, what):
            with self._reading(name) as path:
                tables[path.stem] = _rows(path, finding)
                if "finding" not in tables[path.stem].column_names:
                    raise KeyError("it has no column finding")
        return tables

    def _frozen_files(self, rule: str, what: str) -> list[str]:
        """The rule's files: as the manifest has them, or as they lie there while it is made."""
        folder = f"{what}/{rule}/"
        if "files" in self.manifest:
            return sorted(
                name for name in self.manifest["files"] if name.startswith(folder) and name.endswith(".parquet")
            )
        return sorted(p.relative_to(self.folder).as_posix() for p in (self.folder / folder).glob("*.parquet"))

    @contextmanager
    def _reading(self, name: str) -> Iterator[Path]:
        """A file that is shown to somebody must be what the run wrote."""
        from pyarrow import ArrowException

        path = self.folder / name
        stated: str | None = self.manifest.get("files", {}).get(name)
        try:
            if stated and name not in self._whole:
                if file_digest(path) != stated:
                    raise Damaged(path, "was changed after the run", "运行以后被改动")
                self._whole.add(name)
            yield path
        except FileNotFoundError:
            raise Damaged(path, "is missing", "不见了") from None
        except (ArrowException, msgspec.DecodeError, OSError, KeyError, TypeError) as error:
            raise Damaged(path, f"cannot be read ({first_line(error)})", "读不了") from None

    @cached_property
    def _whole(self) -> set[str]:
        """Files whose digest was looked at."""
        return set()

    def weighed(self, rule: str) -> pa.Table:
        """Every cell a weighing rule asked, `found` or not: its facts, and what it could have shown."""
        name = f"weighed/{rule}.parquet"
        if name not in self.manifest.get("files", {}) and not (self.folder / name).is_file():
            raise BadInput(
                f"{self.folder.name} weighed nothing for {rule}: it counts, was not asked, or had no cell",
                f"{self.folder.name} 没有为 {rule} 作过统计：它只计数、没有问，或者没有单元",
            )
        with self._reading(name) as path:
            return _rows(path)

    def quarantine(self) -> pl.DataFrame:
        """The rows set aside: table, file, line, reason, and the row as it was read."""
        import polars as pl

        with self._reading("quarantine.parquet") as path:
            return pl.read_parquet(path, hive_partitioning=False)

    def to_polars(self) -> pl.DataFrame:
        import polars as pl

        with self._reading("findings.parquet") as path:
            return pl.read_parquet(path, hive_partitioning=False)

    def to_pandas(self) -> pd.DataFrame:
        return self.to_polars().to_pandas()

    def to_ibis(self) -> ibis.Table:
        import ibis

        with self._reading("findings.parquet") as path:
            return ibis.read_parquet(path)

    def _repr_html_(self) -> str:
        from guiju.audit.report.summary import as_html

        return as_html(self)

    def __repr__(self) -> str:
        counted = Counter(f.rule for f in self.findings)
        rules = ", ".join(f"{rule}: {n}" for rule, n in sorted(counted.items())) or "nothing found"
        return f"<Guiju run {self.folder.name}: {rules}>"


def of_rows(rows: list[dict[str, Any]]) -> list[Finding]:
    """Findings from rows of findings.parquet."""
    plain = [{k: msgspec.json.decode(v) if k in TEXTS else v for k, v in row.items()} for row in rows]
    return msgspec.convert(plain, list[Finding])


def open_run(folder: Path | str) -> Run:
    """A run folder, or of a folder of runs the one made last."""
    path = Path(folder)
    if any((path / name).is_file() for name in ("manifest.json", "findings.parquet")):
        return Run(path)
    if inside := runs_in(path):
        return inside[-1]
    raise BadInput(
        f"{path} is no run folder and holds none: guiju audit makes one, guiju runs lists them",
        f"{path} 不是运行文件夹，里面也没有：guiju audit 会产生，guiju runs 列出",
    )


def runs_in(folder: Path) -> list[Run]:
    """The runs in a folder, the one made last at the end."""
    made = sorted(folder.glob("*/manifest.json"), key=lambda p: (p.stat().st_mtime_ns, p.parent.name))
    return [Run(p.parent) for p in made]


def files_of(folder: Path) -> list[str]:
    """Everything in a run folder but its manifest and its folders, by its path."""
    inside = (p for p in folder.rglob("*") if p.is_symlink() or not p.is_dir())
    return sorted(name for p in inside if (name := p.relative_to(folder).as_posix()) != "manifest.json")


def file_digest(path: Path) -> str:
    with path.open("rb") as file:
        state = sha256()
        while block := file.read(1 << 20):
            state.update(block)
    return state.hexdigest()


def _rows(path: Path, finding: str | None = None) -> pa.Table:
    """A file's rows, or those of one finding: rows are sorted by finding, so few groups of them can hold it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        if finding is None:
            return file.read()
        place = file.schema_arrow.names.index("finding")
        spans = [file.metadata.row_group(n).column(place).statistics for n in range(file.num_row_groups)]
        its = [n for n, s in enumerate(spans) if s is None or not s.has_min_max or s.min <= finding <= s.max]
        rows = file.read_row_groups(its)
    return rows.filter(array((one == finding for one in rows["finding"].to_pylist()), pa.bool_()))
