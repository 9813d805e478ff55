"""How long a reader of the console waits where a run has a million findings: pages of the list, and one finding.

    PYTHONPATH=src python bench/console.py RUN [--findings 1000000] [--draws 100] [--seed 7]

The findings of a run are repeated, with ids, subjects, times and amounts of their own, until there are as many as
asked. Milliseconds from request to page through the whole application, by the clock and of this process's time.
Nothing is written but in a temporary folder.
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlencode

import duckdb
import msgspec
import pyarrow.parquet as pq
from litestar.testing import TestClient

from guiju.audit.folder import open_run
from guiju.web.console.application import application
from guiju.web.console.console import Console

REPEATED = """SELECT left(sha256(id || k), 16) AS id, version, rule, "check", jurisdiction, platform,
subject || '-' || (k % 997) AS subject, object, currency, episode_start - to_hours(k % 2000) AS episode_start,
episode_end - to_hours(k % 2000) AS episode_end, CAST(amount_at_stake * (1 + k % 1009) / 500 AS DECIMAL(18, 2))
AS amount_at_stake, p_value, q_value, says_zh, says_en, facts, limits, evidence_rows, evidence_digest
FROM read_parquet('{file}'), range({times}) r(k)
ORDER BY rule, q_value NULLS FIRST, amount_at_stake DESC NULLS LAST, id LIMIT {most}"""


def repeated(source: Path, target: Path, most: int) -> None:
    """A run folder like another with as many findings as asked."""
    shutil.copytree(source, target)
    file, manifest = target / "findings.parquet", msgspec.json.decode((target / "manifest.json").read_bytes())
    times = -(-most // pq.read_metadata(file).num_rows)
    rows = duckdb.sql(REPEATED.format(file=source / file.name, times=times, most=most)).to_arrow_table()
    pq.write_table(rows, file, compression="zstd")
    manifest["files"][file.name] = sha256(file.read_bytes()).hexdigest()
    (target / "manifest.json").write_bytes(msgspec.json.encode(manifest))


def told(what: str, draws: int, ask: Callable[[], None]) -> None:
    clock, cpu = [], []
    for _ in range(draws):
        begun, process = time.perf_counter(), time.process_time()
        ask()
        clock.append(1000 * (time.perf_counter() - begun))
        cpu.append(1000 * (time.process_time() - process))
    figures = [f"{quantiles(of, n=20)[i]:.0f}" for of in (clock, cpu) for i in (9, 18)]
    print(f"| {what} | {' | '.join(figures)} |", flush=True)


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("run", type=Path)
    asked.add_argument("--findings", type=int, default=1_000_000)
    asked.add_argument("--draws", type=int, default=100)
    asked.add_argument("--seed", type=int, default=7)
    given = asked.parse_args()
    drawn = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as place:
        source = open_run(given.run).folder
        repeated(source, Path(place) / "runs" / source.name, given.findings)
        console = Console(Path(place) / "console.db", Path(place) / "runs")
        console.accounts.begin()
        console.accounts.change("admin", console.accounts.renew("admin"), "mild otter under lamps")
        at = f"/runs/{source.name}/findings"
        with TestClient(application(console), base_url="http://127.0.0.1") as client:
            client.cookies.set("guiju_session", console.sessions.begin("admin"))
            seen = {"next": "", "id": ""}

            def page(**query: str) -> None:
                read = client.get(f"{at}?{urlencode(query)}", headers={"accept": "application/json"}).json()
                seen["next"] = read["next"]
                seen["id"] = drawn.choice(read["findings"])["id"] if read["findings"] else seen["id"]

            print("| | clock p50 | clock p95 | processor p50 | processor p95 |\n| --- | ---: | ---: | ---: | ---: |")
            begun, process = time.perf_counter(), time.process_time()
            page()
            clock, cpu = time.perf_counter() - begun, time.process_time() - process
            choices = console.runs.open(source.name).listing.choices
            rules, platforms = choices["rule"], choices["platform"]
            sorts = ("surest", "amount", "newest", "oldest")
            told("the first page, in any order", given.draws, lambda: page(sort=drawn.choice(sorts)))
            told("the page after the one before", given.draws, lambda: page(sort="amount", after=seen["next"]))
            told("of a rule", given.draws, lambda: page(rule=drawn.choice(rules), sort=drawn.choice(sorts)))
            told(
                "of a platform within a month",
                given.draws,
                lambda: page(platform=drawn.choice(platforms), since="2025-06-01", until="2025-06-30"),
            )
            told("one finding", given.draws, lambda: client.get(f"{at}/{seen['id']}").raise_for_status() and None)
        print(f"\nThe first page after the run was made: {clock:.1f} s by the clock, {cpu:.1f} s of the process.")
        console.close()


if __name__ == "__main__":
    main()
