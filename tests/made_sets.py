"""Random sets of triggers within the subset, random streams, and the folder they lie in."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

WORDS = ("a", "b", "x_", "é%", "规矩")
START = datetime(2025, 5, 31, 15, 40)  # 20 minutes before June begins in Shanghai, when the limits change
REFERENCES = [
    {"platform": "p", "id": "1", "campaign": "a", "funder_kind": "insurer", "amount": Decimal("5.00"),
     "valid_from": datetime(2025, 5, 1), "valid_to": START + timedelta(minutes=20), "known_at": None},
    {"platform": "p", "id": "2", "campaign": "a", "funder_kind": "platform", "amount": Decimal("7.50"),
     "valid_from": START + timedelta(minutes=20), "valid_to": None, "known_at": None},
    {"platform": "p", "id": "3", "campaign": "b", "funder_kind": "agency", "amount": Decimal("0.00"),
     "valid_from": datetime(2025, 5, 1), "valid_to": None, "known_at": START + timedelta(minutes=30)},
]  # fmt: skip
JOIN = (
    "LEFT JOIN campaigns AS c ON c.platform = orders.platform AND c.campaign = orders.campaign AND "
    "decision_at >= c.valid_from AND (c.valid_to IS NULL OR decision_at < c.valid_to) AND "
    "(c.known_at IS NULL OR decision_at >= c.known_at)"
)
RULE: dict[str, Any] = {
    "title": {"zh": "例", "en": "An example"},
    "trigger": "made/first",
    "cites": ["cn.aucl.9"],
    "limits": {
        "min_things": {
            "2025-01-01": {"value": 2, "because": "an example", "mark": "D"},
            "2025-06-01": {"value": 1.5, "because": "an example", "mark": "D"},
        },
        "word": {"2025-06-01": {"value": "a", "because": "an example", "mark": "D"}},
    },
}
ORDERS = {
    "number": ["gross_amount", "quantity", "coupon_amount", "newcomer_amount", "3", "0.25", "1.50", "10"],
    "text": ["seller", "product", "buyer", "region", "'a'", "'规矩'"],
    "time": ["occurred_at", "decision_at", "TIMESTAMP '2025-05-31 16:00:00'"],
}
LOOKED_UP = {"number": ["c.amount"], "text": ["c.funder_kind"], "time": ["c.valid_from"]}
PARTITIONS = ("", "platform", "platform, seller", "COALESCE(buyer, id)", "seller, product", "quantity",
              "CASE WHEN gross_amount > 5 THEN seller ELSE product END")  # fmt: skip
FRAMES = ("1 MINUTE", "10 MINUTE", "1 HOUR", "2 DAY", "1 MICROSECOND")


def rulebook(folder: Path) -> None:
    (folder / "rulebook" / "cn").mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(RULE, allow_unicode=True)
    (folder / "rulebook" / "cn" / "no_made_things.yaml").write_text(text.replace("'20", "20").replace("-01':", "-01:"))


def _pick(draw: Any, *options: Any) -> Any:
    return draw(st.sampled_from(options))


class Writer:
    """Writes random expressions of a kind, over leaves."""

    def __init__(self, draw: Any, leaves: dict[str, list[str]]) -> None:
        self.draw, self.leaves = draw, leaves

    def write(self, kind: str, depth: int) -> str:
        if kind != "truth" and (depth <= 0 or _pick(self.draw, *range(3)) == 0):
            return str(_pick(self.draw, *self.leaves[kind]))
        return str(getattr(self, kind)(depth - 1))

    def number(self, depth: int) -> str:
        one, two = (self.write("number", depth) for _ in range(2))
        how = _pick(
            self.draw,
            "+",
            "-",
            "*",
            "/",
            "case",
            "coalesce",
            "abs",
            "neg",
            "round",
            "fits",
            "part",
            "seconds",
            "nullif",
        )
        if how in "+-*/":
            narrow = [f"TRY_CAST({x} AS DECIMAL(9, 2))" for x in (one, two)]
            return f"({narrow[0]} {how} {narrow[1]})"
        if how == "part":
            part = _pick(self.draw, "HOUR", "MINUTE", "DAY", "MONTH", "YEAR", "ISODOW")
            return f"EXTRACT({part} FROM {self.write('time', 0)})"
        return {
            "case": f"CASE WHEN {self.write('truth', depth)} THEN {one} ELSE {two} END",
            "coalesce": f"COALESCE({one}, {two})",
            "abs": f"ABS({one})",
            "neg": f"(- {one})",
            "round": f"ROUND({one}, 0)",
            "fits": f"TRY_CAST({one} AS DECIMAL(4, 1))",
            "seconds": f"EXTRACT(EPOCH FROM ({self.write('time', 0)} - {self.write('time', 0)}))",
            "nullif": f"NULLIF({one}, {two})",
        }[how]

    def text(self, depth: int) -> str:
        one, two = (self.write("text", depth) for _ in range(2))
        return str(_pick(
            self.draw, f"({one} || {two})", f"COALESCE({one}, {two})", f"NULLIF({one}, {two})",
            f"CASE {one} WHEN 'a' THEN {two} WHEN 'b' THEN 'x_' END",
        ))  # fmt: skip

    def time(self, depth: int) -> str:
        one = self.write("time", depth)
        return str(_pick(
            self.draw, f"({one} + INTERVAL '8' HOUR)", f"({one} - INTERVAL '1' DAY)",
            f"DATE_TRUNC('{_pick(self.draw, 'minute', 'hour', 'day', 'week')}', {one})",
        ))  # fmt: skip

    def truth(self, depth: int) -> str:
        kind = _pick(self.draw, "number", "text", "time")
        one, two = (self.write(kind, depth) for _ in range(2))
        simple = [f"{one} {op} {two}" for op in ("=", "<>", "<", "<=", ">", ">=")]
        simple += [f"{one} IS NULL", f"{one} IS NOT NULL", f"{one} BETWEEN {two} AND {self.write(kind, 0)}"]
        listed = {"text": "'a', 'x_'", "number": "3, 1.50"}.get(kind)
        simple += [f"{one} IN ({listed})", f"{one} NOT IN ({listed})"] if listed else []
        simple += [f"{one} LIKE 'x_%'", f"{one} NOT LIKE '%规_'"] if kind == "text" else []
        if depth <= 0 or _pick(self.draw, *range(3)):
            return f"({_pick(self.draw, *simple)})"
        parts = [self.truth(depth - 1) for _ in range(2)]
        return str(_pick(self.draw, f"({parts[0]} AND {parts[1]})", f"({parts[0]} OR {parts[1]})", f"(NOT {parts[0]})",
                         f"({parts[0]} IS TRUE)", f"({parts[0]} IS NOT FALSE)"))  # fmt: skip


@st.composite
def sets(draw: Any) -> tuple[str, list[str], dict[str, Any]]:
    """The text of features, the conditions, and the trigger's YAML."""
    joined = draw(st.booleans())
    leaves = {kind: [*of, *(LOOKED_UP[kind] if joined else ())] for kind, of in ORDERS.items()}
    writer = Writer(draw, leaves)
    windows = {
        f"w{n}": f"({f'PARTITION BY {keys} ' if (keys := _pick(draw, *PARTITIONS)) else ''}ORDER BY decision_at "
        f"RANGE BETWEEN INTERVAL {_pick(draw, *FRAMES)} PRECEDING AND CURRENT ROW)"
        for n in range(draw(st.integers(1, 3)))
    }
    features: dict[str, str] = {}
    numbers: list[str] = []
    for n in range(draw(st.integers(1, 6))):
        kind, text = _measure(draw, writer, _pick(draw, *windows))
        if kind == "number" and _pick(draw, *range(3)) == 0:
            text = f"{text} / {_measure(draw, writer, _pick(draw, *windows), 'number')[1]}"
        features[f"f{n}"] = text
        numbers += [f"f{n}"] if kind == "number" else []
    features["plain"] = writer.write(_pick(draw, "number", "text", "time", "truth"), 2)
    listed = ",\n  ".join(f"{text} AS {name}" for name, text in features.items())
    over = ", ".join(f"{name} AS {text}" for name, text in windows.items())
    sql = f"SELECT\n  {listed}\nFROM orders\n{JOIN if joined else ''}\nWINDOW {over}"
    of = {**ORDERS, "number": [*ORDERS["number"], *numbers, "min_things"], "text": [*ORDERS["text"], "word"]}
    conditions = [Writer(draw, of).write("truth", 2) for _ in range(2)]
    trigger = {
        "rule": "no_made_things",
        "says": {"zh": "{seller} {f0} {min_things}", "en": "{buyer} {f0} {word}"},
        "action": _pick(draw, "allow", "review", "hold"),
        "mode": _pick(draw, "shadow", "live"),
        "found": {},
        "clear": {},
    }
    return sql, conditions, trigger


