"""Entries written: one transaction, whole or not at all, with every guard asked inside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from itertools import count
from typing import Any, NamedTuple, TypeVar

import msgspec
from sqlalchemy import Connection, Row, Table, bindparam, insert, select, update

from guiju.ledger import database
from guiju.ledger import tables as t
from guiju.ledger.books import Books, Claim, Dispute, Hold, Of, Refused, lasting
from guiju.ledger.entries import (
    ALLOW,
    CAPTURE,
    CLAIM,
    COLLECT,
    DISPUTE,
    GENESIS,
    HELD,
    HOLD,
    LAPSE,
    POST,
    RELEASE,
    REVERSE,
    WAIVE,
    WALLET,
    Account,
    Entry,
    microseconds,
    told,
)  # fmt: skip
from guiju.ledger.statements import ADD_CALLS, ADD_ENTRIES, CALLED, DUE, NEWEST, SET_BALANCES, STANDING

T = TypeVar("T")
LAPSING = "lapse of hold "  # how the keys of what lapses by itself begin


class Conflict(Refused):
    """A key that was used before, for another call."""


class Transfer(NamedTuple):
    """Money out of one account into another, in whole minor units."""

    out_of: Account
    into: Account
    amount: int
    currency: str
    reason: str
    case: str = ""
    by: str = ""


class Held(NamedTuple):
    """What came of a hold: the entry that holds what was there, and the claim for what was not; either may be None."""

    hold: Entry | None
    claim: Entry | None


class Writing(Books):
    """The books within one transaction, read from the database as they are asked for."""

    def __init__(self, connection: Connection, now: int, own: str = "") -> None:
        """own: how the keys begin that only this writer makes, each once: they are not looked up."""
        super().__init__()
        self.connection, self._own = connection, own
        self._added: list[tuple[Entry, str]] = []
        self._calls: list[dict[str, str]] = []
        self._digests: dict[str, str] = {}  # of calls that were made, by key
        self._refused = False
        last, at, chain = connection.execute(NEWEST).first() or (0, now, GENESIS)
        self._last, self._chain = int(last), str(chain)
        self.now = max(now, int(at))  # a clock set back stands still
        self._begun: dict[tuple[Account, str], int] = {}  # balances as read
        self._due: dict[str, list[tuple[int, str]]] = {}  # holds and currencies of parties as read: their time is up
        self._current: set[tuple[str, str]] = set()  # parties and currencies whose due holds have lapsed
        self._known_disputes: dict[Of, tuple[int, int]] = {}
        self._key, self._part = "", count()

    # What is asked

    def post(self, key: str, transfers: Iterable[Transfer]) -> list[Entry]:
        """Add transfers, all or none. The same key and transfers again: nothing is added, and these are returned."""
        asked = list(transfers)
        if not asked:
            raise Refused("a post without transfers is none")
        parties = {a.party for x in asked for a in (x.out_of, x.into)}
        return self._call(key, asked, lambda: self._posted(asked), parties)

    def _posted(self, asked: list[Transfer]) -> None:
        self._lapse_of((a.party, x.currency) for x in asked for a in (x.out_of, x.into))
        for x in asked:
            self._add(
                POST, x.currency, x.amount, out_of=x.out_of, into=x.into, reason=x.reason, case=x.case, by=x.by
            )  # fmt: skip

    def dispute(self, of: Of) -> Dispute:
        if of not in self.disputes:
            row = self._row(t.disputes, case=of.case, party=of.party, currency=of.currency)
            self.disputes[of] = Dispute()
            if row:
                self.dispute_read(of, row.amount, row.used)
        return self.disputes[of]

    def dispute_read(self, of: Of, amount: int, used: int) -> None:
        self.disputes[of], self._known_disputes[of] = Dispute(amount, used), (amount, used)

    def put_in_dispute(self, key: str, of: Of, amount: int, reason: str, by: str = "") -> Entry:
        """State the sum in dispute with a party in a case; said again, the last one counts."""
        return self._one(key, DISPUTE, of, amount, reason=reason, by=by)

    def set_aside(
        self, key: str, of: Of, amount: int, expires_at: datetime, reason: str, by: str = "", most: int | None = None
    ) -> Held:
        """Hold what the party has of an amount in dispute, `most` at most; the rest was withdrawn: it is claimed."""
        until = microseconds(expires_at)

        def held() -> None:
            lasting(until, self.now)
            there = min(self.balance(Account(of.party), of.currency), amount, amount if most is None else most)
            if there > 0:
                mine, aside = Account(of.party), Account(of.party, HELD)
                self._add(
                    HOLD, of.currency, there, **_named(of), out_of=mine, into=aside, expires_at=until, reason=reason,
                    by=by,
                )  # fmt: skip
            if amount > there or amount <= 0:
                self._add(CLAIM, of.currency, amount - max(there, 0), **_named(of), reason=reason, by=by)

        said = [HOLD, of, amount, until, reason, by, *([] if most is None else [most])]
        by_kind = {e.kind: e for e in self._call(key, said, held, {of.party})}
        return Held(by_kind.get(HOLD), by_kind.get(CLAIM))

    def release(
        self, key: str, hold: int, reason: str, amount: int | None = None, decision: str = "", by: str = ""
    ) -> Entry:
        """Give back what a hold still holds, or a part of it."""
        return self._from_hold(key, RELEASE, hold, None, amount, reason=reason, decision=decision, by=by)

    def capture(
        self, key: str, hold: int, into: Account, decision: str, reason: str, amount: int | None = None, by: str = ""
    ) -> Entry:
        """Take what a hold still holds, or a part of it, by a decision; the rest stays held until it is released."""
        return self._from_hold(key, CAPTURE, hold, into, amount, reason=reason, decision=decision, by=by)

    def allow(self, key: str, claim: int, amount: int, decision: str, reason: str, by: str = "") -> Entry:
        """Say by a decision how much of a claim may be collected."""
        of = self.claim(claim).of
        return self._one(key, ALLOW, of, amount, refers=claim, decision=decision, reason=reason, by=by)

    def collect(self, key: str, claim: int, into: Account, amount: int, reason: str, by: str = "") -> Entry:
        """Collect of an allowed claim what the party has now."""
        of = self.claim(claim).of
        legs = {"out_of": Account(of.party), "into": into}
        return self._one(key, COLLECT, of, amount, refers=claim, reason=reason, by=by, **legs)

    def waive(self, key: str, claim: int, amount: int, reason: str, decision: str = "", by: str = "") -> Entry:
        """Give up a claim, or a part of it, that was not collected."""
        of = self.claim(claim).of
        return self._one(key, WAIVE, of, amount, refers=claim, decision=decision, reason=reason, by=by)

    def reverse(self, key: str, sequence: int, reason: str, decision: str = "", by: str = "") -> Entry:
        """Send an entry's money back whole, once."""
        was = self.movement(sequence)
        assert was.out_of is not None
        back = Account(was.out_of.party) if was.out_of.kind == HELD else was.out_of
        of = Of(was.case, was.party, was.currency)
        legs = {"out_of": was.into, "into": back}
        return self._one(key, REVERSE, of, was.amount, refers=sequence, reason=reason, decision=decision, by=by, **legs)

    def lapse_due(self) -> int:
        """Let every hold whose time is up lapse; returns how many did."""
        due = (t.holds.c.left > 0) & (t.holds.c.expires_at <= self.now)
        parties = self.connection.execute(select(t.holds.c.party, t.holds.c.currency).where(due).distinct()).all()
        before = len(self._added)
        self._lapse_of((party, currency) for party, currency in parties)
        return len(self._added) - before

    # How it is written

    def _from_hold(
        self, key: str, kind: str, hold: int, into: Account | None, amount: int | None, **said: str
    ) -> Entry:
        of = self.hold(hold).of
        goes = into or Account(of.party)

        def moved() -> None:
            self._lapse_of([(of.party, of.currency)])
            left = self.hold(hold).left
            if not left:
                raise Refused(
                    f"nothing is left of hold {hold}: it was released, captured or lapsed",
                    f"扣留 {hold} 已无余额：已经解除、收取或者到期",
                )
            self._add(
                kind, of.currency, left if amount is None else amount, **_named(of), out_of=Account(of.party, HELD),
                into=goes, refers=hold, **said,
            )  # fmt: skip

        [entry] = self._call(key, [kind, hold, goes, amount, said], moved, {of.party})
        return entry

    def _one(self, key: str, kind: str, of: Of, amount: int, **fields: Any) -> Entry:
        def added() -> None:
            self._add(kind, of.currency, amount, **_named(of), **fields)

        [entry] = self._call(key, [kind, of, amount, fields], added, {of.party})
        return entry

    def _call(self, key: str, said: Any, write: Callable[[], None], parties: set[str]) -> list[Entry]:
        """Write under a key, or return what was written under it before; of `parties` balances will be asked."""
        if not key.strip() or key.startswith(LAPSING):
            raise Refused(f"{key!r} is no key of a call: give it one of its own, and the same when it is repeated")
        digest = sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()
        self.read(parties, "" if self._own and key.startswith(self._own) else key)
        known = self._digests.get(key)
        if known not in (None, digest):
            raise Conflict(
                f"the key {key!r} was used for another call: use a new key for a new call",
                f"键 {key!r} 已用于另一次调用：新的调用请用新的键",
            )
        if known is not None:
            return self._under(key)
        begun = len(self._added)
        self._key, self._part, self._refused = key, count(), True
        write()
        self._refused = False
        self._digests[key] = digest
        self._calls.append({"key": key, "digest": digest})
        return [e for e, _ in self._added[begun:] if e.key == key]

    def _under(self, key: str) -> list[Entry]:
        rows = self.connection.execute(select(t.entries).where(t.entries.c.key == key).order_by(t.entries.c.part)).all()
        return [entry_of(row) for row in rows] or [e for e, _ in self._added if e.key == key]

    def _add(self, kind: str, currency: str, amount: int, *, lapsing: str = "", **fields: Any) -> Entry:
        for account in (fields.get("out_of"), fields.get("into")):
            if account is not None:
                self.balance(account, currency)  # what lapses first is an entry before this one
        key, part = (lapsing, 0) if lapsing else (self._key, next(self._part))
        entry = Entry(
            sequence=self._last + 1, key=key, part=part, kind=kind, recorded_at=self.now, currency=currency,
            amount=amount, **fields,
        )  # fmt: skip
        self.apply(entry)
        self._last += 1
        self._chain = entry.chained(self._chain)
        self._added.append((entry, self._chain))
        return entry

    def _lapse_of(self, owners: Iterable[tuple[str, str]]) -> None:
        """Whatever is asked of somebody's money in a currency, what is due to them is given back first."""
        asked = sorted(set(owners) - self._current)
        if not asked:
            return
        self._current.update(asked)
        parties = {party for party, _ in asked}
        self.read(parties)
        due = [(s, party, currency) for party in parties for s, currency in self._due[party]]
        for sequence, party, currency in sorted(one for one in due if one[1:] in asked):
            hold = self.hold(sequence)
            if hold.left:
                self._add(
                    LAPSE, currency, hold.left, **_named(hold.of), out_of=Account(party, HELD), into=Account(party),
                    refers=sequence, lapsing=f"{LAPSING}{sequence}",
                    reason=f"nobody decided by {told(hold.expires_at)}",
                )  # fmt: skip

    # What is read

    def balance(self, account: Account, currency: str) -> int:
        if account.kind in (WALLET, HELD):
            self._lapse_of([(account.party, currency)])
        if (account, currency) not in self.balances:
            self.read({account.party})
            self.balances[account, currency] = self._begun.get((account, currency), 0)
        return self.balances[account, currency]

    def read(self, parties: set[str], key: str = "") -> None:
        """Read what parties have, which of their holds are due, and the digest of a call, unless they were read."""
        unread = sorted(parties - self._due.keys())
        for some in parts(unread) if unread or not key else [unread]:
            self._due |= {party: [] for party in some}
            asked = {"parties": some, "now": self.now, "key": key}
            for what, name, kind, currency, number in self.connection.execute(STANDING, asked):
                if what == CALLED:
                    self._digests[key] = name
                elif what == DUE:
                    self._due[name].append((number, currency))
                else:
                    self._begun[Account(name, kind), currency] = number

    def hold(self, sequence: int | None) -> Hold:
        if sequence not in self.holds and (row := self._row(t.holds, sequence=sequence)):
            self.holds[row.sequence] = Hold(_of(row), row.amount, row.left, row.expires_at)
        return super().hold(sequence)

    def claim(self, sequence: int | None) -> Claim:
        if sequence not in self.claims and (row := self._row(t.claims, sequence=sequence)):
            self.claims[row.sequence] = Claim(_of(row), row.amount, row.allowed, row.collected)
        return super().claim(sequence)

    def movement(self, sequence: int | None) -> Entry:
        if sequence not in self.moved and (row := self._row(t.entries, sequence=sequence)):
            if row.kind in (POST, CAPTURE, COLLECT):
                self.moved[row.sequence] = entry_of(row)
            else:
                raise Refused(f"entry {sequence} is a {row.kind}: posts, captures and collections can be reversed")
        return super().movement(sequence)

    def was_reversed(self, sequence: int) -> bool:
        return sequence in self.reversed or self._row(t.reversals, sequence=sequence) is not None

    def _row(self, table: Table, **key: Any) -> Row[Any] | None:
        if any(value is None for value in key.values()):
            return None
        found: Row[Any] | None = self.connection.execute(select(table).filter_by(**key)).first()
        return found

    # What is kept

    def keep(self) -> None:
        """Write what was added, and what it comes to, in the transaction that the caller commits."""
        if self._refused:
            raise Refused("a call of this transaction was refused, so nothing of it is kept: make the others anew")
        with database.together(self.connection):
            if self._calls:
                self.connection.execute(ADD_CALLS, self._calls)
            if self._added:
                self._keep_added()

    def _keep_added(self) -> None:
        self.connection.execute(ADD_ENTRIES, [row_of(entry, chain) for entry, chain in self._added])
        new = {e.sequence for e, _ in self._added}
        changed = [
            {"party": account.party, "kind": account.kind, "currency": currency, "balance": balance}
            for (account, currency), balance in self.balances.items()
            if balance != self._begun.get((account, currency), 0)
        ]
        if changed:
            self.connection.execute(SET_BALANCES[self.connection.dialect.name], changed)
        self._keep_all(t.holds, {s: columns_of(h) for s, h in self.holds.items()}, new)
        self._keep_all(t.claims, {s: columns_of(c) for s, c in self.claims.items()}, new)
        for of, d in self.disputes.items():
            sums = {"amount": d.amount, "used": d.used}
            if of not in self._known_disputes and d.amount:
                self.connection.execute(insert(t.disputes).values(**of._asdict(), **sums))
            elif of in self._known_disputes and self._known_disputes[of] != (d.amount, d.used):
                self.connection.execute(update(t.disputes).filter_by(**of._asdict()).values(**sums))
        if self.reversed:
            self.connection.execute(insert(t.reversals), [{"sequence": s} for s in sorted(self.reversed)])

    def _keep_all(self, table: Table, rows: dict[int, dict[str, Any]], new: set[int]) -> None:
        if added := [{"sequence": s, **row} for s, row in rows.items() if s in new]:
            self.connection.execute(insert(table), added)
        if changed := [{"of": s, **row} for s, row in rows.items() if s not in new]:
            self.connection.execute(update(table).where(table.c.sequence == bindparam("of")), changed)


