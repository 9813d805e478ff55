"""Who deposited what, when and from where: arrays of a row a deposit, and renewals until the records end."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from guiju.twin.market import DAY, HOUR, Flags, Ints, Reals
from guiju.twin.shelf.offering import QUARTERS, Offers, attraction
from guiju.twin.shelf.parties import CITIES, TERMS, Shelf
from guiju.twin.tables import coded, exact, numbered, times

NONE = -1
SECOND_SHARE, MIGRANT_SHARE, EARLY_SHARE, RENEWED_SHARE = 0.3, 0.12, 0.06, 0.5
MOST_FEN = 200_000_00  # two ordinary deposits at one bank, with interest, stay insured whole
HOLDERS = ("household", "company", "bank", "manager")
KINDS = ("time", "notice", "demand")
GROWTH = 4.2  # how many times as many depositors came a day at the end of the shelf as at its beginning


@dataclass
class Deposits:
    """A row a deposit. Sums in fen, moments in UTC microseconds, 0 where there is none."""

    offer: Ints
    bank: Ints
    channel: Ints
    depositor: Ints
    opened: Ints
    matures: Ints
    closed: Ints
    amount: Ints
    rate: Ints
    county: Ints  # where the depositor was: a place in COUNTIES
    home: Ints  # where the depositor is registered
    renews: Ints  # the row it renews, or NONE
    holder: Ints
    kind: Ints
    planned: Ints = field(default_factory=lambda: np.zeros(0, np.int64))  # which plan made it, NONE: none

    @property
    def size(self) -> int:
        return len(self.bank)

    def take(self, rows: Ints) -> Deposits:
        """The rows in that order; renewals still name rows of the old one."""
        return Deposits(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def join(self, more: Deposits) -> Deposits:
        both = (np.concatenate([getattr(self, n), getattr(more, n)]) for n in self.__dataclass_fields__)
        return Deposits(*both)

    def sorted(self) -> Deposits:
        """By the moment of opening; renewals name the new places."""
        order = np.argsort(self.opened, kind="stable")
        place = np.empty(self.size, np.int64)
        place[order] = np.arange(self.size)
        its = self.take(order)
        its.renews = np.where(its.renews == NONE, NONE, place[its.renews])
        return its


COUNTIES = tuple(county for city in CITIES for county in city)
PER_CITY = 2


def months_later(shelf: Shelf, moments: Ints, months: Ints) -> Ints:
    """The same time of the day so many calendar months later, or the month's last day where it has no such day."""
    local = (moments + 8 * HOUR).astype("datetime64[us]")
    month = local.astype("datetime64[M]")
    then = month + months.astype("timedelta64[M]")
    day = (local.astype("datetime64[D]") - month.astype("datetime64[D]")).astype(np.int64)
    last = ((then + np.timedelta64(1, "M")).astype("datetime64[D]") - then.astype("datetime64[D]")).astype(np.int64) - 1
    midnight = then.astype("datetime64[D]").astype(np.int64) + np.minimum(day, last)
    later: Ints = midnight * DAY + (moments + 8 * HOUR) % DAY - 8 * HOUR
    return later


