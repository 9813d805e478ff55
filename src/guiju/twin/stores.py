"""The trade of a store network: owners small and large, brands' goods, stock in three modes, with its truth.

The platform and the brands are invented. Beside the records stands what is true of them: `truth_stores.parquet` has
each store's true orders a day (of goods that are not new), its customers' taste and whether its owner is large;
`truth_rates.parquet` what part of a store's orders each good is, by taste and province. A store's true sales of a good
are the product of the two; a new good's, which nobody has bought yet, too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from guiju.twin.market import DAY, Clock, Ints
from guiju.twin.network.goods import KINDS, MODES, NEW_DAYS, Goods, Supplies, lay_out, supply
from guiju.twin.network.owners import CHANNELS, CITIES_OF, PLATFORM, PROVINCES, TASTES, Network, settle
from guiju.twin.tables import ROWS_A_GROUP, Writer, exact, numbered, schema, times

LEAST_STORES, LEAST_GOODS = 200, 16
DAYS = 60
END = date(2020, 12, 31)


def generate(
    out: Path,
    stores: int = 20_000,
    goods: int = 200,
    seed: int = 7,
    *,
    end: date = END,
    days: int = DAYS,
    progress: Callable[[str, float], None] | None = None,
) -> None:
    """Write stores, products, supplies, delivery_areas and orders of `days` up to `end`, and the truth, into `out`.

    The files are a function of the arguments alone, byte for byte on one lock. Raises ValueError for a network that is
    too small to be one.
    """
    if stores < LEAST_STORES or goods < LEAST_GOODS or days < NEW_DAYS:
        raise ValueError(
            f"a store network needs {LEAST_STORES} stores, {LEAST_GOODS} goods and {NEW_DAYS} days at least: "
            f"{stores}, {goods}, {days}"
        )
    tell = progress or (lambda step, done: None)
    out.mkdir(parents=True, exist_ok=True)

    def dice(step: int) -> np.random.Generator:
        return np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, step])))

    tell("stores", 0.0)
    network = settle(stores, Clock.ending(end, days), dice(0))
    its = lay_out(goods, dice(1))
    supplies = supply(network, its, dice(2))
    _write_stores(out, network)
    _write_goods(out, network, its)
    _write_supplies(out, network, its, supplies)
    tell("orders", 0.3)
    _write_orders(out, network, its, dice(3))
    tell("truth", 0.9)
    _write_truth(out, network, its)
    tell("truth", 1.0)


def _write(out: Path, name: str, columns: dict[str, pa.Array]) -> None:
    """A table's columns, in row groups; of those that are not given nothing is known."""
    n = len(columns["id"])
    with Writer(out, name) as writer:
        for first in range(0, max(n, 1), ROWS_A_GROUP):
            rows = min(ROWS_A_GROUP, n - first)
            writer.add(
                {
                    field.name: columns[field.name].slice(first, rows)
                    if field.name in columns
                    else pa.nulls(rows, field.type)
                    for field in schema(name)
                }
            )


def _same(word: str, n: int) -> pa.Array:
    return pa.array([word]).take(pa.array(np.zeros(n, np.int32)))


def _words(words: list[str], codes: Ints) -> pa.Array:
    return pa.array(words, pa.string()).take(pa.array(codes))


def _products(n: Ints) -> pa.Array:
    return numbered("p", n, 6)


def _cities() -> list[str]:
    return [f"{code}{city:02d}00" for code, _ in PROVINCES for city in range(1, CITIES_OF + 1)]


def _write_stores(out: Path, its: Network) -> None:
    _write(out, "stores", {
        "platform": _same(PLATFORM, its.size),
        "id": numbered("s", np.arange(its.size), 7),
        "owner": numbered("o", its.owner, 7),
        "region": _words(_cities(), its.province * CITIES_OF + its.city - 1),
        "channel": _words(list(CHANNELS), its.channel),
        "opened_at": times(its.opened),
        "max_listings": pa.array(its.listings),
    })  # fmt: skip


def _write_goods(out: Path, network: Network, its: Goods) -> None:
    until, n = network.clock.until, np.arange(its.size)
    _write(out, "products", {
        "platform": _same(PLATFORM, its.size),
        "id": _products(n),
        "name": pa.array([f"{brand} {KINDS[c][0].replace('_', ' ')} no. {k}"
                          for k, (brand, c) in enumerate(zip(its.brand, its.category, strict=True))]),
        "category": _words([kind[0] for kind in KINDS], its.category),
        "listed_at": times(until - np.where(its.new, NEW_DAYS, 400) * DAY),
    })  # fmt: skip


