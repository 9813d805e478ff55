"""The service of cases on loopback, in a thread, with a clock that stands until it is set; and a client for it."""

from __future__ import annotations

import http.client
import json
from contextlib import suppress
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from guiju.cases import Cases
from guiju.cases.attachments import Attachments
from guiju.cases.links import LinkKeys, Opens, new_keys, token
from guiju.cases.statement.dsa import Publication
from guiju.web.cases.application import application
from guiju.web.cases.callers import Callers
from guiju.web.cases.gate import Gate
from guiju.web.cases.office import Office
from guiju.web.keys import Keys
from in_thread import InThread
from made_cases import Clock

PEOPLE: dict[str, dict[str, Any]] = {
    "olga": {"scopes": ["operate"]},
    "ruth": {"scopes": ["review"]},
    "remy": {"scopes": ["review"]},
    "auditor": {"scopes": ["read"]},
    "gate": {"scopes": ["automate"]},
    "agency": {"scopes": ["speak"], "platform": "yexing"},
    "namesake": {"name": "agency", "scopes": ["speak"], "platform": "another"},
    "rival": {"scopes": ["speak"], "platform": "yexing"},
    "union": {"scopes": ["speak"]},
}


class Told(NamedTuple):
    """An answer."""

    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)


class Service(InThread):
    """Serves until the block ends. `name` of PEOPLE is that person's key, `link(case, party)` a party's."""

    def __init__(
        self, where: str | Path, folder: Path, clock: Clock, gate: Gate | None = None, links: LinkKeys | None = None
    ) -> None:  # fmt: skip
        folder.mkdir(exist_ok=True)
        lines = [{"name": n, "sha256": sha256(self.key(n).encode()).hexdigest()} | p for n, p in PEOPLE.items()]
        (folder / "keys.yaml").write_text(json.dumps(lines))
        self.clock, self.links, self._numbers = clock, links or new_keys("k1"), count(1)
        self.cases = Cases(where, clock)
        callers = Callers(Keys(folder / "keys.yaml"), self.links, lambda: clock.now.timestamp())
        self.office = Office(
            self.cases, callers, Attachments(folder / "attachments", 1_000_000), Publication(("DE",)), gate
        )
        self.application = application(self.office)
        super().__init__()

    def closed(self) -> None:
        self.office.close()

    @staticmethod
    def key(name: str) -> str:
        return f"guiju_{name}"

    def link(self, case: str, party: str = "driver", days: float = 30) -> str:
        until = int(self.clock.now.timestamp() + days * 86_400)
        return token(self.links, Opens(case, party, until))

    def ask(self, method: str, path: str, who: str = "", body: Any = None, **headers: str) -> Told:
        """`who`: a name of PEOPLE, or a link's token, or nobody."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if who:
            sent["authorization"] = f"Bearer {self.key(who) if who in PEOPLE else who}"
        text = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        if text is not None:
            sent.setdefault("content-type", "application/json")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            with suppress(BrokenPipeError, ConnectionResetError):  # refused before all of it was sent
                connection.request(method, path, text, sent)
            answer = connection.getresponse()
            given = {name.lower(): value for name, value in answer.getheaders() if name.lower() != "date"}
            told = Told(answer.status, given, answer.read())
        finally:
            connection.close()
        kind = told.headers.get("content-type", "")
        assert told.status < 500 or told.status == 503, told
        assert ("html" if path.startswith("/cases/") else "problem") in kind or told.status < 400, told
        return told

    def read(self, path: str, who: str = "", **headers: str) -> Told:
        return self.ask("GET", path, who, **headers)

    def do(self, path: str, who: str, body: Any, key: str = "", **headers: str) -> Told:
        """A write, under a key of its own unless one is given."""
        return self.ask("POST", path, who, body, Idempotency_Key=key or f"k{next(self._numbers)}", **headers)
