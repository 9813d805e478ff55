"""A rating, drawn and written down: one page in two languages, its pictures, a workbook of every number."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guiju.audit.report.standalone import write_pictures
from guiju.audit.report.templates import bilingual
from guiju.audit.report.words import Pair
from guiju.checks.words import Words
from guiju.estimators.agreement import Correlations
from guiju.ratings.panel import Panel
from guiju.ratings.pictures import known, percent, ranks_picture, replies_picture, scores_picture
from guiju.ratings.rating import RELIABLE, TENTATIVE, Rating
from guiju.ratings.shopping import DAY_MINUTES, FEW, SAME, Shopping

if TYPE_CHECKING:
    from rich.console import RenderableType


def render(panel: Panel, done: Rating | None, shopping: Shopping | None, language: str = "en") -> str:
    """One self-contained HTML file, `language` shown first."""
    answered = [s for s in panel.subjects.values() if s.reply.en]
    values: dict[str, Any] = {"panel": panel, "done": done, "shopping": shopping, "answered": answered, "missing": []}
    if done is not None:
        values |= _rated(done)
    if shopping is not None:
        values |= {
            "replies": replies_picture(panel, shopping), "waited": waited(panel, shopping), "few": FEW, "span": span,
            "told": [(s, r, _minutes(r.curve.median), _pct(r.curve.at(DAY_MINUTES))) for s, r in shopping.of.items()],
        }  # fmt: skip
    return (
        bilingual("guiju.ratings")
        .get_template("rating.html.j2")
        .render(language=language, known=known, percent=percent, **values)
    )


def _rated(done: Rating) -> dict[str, Any]:
    panel = done.scores.panel
    dimensions = list(panel.dimensions.values())
    subjects, weights = list(panel.subjects.values()), done.scores.weights
    lenient = done.model.effects if done.model else [0.0] * len(panel.raters)
    scored = [i for i in range(len(panel.raters)) if not isnan(float(done.strictness[i]))]
    by_rater = {i: float(lenient[place]) for place, i in enumerate(scored)}
    return {
        "subjects": subjects, "lead": lead(done), "spread": done.spread, "cells": done.scores.given.size,
        "missing": done.scores.missing,
        "scores": scores_picture(done), "ranks": ranks_picture(done),
        "agreement": [
            (d.name, float(weight), a, verdict(a.alpha, a.low))
            for d, weight, a in zip(dimensions, weights, done.agreement, strict=True)
        ],
        "raters": [
            {"rater": rater, "strict": float(done.strictness[i]), "lenient": by_rater.get(i, float("nan")),
             "moved": without.most_moved, "who": without.moved, "tiers": int(without.tiers.max()),
             "change": without.change, "changed": without.changed}
            for i, (rater, without) in enumerate(zip(panel.raters.values(), done.without, strict=True))
        ],
        "effects": _effects(done),
        "borders": [(b, _listed(panel, b.above), _listed(panel, b.above + 1)) for b in done.borders],
    }  # fmt: skip


def _effects(done: Rating) -> list[tuple[Words, float]]:
    """The model's effects of subjects, against the first; those of dimensions come after them in the fit."""
    others = list(done.scores.panel.subjects.values())[1:]
    return [(s.name, float(b)) for s, b in zip(others, done.model.beta, strict=False)] if done.model else []


def _listed(panel: Panel, tier: int) -> Pair:
    names = [panel.subjects[s].name for s in panel.stated[tier]]
    return "、".join(n.zh for n in names), ", ".join(n.en for n in names)


def verdict(alpha: float, low: float) -> Pair:
    """What an alpha allows, by the lower end of its interval: where that lies nothing better is shown."""
    if isnan(alpha):
        return "不能计算：分数没有差别", "not defined: the scores do not differ"
    if low >= RELIABLE:
        return "可靠", "reliable"
    return ("可作初步结论", "tentative") if low >= TENTATIVE else ("不应据以下结论", "conclude nothing from it")


