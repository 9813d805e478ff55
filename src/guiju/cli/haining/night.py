"""The night, made up: trips with known truth, the platform's triggers of that December, and who had how much.

The records are `guiju.twin.trips`: five months up to 12 December 2020, 2,000 drivers, 25 of them of one agency where an
insurer gives driving vouchers with its policies and risk control was not told; two of these cheat with them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from guiju.audit.opened import Progress
from guiju.gate import Decision, TriggerSet, load, shipped
from guiju.gate.backtest.flags import flags
from guiju.twin.fleet import Insurer
from guiju.twin.trips import generate

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2020, 12, 12)
NIGHT = datetime(2020, 12, 12, 23, 30, tzinfo=ZONE).astimezone(UTC)
SWEPT = timedelta(days=30)  # how far back orders are looked at that night
LOOKED_BACK = timedelta(days=94)  # and the guard, which compares with eight weeks before the first of those days
INSURER = Insurer(drivers=25, days=20, share_pct=38, told=False, cheats=2)
SECURITY, PREPAID = 100_00, 50_00  # fen that stay on a driver's account: deposit, and for the information fee
CURRENCY = "CNY"
SHARED = 3  # riders on one phone, from which on it is evidence of its own


@dataclass(frozen=True)
class Night:
    """What both worlds begin with.

    trips: those of the 94 days before the night, with the driver's part and the fare in fen, and whether the trip
    really broke a rule (`cheated`). decisions: those on them at which a trigger held. balances: fen on each driver's
    account that evening. registry: the campaigns, as that table has them.
    """

    records: Path
    of: TriggerSet
    trips: pl.DataFrame
    decisions: list[Decision]
    balances: dict[str, int]
    registry: list[dict[str, Any]]

    @property
    def flagged(self) -> list[Decision]:
        """The decisions of the last 30 days."""
        since = (NIGHT - SWEPT).replace(tzinfo=None)
        return [decision for decision in self.decisions if decision.decision_at >= since]

    def events(self, ids: Iterable[str]) -> list[dict[str, Any]]:
        """The trips of these ids, in the order of their ends."""
        import polars as pl

        return self.trips.filter(pl.col("id").is_in(list(set(ids)))).to_dicts()

    def recent(self) -> list[dict[str, Any]]:
        """The trips of the last 30 days."""
        import polars as pl

        return self.trips.filter(pl.col("occurred_at") >= (NIGHT - SWEPT).replace(tzinfo=None)).to_dicts()

    def earned(self, day: date) -> dict[str, int]:
        """Fen that each driver earned on a local day."""
        import polars as pl

        begins = _utc(day)
        today = self.trips.filter(pl.col("occurred_at") >= begins, pl.col("occurred_at") < begins + timedelta(days=1))
        return dict(today.group_by("driver").agg(pl.col("driver_fen").sum()).iter_rows())

    def cases_of(self, trigger: str) -> pa.Table:
        """Every trip as the guard asks for it: flagged by a trigger or not, and what else is against it."""
        import polars as pl

        known: dict[str, str | None] = {}
        for decision in self.decisions:
            if decision.triggers[trigger]:
                shared = (decision.features["phone_riders"] or 0) >= SHARED or decision.features["own_phone_en"] == "is"
                known[decision.id] = "shared_phone" if shared else None
        against = pl.DataFrame(
            {"id": list(known), "evidence": list(known.values())}, schema={"id": str, "evidence": str}
        )
        told = against.with_columns(flagged=pl.lit(value=True))
        return (
            self.trips.join(told, on="id", how="left")
            .select("platform", "id", pl.col("occurred_at").alias("decided_at"), pl.col("driver").alias("subject"),
                    "region", "agency", "campaign", "service", "booking", "channel",
                    pl.col("flagged").fill_null(value=False), "evidence")
            .to_arrow()
        )  # fmt: skip

    def disputed(self, decision: Decision) -> int:
        """Fen in dispute: the largest sum that a trigger which held disputes; they dispute the same money."""
        named = {trigger.name: trigger.entry.amount for trigger in self.of.triggers}
        sums = (reason.facts.get(named[reason.trigger]) for reason in decision.reasons)
        return max((int(amount * 100) for amount in sums if amount is not None), default=0)

    @property
    def keeps(self) -> int:
        """Fen that a driver leaves on the account when drawing the rest."""
        return SECURITY + PREPAID

    @cached_property
    def agency(self) -> str:
        """The agency whose drivers meet the insurer's customers."""
        import polars as pl

        insured = self.trips.filter(pl.col("campaign") == "drive_home_insured")
        return str(insured["agency"][0])

    def of_agency(self) -> set[str]:
        """Its drivers."""
        import polars as pl

        return set(self.trips.filter(pl.col("agency") == self.agency)["driver"])


def made(out: Path, trips: int, drivers: int, days: int, seed: int, progress: Progress) -> Night:
    """Make the records in `out`, let the platform's triggers decide on all of them, and count the accounts."""
    records = out / "records"
    generate(records, trips, seed, end=DAY, days=days, drivers=drivers, insurer=INSURER, progress=progress)
    of = load(set_of_that_night(out / "triggers" / "driving"))  # cases name the set as other platforms do
    since = NIGHT - LOOKED_BACK
    decisions = flags(of, records, since=since, until=NIGHT, progress=progress)
    return Night(records, of, _trips(records, since), decisions, _balances(records), _registry(records))


def set_of_that_night(folder: Path) -> Path:
    """The set that ships, but for vouchers: there the platform counted, and asked no more."""
    shutil.copytree(shipped()["driving"], folder)
    for path in (Path(__file__).parent / "set").glob("*.yaml"):
        shutil.copy(path, folder)
    return folder


def _trips(records: Path, since: datetime) -> pl.DataFrame:
    import polars as pl

    truth = pl.scan_parquet(records / "truth_by_trip.parquet").filter(pl.col("kind") == "violation")
    broke = truth.select("platform", "id").unique().with_columns(cheated=pl.lit(True))
    fen = [(pl.col(f"{name}_amount") * 100).cast(pl.Int64) for name in ("fare", "driver")]
    return (
        pl.scan_parquet(records / "trips.parquet")
        .filter(pl.col("occurred_at") >= since.replace(tzinfo=None), pl.col("occurred_at") < NIGHT.replace(tzinfo=None))
        .join(broke, on=["platform", "id"], how="left")
        .select("platform", "id", "occurred_at", "driver", "agency", "region", "campaign", "service", "booking",
                "channel", "currency", fen[0].alias("fare_fen"), fen[1].alias("driver_fen"),
                pl.col("cheated").fill_null(value=False))
        .sort("occurred_at", "id")
        .collect()
    )  # fmt: skip


def _balances(records: Path) -> dict[str, int]:
    """Who drives draws every night what is above deposit and prepaid fee; that evening the day's pay is there, too."""
    import polars as pl

    today = (pl.col("occurred_at") >= _utc(DAY)) & (pl.col("occurred_at") < NIGHT.replace(tzinfo=None))
    earned = (
        pl.scan_parquet(records / "trips.parquet")
        .group_by("driver")
        .agg(((pl.col("driver_amount") * 100).cast(pl.Int64) * today).sum().alias("fen"))
        .collect()
    )
    return {driver: SECURITY + PREPAID + int(fen) for driver, fen in earned.iter_rows()}


def _registry(records: Path) -> list[dict[str, Any]]:
    import polars as pl

    return pl.read_parquet(records / "campaigns.parquet").to_dicts()


def _utc(day: date) -> datetime:
    """When a local day begins, UTC without a zone."""
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC).replace(tzinfo=None)
