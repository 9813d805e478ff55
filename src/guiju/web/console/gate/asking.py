"""The gate's service as the console asks it: how its versions stand, their texts, what differs, and what moves them."""

from __future__ import annotations

from http.client import HTTPException
from typing import Any, TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

import msgspec

from guiju.gate.versions import Version
from guiju.records.errors import BadInput
from guiju.web.problems import Problem
from guiju.web.rollout_description import Differing, Standing

T = TypeVar("T")
READ_S, MOVE_S = 4.0, 30.0
LARGEST = 64 << 20  # bytes of an answer


class NotReached(BadInput):
    """The service gives no answer, or none of its kind."""


class NotDone(BadInput):
    """The service refuses: `status`, and its own sentence."""

    def __init__(self, status: int, said: str, zh: str = "") -> None:
        super().__init__(said, zh)
        self.status = status


class _Direct(HTTPRedirectHandler):
    """A key goes to the address that was named, and no further."""

    def redirect_request(self, *_: Any) -> None:
        return None


class Asking:
    """One service. Each method raises NotReached or NotDone."""

    def __init__(self, url: str, key: str = "") -> None:
        self.url, self._key = url, key
        self._opener = build_opener(ProxyHandler({}), _Direct())

    def standing(self) -> Standing:
        return self._read("/v1/rollout", Standing)

    def version(self, digest: str) -> Version:
        return self._read(f"/v1/rollout/versions/{quote(digest, safe='')}", Version)

    def differences(self, trigger: str, action: str, most: int) -> list[Differing]:
        asked = {k: v for k, v in (("trigger", trigger), ("action", action), ("most", most)) if v}
        return self._read(f"/v1/rollout/differences?{urlencode(asked)}", list[Differing])

    def move(self, step: str, why: str, version: str, share_pct: float | None = None) -> Standing:
        """Promote, roll back, withdraw or conclude that version."""
        body: dict[str, Any] = {"why": why, "version": version}
        if share_pct is not None:
            body["share_pct"] = share_pct
        return self._read(f"/v1/rollout/{step}", Standing, msgspec.json.encode(body), MOVE_S)

    def _read(self, path: str, kind: type[T], body: bytes | None = None, seconds: float = READ_S) -> T:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        asked = Request(self.url + path, body, headers, method="POST" if body is not None else "GET")
        try:
            with self._opener.open(asked, timeout=seconds) as answer:
                return msgspec.json.decode(answer.read(LARGEST), type=kind)
        except HTTPError as error:
            raise NotDone(error.code, *_sentences(error)) from None
        except (URLError, HTTPException, OSError, msgspec.DecodeError) as error:
            why = getattr(error, "reason", error)
            raise NotReached(f"{self.url} does not answer as a gate ({why})", f"{self.url} 没有回答") from None


def _sentences(error: HTTPError) -> tuple[str, str]:
    """What the service says of a refusal, in English and, if it does, in Chinese."""
    try:
        said = msgspec.json.decode(error.read(LARGEST), type=Problem)
    except (msgspec.DecodeError, OSError):
        return f"{error.code} {error.reason}", ""
    return said.detail, said.zh or ""
