"""A ledger: the one writer's calls, and what anybody may read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, select, tuple_

from guiju.ledger import database
from guiju.ledger import tables as t
from guiju.ledger.entries import HELD, WALLET, Account, Entry, microseconds
from guiju.ledger.writing import Writing, entry_of


class Standing(NamedTuple):
    """What a party has in one currency, in minor units: `available` can be withdrawn, `held` is in dispute."""

    currency: str
    available: int
    held: int
    claimed: int  # of claims that were not collected yet, decided or not


class Hold(NamedTuple):
    """A hold of which `left` is still held, in minor units; it lapses by itself at `expires_at` (µs UTC)."""

    sequence: int
    case: str
    party: str
    currency: str
    amount: int
    left: int
    expires_at: int


class Line(NamedTuple):
    """An entry in somebody's statement, with what was available and held after it."""

    entry: Entry
    available: int
    held: int


class Ledger:
    """A ledger in SQLite (a file's path) or PostgreSQL (a URL), made there if `make`. `clock` tells the time;
    `beside` are tables of other rooms that live in its database.

    Raises Refused (a guard stands in the way), Conflict (a key was used for another call), Unavailable (the database
    did not answer); whatever it raises, nothing of that transaction was written.
    """

    def __init__(
        self,
        where: str | Path,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        make: bool = True,
        beside: tuple[database.Tables, ...] = (),
    ) -> None:
        self.engine, self.clock = database.connect(where, make=make, beside=beside), clock

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """One transaction: all that is written in it is kept when the block ends, or nothing if it raises."""
        with database.writing(self.engine) as connection:
            books = Writing(connection, microseconds(self.clock()))
            yield books
            books.keep()

    def standing(self, party: str) -> list[Standing]:
        """What a party has now; a hold whose time is up counts as given back, recorded or not."""
        with database.reading(self.engine) as connection:
            return self.standing_in(connection, party)

    def standing_in(self, connection: Connection, party: str) -> list[Standing]:
        """The same, as a transaction sees it that reads more than this."""
        now = microseconds(self.clock())
        rows = connection.execute(select(t.accounts).where(t.accounts.c.party == party)).all()
        sums = {(r.currency, r.kind): r.balance for r in rows}
        for h in connection.execute(select(t.holds).where((t.holds.c.party == party) & (t.holds.c.left > 0))).all():
            if h.expires_at <= now:
                sums[h.currency, HELD] -= h.left
                sums[h.currency, WALLET] = sums.get((h.currency, WALLET), 0) + h.left
        claimed: dict[str, int] = {}
        for c in connection.execute(select(t.claims).where(t.claims.c.party == party)).all():
            open_ = (c.amount if c.allowed is None else c.allowed) - c.collected
            claimed[c.currency] = claimed.get(c.currency, 0) + open_
        return [
            Standing(currency, sums.get((currency, WALLET), 0), sums.get((currency, HELD), 0), claimed.get(currency, 0))
            for currency in sorted({c for c, _ in sums} | set(claimed))
        ]

    def statement(self, party: str, currency: str) -> list[Line]:
        """All entries that touch a party's money or matters, oldest first, with its running standing."""
        e = t.entries.c
        its = ((e.out_of_party == party) | (e.into_party == party) | (e.party == party)) & (e.currency == currency)
        lines, available, held = [], 0, 0
        wallet, kept = Account(party, WALLET), Account(party, HELD)
        with database.reading(self.engine) as connection:
            rows = connection.execute(select(t.entries).where(its).order_by(e.sequence)).all()
        for row in rows:
            entry = entry_of(row)
            available += entry.amount * ((entry.into == wallet) - (entry.out_of == wallet))
            held += entry.amount * ((entry.into == kept) - (entry.out_of == kept))
            lines.append(Line(entry, available, held))
        return lines

    def holds(self, party: str = "", *, after: tuple[int, int] = (0, 0), most: int = 100) -> list[Hold]:
        """Holds that stand now, of a party or of all, the first to lapse first; after an `expires_at`, `sequence`."""
        h, now = t.holds.c, microseconds(self.clock())
        asked = (h.left > 0) & (h.expires_at > now) & (tuple_(h.expires_at, h.sequence) > tuple_(*after))
        its = select(*(h[name] for name in Hold._fields)).where(asked & (h.party == party) if party else asked)
        with database.reading(self.engine) as connection:
            return [Hold(*r) for r in connection.execute(its.order_by(h.expires_at, h.sequence).limit(most)).all()]

    def entries(self, batch: int = 10_000) -> Iterator[tuple[Entry, str]]:
        """Every entry and its chain, oldest first, as they stand when each batch is read."""
        last = 0
        while True:
            e = t.entries.c
            with database.reading(self.engine) as connection:
                rows = connection.execute(
                    select(t.entries).where(e.sequence > last).order_by(e.sequence).limit(batch)
                ).all()
            if not rows:
                return
            for row in rows:
                yield entry_of(row), row.chain
            last = rows[-1].sequence

    def close(self) -> None:
        self.engine.dispose()
