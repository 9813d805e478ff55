"""Error control over many findings: once, over every cell asked, before any filter.

A family is a rule in one complete period. Cells of one family share customers and goods, so Benjamini–Yekutieli is
used, which holds under any dependence. Asking again the next night is the same family, not a new test.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guiju.estimators.multiplicity import benjamini_yekutieli


def q_values(p_values: NDArray[np.float64], family: Sequence[Any]) -> NDArray[np.float64]:
    """The q-value of each cell in its family; NaN where a cell could not be estimated: it counts as asked."""
    q = np.full(len(p_values), np.nan)
    groups = np.asarray(family, dtype=object)
    for one in sorted(set(groups.tolist())):
        of_family = groups == one
        here = of_family & ~np.isnan(p_values)
        q[here] = benjamini_yekutieli(p_values[here], asked=int(of_family.sum()))
    return q
