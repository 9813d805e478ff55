"""How long what is at hand lasts: the first day on which it and all that came and went since are below zero."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

ROUNDING = 0.005  # half of a minor unit: sums of floats are not exact


def survival_days(levels: ArrayLike) -> NDArray[np.int64]:
    """Of each course, the first of days 1, 2, ... on which it is below zero; 0 where it never is.

    levels: (..., days), what is left at the end of each day. Only the first day counts: what comes in later helps
    nobody who had to be paid before.
    """
    below = np.asarray(levels) < -ROUNDING
    return np.where(below.any(axis=-1), below.argmax(axis=-1) + 1, 0).astype(np.int64)
