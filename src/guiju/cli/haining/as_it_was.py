"""The night as it was: every flagged order frozen whole, accounts driven below zero, work stopped, nothing told.

What the platform would keep of it is written as the tables of docs/holds.md, for an audit to read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from guiju.cli.haining.night import CURRENCY, DAY, NIGHT, SWEPT, Night
from guiju.records import tables

HOUR = timedelta(hours=1)
MORNING = NIGHT + 10 * HOUR  # when those who were stopped wrote to the platform
TOLD = dict.fromkeys(
    ("told_rule", "told_facts", "told_until", "told_appeal"), "no"
)  # "risk-control order, funds frozen"
REFUSED_A_DAY = 3
ASKED = date(2021, 1, 15)  # the day on which a regulator asks


@dataclass(frozen=True)
class Naive:
    """What came of it, fen by driver: on the account afterwards, and what was frozen; and which orders were."""

    files: Path
    balances: dict[str, int]
    frozen: dict[str, int]
    orders: frozenset[str]

    @property
    def stopped(self) -> list[str]:
        """Drivers below zero, who were given no orders any more; the lowest first."""
        return sorted((d for d, fen in self.balances.items() if fen < 0), key=lambda d: self.balances[d])


def naive(night: Night, out: Path) -> Naive:
    """Freeze what the triggers flagged, as a batch of that night did, and write the platform's files to `out`."""
    import polars as pl

    disputed = {decision.id: night.disputed(decision) for decision in night.flagged}
    orders = night.events(disputed)
    balances, frozen = dict(night.balances), dict[str, int]()
    rows = _Rows([], [], [])
    for order in orders:
        driver = order["driver"]
        balances[driver] -= order["fare_fen"]
        frozen[driver] = frozen.get(driver, 0) + order["fare_fen"]
        rows.froze(order, disputed[order["id"]], balances[driver])
    made = Naive(out, balances, frozen, frozenset(disputed))
    out.mkdir(parents=True)
    written = {
        "decisions": rows.decisions, "holds": rows.holds, "account_entries": [*_paid(night, frozen), *rows.entries],
        "work_stops": _stops(made), "appeals": _appeals(night, rows.decisions), "hold_steps": [],
    }  # fmt: skip
    for name, its in written.items():
        pl.DataFrame(its, schema=pl.Schema(tables()[name].schema.to_polars())).write_parquet(out / f"{name}.parquet")
    for name in ("agencies", "parties", "campaigns", "trips"):
        (out / f"{name}.parquet").symlink_to((night.records / f"{name}.parquet").resolve())
    return made


@dataclass
class _Rows:
    """The rows of that night, as the platform's systems kept them."""

    decisions: list[dict[str, Any]]
    holds: list[dict[str, Any]]
    entries: list[dict[str, Any]]

    def froze(self, order: dict[str, Any], disputed: int, left: int) -> None:
        """One order frozen: its decision, its hold, its entry on the account, after which `left` fen stood there."""
        number, driver, at = len(self.holds), order["driver"], _naive(NIGHT)
        same = {"platform": order["platform"], "occurred_at": at, "party": driver}
        self.decisions.append(
            same | {"id": f"r{number:05}", "agency": order["agency"], "region": order["region"], "kind": "hold",
                    "order_id": order["id"], "rule": "risk_control", "automated": "yes", "told_at": at, **TOLD}
        )  # fmt: skip
        fare, money = _yuan(order["fare_fen"]), {"currency": CURRENCY}
        self.holds.append(
            same | money | {"id": f"f{number:05}", "decision": f"r{number:05}", "dispute": order["id"], "amount": fare,
                            "disputed_amount": _yuan(disputed)}
        )  # fmt: skip
        self.entries.append(
            same | money | {"id": f"z{number:05}", "kind": "hold", "hold": f"f{number:05}", "order_id": order["id"],
                            "amount": -fare, "balance_amount": _yuan(left)}
        )  # fmt: skip


def _paid(night: Night, drivers: Any) -> list[dict[str, Any]]:
    """What these drivers were paid in the 30 days, and drew every night."""
    import polars as pl

    rows, standing, today = list[dict[str, Any]](), dict[str, int](), dict[str, date]()
    since = _naive(NIGHT - SWEPT)
    theirs = night.trips.filter(pl.col("driver").is_in(list(drivers)), pl.col("occurred_at") >= since)
    for trip in theirs.sort("driver", "occurred_at").iter_rows(named=True):
        driver, at = trip["driver"], trip["occurred_at"]
        day = (at + 8 * HOUR).date()
        keeps = night.keeps
        if today.get(driver) not in (None, day) and standing[driver] > keeps:
            drawn = standing[driver] - keeps
            when = datetime.combine(today[driver], datetime.min.time()) + 16 * HOUR
            rows.append(_entry(trip, f"y{trip['id']}", when, "payout", -drawn, keeps))
            standing[driver] = keeps
        today[driver] = day
        standing[driver] = standing.get(driver, keeps) + trip["driver_fen"]
        rows.append(_entry(trip, f"p{trip['id']}", at, "pay", trip["driver_fen"], standing[driver]))
    return rows


def _entry(trip: dict[str, Any], id_: str, at: datetime, kind: str, fen: int, left: int) -> dict[str, Any]:
    return {
        "platform": trip["platform"], "id": id_, "occurred_at": at, "party": trip["driver"], "kind": kind,
        "order_id": trip["id"] if kind == "pay" else None, "currency": CURRENCY, "amount": _yuan(fen),
        "balance_amount": _yuan(left),
    }  # fmt: skip


def _stops(made: Naive) -> list[dict[str, Any]]:
    return [
        {"platform": "yexing", "id": f"s{n:04}", "occurred_at": _naive(NIGHT), "party": driver,
         "reason": "balance_below_zero", "refused": REFUSED_A_DAY * (ASKED - DAY).days}
        for n, driver in enumerate(made.stopped)
    ]  # fmt: skip


def _appeals(night: Night, decisions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The agency's drivers appeal in the app, each against every order; nobody answers."""
    return [
        {"platform": row["platform"], "id": f"a{n:05}", "occurred_at": _naive(MORNING), "decision": row["id"],
         "party": row["party"], "made_by": "party"}
        for n, row in enumerate(decisions)
        if row["agency"] == night.agency
    ]  # fmt: skip


def _naive(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


def _yuan(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)
