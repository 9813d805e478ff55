"""The plainest Python answers to the questions of `bench/baselines`: row against row, in fractions."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import groupby

SINCE, UNTIL = datetime(2025, 3, 31, 16), datetime(2025, 6, 30, 16)  # the second quarter of 2025 in Shanghai
US, HOUR, DAY, WEEK = timedelta(microseconds=1), timedelta(hours=1), timedelta(days=1), timedelta(days=7)


def cents(value: Fraction, places: str = "0.01") -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal(places), ROUND_HALF_UP)


def monday(at: datetime) -> datetime:
    local = at + 8 * HOUR
    return datetime(local.year, local.month, local.day) - local.weekday() * DAY - 8 * HOUR


def cost_of(records: dict, order: dict, basis: str) -> Decimal | None:
    same = [
        c
        for c in records["costs"]
        if all(c[k] == order[k] for k in ("platform", "seller", "product", "currency"))
        and c["valid_from"] <= order["occurred_at"]
    ]
    if not same:
        return None
    latest = max(same, key=lambda c: (c["valid_from"], c["known_at"]))
    return latest[f"{basis}_cost"] if latest["valid_to"] is None or order["occurred_at"] < latest["valid_to"] else None


def exempt_units(records: dict, sold: dict, place: tuple, week: datetime) -> Fraction:
    platform, seller, product, _ = place
    about = next(p for p in records["products"] if (p["platform"], p["id"]) == (platform, product))
    stocks = [s for s in records["stocks"] if (s["platform"], s["seller"], s["product"]) == (platform, seller, product)]
    lots: dict[datetime, Decimal] = {}
    for s in stocks:
        left = s["expires_at"] - s["occurred_at"] if s["expires_at"] else None
        life = about["shelf_life_days"]
        if (
            life is not None
            and life <= 30
            and left is not None
            and week <= s["occurred_at"] < week + WEEK
            and timedelta(0) <= left
            and left * 100 <= 33 * life * DAY
        ):
            lots[s["expires_at"]] = max(lots.get(s["expires_at"], Decimal(0)), s["quantity"])
    snapshots = [s["occurred_at"] for s in stocks if week - WEEK < s["occurred_at"] <= week]
    on_hand = (
        sum((s["quantity"] for s in stocks if s["occurred_at"] == max(snapshots)), Decimal(0)) if snapshots else None
    )
    own = [
        q
        for (pl, se, pr, w), q in sold.items()
        if (pl, se, pr) == (platform, seller, product) and week - 4 * WEEK <= w < week
    ]
    rate = Fraction(sum(own, Decimal(0))) / 28
    overstock = max(Fraction(0), Fraction(on_hand) - 90 * rate) if on_hand is not None else Fraction(0)
    in_category = defaultdict(Decimal)
    for (pl, _, pr, w), q in sold.items():
        category = next(p["category"] for p in records["products"] if (p["platform"], p["id"]) == (pl, pr))
        if pl == platform and category == about["category"] and w > monday(UNTIL - US) - 52 * WEEK:
            in_category[w] += q
    total, so_far, ended = sum(in_category.values()), Decimal(0), None
    for w in sorted(in_category):
        so_far += in_category[w]
        if ended is None and so_far * 100 >= 80 * total:
            ended = w
    seasonal = sum(sorted(in_category.values())[-13:]) * 100 >= 60 * total
    season = (
        Fraction(on_hand) if seasonal and on_hand is not None and ended is not None and week > ended else Fraction(0)
    )
    new = Fraction(200) if about["listed_at"] and week < about["listed_at"] + 14 * DAY else Fraction(0)
    return max(Fraction(sum(lots.values(), Decimal(0))), overstock, season, new)


def naive_below_cost(records: dict, basis: str, min_weeks: int) -> set[tuple]:
    weeks, sold = defaultdict(list), defaultdict(Decimal)
    for o in records["orders"]:
        place = tuple(o[k] for k in ("platform", "seller", "product", "currency"))
        if o["occurred_at"] < UNTIL:
            sold[(*place[:3], monday(o["occurred_at"]))] += o["quantity"]
        cost = cost_of(records, o, basis)
        if SINCE <= o["occurred_at"] < UNTIL and None not in (
            cost,
            o["seller_funded_amount"],
            o["platform_funded_amount"],
        ):
            net = o["gross_amount"] - o["seller_funded_amount"]
            after, worth = net - o["platform_funded_amount"], cost * o["quantity"]
            payer, short = (
                ("seller", worth - net) if net < worth else ("platform", worth - after) if after < worth else (None, 0)
            )
            weeks[place, monday(o["occurred_at"])].append((payer, o["quantity"], short, worth))
    flagged: dict[tuple, dict[datetime, Fraction]] = defaultdict(dict)
    for (place, week), lines in weeks.items():
        for payer in ("seller", "platform"):
            units, worth = Fraction(sum(x[1] for x in lines)), Fraction(sum(x[3] for x in lines))
            below = Fraction(sum(x[1] for x in lines if x[0] == payer))
            short = Fraction(sum(x[2] for x in lines if x[0] == payer))
            if units < 30 or not below:
                continue
            counted = max(Fraction(0), below - exempt_units(records, sold, place, week))
            if counted * 100 >= 20 * units and short * counted / below * 100 >= 3 * worth:
                flagged[place, payer][week] = short * counted / below
    return {
        (payer, *place, run[0], run[-1] + WEEK, cents(sum(stakes[w] for w in run)))
        for (place, payer), stakes in flagged.items()
        for _, group in groupby(enumerate(sorted(stakes)), key=lambda iw: iw[1] - iw[0] * WEEK)
        if len(run := [w for _, w in group]) >= min_weeks
    }


def naive_promotions(records: dict) -> list[dict]:
    place = ("platform", "seller", "product", "currency")
    offers = sorted(records["listings"], key=lambda r: (*(r[k] for k in place), r["occurred_at"], r["id"]))
    runs = []
    for where, group in groupby(offers, key=lambda r: tuple(r[k] for k in place)):
        rows, run = list(group), []
        for i, row in enumerate([*rows, None]):
            claims = (
                row
                and row["reference_price"]
                and row["reference_price"] > row["price"]
                and row["reference_basis"] in (None, "own_price")
            )
            before = rows[i - 1] if i else None
            if run and (
                not claims
                or row["reference_price"] != before["reference_price"]
                or (before["ended_at"] and row["occurred_at"] > before["ended_at"])
            ):
                end = row["occurred_at"] if row else run[-1]["ended_at"] or UNTIL
                runs.append(
                    {
                        "where": where,
                        "t0": run[0]["occurred_at"],
                        "end": end,
                        "reference": run[0]["reference_price"],
                    }
                )
                run = []
            if claims:
                run.append(row)
    return [r for r in runs if SINCE <= r["t0"] < UNTIL]


def naive_inflated(records: dict, basis: str) -> set[tuple]:
    found = set()
    for run in naive_promotions(records):

        def here(r: dict, where: tuple = run["where"]) -> bool:
            return tuple(r[k] for k in ("platform", "seller", "product", "currency")) == where

        t0, sales = run["t0"], [o for o in records["orders"] if here(o)]
        if basis == "transacted":

            def paid(o: dict) -> Decimal:
                return cents(
                    Fraction(o["gross_amount"] - o["seller_funded_amount"]) / Fraction(o["quantity"]),
                    "0.000001",
                )

            known = [o for o in sales if o["seller_funded_amount"] is not None and o["occurred_at"] < t0]
            recent = [paid(o) for o in known if o["occurred_at"] >= t0 - 7 * DAY]
            last = max((o["occurred_at"] for o in known), default=None)
            prior = min(recent or [paid(o) for o in known if o["occurred_at"] == last], default=None)
        else:
            rows = sorted((r for r in records["listings"] if here(r)), key=lambda r: (r["occurred_at"], r["id"]))
            stood = [
                (
                    r["occurred_at"],
                    min(r["ended_at"] or datetime.max, n["occurred_at"] if n else datetime.max),
                    r["price"],
                )
                for r, n in zip(rows, [*rows[1:], None], strict=True)
            ]
            listed = next(
                (p["listed_at"] for p in records["products"] if (p["platform"], p["id"]) == run["where"][::2]),
                None,
            )
            since = max(t0 - 30 * DAY, listed or t0 - 30 * DAY)
            covered = sum((max(min(b, t0) - max(a, since), timedelta(0)) for a, b, _ in stood), timedelta(0))
            prices = [p for a, b, p in stood if a < t0 and b > max(a, t0 - 30 * DAY)]
            prior = min(prices) if prices and covered and covered * 100 >= 90 * (t0 - since) else None
        if prior is not None and Fraction(run["reference"]) > Fraction(prior) * Fraction(1005, 1000):
            units = sum((o["quantity"] for o in sales if t0 <= o["occurred_at"] < run["end"]), Decimal(0))
            found.add((*run["where"], t0, run["end"], prior, cents(Fraction((run["reference"] - prior) * units))))
    return found


def naive_brushing(orders: list[dict]) -> list[tuple]:
    lines = defaultdict(list)
    for o in orders:
        lines[o["seller"], o["order_id"] or o["id"]].append(o)
    shops = defaultdict(list)
    for (seller, _), of in lines.items():
        of.sort(key=lambda o: (o["occurred_at"], o["id"]))
        buyers = [o["buyer"] for o in of if o["buyer"]]
        if SINCE <= of[0]["occurred_at"] < UNTIL and buyers:
            known = all(o["platform_funded_amount"] is not None for o in of)
            paid = sum(o["gross_amount"] for o in of) if known else None
            shops[seller].append((of[0]["occurred_at"], buyers[0], paid))
    found = []
    for seller, sold in shops.items():
        flagged = []
        for t in sorted({at + US for at, _, _ in sold} | {at - HOUR for at, _, _ in sold}):
            inside = [b for at, b, _ in sold if t <= at <= t + HOUR]
            if len(inside) >= 10 and len(inside) >= 3 * len(set(inside)):
                flagged.append(t)
        while flagged:
            windows = [flagged.pop(0)]
            while flagged and flagged[0] <= windows[-1] + HOUR:
                windows.append(flagged.pop(0))
            inside = [s for s in sold if any(t <= s[0] <= t + HOUR for t in windows)]
            per_buyer = {b: sum(s[1] == b for s in inside) for _, b, _ in inside}
            most = sorted(b for b, n in per_buyer.items() if n == max(per_buyer.values()))
            times, paid = [s[0] for s in inside], [s[2] for s in inside]
            stake = None if None in paid else sum(paid)
            found.append((seller, min(times), max(times), stake, len(windows), most))
    return sorted(found, key=lambda f: f[:2])
