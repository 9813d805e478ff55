"""What the twin's order pages offer beside the goods: ticked or not, free or paid, and what buyers then keep.

Who takes an item unasked keeps it oftener than who has to tick it: that is what the tick is for.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from guiju.twin.market import DAY, HOUR, PER_SELLER, Market
from guiju.twin.settling import Truth
from guiju.twin.tables import Names, write_rows

RULE = "no_unasked_add_ons"
CHECK = "unasked_add_ons"
PAGES = 600  # on which an item was shown in the year
LEAST_DAYS, LEAST_PCT = 2, 1
EXCUSED = ("law", "safety", "technology")
LOCAL = 8 * HOUR  # local days begin at 16:00 UTC
KINDS = ("insurance", "membership", "coupons", "goods", "donation", "service")
HONEST = (
    "not_ticked", "free_gift", "as_the_buyer_left_it", "the_law_requires_it", "a_safety_part", "a_set_that_says_so",
    "a_faulty_page_of_one_day", "a_faulty_page_now_and_then", "price_not_recorded",
)  # fmt: skip
SHARES = (1.0, 0.5, 0.25, 0.1, 0.04, 0.02)  # of its pages on which a planted item stood unasked
AGAINST = ("ticked", "cannot_be_taken_out")
Row = dict[str, object]


def write(out: Path, market: Market, names: Names, rng: np.random.Generator, plants: bool) -> list[Truth]:
    """The table `add_ons`: pages seen all year; which items stood in the order unasked."""
    rows, patterns = list[Row](), dict[str, str]()
    sellers = [int(s) for s in rng.permutation(market.sellers)]
    planted = 2 * len(SHARES) if plants else 0
    for i in range(len(HONEST) + planted):
        seller, honest = sellers[i % len(sellers)], i < len(HONEST)
        pattern = HONEST[i] if honest else AGAINST[i % len(AGAINST)]
        platform = market.platforms[int(market.platform[seller])]
        name = f"add-on-{i:02d}"
        patterns[name] = pattern
        one: Row = {
            "platform": platform, "offered_by": platform if i % 3 == 2 else market.seller_name(seller), "add_on": name,
            "kind": KINDS[i % len(KINDS)], "currency": "CNY",
        }  # fmt: skip
        share = 0.0 if honest else SHARES[(i - len(HONEST)) // len(AGAINST)]
        rows += _pages(market, rng, one, pattern, seller, share)
    rows.sort(key=lambda row: (int(str(row["occurred_at"])), str(row["add_on"])))
    rows = [row | {"id": f"a{i:06d}"} for i, row in enumerate(rows)]
    write_rows(out, "add_ons", rows)
    true = [t._replace(pattern=patterns[t.object]) for t in found(rows, market.clock.since)]
    assert {t.pattern for t in true} <= set(AGAINST)
    whose = {str(row["add_on"]): (str(row["platform"]), str(row["offered_by"])) for row in rows}
    clock = market.clock
    return true + [
        Truth(CHECK, "lookalike", p, *whose[name], name, clock.since, clock.until, 0.0, RULE)
        for name, p in patterns.items() if p in HONEST
    ]  # fmt: skip


def _pages(market: Market, rng: np.random.Generator, one: Row, pattern: str, seller: int, share: float) -> list[Row]:
    """A row a page: how the item stood, what it cost, and whether the order has it."""
    clock, fen, rows = market.clock, int(rng.integers(100, 2_000)), list[Row]()
    at = np.sort(rng.integers(clock.start, clock.until, PAGES))
    faulty = int(rng.integers(PAGES // 2, PAGES - 60))
    wrong = {n for n in range(PAGES) if rng.random() < share}
    if pattern == "a_faulty_page_of_one_day":  # more of its pages than the share that would be too few
        wrong = set(range(faulty, faulty + 8))
        at[faulty : faulty + 8] = clock.start + ((at[faulty] - clock.start) // DAY * 10 + np.arange(1, 9)) * (DAY // 10)
    elif pattern == "a_faulty_page_now_and_then":
        wrong = {faulty, faulty + 50}
    for n in range(PAGES):
        state, pointed, needed, price = _shown(pattern, n, n in wrong)
        placed = rng.random() < 0.6
        keeps = state == "fixed" or rng.random() < (0.12 if state == "unselected" else 0.7)
        rows.append(one | {
            "occurred_at": int(at[n]), "product": market.product_name(seller * PER_SELLER + n % PER_SELLER),
            "state": state, "pointed_out": pointed, "needed_for": needed, "price": fen if price else price,
            "order_id": f"{one['add_on']}-{n:04d}" if placed else None,
            "kept": ("no", "yes")[bool(keeps)] if placed else None,
        })  # fmt: skip
    return rows


def _shown(pattern: str, n: int, wrong: bool) -> tuple[str, str, str, int | None]:
    """How an item stood, whether it was pointed out, what it is needed for, and its price: 0, some, or not known."""
    if pattern == "free_gift":
        return "preselected", "yes", "nothing", 0
    if pattern == "as_the_buyer_left_it":
        return ("remembered", "unselected")[n % 2], "yes", "nothing", 1
    if pattern in ("the_law_requires_it", "a_safety_part"):
        return "fixed", "no", ("law", "safety")[pattern == "a_safety_part"], 1
    if pattern == "a_set_that_says_so":
        return "fixed", "yes", "nothing", 1
    if pattern == "price_not_recorded":
        return "preselected", "yes", "nothing", None
    if wrong and pattern == "cannot_be_taken_out":
        return "fixed", "no", "nothing", 1
    if wrong:
        return "preselected", "yes", "nothing", 1
    return "unselected", "yes", "nothing", 1


def found(rows: list[Row], since: int) -> list[Truth]:
    """The rule's own definition, item by item."""
    shown, wrong = dict[tuple[str, str, str], int](), dict[tuple[str, str, str], list[int]]()
    for row in rows:
        at = int(str(row["occurred_at"]))
        if at < since or row["price"] is None:
            continue
        key = str(row["platform"]), str(row["offered_by"]), str(row["add_on"])
        shown[key] = shown.get(key, 0) + 1
        unasked = row["state"] == "preselected" or (row["state"] == "fixed" and row["pointed_out"] == "no")
        if unasked and int(str(row["price"])) > 0 and row["needed_for"] not in EXCUSED:
            wrong.setdefault(key, []).append(at)
    return [
        Truth(CHECK, "violation", "", *key, min(at), max(at), 100 * len(at) / shown[key], RULE)
        for key, at in sorted(wrong.items())
        if len({(a + LOCAL) // DAY for a in at}) >= LEAST_DAYS and 100 * len(at) >= LEAST_PCT * shown[key]
    ]
