"""The common-cause guard: between a flag and a hold it asks whether one innocent cause explains the mass of them.

`look` gives every flag its verdict (hold, wait, released, person, stays) and every burst its group: the cause in words,
who pays for it, the members, a sample for people, a chart's data. `settings.yaml` holds what it goes by
(docs/guard.md).
"""

from __future__ import annotations

from guiju.cases.guard.looking import look
from guiju.cases.guard.outcome import Group, InReview, Outcome, Verdict
from guiju.cases.guard.sampling import Audited

__all__ = ["Audited", "Group", "InReview", "Outcome", "Verdict", "look"]
