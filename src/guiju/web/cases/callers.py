"""Who calls: the operator's people, agencies and representatives by their keys, a party by the link to its own case."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from guiju.cases.links import LinkKeys, open_link
from guiju.records.errors import BadInput
from guiju.web.keys import Keys, Scope


class Caller(msgspec.Struct, frozen=True):
    """Whoever sent a request.

    by: who, as steps name it: nobody acts under another name. scopes: what the key may do, none of a link. platform:
    whose agency it is. opens: the case that a link opens.
    """

    by: str
    scopes: tuple[Scope, ...] = ()
    platform: str = ""
    opens: str = ""


class Callers:
    """Those who are known. `now` tells the time in seconds since 1970, UTC."""

    def __init__(self, keys: Keys, links: LinkKeys, now: Callable[[], float]) -> None:
        if keys.open:
            raise BadInput("cases are worked on by name: name a file of keys")
        self._keys, self.links, self.now = keys, links, now

    def caller(self, authorization: str | None, link: str | None) -> Caller | None:
        """Who sent `Authorization: Bearer <key or link's token>`, or `?link=<token>`; None if nobody is known by it.

        Raises links.Refused: the link is altered or has expired.
        """
        sent = authorization or ""
        scheme, _, given = sent.partition(" ")
        token = link if not sent else given.strip() if scheme.lower() == "bearer" and "." in given else None
        if token is not None:
            opens = open_link(self.links, token, self.now())
            return Caller(opens.party, opens=opens.case)
        key = self._keys.caller(sent.encode())
        return Caller(key.name, key.scopes, key.platform) if key else None
