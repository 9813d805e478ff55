"""What the example adds to the twins' records: two million stores and the papers of six brands, all invented."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl

PLATFORM = "xiangdian"
STORES = 2_013_447  # "two million and more"
LONG_AGO = datetime(2019, 1, 1)
CATEGORIES = {
    "zhuyun": ("pearls",), "haili": ("pearls", "jade"), "yinqiao": ("silver",), "caiguang": ("gems",),
    "yushan": ("jade",), "jinhe": ("gems", "silver"),
}  # fmt: skip
LICENCES = {"pearls": "jewellery", "silver": "jewellery", "gems": "jewellery", "jade": "jewellery"}
ENDED = {"jinhe": datetime(2020, 11, 30, 16)}  # the sixth brand's authorisation, a month before the day


def write_joining(out: Path, seed: int) -> None:
    """Stores, brands, authorisations, requirements and licences, as Parquet."""
    out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    number = pl.int_range(STORES, eager=True)
    several = pl.Series(np.where(rng.random(STORES) < 0.004, 1, 0)).cum_sum()  # a few owners have two
    stores = pl.DataFrame({
        "platform": pl.Series([PLATFORM]).new_from_index(0, STORES),
        "id": "s" + number.cast(pl.String).str.zfill(7),
        "owner": "o" + (number - several).cast(pl.String).str.zfill(7),
        "region": pl.Series(rng.integers(11, 66, STORES)).cast(pl.String) + "0100",
        "opened_at": pl.Series([LONG_AGO]).new_from_index(0, STORES),
    })  # fmt: skip
    key, span = {"platform": PLATFORM}, {"valid_from": LONG_AGO, "valid_to": None}
    rows = {
        "brands": [{"brand": b, "name": b, "owner": f"{b} owner", "category": c} | span
                   for b, categories in CATEGORIES.items() for c in categories],
        "authorisations": [{"brand": b, "grantor": f"{b} owner", "grantee": b} | span | (
            {"valid_to": ENDED[b]} if b in ENDED else {}) for b in CATEGORIES],
        "requirements": [{"category": c, "licence": kind} | span for c, kind in LICENCES.items()],
        "licences": [{"seller": b, "kind": "jewellery"} | span for b in CATEGORIES],
    }  # fmt: skip
    stores.write_parquet(out / "stores.parquet")
    for name, its in rows.items():
        frame = pl.DataFrame(
            [key | {"id": f"{name[0]}{n}"} | row for n, row in enumerate(its)], infer_schema_length=None,
            schema_overrides=dict.fromkeys(span, pl.Datetime("us")),
        )  # fmt: skip
        frame.write_parquet(out / f"{name}.parquet")
