"""What became of links that were opened inside the twin's apps: links to rivals' services, and to others'.

Truth is counted from the rows, day by day.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np

from guiju.twin.market import DAY, HOUR, Market
from guiju.twin.settling import Truth
from guiju.twin.tables import Names, write_rows

RULE = "no_blocked_rivals"
CHECK = "blocked_rivals"
DAY_OPENINGS, DAY_OTHERS, HINDERED_PCT, OPENED_PCT, LEAST_DAYS, VIEWERS = 5, 10, 80, 80, 3, 5
SEEN, APART = 40, 9  # days on which links were recorded, and days between them
RIVALS, OTHERS = ("rival-a", "rival-b"), ("news-a", "bank-b", "game-c")
HONEST = (
    "harmful_links", "nothing_outside_opens", "the_rival_is_down", "viewers_are_asked", "one_bad_day", "seldom_opened",
    "by_an_order", "some_of_them", "one_viewers_device",
)  # fmt: skip
AGAINST = ("blocked", "redirected", "blocked_and_redirected")
Row = dict[str, object]


def write(out: Path, market: Market, names: Names, rng: np.random.Generator, plants: bool) -> list[Truth]:
    """The table `link_openings`; which apps kept rivals' services from being opened."""
    rows, patterns = list[Row](), dict[tuple[str, str], str]()
    clock, true = market.clock, list[Truth]()
    plans = [(p, 1.0) for p in HONEST] + [(AGAINST[n % 3], (0.1, 0.3, 0.6, 1.0)[n % 4]) for n in range(5)]
    for i, (pattern, share) in enumerate(plans):
        app, platform = f"app-{i:02d}", market.platforms[i % len(market.platforms)]
        patterns[platform, app] = pattern
        if pattern in HONEST:
            true.append(
                Truth(CHECK, "lookalike", pattern, platform, app, RIVALS[0], clock.since, clock.until, 0.0, RULE)
            )
        for day in range(SEEN):
            begins = clock.until - (SEEN - day) * APART * DAY + 2 * HOUR
            # Strength: for how many of the last days it went on.
            wrong = pattern in HONEST or (plants and day >= SEEN - round(share * SEEN))
            for target in (*RIVALS, *OTHERS):
                often = 4 if target in OTHERS or pattern == "seldom_opened" else 6
                for _ in range(often):
                    hit = wrong and target == RIVALS[0]
                    outcome, reason = _became(rng, pattern, hit, day, target)
                    who = 7 if pattern == "one_viewers_device" and hit else int(rng.integers(0, 500))
                    rows.append({
                        "platform": platform, "occurred_at": begins + int(rng.integers(0, 20 * HOUR)), "app": app,
                        "viewer": f"v{who:04d}", "target": target, "outcome": outcome,
                        "rival": "yes" if target in RIVALS else "no", "reason": reason,
                    })  # fmt: skip
    rows.sort(key=lambda row: (int(str(row["occurred_at"])), str(row["app"]), str(row["target"]), str(row["viewer"])))
    write_rows(out, "link_openings", [row | {"id": f"k{i:06d}"} for i, row in enumerate(rows)])
    for (platform, app, target), (first, last, days) in sorted(found(rows, clock.start).items()):
        pattern = patterns[platform, app]
        assert pattern in AGAINST, pattern
        true.append(Truth(CHECK, "violation", pattern, platform, app, target, first, last, 100 * days / SEEN, RULE))
    return true


def _became(rng: np.random.Generator, pattern: str, hit: bool, day: int, target: str) -> tuple[str, str | None]:
    """What came of one link, and why."""
    if pattern == "nothing_outside_opens":
        return "blocked", "none"
    if pattern == "seldom_opened" and target in RIVALS:
        return "blocked", "none"
    if not hit:
        return ("opened", None) if rng.random() < 0.97 else ("failed", None)
    if pattern in ("harmful_links", "by_an_order"):
        return "blocked", "harmful" if pattern == "harmful_links" else "law"
    if pattern == "the_rival_is_down":
        return "failed", None
    if pattern == "viewers_are_asked":
        return "asked", None
    if pattern == "one_bad_day":
        return ("blocked", "none") if day in (7, 21) else ("opened", None)
    if pattern == "some_of_them":
        return ("blocked", "none") if rng.random() < 0.15 else ("opened", None)
    if pattern == "one_viewers_device":
        return "blocked", "none"
    if pattern == "blocked_and_redirected":
        return ("blocked", "redirected")[int(rng.integers(0, 2))], "none"
    return (pattern, "none") if rng.random() < 0.97 else ("opened", None)


def found(rows: list[Row], start: int) -> dict[tuple[str, str, str], tuple[int, int, int]]:
    """The rule's own definition: days on which a rival's links were hindered while others' opened; where enough."""
    by_day: dict[tuple[str, str, int], dict[str, list[tuple[int, bool, str]]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        kept = row["outcome"] in ("blocked", "redirected")
        if row["outcome"] == "failed" or (kept and row["reason"] != "none"):
            continue
        at = int(str(row["occurred_at"]))
        whose = str(row["target"]) if row["rival"] == "yes" else ""
        by_day[str(row["platform"]), str(row["app"]), (at - start) // DAY][whose].append((at, kept, str(row["viewer"])))
    days: dict[tuple[str, str, str], list[list[tuple[int, str]]]] = defaultdict(list)
    for (platform, app, _), of in by_day.items():
        others = [kept for _, kept, _ in of.get("", [])]
        if len(others) < DAY_OTHERS or 100 * others.count(False) < OPENED_PCT * len(others):
            continue
        for target, openings in of.items():
            wrong = [(at, who) for at, kept, who in openings if kept]
            if target and len(openings) >= DAY_OPENINGS and 100 * len(wrong) >= HINDERED_PCT * len(openings):
                days[platform, app, target].append(wrong)
    return {
        key: (min(at for day in its for at, _ in day), max(at for day in its for at, _ in day), len(its))
        for key, its in days.items()
        if len(its) >= LEAST_DAYS and len({who for day in its for _, who in day}) >= VIEWERS
    }
