"""The gate's bench logic written as one would: generic objects for windows, lambdas for arguments and triggers.

Exact, like the engine: entries expire, distinct values are counted, least and greatest come from monotonic queues.
Amounts are whole cents, quantities whole thousandths. Written before the engine was measured against it.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

MINUTE = 60_000_000
HOUR, DAY = 60 * MINUTE, 1440 * MINUTE
Event = dict[str, Any]


@dataclass
class Entries:
    """One key's entries in one window."""

    entries: deque[tuple[int, Any]] = field(default_factory=deque)
    total: int = 0
    kinds: Counter[Any] = field(default_factory=Counter)
    queue: deque[tuple[int, Any]] = field(default_factory=deque)


@dataclass
class Window:
    """A measure of an argument over a key's last `frame` microseconds."""

    name: str
    key: Callable[[Event], Any]
    frame: int
    measure: str
    arg: Callable[[Event], Any] = lambda event: 1
    keys: dict[Any, Entries] = field(default_factory=dict)

    def ask(self, event: Event, now: int) -> Any:
        of = self.keys.setdefault(self.key(event), Entries())
        while of.entries and of.entries[0][0] < now - self.frame:
            _, old = of.entries.popleft()
            self.leave(of, old)
        while of.queue and of.queue[0][0] < now - self.frame:
            of.queue.popleft()
        value = self.arg(event)
        before = of.entries[-1][1] if of.entries else None
        of.entries.append((now, value))
        self.enter(of, now, value)
        if self.measure in ("count", "sum"):
            return of.total
        if self.measure == "average":
            return round(of.total * 1000 / len(of.entries))
        if self.measure == "distinct":
            return len(of.kinds)
        if self.measure == "lag":
            return before
        return of.queue[0][1]

    def enter(self, of: Entries, now: int, value: Any) -> None:
        if self.measure in ("count", "sum", "average"):
            of.total += value
        elif self.measure == "distinct":
            of.kinds[value] += 1
        elif self.measure in ("least", "most"):
            while of.queue and (of.queue[-1][1] >= value if self.measure == "least" else of.queue[-1][1] <= value):
                of.queue.pop()
            of.queue.append((now, value))

    def leave(self, of: Entries, old: Any) -> None:
        if self.measure in ("count", "sum", "average"):
            of.total -= old
        elif self.measure == "distinct":
            of.kinds[old] -= 1
            if not of.kinds[old]:
                del of.kinds[old]


def windows() -> list[Window]:
    """Twelve windows over four kinds of key."""

    def buyer(e: Event) -> Any:
        return e["platform"], e["buyer"]

    def seller(e: Event) -> Any:
        return e["platform"], e["seller"]

    def product(e: Event) -> Any:
        return e["platform"], e["product"]

    def pair(e: Event) -> Any:
        return e["platform"], e["seller"], e["buyer"]

    return [
        Window("buyer_orders_10m", buyer, 10 * MINUTE, "count"),
        Window("buyer_shops_1h", buyer, HOUR, "distinct", lambda e: e["seller"]),
        Window("buyer_amount_1d", buyer, DAY, "sum", lambda e: e["gross"]),
        Window("seller_orders_10m", seller, 10 * MINUTE, "count"),
        Window("seller_buyers_1h", seller, HOUR, "distinct", lambda e: e["buyer"]),
        Window("seller_coupons_1d", seller, DAY, "sum", lambda e: e["coupon"]),
        Window("product_average_1h", product, HOUR, "average", lambda e: e["quantity"]),
        Window("product_least_1d", product, DAY, "least", lambda e: e["gross"]),
        Window("product_most_1d", product, DAY, "most", lambda e: e["gross"]),
        Window("pair_orders_1h", pair, HOUR, "count"),
        Window("pair_last_1d", pair, DAY, "lag", lambda e: e["occurred"]),
        Window("pair_amount_1d", pair, DAY, "sum", lambda e: e["gross"]),
    ]


@dataclass
class Trigger:
    name: str
    action: str
    condition: Callable[[Event, dict[str, Any]], bool]


def triggers() -> list[Trigger]:
    return [
        Trigger("buyer_burst", "review", lambda e, f: f["buyer_orders_10m"] >= 8),
        Trigger("many_shops", "review", lambda e, f: f["buyer_shops_1h"] >= 10 and f["buyer_amount_1d"] > 50_000),
        Trigger("shop_burst", "review", lambda e, f: f["seller_orders_10m"] >= 60 and f["seller_buyers_1h"] < 20),
        Trigger("coupon_farm", "hold", lambda e, f: f["seller_coupons_1d"] > 1_000_000 and e["coupon"] > 0),
        Trigger("bulk", "allow", lambda e, f: e["quantity"] * 1000 > 4 * f["product_average_1h"]),
        Trigger("price_jump", "review", lambda e, f: f["product_most_1d"] > 50 * f["product_least_1d"]),
        Trigger("repeated", "hold", lambda e, f: f["pair_orders_1h"] >= 4 and f["pair_amount_1d"] > 20_000),
        Trigger(
            "quick_return",
            "review",
            lambda e, f: f["pair_last_1d"] is not None and e["occurred"] - f["pair_last_1d"] < MINUTE,
        ),
    ]


class GenericGate:
    """Twelve windows, eight triggers, one object each."""

    severity = ("allow", "review", "hold")

    def __init__(self) -> None:
        self.windows, self.triggers, self.last = windows(), triggers(), -1

    def decide(self, event: Event) -> dict[str, Any]:
        now = self.last = max(event["occurred"], self.last + 1)
        features = {w.name: w.ask(event, now) for w in self.windows}
        held = [t for t in self.triggers if t.condition(event, features)]
        action = max((t.action for t in held), key=self.severity.index, default="allow")
        return {
            "id": event["id"],
            "decision_at": now,
            "features": features,
            "held": [t.name for t in held],
            "action": action,
        }
