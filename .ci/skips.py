"""Fails where a test was skipped for want of something that is here: `python .ci/skips.py RESULTS.xml…`."""

from __future__ import annotations

import os
import shutil
import sys
from xml.etree import ElementTree

# Words in a skip's reason, and whether what they name is missing here. Any other reason fails.
MISSING = {
    "real data": "GUIJU_REAL_DATA" not in os.environ,
    "chromium": shutil.which("chromium") is None,
    "root": os.getuid() != 0,
    "two cores": (os.cpu_count() or 1) < 2,
}


def unfounded(results: str) -> list[str]:
    """The tests of one JUnit file that had no reason to be skipped."""
    found = []
    for case in ElementTree.parse(results).iter("testcase"):
        for skipped in case.iter("skipped"):
            why = skipped.get("message", "")
            if not any(gone for word, gone in MISSING.items() if word in why.lower()):
                test = f"{case.get('classname')}::{case.get('name')}"
                found.append(f"{test} was skipped, and need not have been: {why}")
    return found


if __name__ == "__main__":
    faults = [fault for results in sys.argv[1:] for fault in unfounded(results)]
    print(*faults, sep="\n", end="\n" if faults else "", file=sys.stderr)
    sys.exit(1 if faults else 0)
