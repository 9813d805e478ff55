"""Measures that platforms took against merchants, for their prices or for other reasons.

Violations: several merchants of a platform, one reason. Look-alikes, each lawful for the reason it is named after:
`campaign_of_its_choice`, `lifted_at_once`, `for_quality`, `warning_only`, `two_merchants`. Truth is counted from the
rows by the rule's own definition.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from guiju.twin.market import DAY, HOUR, PER_SELLER, Market
from guiju.twin.settling import Truth
from guiju.twin.tables import Names, write_rows

CHECK, RULE = "forced_price_parity", "no_forced_price_parity"
REASONS = ("cheaper_elsewhere", "price_not_lowered", "price_tool_refused")
MEANS = (
    "rank_lowered", "traffic_limited", "delisted", "shop_blocked", "fee_raised", "fee_added", "deposit_deducted",
    "subsidy_cut",
)  # fmt: skip
MIN_SELLERS, MIN_HOURS = 3, 24
HONEST = ("two_merchants", "campaign_of_its_choice", "lifted_at_once", "for_quality", "warning_only")
Row = dict[str, object]


def write(out: Path, market: Market, names: Names, rng: np.random.Generator, plants: bool) -> list[Truth]:
    """The table `measures`, and who took some to govern prices."""
    clock, rows, honest = market.clock, list[Row](), list[Truth]()
    planted: set[tuple[str, str]] = set()
    for p, platform in enumerate(market.platforms):
        shops = [s for s in rng.permutation(market.sellers).tolist() if market.platform[s] == p]
        for place, reason in enumerate(REASONS):
            # The k-th platform has a plan for its k-th reason, and for the next one where k is odd.
            many = MIN_SELLERS + (p * len(REASONS) + place) % 5
            if plants and (place == p % 3 or (p % 2 and place == (p + 1) % 3)):
                planted.add((platform, reason))
                for n, shop in enumerate(shops[:many]):
                    for again in range(1 + n % 2):
                        rows.append(_row(market, rng, platform, shop, MEANS[(p + n + again) % len(MEANS)], reason))
        for n, pattern in enumerate(HONEST):
            reason = REASONS[(p + 2 + n) % len(REASONS)]
            for shop in shops[: 2 if pattern == "two_merchants" else 5]:
                row = _row(market, rng, platform, shop, MEANS[(p + n) % len(MEANS)], reason)
                rows.append(_excused(row, pattern))
            honest.append(Truth(CHECK, "lookalike", pattern, platform, platform, reason, clock.since, clock.until,
                                0.0, RULE))  # fmt: skip
    rows.sort(key=lambda row: (int(str(row["occurred_at"])), str(row["seller"]), str(row["kind"])))
    for n, row in enumerate(rows):
        row["id"] = f"w{n:05d}"
    write_rows(out, "measures", rows)
    found = settle(market, rows)
    return [t._replace(pattern="against_merchants" if (t.platform, t.object) in planted else "by_chance")
            for t in found] + honest  # fmt: skip


def _row(market: Market, rng: np.random.Generator, platform: str, shop: int, kind: str, reason: str) -> Row:
    clock = market.clock
    at = clock.since + int(rng.integers(20, 330)) * DAY + int(rng.integers(0, DAY))
    ends = at + int(rng.integers(MIN_HOURS, 30 * 24)) * HOUR if rng.random() < 0.6 else None
    product = market.product_name(shop * PER_SELLER + int(rng.integers(PER_SELLER))) if rng.random() < 0.7 else None
    return {"platform": platform, "seller": market.seller_name(shop), "occurred_at": at, "ended_at": ends,
            "product": product, "kind": kind, "reason": reason, "agreed": "no"}  # fmt: skip


def _excused(row: Row, pattern: str) -> Row:
    """The same, with what makes it lawful."""
    at = int(str(row["occurred_at"]))
    others: dict[str, Row] = {
        "campaign_of_its_choice": {"agreed": "yes"},
        "lifted_at_once": {"ended_at": at + 5 * HOUR},
        "for_quality": {"reason": "quality"},
        "warning_only": {"kind": "warning"},
    }
    return row | others.get(pattern, {})


def settle(market: Market, rows: list[Row]) -> list[Truth]:
    """The rule's own definition, platform by platform and reason by reason."""
    clock, by = market.clock, dict[tuple[str, str], list[Row]]()
    for row in rows:
        begins = int(str(row["occurred_at"]))
        ends = clock.until if row["ended_at"] is None else int(str(row["ended_at"]))
        counts = row["kind"] in MEANS and row["reason"] in REASONS and row["agreed"] == "no"
        if counts and begins >= clock.since and ends - begins >= MIN_HOURS * HOUR:
            by.setdefault((str(row["platform"]), str(row["reason"])), []).append(row)
    found = []
    for (platform, reason), its in sorted(by.items()):
        sellers = {row["seller"] for row in its}
        if len(sellers) >= MIN_SELLERS:
            at = [int(str(row["occurred_at"])) for row in its]
            found.append(Truth(CHECK, "violation", "", platform, platform, reason, min(at), max(at),
                               float(len(sellers)), RULE))  # fmt: skip
    return found
