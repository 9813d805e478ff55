"""What the pages stand on: accounts and sessions, the runs that can be read, and what is remembered of an account."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher

from guiju.cases import Cases
from guiju.cases.attachments import Attachments
from guiju.cases.links import Opens
from guiju.cases.listing import unanswered_groups
from guiju.ledger.database import connect
from guiju.records.errors import BadInput
from guiju.web.console.accounts import Accounts
from guiju.web.console.desks import Desks
from guiju.web.console.drafts import Drafts
from guiju.web.console.gate.gate import Gate
from guiju.web.console.reading import Runs
from guiju.web.console.running.jobs import Jobs
from guiju.web.console.sessions import Sessions
from guiju.web.console.tables import CONSOLE
from guiju.web.console.throttle import Throttle
from guiju.web.console.words import HERE_ZONE

log = logging.getLogger("guiju.web")
AT_ONCE = 200  # members of a decided group that are answered before its page is shown: a fifth of a second
LOOPBACK = frozenset(("127.0.0.1", "localhost", "[::1]"))


class Console:
    """One console. store: its database, a file or a URL; runs: a folder of runs; url: how its readers reach it.

    cases: the ledger whose cases are decided here, a file or a URL; attachments: the folder of what came with them.
    guards: a folder of what guiju gate guard wrote. link: makes what opens a case for its party.
    zone: by whose clock times are told that belong to no case.
    pages: the folder of pages that other commands drew. records: a folder with a folder for each set of records.
    gate: the one that is shown; it is closed with the console. demo: what is shown was made up, and every page says so.

    `clock` tells the time; `hasher` is Argon2's, as costly as its makers advise unless given.
    Raises BadInput, Unavailable.
    """

    def __init__(
        self, store: str | Path, runs: Path, url: str = "", clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        hasher: PasswordHasher | None = None, cases: str | Path | None = None, attachments: Path | None = None,
        pages: Path | None = None, records: Path | None = None, gate: Gate | None = None,
        link: Callable[[Opens], str] | None = None, zone: ZoneInfo = HERE_ZONE,
        guards: Path | None = None, demo: bool = False,
    ) -> None:  # fmt: skip
        address = urlsplit(url)
        if url and (address.scheme not in ("http", "https") or not address.hostname):
            raise BadInput(f"{url!r} is no address: write it as https://guiju.example.org")
        self.engine, self.clock, self.runs = connect(store, of=CONSOLE), clock, Runs(runs)
        self.accounts, self.sessions = Accounts(self.engine, clock, hasher), Sessions(self.engine, clock)
        self.throttle, self.pages, self.records = Throttle(clock), pages, records
        self.jobs, self.desks, self.gate = Jobs(runs, clock), Desks(), gate
        self.guards, self.demo = guards, demo
        self.drafts, self.link, self.zone = Drafts(self.engine, clock), link, zone
        self.cases = None if cases is None else Cases(cases, clock, make=False)
        self.attachments = None if attachments is None else Attachments(attachments)
        self._carrying = ThreadPoolExecutor(1, "groups")
        for group in unanswered_groups(self.cases) if self.cases else ():  # by a console before this one
            self.carry_out(group)
        self.secure = address.scheme == "https"  # cookies then travel encrypted or not at all
        self._names = LOOPBACK | {address.hostname} if address.hostname else LOOPBACK

    def is_ours(self, host: str | None) -> bool:
        """Whether a `Host` is the console's own, whatever the port: no other site's name shall lead here."""
        return _without_port(host or "") in self._names

    def answer(self, group: str) -> None:
        """Answer the members of a decided group: the first at once, so that whoever decided it sees them answered; of
        a large one the rest behind.
        """
        assert self.cases is not None
        left = 1
        try:
            with self.cases.writing() as desk:
                left = desk.carry_out(group, AT_ONCE).left
        except BadInput as error:  # it is decided all the same, and gone on with
            log.error("a decided group is not carried out at once", extra={"said": str(error)})
        if left:
            self.carry_out(group)

    def carry_out(self, group: str) -> None:
        """Answer the members of a decided group, behind whoever decided it."""
        assert self.cases is not None
        self._carrying.submit(_carry_out, self.cases, group)

    def ending(self) -> None:
        """Let those go who are told of things as they happen: a server that stops waits for them."""
        if self.gate is not None:
            self.gate.ending()

    def close(self) -> None:
        if self.gate is not None:
            self.gate.close()
        self.jobs.close()
        self._carrying.shutdown()
        self.desks.close()
        if self.cases is not None:
            self.cases.close()
        self.engine.dispose()


def _carry_out(cases: Cases, group: str) -> None:
    try:
        cases.carry_out(group)
    except BadInput as error:  # the next console goes on with it
        log.error("a decided group is not carried out", extra={"said": str(error)})


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).lower()
