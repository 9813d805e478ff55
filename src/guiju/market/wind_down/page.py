"""A wind-down as a page: every bank's two plans with their pictures, and what is missing where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, FAINT, GREY, WIDTH, Canvas, Scale, legend, value_axis
from guiju.audit.report.words import Pair
from guiju.market.pages import MILLION, assumption_rows, page
from guiju.market.statements import CENTS
from guiju.market.wind_down import WindDown, WoundDown
from guiju.market.wind_down.plan import Plan
from guiju.rulebook import provisions

DRAWN = 12  # banks with a picture and a plan on the page; the tables have all
MONTHS = 12  # of a plan on the page, before it is folded
LEFT, RIGHT, PLOT = 74.0, WIDTH - 12.0, 150.0
AMBER, BAD = "#d08a3e", "#b3606c"
NOTICE = "cn.netdeposit-2021.4"


def render(made: WindDown, language: str = "en") -> str:
    """The page, in zh and en."""
    planned = [one for one in made.banks if one.slow and one.fast]
    return page(
        "wind_down/page.html.j2", language, made=made, lead=lead(made), planned=planned, money=money,
        short=[(one, picture(made, one), shortage(made, one)) for one in made.banks if one.short],
        unknown=[one for one in made.banks if one.unknown],
        drawn=[(one, picture(made, one), steps(made, one)) for one in planned[:DRAWN]], cure=cure, notes=notes(made),
        notice=provisions()[NOTICE], assumptions=assumption_rows("wind_down", made.used),
    )  # fmt: skip


def lead(made: WindDown) -> Pair:
    """What came out, in one sentence."""
    n, short = len(made.banks), sum(one.short is not None for one in made.banks)
    unknown = sum(one.unknown is not None for one in made.banks)
    zh, en = f"{n} 家银行有平台存款", f"{n} bank{'' if n == 1 else 's'} with platform deposits"
    zh += f"：{n - short - unknown} 家可以按期付清并留足缓冲，{short} 家不能"
    en += f": {n - short - unknown} can repay all when it is due and keep the buffer, {short} cannot"
    return (
        (f"{zh}，{unknown} 家缺数。", f"{en}, and of {unknown} too little is known.")
        if unknown
        else (f"{zh}。", f"{en}.")
    )


NOTES: dict[str, Pair] = {
    "on_demand": (
        "没有期限、随时可取的存款，计入第一个月：{n:,} 笔。",
        "Deposits without a term, which may leave on any day and are due in the first month: {n:,}.",
    ),
    "overdue": (
        "已到期而未付的存款，计入第一个月：{n:,} 笔。",
        "Deposits past their maturity and not paid out, due in the first month: {n:,}.",
    ),
    "no_rate": (
        "利率未知、只计本金的存款：{n:,} 笔。",
        "Deposits whose rate is not known, counted without interest: {n:,}.",
    ),
    "unknown": (
        "平台运营者未知、按第三方平台计的存款：{n:,} 笔。",
        "Deposits of which nobody says who runs the platform, taken for third parties': {n:,}.",
    ),
    "aside": (
        "有误而隔离、未计入的行（quarantine.parquet）：{n:,} 行。",
        "Faulty rows, set aside (quarantine.parquet) and not counted: {n:,}.",
    ),
}


def notes(made: WindDown) -> list[Pair]:
    """What was counted how, that a reader must know."""
    counts = {
        "on_demand": sum(one.on_demand for one in made.banks), "overdue": sum(one.overdue for one in made.banks),
        "no_rate": made.no_rate, "unknown": made.unknown_rows, "aside": made.quarantined,
    }  # fmt: skip
    return [(NOTES[name][0].format(n=n), NOTES[name][1].format(n=n)) for name, n in counts.items() if n]


def cure(one: WoundDown) -> Pair:
    """Why a bank has no plan, by how much, and what would make one."""
    short = one.short
    assert short is not None
    zh = f"第 {short.month} 个月起付清后留不足缓冲，最多差 {money(short.missing)}。"
    en = f"From month {short.month} on it cannot pay what is due and keep the buffer; "
    en += f"it lacks {money(short.missing)} at most. "
    ways = [
        (
            f"起始流动资产增加 {money(short.more_liquid)}",
            f"{money(short.more_liquid)} more of liquid assets at the start",
        )
    ]
    if short.replacement is not None:
        ways.append(
            (
                f"每月筹得替代资金 {money(short.replacement)}",
                f"replacement funding of {money(short.replacement)} a month",
            )
        )
    if short.later_months:
        n = short.later_months
        ways.append(
            (
                f"存款人同意延付，最后一笔晚 {n} 个月",
                f"depositors who agree to wait, the last of them {n} month{'' if n == 1 else 's'}",
            )
        )
    return zh + "可行之法：" + "，或".join(
        w[0] for w in ways
    ) + "。", en + "There would be a plan with " + ", or ".join(w[1] for w in ways) + "."


def money(cents: int) -> str:
    """Cents as a sum of money."""
    return f"{cents // CENTS:,}.{cents % CENTS:02}" if cents >= 0 else f"-{money(-cents)}"


def steps(made: WindDown, one: WoundDown) -> list[tuple[Any, list[int]]]:
    """A row a month in which anything happens: due, repaid by either plan, early, replaced, liquid and buffer."""
    assert one.begins is not None
    assert one.slow is not None
    assert one.fast is not None
    rows = []
    for t, ends in enumerate(made.months):
        slow, fast = _at(one.slow, t), _at(one.fast, t)
        if one.begins.due[t] or slow[0] or fast[0] or slow[1] or fast[1]:
            rows.append((ends, [one.begins.due[t], *slow, *fast]))
    return rows


def shortage(made: WindDown, one: WoundDown) -> list[tuple[Any, list[int]]]:
    """Of a bank without a plan, a row a month: due so far, what can be paid at most by then, and what is missing."""
    assert one.begins is not None
    due = accumulate(one.begins.due)
    rows = []
    for month, (ends, so_far) in enumerate(zip(made.months, due, strict=True), 1):
        most = one.begins.most(month)
        rows.append((ends, [so_far, max(most, 0), max(so_far - most, 0)]))
    return rows


def _at(plan: Plan, t: int) -> list[int]:
    return [plan.repaid[t], plan.replaced[t], plan.liquid[t], plan.needed[t]]


def picture(made: WindDown, one: WoundDown) -> Markup:
    """What is left to repay by either plan, and what is liquid against the buffer, month by month.

    Of a bank without a plan: what is due so far against what can be paid at most, and the gap between the two.
    """
    assert one.begins is not None
    if one.slow is None or one.fast is None:
        return _gap(made, one)
    title = (
        f"{one.bank}：剩余平台存款与流动资产（百万 {one.currency}）",
        f"{one.bank}: left to repay, and liquid (million {one.currency})",
    )
    canvas = Canvas(0, title)
    top = legend(canvas, 16, [
        (ACCENT, ("最慢：剩余", "slowest: left")), (FAINT, ("最快：剩余", "fastest: left")),
        (AMBER, ("最慢：流动资产", "slowest: liquid")), ("#7a6fa6", ("最快：流动资产", "fastest: liquid")),
        (GREY, ("最慢：缓冲", "slowest: buffer")),
    ]) + 26  # fmt: skip
    total, liquid = one.brought, one.begins.liquid
    buffer = int(one.begins.buffer * one.begins.deposits)
    courses = [
        ([total, *one.fast.left], FAINT, 4.0, ""), ([total, *one.slow.left], ACCENT, 2.0, ""),
        ([liquid, *one.slow.liquid], AMBER, 2.0, ""), ([liquid, *one.fast.liquid], "#7a6fa6", 2.0, ""),
        ([buffer, *one.slow.needed], GREY, 1.0, "4 3"),
    ]  # fmt: skip
    y = Scale.over([v / CENTS / MILLION for of, *_ in courses for v in of], top + PLOT, top, zero=True)
    x = Scale(0, len(made.months), LEFT, RIGHT)
    value_axis(canvas, y, LEFT, RIGHT, title)
    for of, colour, width, dash in courses:
        canvas.path(_stepped(of, x, y), colour, width, dash)
    return _dated(canvas, made, x, y)


def _gap(made: WindDown, one: WoundDown) -> Markup:
    title = (
        f"{one.bank}：累计到期与至多可付（百万 {one.currency}）",
        f"{one.bank}: due so far, and what can be paid at most (million {one.currency})",
    )
    canvas = Canvas(0, title)
    top = legend(canvas, 16, [
        (ACCENT, ("累计到期", "due so far")), (AMBER, ("至多可付", "can be paid at most")), (BAD, ("差额", "missing")),
    ]) + 26  # fmt: skip
    rows = [sums for _, sums in shortage(made, one)]
    due, most = ([sums[at] for sums in rows] for at in (0, 1))
    seen = (*due, *(min(sum_, max(due) * 3 // 2) for sum_ in most))  # what can be paid may go far beyond what is due
    y = Scale.over([v / CENTS / MILLION for v in seen], top + PLOT, top, zero=True)
    x = Scale(0, len(made.months), LEFT, RIGHT)
    value_axis(canvas, y, LEFT, RIGHT, title)
    for t, (so_far, can, missing) in enumerate(rows):
        if missing:
            high, low = y(so_far / CENTS / MILLION), y(can / CENTS / MILLION)
            canvas.rect(x(t), high, x(t + 1) - x(t), low - high, BAD, 0.25)
    for of, colour in ((due, ACCENT), (most, AMBER)):
        canvas.path(_held(of, x, y), colour, 2.5)
    return _dated(canvas, made, x, y)


def _stepped(of: Sequence[int], x: Scale, y: Scale) -> list[tuple[float, float]]:
    """Stocks at the ends of months: each holds until the next."""
    points = [(x(t), y(v / CENTS / MILLION)) for t, v in enumerate(of)]
    return [p for (x0, y0), (x1, y1) in pairwise(points) for p in ((x0, y0), (x1, y0), (x1, y1))]


def _held(of: Sequence[int], x: Scale, y: Scale) -> list[tuple[float, float]]:
    """Sums of whole months: each stands over its own month."""
    return [(x(t + beside), y(v / CENTS / MILLION)) for t, v in enumerate(of) for beside in (0, 1)]


def _dated(canvas: Canvas, made: WindDown, x: Scale, y: Scale) -> Markup:
    canvas.line(LEFT, y.start, RIGHT, y.start, GREY)
    every = -(-len(made.months) // 8)
    for t in range(0, len(made.months) + 1, every):
        day = made.day if t == 0 else made.months[t - 1]
        canvas.text(min(x(t), WIDTH - 30), y.start + 19, f"{day:%Y-%m}", "middle", "#5b6870", 12)
    canvas.height = y.start + 30
    return canvas.svg()
