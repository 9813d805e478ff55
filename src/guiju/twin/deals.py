"""Concentrations of five years beside the twin's trade, and the turnovers that say which had to be notified.

Each is of groups of its own, drawn near the thresholds of its day; truth is counted from the rows written.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from guiju.twin.market import DAY, HOUR, Market
from guiju.twin.settling import Truth
from guiju.twin.tables import Names, write_rows

RULE = "no_unnotified_concentrations"
CHECK = "unnotified_concentrations"
YUAN = 100  # fen
WORLD, CHINA, EACH = 0, 1, 2
BEFORE = (10_000_000_000, 2_000_000_000, 400_000_000)  # yuan, until 21 January 2024
SINCE = (12_000_000_000, 4_000_000_000, 800_000_000)
TURN = int(datetime(2024, 1, 21, 16, tzinfo=UTC).timestamp()) * 1_000_000
LOCAL = 8 * HOUR
YEARS_DAYS = 1790
AGAINST = (("not_notified", None), ("not_notified", 200), ("pending", None), ("cleared", 40), ("prohibited", None))
HONEST = (
    "at_the_threshold", "old_threshold", "notified_in_time", "cleared_as_implemented", "within_the_group",
    "half_owned", "no_control", "growing_fast", "one_large_group", "financial", "booked_wrongly",
)  # fmt: skip
Row = dict[str, object]


def write(out: Path, market: Market, names: Names, rng: np.random.Generator, plants: bool) -> list[Truth]:
    """The tables `concentrations` and `turnovers`; who implemented what should have been cleared first."""
    deals: list[Row] = []
    turnovers: list[Row] = []
    patterns: dict[str, str] = {}
    until = market.clock.until
    # Drawn also where nobody breaks the rule: the look-alikes are the same in both markets.
    days = rng.permutation(np.linspace(30, YEARS_DAYS, 40).astype(int))
    strengths = rng.permutation(np.geomspace(0.0005, 0.6, 20))
    for i, honest in enumerate(HONEST):
        at = until - int(days[i]) * DAY + 2 * HOUR
        if honest == "old_threshold":
            at = max(TURN, until - YEARS_DAYS * DAY) + (10 + i) * DAY
        elif honest in ("growing_fast", "at_the_threshold"):
            at += 20 * DAY
        _honest(honest, f"d{i:03d}", i, at, deals, turnovers)
        patterns[f"d{i:03d}"] = honest
    for i, strength in enumerate(strengths if plants else ()):
        deal, at = f"d{i + 100:03d}", until - int(days[len(HONEST) + i]) * DAY + 5 * HOUR
        filing, after = AGAINST[i % len(AGAINST)]
        route = (WORLD, CHINA)[i // 2 % 2]
        if i == 7:  # of the new year by the clock on the wall, of the old one in UTC
            at = _new_year(_year(at)) + HOUR
        _deal(deals, deal, i, at, filing, None if after is None else at + after * DAY)
        _turnovers(turnovers, deal, at, route, 1 + float(strength), parts=1 + i % 4)
        patterns[deal] = f"{'worldwide' if route == WORLD else 'in_china'}_{filing}"
    for table, rows in (("concentrations", deals), ("turnovers", turnovers)):
        for row in rows:
            deal = str(row["company"]).split("-")[0]
            row["platform"] = market.platforms[int(deal[1:]) % 100 % len(market.platforms)]
        rows.sort(key=lambda row: (row.get("occurred_at", 0), row["company"], row.get("year", 0)))
        for number, row in enumerate(rows):
            row["id"] = f"{table[0]}{number:05d}"
        write_rows(out, table, rows)
    true = found(deals, turnovers)
    assert all(patterns[t.object] not in HONEST for t in true)
    return [t._replace(pattern=patterns[t.object]) for t in true] + [
        Truth(CHECK, "lookalike", p, str(row["platform"]), str(row["company_group"]), d, at - HOUR, at + DAY, 0.0, RULE)
        for d, p in patterns.items() if p in HONEST
        for row in deals if row["deal"] == d and row["role"] == "acquirer"
        for at in [int(str(row["occurred_at"]))]
    ]  # fmt: skip


def _year(at: int) -> int:
    """The local calendar year of a moment."""
    return 1970 + int((np.datetime64(at + LOCAL, "us")).astype("datetime64[Y]").astype(int))


def _new_year(year: int) -> int:
    return int(np.datetime64(f"{year}-01-01", "us").astype(int)) - LOCAL


def thresholds(at: int) -> tuple[int, ...]:
    """Worldwide, in China and of each of two, of the moment, fen."""
    return tuple(yuan * YUAN for yuan in (SINCE if at >= TURN else BEFORE))


def _deal(deals: list[Row], deal: str, i: int, at: int, filing: str, cleared: int | None) -> None:
    notified = None if filing == "not_notified" else min(at, cleared or at) - 20 * DAY
    for role in ("acquirer", "target"):
        company = f"{deal}-{role[0]}1"
        deals.append({
            "deal": deal, "occurred_at": at, "company": company, "company_group": f"{deal}-{role[0]}",
            "role": role, "control": ("sole", "joint", "merger")[i % 3], "owner": company, "owner_pct": 100 * 100,
            "filing": filing, "notified_at": notified, "cleared_at": cleared if filing == "cleared" else None,
        })  # fmt: skip


def _turnovers(rows: list[Row], deal: str, at: int, route: int, times: float, parts: int = 1) -> None:
    """Three years of both groups, in so many companies; in the year before, `times` the threshold."""
    world, china, each = thresholds(at)
    small = round(each * min(times, 1.3))
    if route == CHINA:
        acquirer, target = (round(china * times) - small, small), (round(each * 1.0), small)
        sums = {"a": (acquirer[0] * 21 // 20, acquirer[0]), "t": (target[1] * 21 // 20, target[1])}
    else:
        sums = {"a": (round(world * times) - small * 2, small), "t": (small * 2, small)}
    for side, (whole, home) in sums.items():
        for year, share in ((-3, 0.5), (-1, 1.0), (0, 1.1)):
            for part in range(parts):
                rows.append(_turnover(deal, side, part, _year(at) + year, *(
                    _part(round(amount * share) if share != 1 else amount, part, parts) for amount in (whole, home)
                )))  # fmt: skip


def _part(amount: int, part: int, parts: int) -> int:
    return amount // parts + (amount % parts if part == 0 else 0)


def _turnover(deal: str, side: str, part: int, year: int, whole: int, home: int) -> Row:
    return {
        "company": f"{deal}-{side}{part + 1}", "company_group": f"{deal}-{side}", "year": year,
        "currency": "CNY", "worldwide_amount": whole, "china_amount": home, "known_at": _new_year(year + 1) + 90 * DAY,
    }  # fmt: skip


def _honest(pattern: str, deal: str, i: int, at: int, deals: list[Row], turnovers: list[Row]) -> None:
    """A deal that a careless look would take for one that had to be notified, and was not."""
    _deal(deals, deal, i, at, "not_notified", None)
    own = deals[-2:]
    strength = {"at_the_threshold": 1.0, "growing_fast": 0.95}.get(pattern, 1.4)
    _turnovers(turnovers, deal, at, CHINA, strength, parts=2)
    rows = [row for row in turnovers if str(row["company"]).startswith(deal)]
    last = [row for row in rows if row["year"] == _year(at) - 1]
    if pattern == "old_threshold":
        for row in last:  # above the thresholds of 2008, not those of its own day
            row["china_amount"], row["worldwide_amount"] = (int(str(row[k])) * 6 // 10 for k in AMOUNTS)
    elif pattern in ("notified_in_time", "cleared_as_implemented"):
        for row in own:
            row |= {"filing": "cleared", "notified_at": at - 60 * DAY, "cleared_at": at - (i % 2) * 10 * DAY}
    elif pattern in ("within_the_group", "half_owned"):
        own[1] |= {"owner": own[0]["company"], "owner_pct": 5000 if pattern == "half_owned" else 8000}
    elif pattern == "no_control":
        for row in own:
            row["control"] = "no_control"
    elif pattern == "one_large_group":
        for row in last:
            if str(row["company_group"]).endswith("-t"):
                row["china_amount"] = row["worldwide_amount"] = 1_000_000 * YUAN
    elif pattern == "financial":
        for row in rows:
            row["sector"] = "financial"
    elif pattern == "booked_wrongly":
        for row in last:
            right = {k: int(str(row[k])) // 10 for k in AMOUNTS}
            turnovers.append(row | right | {"known_at": int(str(row["known_at"])) + 30 * DAY})


AMOUNTS = ("china_amount", "worldwide_amount")


def found(deals: list[Row], turnovers: list[Row]) -> list[Truth]:
    """The rule's own definition, deal by deal."""
    true = []
    for deal in sorted({str(row["deal"]) for row in deals}):
        its = [row for row in deals if row["deal"] == deal]
        at, first = int(str(its[0]["occurred_at"])), its[0]
        groups = {str(row["company_group"]) for row in its}
        year = [row for row in turnovers if row["company_group"] in groups and row["year"] == _year(at) - 1]
        booked: dict[tuple[str, str], Row] = {}
        for row in sorted(year, key=lambda row: int(str(row["known_at"]))):
            booked[str(row["company_group"]), str(row["company"])] = row
        sums = {g: [sum(int(str(r[k])) for (of, _), r in booked.items() if of == g) for k in AMOUNTS] for g in groups}
        world, china, each = thresholds(at)
        over = max(sum(s[1] for s in sums.values()) / world, sum(s[0] for s in sums.values()) / china)
        passed = over > 1 and sum(s[0] > each for s in sums.values()) >= 2
        owned = any(
            all(r["company"] == holder or (r["owner"] == holder and int(str(r["owner_pct"])) >= 5000) for r in its)
            for holder in {r["owner"] for r in its}
        )
        cleared = first["filing"] == "cleared" and int(str(first["cleared_at"])) <= at
        financial = any(row.get("sector") == "financial" for row in booked.values())
        if passed and first["control"] != "no_control" and not owned and not cleared and not financial:
            subject = next(str(row["company_group"]) for row in its if row["role"] == "acquirer")
            platform = str(first["platform"])
            true.append(Truth(CHECK, "violation", "", platform, subject, deal, at, at, (over - 1) * 100, RULE))
    return true
