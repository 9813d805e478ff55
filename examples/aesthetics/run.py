"""The seven apps rated, the panel planned that would tell them apart, and a day of consultations routed: `run.py`."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from guiju.ratings.panel import read_panel, read_scores
from guiju.ratings.rating import rate

HERE = Path(__file__).parent
PANEL, SCORES, CONSULTATIONS = (HERE / name for name in ("panel.yaml", "scores.csv", "consultations.csv"))
GAP_POINTS, TIMES_AS_FAST = 1, 2  # what a next panel is to tell apart
INQUIRIES, DAY = 600, "2025-12-31"  # of the day that is routed


def guiju(*words: object) -> None:
    """One command, as it would be typed, and what it says."""
    print("$ guiju", *words, flush=True)
    subprocess.run([sys.executable, "-m", "guiju", *map(str, words)], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("rated"))
    parser.add_argument("--language", default="en", choices=["en", "zh"])
    given = parser.parse_args()
    guiju("rate", "panel", PANEL, "--scores", SCORES, "--consultations", CONSULTATIONS, "--out", given.out,
          "--language", given.language)  # fmt: skip
    panel = read_panel(PANEL)
    done = rate(read_scores(panel, SCORES))
    print(flush=True)
    guiju("rate", "plan", "--subjects", len(panel.subjects), "--gap", GAP_POINTS, "--spread", f"{done.spread:.2f}",
          "--ratio", TIMES_AS_FAST, "--language", given.language)  # fmt: skip
    print(flush=True)
    roster = given.out / "consultations"
    guiju("twin", "consultations", "--inquiries", INQUIRIES, "--out", roster)
    guiju("consult", roster, "--on", DAY, "--out", given.out, "--language", given.language)


if __name__ == "__main__":
    main()
