"""The referral fee: so many per mille of the average daily balance that a platform brought to a bank, by statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guiju.audit.opened import Opened, Progress, opened, quiet
from guiju.market import exact
from guiju.market.fee.reckoning import CARRIED, MISSING, Days, Line, Pair, by_pair, corrections, line, settled_at
from guiju.market.fee.terms import DAY, Terms, pieces
from guiju.records.errors import BadInput

if TYPE_CHECKING:
    import polars as pl

    from guiju.market.fee.against import Difference


@dataclass(frozen=True)
class Statement:
    """A statement of fees for the local days `first` to `last`, both settled.

    lines: sorted by platform, bank and period, each period before its corrections; `total` of a currency is the sum of
    the rounded lines. days: every day of every period with the balance it counts by. own_rows: rows of banks' own apps,
    which bear no fee; unknown_rows: rows whose platform's operator is not known, which do; later_rows: stated after the
    last settlement, left for the next statement. differences: against a counterparty's statement, where one was given.
    """

    folder: Path
    first: date
    last: date
    terms: Terms
    lines: list[Line]
    days: pl.DataFrame
    own_rows: int
    unknown_rows: int
    later_rows: int
    quarantined: int
    differences: list[Difference] | None = field(default=None)
    against: str = ""

    @property
    def total(self) -> dict[str, Decimal]:
        """The sum of the rounded lines, by currency."""
        sums: dict[str, Decimal] = {}
        for one in self.lines:
            sums[one.pair.currency] = sums.get(one.pair.currency, Decimal()) + one.fee_amount
        return sums

    @property
    def page(self) -> Path:
        return self.folder / "statement.html"


def fee(
    records: Path | str | Mapping[str, Any],
    *,
    first: date,
    last: date,
    rate_per_mille: Decimal | str | int | float,
    rate_period: str,
    settle: str = "monthly",
    day_count: str = "actual/365",
    gaps: str = "leave",
    settled_days: int = 5,
    against: Path | str | None = None,
    mapping: Path | str | None = None,
    out: Path | str | None = None,
    language: str = "en",
    progress: Progress = quiet,
) -> Statement:
    """Reckon referral fees from daily balances (table `balances`), to the cent and without floats.

    fee = average daily balance over the days counted × rate × days counted / days of the rate's period; rounded half up
    to the cent line by line. Writes `fee-<first>-<last>/` into `out`: statement.html, .xlsx and .csv, days.parquet,
    manifest.json, quarantine.parquet. Raises BadInput for what the caller can mend.
    """
    from guiju.market.fee.against import compare, read_statement
    from guiju.market.fee.page import render, write_csv, write_workbook

    if first > last:
        raise BadInput(f"a statement from {first} to {last} has no day: exchange them")
    rate = exact(rate_per_mille, "the rate per mille", above=0)
    terms = Terms(rate, rate_period, settle, day_count, gaps, settled_days)
    theirs = read_statement(Path(against)) if against is not None else None
    with opened(records, mapping=mapping, out=out, tables=["balances"], progress=progress) as desk:
        desk.need("balances", "a fee")
        progress("reckoning fees", 0.4)
        made, pairs = _statement(desk, first, last, terms)
        if theirs is not None:
            named = Path(against or "").name
            made = replace(made, differences=compare(made, pairs, theirs, desk.zone), against=named)
        progress("writing the statement", 0.8)
        folder = desk.folder()
        made.days.write_parquet(folder / "days.parquet", compression="zstd")
        write_csv(made, folder / "statement.csv")
        write_workbook(made, folder / "statement.xlsx")
        (folder / "statement.html").write_text(render(made, language), encoding="utf-8")
        place = desk.publish(folder, f"fee-{first}-{last}", _said(made))
        progress("done", 1.0)
        return replace(made, folder=place)


def _statement(desk: Opened, first: date, last: date, terms: Terms) -> tuple[Statement, dict[Pair, Days]]:
    import polars as pl

    zone = desk.zone
    local = pl.col("occurred_at").dt.replace_time_zone("UTC").dt.convert_time_zone(zone.key).dt.date()
    rows = desk.frame(desk.table("balances")).with_columns(day=local).filter(pl.col("day") <= last)
    own = (pl.col("operator") == pl.col("bank")).fill_null(False)
    brought = rows.filter(~own)
    if not brought.height:
        raise BadInput(f"balances: no platform brought anything up to {last}: choose a later day, or supply more")
    end = settled_at(last, terms, zone)
    pairs = by_pair(brought.iter_rows(named=True), zone)
    begin = min(min(days.stated) for days in pairs.values())
    earlier, asked = pieces(begin, first - DAY, terms.settle), pieces(first, last, terms.settle)
    lines: list[Line] = []
    used: list[dict[str, Any]] = []
    for pair, days in pairs.items():
        for n, (start, stop) in enumerate(asked):
            until = settled_at(stop, terms, zone)
            before = [*earlier, *asked[:n]]
            one = line(pair, days, start, stop, until, terms)
            if one.counted_days or one.missing_days:
                lines.append(one)
                used += _used(pair, days.used(start, stop, until, terms.gaps), terms)
            if before:
                lines += corrections(pair, days, before, settled_at(before[-1][1], terms, zone), until, terms)
    later = brought.filter(pl.col("known_at") > end).height
    made = Statement(
        Path(), first, last, terms, lines, pl.DataFrame(used, schema=_days_schema()), rows.height - brought.height,
        brought["operator"].null_count(), later, sum(desk.set_aside().values()),
    )  # fmt: skip
    return made, pairs


def _days_schema() -> Any:
    import polars as pl

    return {
        "platform": pl.String, "bank": pl.String, "currency": pl.String, "day": pl.Date, "amount": pl.Decimal(18, 2),
        "how": pl.String, "counts": pl.Int64,
    }  # fmt: skip


def _used(pair: Pair, rows: list[tuple[date, Decimal | None, str]], terms: Terms) -> list[dict[str, Any]]:
    return [
        {"platform": pair.platform, "bank": pair.bank, "currency": pair.currency, "day": day, "amount": amount,
         "how": how, "counts": terms.weight(day) if amount is not None else 0}
        for day, amount, how in rows
    ]  # fmt: skip


def gap_days(made: Statement) -> pl.DataFrame:
    """The days without a balance, left out or carried."""
    import polars as pl

    return made.days.filter(pl.col("how").is_in([CARRIED, MISSING]))


def _said(made: Statement) -> dict[str, Any]:
    t = made.terms
    return {
        "from": made.first.isoformat(), "to": made.last.isoformat(), "rate_per_mille": str(t.rate_per_mille),
        "rate_period": t.rate_period, "settle": t.settle, "day_count": t.day_count, "gaps": t.gaps,
        "settled_days": t.settled_days, "own_rows": made.own_rows, "operator_unknown_rows": made.unknown_rows,
        "later_rows": made.later_rows, "total": {c: str(v) for c, v in sorted(made.total.items())},
    }  # fmt: skip
