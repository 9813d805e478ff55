"""Who is signed in: the server knows a digest of each browser's token; what an account may is asked anew each time."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import Engine, delete, insert, select, update

from guiju.ledger.database import reading, writing
from guiju.ledger.entries import microseconds
from guiju.web.console import drafts
from guiju.web.console import tables as t
from guiju.web.console.accounts import SECOND

IDLE_SECONDS, LONGEST_SECONDS = 2 * 3600, 12 * 3600
NOTED_SECONDS = 300  # how exactly it is known when somebody was last seen: not every page shall write


class Session(NamedTuple):
    """Somebody signed in. digest: of the token, for what is to end with the session."""

    account: str
    roles: frozenset[str]
    must_change: bool
    digest: str


class Sessions:
    """The sessions in a console's database. `clock` tells the time."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self.engine, self.clock = engine, clock

    def begin(self, account: str, instead_of: str | None = None) -> str:
        """A new session's token; the one it takes the place of, if any, ends."""
        token, now = secrets.token_urlsafe(32), microseconds(self.clock())
        c = t.sessions.c
        with writing(self.engine) as connection:
            ended = (c.seen_at < now - IDLE_SECONDS * SECOND) | (c.begun_at < now - LONGEST_SECONDS * SECOND)
            connection.execute(delete(t.sessions).where(ended))
            if instead_of:
                connection.execute(delete(t.sessions).where(c.digest == digest(instead_of)))
            known = {"digest": digest(token), "account": account, "begun_at": now, "seen_at": now}
            connection.execute(insert(t.sessions).values(**known))
            drafts.forget(connection, now)
            its = {"digest": drafts.digest(drafts.form_token(token)), "account": account, "begun_at": now}
            connection.execute(insert(t.forms).values(**its))
        return token

    def of(self, token: str) -> Session | None:
        """Whose session a token is; None where it is nobody's, has ended, or the account is closed."""
        now, c, a = microseconds(self.clock()), t.sessions.c, t.accounts.c
        asked = select(c.begun_at, c.seen_at, a.name, a.roles, a.must_change, a.closed)
        with reading(self.engine) as connection:
            row = connection.execute(
                asked.join(t.accounts, a.name == c.account).where(c.digest == digest(token))
            ).one_or_none()
        if row is None or row.closed:
            return None
        if now - row.seen_at > IDLE_SECONDS * SECOND or now - row.begun_at > LONGEST_SECONDS * SECOND:
            return None
        if now - row.seen_at > NOTED_SECONDS * SECOND:
            with writing(self.engine) as connection:
                connection.execute(update(t.sessions).where(c.digest == digest(token)).values(seen_at=now))
        return Session(row.name, frozenset(row.roles.split(",")), bool(row.must_change), digest(token))

    def roles(self, digest: str) -> frozenset[str]:
        """What a session's account may now, none where it has ended; looking does not keep it alive."""
        now, c, a = microseconds(self.clock()), t.sessions.c, t.accounts.c
        asked = select(a.roles).select_from(t.sessions).join(t.accounts, a.name == c.account).where(
            c.digest == digest, a.closed.is_(False), a.must_change.is_(False),
            c.seen_at >= now - IDLE_SECONDS * SECOND, c.begun_at >= now - LONGEST_SECONDS * SECOND,
        )  # fmt: skip
        with reading(self.engine) as connection:
            roles = connection.execute(asked).scalar_one_or_none()
        return frozenset(roles.split(",")) if roles else frozenset()

    def end(self, token: str) -> None:
        """Sign out."""
        with writing(self.engine) as connection:
            connection.execute(delete(t.sessions).where(t.sessions.c.digest == digest(token)))

    def end_all(self, account: str) -> None:
        """Sign out wherever somebody is signed in: the password is another, or the account is closed."""
        with writing(self.engine) as connection:
            connection.execute(delete(t.sessions).where(t.sessions.c.account == account))


def digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
