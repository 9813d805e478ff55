"""A store network over two New Year seasons: its trade, and how each order was fulfilled, with the truth of it.

All that `guiju.twin.stores` writes; beside it `fulfilments`, `regional_listings` (the goods put on sale before last
year's feast, by province, and the few that are on sale already before the next) and `truth.parquet` with the columns of
`guiju.twin.groupbuy`. By check:

    uneven_quality  the good and mode; points of a hundred by which it was worse (the rule says in what)

What is planted is named in `guiju.twin.network.fulfilling`; episodes are whole quarters.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from guiju.twin import stores as trade
from guiju.twin.market import DAY, HOUR, Clock, Flags, Ints
from guiju.twin.network.fulfilling import OUTCOMES, REASONS, WORSE, Bought, Fulfilled, Plan, fulfil, plan
from guiju.twin.network.goods import EAST, MODES
from guiju.twin.network.owners import PLATFORM, PROVINCES
from guiju.twin.settling import Truth
from guiju.twin.tables import ROWS_A_GROUP, Writer, numbered, schema, times, write_rows, write_truth

LAST_FEAST, LEAST_DAYS = date(2020, 1, 25), 370
RULES = {"returned": "no_uneven_returns", "complained": "no_uneven_complaints", "late": "no_uneven_delay"}
CODES = [code for code, _ in PROVINCES]


def generate(
    out: Path,
    stores: int = 20_000,
    goods: int = 48,
    seed: int = 7,
    *,
    plants: bool = True,
    end: date = date(2020, 12, 31),
    days: int = 458,
    progress: Callable[[str, float], None] | None = None,
) -> None:
    """Write the network's records and `truth.parquet` into `out`.

    The files are a function of the arguments alone, byte for byte on one lock. Without `plants` every mode of a good is
    as good as the others; every look-alike remains. Raises ValueError for fewer than 370 days, which hold no season of
    last year's, and for a network that is too small.
    """
    if days < LEAST_DAYS:
        raise ValueError(f"two seasons need {LEAST_DAYS} days at least: {days}")
    tell = progress or (lambda step, done: None)
    trade.generate(out, stores, goods, seed, end=end, days=days, progress=lambda step, done: tell(step, done * 0.6))

    def dice(step: int) -> np.random.Generator:
        return np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, 100 + step])))

    tell("fulfilments", 0.6)
    clock = Clock.ending(end, days)
    orders = pq.read_table(out / "orders.parquet", columns=["id", "occurred_at", "product", "region", "seller"])
    of = _bought(orders, clock)
    offered, owners_in = _offered(out, goods)
    many = np.argsort(-np.bincount(of.good, minlength=goods), kind="stable")
    made = plan(offered, many, clock.quarters(), dice(0), plants)
    feast = clock.start + ((LAST_FEAST - clock.first).days * DAY)
    done = fulfil(of, offered, owners_in, made, feast, dice(1))
    _write(out, orders, of, done, _brands(out), clock.until)
    write_rows(out, "regional_listings", _listings(of.good, feast, clock, goods, dice(2)))
    write_truth(out, _truth(made, clock))
    tell("truth", 1.0)


def _bought(orders: pa.Table, clock: Clock) -> Bought:
    at = orders["occurred_at"].cast(pa.int64()).to_numpy()
    number = {name: orders[name].cast(pa.string()) for name in ("product", "region", "seller")}
    good, store = (_numbers(number[name]) for name in ("product", "seller"))
    codes = pa.compute.utf8_slice_codeunits(number["region"], 0, 2)
    province = pa.compute.index_in(codes, pa.array(CODES)).to_numpy().astype(np.int64)
    return Bought(at, good, province, store, (at - clock.start) // (30 * DAY))


def _numbers(names: pa.ChunkedArray) -> Ints:
    """What is numbered, as its number: p000012 is 12."""
    return np.asarray(pa.compute.utf8_slice_codeunits(names, 1).cast(pa.int64()).to_numpy(), np.int64)


def _offered(out: Path, goods: int) -> tuple[Flags, Flags]:
    """By good and mode, whether there is a supply; by good and province, whether owners there hold it."""
    table = pq.read_table(out / "supplies.parquet", columns=["product", "mode", "place"])
    offered = np.zeros((goods, len(MODES)), bool)
    owners = np.zeros((goods, len(CODES)), bool)
    for product, mode, place in zip(*(table[name].to_pylist() for name in table.column_names), strict=True):
        offered[int(product[1:]), MODES.index(mode)] = True
        if mode == "owner":
            owners[int(product[1:]), CODES.index(place[:2])] = True
    return offered, owners


def _brands(out: Path) -> list[str]:
    """By good, the brand that supplies it."""
    table = pq.read_table(out / "supplies.parquet", columns=["product", "seller"]).to_pylist()
    found = {int(row["product"][1:]): row["seller"] for row in table}
    return [found[k] for k in sorted(found)]


def _write(out: Path, orders: pa.Table, of: Bought, done: Fulfilled, brands: list[str], until: int) -> None:
    """Only what had happened when the records end."""
    names = [*brands, "east_warehouse", "west_warehouse", "s0000000"]
    east = np.isin(of.province, [n for n, code in enumerate(CODES) if code in EAST])
    place = np.where(east, len(brands), len(brands) + 1)
    sender = np.where(done.mode == 0, of.good, np.where(done.mode == 1, place, len(brands) + 2))
    own = (done.mode == 2) & ~done.one_store
    words = pa.compute.if_else(pa.array(own), numbered("s", of.store, 7), pa.array(names).take(pa.array(sender)))
    moments = {name: np.where(getattr(done, name) < until, getattr(done, name), 0)
               for name in ("shipped", "delivered", "returned", "complained")}  # fmt: skip
    n = len(of.at)
    columns = {
        "platform": pa.array([PLATFORM]).take(pa.array(np.zeros(n, np.int32))),
        "id": numbered("f", np.arange(n)),
        "order_line": orders["id"].combine_chunks(),
        "occurred_at": times(of.at),
        "product": orders["product"].cast(pa.string()).combine_chunks(),
        "region": orders["region"].cast(pa.string()).combine_chunks(),
        "mode": pa.array(list(MODES)).take(pa.array(done.mode)),
        "sender": words,
        "promised_at": times(done.promised),
        **{f"{name}_at": times(at, at > 0) for name, at in moments.items()},
        "return_reason": _known([*REASONS, "changed_mind"], done.reason, moments["returned"] > 0),
        "complaint": _known([*REASONS, "service"], done.complaint, moments["complained"] > 0),
    }
    with Writer(out, "fulfilments") as writer:
        for first in range(0, n, ROWS_A_GROUP):
            writer.add({f.name: columns[f.name].slice(first, ROWS_A_GROUP) for f in schema("fulfilments")})


def _known(words: list[str], codes: Ints, known: Flags) -> pa.Array:
    return pa.array(words).take(pa.array(codes, mask=~known))


def _listings(
    bought: Ints, feast: int, clock: Clock, goods: int, rng: np.random.Generator
) -> list[dict[str, object]]:  # fmt: skip
    """Last year's listing of each good that was sold, by province: 16 to 26 days before the feast; a third of them are
    listed again already."""
    rows: list[dict[str, object]] = []
    for good in np.unique(bought):
        last = feast - int(rng.integers(16, 27)) * DAY
        again = rng.random() < 1 / 3
        for code in CODES:
            spread = int(rng.integers(-2, 3)) * DAY + 2 * HOUR
            begun = [last + spread] + ([clock.until - int(rng.integers(1, 12)) * DAY + spread % DAY] if again else [])
            for at in begun:
                rows.append({"platform": PLATFORM, "id": f"r{len(rows)}", "occurred_at": at,
                             "product": f"p{good:06d}", "region": f"{code}0000"})  # fmt: skip
    return rows


def _truth(made: Plan, clock: Clock) -> list[Truth]:
    found = []
    for outcome, good, mode, quarter, points in made.worse:
        begins, ends = made.quarters[quarter]
        found.append(Truth("uneven_quality", "violation", WORSE, PLATFORM, PLATFORM, f"p{good:06d}/{MODES[mode]}",
                           begins, ends, points, RULES[outcome]))  # fmt: skip
    for good, pattern in sorted(made.alike.items()):
        for outcome in OUTCOMES:
            found.append(Truth("uneven_quality", "lookalike", pattern, PLATFORM, PLATFORM, f"p{good:06d}/",
                               clock.start, clock.until, 0.0, RULES[outcome]))  # fmt: skip
    return found
