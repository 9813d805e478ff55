"""Receipts of attachments: what was uploaded to which case, signed, so that no other file can be named in its place.

A step names a file by its receipt; whoever knows the digest of somebody else's file has no receipt of it.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_of

import msgspec

from guiju.cases.attachments import Attachment
from guiju.cases.links import LinkKeys
from guiju.records.errors import BadInput

PURPOSE = b"guiju: an attachment of a case, 1"


def receipt(keys: LinkKeys, case: str, kept: Attachment) -> str:
    """The receipt of what was uploaded to a case; the same file gets the same one."""
    said = msgspec.json.encode([keys.current, case, kept.sha256, kept.name, kept.type, kept.size])
    return f"{_text(said)}.{_text(_mac(keys, keys.current, said))}"


def attachments(keys: LinkKeys, cases: Iterable[str], given: Iterable[str]) -> tuple[Attachment, ...]:
    """What receipts stand for, in a step of the cases that the files were uploaded to. Raises BadInput."""
    known = set(cases)
    return tuple(_attachment(keys, known, one) for one in given)


def _attachment(keys: LinkKeys, cases: set[str], given: str) -> Attachment:
    written, _, mac = given.partition(".")
    try:
        said = urlsafe_b64decode(written + "=" * (-len(written) % 4))
        key, case, digest, name, kind, size = msgspec.json.decode(said, type=tuple[str, str, str, str, str, int])
        holds = compare_digest(_text(_mac(keys, key, said)).encode(), mac.encode())
    except (ValueError, KeyError, msgspec.DecodeError):
        holds = False
    if not holds or case not in cases:
        raise BadInput("an attachment is named by the receipt that its upload to this case was answered with")
    return Attachment(digest, name, kind, size)


def _mac(keys: LinkKeys, name: str, said: bytes) -> bytes:
    return hmac_of(keys.key(name), PURPOSE + b"\n" + said, sha256)


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
