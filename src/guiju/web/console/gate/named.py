"""Which gate the console shows: a file that the operator writes.

    url: http://127.0.0.1:8000   # where `guiju gate serve` listens; https on another machine
    key: $GUIJU_GATE_KEY         # the environment's, or a file's path; left out where the gate asks for none
    journal: decisions           # its journal, to be followed and never written; left out where it lies elsewhere

A key is never in the file. A path that begins with no / is seen from the file's folder.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from guiju.records.errors import BadInput

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A gate: the service's address, its key ('' where none is asked for), its journal's folder."""

    url: str
    key: str = ""
    journal: str = ""

    @property
    def folder(self) -> Path | None:
        return Path(self.journal) if self.journal else None


def read(path: Path) -> Named:
    """The gate that a file names, with the key itself. Raises BadInput."""
    try:
        named = msgspec.yaml.decode(path.read_bytes(), type=Named)
    except OSError as error:
        raise BadInput(f"{path}: {(error.strerror or str(error)).lower()}; name a file with the gate's url") from None
    except msgspec.DecodeError as error:
        raise BadInput(f"{path}: {error}; docs/console.md shows how a gate is named") from None
    address = urlsplit(named.url)
    if address.scheme not in ("http", "https") or not address.hostname or address.query or address.fragment:
        raise BadInput(f"{path}: {named.url!r} is no address of a service: write it as http://127.0.0.1:8000")
    if address.scheme == "http" and address.hostname not in LOOPBACK:
        raise BadInput(f"{path}: {named.url} is on another machine: reach it by https, or the key travels in the open")
    journal = str(path.parent / named.journal) if named.journal else ""
    return Named(named.url.rstrip("/"), _key(named.key, path), journal)


def _key(written: str, path: Path) -> str:
    if not written:
        return ""
    if written.startswith("$"):
        found, where = os.environ.get(written[1:], ""), f"the environment's {written[1:]}"
    else:
        file = path.parent / written
        found, where = file.read_text(encoding="utf-8").strip() if file.is_file() else "", str(file)
    if not found or not found.isascii() or not found.isprintable() or " " in found:
        raise BadInput(f"{path}: there is no key in {where}; guiju gate key makes one with the scopes read, operate")
    return found
