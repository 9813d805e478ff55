"""How fast the gate decides, beside the same logic in generic objects, by hand, and in other rule engines, in one run.

    python bench/gate.py [--events 100000] [--rounds 5] [--minutes 10] [--others PYTHON,PYTHON]

Rates are per second of processor time (the machine may be shared); each round measures all in turn, and medians are
told. `--others` names Pythons of other environments in which zen-engine or rule-engine is installed.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from baselines.generic_gate import GenericGate
from gate_sets import by_hand, by_hand_admitting, orders, write_sets

from guiju.gate import Engine, live, load

HERE = Path(__file__).parent
Event = dict[str, Any]


def rate(decide: Callable[[Event], Any], events: list[Event]) -> float:
    begun = time.process_time()
    for event in events:
        decide(event)
    return len(events) / (time.process_time() - begun)


def whole(event: Event) -> Event:
    """An order with cents and microseconds, as the generic gate takes them: nothing is left for it to convert."""
    at = (event["occurred_at"] - datetime(1970, 1, 1)) // timedelta(microseconds=1)
    amounts = {"gross": int(event["gross_amount"] * 100), "coupon": int(event["coupon_amount"] * 100)}
    return {**event, "occurred": at, **amounts, "quantity": int(event["quantity"] * 1000)}


def same(windows: Path, events: list[Event]) -> int:
    """The generic gate and the engine hold the same triggers; how many events had one."""
    generic, engine, held = GenericGate(), live(load(windows), clock=None), 0
    for event in events:
        expected, decision = generic.decide(whole(event)), engine.decide(event)
        assert sorted(expected["held"]) == sorted(name for name, holds in decision.triggers.items() if holds)
        assert expected["action"] == decision.action
        held += bool(expected["held"])
    return held


def latencies(engine: Engine, events: Iterable[Event]) -> tuple[list[int], list[int]]:
    """Nanoseconds of each decision, by the wall and by the processor."""
    wall, cpu = [], []
    decide, clock, thread = engine.decide, time.perf_counter_ns, time.thread_time_ns
    for event in events:
        w, c = clock(), thread()
        decide(event)
        cpu.append(thread() - c)
        wall.append(clock() - w)
    return wall, cpu


def pauses(windows: Path, minutes: float) -> tuple[int, float, float]:
    """How many decisions in so many minutes, and the longest in milliseconds by the wall and by the processor."""
    engine, worst, busiest, n = live(load(windows), clock=None), 0, 0, 0
    until = time.monotonic() + 60 * minutes
    for event in orders(10**9, a_second=10):
        w, c = time.perf_counter_ns(), time.thread_time_ns()
        engine.decide(event)
        busiest = max(busiest, time.thread_time_ns() - c)
        worst = max(worst, time.perf_counter_ns() - w)
        n += 1
        if n % 1000 == 0 and time.monotonic() > until:
            break
    return n, worst / 1e6, busiest / 1e6


def memory(windows: Path, events: int) -> tuple[int, float]:
    """How many keys are active after orders of as many buyers, and bytes of memory for each."""
    made = live(load(windows), clock=None)
    at, cents = datetime(2025, 6, 1), Decimal("9.90")
    before = _resident()
    same = {"platform": "p", "quantity": Decimal(1), "gross_amount": cents, "coupon_amount": None}
    for n in range(events):
        who = {"id": f"o{n}", "seller": f"s{n % 5000}", "buyer": f"b{n}", "product": f"g{n % 20000}"}
        made.decide({**same, **who, "occurred_at": at + timedelta(milliseconds=n)})
    return sum(made.keys), (_resident() - before) / sum(made.keys)


def _resident() -> int:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def others(pythons: list[str], events: list[Event], rounds: int) -> dict[str, list[Any]]:
    """Rates of other engines, from other environments."""
    plain = [{k: float(v) if isinstance(v, Decimal) else str(v) for k, v in e.items()} for e in events]
    told: dict[str, list[Any]] = {}
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(plain, file)
        file.flush()
        for python in pythons:
            command = [python, str(HERE / "baselines" / "rule_engines.py"), file.name, str(rounds)]
            env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
            answer = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
            told |= json.loads(answer.stdout)
    return told


def measure(given: argparse.Namespace, folder: Path) -> list[tuple[str, str, str]]:
    windows, stateless = write_sets(folder)
    events = list(orders(given.events))
    held = same(windows, events[:20_000])
    plain, hand = [whole(e) for e in events], [bool(by_hand(e)[1]) for e in events]
    few = events[:20_000]
    engine = live(load(stateless), clock=None)
    assert [bool(engine.decide(e).held) for e in events] == hand
    Engine.without_pauses()
    rates: dict[str, list[float]] = {name: [] for name in ("generic", "windows", "hand", "admitting", "stateless")}
    for _ in range(given.rounds):
        rates["generic"].append(rate(GenericGate().decide, plain))
        rates["windows"].append(rate(live(load(windows), clock=None).decide, events))
        rates["hand"].append(rate(by_hand, events))
        rates["admitting"].append(rate(by_hand_admitting, events))
        rates["stateless"].append(rate(live(load(stateless), clock=None).decide, events))
    ratio = median(w / g for w, g in zip(rates["windows"], rates["generic"], strict=True))
    by_ten = median(s / h for s, h in zip(rates["stateless"], rates["hand"], strict=True))
    by_admitting = median(s / h for s, h in zip(rates["stateless"], rates["admitting"], strict=True))
    wall, cpu = (quantiles(ns, n=1000) for ns in latencies(live(load(windows), clock=None), events))
    told = {name: median(of) for name, of in rates.items()}
    rows = [
        ("12 windows, 4 kinds of key, 8 triggers: decisions/s", f"{told['windows']:,.0f}", "≥ 30,000 (aim 60,000)"),
        ("the same in generic objects, given whole numbers", f"{told['generic']:,.0f}", ""),
        ("ratio", f"{ratio:.2f}", "≥ 1.5"),
        ("p50 / p99 / p99.9, µs of processor", _micros(cpu), "p99 ≤ 150"),
        ("p50 / p99 / p99.9, µs by the wall", _micros(wall), "p99 ≤ 150"),
        ("events with a trigger that holds, of 20,000, alike in both", f"{held:,}", ""),
        ("ten stateless rules: decisions/s", f"{told['stateless']:,.0f}", ""),
        ("by hand, taking whatever comes", f"{told['hand']:,.0f}", ""),
        ("ratio to it", f"{by_ten:.2f}", "≥ 0.5"),
        ("by hand, refusing what the gate refuses", f"{told['admitting']:,.0f}", ""),
        ("ratio to it", f"{by_admitting:.2f}", ""),
    ]
    known = others(given.others, few, given.rounds)
    for name, (speed, holding, way) in known.items():
        assert holding == sum(hand[: len(few)]), f"{name} decides otherwise"
        rows.append((f"{name} ({way}): decisions/s", f"{speed:,.0f}", f"ratio {told['stateless'] / speed:.1f}, ≥ 5"))
    if missing := [name for name in ("zen-engine", "rule-engine") if not any(k.startswith(name) for k in known)]:
        rows.append((f"{', '.join(missing)}", "not installed: skipped", ""))
    with ProcessPoolExecutor(1, get_context("spawn")) as fresh:  # where nothing was freed that could be taken again
        keys, each = fresh.submit(memory, windows, given.keys).result()
    rows.append((f"memory a key, {keys:,} active keys", f"{each:,.0f} bytes", ""))
    if given.minutes:
        n, worst, busiest = pauses(windows, given.minutes)
        rows.append((f"longest decision in {given.minutes:g} minutes ({n:,}), ms by the wall", f"{worst:.1f}", "≤ 100"))
        rows.append(("the same, ms of processor", f"{busiest:.1f}", "≤ 100"))
    return rows


def _micros(thousandths: list[float]) -> str:
    return " / ".join(f"{thousandths[place] / 1000:.1f}" for place in (499, 989, 998))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keys", type=int, default=500_000, help="buyers, where memory is measured")
    parser.add_argument("--minutes", type=float, default=10, help="of looking for pauses; 0: none")
    parser.add_argument("--others", type=lambda text: [p for p in text.split(",") if p], default=[])
    parser.add_argument("--out", type=Path, default=HERE.parent / "docs" / "gate-bench.md")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="guiju-gate-") as folder:
        rows = measure(given, Path(folder))
    command = f"python bench/gate.py --events {given.events} --rounds {given.rounds} --minutes {given.minutes:g}"
    shared = f"{os.cpu_count()} cores shared with others, load {os.getloadavg()[1]:.0f}"
    head = [
        "# How fast the gate decides",
        "",
        "One core, one run, medians of the rounds, per second of processor time. Drawn by",
        "",
        f"    {command} --others PYTHON,PYTHON",
        "",
        f"Python {platform.python_version()}, {shared}; {given.events:,} orders, 20 a second,",
        "of 200,000 buyers, 5,000 shops and 20,000 products, some far busier than others. Of another engine the",
        "fastest way of being called counts, even one that tells only that a rule held. By the wall the load shows.",
        "",
        "| what | measured | wanted |",
        "| --- | --- | --- |",
    ]
    text = "\n".join([*head, *(f"| {' | '.join(row)} |" for row in rows), ""])
    given.out.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
