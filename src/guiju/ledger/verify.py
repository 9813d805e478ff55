"""Is a ledger what was written: every link of the chain, every guard, and every projection."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Table, select

from guiju.ledger import database
from guiju.ledger import tables as t
from guiju.ledger.books import Books, Refused
from guiju.ledger.entries import GENESIS
from guiju.ledger.ledger import Ledger
from guiju.ledger.writing import columns_of
from guiju.records.errors import BadInput


class Anchor(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The chain after an entry (or, `of` steps, after a step of a case), to be kept elsewhere."""

    sequence: int
    chain: str
    of: str = "entries"


class Verdict(msgspec.Struct):
    """What a ledger is; it is whole if there are no faults."""

    faults: list[str]
    entries: int
    chain: str


def anchor(ledger: Ledger) -> Anchor:
    """The head of a ledger."""
    with database.reading(ledger.engine) as connection:
        e = t.entries.c
        row = connection.execute(select(e.sequence, e.chain).order_by(e.sequence.desc()).limit(1)).first()
    return Anchor(*row) if row else Anchor(0, GENESIS)


def load_anchor(path: Path) -> Anchor:
    """An anchor from a file. Raises BadInput."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Anchor)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: is no anchor ({error}); guiju ledger head LEDGER writes one") from None


def verify(ledger: Ledger, anchors: list[Anchor] | None = None) -> Verdict:
    """Apply every entry from nothing, by the guards of today, and compare. The writer waits meanwhile."""
    books, faults, chain, last, at = Books(), [], GENESIS, 0, 0
    told = {a.sequence: a.chain for a in anchors or [] if a.of == "entries"}
    with database.writing(ledger.engine) as connection:  # so that projections are of the same moment
        for entry, written in ledger.entries():
            faults += [f"entries {last + 1} to {entry.sequence - 1} are missing"] if entry.sequence != last + 1 else []
            faults += [f"entry {entry.sequence} is dated before the one it follows"] if entry.recorded_at < at else []
            chain, last, at = entry.chained(chain), entry.sequence, entry.recorded_at
            if chain != written:
                faults.append(f"entry {entry.sequence} is not what its chain says: it, or one before it, was changed")
                chain = written
            if told.get(last, chain) != chain:
                faults.append(f"anchor of entry {last}: the chain up to there is not what it was")
            try:
                books.apply(entry)
            except Refused as error:
                faults.append(f"entry {entry.sequence} passes a guard: {error}")
            if len(faults) > 100:
                return Verdict([*faults, "and more; the first hundred are told"], last, chain)
        faults += [
            f"anchor of entry {n}: the ledger ends at {last}; entries after it are gone" for n in told if n > last
        ]
        faults += _unlike(connection, books)
    return Verdict(faults, last, chain)


def _unlike(connection: Any, books: Books) -> list[str]:
    """Where the projections are not what the entries come to."""

    def rows(table: Table, *key: str) -> dict[tuple[Any, ...], dict[str, Any]]:
        found = [dict(r._mapping) for r in connection.execute(select(table)).all()]
        return {tuple(r.pop(k) for k in key): r for r in found}

    balances = {(*a, currency): {"balance": b} for (a, currency), b in books.balances.items()}
    disputes = {tuple(of): vars(d) for of, d in books.disputes.items() if d.amount}
    kept = rows(t.accounts, "party", "kind", "currency")
    compared: list[tuple[str, dict[Any, Any], dict[Any, Any]]] = [
        ("account", {k: v for k, v in balances.items() if k in kept or v["balance"]}, kept),
        (
            "dispute",
            disputes,
            rows(t.disputes, "case", "party", "currency"),
        ),
        ("hold", {(s,): columns_of(h) for s, h in books.holds.items()}, rows(t.holds, "sequence")),
        ("claim", {(s,): columns_of(c) for s, c in books.claims.items()}, rows(t.claims, "sequence")),
        ("reversal", {(s,): {} for s in books.reversed}, rows(t.reversals, "sequence")),
    ]
    faults = []
    for what, should, does in compared:
        for key in sorted(set(should) | set(does)):
            if should.get(key) != does.get(key):
                name = "/".join(map(str, key))
                faults.append(
                    f"{what} {name} says {does.get(key, 'nothing')}, its entries {should.get(key, 'nothing')}"
                )
    return faults