def _measure(draw: Any, writer: Writer, window: str, kind: str = "") -> tuple[str, str]:
    kind = kind or _pick(draw, "number", "number", "text", "time")
    arg = writer.write(kind, draw(st.integers(0, 2)))
    wanted = f" FILTER (WHERE {writer.write('truth', 1)})" if draw(st.booleans()) else ""
    bounded = f"TRY_CAST({arg} AS DECIMAL(12, 3))" if kind == "number" else arg
    counted = [("number", f"COUNT({x}){wanted}") for x in ("*", arg, f"DISTINCT {arg}")]
    summed = [("number", f"{of}({bounded}){wanted}") for of in ("SUM", "AVG")] if kind == "number" else []
    others = [(kind, f"{of}({arg}){wanted}") for of in ("MIN", "MAX")]
    bare = [(kind, f"{of}({arg})") for of in ("LAG", "FIRST_VALUE")]
    options = [o for o in (*counted, *summed, *others, *bare) if not (kind == "number" and o[0] != "number")]
    of, text = _pick(draw, *options)
    return of, f"{text} OVER {window}"


STEPS = (
    timedelta(0), timedelta(0), timedelta(microseconds=1), timedelta(seconds=59, microseconds=999_999),
    timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(minutes=-5), timedelta(hours=-3),
    timedelta(days=2),
)  # fmt: skip


@st.composite
def streams(draw: Any) -> list[dict[str, Any]]:
    """Orders as they arrive: bursts, equal times, late ones, nulls."""
    at, events = START, []
    for n in range(draw(st.integers(1, 30))):
        at += _pick(draw, *STEPS)
        some = st.sampled_from([None, Decimal("0.00"), Decimal("1.50"), Decimal("3.33"), Decimal("999999.99")])
        maybe = st.sampled_from([None, *WORDS])
        events.append(
            {
                "platform": "p", "id": f"{n:03}", "occurred_at": at, "seller": _pick(draw, *WORDS[:3]),
                "buyer": draw(maybe), "product": _pick(draw, *WORDS), "region": draw(maybe), "currency": "CNY",
                "campaign": draw(st.sampled_from([None, "a", "b", "z"])),
                "quantity": _pick(draw, Decimal("1.000"), Decimal("2.500"), Decimal("3.000")),
                "gross_amount": _pick(draw, Decimal("0.00"), Decimal("1.50"), Decimal("10.00"), Decimal("5.01")),
                "coupon_amount": draw(some), "newcomer_amount": draw(some),
            }
        )  # fmt: skip
    return events
