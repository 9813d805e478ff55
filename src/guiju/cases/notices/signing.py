"""Messages signed as Standard Webhooks has it: three headers, HMAC-SHA256 over id, time and body.

Specification: https://www.standardwebhooks.com, version 1.0. What is signed is `<id>.<unix seconds>.<body>`, byte for
byte as it is sent. A message may carry one signature for each secret in use, so that a secret can be changed without a
message refused.
"""

from __future__ import annotations

import secrets as random
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable, Mapping
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_of

from guiju.records.errors import BadInput

PREFIX = "whsec_"
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
TOLERANCE_SECONDS = 300
MIN_BYTES, MAX_BYTES = 24, 64  # of a secret


class Forged(Exception):
    """A message whose signature does not hold; the text says what is at fault, never what was expected."""


def new_secret() -> str:
    """A secret of 32 bytes, as both sides write it down."""
    return PREFIX + b64encode(random.token_bytes(32)).decode()


def key_of(secret: str) -> bytes:
    """The key in a written secret. Raises BadInput."""
    try:
        key = b64decode(secret.removeprefix(PREFIX), validate=True)
    except (NotBase64, ValueError):
        key = b""
    if not MIN_BYTES <= len(key) <= MAX_BYTES:
        raise BadInput(f"a webhook's secret is {PREFIX} and {MIN_BYTES} to {MAX_BYTES} bytes in base64: make a new one")
    return key


def signed(secrets: Iterable[str], message: str, seconds: int, body: bytes) -> dict[str, str]:
    """The three headers: `message` is the message's id, the same at every attempt; `seconds` the time of this one."""
    if not message or "." in message:
        raise ValueError(f"a message's id is not empty and has no '.': {message!r}")
    signatures = [_signature(key_of(secret), message, str(seconds), body) for secret in secrets]
    if not signatures:
        raise ValueError("a message is signed with one secret at least")
    return {ID: message, TIMESTAMP: str(seconds), SIGNATURE: " ".join(signatures)}


def check(
    secrets: Iterable[str], headers: Mapping[str, str], body: bytes, now: float, tolerance: int = TOLERANCE_SECONDS
) -> str:
    """The id of a message that was signed with one of the secrets, within `tolerance` seconds of now. Raises Forged."""
    told = {name.lower(): value for name, value in headers.items()}
    message, written, given = (told.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE))
    if not message or not given:
        raise Forged("the message is not signed")
    if not (written.isascii() and written.isdigit()) or abs(now - int(written[:15])) > tolerance:
        raise Forged(f"the message is not of these {tolerance} seconds")
    expected = [_signature(key_of(secret), message, written, body).encode() for secret in secrets]
    found = [compare_digest(one, other.encode()) for one in expected for other in given.split(" ")]
    if not any(found):
        raise Forged("the signature does not hold")
    return message


def _signature(key: bytes, message: str, seconds: str, body: bytes) -> str:
    return "v1," + b64encode(hmac_of(key, f"{message}.{seconds}.".encode() + body, sha256)).decode()
