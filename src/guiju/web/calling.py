"""A gate's service called from another process: events sent and answered over one connection that is kept.

Whatever passes by itself is waited for and tried again, which an event's id makes harmless: the service that is busy,
that is begun anew, or whose disk is full.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from guiju.records.errors import BadInput
from guiju.web.problems import Problem

LOOPBACK = ("127.0.0.1", "localhost", "::1")
PATIENCE_S = 60.0  # how long what passes by itself is waited for
LEAST_S, MOST_S = 0.1, 5.0  # between two attempts
ANSWER_S = 60.0
BUSY, DECIDED = 503, 200


class Stopped(Exception):
    """Whoever called wants no more."""


class Outcome(msgspec.Struct):
    """What an event of a batch is answered: a decision, or a problem."""

    status: int
    decision: Action | None = None
    problem: Problem | None = None


class Action(msgspec.Struct):
    """Of a decision what is counted."""

    action: str


class Asked(msgspec.Struct, frozen=True):
    """What a service decides on: the set's name, and its stream."""

    set: str
    stream: str


class _Described(msgspec.Struct, rename={"of": "x-guiju"}):
    of: Asked


class Calling:
    """One service. patience_s: how long it may be away or busy before that is said; `goes_on` ends the waiting, too.

    Each method raises BadInput, with what the service says or that it says nothing, and Stopped.
    """

    def __init__(
        self, url: str, key: str = "", *, patience_s: float = PATIENCE_S, goes_on: Callable[[], bool] = lambda: True
    ) -> None:
        address = urlsplit(url)
        if address.scheme not in ("http", "https") or not address.hostname or address.query or address.fragment:
            raise BadInput(f"{url}: is no address of a service; write it as http://127.0.0.1:8000")
        if key and address.scheme == "http" and address.hostname not in LOOPBACK:
            raise BadInput(f"{url} is on another machine: reach it by https, or the key travels in the open")
        self.url, self.patience_s, self.waited = url.rstrip("/"), patience_s, 0
        self.goes_on, self._path = goes_on, address.path.rstrip("/")
        self._headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        kind = HTTPSConnection if address.scheme == "https" else HTTPConnection
        self._connection = kind(address.hostname, address.port, timeout=ANSWER_S)
        self._reached = False

    def asked(self) -> Asked:
        """Which set decides there, and on which stream. The first call: who is not there is said at once."""
        status, body = self._patiently("GET", "/openapi.json")
        try:
            return msgspec.json.decode(body, type=_Described).of
        except msgspec.DecodeError:
            raise BadInput(f"{self.url}: answers {status}, and as no gate does; name where one listens") from None

    def decide(self, events: list[Any], of: str) -> list[Outcome]:
        """What each event is answered, in their order; those that the service cannot decide now are sent again."""
        answered: dict[int, Outcome] = {}
        left, until, pause = list(range(len(events))), time.monotonic() + self.patience_s, LEAST_S
        path = f"/v1/decisions?{urlencode({'set': of})}"
        while left:
            _, body = self._patiently("POST", path, msgspec.json.encode([events[place] for place in left]))
            for place, outcome in zip(left, self._read(body, list[Outcome]), strict=True):
                answered[place] = outcome
            before, left = len(left), [place for place in left if answered[place].status == BUSY]
            if len(left) < before:
                until, pause = time.monotonic() + self.patience_s, LEAST_S
            if left:
                problem = answered[left[0]].problem
                self._wait(until, pause, problem.detail if problem else "it cannot decide now")
                pause = min(2 * pause, MOST_S)
        return [answered[place] for place in range(len(events))]

    def is_decided(self, platform: str, id: str) -> bool:
        """Whether there is a decision on that event. Needs the scope read."""
        path = f"/v1/decisions/{quote(id, safe='')}?{urlencode({'platform': platform})}"
        return self._patiently("GET", path, passes=(404,))[0] == DECIDED

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Any other call of the service's: what it answers, of plain values."""
        return self._read(self._patiently(method, path, None if body is None else msgspec.json.encode(body))[1], Any)

    def close(self) -> None:
        self._connection.close()

    def _patiently(
        self, method: str, path: str, body: bytes | None = None, passes: tuple[int, ...] = ()
    ) -> tuple[int, bytes]:
        """An answer that is a success or of `passes`."""
        until, pause = time.monotonic() + self.patience_s, LEAST_S
        while True:
            if not self.goes_on():
                raise Stopped
            try:
                self._connection.request(method, self._path + path, body, self._headers)
                answer = self._connection.getresponse()
                status, said = answer.status, answer.read()
            except (OSError, HTTPException) as error:
                self._connection.close()
                why = f"it does not answer ({getattr(error, 'strerror', None) or error or type(error).__name__})"
                if not self._reached:
                    raise BadInput(f"{self.url}: {why}; begin guiju gate serve, or name its address") from None
                self._wait(until, pause, why)
            else:
                self._reached = True
                if status == DECIDED or status in passes:
                    return status, said
                if status != BUSY:
                    raise BadInput(self._refusal(status, said))
                self._wait(until, pause, _detail(said) or "it cannot decide now")
            pause = min(2 * pause, MOST_S)

    def _wait(self, until: float, pause: float, why: str) -> None:
        if time.monotonic() >= until:
            raise BadInput(
                f"{self.url}: for {self.patience_s:g} seconds {why}; send the same records again when it is mended: "
                "what was decided stays as it is"
            )
        self.waited += 1
        ends = time.monotonic() + pause
        while (left := ends - time.monotonic()) > 0:
            if not self.goes_on():
                raise Stopped
            time.sleep(min(left, 0.2))

    def _refusal(self, status: int, said: bytes) -> str:
        detail = _detail(said)
        if detail is None:
            return f"{self.url}: answers {status}, and as no gate does; name where one listens"
        if status == 401:
            return f"{self.url}: the key is not known there; name one with --key-file, as guiju gate key makes it"
        return f"{self.url}: {detail}"

    def _read(self, body: bytes, kind: Any) -> Any:
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.DecodeError:
            raise BadInput(f"{self.url}: answers as no gate does; name where one listens") from None


def _detail(said: bytes) -> str | None:
    """What a problem says; None where it is none."""
    try:
        return msgspec.json.decode(said, type=Problem).detail
    except msgspec.DecodeError:
        return None
