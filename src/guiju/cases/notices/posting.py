"""One POST: what came back, or why it did not arrive and whether it is worth another attempt."""

from __future__ import annotations

import socket
import ssl
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import NamedTuple
from urllib.parse import urlsplit

MOST = 65_536  # bytes of an answer that are read
FINAL = frozenset((400, 404, 410, 413, 422))  # the same message would be answered the same


class Answer(NamedTuple):
    """A 2xx."""

    status: int
    body: bytes


class NotSent(Exception):
    """A message that was not taken: the answer's status, or 0 where there was none. `is_final`: it never will be."""

    def __init__(self, status: int, why: str, is_final: bool = False) -> None:
        super().__init__(why)
        self.status, self.why, self.is_final = status, why, is_final


def post(url: str, headers: dict[str, str], body: bytes, timeout_seconds: float) -> Answer:
    """POST a body. Redirections are not followed: what is addressed to one goes to no other. Raises NotSent."""
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout_seconds)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, {"User-Agent": "guiju", **headers})
        answer = connection.getresponse()
        status, said = answer.status, answer.read(MOST)
    except ssl.SSLCertVerificationError:
        raise NotSent(0, f"{parts.hostname} does not prove who it is") from None
    except TimeoutError:
        raise NotSent(0, f"{parts.hostname} did not answer within {timeout_seconds:g} s") from None
    except socket.gaierror:
        raise NotSent(0, f"{parts.hostname} is not found") from None
    except (OSError, HTTPException) as error:
        raise NotSent(0, f"{parts.hostname} was not reached: {type(error).__name__}") from None
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise NotSent(status, f"{parts.hostname} answered {status}", status in FINAL)
    return Answer(status, said)
