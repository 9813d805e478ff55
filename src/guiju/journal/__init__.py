"""Entries that are added and never altered: checksummed, chained, durable before they are acknowledged.

`Journal(folder)` writes, `Reading(folder)` reads, `verify(folder)` says whether it is what was written.
The bytes are described in `docs/journal.md`.
"""

from guiju.journal.following import Following
from guiju.journal.frames import Damaged, Entry
from guiju.journal.reading import Anchor, Reading, is_journal
from guiju.journal.verify import Verdict, verify
from guiju.journal.writing import Broken, Journal

__all__ = ["Anchor", "Broken", "Damaged", "Entry", "Following", "Journal", "Reading", "Verdict", "is_journal", "verify"]
