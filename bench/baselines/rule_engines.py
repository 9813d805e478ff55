"""The ten stateless rules on other rule engines: zen-engine and rule-engine, whichever this Python has installed.

    python bench/baselines/rule_engines.py EVENTS.json ROUNDS

Prints one JSON line: decisions per second of processor time by engine, in its fastest way of being called, and how
many decisions held some rule (they must agree). Nothing of Guiju's is imported, so that any environment will do.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from statistics import median
from typing import Any

RULES = [
    "gross_amount > 5000 and quantity >= 10",
    "coupon_amount * 2 > gross_amount and gross_amount > 100",
    "region in ['CN-11', 'CN-31'] and channel == 'web'",
    "undisclosed_amount > 0",
    "newcomer_amount > 20 and quantity > 3",
    "channel == 'app' and gross_amount < 1 and coupon_amount > 0",
    "platform_funded_amount > 300 or seller_funded_amount > 300",
    "quantity >= 50 and quantity <= 500 and region == 'CN-33'",
    "gross_amount - coupon_amount < 0.5 and coupon_amount > 1",
    "channel == 'phone' and gross_amount > 2000",
]
Decide = Callable[[dict[str, Any]], bool]


def zen_table() -> Decide:
    """One decision table of ten rules, all that hold collected."""
    import zen

    rows = [{"_id": f"r{n}", "i": rule, "o": str(n)} for n, rule in enumerate(RULES)]
    table = {
        "hitPolicy": "collect",
        "inputs": [{"id": "i", "name": "rule"}],
        "outputs": [{"id": "o", "name": "rule", "field": "rule"}],
        "rules": rows,
    }
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in", "position": {"x": 0, "y": 0}},
        {"id": "t", "type": "decisionTableNode", "name": "t", "position": {"x": 1, "y": 0}, "content": table},
        {"id": "out", "type": "outputNode", "name": "out", "position": {"x": 2, "y": 0}},
    ]
    edges = [
        {"id": "a", "type": "edge", "sourceId": "in", "targetId": "t"},
        {"id": "b", "type": "edge", "sourceId": "t", "targetId": "out"},
    ]
    decision = zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))
    return lambda event: bool(decision.evaluate(event)["result"])


def zen_expressions() -> Decide:
    """Ten compiled expressions, one after another."""
    import zen

    compiled = [zen.compile_expression(rule) for rule in RULES]
    return lambda event: bool([n for n, rule in enumerate(compiled) if rule.evaluate(event)])


def zen_one_expression() -> Decide:
    """One compiled expression that is a list of all ten."""
    import zen

    compiled = zen.compile_expression(f"[{', '.join(RULES)}]")
    return lambda event: any(compiled.evaluate(event))


def rule_engine_rules() -> Decide:
    import rule_engine

    rules = [rule_engine.Rule(rule) for rule in RULES]
    return lambda event: bool([n for n, rule in enumerate(rules) if rule.matches(event)])


WAYS: dict[str, tuple[str, list[Callable[[], Decide]]]] = {
    "zen-engine": ("zen", [zen_table, zen_expressions, zen_one_expression]),
    "rule-engine": ("rule_engine", [rule_engine_rules]),
}


def measured(decide: Decide, events: list[dict[str, Any]], rounds: int) -> tuple[float, int]:
    held, rates = 0, []
    for _ in range(rounds):
        begun = time.process_time()
        held = sum(decide(event) for event in events)
        rates.append(len(events) / (time.process_time() - begun))
    return median(rates), held


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        events = json.load(file)
    told = {}
    for package, (module, ways) in WAYS.items():
        if find_spec(module) is None:
            continue
        best: tuple[float, int, str] | None = None
        for way in ways:
            try:
                rate, held = measured(way(), events, int(sys.argv[2]))
            except AttributeError:  # a release without this way of being called
                continue
            if best is None or rate > best[0]:
                best = (rate, held, way.__name__)
        if best is not None:
            told[f"{package} {version(package)}"] = best
    print(json.dumps(told))


if __name__ == "__main__":
    asyncio.set_event_loop(asyncio.new_event_loop())  # zen-engine 2 asks for one
    main()
