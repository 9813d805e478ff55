"""Makes the scores and consultations of this example, once: `python examples/aesthetics/synthesise.py`.

What was reported is kept: who stands in which tier, the first tier above 7 points, one reply in under a minute, the one
whose two times are 22 h 05 min apart and was called close to 21 hours, what was offered by whom. All else is drawn.
"""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
MEANS = {"soyoung": 7.7, "meituan": 7.4, "tmall": 6.5, "meibei": 6.3, "gengmei": 6.2, "jd": 5.2, "meidaila": 5.0}
DIMENSIONS = ("leads", "stickiness", "supervision", "help", "fifth")
STRICT, TASTE, CELL = 0.7, 0.7, 0.8  # standard deviations: of raters, of a rater's view of an app, of a score
MEDIAN_MINUTES = {
    "soyoung": 3, "meituan": 25, "tmall": 40, "meibei": 60, "gengmei": 12, "jd": 150, "meidaila": 240,
}  # fmt: skip
REPORTED = [  # the first reply was a person's; offered: doctors, institutions
    ["soyoung", "2020-12-16 12:05", "2020-12-16 12:05", "2020-12-17 12:05", "human", "yes", "yes", 3, "", ""],
    ["meidaila", "2020-12-16 12:16", "2020-12-17 10:21", "2020-12-18 12:16", "human", "yes", "yes", "", 2, 1260],
    ["tmall", "2020-12-16 12:20", "2020-12-16 13:02", "2020-12-17 12:20", "human", "yes", "no", 0, 1, ""],
    ["gengmei", "2020-12-16 12:24", "2020-12-16 12:31", "2020-12-17 12:24", "human", "yes", "no", 0, 0, ""],
]
HEAD = ("subject", "asked_at", "replied_at", "looked_until", "by", "apt", "professional", "doctors", "institutions",
        "stated_minutes")  # fmt: skip


def main() -> None:
    rng = np.random.default_rng(20201216)
    strict = rng.normal(0, STRICT, 6)
    with (HERE / "scores.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["rater", "subject", *DIMENSIONS])
        for i in range(6):
            for app, mean in MEANS.items():
                taste = rng.normal(0, TASTE)
                cells = np.clip(np.rint(mean - strict[i] + taste + rng.normal(0, CELL, 5)), 1, 10)
                out.writerow([f"clinic_{i + 1}", app, *cells.astype(int)])
    with (HERE / "consultations.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(HEAD)
        out.writerows(REPORTED)
        for app, median in MEDIAN_MINUTES.items():
            for n in range(6):
                asked = datetime(2020, 12, 17, 9) + timedelta(minutes=137 * n + len(app))
                wait = float(median * rng.lognormal(0, 1.4))
                until = asked + timedelta(hours=48)
                is_answered = wait < 48 * 60
                replied = asked + timedelta(minutes=round(wait)) if is_answered else None
                apt, able = (("no", "yes")[int(rng.random() < p)] for p in (0.85, 0.6))
                told = [replied.strftime("%Y-%m-%d %H:%M") if replied else "", until.strftime("%Y-%m-%d %H:%M")]
                judged = ["human", apt, able] if is_answered else ["", "", ""]
                out.writerow([app, asked.strftime("%Y-%m-%d %H:%M"), *told, *judged, "", "", ""])


if __name__ == "__main__":
    main()
