"""What somebody looked for, kept under a name; each account sees its own alone."""

from __future__ import annotations

import secrets

import msgspec
from sqlalchemy import Engine, delete, func, insert, select

from guiju.ledger.database import reading, writing
from guiju.web.console import tables as t
from guiju.web.console.accounts import NotDone

MOST, LONGEST_NAME, LONGEST_QUERY = 50, 60, 2_000


class View(msgspec.Struct, frozen=True):
    """A saved view: what the page is asked for, as an address writes it."""

    id: str
    name: str
    query: str


def views(engine: Engine, account: str, page: str) -> list[View]:
    """An account's views of a page, by name."""
    c = t.views.c
    asked = select(c.id, c.name, c.query).where(c.account == account, c.page == page).order_by(c.name)
    with reading(engine) as connection:
        return [View(*row) for row in connection.execute(asked)]


def save(engine: Engine, account: str, page: str, name: str, query: str) -> None:
    """Keep a view; one of the same name is another from now on. Raises NotDone."""
    name, c = name.strip()[:LONGEST_NAME], t.views.c
    if not name or len(query) > LONGEST_QUERY:
        raise NotDone("views_no_name")
    its = (c.account == account, c.page == page)
    with writing(engine) as connection:
        connection.execute(delete(t.views).where(*its, c.name == name))
        if (connection.execute(select(func.count()).select_from(t.views).where(*its)).scalar() or 0) >= MOST:
            raise NotDone("views_most", most=MOST)
        made = {"id": secrets.token_hex(8), "account": account, "page": page, "name": name, "query": query}
        connection.execute(insert(t.views).values(**made))


def remove(engine: Engine, account: str, id: str) -> bool:
    """Whether there was such a view of this account."""
    its = (t.views.c.account == account, t.views.c.id == id)
    with writing(engine) as connection:
        return connection.execute(delete(t.views).where(*its)).rowcount == 1
