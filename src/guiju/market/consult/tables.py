"""A routed day as tables: every step with its sentence, answers as an audit reads them, a workbook of all numbers."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guiju.audit.report.workbook import whole
from guiju.market.consult import Consulted
from guiju.market.consult.measured import BROKEN, Measured
from guiju.market.consult.routing import Step
from guiju.market.consult.saying import said
from guiju.market.pages import assumption_rows, say
from guiju.records import tables

if TYPE_CHECKING:
    import polars as pl

QUANTILES = (1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 240, 480, 720)  # minutes after which a curve is told
SENTENCES = 20_000  # of the workbook; steps.parquet has all


def write_tables(made: Consulted, folder: Path) -> None:
    """steps.parquet, consultations.parquet, numbers.xlsx."""
    steps = step_rows(made)
    steps.write_parquet(folder / "steps.parquet", compression="zstd")
    answered(made).write_parquet(folder / "consultations.parquet", compression="zstd")
    _workbook(made, steps, folder / "numbers.xlsx")


def step_rows(made: Consulted) -> pl.DataFrame:
    """A row a step, in order."""
    import polars as pl

    rows, due = [], Counter[str]()
    for one in made.routed.steps:
        due[one.inquiry] += one.what == "due"
        zh, en = said(one, made.of[one.inquiry], due[one.inquiry])
        rows.append((one.at, one.inquiry, one.what, one.to or None, one.word or None, one.amount or None, zh, en))
    names = ("at", "inquiry", "step", "practitioner", "word", "amount", "why_zh", "why_en")
    kinds: dict[str, Any] = dict.fromkeys(names, pl.String) | {"at": pl.Datetime("us"), "amount": pl.Decimal(18, 2)}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def answered(made: Consulted) -> pl.DataFrame:
    """First replies, a row each, with the columns of the table `consultations`."""
    import polars as pl

    paid: dict[str, Decimal] = {}
    for one in made.routed.steps:
        if one.what in ("charged", "refunded"):
            paid[one.inquiry] = one.amount if one.what == "charged" else Decimal()
    rows = []
    for name, (at, who) in sorted(made.routed.replies.items(), key=lambda one: (one[1][0], one[0])):
        of, p = made.of[name], made.roster.of[who]
        rows.append((
            made.platform, name, at, of.asked_at, who, "doctor" if p.is_doctor else "consultant", p.institution or None,
            of.specialty, of.way, "CNY", paid.get(name, Decimal()),
        ))  # fmt: skip
    kinds: dict[str, Any] = dict.fromkeys(tables()["consultations"].names, pl.String)
    kinds |= {"occurred_at": pl.Datetime("us"), "asked_at": pl.Datetime("us"), "amount": pl.Decimal(18, 2)}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def compared(made: Consulted) -> list[tuple[tuple[str, str], list[str]]]:
    """What each manner came to, a line a number, a column a manner."""
    all_ = list(made.measured.values())

    def line(zh: str, en: str, of: Any) -> tuple[tuple[str, str], list[str]]:
        return (zh, en), [of(m) for m in all_]

    def whole_(name: str) -> Any:
        return lambda m: f"{getattr(m, name):,}"

    return [
        line("咨询", "inquiries", whole_("inquiries")),
        line("其中名册上无人可答", "of them nobody on the roster may answer", whole_("nobodys")),
        line("当日得到首次答复", "first replies that day", whole_("replied")),
        line("其中由可以答复者答复", "of them by somebody who may answer", whole_("lawful")),
        line("其中在期限之内", "of those within the deadline", whole_("in_time")),
        line("占可答者的比例", "of all that can be answered", lambda m: _pct(m.in_time, m.inquiries - m.nobodys)),
        line("逾期者超过期限（分钟，中位）", "late by, minutes, median", lambda m: f"{m.late_minutes:.1f}"),
        line("当日无人答复", "no reply that day", whole_("unanswered")),
        line("等待时长中位（分钟）", "wait, median, minutes", lambda m: _known(m.curve.median if m.curve else None)),
        line("10 分钟后仍在等待", "still waiting after 10 minutes", lambda m: _still(m, 10)),
        line("60 分钟后仍在等待", "still waiting after 60 minutes", lambda m: _still(m, 60)),
        *(line(*say("consult", f"broken_{b}"), lambda m, b=b: f"{m.broken.get(b, 0):,}") for b in BROKEN),
        line("上报：换人", "escalated: somebody else", lambda m: f"{m.due.get('another', 0):,}"),
        line("上报：负责人", "escalated: whoever leads", lambda m: f"{m.due.get('lead', 0):,}"),
        line("上报：告知提问者", "escalated: the asker told", lambda m: f"{m.due.get('told', 0):,}"),
        line("医师负荷的均匀度（Jain）", "how even doctors' loads are (Jain)", lambda m: _known(m.even[True])),
        line("咨询员负荷的均匀度", "how even consultants' loads are", lambda m: _known(m.even[False])),
        line("收费（元）", "charged, yuan", lambda m: f"{m.charged:,.2f}"),
        line("退还（元）", "given back, yuan", lambda m: f"{m.refunded:,.2f}"),
        line("当日无答复而未退（元）", "kept though nobody answered, yuan", lambda m: f"{m.unanswered_paid:,.2f}"),
    ]  # fmt: skip


def _pct(part: int, whole_: int) -> str:
    return f"{part / whole_ * 100:.1f} %" if whole_ else "–"


def _known(value: float | None) -> str:
    return "–" if value is None or value != value else f"{value:.2f}"


def _still(m: Measured, minutes: float) -> str:
    share = _share(m, minutes)
    return "–" if share is None else f"{share * 100:.1f} %"


def _share(m: Measured, minutes: float) -> float | None:
    """The share that still waits; none beyond what was looked at."""
    share = m.curve.at(minutes) if m.curve else float("nan")
    return None if share != share else share


def _workbook(made: Consulted, steps: pl.DataFrame, path: Path) -> None:
    """A sheet each: the comparison, the curves, loads, steps with their sentences, what was assumed."""
    import polars as pl
    import xlsxwriter

    manners = list(made.measured)
    first = [
        {"zh": name[0], "en": name[1], **dict(zip(manners, values, strict=True))} for name, values in compared(made)
    ]
    curves = [{"minutes": float(at), **{m: _share(one, at) for m, one in made.measured.items()}} for at in QUANTILES]
    loads = [
        {"practitioner": one.id, "doctor": one.is_doctor, "manner": m, "room": one.room, "sent": one.taken,
         "first_replies": one.replies, "missed": one.missed, "sent_per_room": one.rate}
        for m, its in made.measured.items() for one in its.loads
    ]  # fmt: skip
    assumed = [
        {"name": row["name"], "zh": row["says"].zh, "en": row["says"].en, "value": row["value"],
         "why_zh": row["because"].zh, "why_en": row["because"].en, "mark": row["mark"]}
        for row in assumption_rows("consult", made.used)
    ]  # fmt: skip
    sheets = {"compared": pl.DataFrame(first), "still waiting": pl.DataFrame(curves), "loads": pl.DataFrame(loads),
              "steps": steps.head(SENTENCES), "assumed": pl.DataFrame(assumed)}  # fmt: skip
    as_text = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with whole(path) as unfinished, xlsxwriter.Workbook(unfinished, as_text) as book:
        for name, frame in sheets.items():
            frame.write_excel(book, worksheet=name, autofit=name != "steps", dtype_formats={})


def course(made: Consulted, inquiry: str) -> list[tuple[datetime, Step, tuple[str, str]]]:
    """Everything that became of one inquiry, as sentences."""
    found, due = [], 0
    for one in made.routed.steps:
        if one.inquiry == inquiry:
            due += one.what == "due"
            found.append((one.at, one, said(one, made.of[inquiry], due)))
    return found
