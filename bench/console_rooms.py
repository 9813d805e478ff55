"""What a slider costs the processor: a room of the console asked for the first time, again, and with a slider moved.

    python bench/console_rooms.py RECORDS [--steps 8] [--only networks]

RECORDS holds one folder for each set, as `guiju serve --records` takes it. Milliseconds of processor time of the whole
console (user and system, all of its threads): of the first page after the start, which reads the set; of the same page
once more; and the mean over so many steps of one slider, none of which was asked for before.
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import date, timedelta
from pathlib import Path

from console_cost import console, used

DAY = date(2020, 12, 1)
SLIDERS = {
    "shelf: amount": ("/rooms/shelf", {"day": str(DAY)}, lambda n: {"amount": str(20_000 + 1000 * n)}),
    "shelf: day": ("/rooms/shelf", {}, lambda n: {"day": str(DAY - timedelta(days=n + 1))}),
    "dependence: bank's day": ("/rooms/dependence", {}, lambda n: {"day": str(DAY - timedelta(days=n + 1))}),
    "dependence: line": ("/rooms/dependence", {}, lambda n: {"line": str(31 + n)}),
    "stress: run-off": ("/rooms/stress", {"day": str(DAY)}, lambda n: {"runoff_pct": str(55 + 5 * n)}),
    "stress: correlation, most draws": ("/rooms/stress", {"day": str(DAY)},
                                        lambda n: {"draws": "MOST", "correlation": str(0.05 + 0.05 * n)}),
    "networks: levels drawn": ("/rooms/networks", {}, lambda n: {"depth": str((6, 7, 8, 9, 4, 3, 2)[n % 7])}),
    "wind-down: replacement": ("/rooms/wind-down", {"day": str(DAY)}, lambda n: {"replacement_pct": str(2 + n / 4)}),
}  # fmt: skip


def main() -> None:
    asked = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    asked.add_argument("records", type=Path)
    asked.add_argument("--steps", type=int, default=8)
    asked.add_argument("--only", default="", help="how the names of what is measured begin")
    given = asked.parse_args()
    print("| room: slider | kB | first, ms | again, ms | a step, ms |\n| --- | ---: | ---: | ---: | ---: |")
    for kind, (room, usual, step) in SLIDERS.items():
        if not kind.startswith(given.only):
            continue
        with (
            tempfile.TemporaryDirectory() as runs,
            console(Path(runs), None, records=given.records) as (process, client),
        ):

            def cost(query: dict[str, str], process=process, client=client, room=room) -> tuple[float, int]:
                begun = used(process.pid)
                size = len(client.get(room, params=query).raise_for_status().content)
                return used(process.pid) - begun, size

            client.get("/rooms").raise_for_status()
            first, size = cost(usual)
            again, _ = cost(usual)
            told = client.get(room, params=usual, headers={"accept": "application/json"}).json()
            most = next((field["most"] for field in told["fields"] if field["name"] == "draws"), "")
            steps = [
                cost(usual | {k: most if v == "MOST" else v for k, v in step(n).items()})[0] for n in range(given.steps)
            ]
            mean = sum(steps) / len(steps)
            print(f"| {kind} | {size / 1000:.0f} | {first:.0f} | {again:.0f} | {mean:.0f} |", flush=True)


if __name__ == "__main__":
    main()
