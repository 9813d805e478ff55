"""Lead times with their spread, from the records: how many days after paying most orders are there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING

from guiju.audit.opened import Opened
from guiju.estimators.quantile_bounds import order_of_bound
from guiju.market import end_of, midnight

if TYPE_CHECKING:
    import polars as pl

Key = tuple[str, str, str]  # product, region, mode
RECENT, SEASON = "recent", "last_season"
OWN, LIKE, ALL = "own", "like", "all"  # whose deliveries: its own; the region's and the good's by that mode; any
NEVER = 10_000  # days: sent and not there when the day was settled; later than any


@dataclass(frozen=True)
class Lead:
    """The lead time of a good in a region by a mode, in days.

    lead_days: `arrive_pct` of orders are there after so many, with the confidence asked; None where the records bear
    no bound: they are not `enough`, or too many have not arrived. low_days, median_days: of what was seen, a tenth and
    a half. seen: deliveries counted, of them `never` had not arrived. whose and when: of which deliveries (`OWN`,
    `LIKE`, `ALL`; `RECENT`, `SEASON`).
    """

    lead_days: int | None
    low_days: int
    median_days: int
    seen: int
    never: int
    enough: bool
    whose: str
    when: str


@dataclass(frozen=True)
class Windows:
    """What is asked: deliveries known by the end of local day `on`, of two spans of local days of payment."""

    on: date
    recent_days: int
    settled_days: int
    last_feast: date | None
    season_days: int

    def spans(self) -> dict[str, tuple[date, date]]:
        """First and last day of payment by name; of the last days too little has arrived for them to count."""
        settled = self.on - timedelta(days=self.settled_days)
        found = {RECENT: (settled - timedelta(days=self.recent_days - 1), settled)}
        if self.last_feast is not None:
            found[SEASON] = (self.last_feast - timedelta(days=self.season_days), self.last_feast - timedelta(days=1))
        return found


def histograms(desk: Opened, asked: Windows) -> tuple[dict[str, dict[Key, dict[int, int]]], dict[str, int]]:
    """Days from payment to delivery, rounded up, and how many took them: by span and key; and rows left out, by why.

    What was sent and is not delivered by the day counts as `NEVER`.
    """
    known = _known(desk, asked)
    by: dict[str, dict[Key, dict[int, int]]] = {name: defaultdict(dict) for name in asked.spans()}
    left: dict[str, int] = {}
    for span, why, product, region, mode, days, rows in known.iter_rows():
        if why is not None and (span is not None or why == "later"):
            left[why] = left.get(why, 0) + rows
        elif why is None and span is not None:
            its = by[span][product, region, mode]
            its[days] = its.get(days, 0) + rows
    return by, left


def _known(desk: Opened, asked: Windows) -> pl.DataFrame:
    """Rows counted by span, reason, key and days; the reason is null where they are asked."""
    import ibis
    from ibis import _

    zone, day = desk.zone, "timestamp(6)"
    end = ibis.literal(end_of(asked.on, zone), day)
    rows = desk.table("fulfilments").mutate(there=ibis.ifelse(_.delivered_at < end, _.delivered_at, ibis.null(day)))
    seconds = rows.there.epoch_seconds() - rows.occurred_at.epoch_seconds()
    days = ((seconds + 86_399) / 86_400).floor().cast("int64").fill_null(NEVER)
    spans = [
        (
            (rows.occurred_at >= ibis.literal(midnight(first, zone), day))
            & (rows.occurred_at < ibis.literal(end_of(last, zone), day)),
            name,
        )
        for name, (first, last) in asked.spans().items()
    ]
    why = ibis.cases(
        (rows.occurred_at >= end, "later"),
        (rows.region.isnull(), "no_region"),
        (rows["mode"].isnull(), "no_mode"),
        (rows.there.isnull() & rows.shipped_at.isnull(), "not_sent"),
    )
    counted = rows.select("product", "region", "mode", days=days, span=ibis.cases(*spans), why=why)
    keys = ["span", "why", "product", "region", "mode", "days"]
    return desk.frame(counted.group_by(keys).agg(rows=_.count())).select(*keys, "rows")


class Leads:
    """Lead times by the first deliveries that bear a bound: the slower of recent days and last year's season.

    A good's own deliveries by that mode to that region; where they are too few, the slower of all goods' by that mode
    to that region and the good's own by that mode to all regions; and then of all to that region.
    """

    def __init__(self, by: dict[str, dict[Key, dict[int, int]]], share: float, confidence: float) -> None:
        self._by, self._share, self._confidence = by, share, confidence
        self._pools: dict[tuple[str, Key], dict[int, int]] = {}
        self._leads: dict[tuple[str, Key, str], Lead | None] = {}  # of pools that many goods and regions share
        self._modes: dict[str, set[str]] = {}
        for span, of in by.items():
            for (product, region, mode), seen in of.items():
                self._modes.setdefault(product, set()).add(mode)
                for key in {
                    (product, region, mode), ("", region, mode), (product, "", mode), ("", region, ""),
                }:  # fmt: skip
                    pool = self._pools.setdefault((span, key), {})
                    for days, rows in seen.items():
                        pool[days] = pool.get(days, 0) + rows

    def modes(self, product: str) -> list[str]:
        """By which modes a good is delivered."""
        return sorted(self._modes.get(product, ()))

    def of(self, product: str, region: str, mode: str) -> Lead:
        """The lead time; its `lead_days` is None where no deliveries bear a bound."""
        own = (product, region, mode)
        best: Lead | None = None
        for whose, keys in (
            (OWN, (own,)),
            (LIKE, (("", region, mode), (product, "", mode))),
            (ALL, (("", region, ""),)),
        ):
            found = [lead for span in self._by for key in keys if (lead := self._lead(span, key, whose)) is not None]
            if whose == OWN:
                best = max(found, key=lambda lead: lead.seen, default=None)
            if enough := [lead for lead in found if lead.enough]:
                slow = [NEVER if lead.lead_days is None else lead.lead_days for lead in enough]
                return max(zip(slow, enough, strict=True), key=lambda one: (one[0], one[1].seen))[1]
        return best or Lead(None, 0, 0, 0, 0, False, OWN, RECENT)

    def _lead(self, span: str, key: Key, whose: str) -> Lead | None:
        if (span, key, whose) not in self._leads:
            self._leads[span, key, whose] = self._reckoned(span, key, whose)
        return self._leads[span, key, whose]

    def _reckoned(self, span: str, key: Key, whose: str) -> Lead | None:
        seen = self._pools.get((span, key))
        if not seen:
            return None
        n = sum(seen.values())
        k = order_of_bound(n, self._share, self._confidence)
        bound = nth(seen, k) if k else NEVER
        return Lead(
            None if bound >= NEVER else bound, nth(seen, -(-n // 10)), nth(seen, -(-n // 2)), n, seen.get(NEVER, 0),
            k > 0, whose, span,
        )  # fmt: skip


def nth(seen: dict[int, int], k: int) -> int:
    """The k-th value in ascending order of values that were each seen so many times."""
    ordered = sorted(seen)
    counts: Iterable[int] = accumulate(seen[days] for days in ordered)
    return next(days for days, upto in zip(ordered, counts, strict=True) if upto >= k)
