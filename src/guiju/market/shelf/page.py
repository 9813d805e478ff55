"""A shelf as a page: each platform's offers with why they stand where they stand, and what may not stand there."""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction
from typing import Any

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, FAINT, GREY, INK, WIDTH, Canvas, Scale, legend, value_axis
from guiju.audit.report.words import Pair, limit_name, number, pair
from guiju.market.pages import assumption_rows, page, say
from guiju.market.shelf import Shelf
from guiju.market.shelf.excluding import JUDGED, LISTING, AllIn
from guiju.market.shelf.ranking import UNKNOWN, Depositor, Placed
from guiju.rulebook import rules

DRAWN = 15  # offers of a platform's picture
SHOWN = 300  # excluded offers on the page; the table has all
AMBER, PLUM, BELOW, MUTED = "#d08a3e", "#7a6fa6", "#c0522d", "#5b6870"
LEFT, PLOT = 60.0, 240.0  # of the ceilings


def three(value: Fraction) -> str:
    """Per cent or points with three decimals, half away from zero."""
    whole = (abs(value) * 2000 + 1) // 2
    return f"{'-' if value < 0 and whole else ''}{whole // 1000}.{whole % 1000:03}"


def pct(value: Fraction) -> str:
    """Per cent with one decimal, where it has one."""
    return number(round(float(value), 1))


def told(name: str, **values: Any) -> Pair:
    return say("shelf", name, **values)


def why(p: Placed, above: Placed | None, of: Depositor) -> Pair:
    """Why an offer stands where it stands, with every number."""
    if p.liquidity_class == UNKNOWN or p.standing.liquid_pct is None:
        liquidity = told("class_unknown")
    else:
        liquidity = told("class", letter=p.liquidity_class, ratio=pct(p.standing.liquid_pct))
    known = "share" if p.standing.platform_share_pct is not None else "share_unknown"
    behind: Pair = ("", "")
    if above is not None:
        gap = above.points - p.points
        behind = told("behind", points=three(gap)) if gap else told("equal")
    return told(
        "points", points=three(p.points), net=three(p.net_yield_pct), how=_how(p, of), insured=pct(p.insured_pct),
        beside=told("beside", given=f"{p.given:,.2f}") if p.given else "", class_points=three(p.class_points),
        liquidity=liquidity, share_points=three(p.share_points), share=told(known, share=pct(p.share_pct)),
        behind=behind,
    )  # fmt: skip


def _how(p: Placed, of: Depositor) -> Pair:
    """How interest is earned until the horizon."""
    case = "outlived" if of.horizon_months > p.offer.term_months else "matured"
    if p.early:
        case = "early" if p.exit_known else "early_unknown"
    return told(
        case, rate=number(float(p.interest_pct)), months=of.horizon_months, term=p.offer.term_months,
        after=number(float(p.after_pct)),
    )  # fmt: skip


def render(made: Shelf, language: str = "en") -> str:
    """The page, in zh and en."""
    of = made.depositor
    reasons = {
        platform: [(p, why(p, its[i - 1] if i else None, of)) for i, p in enumerate(its)]
        for platform, its in made.shelves.items() if its
    }  # fmt: skip
    others = [(name, its, picture(name, made.shelves[name])) for name, its in reasons.items() if name in made.others]
    own = [(name, its) for name, its in reasons.items() if name not in made.others]
    grave = [e for e in made.excluded if e.gravity < JUDGED]
    rest = Counter(reason for e in made.excluded if e.gravity >= JUDGED for _, reason in e.reasons)
    return page(
        "shelf/page.html.j2", language, made=made, others=others, own=own, three=three, law=rules()[LISTING].cites[0],
        empty=[p for p, its in made.shelves.items() if not its and p not in made.closed], excluded=grave[:SHOWN],
        more=max(len(grave) - SHOWN, 0), rest=sorted(rest.items(), key=lambda one: (-one[1], one[0])),
        limits=limits_told(made), headline=headline(made), closing=closing(made),
        ceilings=ceilings(made) if made.yields else None, assumptions=assumption_rows("shelf", made.used),
    )  # fmt: skip


