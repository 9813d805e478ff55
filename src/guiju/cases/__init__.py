"""Whoever is affected is told why, is heard in time, and gets back to the cent what was held wrongly.

`Cases(url)` are the cases in a ledger's database; `writing()` is one transaction over both. `procedure.py` says what
may follow what, once, for writing and for verifying alike.
"""

from guiju.cases.attachments import Attachment
from guiju.cases.case import Case
from guiju.cases.desk import Desk
from guiju.cases.groups import Group
from guiju.cases.matter import Cited, Fact, Matter
from guiju.cases.procedure import Stale
from guiju.cases.steps import Step
from guiju.cases.store import Cases, Waiting

__all__ = ["Attachment", "Case", "Cases", "Cited", "Desk", "Fact", "Group", "Matter", "Stale", "Step", "Waiting"]
