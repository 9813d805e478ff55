"""Who may sign in: names, roles and passwords, of which only Argon2's hashes are kept; and who tries too often."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Semaphore
from typing import Any, NamedTuple

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from guiju.ledger.database import reading, writing
from guiju.ledger.entries import microseconds
from guiju.web.console import tables as t

ANALYST, REVIEWER, OPERATOR, ADMIN = ROLES = ("analyst", "reviewer", "operator", "admin")
FIRST = "admin"
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
SHORTEST, LONGEST = 12, 200  # characters of a password
MOST_ATTEMPTS, LOCKED_SECONDS = 5, 15 * 60
AT_ONCE = 2  # hashes reckoned at a time, each over 64 MiB: a flood of attempts shall not take the memory
SECOND = 1_000_000


class Account(msgspec.Struct, frozen=True):
    """Somebody who may sign in, if not closed. must_change: the password is one that somebody else knows."""

    name: str
    roles: tuple[str, ...]
    must_change: bool
    closed: bool
    made_at: datetime


class NotDone(Exception):
    """What was asked of accounts cannot be done; `name` is of the console's words, `values` what it tells."""

    def __init__(self, name: str, /, **values: object) -> None:
        super().__init__(name)
        self.name, self.values = name, values


class Signed(NamedTuple):
    """What came of an attempt: the account, or none; and for how many seconds nobody of that name may try again."""

    account: Account | None
    locked_seconds: int = 0


class Accounts:
    """The accounts in a console's database. `clock` tells the time."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime], hasher: PasswordHasher | None = None) -> None:
        self.engine, self.clock = engine, clock
        self._hasher, self._hashing = hasher or PasswordHasher(), Semaphore(AT_ONCE)
        self._nobody = self._hash(secrets.token_urlsafe())

    def begin(self, roles: tuple[str, ...] = ()) -> str | None:
        """Where there is no account yet, make the first admin, of other roles, too, if given; returns its password,
        which is to be changed.
        """
        password = _drawn()
        hashed = self._hash(password)
        with writing(self.engine) as connection:
            if connection.execute(select(func.count()).select_from(t.accounts)).scalar():
                return None
            self._insert(connection, FIRST, _known((ADMIN, *roles)), hashed)
        return password

    def add(self, name: str, roles: tuple[str, ...]) -> str:
        """A new account; returns its first password. Raises NotDone."""
        if not NAME.fullmatch(name):
            raise NotDone("people_bad_name")
        password = _drawn()
        hashed = self._hash(password)
        with writing(self.engine) as connection:
            if _row(connection, name) is not None:
                raise NotDone("people_taken", name=name)
            self._insert(connection, name, _known(roles), hashed)
        return password

    def _insert(self, connection: Connection, name: str, roles: tuple[str, ...], hashed: str) -> None:
        made = {"name": name, "roles": ",".join(roles), "password": hashed, "must_change": True, "closed": False}
        connection.execute(insert(t.accounts).values(**made, made_at=microseconds(self.clock())))

    def all(self) -> list[Account]:
        """Every account, by name."""
        with reading(self.engine) as connection:
            return [_account(row) for row in connection.execute(select(t.accounts).order_by(t.accounts.c.name))]

    def sign_in(self, name: str, password: str) -> Signed:
        """Try a password. Every attempt counts until one succeeds, also of names that nobody has."""
        if locked := self._counted(name):
            return Signed(None, locked)
        with reading(self.engine) as connection:
            row = _row(connection, name)
        fits = self._fits(row.password if row else self._nobody, password)
        if row is None or not fits or row.closed:
            return Signed(None)
        with writing(self.engine) as connection:
            connection.execute(delete(t.attempts).where(t.attempts.c.account == name))
        return Signed(_account(row))

    def _counted(self, name: str) -> int:
        """Write an attempt down before it is looked at, so that none is free; returns how long to wait instead."""
        now, c = microseconds(self.clock()), t.attempts.c
        with writing(self.engine) as connection:
            connection.execute(delete(t.attempts).where(c.made_at < now - LOCKED_SECONDS * SECOND))
            times = connection.execute(select(c.made_at).where(c.account == name).order_by(c.made_at.desc())).scalars()
            if len(made := list(times)) >= MOST_ATTEMPTS:
                return max(1, LOCKED_SECONDS - int(now - made[0]) // SECOND)
            number = (connection.execute(select(func.max(c.number))).scalar() or 0) + 1
            connection.execute(insert(t.attempts).values(number=number, account=name, made_at=now))
        return 0

    def change(self, name: str, old: str, new: str) -> None:
        """Change one's own password; whoever does not know the old one is counted as at signing in. Raises NotDone."""
        if not SHORTEST <= len(new) <= LONGEST:
            raise NotDone("password_length", shortest=SHORTEST, longest=LONGEST)
        if new == old or name in new.lower():
            raise NotDone("password_alike")
        signed = self.sign_in(name, old)
        if signed.account is None:
            raise NotDone("password_wrong")
        self._put(name, password=self._hash(new), must_change=False)

    def renew(self, name: str) -> str:
        """A new password for somebody who lost theirs, to be changed; returns it. Raises NotDone."""
        password = _drawn()
        self._put(name, password=self._hash(password), must_change=True)
        with writing(self.engine) as connection:
            connection.execute(delete(t.attempts).where(t.attempts.c.account == name))
        return password

    def set_roles(self, name: str, roles: tuple[str, ...]) -> None:
        """Raises NotDone, also where nobody would be left who may manage accounts."""
        self._put(name, roles=",".join(_known(roles)))

    def close(self, name: str, closed: bool = True) -> None:
        """Nobody signs in to a closed account; its name stays taken. Raises NotDone."""
        self._put(name, closed=closed)

    def _put(self, name: str, **values: object) -> None:
        with writing(self.engine) as connection:
            if _row(connection, name) is None:
                raise NotDone("people_none", name=name)
            connection.execute(update(t.accounts).where(t.accounts.c.name == name).values(**values))
            left = [_account(row) for row in connection.execute(select(t.accounts))]
            if not any(ADMIN in account.roles and not account.closed for account in left):
                raise NotDone("people_last_admin")

    def _hash(self, password: str) -> str:
        with self._hashing:
            return str(self._hasher.hash(password))

    def _fits(self, hashed: str, password: str) -> bool:
        with self._hashing:
            try:
                return bool(self._hasher.verify(hashed, password))
            except (VerificationError, InvalidHashError):
                return False


def _row(connection: Connection, name: str) -> Any:
    return connection.execute(select(t.accounts).where(t.accounts.c.name == name)).one_or_none()


def _account(row: Any) -> Account:
    made = datetime.fromtimestamp(row.made_at / SECOND, UTC)
    return Account(row.name, tuple(row.roles.split(",")), bool(row.must_change), bool(row.closed), made)


def _known(roles: tuple[str, ...]) -> tuple[str, ...]:
    """The roles there are among some, in the order of the house. Raises NotDone where there is none."""
    known = tuple(role for role in ROLES if role in roles)
    if not known:
        raise NotDone("people_no_role")
    return known


def _drawn() -> str:
    """A password drawn by chance, of nearly 80 bits, that can be read aloud."""
    letters = "abcdefghijkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))
