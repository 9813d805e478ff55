"""What platforms charge the twin's merchants, under published schedules; some of it beyond them.

Thirty-day periods of the last year. Truth is counted from the rows written, in whole fractions of a fen.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from pathlib import Path

import numpy as np

from guiju.twin.market import DAY, HOUR, Market
from guiju.twin.plans import grade
from guiju.twin.settling import Truth
from guiju.twin.tables import Names, write_rows

RULE = "no_unreasonable_fees"
CHECK = "unreasonable_fees"
PERIODS, PERIOD = 12, 30 * DAY
MOST_SELLERS = 60
ROUNDING = Fraction(5)  # fen
MICRO = 1_000_000  # a rate's per cent
HONEST = (
    "new_schedule_in_time", "tax_on_top", "minimum_fee", "refunded_later", "volume_tier", "penalty_under_terms",
    "paid_in_instalments", "dearer_category", "not_rendered_and_given_back", "deposit",
)  # fmt: skip
AGAINST = ("above_the_schedule", "no_item", "ended_item", "charged_twice", "not_rendered", "raised_before_published")
Row = dict[str, object]


def write(out: Path, market: Market, names: Names, rng: np.random.Generator, plants: bool) -> list[Truth]:
    """The tables `fee_schedules` and `fees`; which merchants were charged beyond what was published."""
    until, fees = market.clock.until, list[Row]()
    items = schedules(until, market.platforms)
    sellers = min(MOST_SELLERS, market.sellers)
    patterns, planted = {}, max(1, (sellers - len(HONEST)) * 2 // 3)
    bases = rng.integers(200_000, 900_000, (sellers, PERIODS))  # fen
    for seller in range(sellers):
        place, pattern, strength = seller - len(HONEST), "", 0.0
        if place < 0:
            pattern = HONEST[seller]
        elif plants and place < planted:
            pattern, strength = AGAINST[place % len(AGAINST)], grade(place, planted, 0.004, 1.0)
        platform = market.platforms[int(market.platform[seller])]
        own: list[Row] = []
        for k in range(PERIODS):
            own += _period(pattern, strength, until - (3 + 30 * k) * DAY, k, int(bases[seller, k]), until)
        for row in own:
            fees.append({"platform": platform, "seller": market.seller_name(seller), "currency": "CNY"} | row)
        patterns[market.seller_name(seller)] = pattern
    fees.sort(key=lambda row: (_whole(row, "occurred_at"), str(row["seller"]), str(row["id"])))
    numbers = {(row["seller"], row["id"]): f"e{i:06d}" for i, row in enumerate(fees)}
    for row in fees:
        row["refund_of"] = numbers.get((row["seller"], row.get("refund_of")))
        row["id"] = numbers[row["seller"], row["id"]]
    for i, row in enumerate(items):
        row["id"] = f"h{i:04d}"
    write_rows(out, "fees", fees)
    write_rows(out, "fee_schedules", items)
    true = found(fees, items)
    assert all(patterns[t.object.split("/")[0]] in AGAINST for t in true)
    where = {str(row["seller"]): str(row["platform"]) for row in fees}
    lookalikes = [
        Truth(CHECK, "lookalike", p, where[s], where[s], f"{s}/{item}", until - 365 * DAY, until, 0.0, RULE)
        for s, p in patterns.items() if p in HONEST
        for item in sorted({str(row["item"]) for row in fees if row["seller"] == s})
    ]  # fmt: skip
    return [t._replace(pattern=patterns[t.object.split("/")[0]]) for t in true] + lookalikes


def schedules(until: int, platforms: tuple[str, ...]) -> list[Row]:
    """Every platform's items: a rate that rises in time, one that is raised before it is published, one that ends."""
    begun, risen, late = until - 900 * DAY, until - 183 * DAY, until - 123 * DAY

    def item(name: str, since: int, rate: float | None, **other: object) -> Row:
        pct = None if rate is None else round(rate * 100)  # hundredths of a per cent, as fen are of a yuan
        return {"item": name, "valid_from": since, "published_at": since - 20 * DAY, "rate_pct": pct} | other

    one = [
        item("commission", begun, 5.0, valid_to=risen),
        item("commission", risen, 5.5),
        item("commission", begun, 8.0, category="jewellery"),
        item("storage", begun, 0.8, least_amount=5_000),
        item("delivery", begun, 6.0, below_base_amount=500_000),
        item("delivery", begun, 4.0, least_base_amount=500_000),
        item("insurance", begun, 1.0),
        item("insurance", late, 1.5, published_at=until - 63 * DAY),
        item("photography", begun, None, fixed_amount=20_000),
        item("listing", begun, None, fixed_amount=10_000, valid_to=until - 213 * DAY),
    ]
    return [{"platform": platform, "currency": "CNY"} | row for platform in platforms for row in one]


