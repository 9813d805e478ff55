"""What routing costs, and what it comes to beside naive manners: prints the table of docs/consult.md.

Days of the twin, 10,000 inquiries each, seeds 1 and 2; processor time of the routing's own day (every event through
`step`, with the drawing of replies), not of reading or writing.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from statistics import fmean
from zoneinfo import ZoneInfo

import polars as pl

from guiju.market import assumptions
from guiju.market.consult.choosing import MANNERS
from guiju.market.consult.drawn import live
from guiju.market.consult.measured import Measured, measure
from guiju.market.consult.policy import policy
from guiju.market.consult.roster import inquiries, roster
from guiju.twin.consultations import generate

DAY, ZONE, INQUIRIES, SEEDS = date(2025, 12, 31), ZoneInfo("Asia/Shanghai"), 10_000, (1, 2)


def main() -> None:
    by, of = policy(assumptions("consult", DAY)), dict[str, list[Measured]]()
    seconds: dict[str, list[float]] = {}
    for staff in (None, 250):
        for manner in MANNERS:
            of[manner], seconds[manner] = [], []
        for seed in SEEDS:
            with tempfile.TemporaryDirectory() as folder:
                generate(Path(folder), INQUIRIES, seed, staff=staff)
                rows = {name: pl.read_parquet(Path(folder) / f"{name}.parquet").to_dicts()
                        for name in ("practitioners", "duty_hours", "medical_licences", "inquiries")}  # fmt: skip
            its = roster(rows["practitioners"], rows["duty_hours"], rows["medical_licences"], DAY, ZONE)
            asked = inquiries(rows["inquiries"], its.begins, its.ends)
            for manner in MANNERS:
                begun = time.process_time()
                day = live(its, by, asked, seed, manner)
                seconds[manner].append(time.process_time() - begun)
                of[manner].append(measure(its, by, asked, day))
            sys.stderr.write(f"staff {staff}, seed {seed}\n")
        print(f"\nroster of {len(rows['practitioners'])}, {len(SEEDS)} seeds, means:\n")
        table(of, seconds)


def table(of: dict[str, list[Measured]], seconds: dict[str, list[float]]) -> None:
    print("| manner | processor s | in time % | replied % | no reply | late by, median min | still waiting 60 min % "
          "| conditions broken | evenness, doctors |")  # fmt: skip
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for manner, its in of.items():
        whole = [m.inquiries - m.nobodys for m in its]
        cells = [
            f"{fmean(seconds[manner]):.1f}",
            f"{fmean(m.in_time / n * 100 for m, n in zip(its, whole, strict=True)):.1f}",
            f"{fmean(m.replied / n * 100 for m, n in zip(its, whole, strict=True)):.1f}",
            f"{fmean(m.unanswered for m in its):,.0f}", f"{fmean(m.late_minutes for m in its):.1f}",
            f"{fmean((m.curve.at(60) if m.curve else 1) * 100 for m in its):.1f}",
            f"{fmean(sum(m.broken.values()) for m in its):,.0f}", f"{fmean(m.even[True] for m in its):.2f}",
        ]  # fmt: skip
        print(f"| {manner} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