def _write_supplies(out: Path, network: Network, goods: Goods, its: Supplies) -> None:
    n, areas = len(its.good), len(its.area_of)
    exclusive = goods.exclusive[its.good]
    _write(out, "supplies", {
        "platform": _same(PLATFORM, n),
        "id": numbered("u", np.arange(n), 5),
        "occurred_at": times(np.full(n, network.clock.until)),
        "seller": pa.array([goods.brand[k] for k in its.good]),
        "product": _products(its.good),
        "mode": _words(list(MODES), its.mode),
        "place": pa.array([place or None for place in its.place], pa.string()),
        "quantity": exact(its.lots * its.lot, 0, 3),
        "lot_quantity": exact(its.lot, 0, 3),
        "currency": _same("CNY", n),
        "price": exact(goods.price[its.good], 2, 6),
        "only_channel": pa.array([CHANNELS[0] if only else None for only in exclusive], pa.string()),
    })  # fmt: skip
    _write(out, "delivery_areas", {
        "platform": _same(PLATFORM, areas),
        "id": numbered("a", np.arange(areas), 7),
        "supply": numbered("u", its.area_of, 5),
        "region": _words([f"{code}0000" for code, _ in PROVINCES], its.area_province),
        "last_order_at": times(its.last_order, its.last_order > 0),
        "lead_days": pa.array(its.lead_days),
    })  # fmt: skip


def _write_orders(out: Path, network: Network, goods: Goods, rng: np.random.Generator) -> None:
    """Stores of one taste and province choose alike: their orders' goods are drawn together."""
    made = rng.poisson(network.activity * network.days)
    store = np.repeat(np.arange(network.size), made)
    group = (network.taste * len(PROVINCES) + network.province)[store]
    product = np.zeros(len(store), np.int64)
    by_group = np.argsort(group, kind="stable")
    ends = np.searchsorted(group[by_group], np.arange(TASTES * len(PROVINCES) + 1))
    for k in range(TASTES * len(PROVINCES)):
        share = np.where(goods.new, 0, goods.share[divmod(k, len(PROVINCES))])
        its = by_group[ends[k] : ends[k + 1]]
        product[its] = np.minimum(np.searchsorted(np.cumsum(share), rng.random(len(its)), "right"), goods.size - 1)
    span = (network.days * DAY)[store]
    at = network.clock.until - 1_000_000 - (rng.random(len(store)) * (span - 2_000_000)).astype(np.int64)
    order = np.argsort(at, kind="stable")
    with Writer(out, "orders") as writer:
        for first in range(0, len(order), ROWS_A_GROUP):
            rows = order[first : first + ROWS_A_GROUP]
            writer.add(_order_columns(network, goods, first, store[rows], product[rows], at[rows]))


def _order_columns(
    network: Network, goods: Goods, first: int, store: Ints, product: Ints, at: Ints
) -> dict[str, pa.Array]:
    n = len(store)
    known = {
        "platform": _same(PLATFORM, n),
        "id": numbered("l", np.arange(first, first + n)),
        "occurred_at": times(at),
        "seller": numbered("s", store, 7),
        "buyer": numbered("c", store * 97 + at % 31),  # a store's customers are some thirty people
        "product": _products(product),
        "region": _words(_cities(), (network.province * CITIES_OF + network.city - 1)[store]),
        "channel": _words(list(CHANNELS), network.channel[store]),
        "quantity": exact(np.ones(n, np.int64), 0, 3),
        "currency": _same("CNY", n),
        "gross_amount": exact(goods.price[product], 2, 2),
    }  # fmt: skip
    for funded in ("seller", "platform", "third_party"):
        known[f"{funded}_funded_amount"] = exact(np.zeros(n, np.int64), 2, 2)
    return {field.name: known.get(field.name, pa.nulls(n, field.type)) for field in schema("orders")}


def _write_truth(out: Path, network: Network, goods: Goods) -> None:
    stores = pa.table({
        "store": numbered("s", np.arange(network.size), 7),
        "large": pa.array(network.large),
        "orders_a_day": pa.array(network.activity),
        "taste": pa.array(network.taste),
    })  # fmt: skip
    pq.write_table(stores, out / "truth_stores.parquet", compression="zstd")
    taste, province, good = (index.ravel() for index in np.indices(goods.share.shape))
    rates = pa.table({
        "taste": pa.array(taste),
        "region": _words([f"{code}0000" for code, _ in PROVINCES], province),
        "product": _products(good),
        "share": pa.array(goods.share.ravel()),
        "new": pa.array(goods.new[good]),
    })  # fmt: skip
    pq.write_table(rates, out / "truth_rates.parquet", compression="zstd")