def lead(done: Rating) -> Pair:
    """The one sentence: how many tiers stand, and what is left open."""
    tiers, names = int(done.tiers.max()), list(done.scores.panel.subjects.values())
    best = [names[j].name for j in done.order if done.sets.best[j] == 1]
    zh, en = "、".join(n.zh for n in best), ", ".join(n.en for n in best)
    first: Pair = (f"可能排第一的有 {len(best)} 个：{zh}。", f"{len(best)} may be the best: {en}.")
    if len(best) == 1:
        first = (f"只有{zh}可能排第一。", f"Only {en} may be the best.")
    if tiers == 1:
        return (
            f"这些分数分不出档次：没有一条边界站得住。{first[0]}",
            f"These scores tell no tiers apart: no border stands. {first[1]}",
        )
    fewest = min(int(without.tiers.max()) for without in done.without)
    if fewest < tiers:
        first = (
            f"{first[0]}但去掉其中一位评分人，可能只剩 {fewest} 档。",
            f"{first[1]} But without one of the raters as few as {fewest} might be left.",
        )
    return (
        f"这些分数能支持 {tiers} 个档次。{first[0]}",
        f"These scores bear {tiers} tiers. {first[1]}",
    )


def waited(panel: Panel, shopping: Shopping) -> Pair:
    """Whether subjects differ in how fast they reply."""
    test, n = shopping.alike, len(shopping.contacts)
    unasked = [panel.subjects[s].name for s in shopping.unasked]
    zh, en = f"共 {n} 次咨询。", f"{n} consultations in all. "
    if isnan(test.p):
        zh, en = zh + "不足以比较。", en + "They do not suffice for a comparison."
    elif test.p < 0.05:
        zh += f"各对象的等待有差别（log-rank p = {test.p:.2g}）。"
        en += f"Subjects differ in how long one waits (log-rank p = {test.p:.2g})."
    else:
        zh += f"看不出各对象的等待有差别（log-rank p = {test.p:.2g}）。"
        en += f"No difference in waits can be shown (log-rank p = {test.p:.2g})."
    if unasked:
        zh += "没有咨询过：" + "、".join(w.zh for w in unasked) + "。"
        en += " Not asked at all: " + ", ".join(w.en for w in unasked) + "."
    return zh, en


def span(time: timedelta) -> Pair:
    """A duration in hours and minutes."""
    minutes = round(time / SAME)
    if minutes < 60:
        return f"{minutes} 分钟", f"{minutes} min"
    return f"{minutes // 60} 小时 {minutes % 60:02} 分", f"{minutes // 60} h {minutes % 60:02} min"


def _minutes(value: float) -> Pair:
    return ("未到一半", "not reached") if isnan(value) else span(value * SAME)


def _pct(share: float) -> str:
    return "–" if isnan(share) else f"{share * 100:.0f} %"


def write_numbers(panel: Panel, done: Rating | None, shopping: Shopping | None, path: Path) -> None:
    """A workbook: a sheet for subjects, dimensions, raters, scores and consultations."""
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "nan_inf_to_errors": True}) as book:
        head = book.add_format({"bold": True, "bottom": 1})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for name, columns, rows in _sheets(panel, done, shopping):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, columns, head)
            for number, row in enumerate(rows, 1):
                for column, cell in enumerate(row):
                    if hasattr(cell, "utcoffset"):
                        sheet.write_datetime(number, column, cell.replace(tzinfo=None), moment)
                    else:
                        sheet.write(number, column, None if cell is None or cell != cell else cell)
            sheet.freeze_panes(1, 1)
            sheet.set_column(0, len(columns) - 1, 16)
        if panel.synthetic.en:
            book.worksheets()[0].write_comment(0, 0, panel.synthetic.en)


def _sheets(
    panel: Panel, done: Rating | None, shopping: Shopping | None
) -> Iterator[tuple[str, list[str], list[list[Any]]]]:
    if done is not None:
        subjects, dimensions = list(panel.subjects), list(panel.dimensions)
        rows = [
            [s, int(done.tiers[j]), float(done.whole[j]), float(done.low[j]), float(done.high[j]),
             int(done.sets.best[j]), int(done.sets.worst[j]), int(done.alone.best[j]), int(done.alone.worst[j]),
             *map(float, done.of_dimensions[:, j])]
            for j, s in enumerate(subjects)
        ]  # fmt: skip
        names = ["tier", "whole", "low", "high", "best_rank", "worst_rank", "best_rank_alone", "worst_rank_alone"]
        yield "subjects", ["subject", *names, *dimensions], rows
        agreed = [
            [d, float(done.scores.weights[n]), a.alpha, a.low, a.high, *((a.w.w, a.w.p) if a.w else (None, None)),
             *(tuple(a.icc) if a.icc else (None,) * 6)]
            for n, (d, a) in enumerate(zip(dimensions, done.agreement, strict=True))
        ]  # fmt: skip
        columns = ["dimension", "weight", "alpha", "alpha_low", "alpha_high", "w", "w_p", *Correlations._fields]
        yield "agreement", columns, agreed
        yield (
            "raters",
            ["rater", "stricter_by", "most_moved", "moved", "largest_change", "changed", "tiers_without"],
            [
                [r, float(done.strictness[i]), w.most_moved, w.moved, w.change, w.changed, int(w.tiers.max())]
                for i, (r, w) in enumerate(zip(done.scores.panel.raters, done.without, strict=True))
            ],
        )
        yield (
            "covariance",
            ["subject", *subjects],
            [[s, *map(float, done.covariance[j])] for j, s in enumerate(subjects)],
        )
        yield (
            "scores",
            ["rater", "subject", *dimensions],
            [
                [r, s, *map(float, done.scores.given[i, j])]
                for i, r in enumerate(done.scores.panel.raters)
                for j, s in enumerate(subjects)
            ],
        )
    if shopping is not None:
        yield from _waits(shopping)