def limits_told(made: Shelf) -> list[tuple[Pair, Pair, str, Pair, str]]:
    """The rulebook's limits that were asked: the rule's title, the limit, its value, why and its mark."""
    return [
        ((rule.title.zh, rule.title.en), limit_name(rule.check, limit), str(one.value), pair(one.because), one.mark)
        for name, its in made.limits.items() for rule in (rules()[name],) for limit, one in its.items()
    ]  # fmt: skip


def picture(platform: str, its: list[Placed]) -> Markup:
    """A bar an offer: its insured net yield, of it what is left, and what class and concentration take off."""
    shown = its[:DRAWN]
    canvas = Canvas(0, told("picture", platform=platform))
    parts = ((ACCENT, told("bar_points")), (AMBER, told("bar_class")), (PLUM, told("bar_share")))
    y = legend(canvas, 16, parts) + 14
    x = Scale(0, max(float(p.net_yield_pct) for p in shown) or 1.0, 0, WIDTH - 190)
    for p in shown:
        name = f"{p.place}. {p.offer.bank} · {p.offer.name}"
        canvas.text(0, y, name if len(name) < 70 else f"{name[:69]}…")
        left = 0.0
        points = max(float(p.points), 0.0)
        canvas.rect(0, y + 7, WIDTH - 190, 13, FAINT, 0.25)
        for value, colour in ((points, ACCENT), (float(p.class_points), AMBER), (float(p.share_points), PLUM)):
            width = min(x(value), x(float(p.net_yield_pct)) - left)
            canvas.rect(left, y + 7, width, 13, colour)
            left += max(width, 0.0)
        bar = told("bar", points=three(p.points), rate=number(float(p.offer.rate_pct)))
        canvas.text(WIDTH - 182, y + 18, bar, size=12)
        y += 44
    canvas.height = y - 12
    return canvas.svg()


def ceilings(made: Shelf) -> Markup:
    """Every offer's all-in rate, term by term from the lowest to the highest, under or over the ceiling of the day."""
    canvas = Canvas(0, told("ceilings"))
    top = legend(canvas, 16, ((ACCENT, told("ceilings_under")), (BELOW, told("ceilings_over")))) + 26
    by: dict[int, list[AllIn]] = defaultdict(list)
    for one in sorted(made.yields, key=lambda one: (one.all_in_rate_pct, one.platform, one.offer)):
        by[one.term_months].append(one)
    rates = [rate for one in made.yields for rate in (one.all_in_rate_pct, one.ceiling_pct)]
    y = Scale.over(rates, top + PLOT, top, 0.06)
    value_axis(canvas, y, LEFT, WIDTH - 12, told("ceilings_axis"))
    wide = (WIDTH - 12 - LEFT) / max(len(by), 1)
    for place, (term, its) in enumerate(sorted(by.items())):
        begin, ceiling = LEFT + place * wide + 14, its[0].ceiling_pct
        x = Scale(0, len(its) + 1, begin, LEFT + (place + 1) * wide - 14)
        for n, one in enumerate(its, 1):
            hint = f"{one.bank} · {one.name} · {one.platform}: {one.all_in_rate_pct:.3f} %"
            dot = (BELOW, 4.5, 0.9) if one.is_over else (ACCENT, 3.2, 0.6)
            canvas.dot(x(n), y(one.all_in_rate_pct), dot[1], dot[0], dot[2], hint)
        canvas.line(begin - 8, y(ceiling), x.end + 8, y(ceiling), INK, 1.6, "6 4")
        canvas.text(begin - 8, y(ceiling) - 7, f"{ceiling:g} %", bold=True)
        canvas.text((begin + x.end) / 2, top + PLOT + 20, told("ceilings_term", months=term), "middle", MUTED)
    canvas.line(LEFT, top + PLOT, WIDTH - 12, top + PLOT, GREY)
    canvas.height = top + PLOT + 32
    return canvas.svg()


def headline(made: Shelf) -> Pair:
    """What came out, in one sentence."""
    placed = sum(map(len, made.shelves.values()))
    return told("headline", placed=placed, excluded=len(made.excluded))


def closing(made: Shelf) -> Pair:
    """What is said of platforms whose shelf is empty by the notice."""
    law = rules()[LISTING].cites[0]
    return told(
        "closed", names=("、".join(made.closed), ", ".join(made.closed)), law=(law.title_zh, law.title_en),
        since=law.effective_from, mark=law.source_mark,
    )  # fmt: skip
