"""What the twin's apps ask of their users, and what happens on refusal: what the basic service needs, and more."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from guiju.twin.market import DAY, HOUR, Market
from guiju.twin.settling import Truth
from guiju.twin.tables import Names, write_rows

RULE = "no_excess_collection"
CHECK = "excess_collection"
PAID = ("payment_time", "payment_amount", "payment_channel")
NECESSARY = {
    "ride_hailing": {"phone", "origin", "destination", "location", "trail", *PAID},
    "online_shopping": {"phone", "recipient_name", "recipient_address", "recipient_phone", *PAID},
    "food_delivery": {"phone", "recipient_name", "recipient_address", "recipient_phone", *PAID},
    "payment": {"phone", "name", "id_type", "id_number", "id_validity", "bank_card"},
}
EXCESS = ("contacts", "id_number", "face", "birth_date", "location", "photos", "gender", "installed_apps", "health")
HONEST = (
    "optional", "extra_function_only", "driver_side", "sensitive_but_necessary", "type_not_in_the_rulebook",
    "required_but_nothing_blocked",
)  # fmt: skip
Row = dict[str, object]


def write(out: Path, market: Market, names: Names, rng: np.random.Generator, plants: bool) -> list[Truth]:
    """The table `collections`: each app seen every four weeks; which asked for more than its service needs."""
    clock, rows = market.clock, list[Row]()
    patterns: dict[str, str] = {}
    types = tuple(NECESSARY)
    fields = rng.permutation(len(EXCESS))
    for i in range(2 * len(types) + len(HONEST)):
        kind = types[i % len(types)]
        pattern = ""
        extra: list[Row] = []
        if i < len(HONEST):
            pattern = HONEST[i]
            kind, extra = _honest(pattern, kind)
        elif plants:
            pattern = "basic_service_refused"
            alone = [f for f in (EXCESS[fields[(i + n) % len(EXCESS)]] for n in range(3)) if f not in NECESSARY[kind]]
            extra = [{"field": f, "required": "yes", "refusal": "basic"} for f in alone[: 1 + i % 3]]
        app = f"app-{i:02d}"
        patterns[app] = pattern
        # Strength: for how much of the year it was asked, from two visits to all of them.
        begun = 0 if i < len(HONEST) else 12 - (2 + (i - len(HONEST)) * 10 // (2 * len(types) - 1))
        for visit in range(12):
            at = clock.until - (12 - visit) * 28 * DAY - 5 * HOUR
            asked: list[Row] = [{"field": f, "required": "yes", "refusal": "basic"} for f in sorted(_needs(kind))]
            asked += extra if visit >= begun else []
            for n, one in enumerate(asked):
                rows.append({
                    "platform": market.platforms[i % len(market.platforms)], "app": app,
                    "id": f"b{i:02d}{visit:02d}{n:02d}", "occurred_at": at + n * HOUR // 60, "app_type": kind,
                    "side": "consumer", "step": ("sign_up", "first_order")[n % 2],
                } | one)  # fmt: skip
    rows.sort(key=lambda row: (int(str(row["occurred_at"])), str(row["id"])))
    write_rows(out, "collections", rows)
    true = found(rows)
    assert {patterns[t.subject] for t in true} <= {"basic_service_refused"}
    home = {str(row["app"]): str(row["platform"]) for row in rows}
    return [t._replace(pattern=patterns[t.subject]) for t in true] + [
        Truth(CHECK, "lookalike", p, home[app], app, "", clock.since, clock.until, 0.0, RULE)
        for app, p in patterns.items() if p in HONEST
    ]  # fmt: skip


def _needs(kind: str) -> set[str]:
    return NECESSARY.get(kind, {"phone"})


def _honest(pattern: str, kind: str) -> tuple[str, list[Row]]:
    """The app's type, and what it asks besides."""
    if pattern == "sensitive_but_necessary":
        return "payment", []
    if pattern == "type_not_in_the_rulebook":
        return "dating", [{"field": "gender", "required": "yes", "refusal": "basic"}]
    one: Row = {"field": "contacts", "required": "yes", "refusal": "basic"}
    if pattern == "driver_side":
        return "ride_hailing", [one | {"field": field, "side": "supply"} for field in ("id_number", "face")]
    if pattern == "optional":
        return kind, [one | {"required": "no", "refusal": "nothing"}]
    if pattern == "extra_function_only":
        return kind, [one | {"field": "photos", "refusal": "extra"}]
    return kind, [one | {"field": "gender", "refusal": "nothing"}]


def found(rows: list[Row]) -> list[Truth]:
    """The rule's own definition, row by row: required of consumers, not necessary, and without it no basic service."""
    wrong: dict[tuple[str, str, str], list[int]] = {}
    visits: dict[str, set[int]] = {}
    for row in rows:
        kind, at = str(row["app_type"]), int(str(row["occurred_at"]))
        visits.setdefault(str(row["app"]), set()).add(at // DAY)
        if kind not in NECESSARY or row["side"] != "consumer" or row["required"] != "yes" or row["refusal"] != "basic":
            continue
        if row["field"] not in NECESSARY[kind]:
            wrong.setdefault((str(row["platform"]), str(row["app"]), str(row["field"])), []).append(at)
    return [
        Truth(CHECK, "violation", "", platform, app, field, min(at), max(at), 100 * len(at) / len(visits[app]), RULE)
        for (platform, app, field), at in sorted(wrong.items())
    ]