def _waits(shopping: Shopping) -> Iterator[tuple[str, list[str], list[list[Any]]]]:
    yield (
        "waits",
        ["subject", "minutes", "still_waiting", "low", "high", "at_risk", "replies"],
        [[s, *map(float, cells)] for s, r in shopping.of.items() for cells in zip(*r.curve[:6], strict=True)],
    )
    rows: list[list[Any]] = []
    for c in shopping.contacts:
        stated = c.stated / SAME if c.stated else None
        rows.append([c.row, c.subject, c.asked_at, c.replied_at, c.by, c.wait / SAME])
        rows[-1] += ["yes" if c.answered else "no", stated]
    names = ["row", "subject", "asked_at", "replied_at", "by", "wait_minutes", "wait_was_over", "stated_minutes"]
    yield "consultations", names, rows


def write_all(
    panel: Panel, done: Rating | None, shopping: Shopping | None, out: Path, language: str = "en"
) -> Path:  # fmt: skip
    """rating.html, numbers.xlsx and a picture a file (SVG, PNG) into a folder, made if need be; returns the page."""
    out.mkdir(parents=True, exist_ok=True)
    pictures = {"scores": scores_picture(done), "ranks": ranks_picture(done)} if done is not None else {}
    pictures |= {"replies": replies_picture(panel, shopping)} if shopping is not None else {}
    write_pictures(pictures, out)
    write_numbers(panel, done, shopping, out / "numbers.xlsx")
    page = out / "rating.html"
    page.write_text(render(panel, done, shopping, language), encoding="utf-8")
    return page


def shown(panel: Panel, done: Rating | None, shopping: Shopping | None, language: str) -> RenderableType:
    """The summary for a terminal."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    of = {"zh": 0, "en": 1}[language]

    def w(words: Words) -> str:
        return (words.zh, words.en)[of]

    parts: list[Any] = [Text(w(panel.synthetic))] if panel.synthetic.en else []
    if done is not None:
        parts.append(Text(lead(done)[of]))
        table = Table(box=None, padding=(0, 1, 0, 0))
        pct = percent(done.level)
        heads: list[Pair] = [("档", "tier"), ("对象", "subject"), ("总分", "whole")]
        heads += [(f"{pct}%", f"{pct} %"), ("名次", "ranks")]
        for place, head in enumerate(heads):
            table.add_column(head[of], justify="left" if place == 1 else "right")
        subjects = list(panel.subjects.values())
        for j in done.order:
            cells = (str(done.tiers[j]), w(subjects[j].name), f"{done.whole[j]:.2f}")
            ranks = f"{done.sets.best[j]}–{done.sets.worst[j]}"
            table.add_row(*cells, f"{done.low[j]:.2f}–{done.high[j]:.2f}", ranks)
        parts.append(table)
        for border in done.borders:
            above, below = _listed(panel, border.above)[of], _listed(panel, border.above + 1)[of]
            stands = (("站得住", "stands") if border.stands else ("站不住", "does not stand"))[of]
            parts.append(Text(f"{above} | {below}: {stands} ({border.shown}/{border.pairs})"))
    if shopping is not None:
        parts.append(Text(waited(panel, shopping)[of]))
        for d in shopping.differing:
            name = w(panel.subjects[d.contact.subject].name)
            told = ("第 {} 行 {}：写明 {}，两个时刻之间是 {}", "row {}, {}: stated {}, and between its times lie {}")[
                of
            ]
            parts.append(Text(told.format(d.contact.row, name, span(d.stated)[of], span(d.counted)[of])))
    return Group(*parts)
