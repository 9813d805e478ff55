"""What is true of the deposit shelf: each rule's definition asked of the arrays, with no other room's code.

Plans only name what is found; a plan that the records do not bear out is no violation.
"""

from __future__ import annotations

import numpy as np

from guiju.twin.market import DAY, Flags, Ints
from guiju.twin.settling import Truth
from guiju.twin.shelf.parties import Shelf
from guiju.twin.shelf.standing import EVENING, Positions

DEPENDENCE = "platform_dependence"
DEPENDENCE_PCT, DEPENDENCE_DAYS = 30, 2
WINDOW_DAYS = 365


def dependence(shelf: Shelf, positions: Positions) -> list[Truth]:
    """Banks of whose deposits platforms brought the limit or more, run by run of days; and who stays just below."""
    true: list[Truth] = []
    since = shelf.clock.days - WINDOW_DAYS
    for b, bank in enumerate(shelf.banks):
        above = positions.platforms[b] * 100 >= positions.deposits[b] * DEPENDENCE_PCT
        share = positions.platforms[b] / positions.deposits[b] * 100
        found = [(first, last) for first, last in runs(above) if last - first + 1 >= DEPENDENCE_DAYS and last >= since]
        for first, last in found:
            strength = float(share[first : last + 1].max())
            true.append(_truth(shelf, "violation", "grew_on_platforms", bank.name, first, last, strength))
        if not found and share.max() >= DEPENDENCE_PCT / 2:
            days = shelf.clock.days - 1
            true.append(_truth(shelf, "lookalike", "below_the_limit", bank.name, 0, days, float(share.max())))
    return true


def _truth(shelf: Shelf, kind: str, pattern: str, bank: str, first: int, last: int, strength: float) -> Truth:
    starts, ends = (shelf.clock.start + day * DAY + EVENING for day in (first, last))
    return Truth(DEPENDENCE, kind, pattern, bank, bank, "", starts, ends, strength, "no_undue_platform_dependence")


def runs(above: Flags) -> list[tuple[int, int]]:
    """The first and the last day of each run of days above."""
    edges: Ints = np.diff(np.concatenate([[0], above.astype(np.int8), [0]]))
    return [(int(a), int(b) - 1) for a, b in zip(np.flatnonzero(edges > 0), np.flatnonzero(edges < 0), strict=True)]
