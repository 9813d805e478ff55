"""Until when a licence held, whatever it is of: its term, an extension while it was renewed, a revocation before.

Where nothing ends, an end far away stands in a join's condition: engines compare plainly within a join by keys, and
try every pair where a condition says *or*.
"""

import ibis
from ibis import Table
from ibis.expr.types import TimestampValue

DAY = 86400  # seconds
NEVER = ibis.timestamp("9999-12-31")
NEVER_DAY = 2_932_896  # the same, in days since 1970


def ends_at(licences: Table, extended: TimestampValue) -> TimestampValue:
    """The first moment at which each licence no longer held; null: it holds. extended: the end of its term as it went
    on while it was renewed, `valid_to` where it did not.
    """
    term = ibis.greatest(licences.valid_to, extended)
    return ibis.ifelse(
        licences.valid_to.isnull(), licences.revoked_at, ibis.least(term, licences.revoked_at.fill_null(term))
    )


def local_days(licences: Table, extended: TimestampValue, utc_offset, *columns: str) -> Table:
    """The local days, first and last, of which each licence held at some moment; `last_day` null: it does not end."""
    ends = ends_at(licences, extended)
    return licences.select(
        *columns, "valid_from", "revoked_at", ends_at=ends,
        first_day=(licences.valid_from + utc_offset).epoch_seconds() // DAY,
        last_day=((ends + utc_offset).epoch_seconds() - 1) // DAY,
    )  # fmt: skip
