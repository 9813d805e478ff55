"""API keys: who may do what. The file holds digests, never the keys themselves."""

from __future__ import annotations

import secrets
from hashlib import sha256
from pathlib import Path
from typing import Literal

import msgspec

from guiju.records.errors import BadInput

Scope = Literal["decide", "read", "operate", "review", "automate", "speak"]


class Key(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A caller: its name in logs and in the steps of cases, the digest of its key, what it may do.

    platform: of a key that speaks for others, the platform whose agency it is; '' of a representative.
    """

    name: str
    sha256: str
    scopes: tuple[Scope, ...]
    platform: str = ""

    def __post_init__(self) -> None:
        if self.platform and self.scopes != ("speak",):
            raise ValueError(f"the key {self.name} names a platform: only an agency's does, and it may speak alone")


class Keys:
    """The callers that are known. Without a file everybody may do everything: for trying things on one machine."""

    def __init__(self, path: Path | None) -> None:
        self.open = path is None
        self._known: dict[bytes, Key] = {}
        if path is not None:
            try:
                keys = msgspec.yaml.decode(path.read_bytes(), type=list[Key])
            except FileNotFoundError:
                raise BadInput(
                    f"{path}: is not there; guiju gate key NAME --scope decide prints a line for it"
                ) from None
            except msgspec.DecodeError as error:
                raise BadInput(f"{path}: {error}; guiju gate key NAME --scope decide prints a line for it") from None
            self._known = {bytes.fromhex(key.sha256): key for key in keys}

    def caller(self, authorization: bytes | None) -> Key | None:
        """Who sent `Authorization: Bearer <key>`; None if nobody known."""
        if self.open:
            return EVERYBODY
        if authorization is None or authorization[:7].lower() != b"bearer ":
            return None
        return self._known.get(sha256(authorization[7:].strip()).digest())


EVERYBODY = Key("everybody", "", ("decide", "read", "operate"))


def new_key(name: str, scopes: list[Scope], platform: str = "") -> tuple[str, str]:
    """A new key, and the line for the file of keys. Raises BadInput."""
    secret = "guiju_" + secrets.token_urlsafe(32)
    try:
        key = Key(name, sha256(secret.encode()).hexdigest(), tuple(scopes), platform)
    except ValueError as error:
        raise BadInput(str(error)) from None
    return secret, "- " + msgspec.json.encode(key).decode()
