"""Recalls in the twin's market: what the goods of every shop are labelled, and who sold on what was recalled.

Goods taken down and put up again are products of their own, never ordered; the others are the products of the market
that no plan touches. Truth is counted from listings and order lines, shop by shop.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from guiju.twin.market import DAY, HOUR, Market
from guiju.twin.plans import grade
from guiju.twin.settling import Truth
from guiju.twin.tables import Names, append_rows, write_rows

RULE = "no_recalled_goods"
CHECK = "recalled_goods_on_sale"
GRACE = 3 * DAY
MOST_SELLERS = 40
OWN_GOODS = 500_000  # the number of the first product of its own
HONEST = (
    "another_batch", "a_model_of_near_name", "the_last_sold_before", "sold_out_within_the_grace", "repaired",
    "taken_down_in_time", "lifted_at_once", "recalled_on_another_platform", "batch_not_on_the_label",
)  # fmt: skip
AGAINST = (
    "sold_on", "one_batch_sold_on", "sold_on_by_product_key", "repaired_late", "put_up_again", "taken_down_late",
    "label_written_otherwise",
)  # fmt: skip
Row = dict[str, Any]
Span = tuple[int, int]


class Goods(NamedTuple):
    """A shop's product, its labels and offers, and the recall."""

    product: str
    recall: Row
    labels: list[Row]
    offers: list[Span]  # of goods of its own; none: the market's


def write(out: Path, market: Market, names: Names, rng: np.random.Generator, plants: bool) -> list[Truth]:
    """The tables `recalls` and `labels`, offers put to `listings`; who sold on."""
    clock, most = market.clock, min(MOST_SELLERS, market.sellers)
    listed = pq.read_table(out / "listings.parquet", columns=["platform", "seller", "product", "occurred_at"])
    recalls, labels, offers, products, true = list[Row](), list[Row](), list[Row](), list[Row](), list[Truth]()
    touched = set[str]()
    for place in range(most):
        platform, shop = market.platforms[int(market.platform[place])], market.seller_name(place)
        at = clock.since + int(rng.integers(20, 100)) * DAY + int(rng.integers(0, DAY))
        late = grade(max(0, place - len(HONEST)), most - len(HONEST), 0.05, 200)
        if place < len(HONEST):
            pattern = HONEST[place]
        elif plants:
            pattern = AGAINST[(place - len(HONEST)) % len(AGAINST)]
        else:
            continue
        goods = _goods(market, place, pattern, at, int(late * DAY))
        touched.add(goods.product)
        recalls.append({"platform": platform, "kind": ("recall", "order")[place % 2]} | goods.recall)
        labels += [{"platform": platform, "seller": shop, "product": goods.product} | row for row in goods.labels]
        if goods.offers:
            own = {"platform": platform, "seller": shop, "product": goods.product, "price": 4990 + 100 * place}
            offers += [own | {"occurred_at": a, "ended_at": b} for a, b in goods.offers]
            category = market.category[int(market.plain[place])]
            products.append({"platform": platform, "id": goods.product, "name": f"kettle, no. {place}",
                             "category": category, "listed_at": goods.offers[0][0]})  # fmt: skip
        own_offers = goods.offers or _standing(listed, shop, goods.product, clock.until)
        found = wrong(
            goods, platform, recalls[-1]["platform"], own_offers, _lines(out, shop, goods.product, clock.since)
        )
        assert (found is not None) == (pattern in AGAINST), pattern
        begins, ends = found or (at, clock.until)
        kind, strength = ("violation", (ends - at) / DAY) if found else ("lookalike", 0.0)
        true.append(Truth(CHECK, kind, pattern, platform, shop, goods.recall["recall"], begins, ends, strength, RULE))
    labels += _others(market, listed, touched)
    recalls += [_unsold(market, i) for i in range(3)]
    for letter, rows in (("r", recalls), ("e", labels)):
        for number, row in enumerate(rows):
            row["id"] = f"{letter}{number:05d}"
    for number, row in enumerate(offers):
        row |= {"id": f"f{listed.num_rows + number:09d}", "currency": "CNY"}
    write_rows(out, "recalls", recalls)
    write_rows(out, "labels", labels)
    append_rows(out, "listings", offers)
    append_rows(out, "products", products)
    return true


