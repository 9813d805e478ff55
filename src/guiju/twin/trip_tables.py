"""The tables of the twin of trips as Parquet, written chunk by chunk, and its truth, counted as they are written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from guiju.twin.driving import CODE, PATTERNS
from guiju.twin.fleet import PLATFORM, SERVICES, TOWNS, Fleet, Insurer, campaigns, degrees
from guiju.twin.market import DAY, Clock, Ints, Many
from guiju.twin.rides import CHANNELS, SECOND, Chunk
from guiju.twin.settling import Truth
from guiju.twin.tables import Writer, coded, exact, numbered, times, write_rows, write_truth
from guiju.twin.tracks import Track

ZONE_KM, ZONES_A_SIDE = 1.2, 60  # zones are squares around the town's centre
BY_TRIP = pa.schema([(name, pa.string()) for name in ("platform", "id", "check", "kind", "pattern")])


@dataclass
class Ledger:
    """Truth in the making: of each driver and pattern how many trips, the first and last end, the riders' range."""

    trips: Ints
    first: Ints
    last: Ints
    least_rider: Ints
    most_rider: Ints

    @classmethod
    def empty(cls, fleet: Fleet) -> Ledger:
        n = fleet.drivers * len(PATTERNS)
        most = np.iinfo(np.int64).max
        return cls(np.zeros(n, np.int64), np.full(n, most), np.zeros(n, np.int64), np.full(n, most),
                   np.full(n, -1, np.int64))  # fmt: skip

    def add(self, c: Chunk) -> None:
        marked = np.flatnonzero(c["pattern"])
        cell = c["driver"][marked] * len(PATTERNS) + c["pattern"][marked]
        self.trips += np.bincount(cell, minlength=self.trips.size)
        for put, whole, values in (
            (np.minimum, self.first, "ended"), (np.maximum, self.last, "ended"),
            (np.minimum, self.least_rider, "rider"), (np.maximum, self.most_rider, "rider"),
        ):  # fmt: skip
            put.at(whole, cell, c[values][marked])

    def truth(self) -> list[Truth]:
        true = []
        for cell in np.flatnonzero(self.trips):
            driver, code = divmod(int(cell), len(PATTERNS))
            pattern, one = PATTERNS[code], self.least_rider[cell] == self.most_rider[cell]
            true.append(Truth(
                pattern.check, pattern.kind, pattern.name, PLATFORM, f"d{driver:06d}",
                f"c{self.least_rider[cell]:09d}" if one else "",
                int(self.first[cell]) * SECOND, int(self.last[cell]) * SECOND,
                float(self.trips[cell]), pattern.rule,
            ))  # fmt: skip
        return true


