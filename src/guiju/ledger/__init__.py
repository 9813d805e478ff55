"""Money in double entry: entries are added and never altered, and no caller passes a guard.

`Ledger(url)` writes and reads; `verify` says whether a ledger is what was written. Amounts are whole minor units
(fen, cents). What a *hold* may do to somebody's money is in `books.py`, once, for writing and for verifying alike.
"""

from guiju.ledger.books import Refused
from guiju.ledger.entries import OUTSIDE, WALLET, Account, Entry
from guiju.ledger.ledger import Ledger
from guiju.ledger.verify import Anchor, verify
from guiju.ledger.writing import Conflict, Held, Transfer

__all__ = [
    "OUTSIDE", "WALLET", "Account", "Anchor", "Conflict", "Entry", "Held", "Ledger", "Refused", "Transfer", "verify",
]  # fmt: skip
