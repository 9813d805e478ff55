"""What was offered: a row a bank, channel, term and quarter, with its place on the shelf, ordered by rate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from guiju.twin.market import DAY, Ints, Reals
from guiju.twin.shelf.parties import (
    CEILING_BANK,
    CEILINGS,
    LAST,
    LENDER,
    OWN_APP,
    TERMS,
    USUAL,
    Shelf,
)
from guiju.twin.tables import coded, exact, numbered, times

QUARTERS = (date(2019, 12, 31), date(2020, 4, 1), date(2020, 7, 1), date(2020, 10, 1), date(2021, 1, 1))
REPORTED = {(CEILING_BANK, 60): 4875, (LENDER, 60): 4800}  # thousandths of a per cent


@dataclass
class Offers:
    """The offers as arrays. Rates in thousandths of a per cent, sums in fen, moments in UTC microseconds."""

    bank: Ints
    channel: Ints  # a platform, or the platforms' number + the bank: its own app
    term: Ints
    rate: Ints
    quarter: Ints
    valid_from: Ints
    valid_to: Ints
    least: Ints
    place: Ints
    platforms: int

    @property
    def size(self) -> int:
        return len(self.bank)

    @property
    def own(self) -> np.ndarray:
        return self.channel >= self.platforms

    @staticmethod
    def name(offer: int) -> str:
        return f"f{offer:05d}"


def lay_out(shelf: Shelf, rng: np.random.Generator) -> Offers:
    """All offers, honest in their rates; what is added to some of them comes later."""
    rows: list[tuple[int, ...]] = []
    n = len(shelf.platforms)
    for b, bank in enumerate(shelf.banks):
        above = rng.normal(0, 0.035, len(TERMS))
        channels = [*bank.listed_on, *([n + b] if bank.kind in OWN_APP else [])]
        for quarter, first in enumerate(QUARTERS):
            begins = shelf.at(first)
            ends = shelf.at(QUARTERS[quarter + 1]) if quarter + 1 < len(QUARTERS) else shelf.at(LAST) + DAY
            for term in bank.terms:
                rate = _rate(bank.name, bank.kind, term, quarter, float(above[TERMS.index(term)]))
                for channel in channels:
                    to = min(ends, int(shelf.down[channel])) if channel < n else ends
                    if to > begins and (channel >= n or quarter >= bank.begins):
                        rows.append((b, channel, term, rate, quarter, begins, to, 50_00 if channel < n else 1_000_00))
    bank, channel, term, rates, of, starts, to, least = np.array(rows, np.int64).T
    return Offers(bank, channel, term, rates, of, starts, to, least, np.zeros(len(rows), np.int64), n)


def _rate(name: str, kind: str, term: int, quarter: int, above: float) -> int:
    """The nearer the year's end, the nearer the ceiling; never over it. Large banks pay about a half."""
    if (name, term) in REPORTED:
        return REPORTED[name, term]
    usual = USUAL[term] * (0.95 if kind != "large" else 0.6) * (1 + above)
    lifted = usual + (CEILINGS[term] - usual) * (0.0, 0.15, 0.35, 0.6, 0.1)[quarter]
    return int(min(np.round(lifted * 200) * 5, CEILINGS[term] * 1000))


def places(offers: Offers) -> Ints:
    """From the top, by rate alone, as the shelves of 2020 had it; among equals by chance of the list."""
    place = np.zeros(offers.size, np.int64)
    shelf_of = offers.channel * len(QUARTERS) + offers.quarter
    for one in np.unique(shelf_of):
        its = np.flatnonzero(shelf_of == one)
        place[its[np.argsort(-offers.rate[its], kind="stable")]] = np.arange(1, len(its) + 1)
    return place


def attraction(shelf: Shelf, offers: Offers) -> Reals:
    """How many depositors each offer draws, as weights: by bank, by rate over what is usual, by place on the shelf."""
    usual = np.array([USUAL[int(t)] for t in offers.term])
    rate = np.exp(6 * (offers.rate / 1000 / usual - 1))
    liked = np.array([0.7, 0.9, 1.3, 0.8, 1.2, 1.0])[np.searchsorted(TERMS, offers.term)]
    own = np.where(offers.own, 1.2, 1.0)
    drawn: Reals = shelf.weights[offers.bank] * rate * liked * own / np.sqrt(offers.place)
    return drawn


def columns(shelf: Shelf, offers: Offers) -> dict[str, pa.Array]:
    """The columns of `deposit_offers`."""
    names = pa.array(shelf.channels)
    titles = pa.array([f"{term} months" for term in TERMS])
    n = offers.size
    operators = pa.array(shelf.channels)
    last = int(offers.valid_to.max())
    return {
        "platform": coded(offers.channel, names),
        "id": numbered("f", np.arange(n), 5),
        "bank": coded(offers.bank, pa.array(shelf.names)),
        "operator": coded(offers.channel, operators),
        "name": titles.take(pa.array(np.searchsorted(TERMS, offers.term))),
        "kind": pa.array(["time"] * n),
        "term_months": pa.array(offers.term),
        "rate_pct": exact(offers.rate, 3, 6),
        "currency": pa.array(["CNY"] * n),
        "min_amount": exact(offers.least, 2, 2),
        "place": pa.array(offers.place),
        "valid_from": times(offers.valid_from),
        "valid_to": times(offers.valid_to, offers.valid_to < last),
    }
