"""The sets of triggers that the gate is measured on, and the orders they decide on."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
CONDITIONS = {
    "buyer_burst": ("review", "buyer_orders_10m >= 8"),
    "many_shops": ("review", "buyer_shops_1h >= 10 AND buyer_amount_1d > 500"),
    "shop_burst": ("review", "seller_orders_10m >= 60 AND seller_buyers_1h < 20"),
    "coupon_farm": ("hold", "seller_coupons_1d > 10000 AND coupon_amount > 0"),
    "bulk": ("allow", "quantity > 4 * product_average_1h"),
    "price_jump": ("review", "product_most_1d > 50 * product_least_1d"),
    "repeated": ("hold", "pair_orders_1h >= 4 AND pair_amount_1d > 200"),
    "quick_return": ("review", "occurred_at - pair_last_1d < INTERVAL '1' MINUTE"),
}
STATELESS = {
    "rule_1": "gross_amount > 5000 AND quantity >= 10",
    "rule_2": "coupon_amount * 2 > gross_amount AND gross_amount > 100",
    "rule_3": "region IN ('CN-11', 'CN-31') AND channel = 'web'",
    "rule_4": "undisclosed_amount > 0",
    "rule_5": "newcomer_amount > 20 AND quantity > 3",
    "rule_6": "channel = 'app' AND gross_amount < 1 AND coupon_amount > 0",
    "rule_7": "platform_funded_amount > 300 OR seller_funded_amount > 300",
    "rule_8": "quantity BETWEEN 50 AND 500 AND region = 'CN-33'",
    "rule_9": "gross_amount - coupon_amount < 0.5 AND coupon_amount > 1",
    "rule_10": "channel = 'phone' AND gross_amount > 2000",
}


def write_sets(folder: Path) -> tuple[Path, Path]:
    """The set of 12 windows and 8 triggers, and the one of ten rules over the event alone."""
    windows, stateless = folder / "windows", folder / "stateless"
    for place in (windows, stateless):
        place.mkdir(parents=True, exist_ok=True)
    (windows / "features.sql").write_text((HERE / "gate" / "features.sql").read_text())
    (stateless / "features.sql").write_text("SELECT quantity AS units FROM orders")
    for name, (action, condition) in CONDITIONS.items():
        _trigger(windows / f"{name}.yaml", action, condition)
    for name, condition in STATELESS.items():
        _trigger(stateless / f"{name}.yaml", "review", condition)
    return windows, stateless


def _trigger(path: Path, action: str, condition: str) -> None:
    entry = {
        "rule": "no_sham_orders",
        "condition": condition,
        "action": action,
        "mode": "live",
        "found": {},
        "clear": {},
    }
    path.write_text(yaml.safe_dump({**entry, "says": {"zh": "例", "en": "a case"}}, allow_unicode=True))


def orders(n: int, a_second: float = 20.0, seed: int = 7) -> Iterator[dict[str, Any]]:
    """Orders in time: 200,000 buyers, 5,000 shops, 20,000 products, some of each bought far more than others."""
    rng = random.Random(seed)
    at = datetime(2025, 6, 1)
    zero, prices = Decimal("0.00"), [round(rng.lognormvariate(7.5, 1.2)) for _ in range(20_000)]  # in cents
    coupons = [Decimal(c) / 100 for c in (100, 200, 500, 1000)]
    units = (1, 1, 1, 2, 3, 10)
    for i in range(n):
        at += timedelta(microseconds=int(rng.expovariate(a_second) * 1e6))
        coupon = rng.choice(coupons) if rng.random() < 0.3 else zero
        product, quantity = int(20_000 * rng.random() ** 3), rng.choice(units)
        yield {
            "platform": "p",
            "id": f"o{i}",
            "occurred_at": at,
            "seller": f"s{int(5000 * rng.random() ** 3)}",
            "buyer": f"b{int(200_000 * rng.random() ** 2)}",
            "product": f"g{product}",
            "region": rng.choice(("CN-11", "CN-31", "CN-33", "CN-44")),
            "channel": rng.choice(("app", "web", "mini", "phone")),
            "currency": "CNY",
            "quantity": Decimal(quantity),
            "gross_amount": Decimal(quantity * prices[product]) / 100,
            "coupon_amount": coupon,
            **dict.fromkeys(("newcomer_amount", "undisclosed_amount", "platform_funded_amount"), zero),
            "seller_funded_amount": coupon,
        }


def by_hand(event: dict[str, Any]) -> tuple[str, list[str]]:
    """The ten rules as a programmer would write them for these columns: the action, and the rules that held."""
    held = []
    gross, coupon, units = event["gross_amount"], event["coupon_amount"], event["quantity"]
    channel, region = event["channel"], event["region"]
    if gross > 5000 and units >= 10:
        held.append("rule_1")
    if coupon * 2 > gross and gross > 100:
        held.append("rule_2")
    if region in ("CN-11", "CN-31") and channel == "web":
        held.append("rule_3")
    if event["undisclosed_amount"] > 0:
        held.append("rule_4")
    if event["newcomer_amount"] > 20 and units > 3:
        held.append("rule_5")
    if channel == "app" and gross < 1 and coupon > 0:
        held.append("rule_6")
    if event["platform_funded_amount"] > 300 or event["seller_funded_amount"] > 300:
        held.append("rule_7")
    if 50 <= units <= 500 and region == "CN-33":
        held.append("rule_8")
    if gross - coupon < HALF and coupon > 1:
        held.append("rule_9")
    if channel == "phone" and gross > 2000:
        held.append("rule_10")
    return ("review" if held else "allow"), held


HALF = Decimal("0.5")


EPOCH = datetime(1970, 1, 1)
AMOUNTS = (
    "quantity", "gross_amount", "coupon_amount", "newcomer_amount", "undisclosed_amount", "platform_funded_amount",
    "seller_funded_amount",
)  # fmt: skip
CENT, THOUSANDTH, MOST = Decimal("0.01"), Decimal("0.001"), Decimal(10) ** 15
last = -1


def by_hand_admitting(event: dict[str, Any]) -> tuple[str, list[str], int]:
    """The same, of an event that is first looked at as the gate looks: types, bounds, decimals, order of decisions."""
    global last
    for name in ("platform", "id", "region", "channel"):
        if type(event[name]) is not str:
            raise TypeError(name)
    at = event["occurred_at"]
    if type(at) is not datetime or at.tzinfo is not None or at < EPOCH:
        raise TypeError("occurred_at")
    for name in AMOUNTS:
        value, unit = event[name], THOUSANDTH if name == "quantity" else CENT
        if type(value) is not Decimal or not 0 <= value < MOST or value % unit:
            raise TypeError(name)
    span = at - EPOCH
    moment = (span.days * 86400 + span.seconds) * 1_000_000 + span.microseconds
    last = moment if moment > last else last + 1
    return *by_hand(event), last
