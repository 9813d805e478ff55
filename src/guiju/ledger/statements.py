"""What every transaction asks and writes, built once: to build a statement takes as long as to have it answered."""

from __future__ import annotations

from sqlalchemy import BindParameter, bindparam, insert, select, text, union_all
from sqlalchemy.dialects import postgresql, sqlite

from guiju.ledger import tables as t

BALANCE, DUE, CALLED = "balance", "due", "called"

_e, _a, _h, _c = t.entries.c, t.accounts.c, t.holds.c, t.calls.c
_parties: BindParameter[list[str]] = bindparam("parties", expanding=True)
_due = _h.party.in_(_parties) & (_h.left > 0) & (_h.expires_at <= bindparam("now"))

NEWEST = select(_e.sequence, _e.recorded_at, _e.chain).order_by(_e.sequence.desc()).limit(1)
STANDING = union_all(  # the balances of parties; which of their holds are due; the digest of the call of a key
    select(text(f"'{BALANCE}'"), _a.party, _a.kind, _a.currency, _a.balance).where(_a.party.in_(_parties)),
    select(text(f"'{DUE}'"), _h.party, text("''"), _h.currency, _h.sequence).where(_due),
    select(text(f"'{CALLED}'"), _c.digest, text("''"), text("''"), text("0")).where(_c.key == bindparam("key")),
)
ADD_CALLS, ADD_ENTRIES = insert(t.calls), insert(t.entries)
SET_BALANCES = {
    name: adding.on_conflict_do_update(index_elements=_a[:3], set_={"balance": adding.excluded.balance})
    for name, adding in (("sqlite", sqlite.insert(t.accounts)), ("postgresql", postgresql.insert(t.accounts)))
}