def parts(these: list[T], size: int = 400) -> Iterator[list[T]]:
    """A list in parts that one query takes."""
    return (these[begin : begin + size] for begin in range(0, len(these), size))


def _named(of: Of) -> dict[str, str]:
    return {"party": of.party, "case": of.case}


def _of(row: Row[Any]) -> Of:
    return Of(row.case, row.party, row.currency)


def columns_of(held: Hold | Claim) -> dict[str, Any]:
    """A hold or claim as its table's columns."""
    return {**held.of._asdict(), **{name: value for name, value in vars(held).items() if name != "of"}}


def row_of(entry: Entry, chain: str) -> dict[str, Any]:
    """An entry as its table's row."""
    fields = msgspec.structs.asdict(entry) | {"chain": chain}
    for name in ("out_of", "into"):
        account = fields.pop(name)
        fields[f"{name}_party"], fields[f"{name}_kind"] = account or (None, None)
    return fields


def entry_of(row: Row[Any]) -> Entry:
    """A row as the entry that it was written from."""
    fields = dict(row._mapping)
    fields.pop("chain", None)
    for name in ("out_of", "into"):
        party, kind = fields.pop(f"{name}_party"), fields.pop(f"{name}_kind")
        fields[name] = None if party is None else Account(party, kind)
    return Entry(**fields)
