"""Where parties are reached: a CSV of the operator's, read once."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from guiju.cases.notices.outbox import Contact
from guiju.records.errors import BadInput

COLUMNS = ("party", "address", "language", "sender")


def load_contacts(path: Path | None) -> Callable[[str], Contact]:
    """A party's contact by its id; whoever is not in the file has none. Raises BadInput."""
    if path is None:
        return lambda _: Contact()
    known: dict[str, Contact] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for number, row in enumerate(csv.DictReader(file), 2):
                if not row.get("party") or _unknown(row):
                    raise BadInput(f"{path} line {number}: has the columns {', '.join(COLUMNS)}, and a party")
                language = row.get("language") or "zh"
                if language not in ("zh", "en"):
                    raise BadInput(f"{path} line {number}: the language {language!r} is neither zh nor en")
                known[row["party"]] = Contact(row.get("address") or "", language, row.get("sender") or "")
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}; name the file of contacts") from None
    except UnicodeDecodeError:
        raise BadInput(f"{path}: is not in UTF-8; save it as UTF-8") from None
    return lambda party: known.get(party, Contact())


def _unknown(row: dict[str, str]) -> bool:
    """Whether a row has columns that mean nothing here, or more values than columns."""
    return not set(row) <= set(COLUMNS)
