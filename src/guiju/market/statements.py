"""What banks' last statements say up to a day: all deposits, liquid assets, and what platforms brought."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from guiju.audit.opened import Opened
from guiju.market import end_of, local_day
from guiju.records.errors import BadInput, hint

CENTS = 100
Of = dict[tuple[str, str], tuple[date, int]]  # by bank and currency: the day stated, and cents


def cents(amount: Decimal) -> int:
    return int(amount * CENTS)


def last_rows(desk: Opened, name: str, day: date, within_days: int) -> list[dict[str, Any]]:
    """Rows of a table of the last so many days up to the end of a local day, each with its `day`."""
    if not desk.has(name):
        return []
    table, until = desk.table(name), end_of(day, desk.zone)
    recent = table.filter(table.occurred_at < until, table.occurred_at >= until - timedelta(days=within_days))
    rows = desk.frame(recent).to_dicts()
    return [row | {"day": local_day(row["occurred_at"], desk.zone)} for row in rows]


def _last(desk: Opened, name: str, day: date, within: int) -> dict[tuple[str, str], tuple[date, list[dict[str, Any]]]]:
    """Of each bank the rows of its last statement."""
    by: dict[tuple[str, str], dict[date, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for row in last_rows(desk, name, day, within):
        by[row["bank"], row["currency"]][row["day"]].append(row)
    return {key: (max(of), of[max(of)]) for key, of in by.items()}


def totals(desk: Opened, day: date, within_days: int) -> Of:
    """All deposits of each bank (bank_positions). BadInput: it has two totals of a day."""
    found = {}
    for key, (stated, rows) in _last(desk, "bank_positions", day, within_days).items():
        sums = {row["deposits_amount"] for row in rows}
        if len(sums) > 1:
            raise BadInput(f"bank_positions: {key[0]} has {len(rows)} totals of {stated} that differ: leave one")
        if (total := sums.pop()) is not None:
            found[key] = (stated, cents(total))
    return found


def liquid(desk: Opened, day: date, within_days: int) -> Of:
    """Liquid assets after the haircuts of the coverage ratio; its caps bound a ratio, not what can be sold."""
    from guiju.market.stress.weights import parts

    cut = {kind: Fraction(str(round(part, 6))) for kind, part in parts("lcr", "haircut", day).items()}
    found = {}
    for key, (stated, rows) in _last(desk, "liquid_assets", day, within_days).items():
        if strange := sorted({row["kind"] for row in rows} - set(cut)):
            raise BadInput(f"liquid_assets: {key[0]} has the kind {strange[0]!r}; {hint(strange[0], cut)}")
        if len({row["kind"] for row in rows}) < len(rows):
            raise BadInput(f"liquid_assets: {key[0]} states a kind twice on {stated}: leave one row a kind")
        found[key] = (stated, int(sum((cents(row["amount"]) * (1 - cut[row["kind"]]) for row in rows), Fraction())))
    return found


def brought(desk: Opened, day: date, within_days: int) -> Of:
    """What others' platforms had brought to each bank: the last balance of each platform, as last stated by then."""
    until = end_of(day, desk.zone)
    latest: dict[tuple[str, str, str], tuple[date, Any, Decimal]] = {}
    for row in last_rows(desk, "balances", day, within_days):
        known = row["known_at"] or row["occurred_at"]
        if row["operator"] != row["bank"] and known < until:
            key = (row["platform"], row["bank"], row["currency"])
            latest[key] = max(latest.get(key, (date.min, known, Decimal())), (row["day"], known, row["amount"]))
    found: Of = {}
    for (_, bank, currency), (stated, _known, amount) in latest.items():
        before = found.get((bank, currency), (date.min, 0))
        found[bank, currency] = (max(before[0], stated), before[1] + cents(amount))
    return found
