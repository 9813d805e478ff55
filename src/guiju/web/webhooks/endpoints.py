"""Where webhooks go: a file the operator writes.

    - name: risk-desk
      url: https://risk.example.com/guiju
      secrets: [$GUIJU_WEBHOOK_SECRET, /run/secrets/older]   # each signs; to change one, name both for a while
      actions: [review, hold]                                # both, where it is left out
      triggers: [order_bursts]                               # all, where it is left out
      give_up_days: 3

A secret is never in the file: `$NAME` is the environment's, a path a file's. The operator decides where messages go, so
any address may be named; one that is not on this machine must be https.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from guiju.cases.notices.signing import key_of
from guiju.records.errors import BadInput
from guiju.web.decided import Decided

LOOPBACK = ("127.0.0.1", "localhost", "::1")
PAGE = "docs/service.md shows how endpoints are written"


class Endpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One receiver, as its file has it."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[\w-]{1,60}$")]
    url: str
    secrets: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    actions: tuple[Literal["review", "hold"], ...] = ("review", "hold")
    triggers: tuple[str, ...] = ()
    give_up_days: Annotated[float, msgspec.Meta(gt=0)] = 3
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0, le=60)] = 10

    def wants(self, decision: Decided) -> bool:
        """Whether a decision is told here: for its action, and for a live trigger that held."""
        if decision.action not in self.actions:
            return False
        return not self.triggers or any(r.mode == "live" and r.trigger in self.triggers for r in decision.reasons)

    def keys(self) -> tuple[str, ...]:
        """The secrets themselves. Raises BadInput where one is not there, or is none."""
        return tuple(self._key(written) for written in self.secrets)

    def _key(self, written: str) -> str:
        if written.startswith("$"):
            found = os.environ.get(written[1:], "")
            where = f"the environment's {written[1:]}"
        elif "/" in written and not written.startswith("whsec_"):
            path = Path(written)
            found = path.read_text(encoding="utf-8").strip() if path.is_file() else ""
            where = written
        else:
            raise BadInput(f"endpoint {self.name}: a secret is named as $NAME or as a file's path, not written down")
        if not found:
            raise BadInput(f"endpoint {self.name}: {where} is not there or is empty; it holds the secret that signs")
        try:
            key_of(found)
        except BadInput as error:
            raise BadInput(f"endpoint {self.name}, {where}: {error}") from None
        return found


def load_endpoints(path: Path) -> list[Endpoint]:
    """The endpoints of a file. Raises BadInput."""
    try:
        endpoints = msgspec.yaml.decode(path.read_bytes(), type=list[Endpoint])
    except FileNotFoundError:
        raise BadInput(f"{path}: is not there; {PAGE}") from None
    except (msgspec.DecodeError, OSError) as error:
        raise BadInput(f"{path}: {' '.join(str(error).split())}; {PAGE}") from None
    names = [endpoint.name for endpoint in endpoints]
    if len(set(names)) < len(names):
        raise BadInput(f"{path}: two endpoints have one name; what was sent to which could not be told")
    for endpoint in endpoints:
        parts = urlsplit(endpoint.url)
        if not parts.hostname or not (
            parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        ):
            raise BadInput(
                f"endpoint {endpoint.name}: its url is no https:// address; decisions are not sent in the open"
            )
        endpoint.keys()
    return endpoints