def _period(pattern: str, strength: float, ends: int, k: int, base: int, until: int) -> list[Row]:
    """One merchant's charges of a period that ends then; those of the pattern deviate."""
    starts, rows = ends - PERIOD, list[Row]()
    category = "jewellery" if pattern == "dearer_category" else "groceries"
    tax_pct = 13 if pattern == "tax_on_top" else 6

    def charge(item: str, amount: float, tag: str = "", **other: object) -> Row:
        whole = round(amount * (100 + tax_pct) / 100)
        row: Row = {
            "id": f"{k:02d}{item}{tag}", "occurred_at": ends + DAY + len(rows) * HOUR, "kind": "fee", "item": item,
            "category": category, "tier": "standard", "period_start": starts, "period_end": ends, "amount": whole,
            "tax_amount": whole - round(amount), "base_amount": base, "rendered": "yes",
        } | other  # fmt: skip
        rows.append(row)
        return row

    rate = 8.0 if category == "jewellery" else 5.5 if ends > until - 183 * DAY else 5.0
    over = 1 + strength if pattern == "above_the_schedule" and k % 3 == 0 else 1.0
    charge("commission", base * rate / 100 * over)
    charge("storage", max(base * 0.8 / 100, 5_000))
    charge("delivery", base * (4.0 if base >= 500_000 else 6.0) / 100)
    early = pattern == "raised_before_published" and until - 123 * DAY <= starts
    charge("insurance", base * (1.5 if early or starts >= until - 63 * DAY else 1.0) / 100)
    if ends <= until - 213 * DAY or pattern == "ended_item":
        charge("listing", 10_000, base_amount=None)
    _odd(pattern, k, charge, rows)
    return rows


def _odd(pattern: str, k: int, charge, rows: list[Row]) -> None:  # type: ignore[no-untyped-def]
    """What only this pattern has in a period."""
    shoot = f"shoot-{k:02d}"
    if pattern == "no_item" and k % 4 == 1:
        charge("data_report", 3_000, base_amount=None)
    elif pattern in ("charged_twice", "refunded_later") and k % 2 == 0:
        charge("photography", 20_000, "a", service=shoot, base_amount=None)
        again = charge("photography", 20_000, "b", service=shoot, base_amount=None)
        if pattern == "refunded_later":
            _give_back(rows, again)
    elif pattern == "paid_in_instalments" and k % 2 == 0:
        for tag in "ab":
            charge("photography", 10_000, tag, service=shoot, base_amount=None)
    elif pattern in ("not_rendered", "not_rendered_and_given_back") and k % 3 == 2:
        missed = charge("photography", 20_000, service=shoot, base_amount=None, rendered="no")
        if pattern == "not_rendered_and_given_back":
            _give_back(rows, missed)
    elif pattern in ("penalty_under_terms", "deposit") and k % 5 == 0:
        kind = pattern.split("_")[0]
        charge("late_shipping" if kind == "penalty" else "bond", 50_000, base_amount=None, kind=kind)


def _give_back(rows: list[Row], charged: Row) -> None:
    at = _whole(charged, "occurred_at") + DAY // 2
    rows.append(charged | {"id": f"{charged['id']}r", "occurred_at": at, "kind": "refund", "refund_of": charged["id"]})


def _whole(row: Row, name: str) -> int:
    return int(str(row.get(name) or 0))


def found(fees: list[Row], items: list[Row]) -> list[Truth]:
    """The rule's own definition, bill by bill: what is charged once for one service or period, refunds taken off."""
    back = {row["refund_of"]: _whole(row, "amount") - _whole(row, "tax_amount") for row in fees if row["refund_of"]}
    bills: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in (row for row in fees if row["kind"] == "fee"):
        bills[row["platform"], row["seller"], row["item"], row.get("service"), row["period_start"]].append(row)
    wrong: dict[tuple[str, str, str], list[tuple[list[Row], Fraction, Fraction]]] = defaultdict(list)
    for (platform, seller, item, *_), rows in bills.items():
        due = sum(_whole(r, "amount") - _whole(r, "tax_amount") - back.get(r["id"], 0) for r in rows)
        allowed = max((_allowed(r, items) for r in rows), default=Fraction(0))  # all of one base
        if all(r["rendered"] == "no" for r in rows):
            allowed = Fraction(0)
        if due - allowed > ROUNDING:
            wrong[str(platform), str(seller), str(item)].append((rows, due - allowed, allowed))
    true = []
    for (platform, seller, item), its in sorted(wrong.items()):
        moments = [_whole(row, "occurred_at") for rows, *_ in its for row in rows]
        excess = sum((e for _, e, _ in its), Fraction(0))
        allowed = sum((a for *_, a in its), Fraction(0))
        strength = float(excess / allowed * 100) if allowed else 100.0
        true.append(Truth(CHECK, "violation", "", platform, platform, f"{seller}/{item}", min(moments), max(moments),
                          strength, RULE))  # fmt: skip
    return true


def _allowed(row: Row, items: list[Row]) -> Fraction:
    """The most that any item in force during the charge's period allows, of those nearest to the merchant."""
    base, opens, closes = _whole(row, "base_amount"), _whole(row, "period_start"), _whole(row, "period_end")
    most: dict[bool, Fraction] = {}
    alike = [i for i in items if i["platform"] == row["platform"] and i["item"] == row["item"]]
    for item in alike:
        begins = max(_whole(item, "valid_from"), _whole(item, "published_at"))
        later = [
            max(_whole(i, "valid_from"), _whole(i, "published_at")) for i in alike
            if i.get("category") == item.get("category") and _whole(i, "valid_from") > _whole(item, "valid_from")
        ]  # fmt: skip
        ends = _whole(item, "valid_to") or min(later, default=2**62)
        near = item.get("category") == row["category"]
        fits = item.get("category") is None or near
        inside = _whole(item, "least_base_amount") <= base < (_whole(item, "below_base_amount") or 2**62)
        if fits and inside and begins < closes and opens < ends:
            sums = Fraction(base * _whole(item, "rate_pct"), 10_000) + _whole(item, "fixed_amount")
            most[near] = max(most.get(near, Fraction(0)), sums, Fraction(_whole(item, "least_amount")))
    return most.get(True, most.get(False, Fraction(0)))
