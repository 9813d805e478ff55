"""What could be read on the twin's pages and in its exports: people's identifiers, and numbers that look like them.

Nobody's: identity numbers are of the years 1900 to 1909, mobile numbers have no exchange, cards no issuer.
"""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np

from guiju.twin.market import DAY, Market
from guiju.twin.settling import Truth
from guiju.twin.tables import Names, write_rows

RULE = "no_exposed_identifiers"
CHECK = "exposed_identifiers"
SEEN = 240  # values of a field seen in a quarter
LEAST, LEAST_PCT, LEAST_PREFIXES = 20, 5.0, 8
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
REGIONS = ("330402", "110105", "310115", "440304", "510107")
PREFIXES = (
    "130",
    "131",
    "135",
    "138",
    "139",
    "150",
    "152",
    "158",
    "159",
    "176",
    "177",
    "180",
    "186",
    "188",
    "189",
    "199",
)
KINDS = ("resident_id", "mobile", "bank_card")
HONEST = (
    "order_numbers", "order_numbers_of_place_and_day", "running_numbers_like_mobiles", "a_companys_hotlines",
    "masked_values", "shown_to_staff_only", "shown_to_whose_they_are", "a_few_test_numbers", "member_numbers_with_luhn",
    "posted_by_themselves",
)  # fmt: skip
Row = dict[str, object]


def write(out: Path, market: Market, names: Names, rng: np.random.Generator, plants: bool) -> list[Truth]:
    """The table `disclosures`: fields seen on pages and in exports, quarter by quarter; which exposed people."""
    rows, true = list[Row](), list[Truth]()
    quarters = _quarters(market)
    for i, pattern in enumerate(HONEST):
        platform = market.platforms[i % len(market.platforms)]
        audience = {"shown_to_staff_only": "staff", "shown_to_whose_they_are": "self"}.get(pattern, "public")
        whose = {"a_companys_hotlines": "company", "posted_by_themselves": "poster"}.get(pattern, "person")
        one: Row = {"platform": platform, "holder": platform, "place": f"page-{i:02d}", "field": f"field_{i:02d}",
                    "audience": audience, "whose": whose}  # fmt: skip
        for begins, ends in quarters:
            rows += _seen(rng, one, begins, ends, [_looks(rng, pattern, n) for n in range(SEEN)])
        clock = market.clock
        true.append(Truth(CHECK, "lookalike", pattern, platform, platform, "", clock.since, clock.until, 0.0, RULE))
    for i in range(9 if plants else 0):
        kind, platform = KINDS[i % 3], market.platforms[i % len(market.platforms)]
        # Strength: every value, down to one in ten; beside them words.
        share = (1.0, 0.3, 0.1)[i // 3]
        one = {"platform": platform, "holder": platform if i % 2 else market.seller_name(i), "place": f"export-{i}",
               "field": f"{kind}_{i}", "audience": ("public", "users")[i % 2], "whose": "person"}  # fmt: skip
        begins, ends = quarters[i % len(quarters)]
        values = [identifier(rng, kind) if n < share * SEEN else f"note {n}" for n in range(SEEN)]
        rows += _seen(rng, one, begins, ends, values)
        real = {v for v in values if not v.startswith("note")}
        pct = 100 * len(real) / len(set(values))
        various = kind != "mobile" or len({v[:3] for v in real}) >= LEAST_PREFIXES
        if len(real) >= LEAST and pct >= LEAST_PCT and various:
            where = platform, str(one["holder"]), f"{one['place']}/{one['field']}/{kind}"
            true.append(Truth(CHECK, "violation", kind, *where, begins, ends, pct, RULE))
    rows.sort(key=lambda row: (int(str(row["occurred_at"])), str(row["place"]), str(row["value"])))
    write_rows(out, "disclosures", [row | {"id": f"v{i:06d}"} for i, row in enumerate(rows)])
    return true


def _seen(rng: np.random.Generator, one: Row, begins: int, ends: int, values: list[str]) -> list[Row]:
    at = rng.integers(begins, ends, len(values))
    return [one | {"occurred_at": int(a), "value": v} for a, v in zip(at, values, strict=True)]


def _quarters(market: Market) -> list[tuple[int, int]]:
    """The local calendar quarters that lie in the last year of the records, as UTC microseconds."""
    clock, epoch, eight = market.clock, datetime(1970, 1, 1), DAY // 3
    starts = [datetime(clock.first.year + n // 4, n % 4 * 3 + 1, 1) for n in range(13)]
    at = [int((start - epoch).total_seconds()) * 1_000_000 - eight for start in starts]
    whole = [(a, b) for a, b in pairwise(at) if clock.since <= a and b <= clock.until]
    return whole or [(clock.since + DAY, clock.until - DAY)]


def identifier(rng: np.random.Generator, kind: str) -> str:
    """A number that is nobody's, of the right shape and with the right check digit."""
    if kind == "mobile":
        return f"{rng.choice(PREFIXES)}0000{_digits(rng, 4)}"
    if kind == "bank_card":
        head = f"6200{_digits(rng, 14)}"
        return head + str(-luhn(head + "0") % 10)
    head = (
        f"{rng.choice(REGIONS)}190{_digits(rng, 1)}{rng.integers(1, 13):02d}{rng.integers(1, 29):02d}{_digits(rng, 3)}"
    )
    left = sum(w * int(d) for w, d in zip(WEIGHTS, head, strict=True)) % 11
    return head + "10X98765432"[left]


def luhn(digits: str) -> int:
    """The Luhn sum: from the right every second digit doubled, its own digits added."""
    doubled = (int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits)))
    return sum(d // 10 + d % 10 for d in doubled)


def _digits(rng: np.random.Generator, n: int) -> str:
    return "".join(str(d) for d in rng.integers(0, 10, n))


def _looks(rng: np.random.Generator, pattern: str, n: int) -> str:
    """A value that looks like an identifier, of people who are not exposed by it, or of none."""
    if pattern == "order_numbers":
        return f"62{_digits(rng, 17)}"
    if pattern == "order_numbers_of_place_and_day":
        return f"{rng.choice(REGIONS)}2025{rng.integers(1, 13):02d}{rng.integers(1, 29):02d}{_digits(rng, 4)}"
    if pattern == "running_numbers_like_mobiles":
        return f"138{n + int(rng.integers(0, 100)) * 1000:08d}"
    if pattern == "masked_values":
        number = identifier(rng, "mobile")
        return f"{number[:3]}****{number[-4:]}"
    if pattern == "a_few_test_numbers":
        return f"1{(38, 39, 58)[n % 3]}00000000"
    if pattern == "member_numbers_with_luhn":
        head = f"90{_digits(rng, 13)}"
        return head + str(-luhn(head + "0") % 10)
    return identifier(rng, KINDS[n % 3] if pattern != "a_companys_hotlines" else "mobile")
