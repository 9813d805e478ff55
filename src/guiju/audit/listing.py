"""A run's findings to be leafed through: filtered, sorted and taken by the page, also where there are a million.

What is filtered and sorted by is held in memory, without facts and sentences; whole rows are read for one page alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from guiju.audit.folder import Damaged, of_rows
from guiju.findings import Finding
from guiju.records.errors import BadInput, first_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Sort = Literal["surest", "amount", "newest", "oldest"]
Certainty = Literal["", "counted", "weighed", "q01"]
# How far a finding comes in each order, as one number that rises; `place` decides between equals.
ORDERS = {"surest": "place", "amount": "less", "newest": "-since", "oldest": "since"}
SURELY = {"": "true", "counted": "q_value IS NULL", "weighed": "q_value IS NOT NULL", "q01": "q_value <= 0.01"}
# `findings.mask` in SQL: each part between strokes as its beginning and four digits of its hash.
MASKED = """array_to_string(list_transform(list_filter(string_split(subject, '/'), p -> p <> ''),
p -> left(p, CASE WHEN length(p) > 5 THEN 2 ELSE 1 END) || '…' || left(sha256(p), 4)), '/')"""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST = 200  # of what is asked for in words


class Asked(msgspec.Struct, frozen=True):
    """What is asked for; '' and None: whatever it is.

    subject: an identifier, whole or as it is masked. since, until: days between which the conduct was, in local time of
    its rule. among: rules, of one of which it is; None: of any. after: where the page begins, as the one before it
    said.
    """

    rule: str = ""
    platform: str = ""
    subject: str = ""
    region: str = ""
    since: date | None = None
    until: date | None = None
    certainty: Certainty = ""
    sort: Sort = "surest"
    after: str = ""
    among: tuple[str, ...] | None = None


class Leaf(NamedTuple):
    """A page: its findings, how many there are in all, and where the next page begins, '' where there is none."""

    findings: list[Finding]
    total: int
    next: str


class Listing:
    """The findings of a run's `findings.parquet`; `zones` are its rules' clocks. Raises Damaged."""

    def __init__(self, path: Path, zones: Mapping[str, ZoneInfo]) -> None:
        import duckdb

        self.path, self.zones = path, zones
        self._engine, self._masking = duckdb.connect(), Lock()
        with self._told() as cursor:
            cursor.execute(
                """CREATE TABLE listed AS SELECT row_number() OVER () - 1 AS place, * FROM (
                SELECT file_row_number AS line, id, rule, platform, subject, -coalesce(amount_at_stake, -1) AS less,
                epoch_us(episode_start) AS since, epoch_us(episode_end) AS until, q_value,
                coalesce(r[1], r[2], r[3], '') AS region
                FROM (SELECT *, json_extract_string(facts, ['$.region', '$.city', '$.area']) AS r
                FROM read_parquet(?, file_row_number = true))
                ORDER BY q_value NULLS FIRST, amount_at_stake DESC NULLS LAST, id)""",
                [str(path)],
            )

    @contextmanager
    def _told(self) -> Iterator[Any]:
        """A cursor of one's own: several readers ask at a time."""
        import duckdb

        cursor = self._engine.cursor()
        try:
            yield cursor
        except duckdb.Error as error:
            raise Damaged(self.path, f"cannot be read ({first_line(error)})", "读不了") from None
        finally:
            cursor.close()

    @cached_property
    def choices(self) -> dict[str, list[str]]:
        """What there is to choose from: rules, platforms and regions with findings."""
        with self._told() as cursor:
            return {
                name: [row[0] for row in cursor.execute(f"SELECT DISTINCT {name} FROM listed ORDER BY 1").fetchall()]
                for name in ("rule", "platform", "region")
            }

    def leaf(self, asked: Asked, size: int = 50) -> Leaf:
        """One page of what is asked for. Raises BadInput where `after` is no place of a page."""
        order = ORDERS[asked.sort]
        where, values = self._where(asked)
        begins, place = ("", []) if not asked.after else (f" AND ({order}, place) > (?, ?)", _place(asked.after))
        with self._told() as cursor:
            total = cursor.execute(f"SELECT count(*) FROM listed WHERE {where}", values).fetchall()[0][0]
            rows = cursor.execute(
                f"SELECT line, {order} AS far, place FROM listed WHERE {where}{begins} ORDER BY far, place LIMIT ?",
                [*values, *place, size + 1],
            ).fetchall()
        following = f"{rows[size - 1][1]}~{rows[size - 1][2]}" if len(rows) > size else ""
        return Leaf(self._whole([row[0] for row in rows[:size]]), total, following)

    def finding(self, id: str) -> Finding | None:
        """The finding of an id."""
        with self._told() as cursor:
            lines = [row[0] for row in cursor.execute("SELECT line FROM listed WHERE id = ?", [id]).fetchall()]
        found = self._whole(lines[:1])
        return found[0] if found else None

    def _whole(self, lines: list[int]) -> list[Finding]:
        """The findings on some lines of the file, in that order."""
        if not lines:
            return []
        with self._told() as cursor:
            marks = ", ".join("?" * len(lines))
            read = cursor.execute(
                f"SELECT * FROM read_parquet(?, file_row_number = true) WHERE file_row_number IN ({marks})",
                [str(self.path), *lines],
            ).to_arrow_table()
        found = dict(zip(read["file_row_number"].to_pylist(), read.to_pylist(), strict=True))
        return of_rows([found[line] for line in lines])

    def _where(self, asked: Asked) -> tuple[str, list[Any]]:
        """The condition, and the values for its marks: nothing that was typed is a part of the text."""
        parts, values = [SURELY[asked.certainty]], list[Any]()
        for name in ("rule", "platform", "region"):
            if value := getattr(asked, name):
                parts.append(f"{name} = ?")
                values.append(value[:LONGEST])
        if asked.among is not None:
            parts.append(f"rule IN ({', '.join('?' * len(asked.among))})" if asked.among else "false")
            values += asked.among
        if subject := asked.subject.strip()[:LONGEST]:
            self._mask()
            parts.append("(subject = ? OR subject IN (SELECT subject FROM masks WHERE masked = ?))")
            values += [subject, subject]
        if asked.since or asked.until:
            parts.append(self._within(asked, values))
        return " AND ".join(parts), values

    def _mask(self) -> None:
        """Have every subject masked once: it takes a second or two where there are a million."""
        with self._masking, self._told() as cursor:
            cursor.execute(
                f"CREATE TABLE IF NOT EXISTS masks AS SELECT subject, {MASKED} AS masked "
                "FROM (SELECT DISTINCT subject FROM listed)"
            )

    def _within(self, asked: Asked, values: list[Any]) -> str:
        """Conduct of some days, by the clock of each rule."""
        cases = []
        for zone in sorted(set(self.zones.values()), key=lambda z: z.key):
            rules = [rule for rule, its in self.zones.items() if its == zone]
            until = asked.until + timedelta(days=1) if asked.until and asked.until < date.max else None
            cases.append(f"(rule IN ({', '.join('?' * len(rules))}) AND since < ? AND until >= ?)")
            values += [*rules, _utc(until or date.max, zone), _utc(asked.since or date.min, zone)]
        return f"({' OR '.join(cases) or 'false'})"


def _utc(day: date, zone: ZoneInfo) -> int:
    """The moment at which a local day begins, in microseconds since 1970 UTC."""
    inside = min(max(day, date(1, 1, 3)), date(9999, 12, 29))  # where no clock leaves the years there are
    return (datetime.combine(inside, time(), zone) - EPOCH) // timedelta(microseconds=1)


def _place(after: str) -> list[int | Decimal]:
    if not re.fullmatch(r"-?\d{1,18}(\.\d\d)?~\d{1,18}", after):
        raise BadInput(
            f"{after[:40]!r} is no place of a page: begin with the first",
            f"{after[:40]!r} 不是一页的起点：请从第一页开始",
        )
    far, _, place = after.partition("~")
    return [Decimal(far) if "." in far else int(far), int(place)]
