"""Much read at once: what a transaction is about to ask one by one, for thousands of parties."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from guiju.ledger import tables as t
from guiju.ledger.books import Claim, Dispute, Hold, Of
from guiju.ledger.writing import Writing, parts


def read_ahead(
    books: Writing, *, parties: Iterable[str], holds: Iterable[int], claims: Iterable[int], matters: Iterable[Of]
) -> None:
    """Read the balances of parties, these holds and claims, and the disputes of these matters, in a few queries."""
    connection, h, c, d = books.connection, t.holds.c, t.claims.c, t.disputes.c
    books.read(set(parties))
    for some in parts(sorted(set(holds) - books.holds.keys())):
        for row in connection.execute(select(t.holds).where(h.sequence.in_(some))):
            books.holds[row.sequence] = Hold(
                Of(row.case, row.party, row.currency), row.amount, row.left, row.expires_at
            )
    for some in parts(sorted(set(claims) - books.claims.keys())):
        for row in connection.execute(select(t.claims).where(c.sequence.in_(some))):
            of = Of(row.case, row.party, row.currency)
            books.claims[row.sequence] = Claim(of, row.amount, row.allowed, row.collected)
    unknown = sorted(set(matters) - books.disputes.keys())
    for of in unknown:
        books.disputes[of] = Dispute()
    for some_of in parts(unknown):
        for row in connection.execute(select(t.disputes).where(d.case.in_(sorted({of.case for of in some_of})))):
            of = Of(row.case, row.party, row.currency)
            if of in books.disputes and of in set(some_of):
                books.dispute_read(of, row.amount, row.used)
