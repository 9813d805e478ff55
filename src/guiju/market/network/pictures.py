"""A network in pictures: its levels, and a tree in which two million members still have room."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, FAINT, INK, WIDTH, Canvas, legend
from guiju.audit.report.words import Pair, number
from guiju.market.network.teams import Branch, Level
from guiju.market.pages import say

AMBER, PLUM, MUTED, EMPTY, PALE = "#d08a3e", "#7a6fa6", "#5b6870", "#9aa5ab", "#e3e8ea"
DARK = "#241a0c"  # on amber, by day and by night
DRAWN = 12  # levels; what lies deeper is one row
NARROWEST = 5.0  # pixels of a branch that is shown by itself
ROW, BAR = 30.0, 16.0


def told(name: str, **values: object) -> Pair:
    return say("network", name, **values)


def levels_picture(levels: Sequence[Level], currency: str) -> Markup:
    """A row a level: its members, how many of them pay for recruiting reaches; and what they earned by what."""
    canvas = Canvas(0, told("levels"))
    top = legend(canvas, 16, [(FAINT, told("others")), (ACCENT, told("reached"))])
    incomes = [(AMBER, told("recruit")), (PLUM, told("purchase")), (ACCENT, told("retail"))]
    top = legend(canvas, top + 2, incomes) + 8
    rows = _rows(levels)
    columns = ((76.0, 330.0), (404.0, WIDTH - 70.0))
    for (left, _), name in zip(columns, ("members", "income"), strict=True):
        zh, en = told(name)
        money = name == "income" and currency
        canvas.text(left, top, (f"{zh}（{currency}）", f"{en} ({currency})") if money else (zh, en), colour=MUTED)
    most = max((one.members for _, one in rows), default=1)
    richest = max((_earned(one) for _, one in rows), default=0.0) or 1.0
    y = top + 12
    for words, one in rows:
        canvas.text(66, y + BAR - 3, words, "end")
        left, right = columns[0]
        wide = (right - left - 70) / most
        canvas.rect(left, y, wide * one.members, BAR, FAINT, hint=number(one.members))
        canvas.rect(left, y, wide * one.reached, BAR, ACCENT, hint=number(one.reached))
        canvas.text(left + wide * one.members + 6, y + BAR - 3, number(one.members), colour=MUTED, size=12)
        x, wide = columns[1][0], (columns[1][1] - columns[1][0]) / richest
        for (colour, _), amount in zip(incomes, (one.recruit, one.purchase, one.retail), strict=True):
            part = max(amount, 0.0) * wide
            canvas.rect(x, y, part, BAR, colour, hint=f"{amount:,.2f}")
            x += part
        canvas.text(x + 6, y + BAR - 3, short(_earned(one)), colour=MUTED, size=12)
        y += ROW
    canvas.height = y + 4
    return canvas.svg()


def _rows(levels: Sequence[Level]) -> list[tuple[Pair, Level]]:
    rows = [(told("level", level=one.level), one) for one in levels[:DRAWN]]
    if deeper := levels[DRAWN:]:
        sums = [sum(getattr(one, name) for one in deeper) for name in Level.__dataclass_fields__ if name != "level"]
        rows.append((told("deeper"), Level(deeper[0].level, *sums)))
    return rows


def _earned(one: Level) -> float:
    return sum(max(amount, 0.0) for amount in (one.recruit, one.purchase, one.retail))


def short(amount: float) -> str:
    """An amount in four places or so."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(amount) >= size:
            return f"{amount / size:.1f} {unit}"
    return f"{amount:.0f}"


def tree_picture(branches: Sequence[Branch], name: Callable[[int], str]) -> Markup:
    """Rows of boxes, one level below the other, each as wide as there are members in its branch."""
    canvas = Canvas(0, told("tree"))
    colours = [(AMBER, told("lives_on_recruiting")), (FAINT, told("lives_otherwise")), (EMPTY, told("no_income"))]
    top = legend(canvas, 16, [*colours, (PALE, told("small"))]) + 6
    left, right = 58.0, float(WIDTH)
    deepest = max((one.level for one in branches), default=1)
    for level in range(1, deepest + 1):
        canvas.text(left - 8, top + (level - 1) * 42 + 24, told("level", level=level), "end", MUTED, 12)
    for one in branches:
        x, wide, y = (
            left + one.left * (right - left),
            (one.right - one.left) * (right - left),
            top + (one.level - 1) * 42,
        )
        said = name(one.place) if one.place >= 0 else ""
        many = told("together", branches=number(one.branches), members=number(one.members)) if one.place < 0 else None
        hint = f"{said} {number(one.members)}".strip() if many is None else f"{one.branches:,}: {one.members:,}"
        canvas.rect(x, y, max(wide - 1, 0.6), 38, colour(one), hint=hint)
        ink = DARK if colour(one) == AMBER else INK
        if many is not None:
            if wide > 150:
                canvas.text(x + wide / 2, y + 24, many, "middle", MUTED, 12)
            elif wide > 46:
                canvas.text(x + wide / 2, y + 24, number(one.members), "middle", MUTED, 12)
        elif wide > 74:
            canvas.text(x + wide / 2, y + 16, said, "middle", ink, 12)
            canvas.text(x + wide / 2, y + 31, number(one.members), "middle", ink, 12)
        elif wide > 34:
            canvas.text(x + wide / 2, y + 24, number(one.members), "middle", ink, 12)
    canvas.height = top + deepest * 42 + 4
    return canvas.svg()


def colour(one: Branch) -> str:
    """What a branch lives on."""
    if one.place < 0:
        return PALE
    if one.recruit + one.other <= 0:
        return EMPTY
    return AMBER if one.recruit >= one.other else FAINT


def least_share() -> float:
    """The narrowest branch that is drawn by itself, as a share of its team."""
    return NARROWEST / (WIDTH - 58)
