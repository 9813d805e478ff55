"""How long an audit takes beside hand-written SQL for the same questions, and how much memory, in one run.

    python bench/speed.py [--orders 20000000] [--rounds 3]

Each round runs the baseline and the audit in turn, each in a process of its own, on one market; the table gives
medians and the ratio.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from guiju.twin.groupbuy import generate

HERE = Path(__file__).parent
RULES = (
    "no_below_cost_sales no_predatory_pricing_by_dominant true_reference_prices true_prior_prices no_sham_orders "
    "no_undisclosed_personal_prices"
)
AUDIT = (
    "import sys, guiju; "
    f"guiju.audit(sys.argv[1], day='2025-12-31', jurisdictions=['CN', 'EU'], only='{RULES}'.split(), out=sys.argv[2])"
)


SMALL = 20_000  # orders of the market on which every module is compiled before anything is measured


def as_installed(compiled: Path) -> dict[str, str]:
    """The environment of processes whose modules are compiled once, as by pip, whatever this shell says of it."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(compiled)}


def run(command: list[str], environment: dict[str, str]) -> dict[str, float]:
    """Wall and processor seconds, and peak memory in MiB, of one process."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)} ended with status {status}")
    return {"wall": time.perf_counter() - begun, "cpu": used.ru_utime + used.ru_stime, "mib": used.ru_maxrss / 1024}


def both(market: Path, runs: Path, environment: dict[str, str]) -> dict[str, dict[str, float]]:
    """The two in turn."""
    baseline = [sys.executable, str(HERE / "baseline.py"), str(market), "--day", "2025-12-31"]
    audit = [sys.executable, "-c", AUDIT, str(market), str(runs)]
    return {"baseline": run(baseline, environment), "guiju": run(audit, environment)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", type=int, default=20_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--market", type=Path, help="a market made before")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        market = given.market or Path(work) / "market"
        small, environment = Path(work) / "small", as_installed(Path(work) / "compiled")
        generate(small, SMALL, 7)
        if not given.market:
            generate(market, given.orders, 7)
        both(small, Path(work) / "runs", environment)
        rounds = [both(market, Path(work) / f"runs{place}", environment) for place in range(given.rounds)]
        figures = {name: [measured[name] for measured in rounds] for name in ("baseline", "guiju")}
    print(json.dumps(figures))
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / "results" / "speed.md").write_text(table(figures, given.orders, given.rounds), encoding="utf-8")


def table(figures: dict[str, list[dict[str, float]]], orders: int, rounds: int) -> str:
    named = {"hand-written SQL": figures["baseline"], "Guiju": figures["guiju"]}
    median = {n: [statistics.median(r[k] for r in runs) for k in ("wall", "cpu", "mib")] for n, runs in named.items()}
    wall, cpu, mib = (ours / theirs for theirs, ours in zip(*median.values(), strict=True))
    lines = [
        f"# {orders:,} orders, all four checks (six rules), {os.cpu_count()} cores",
        "",
        f"`python bench/speed.py --orders {orders} --rounds {rounds}`: medians; the two in turn in one run, each a "
        "process of its own,",
        "reading and validation of the records included on both sides.",
        "",
        "| | wall s | processor s | peak MiB |",
        "| --- | ---: | ---: | ---: |",
        *(f"| {name} | {m[0]:.1f} | {m[1]:.1f} | {m[2]:,.0f} |" for name, m in median.items()),
        f"| ratio | {wall:.2f} | {cpu:.2f} | {mib:.2f} |",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