def deposit(shelf: Shelf, offers: Offers, rng: np.random.Generator) -> Deposits:
    """What the depositors do when nobody breaks a rule."""
    n = shelf.depositors
    second = np.flatnonzero(rng.random(n) < SECOND_SHARE)
    depositor = np.concatenate([np.arange(n), second])
    lives = rng.integers(0, len(COUNTIES), n)
    home = np.where(rng.random(n) < MIGRANT_SHARE, rng.integers(0, len(COUNTIES), n), lives)
    offer = _choose(shelf, offers, rng.random(len(depositor)))
    opened = _moments(offers, offer, rng.random(len(depositor)))
    amount = np.clip(rng.lognormal(13.6, 1.15, len(depositor)) // 5000, 1, MOST_FEN // 5000).astype(np.int64) * 5000
    amount = np.maximum(amount, offers.least[offer])
    county = at_home(shelf, offers.bank[offer], offers.channel[offer], opened, lives[depositor], rng)
    registered = np.where(county == lives[depositor], home[depositor], county)
    rows = _rows(shelf, offers, offer, depositor, opened, amount, county, registered)
    return close_and_renew(shelf, offers, rows, rng).sorted()


def _choose(shelf: Shelf, offers: Offers, u: Reals) -> Ints:
    """An offer each, by its attraction and by how many come in its days."""
    middle = (offers.valid_from + offers.valid_to) / 2
    share = (middle - shelf.clock.start) / (shelf.clock.days * DAY)
    weight = attraction(shelf, offers) * (offers.valid_to - offers.valid_from) * GROWTH**share
    cumulated = np.cumsum(weight)
    chosen: Ints = np.minimum(np.searchsorted(cumulated, u * cumulated[-1], side="right"), offers.size - 1)
    return chosen


def _moments(offers: Offers, offer: Ints, u: Reals) -> Ints:
    """A whole second while the offer stands."""
    span = (offers.valid_to - offers.valid_from)[offer] // 1_000_000
    moments: Ints = offers.valid_from[offer] + (u * span).astype(np.int64) * 1_000_000
    return moments


def at_home(shelf: Shelf, bank: Ints, channel: Ints, opened: Ints, county: Ints, rng: np.random.Generator) -> Ints:
    """Where each depositor was. Since 2021 a bank's own app takes those in a city of its outlets only: others do not
    come, and another who is there comes instead."""
    seat = np.array([b.cities[0] if b.cities else NONE for b in shelf.banks])
    asked = (channel >= len(shelf.platforms)) & (opened >= shelf.at(QUARTERS[-1])) & (seat[bank] != NONE)
    county = county.copy()
    county[asked] = seat[bank[asked]] * PER_CITY + rng.integers(0, PER_CITY, int(asked.sum()))
    return county


def _rows(shelf: Shelf, offers: Offers, offer: Ints, depositor: Ints, opened: Ints, amount: Ints, county: Ints,
          home: Ints) -> Deposits:  # fmt: skip
    n = len(offer)
    none = np.full(n, NONE)
    return Deposits(
        offer=offer, bank=offers.bank[offer], channel=offers.channel[offer], depositor=depositor, opened=opened,
        matures=months_later(shelf, opened, offers.term[offer]), closed=np.zeros(n, np.int64), amount=amount,
        rate=offers.rate[offer], county=county, home=home, renews=none, holder=np.zeros(n, np.int64),
        kind=np.zeros(n, np.int64), planned=none.copy(),
    )  # fmt: skip


def close_and_renew(shelf: Shelf, offers: Offers, rows: Deposits, rng: np.random.Generator) -> Deposits:
    """Some take their money out early; of what matures half is renewed where the bank still offers the term there."""
    lookup = _lookup(shelf, offers)
    done, fresh = rows.take(np.zeros(0, np.int64)), rows
    until = shelf.clock.until
    while fresh.size:
        early = rng.random(fresh.size) < EARLY_SHARE
        held = np.minimum(fresh.matures, until) - fresh.opened
        left = fresh.opened + (rng.random(fresh.size) * held).astype(np.int64) // 1_000_000 * 1_000_000 + 1_000_000
        fresh.closed = np.where(early & (left < until), np.minimum(left, fresh.matures), 0)
        matured = (fresh.closed == 0) & (fresh.matures < until)
        fresh.closed = np.where(matured, fresh.matures, fresh.closed)
        renewed = matured & (rng.random(fresh.size) < RENEWED_SHARE)
        again = _again(shelf, offers, lookup, fresh, renewed, done.size)
        done, fresh = done.join(fresh), again
    return done


def _lookup(shelf: Shelf, offers: Offers) -> Ints:
    """The offer by bank, channel, term and quarter; NONE where there is none."""
    n = len(shelf.channels)
    found = np.full((len(shelf.banks), n, len(TERMS), len(QUARTERS)), NONE)
    found[offers.bank, offers.channel, np.searchsorted(TERMS, offers.term), offers.quarter] = np.arange(offers.size)
    return found


def _again(shelf: Shelf, offers: Offers, lookup: Ints, fresh: Deposits, renewed: Flags, behind: int) -> Deposits:
    """The deposits that renew those; none in a place without an outlet since 2021."""
    starts = np.array([shelf.at(first) for first in QUARTERS])
    quarter = np.searchsorted(starts, fresh.matures, side="right") - 1
    term = np.searchsorted(TERMS, offers.term[fresh.offer])
    offer = lookup[fresh.bank, fresh.channel, term, quarter]
    standing = (offer != NONE) & (fresh.matures < offers.valid_to[offer])
    area = np.zeros((len(shelf.banks), len(CITIES)), bool)
    for b, bank in enumerate(shelf.banks):
        area[b, list(bank.cities) or slice(None)] = True
    near = area[fresh.bank, fresh.county // PER_CITY] | (fresh.matures < shelf.at(QUARTERS[-1]))
    kept = np.flatnonzero(renewed & standing & near)
    its = _rows(shelf, offers, offer[kept], fresh.depositor[kept], fresh.matures[kept], fresh.amount[kept],
                fresh.county[kept], fresh.home[kept])  # fmt: skip
    its.renews = kept + behind
    return its


def ends_at(rows: Deposits, until: int) -> Ints:
    """When each ceases to stand: paid out, or not within the records."""
    return np.where(rows.closed > 0, rows.closed, until)


def columns(shelf: Shelf, rows: Deposits) -> dict[str, pa.Array]:
    """The columns of `deposits`."""
    names, counties = pa.array(shelf.channels), pa.array(COUNTIES)
    return {
        "platform": coded(rows.channel, names),
        "id": numbered("d", np.arange(rows.size)),
        "bank": coded(rows.bank, pa.array(shelf.names)),
        "operator": coded(rows.channel, names),
        "offer": pa.compute.if_else(pa.array(rows.offer != NONE), numbered("f", np.maximum(rows.offer, 0), 5), None),
        "depositor": numbered("p", rows.depositor),
        "holder": coded(rows.holder, pa.array(HOLDERS)),
        "kind": coded(rows.kind, pa.array(KINDS)),
        "opened_at": times(rows.opened),
        "matures_at": times(rows.matures, rows.matures > 0),
        "closed_at": times(rows.closed, rows.closed > 0),
        "renews": pa.compute.if_else(pa.array(rows.renews != NONE), numbered("d", np.maximum(rows.renews, 0)), None),
        "currency": coded(np.zeros(rows.size), pa.array(["CNY"])),
        "amount": exact(rows.amount, 2, 2),
        "rate_pct": exact(rows.rate, 3, 6),
        "region": coded(rows.county, counties),
        "home_region": coded(rows.home, counties),
    }
