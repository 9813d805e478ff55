"""A counterparty's statement, recomputed: what differs, by how much, and under which other terms it would not."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from guiju.audit.report.words import Pair as Told
from guiju.market.fee.reckoning import Days, Line, Pair, line, settled_at
from guiju.market.fee.terms import DAY_COUNTS, GAPS, RATE_PERIODS, Terms
from guiju.records.errors import BadInput, hint
from guiju.records.reading import encoding_of

if TYPE_CHECKING:
    from guiju.market.fee import Statement

NEEDED = ("platform", "bank", "period_start", "period_end", "fee_amount")
CORRECTION = "correction"
TOTAL = ("total", "合计", "总计")


class Key(NamedTuple):
    """What a line is about."""

    platform: str
    bank: str
    period_start: date
    period_end: date
    is_correction: bool


@dataclass(frozen=True)
class Difference:
    """A line that the two statements do not share; a fee is none where a side has no such line. Sums in the currency.

    why: the other term under which ours would be theirs, where there is one.
    """

    key: Key
    ours: Decimal | None
    theirs: Decimal | None
    why: Told = ("", "")

    @property
    def amount(self) -> Decimal:
        """Theirs less ours."""
        return (self.theirs or Decimal()) - (self.ours or Decimal())


def compare(made: Statement, pairs: dict[Pair, Days], theirs: dict[Key, Decimal], zone: ZoneInfo) -> list[Difference]:
    """The differences, largest first; none where every line is the same to the cent."""
    lines = {_key(one): one for one in made.lines}
    found = []
    for key in sorted({*lines, *theirs}):
        ours, other = lines.get(key), theirs.get(key)
        if ours is None or other is None or ours.fee_amount != other:
            why = ("", "") if ours is None or other is None else _why(ours, other, made.terms, pairs[ours.pair], zone)
            found.append(Difference(key, ours.fee_amount if ours else None, other, why))
    return sorted(found, key=lambda d: (-abs(d.amount), d.key))


def _key(one: Line) -> Key:
    return Key(one.pair.platform, one.pair.bank, one.period_start, one.period_end, one.is_correction)


def _why(ours: Line, theirs: Decimal, terms: Terms, days: Days, zone: ZoneInfo) -> Told:
    """The one other term that makes our line theirs."""
    if ours.is_correction:
        return ("", "")
    by = settled_at(ours.period_end, terms, zone)
    for other, said in _others(terms):
        if line(ours.pair, days, ours.period_start, ours.period_end, by, other).fee_amount == theirs:
            return said
    if ours.counted_days and abs(ours.fee_amount - theirs) <= Decimal("0.01"):
        return ("相差一分：舍入方法不同", "a cent: another way of rounding")
    latest = max(told[-1][0] for told in days.stated.values())
    if line(ours.pair, days, ours.period_start, ours.period_end, max(latest, by), terms).fee_amount == theirs:
        return ("按结算后更正的余额计算", "reckoned with balances corrected after settlement")
    return ("", "")


def _others(terms: Terms) -> Iterator[tuple[Terms, Told]]:
    for day_count in DAY_COUNTS:
        if day_count != terms.day_count:
            yield replace(terms, day_count=day_count), (f"按 {day_count} 计", f"reckoned by {day_count}")
    for period, (zh, en) in RATE_PERIODS.items():
        if period != terms.rate_period:
            yield replace(terms, rate_period=period), (f"费率按{zh}计", f"the rate taken as {en}")
    for gaps, (zh, en) in GAPS.items():
        if gaps != terms.gaps:
            yield replace(terms, gaps=gaps), (zh, en)


def read_statement(path: Path) -> dict[Key, Decimal]:
    """The fees of a statement, CSV or XLSX with a sheet `lines`; other columns than the needed ones are left alone.

    Lines whose `kind` is correction are corrections; several of one period are added. Raises BadInput.
    """
    if not path.is_file():
        raise BadInput(f"{path}: there is no such file; name the counterparty's statement")
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".xlsx"):
        raise BadInput(f"{path.name}: is neither CSV nor XLSX; save the statement as one of them")
    rows = _csv(path) if suffix == ".csv" else _xlsx(path)
    header = [str(name or "").strip().lower() for name in next(rows, [])]
    if missing := [name for name in NEEDED if name not in header]:
        cure = hint(missing[0], [n for n in header if n], "it has")
        raise BadInput(f"{path.name}: has no column {missing[0]}; name one so ({cure})")
    found: dict[Key, Decimal] = {}
    for number, values in enumerate(rows, 2):
        row = dict(zip(header, values, strict=False))
        named = str(row.get("platform") or "").strip()
        if not any(str(v or "").strip() for v in values) or named.lower() in TOTAL:
            continue
        where = f"{path.name} row {number}"
        key = Key(
            named, str(row.get("bank") or "").strip(), _day(row["period_start"], where), _day(row["period_end"], where),
            str(row.get("kind") or "").strip().lower() == CORRECTION,
        )  # fmt: skip
        if key in found and not key.is_correction:
            raise BadInput(f"{where}: {key.platform} and {key.bank} have a line for {key.period_start} already")
        found[key] = found.get(key, Decimal()) + _amount(row["fee_amount"], where)
    if not found:
        raise BadInput(f"{path.name}: has no line; a statement has one for each platform, bank and period")
    return found


def _csv(path: Path) -> Iterator[list[Any]]:
    with path.open(encoding=encoding_of(path, path.name)[0], newline="") as file:
        yield from csv.reader(file)


def _xlsx(path: Path) -> Iterator[list[Any]]:
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # whatever openpyxl makes of a file that is none
        raise BadInput(f"{path.name}: is not a whole workbook ({type(error).__name__}); save it again") from None
    sheet = book["lines"] if "lines" in book.sheetnames else book[book.sheetnames[0]]
    yield from (list(row) for row in sheet.iter_rows(values_only=True))


def _day(value: Any, where: str) -> date:
    if isinstance(value, datetime):
        return value.date()
    try:
        return date.fromisoformat(str(value).strip().replace("/", "-"))
    except ValueError:
        raise BadInput(f"{where}: {value!r} is no date: write it as 2020-12-31") from None


def _amount(value: Any, where: str) -> Decimal:
    text = f"{value:.2f}" if isinstance(value, float) else str(value).strip().replace(",", "")
    try:
        amount = Decimal(text)
        return amount.quantize(Decimal("0.01")) if amount == amount.quantize(Decimal("0.01")) else amount
    except InvalidOperation:
        raise BadInput(f"{where}: the fee {value!r} is no sum of money: write it as 1234.50") from None