class TripWriter:
    """Writes trips, pings, vouchers and the truth of each trip as they come."""

    def __init__(self, out: Path, fleet: Fleet, clock: Clock, insurer: Insurer) -> None:
        self.out, self.fleet, self.clock, self.insurer = out, fleet, clock, insurer
        self.trips, self.pings = Writer(out, "trips"), Writer(out, "pings")
        self.marks = pq.ParquetWriter(out / "truth_by_trip.parquet", BY_TRIP, compression="zstd", store_schema=False)
        self.sent, self.vouchers = 0, list[dict[str, Ints]]()
        self.platform = pa.array([PLATFORM])
        self.drivers = numbered("d", np.arange(fleet.drivers), 6)
        self.driver_devices = numbered("e", np.arange(fleet.drivers), 9)
        self.agencies = pa.array(fleet.agencies)
        self.regions = pa.array([town.region for town in TOWNS])
        self.zones = pa.array(
            [f"{t.region}-{z // ZONES_A_SIDE:02d}{z % ZONES_A_SIDE:02d}" for t in TOWNS for z in range(ZONES_A_SIDE**2)]
        )
        self.campaigns = pa.array([campaign.name for campaign in campaigns(insurer)])
        self.names = {of: pa.array([getattr(p, of) for p in PATTERNS]) for of in ("check", "kind", "name")}

    def __enter__(self) -> TripWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.trips.__exit__(kind, error, at)
        self.pings.__exit__(kind, error, at)
        self.marks.close()

    def add(self, c: Chunk, track: Track, first: int, ledger: Ledger) -> None:
        trip = numbered("t", np.arange(first, first + c["ended"].size))
        voucher = self._vouchers(c, first)
        self.trips.add(self._whose(c, trip) | self._places(c) | self._money(c, voucher))
        self._add_pings(c, track, first)
        marked = np.flatnonzero(c["pattern"])
        of = c["pattern"][marked]
        self.marks.write_table(pa.table([
            self._same(marked.size), trip.take(pa.array(marked)),
            *(coded(of, self.names[name]).cast(pa.string()) for name in ("check", "kind", "name")),
        ], schema=BY_TRIP))  # fmt: skip
        ledger.add(c)

    def _same(self, n: int) -> pa.Array:
        return coded(np.zeros(n), self.platform).cast(pa.string())

    def _whose(self, c: Chunk, trip: pa.Array) -> dict[str, pa.Array]:
        n, agency = len(trip), self.fleet.agency[c["driver"]]
        own = c["phone"] < 0
        phone = pa.compute.if_else(
            pa.array(own), self.driver_devices.take(pa.array(np.where(own, c["driver"], 0))),
            numbered("f", np.maximum(c["phone"], 0)),
        )  # fmt: skip
        booked = c["pattern"] == CODE["school_run_booked"]
        square = np.clip((c["begin"] / ZONE_KM + ZONES_A_SIDE / 2).astype(np.int64), 0, ZONES_A_SIDE - 1)
        zone = (c["town"] * ZONES_A_SIDE + square[:, 0]) * ZONES_A_SIDE + square[:, 1]
        return {
            "platform": coded(np.zeros(n), self.platform),
            "id": trip,
            "occurred_at": times(c["ended"] * SECOND),
            "driver": coded(c["driver"], self.drivers),
            "rider": numbered("c", c["rider"]),
            "agency": coded(np.maximum(agency, 0), self.agencies, agency >= 0),
            "region": coded(c["town"], self.regions),
            "zone": coded(zone, self.zones),
            "service": coded(c["service"], pa.array(SERVICES)),
            "channel": coded(c["channel"], pa.array(CHANNELS)),
            "booking": pa.compute.if_else(pa.array(booked), numbered("b", c["driver"]), None),
            "driver_device": coded(c["driver"], self.driver_devices),
            "rider_device": phone,
            "ordered_at": times(c["ordered"] * SECOND),
            "accepted_at": times(c["accepted"] * SECOND),
            "started_at": times(c["started"] * SECOND),
        }

    def _places(self, c: Chunk) -> dict[str, pa.Array]:
        columns = {}
        for name, km in (("accepted", "accepted_from"), ("started", "begin"), ("ended", "end")):
            latitude, longitude = degrees(c["town"], c[km])
            columns[f"{name}_latitude"] = exact(latitude, 6, 6)
            columns[f"{name}_longitude"] = exact(longitude, 6, 6)
        sums = {"expected_s": "expected", "billed_m": "billed", "waited_s": "waited", "pings": "pings",
                "max_gap_s": "max_gap", "displacement_m": "displacement", "stayed_s": "stayed"}  # fmt: skip
        return columns | {name: pa.array(c[of]) for name, of in sums.items()}

    def _money(self, c: Chunk, voucher: pa.Array) -> dict[str, pa.Array]:
        used = c["campaign"] > 0
        amounts = {"quoted_amount": "quoted", "fare_amount": "fare", "voucher_amount": "paid",
                   "driver_amount": "driver_amount"}  # fmt: skip
        return {name: exact(c[of], 2, 2) for name, of in amounts.items()} | {
            "currency": coded(np.zeros(used.size), pa.array(["CNY"])),
            "voucher": voucher,
            "campaign": coded(c["campaign"], self.campaigns, used),
        }

    def _vouchers(self, c: Chunk, first: int) -> pa.Array:
        """A voucher has the number of the trip it is used on."""
        used = np.flatnonzero(c["campaign"])
        kept = {name: c[name][used] for name in ("rider", "campaign", "ordered")}
        self.vouchers.append(kept | {"number": first + used})
        whole = numbered("v", np.arange(first, first + c["campaign"].size))
        return pa.compute.if_else(pa.array(c["campaign"] > 0), whole, None)

    def _add_pings(self, c: Chunk, track: Track, first: int) -> None:
        order = np.argsort(track.at, kind="stable")
        n = order.size
        trip = track.trip[order]
        self.pings.add({
            "platform": coded(np.zeros(n), self.platform),
            "id": numbered("p", np.arange(self.sent, self.sent + n)),
            "occurred_at": times(track.at[order] * SECOND),
            "trip": numbered("t", first + trip),
            "driver": coded(c["driver"][trip], self.drivers),
            "latitude": exact(track.latitude[order], 6, 6),
            "longitude": exact(track.longitude[order], 6, 6),
            "accuracy_m": pa.array(track.accuracy[order]),
        })  # fmt: skip
        self.sent += n

    def write_rest(self, ledger: Ledger, rng: np.random.Generator) -> None:
        """Vouchers, campaigns, agencies, engagements, parties and truth."""
        self._write_vouchers(rng)
        self._write_small()
        self._write_parties()
        write_truth(self.out, ledger.truth())

    def _write_vouchers(self, rng: np.random.Generator) -> None:
        """Those used, given up to 25 days before."""
        v = {name: np.concatenate([part[name] for part in self.vouchers]) for name in self.vouchers[0]}
        n = v["number"].size
        given = v["ordered"] - rng.integers(600, 25 * 86_400, n)
        order = np.argsort(given, kind="stable")
        v, given = {name: values[order] for name, values in v.items()}, given[order]
        known = campaigns(self.insurer)
        least = np.array([k.min_fare for k in known])[v["campaign"]]
        policy = np.array([k.condition == "policy" for k in known])[v["campaign"]]
        with Writer(self.out, "vouchers") as writer:
            writer.add({
                "platform": coded(np.zeros(n), self.platform),
                "id": numbered("v", v["number"]),
                "occurred_at": times(given * SECOND),
                "holder": numbered("c", v["rider"]),
                "campaign": coded(v["campaign"], self.campaigns),
                "policy": pa.compute.if_else(pa.array(policy), numbered("y", v["rider"]), None),
                "currency": coded(np.zeros(n), pa.array(["CNY"])),
                "amount": exact(np.array([k.amount for k in known])[v["campaign"]], 2, 2),
                "min_fare_amount": pa.compute.if_else(pa.array(least > 0), exact(least, 2, 2), None),
                "expires_at": times((given + 30 * 86_400) * SECOND),
            })  # fmt: skip

    def _write_small(self) -> None:
        clock, fleet = self.clock, self.fleet
        since = clock.until - self.insurer.days * DAY
        rows: list[dict[str, object]] = []
        for k in campaigns(self.insurer)[1:]:
            ours = k.name == "drive_home_insured"
            rows.append({
                "platform": PLATFORM, "id": f"g{len(rows)}", "campaign": k.name, "funder": k.funder,
                "funder_kind": k.funder_kind, "region": k.region or None, "condition": k.condition, "currency": "CNY",
                "amount": k.amount, "min_fare_amount": k.min_fare or None,
                "valid_from": since if ours else clock.start - 200 * DAY,
                "known_at": clock.until if ours and not self.insurer.told else None,
            })  # fmt: skip
        write_rows(self.out, "campaigns", rows)
        write_rows(self.out, "agencies", [
            {"platform": PLATFORM, "id": f"{a}-{TOWNS[t].region}", "agency": a, "region": TOWNS[t].region,
             "represents": "yes", "valid_from": clock.start - 900 * DAY}
            for a, t in zip(fleet.agencies, fleet.agency_town, strict=True)
        ])  # fmt: skip
        n, town = fleet.drivers, fleet.town
        with Writer(self.out, "engagements") as writer:
            writer.add({
                "platform": coded(np.zeros(n), self.platform), "id": numbered("n", np.arange(n), 6),
                "driver": self.drivers,
                "agency": coded(np.maximum(fleet.agency, 0), self.agencies, fleet.agency >= 0),
                "region": coded(town, self.regions), "currency": coded(np.zeros(n), pa.array(["CNY"])),
                "deposit_amount": exact(np.full(n, 10_000), 2, 2), "valid_from": times(fleet.joined),
                "valid_to": pa.nulls(n, pa.timestamp("us")),
            })  # fmt: skip

    def _write_parties(self) -> None:
        fleet = self.fleet
        riders = fleet.riders + fleet.accomplices
        home = np.searchsorted(fleet.first_rider, np.arange(fleet.riders), side="right") - 1
        rows: list[tuple[pa.Array, str, Many, pa.Array]] = [
            (self.platform, "platform", np.array([self.clock.start - 1500 * DAY]), pa.array(["330100"])),
            (self.agencies, "agency", np.full(len(fleet.agencies), self.clock.start - 900 * DAY),
             self.regions.take(pa.array(fleet.agency_town))),
            (self.drivers, "driver", fleet.joined, self.regions.take(pa.array(fleet.town))),
            (numbered("c", np.arange(fleet.riders)), "customer",
             self.clock.start - np.arange(fleet.riders) % 700 * DAY, self.regions.take(pa.array(home))),
            (numbered("c", np.arange(fleet.riders, riders)), "customer",
             np.full(fleet.accomplices, self.clock.start - 40 * DAY), pa.nulls(fleet.accomplices, pa.string())),
        ]  # fmt: skip
        with Writer(self.out, "parties") as writer:
            for ids, kind, registered, region in rows:
                writer.add({
                    "platform": self._same(len(ids)), "id": ids, "kind": pa.array([kind] * len(ids)),
                    "registered_at": times(registered), "region": region,
                })  # fmt: skip
