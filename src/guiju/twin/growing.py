"""Five platforms and how they grow, over three years: each one's growth is a curve that is written down.

What happens on a day is drawn from a Poisson whose mean is, x months after the begin,

    exp(level + growth x + acceleration x^2 / 2 + season cos(2 pi (day of year - peak) / 365.25) + noise of the week)

for sign-ups and for orders alike; the noise of a week is 0.6 times that of the week before and a new part (standard
deviation in all 0.05). Who joined signs in in the k-th month after with the chance `retained(k)`; whoever signed in in
a month may be the buyer of its orders. Two platforms charge their sellers 5 % of a month's orders, on the first of the
next; of the others no fee is on record. The last month breaks off.

`truth.parquet`: platform, shape, and growth, acceleration (per month, of the logarithm) and season as above.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from guiju.twin.market import Ints, Many
from guiju.twin.tables import Writer, exact, numbered, schema, times

MONTH_DAYS, YEAR_DAYS, PEAK_DAY = 30.4375, 365.25, 315
AGAIN, NOISE = 0.6, 0.05
FEE_PCT, SELLERS, PRODUCTS = 5, 20, 60
DAY_US, ZONE_US = 86_400_000_000, 8 * 3_600_000_000
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Shape:
    """How a platform grows: per month, of the logarithm; `charges`: its fees are on record."""

    name: str
    growth: float
    acceleration: float
    season: float
    charges: bool = False
    months: int | None = None  # of records; None: all


PLATFORMS = {
    "pingwen": Shape("steady", 0.02, 0.0, 0.15, charges=True),
    "jiansu": Shape("slowing", 0.06, -0.0016, 0.15),
    "jiasu": Shape("accelerating", 0.0, 0.0016, 0.15, charges=True),
    "jijie": Shape("seasonal", 0.0, 0.0, 0.35),
    "xinsheng": Shape("young", 0.04, 0.0, 0.15, months=8),
}


def retained(months: Ints) -> Many:
    """The chance that somebody signs in in the k-th month after the month of joining (0: that month itself)."""
    return np.where(months == 0, 1.0, 0.2 + 0.4 * 0.75 ** (np.maximum(months, 1) - 1.0))


def generate(
    out: Path,
    daily: int = 5,
    seed: int = 7,
    *,
    end: date = date(2025, 12, 17),
    months: int = 36,
    progress: Callable[[str, float], None] | None = None,
) -> None:
    """Write parties, sign_ins, orders, fees and `truth.parquet` into `out`: `daily` sign-ups a day at the begin.

    The files are a function of the arguments alone. Raises ValueError below 2 sign-ups a day or 24 months.
    """
    if daily < 2 or months < 24:
        raise ValueError(f"growth needs 2 sign-ups a day and 24 months at least: {daily}, {months}")
    made: dict[str, list[dict[str, pa.Array]]] = {"parties": [], "sign_ins": [], "orders": [], "fees": []}
    for place, (name, shape) in enumerate(PLATFORMS.items()):
        if progress is not None:
            progress(name, place / len(PLATFORMS))
        its = _Platform(name, shape, daily, np.random.default_rng([seed, place]), end, months)
        for table, columns in its.tables().items():
            made[table].append(columns)
    for table, parts in made.items():
        with Writer(out, table) as writer:
            for columns in parts:
                n = len(columns["id"])
                writer.add({f.name: columns.get(f.name, pa.nulls(n, f.type)) for f in schema(table)})
    rows = [
        {"platform": name, "shape": s.name, "growth": s.growth, "acceleration": s.acceleration, "season": s.season}
        for name, s in PLATFORMS.items()
    ]
    pq.write_table(pa.Table.from_pylist(rows), out / "truth.parquet", compression="zstd")


def month_of(days: Ints) -> Ints:
    """The calendar month, counted from 1970, of days counted from 1970-01-01."""
    return np.asarray(days, "datetime64[D]").astype("datetime64[M]").astype(np.int64)


class _Platform:
    """One platform, drawn: days are counted from 1970-01-01, moments in microseconds of UTC."""

    def __init__(self, name: str, shape: Shape, daily: int, dice: np.random.Generator, end: date, months: int) -> None:
        self.name, self.shape, self.dice = name, shape, dice
        last = (end - EPOCH).days
        over = min(shape.months or months, months)
        year, month = divmod(end.year * 12 + end.month - 1 - (over - 1), 12)
        self.days = np.arange((date(year, month + 1, 1) - EPOCH).days, last + 1)
        self.joined = self._drawn(daily)
        self.ordered = self._drawn(3 * daily)

    def _drawn(self, daily: float) -> Ints:
        """The day of each event, in order."""
        x = (self.days - self.days[0] + 0.5) / MONTH_DAYS
        dates = self.days.astype("datetime64[D]")
        of_year = (dates - dates.astype("datetime64[Y]")).astype(np.int64) + 1
        weeks = (self.days - self.days[0]) // 7
        noise = np.zeros(int(weeks[-1]) + 1)
        noise[0] = self.dice.normal(0, NOISE)
        for week in range(1, len(noise)):
            noise[week] = AGAIN * noise[week - 1] + self.dice.normal(0, NOISE * np.sqrt(1 - AGAIN**2))
        s = self.shape
        season = s.season * np.cos(2 * np.pi * (of_year - PEAK_DAY) / YEAR_DAYS)
        mean = daily * np.exp(s.growth * x + s.acceleration * x**2 / 2 + season + noise[weeks])
        return np.repeat(self.days, self.dice.poisson(mean))

    def _moments(self, days: Ints) -> Ints:
        """A moment between 8 and 23 o'clock of each local day."""
        return days * DAY_US - ZONE_US + self.dice.integers(8 * 3600, 23 * 3600, len(days)) * 1_000_000

    def tables(self) -> dict[str, dict[str, pa.Array]]:
        people, present, signed = self._sign_ins()
        orders = self._orders(present)
        return {"parties": people, "sign_ins": signed, "orders": orders[0], "fees": self._fees(*orders[1:])}

    def _named(self, table: str, n: int, prefix: str) -> dict[str, pa.Array]:
        return {"platform": pa.array([self.name] * n, pa.string()), "id": numbered(prefix, np.arange(n), 8)}

    def _sign_ins(self) -> tuple[dict[str, pa.Array], dict[int, Ints], dict[str, pa.Array]]:
        """Customers; who was there in which month; and each sign-in: the one of joining, and one to three a month."""
        registered = self._moments(self.joined)
        people = {
            **self._named("parties", len(registered), "c"),
            "kind": pa.array(["customer"] * len(registered)), "registered_at": times(registered),
        }  # fmt: skip
        begun, calendar = month_of(self.joined), month_of(self.days)
        who, days, present = [np.arange(len(begun))], [self.joined], {}
        for month in np.unique(calendar):
            age = month - begun
            there = np.flatnonzero((age >= 0) & (self.dice.random(len(age)) < retained(np.maximum(age, 0))))
            present[int(month)] = there
            again = there[age[there] > 0]
            again = np.repeat(again, self.dice.integers(1, 4, len(again)))
            its = self.days[calendar == month]
            who.append(again)
            days.append(self.dice.choice(its, len(again)))
        accounts, moments = np.concatenate(who), self._moments(np.concatenate(days))
        moments[: len(registered)] = registered
        order = np.lexsort((accounts, moments))
        signed = {
            **self._named("sign_ins", len(order), "g"), "occurred_at": times(moments[order]),
            "account": numbered("c", accounts[order], 8), "device": numbered("d", accounts[order], 8),
        }  # fmt: skip
        return people, present, signed

    def _orders(self, present: dict[int, Ints]) -> tuple[dict[str, pa.Array], Ints, Ints, Ints]:
        """Orders, and of each its month, seller and cents."""
        dice, days, n = self.dice, self.ordered, len(self.ordered)
        month = month_of(days)
        buyers = np.zeros(n, np.int64)
        for one, there in present.items():
            buyers[month == one] = dice.choice(there, int((month == one).sum()))
        sellers, products = dice.integers(0, SELLERS, n), dice.integers(0, PRODUCTS, n)
        cents = np.round(100 * np.exp(dice.normal(3.5, 0.5, n))).astype(np.int64)
        borne = np.where(dice.random(n) < 0.3, cents // 10, 0)
        moments = np.sort(self._moments(days))  # days are in order, so each moment stays in its day
        columns = {
            **self._named("orders", n, "o"), "occurred_at": times(moments), "seller": numbered("s", sellers, 3),
            "buyer": numbered("c", buyers, 8), "product": numbered("p", products, 4),
            "quantity": exact(np.ones(n, np.int64), 0, 3), "currency": pa.array(["CNY"] * n),
            "gross_amount": exact(cents, 2, 2), "platform_funded_amount": exact(borne, 2, 2),
            "seller_funded_amount": exact(np.zeros(n, np.int64), 2, 2),
            "third_party_funded_amount": exact(np.zeros(n, np.int64), 2, 2),
        }  # fmt: skip
        return columns, month, sellers, cents

    def _fees(self, month: Ints, sellers: Ints, cents: Ints) -> dict[str, pa.Array]:
        """A charge a seller and month that is over by the last day."""
        months = np.unique(month)[:-1] if self.shape.charges else np.zeros(0, np.int64)
        sums = np.array([[cents[(month == m) & (sellers == s)].sum() for s in range(SELLERS)] for m in months])
        owed = (sums.reshape(-1).astype(np.int64) * FEE_PCT + 50) // 100
        begin = np.repeat(months.astype("datetime64[M]").astype("datetime64[us]").astype(np.int64), SELLERS) - ZONE_US
        after = (months + 1).astype("datetime64[M]").astype("datetime64[us]").astype(np.int64)
        until = np.repeat(after, SELLERS) - ZONE_US
        n = len(owed)
        return {
            **self._named("fees", n, "f"), "occurred_at": times(until + 2 * 3_600_000_000),
            "seller": numbered("s", np.tile(np.arange(SELLERS), len(months)), 3),
            "kind": pa.array(["fee"] * n, pa.string()), "item": pa.array(["commission"] * n, pa.string()),
            "period_start": times(begin), "period_end": times(until), "currency": pa.array(["CNY"] * n, pa.string()),
            "amount": exact(owed, 2, 2), "tax_amount": exact(np.zeros(n, np.int64), 2, 2),
        }  # fmt: skip
