"""How often the common-cause guard is right: false alarms in honest markets, and its power in agencies of 10, 20, 50.

    python -m bench.guard alarms [--markets 15]     # each of 14 weeks beyond the first two
    python -m bench.guard power [--seeds 25] [--drivers 20]

Prints the rows of docs/guard.md. Every market is drawn by guiju.twin.flags, whose truth audits the samples.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from guiju.cases.guard import Audited, Outcome, look
from guiju.cases.guard.alarms import alarms
from guiju.cases.guard.settings import settings
from guiju.twin.flags import PLATFORM, Cause, Plan, flags

NOW = datetime(2025, 12, 12, 16)  # the end of the last day in China
CONTEXT = ("region", "agency", "service", "channel", "app_version", "weather", "campaign", "funder_kind")
DAYS, WARM = 112, 14


def as_cases(table: pa.Table) -> pa.Table:
    """The twin's trips as the guard asks them."""
    return duckdb.sql("""
        SELECT *, occurred_at AS decided_at, driver AS subject, CASE WHEN shared_device THEN 'shared_device'
          WHEN displacement_m < 300 THEN 'no_displacement' END AS evidence FROM "table"
    """).to_arrow_table()


def main() -> None:
    ask = argparse.ArgumentParser(description="how often the guard is right")
    what = ask.add_subparsers(dest="what", required=True)
    what.add_parser("alarms").add_argument("--markets", type=int, default=15)
    strength = what.add_parser("power")
    strength.add_argument("--seeds", type=int, default=25)
    strength.add_argument("--drivers", type=int, action="append", help="of the agency; 10, 20 and 50 unless said")
    given = ask.parse_args()
    if given.what == "alarms":
        honest(given.markets)
    else:
        power(given.seeds, given.drivers or [10, 20, 50])


def honest(markets: int) -> None:
    """Markets without a cause: days and places asked, and those that alarmed."""
    of, asked, raised = settings(NOW.date()), Counter[str](), Counter[str]()
    for seed in range(markets):
        table, _ = flags(Plan(trips=60_000, drivers=600, days=DAYS, agency=25), seed)
        cases = as_cases(table)
        con = duckdb.connect()
        con.register("given", cases)
        con.execute("CREATE VIEW cases AS SELECT *, CAST(decided_at + INTERVAL 8 HOUR AS DATE) AS day FROM given")
        for place in ("region", "agency"):
            asked[place] += len(set(table[place].to_pylist()) - {None}) * (DAYS - WARM)
        for alarm in alarms(con, "cases", of):
            raised[alarm.place] += len(alarm.days)
        con.close()
    weeks = markets * (DAYS - WARM) // 7
    for place in ("region", "agency"):
        print(f"| {place} | {markets} | {weeks} | {asked[place]:,} | {raised[place]} |", flush=True)


def plans(drivers: int) -> Iterator[tuple[str, Plan]]:
    """An agency of so many drivers among 250, 12 weeks, a campaign in the last three: innocent, uneven, cheated on."""
    trips = drivers * 50
    for name, false, cheats, spread in (
        ("innocent", 60.0, 0.5, 0.3),
        ("uneven", 60.0, 0.5, 0.8),
        ("cheated", 5.0, 50.0, 0.3),
    ):
        cause = Cause(agency="a7-9", trips=trips, false_pct=false, cheat_pct=cheats, spread=spread)
        yield name, Plan(trips=15_000, drivers=250, agency=drivers, evidence_pct=0.0, causes=(cause,))


def power(seeds: int, sizes: list[int]) -> None:
    """Of so many markets: alarms, causes named, and what became of most of the burst's flags after the audit.

    Below the least number of people everything goes to a person; here that limit is lifted, to see why it is there.
    """
    for drivers in sizes:
        for name, plan in plans(drivers):
            counts = Counter(outcome for seed in range(seeds) for outcome in judged(plan, seed, {"min_subjects": 1}))
            cells = " | ".join(f"{counts[of]}" for of in ("alarm", "named", "released", "person", "held"))
            print(f"| {drivers} | {name} | {seeds} | {cells} |", flush=True)


def judged(plan: Plan, seed: int, given: dict[str, Any]) -> set[str]:
    """What became of a burst: whether it alarmed, its cause was named, and of most of its flags after the audit."""
    table, registry = flags(plan, seed)
    cases = as_cases(table)
    truth = dict(zip(table["id"].to_pylist(), table["is_violation"].to_pylist(), strict=True))

    def ask(audited: list[Audited]) -> Outcome:
        return look(
            cases, trigger="vouchers", now=NOW, context=CONTEXT, campaigns=registry, audited=audited, given=given
        )

    first = ask([])
    sample = [Audited(PLATFORM, one, truth[one]) for group in first.groups for one in group.sample]
    last = ask(sample) if sample else first
    burst = {
        one for one, agency, campaign, flagged in zip(
            *(table[name].to_pylist() for name in ("id", "agency", "campaign", "flagged")), strict=True)
        if flagged and agency == "a7-9" and campaign == plan.causes[0].name
    }  # fmt: skip
    said = Counter(v.verdict for v in last.verdicts if v.id in burst)
    most = max(said, key=lambda verdict: said[verdict], default="hold")
    out = {"alarm"} if first.groups else set()
    out |= {"named"} if any(group.campaigns and group.sample for group in first.groups) else set()
    return out | {{"released": "released", "person": "person"}.get(most, "held")}


if __name__ == "__main__":
    main()
