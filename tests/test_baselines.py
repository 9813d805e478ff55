"""The SQL of `bench/baselines` answers as the plainest Python does, on small random records."""

from __future__ import annotations

import random
import sys
from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from naive_answers import (
    DAY,
    HOUR,
    SINCE,
    UNTIL,
    cents,
    naive_below_cost,
    naive_brushing,
    naive_inflated,
)

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))
import baseline

TYPES = {"string": "VARCHAR", "timestamp(6)": "TIMESTAMP", "int64": "BIGINT"}


def asked(records: dict[str, list[dict]], name: str) -> tuple[duckdb.DuckDBPyConnection, dict[str, dict[str, int]]]:
    con = duckdb.connect()
    for table in baseline.TABLES.values():
        columns = ", ".join(f"{c.name} {TYPES.get(c.type, c.type)}" for c in table.columns)
        con.execute(f"CREATE TABLE {table.name} ({columns})")
        rows = records.get(table.name, [])
        for i, row in enumerate(rows):
            row["id"] = row.get("id") or f"{table.name}{i:06}"
        if rows:
            given = pa.table({c: [row.get(c) for row in rows] for c in table.names})
            con.execute(f"INSERT INTO {table.name} FROM given")
            assert con.execute(f"SELECT count(*) FROM {table.name}").fetchone() == (given.num_rows,)
    baseline.set_window(con, SINCE, UNTIL)
    _, reasons = baseline.ask(con, name)
    return con, reasons


