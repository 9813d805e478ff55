"""What two libraries find in the planted flags, recorded once as guard_oracles.json; they are no dependencies here.

python -m venv oracle && oracle/bin/pip install sliceline==0.3.0 pysubgroup==0.8.0 pyarrow pandas==2.3.3
PYTHONPATH=src oracle/bin/python tests/guard_oracles.py > tests/guard_oracles.json
"""

from __future__ import annotations

import json
import sys

import pysubgroup
from sliceline.slicefinder import Slicefinder

from guiju.twin.flags import Cause, Plan, flags

CONTEXT = ["region", "agency", "service", "channel", "app_version", "weather", "funder_kind"]


def main() -> None:
    table, _ = flags(Plan(causes=(Cause(),)))
    frame = table.select([*CONTEXT, "flagged"]).to_pandas()
    frame[CONTEXT] = frame[CONTEXT].fillna("")
    codes = frame[CONTEXT].apply(lambda column: column.astype("category").cat.codes) + 1  # it takes numbers only
    values = {name: dict(enumerate(sorted(frame[name].unique()), 1)) for name in CONTEXT}
    finder = Slicefinder(alpha=0.95, k=3, max_l=2, min_sup=300, verbose=False)
    finder.fit(codes.to_numpy(), frame["flagged"].to_numpy(float))
    slices = [
        {name: values[name][int(code)] for name, code in zip(CONTEXT, row, strict=True) if code is not None}
        for row in finder.top_slices_
    ]
    scores = [float(one["slice_score"]) for one in finder.top_slices_statistics_]
    target = pysubgroup.BinaryTarget("flagged", True)
    task = pysubgroup.SubgroupDiscoveryTask(
        frame, target, pysubgroup.create_nominal_selectors(frame, ignore=["flagged"]), result_set_size=3, depth=2,
        qf=pysubgroup.WRAccQF(),
    )  # fmt: skip
    found = pysubgroup.BeamSearch(beam_width=50).execute(task)
    groups = [
        {"accuracy": float(quality), "terms": {s.attribute_name: s.attribute_value for s in rule.selectors}}
        for quality, rule, _ in found.results
    ]
    scored = [{"terms": terms, "score": score} for terms, score in zip(slices, scores, strict=True)]
    told = {"sliceline": scored, "pysubgroup": groups}
    json.dump(told, sys.stdout, indent=1, default=str)


if __name__ == "__main__":
    main()
