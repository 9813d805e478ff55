"""A statement of fees as a page, a workbook and a CSV, all with the same lines."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from markupsafe import Markup

from guiju.audit.report.charts import colours
from guiju.audit.report.drawing import WIDTH, Canvas, Scale, legend, seconds, time_axis, value_axis
from guiju.audit.report.words import Pair
from guiju.market import UTC, midnight
from guiju.market.fee import Statement, gap_days
from guiju.market.fee.against import CORRECTION
from guiju.market.fee.reckoning import MISSING, Line
from guiju.market.fee.terms import GAPS, RATE_PERIODS
from guiju.market.pages import MILLION, page, plain

COLUMNS = (
    "platform", "bank", "kind", "period_start", "period_end", "currency", "days", "counted_days", "carried_days",
    "missing_days", "balance_sum", "average_daily_balance", "part_of_rate", "was_amount", "now_amount", "fee_amount",
)  # fmt: skip
DIFFERENCES = (
    "platform", "bank", "period_start", "period_end", "kind", "ours", "theirs", "theirs_less_ours", "why_zh", "why_en",
)  # fmt: skip
SHOWN = 400  # lines and gap days on the page; the workbook has all
LEFT, RIGHT, PLOT = 74.0, WIDTH - 12.0, 170.0
SETTLED_WORDS: dict[str, Pair] = {"monthly": ("按月", "monthly"), "quarterly": ("按季", "quarterly")}


def line_row(one: Line) -> dict[str, Any]:
    """A line as the CSV and the workbook have it."""
    return {
        "platform": one.pair.platform, "bank": one.pair.bank, "kind": CORRECTION if one.is_correction else "period",
        "period_start": one.period_start, "period_end": one.period_end, "currency": one.pair.currency,
        "days": one.days, "counted_days": one.counted_days, "carried_days": one.carried_days,
        "missing_days": one.missing_days, "balance_sum": one.balance_sum, "average_daily_balance": one.average,
        "part_of_rate": one.share, "was_amount": one.was_amount,
        "now_amount": one.now_amount if one.is_correction else None, "fee_amount": one.fee_amount,
    }  # fmt: skip


def write_csv(made: Statement, path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(map(line_row, made.lines))


def terms_told(made: Statement) -> list[tuple[Pair, Pair]]:
    """The terms, to be read."""
    t, rate = made.terms, plain(made.terms.rate_per_mille)
    period, settle = RATE_PERIODS[t.rate_period], SETTLED_WORDS[t.settle]
    return [
        (
            ("费率", "rate"),
            (f"日均余额的 {rate}‰，{period[0]}", f"{rate} per mille of the average daily balance {period[1]}"),
        ),
        (
            ("结算", "settled"),
            (
                f"{settle[0]}，期末后 {t.settled_days} 天，以其时所知余额为准",
                f"{settle[1]}, {t.settled_days} days after a period's end, on what is known by then",
            ),
        ),
        (("计日", "day count"), (t.day_count, t.day_count)),
        (("缺日", "gaps"), GAPS[t.gaps]),
        (
            ("舍入", "rounding"),
            (
                "每行四舍五入到分；合计为各行舍入后之和",
                "each line half up to the cent; the total is the sum of the rounded lines",
            ),
        ),
    ]


NOTES: dict[str, Pair] = {
    "missing": (
        "缺少余额、不计费的日子（逐平台逐银行计，列于文末）：{n:,} 日。",
        "Days without a balance, which bear no fee (by platform and bank, listed below): {n:,}.",
    ),
    "carried": (
        "缺少余额、沿用最近已知余额的日子（逐平台逐银行计，列于文末）：{n:,} 日。",
        "Days without a balance, for which the last one known is taken (listed below): {n:,}.",
    ),
    "own": (
        "银行自营渠道的余额，不付推荐费，未计入：{n:,} 行。",
        "Rows of banks' own channels, which bear no referral fee and are left out: {n:,}.",
    ),
    "unknown": (
        "平台运营者未知、按第三方平台计费：{n:,} 行。",
        "Rows that do not say who runs the platform, taken for third parties' and charged: {n:,}.",
    ),
    "later": (
        "最后一次结算之后才得知、留待下一份结算单：{n:,} 行。",
        "Rows that became known after the last settlement, left for the next statement: {n:,}.",
    ),
    "aside": (
        "有误而隔离、未计入的行（quarantine.parquet）：{n:,} 行。",
        "Faulty rows, set aside (quarantine.parquet) and not counted: {n:,}.",
    ),
}


def notes(made: Statement) -> list[Pair]:
    """What the statement leaves out or takes in that a reader must know."""
    own_lines = [one for one in made.lines if not one.is_correction]
    counts = {
        "missing": sum(one.missing_days for one in own_lines), "carried": sum(one.carried_days for one in own_lines),
        "own": made.own_rows, "unknown": made.unknown_rows, "later": made.later_rows, "aside": made.quarantined,
    }  # fmt: skip
    return [(NOTES[name][0].format(n=n), NOTES[name][1].format(n=n)) for name, n in counts.items() if n]


def render(made: Statement, language: str = "en") -> str:
    """The page: terms, lines, total, gaps, differences."""
    gaps = gap_days(made)
    return page(
        "fee/page.html.j2", language, made=made, shown=SHOWN, terms=terms_told(made), notes=notes(made),
        lines=made.lines[:SHOWN],
        more=max(len(made.lines) - SHOWN, 0), gaps=gaps.head(SHOWN).to_dicts(), more_gaps=max(gaps.height - SHOWN, 0),
        pictures=[p for currency in made.total if (p := _picture(made, currency))],
        corrected=[one for one in made.lines if one.is_correction],
    )  # fmt: skip


def _picture(made: Statement, currency: str) -> Markup:
    """What every platform had brought, day by day; a gap is a gap."""
    import polars as pl

    days = made.days.filter(pl.col("currency") == currency)
    sums = days.group_by("platform", "day").agg(amount=pl.col("amount").sum(), gaps=(pl.col("how") == MISSING).sum())
    names = sums.group_by("platform").agg(pl.col("amount").sum()).sort("amount", "platform", descending=[True, False])
    shown = names["platform"].head(8).to_list()
    if sums["day"].n_unique() < 2:
        return Markup()
    title = f"各平台带来的日终余额（百万 {currency}）", f"brought by each platform, day by day (million {currency})"
    canvas, of = Canvas(0, title), colours(shown)
    top = legend(canvas, 16, [(of[name], (name, name)) for name in shown]) + 26
    runs = {name: _runs(sums.filter(pl.col("platform") == name)) for name in shown}
    y = Scale.over([v for of in runs.values() for run in of for _, v in run], top + PLOT, top, zero=True)
    x = Scale(seconds(midnight(made.first, UTC)), seconds(midnight(made.last, UTC)), LEFT, RIGHT)
    label = title if names.height <= 8 else (f"{title[0]}，最大的八家", f"{title[1]}, the eight largest")
    value_axis(canvas, y, LEFT, RIGHT, label)
    for name in shown:
        for run in runs[name]:
            canvas.path([(x(seconds(midnight(day, UTC))), y(v)) for day, v in run], of[name])
    time_axis(canvas, x, top + PLOT, UTC, ("日（当地）", "days (local)"))
    canvas.height = top + PLOT + 60
    return canvas.svg()


def _runs(sums: Any) -> list[list[tuple[date, float]]]:
    """Stretches of days of which every balance is known, in millions; a day without one ends a stretch."""
    runs: list[list[tuple[date, float]]] = [[]]
    for day, amount, gaps in sums.sort("day").select("day", "amount", "gaps").iter_rows():
        if gaps:
            runs.append([])
        else:
            runs[-1].append((day, float(amount) / MILLION))
    return [run for run in runs if run]


def write_workbook(made: Statement, path: Path) -> None:
    """An .xlsx: terms and totals, the lines with their sum, corrected days, days without a balance, differences."""
    import xlsxwriter

    as_text = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, as_text) as book:
        formats = {"money": "#,##0.00", "day": "yyyy-mm-dd"}
        styles = {name: book.add_format({"num_format": code}) for name, code in formats.items()}
        bold = book.add_format({"bold": True})
        put = _writer(styles)
        sheet = book.add_worksheet("statement")
        sheet.set_column(0, 1, 44)
        told = [*((f"{n[1]} / {n[0]}", f"{v[1]} / {v[0]}") for n, v in terms_told(made)),
                ("period / 期间", f"{made.first} – {made.last}")]  # fmt: skip
        told += [("note / 说明", f"{en} {zh}") for zh, en in notes(made)]
        for at, pair in enumerate([*told, *((f"total {c} / 合计 {c}", v) for c, v in made.total.items())]):
            for column, value in enumerate(pair):
                put(sheet, at, column, value)
        lines = [list(line_row(one).values()) for one in made.lines]
        sheet = _table(book, "lines", COLUMNS, lines, bold, put)
        for n, (currency, total) in enumerate(made.total.items()):
            at, last = len(lines) + 1 + n, len(lines) + 1
            sheet.write_string(at, 0, "total", bold)
            sheet.write_string(at, 5, currency, bold)
            sheet.write_formula(at, 15, f'=SUMIF(F2:F{last},"{currency}",P2:P{last})', styles["money"], float(total))
        changed = [
            [one.pair.platform, one.pair.bank, day, was, now] for one in made.lines for day, was, now in one.changed
        ]
        _table(book, "corrected days", ("platform", "bank", "day", "was_amount", "now_amount"), changed, bold, put)
        gaps = gap_days(made)
        _table(book, "gaps", gaps.columns, [list(row) for row in gaps.iter_rows()], bold, put)
        if made.differences is not None:
            rows = [[*d.key[:4], CORRECTION if d.key.is_correction else "period", d.ours, d.theirs, d.amount, *d.why]
                    for d in made.differences]  # fmt: skip
            columns = (
                "platform",
                "bank",
                "period_start",
                "period_end",
                "kind",
                "ours",
                "theirs",
                "theirs_less_ours",
                "why_zh",
                "why_en",
            )
            _table(book, "differences", columns, rows, bold, put)


def _writer(styles: dict[str, Any]) -> Callable[[Any, int, int, Any], None]:
    def put(sheet: Any, row: int, column: int, value: Any) -> None:
        if isinstance(value, Decimal):
            sheet.write_number(row, column, float(value), styles["money"])
        elif isinstance(value, date):
            sheet.write_datetime(row, column, midnight(value, UTC), styles["day"])
        elif isinstance(value, int):
            sheet.write_number(row, column, value)
        elif value is not None:
            sheet.write_string(row, column, str(value))

    return put


def _table(book: Any, name: str, columns: Any, rows: list[list[Any]], bold: Any, put: Any) -> Any:
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(columns) - 1, 18)
    for column, title in enumerate(columns):
        sheet.write_string(0, column, title, bold)
    for at, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            put(sheet, at, column, value)
    return sheet
