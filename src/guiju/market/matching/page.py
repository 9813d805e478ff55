"""A matching as a page: what came out beside popularity, scarce supplies, regions, stores' reasons in words."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, FAINT, WIDTH, Canvas, Scale, legend
from guiju.audit.report.words import Pair, number
from guiju.market.matching import Matching
from guiju.market.matching.reading import home
from guiju.market.matching.tables import listings, store_rows, supply_rows
from guiju.market.pages import assumption_rows, page, say

DRAWN = 15  # supplies, and regions
TOLD = 12  # stores whose reasons are shown


def told(name: str, **values: Any) -> Pair:
    return say("matching", name, **values)


def whole(value: float) -> str:
    return f"{value:,.0f}"


def headline(made: Matching) -> Pair:
    """What came out, in one sentence."""
    own = made.outcomes[0]
    return told(
        "headline", stores=whole(made.problem.stores), supplies=whole(len(made.network.supplies)),
        listings=whole(own.listings), sales=whole(own.sales), currency=made.network.currency,
        gap=number(round(100 * made.plan.gap, 3)),
    )  # fmt: skip


def compared(made: Matching) -> Pair:
    """The plan beside exposure by popularity, in one sentence."""
    own, popular = made.outcomes
    change = 100 * (own.sales / popular.sales - 1) if popular.sales else 0.0
    return told(
        "compared", own=number(round(own.small_sales_pct, 1)), popular=number(round(popular.small_sales_pct, 1)),
        own_sales=whole(own.small_sales), popular_sales=whole(popular.small_sales),
        nothing=whole(popular.small_with_nothing), own_nothing=whole(own.small_with_nothing),
        change=told("higher" if change >= 0 else "lower", pct=number(round(abs(change), 1))),
    )  # fmt: skip


def left_out(made: Matching) -> list[tuple[str, Pair, int, str]]:
    """What takes no part: the table, why, how many rows, and the first of them."""
    return [(one.table, one.why, len(one.ids), one.ids[0]) for one in made.network.left_out]


def render(made: Matching, language: str = "en") -> str:
    """The page, in zh and en."""
    of, supplies = made.network, supply_rows(made)
    scarce = supplies.filter(supplies["lot_price"] > 0).sort("lot_price", descending=True).head(DRAWN).to_dicts()
    modes: Counter[str] = Counter()
    for mode, listed in supplies.select("mode", "listed").iter_rows():
        modes[mode] += listed
    learned = told("learned", window=made.used["window_days"].value, rows=whole(of.learned), strange=whole(of.strange))
    return page(
        "matching/page.html.j2", language, made=made, headline=headline(made), compared=compared(made), scarce=scarce,
        exactly=told("exactly") if made.plan.exact else None, learned=learned, modes=sorted(modes.items()),
        outcomes=_outcome_rows(made), stores=_some_stores(made), left=left_out(made), quarantined=made.quarantined,
        pictures=[_small_part(made), _scarcest(scarce), _regions(made)],
        assumptions=assumption_rows("matching", made.used),
    )  # fmt: skip


def _outcome_rows(made: Matching) -> list[tuple[Pair, str, str]]:
    own, popular = made.outcomes

    def row(zh: str, en: str, name: str, digits: int = 0) -> tuple[Pair, str, str]:
        a, b = (number(round(float(getattr(one, name)), digits)) for one in (own, popular))
        return (zh, en), a, b

    return [
        row("预计销售", "expected sales", "sales"),
        row("展示位", "listings", "listings"),
        row("小店主的预计销售", "small owners' expected sales", "small_sales"),
        row("小店主占预计销售（%）", "small owners' part of expected sales (%)", "small_sales_pct", 2),
        row("小店主占展示位（%）", "small owners' part of listings (%)", "small_listings_pct", 2),
        row("小店主的店铺中一件也没有的", "small owners' stores with nothing", "small_with_nothing"),
        row("下限的兑现（%）", "floors met (%)", "floors_met_pct", 2),
        row("用去的份数（%）", "lots used (%)", "lots_pct", 2),
        row("超卖的份数", "lots sold twice", "oversold"),
    ]


def _some_stores(made: Matching) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Some stores with all their listings and reasons: evenly among the small, then among the others."""
    stores = store_rows(made)
    part = next(iter(listings(made)))
    within = stores.head(100_000).filter(stores.head(100_000)["listings"] > 0)
    chosen: list[dict[str, Any]] = []
    for is_small in (True, False):
        its = within.filter(within["small"] == is_small)
        at = sorted({round(n * (len(its) - 1) / (TOLD // 2 - 1)) for n in range(TOLD // 2)} if len(its) else [])
        chosen += its[at].to_dicts()
    return [(one, part.filter(part["store"] == one["store"]).to_dicts()) for one in chosen]


def _small_part(made: Matching) -> Markup:
    """What part of stores, listings and expected sales is the small owners', in the plan and by popularity."""
    own, popular = made.outcomes
    stores = 100 * own.small_stores / made.problem.stores
    groups = (("bar_stores", stores, stores), ("bar_listings", own.small_listings_pct, popular.small_listings_pct),
              ("bar_sales", own.small_sales_pct, popular.small_sales_pct))  # fmt: skip
    canvas = Canvas(0, told("picture_small"))
    y, x = legend(canvas, 16, [(ACCENT, told("plan")), (FAINT, told("popularity"))]) + 10, Scale(0, 100, 0, WIDTH - 200)
    for name, ours, theirs in groups:
        canvas.text(0, y + 18, told(name))
        for at, value, colour in ((0, ours, ACCENT), (16, theirs, FAINT)):
            canvas.rect(130, y + at, x(value), 13, colour)
            canvas.text(138 + x(value), y + at + 11, f"{value:.1f} %", size=12)
        y += 46
    canvas.height = y - 8
    return canvas.svg()


def _scarcest(scarce: list[dict[str, Any]]) -> Markup:
    canvas, y = Canvas(0, told("picture_scarce")), 6.0
    x = Scale(0, max((one["lot_price"] for one in scarce), default=1.0), 0, WIDTH - 110)
    for one in scarce:
        canvas.text(0, y + 10, f"{one['name']} · {one['mode']} {one['place'] or ''} · {one['supply']}"[:80], size=12)
        canvas.rect(0, y + 15, x(one["lot_price"]), 12, ACCENT)
        canvas.text(x(one["lot_price"]) + 6, y + 25, number(round(one["lot_price"], 2)), size=12)
        y += 38
    canvas.height = max(y, 20)
    return canvas.svg()


def _regions(made: Matching) -> Markup:
    """Places filled by home region, the emptiest first."""
    homes = np.array([home(region) for region in made.network.regions])
    names, of_region = np.unique(homes, return_inverse=True)
    of = of_region[made.network.region]
    places = np.bincount(of, made.problem.places, len(names))
    ours, theirs = (np.bincount(of, plan.sum(axis=1), len(names)) / np.maximum(places, 1) * 100
                    for plan in (made.plan.listed, made.popular))  # fmt: skip
    canvas, y = Canvas(0, told("picture_region")), 6.0
    x = Scale(0, 100, 0, WIDTH - 200)
    for at in np.argsort(ours, kind="stable")[:DRAWN]:
        canvas.text(0, y + 16, f"{names[at]}0000" if len(names[at]) == 2 else str(names[at]))
        canvas.rect(70, y, x(float(ours[at])), 11, ACCENT)
        canvas.rect(70, y + 12, x(float(theirs[at])), 11, FAINT)
        canvas.text(
            78 + x(max(float(ours[at]), float(theirs[at]))), y + 16, f"{ours[at]:.0f} | {theirs[at]:.0f} %", size=12
        )
        y += 32
    canvas.height = y
    return canvas.svg()