def rows_of(con: duckdb.DuckDBPyConnection, query: str) -> list[dict]:
    cursor = con.execute(query)
    names = [d[0] for d in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def sale(at: datetime, seller: str, product: str, gross: str | Decimal = "10.00", **more: object) -> dict:
    row = {
        "platform": "P",
        "occurred_at": at,
        "seller": seller,
        "product": product,
        "quantity": Decimal(1),
        "currency": "CNY",
        "gross_amount": Decimal(gross),
        "buyer": "b",
        "region": "r",
        "channel": "app",
    }
    funded = (
        "seller_funded_amount",
        "platform_funded_amount",
        "third_party_funded_amount",
        "undisclosed_amount",
        "coupon_amount",
        "newcomer_amount",
    )
    return row | dict.fromkeys(funded, Decimal(0)) | more


def below_cost_records(seed: int) -> dict[str, list[dict]]:
    draw = random.Random(seed)
    records: dict[str, list[dict]] = {"orders": [], "costs": [], "stocks": [], "products": []}
    for i in range(7):
        platform, seller, product = f"P{i % 2}", f"s{i}", f"g{i}"
        place = {"platform": platform, "seller": seller, "product": product}
        records["products"].append(
            {
                "platform": platform,
                "id": product,
                "category": "aabbccc"[i],  # of two sellers one has half
                "shelf_life_days": None if i < 4 else draw.choice([None, 9, 30]),
                "listed_at": draw.choice([None, datetime(2025, 1, 1), SINCE + 20 * DAY]),
            }
        )
        for days in sorted(draw.sample(range(-60, 90), 6)):
            until = SINCE + (days + 40) * DAY
            records["costs"].append(
                place
                | {
                    "valid_from": SINCE + days * DAY,
                    "valid_to": draw.choice([None, None, until]),
                    "currency": "CNY",
                    "known_at": SINCE + (days + draw.random()) * DAY,
                    "purchase_cost": Decimal(draw.randint(6_000_000, 9_500_000)) / 10**6,
                    "variable_cost": draw.choice([None, *8 * [Decimal(draw.randint(9, 13))]]),
                }
            )
        later = {"purchase_cost": Decimal("9.123456"), "variable_cost": Decimal("9.345678")}
        records["costs"].append(records["costs"][-1] | later | {"known_at": UNTIL, "id": None})
        for days in range(-7, 91, draw.choice([2, 5, 7])):
            counted = SINCE + days * DAY + draw.choice([0, 5]) * HOUR
            records["stocks"] += [
                place | {"occurred_at": counted, "quantity": Decimal(draw.randint(0, 40)), "expires_at": e}
                for e in (None, counted + 3 * DAY, SINCE + (days // 3 * 3 + 4) * DAY + 6 * HOUR)
            ]
        for day in range(-35, 95):
            for _ in range(draw.randint(3, 9)):
                q, low = draw.choice([1, 1, 2]), draw.random() < (0.5 if day // 9 % 2 else 0.05)
                cut = draw.choice([Decimal("3.3"), Decimal("4.07")]) if low else Decimal(draw.randint(0, 9)) / 10
                who = draw.choice(
                    ["seller_funded_amount", "platform_funded_amount"] if day % 3 else ["seller_funded_amount"]
                )
                order = sale(
                    SINCE + day * DAY + draw.random() * DAY,
                    seller,
                    product,
                    Decimal(10 * q),
                    quantity=Decimal(q),
                )
                records["orders"].append(order | {"platform": platform, who: cut * q if draw.random() > 0.02 else None})
    return records


@pytest.mark.parametrize("seed", range(4))
def test_below_cost_sales(seed: int) -> None:
    records = below_cost_records(seed)
    con, reasons = asked(records, "below_cost_sales")
    columns = "payer, platform, seller, product, currency, episode_start, episode_end, amount_at_stake"
    found = con.execute(f"SELECT {columns} FROM found_below_cost_sales").fetchall()
    assert set(found) == naive_below_cost(records, "purchase", 1)
    assert len(found) >= 4
    assert sum(reasons["unanswered"].values()) == sum(reasons["unanswered_dominant"].values()) == len(records["orders"])
    category = {(p["platform"], p["id"]): p["category"] for p in records["products"]}
    dominant = set()
    for payer, platform, seller, product, currency, start, *more in naive_below_cost(records, "variable", 4):
        market = [
            o
            for o in records["orders"]
            if start - 56 * DAY <= o["occurred_at"] < start
            and category[o["platform"], o["product"]] == category[platform, product]
        ]
        own = [o for o in market if o["platform"] == platform and (payer == "platform" or o["seller"] == seller)]
        held = all(sum(o[k] for o in own) * 100 >= 50 * sum(o[k] for o in market) for k in ("gross_amount", "quantity"))
        if held and {o["platform"] for o in market} == {"P0", "P1"}:
            dominant.add((payer, platform, seller, product, currency, start, *more))
    found = con.execute(f"SELECT {columns} FROM found_below_cost_sales_dominant").fetchall()
    assert set(found) == dominant
    assert found or seed == 2
    for suffix in ("", "_dominant"):
        short = con.execute(f"""SELECT finding FROM found_below_cost_sales{suffix} f
            LEFT JOIN evidence_below_cost_sales{suffix} e USING (finding)
            GROUP BY ALL HAVING sum(e.quantity) IS DISTINCT FROM any_value(f.below_units)""").fetchall()
        assert not short


@pytest.mark.parametrize("seed", range(4))
def test_inflated_reference_prices(seed: int) -> None:
    draw = random.Random(seed)
    records: dict[str, list[dict]] = {"orders": [], "listings": [], "products": []}
    for i in range(8):
        at = SINCE - 50 * DAY
        records["products"].append({"platform": "P", "id": f"g{i}", "listed_at": draw.choice([None, SINCE + 30 * DAY])})
        while at < UNTIL + 5 * DAY:
            ends = at + draw.choice([3, 8]) * DAY if draw.random() < 0.2 else None
            records["listings"].append(
                {
                    "platform": "P",
                    "id": f"l{len(records['listings']):05}",
                    "occurred_at": at,
                    "ended_at": ends,
                    "seller": "s",
                    "product": f"g{i}",
                    "currency": "CNY",
                    "price": Decimal(draw.choice([8, 9, 10])),
                    "reference_price": draw.choice([None, Decimal(10), Decimal(12), Decimal("10.05")]),
                    "reference_basis": draw.choice([None, None, "own_price", "disclosed"]),
                }
            )
            at += draw.choice([0 * DAY, 3 * HOUR, 2 * DAY, 4 * DAY, 4 * DAY])
        for _ in range(draw.choice([0, 6, 60])):
            at = SINCE + draw.randint(-40 * 8, 95 * 8) / 8 * DAY
            q = draw.choice([Decimal(1), Decimal("0.7"), Decimal(3)])
            cut = draw.choice([Decimal(0), Decimal("0.31"), None])
            records["orders"].append(
                sale(at, "s", f"g{i}", (q * 10).quantize(Decimal("0.01")), quantity=q, seller_funded_amount=cut)
            )
    con, reasons = asked(records, "inflated_reference_prices")
    columns = "platform, subject, object, currency, episode_start, episode_end, prior, amount_at_stake"
    for suffix, basis in (("", "transacted"), ("_offered", "offered")):
        found = con.execute(f"SELECT {columns} FROM found_inflated_reference_prices{suffix}").fetchall()
        assert set(found) == naive_inflated(records, basis)
        assert len(found) > 3
        assert sum(reasons[f"unanswered{suffix}"].values()) == len(records["listings"])


@pytest.mark.parametrize("seed", range(6))
def test_order_brushing(seed: int) -> None:
    draw = random.Random(seed)
    orders = []
    for shop, (buyers, gap) in enumerate([(2, 7), (3, 5), (4, 4), (3, 6), (40, 1), (1, 6), (5, 3), (3, 12)]):
        at = SINCE - HOUR + draw.random() * HOUR
        for n in range(110):
            whole = draw.random() < 0.5  # whole minutes put orders exactly on the ends of windows
            at += (draw.randint(0, 2 * gap) if whole else draw.uniform(0, 2 * gap)) * HOUR / 60
            at = at.replace(second=0, microsecond=0) if whole else at
            kept = draw.random() > 0.03
            order = sale(
                at,
                f"s{shop}",
                "g",
                Decimal(n + 1),
                id=f"{shop}-{n:03}",
                order_id=None,
                buyer=f"b{draw.randrange(buyers)}" if kept else None,
                platform_funded_amount=Decimal(0) if draw.random() > 0.01 else None,
            )
            if draw.random() < 0.15:
                back = draw.randint(1, 3)
                order["order_id"] = f"{shop}-{max(n - back, 0):03}"  # may be the id of a line without an order_id
            orders.append(order)
    con, reasons = asked({"orders": orders}, "order_brushing")
    columns = "subject, episode_start, episode_end, amount_at_stake, windows, suspicious_buyers"
    found = con.execute(f"SELECT {columns} FROM found_order_brushing ORDER BY 1, 2").fetchall()
    assert found == naive_brushing(orders)
    assert {f[3] is None for f in found} == {True, False}
    assert sum(reasons["unanswered"].values()) == len(orders)


@pytest.mark.parametrize("seed", range(3))
def test_known_customer_markup(seed: int) -> None:
    draw = random.Random(seed)
    parties = [
        {
            "platform": "P",
            "id": f"b{i}",
            "kind": "customer",
            "registered_at": draw.choice([None, SINCE, SINCE - 400 * DAY, SINCE - 100 * DAY, SINCE - 230 * DAY]),
        }
        for i in range(60)
    ]
    orders = [
        sale(
            SINCE - HOUR + draw.choice([0, 1, 2, 700, 701]) * HOUR + draw.random() * HOUR,
            draw.choice("st"),
            draw.choice("gh"),
            Decimal(draw.randint(900, 1000)) / 100,
            buyer=draw.choice([*(f"b{i}" for i in range(61)), None]),
            region=draw.choice(["r", None]),
            quantity=Decimal(draw.choice([1, 2])),
            undisclosed_amount=draw.choice([Decimal(0), Decimal("1.07"), None]),
        )
        for _ in range(1500)
    ]
    con, reasons = asked({"orders": orders, "parties": parties}, "known_customer_markup")
    assert sum(reasons["unanswered"].values()) == len(orders)
    registered = {p["id"]: p["registered_at"] for p in parties}
    cells = defaultdict(list)
    for o in orders:
        joined = registered.get(o["buyer"])
        if joined is None or o["undisclosed_amount"] is None or not SINCE <= o["occurred_at"] < UNTIL:
            continue
        tenure = o["occurred_at"] - joined
        if tenure <= 30 * DAY or tenure >= 180 * DAY:
            cell = (o["seller"], o["product"], o["region"], o["quantity"], (o["occurred_at"] - SINCE) // HOUR)
            cells[cell].append((int(tenure >= 180 * DAY), o))
    sums, per_buyer, counts = (
        defaultdict(Fraction),
        defaultdict(lambda: [Fraction(0), Fraction(0)]),
        defaultdict(int),
    )
    for (seller, *_), rows in cells.items():
        mean_x = Fraction(sum(x for x, _ in rows), len(rows))
        if mean_x in (0, 1):
            continue
        counts[seller] += 1
        list_price = Fraction(sum(o["gross_amount"] for _, o in rows)) / len(rows)
        ys = [100 * Fraction(o["gross_amount"] - o["undisclosed_amount"]) / list_price for _, o in rows]
        for (x, o), y in zip(rows, ys, strict=True):
            score = per_buyer[seller, o["buyer"]]
            score[0] += (x - mean_x) * (y - sum(ys) / len(ys))
            score[1] += (x - mean_x) ** 2
            sums[seller, "undisclosed"] += (x - mean_x) * 100 * Fraction(o["undisclosed_amount"]) / list_price
            sums[seller, "known"] += x * Fraction(o["gross_amount"] - o["undisclosed_amount"])
    found = rows_of(con, "FROM found_known_customer_markup ORDER BY subject")
    assert [f["subject"] for f in found] == sorted(counts)
    for f in found:
        scores = [s for (seller, _), s in per_buyer.items() if seller == f["subject"]]
        expected = {
            "sxy": sum(s[0] for s in scores),
            "sxx": sum(s[1] for s in scores),
            "sxy_undisclosed": sums[f["subject"], "undisclosed"],
        }
        for name, value in expected.items():
            assert f[name] / 1e9 == pytest.approx(float(value), abs=1e-6)
        squares = {
            "sum_sxy_sxy": sum(s[0] ** 2 for s in scores),
            "sum_sxy_sxx": sum(s[0] * s[1] for s in scores),
            "sum_sxx_sxx": sum(s[1] ** 2 for s in scores),
        }
        for name, value in squares.items():
            assert f[name] / 1e18 == pytest.approx(float(value), rel=1e-6, abs=1e-6)
        assert (f["cells"], f["customers"], f["known_amount"]) == (
            counts[f["subject"]],
            len(scores),
            cents(sums[f["subject"], "known"]),
        )
        assert f["sxy_list"] - f["sxy_undisclosed"] == pytest.approx(f["sxy"], abs=2000)
        assert f["quarter"] == "2025Q2"
