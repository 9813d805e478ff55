"""What was sent when its session had ended: kept for its account alone, till it is sent again or a week has gone by.

A form names its session by a token. That of a session which ended is remembered for as long as a draft is kept, so what
comes with it is known to be of its account, whoever signs in next; and nobody else can leave a draft there.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256

import msgspec
from sqlalchemy import Connection, Engine, delete, insert, select

from guiju.ledger.database import reading, writing
from guiju.ledger.entries import microseconds
from guiju.web.console import tables as t
from guiju.web.console.accounts import SECOND

KEPT_DAYS = 7
KEPT = KEPT_DAYS * 86_400 * SECOND
MOST, LONGEST = 20, 20_000  # drafts of an account; characters of a field


class Form(msgspec.Struct, frozen=True):
    """A form whose words are kept. name: as `draft_of_…` in words/; fields: which of it.

    page: the address that it stands at, with names of the route's path in braces.
    """

    name: str
    fields: tuple[str, ...]
    page: str


class Draft(msgspec.Struct, frozen=True):
    """What was sent and not taken. page: the address of the page with its form."""

    id: str
    name: str
    page: str
    fields: dict[str, str]
    made_at: datetime


class Drafts:
    """The drafts in a console's database. `clock` tells the time."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self.engine, self.clock = engine, clock

    def owner(self, form_token: str) -> str | None:
        """The account in whose session a form was made, also where that has ended."""
        with reading(self.engine) as connection:
            asked = select(t.forms.c.account).where(t.forms.c.digest == digest(form_token))
            found: str | None = connection.execute(asked).scalar()
        return found

    def keep(self, account: str, name: str, page: str, fields: Mapping[str, str]) -> None:
        """Keep a draft; what was kept of the same form before, and what is too old or too much, goes."""
        now, c = microseconds(self.clock()), t.drafts.c
        said = {field: value.replace("\x00", "")[:LONGEST] for field, value in fields.items()}
        with writing(self.engine) as connection:
            forget(connection, now)
            connection.execute(delete(t.drafts).where(c.account == account, c.page == page))
            ids = connection.execute(select(c.id).where(c.account == account).order_by(c.made_at.desc())).scalars()
            connection.execute(delete(t.drafts).where(c.id.in_(list(ids)[MOST - 1 :])))
            made = {"id": secrets.token_hex(8), "account": account, "name": name, "page": page, "made_at": now}
            connection.execute(insert(t.drafts).values(**made, fields=msgspec.json.encode(said).decode()))

    def of(self, account: str, page: str) -> Draft | None:
        """What an account has of the form on a page."""
        return next((draft for draft in self.all(account) if draft.page == page), None)

    def all(self, account: str) -> list[Draft]:
        """An account's drafts, the newest first."""
        c, since = t.drafts.c, microseconds(self.clock()) - KEPT
        asked = select(c.id, c.name, c.page, c.fields, c.made_at).where(c.account == account, c.made_at > since)
        with reading(self.engine) as connection:
            return [
                Draft(r.id, r.name, r.page, msgspec.json.decode(r.fields, type=dict[str, str]), _moment(r.made_at))
                for r in connection.execute(asked.order_by(c.made_at.desc(), c.id))
            ]

    def sent(self, account: str, page: str) -> None:
        """The form on a page was sent and taken: of what an account had of it nothing is kept."""
        with writing(self.engine) as connection:
            connection.execute(delete(t.drafts).where(t.drafts.c.account == account, t.drafts.c.page == page))

    def remove(self, account: str, id: str) -> bool:
        """Whether there was such a draft of this account."""
        if not id:
            return False
        with writing(self.engine) as connection:
            gone = connection.execute(delete(t.drafts).where(t.drafts.c.account == account, t.drafts.c.id == id))
            return bool(gone.rowcount)


def forget(connection: Connection, now: int) -> None:
    """What is older than it is kept, of drafts and of the tokens of forms."""
    connection.execute(delete(t.drafts).where(t.drafts.c.made_at <= now - KEPT))
    connection.execute(delete(t.forms).where(t.forms.c.begun_at <= now - KEPT))


def form_token(token: str) -> str:
    """What a form carries: made from a cookie of ours that another site can have sent, but cannot read."""
    return sha256(b"form:" + token.encode()).hexdigest()


def digest(form_token: str) -> str:
    return sha256(form_token.encode()).hexdigest()


def _moment(of: int) -> datetime:
    return datetime.fromtimestamp(of / SECOND, UTC)
