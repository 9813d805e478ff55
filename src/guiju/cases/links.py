"""Signed links: who holds one opens one case of one party without an account, until it expires, and nothing else.

A link's token says which case, whose, until when, and under which key; the rest is its HMAC-SHA256 over all of that
and over what it is for. It holds no name and no facts: these are on the page it opens. Whoever has the link has the
case, so it goes to the party alone, and the page it opens asks to be kept out of `Referer` and of caches.

Keys are changed by adding one and naming it the current one: links under the old key open until they expire or the old
key is taken out.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_of
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import msgspec

from guiju.records.errors import BadInput

PURPOSE = b"guiju: open one's own case, 1"
MIN_BYTES = 32  # of a key
LONGEST = 2_000  # characters of a token


class Refused(BadInput):
    """A link that opens nothing. It does not say which of its parts is at fault."""


class Opens(NamedTuple):
    """What a link opens; `until` in seconds since 1970, UTC, from which on it opens nothing."""

    case: str
    party: str
    until: int


class LinkKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Keys by id, each at least 32 bytes in base64, and the id of the one that signs."""

    current: str
    keys: dict[str, str]

    def __post_init__(self) -> None:
        if self.current not in self.keys:
            raise ValueError(f"the current key {self.current!r} is not among the keys")
        for name in self.keys:
            self.key(name)

    def key(self, name: str) -> bytes:
        try:
            key = urlsafe_b64decode(_padded(self.keys[name]))
        except ValueError:
            key = b""
        if len(key) < MIN_BYTES:
            raise ValueError(f"key {name!r} is no {MIN_BYTES} bytes in base64")
        return key


def new_keys(name: str, before: LinkKeys | None = None) -> LinkKeys:
    """Keys with a new current one, beside those that were there."""
    made = urlsafe_b64encode(secrets.token_bytes(MIN_BYTES)).decode().rstrip("=")
    return LinkKeys(name, {**(before.keys if before else {}), name: made})


def load_keys(path: Path) -> LinkKeys:
    """Keys from a YAML file that nobody else may read. Raises BadInput."""
    try:
        if path.stat().st_mode & 0o077:
            raise BadInput(f"{path}: others may read the keys of links; run chmod 600 {path}")
        return msgspec.yaml.decode(path.read_bytes(), type=LinkKeys)
    except FileNotFoundError:
        raise BadInput(f"{path}: is not there; guiju cases key {path} makes it") from None
    except (msgspec.DecodeError, OSError) as error:
        raise BadInput(f"{path}: {error}") from None


def token(keys: LinkKeys, opens: Opens) -> str:
    """The token that opens a case, of letters, digits, - and _, with one '.' in it."""
    return _token(keys, keys.current, opens)


def addressed(keys: LinkKeys, page: str) -> Callable[[Opens], str]:
    """What makes a link of what it opens: `page` is an address with {token} and {case} in it. Raises BadInput."""
    if page.count("{token}") != 1:
        raise BadInput(f"{page}: has no {{token}}; write it as https://example.com/cases/{{case}}?link={{token}}")
    return lambda opens: page.replace("{case}", quote(opens.case, safe="")).replace("{token}", token(keys, opens))


def open_link(keys: LinkKeys, given: str, now: float) -> Opens:
    """What a token opens. Raises Refused: it was altered, has expired, or its key is gone."""
    name, opens = _read(given)
    try:
        # Base64 has several texts for the same bytes, so the whole text is compared, not what is in it.
        holds = compare_digest(_token(keys, name, opens).encode(), given.encode())
    except (KeyError, ValueError):
        holds = False
    if not holds or now >= opens.until:
        raise Refused("this link opens nothing: it has expired or is not whole; ask for a new one")
    return opens


def page_headers() -> Mapping[str, str]:
    """What an answer to a link says, so that the link stays between the two."""
    return {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


def _token(keys: LinkKeys, name: str, opens: Opens) -> str:
    said = msgspec.json.encode([name, *opens])
    mac = hmac_of(keys.key(name), PURPOSE + b"\n" + said, sha256)
    return f"{_text(said)}.{_text(mac)}"


def _read(given: str) -> tuple[str, Opens]:
    try:
        if len(given) > LONGEST:
            raise ValueError
        said = urlsafe_b64decode(_padded(given.partition(".")[0]))
        name, case, party, until = msgspec.json.decode(said, type=tuple[str, str, str, int])
    except (ValueError, msgspec.DecodeError):
        return "", Opens("", "", 0)
    return name, Opens(case, party, until)


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _padded(text: str) -> str:
    return text + "=" * (-len(text) % 4)