def _goods(market: Market, place: int, pattern: str, at: int, late: int) -> Goods:
    """What is labelled and offered how; sales should have stopped at `at` and the grace, and did `late` after that."""
    begun, stop = market.clock.start - 900 * DAY, at + GRACE + late
    name, brand, model = f"recall-{place:02d}", f"maker-of-{place:02d}", f"QX-{place:02d}0"
    product = market.product_name(int(market.plain[place]))
    label: Row = {"brand": brand, "model": model, "batch": "B17", "valid_from": begun}
    new = label | {"model": f"{model}-2", "batch": "B30", "valid_from": stop}
    recall: Row = {"recall": name, "brand": brand, "model": model, "valid_from": at, "source": "notice"}
    its, offers = [label | {"valid_to": stop}, new], list[Span]()
    if pattern in ("another_batch", "one_batch_sold_on"):
        recall |= {"batch": "B17" if pattern == "one_batch_sold_on" else "B71"}
    elif pattern == "a_model_of_near_name":
        its = [label | {"model": f"{model}0"}, label | {"model": f"{model}S"}]
    elif pattern in ("the_last_sold_before", "sold_out_within_the_grace"):
        sold_out = at if pattern == "the_last_sold_before" else at + GRACE
        its = [label | {"valid_to": sold_out}, new | {"valid_from": sold_out}]
    elif pattern in ("repaired", "repaired_late"):
        its = [label | {"cleared_at": at + GRACE - HOUR if pattern == "repaired" else stop}]
    elif pattern == "lifted_at_once":
        recall |= {"valid_to": at + GRACE}
        its = [label]
    elif pattern == "batch_not_on_the_label":
        recall |= {"batch": "B17"}
        its = [label | {"batch": None}]
    elif pattern in ("recalled_on_another_platform", "sold_on_by_product_key"):
        recall |= {"product": product, "brand": None, "model": None, "valid_to": stop}
        its = []
        if pattern == "recalled_on_another_platform":
            others = [p for p in market.platforms if p != market.platforms[int(market.platform[place])]]
            recall |= {"platform": others[0], "valid_to": None}
    elif pattern == "label_written_otherwise":
        wide = "".join(chr(ord(c) + 0xFEE0) if c != " " else c for c in model.lower())
        its = [label | {"model": f" {wide}", "valid_to": stop}, new]
    elif pattern in ("taken_down_in_time", "taken_down_late", "put_up_again"):
        product, its = market.product_name(OWN_GOODS + place), [label]
        down = stop if pattern == "taken_down_late" else at + GRACE - HOUR
        again = [(at + 30 * DAY, at + 30 * DAY + late)] if pattern == "put_up_again" else []
        offers = [(at - 15 * DAY, down), *again]
    return Goods(product, recall, its, offers)


def wrong(goods: Goods, platform: str, recalled_on: str, offers: list[Span], lines: list[int]) -> Span | None:
    """By the rule's own definition: from when to when the recalled goods were on sale after the grace, if they were."""
    recall, met = goods.recall, list[Span]()
    for label in goods.labels or [{"valid_from": 0}]:
        if recall.get("product"):
            its = recall["product"] == goods.product and recalled_on == platform
        else:
            its = all(_read(recall[c]) == _read(label[c]) for c in ("brand", "model"))
        if not its or (recall.get("batch") and recall["batch"] != label.get("batch")):
            continue
        begins = max(recall["valid_from"] + GRACE, label["valid_from"])
        stops = [row.get(c) for row, c in ((recall, "valid_to"), (label, "valid_to"), (label, "cleared_at"))]
        ends = min([stop for stop in stops if stop is not None], default=2**62)
        met += [(max(a, begins), min(b, ends)) for a, b in offers if max(a, begins) < min(b, ends)]
        met += [(at, at) for at in lines if begins <= at < ends]
    return (min(a for a, _ in met), max(b for _, b in met)) if met else None


def _read(text: str) -> str:
    """Without width, case and spaces."""
    narrow = (chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in text)
    return "".join(narrow).lower().replace(" ", "")


def _standing(listed: pa.Table, shop: str, product: str, until: int) -> list[Span]:
    """The market's offers of a product that no plan touches: each stands until the next."""
    rows = listed.filter(pc.and_(pc.equal(listed["seller"], shop), pc.equal(listed["product"], product)))
    at = np.sort(rows["occurred_at"].cast("int64").to_numpy()).tolist()
    return list(zip(at, [*at[1:], until], strict=True))


def _lines(out: Path, shop: str, product: str, since: int) -> list[int]:
    which = (pc.field("seller") == shop) & (pc.field("product") == product)
    rows = pq.read_table(out / "orders.parquet", columns=["occurred_at"], filters=which)
    at = rows["occurred_at"].cast("int64").to_numpy()
    return [int(a) for a in at[at >= since]]


def _others(market: Market, listed: pa.Table, touched: set[str]) -> list[Row]:
    """What all other goods on offer are labelled."""
    goods = listed.group_by(["platform", "seller", "product"]).aggregate([])
    rows = []
    for one in sorted(goods.to_pylist(), key=lambda row: (row["product"], row["seller"], row["platform"])):
        if one["product"] not in touched:
            number = int(one["product"][1:])
            made = {"brand": f"brand {number % 17:02d}", "model": f"M{number:06d}", "batch": "B1"}
            rows.append(one | made | {"valid_from": market.clock.start - 900 * DAY})
    return rows


def _unsold(market: Market, number: int) -> Row:
    """A recall of goods that no shop here sells: a brand and model that are near, and not the same."""
    return {"platform": market.platforms[0], "recall": f"recall-of-others-{number}", "kind": "recall",
            "brand": f"brand {number:02d}", "model": f"M{number:06d}X", "valid_from": market.clock.since + 50 * DAY,
            "source": "notice"}  # fmt: skip
