"""A store network read from records: who and what takes part, what was sold, what is left out and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from guiju.audit.opened import Opened
from guiju.audit.report.words import Pair
from guiju.market import midnight
from guiju.market.matching.demand import Sold
from guiju.market.matching.problem import Codes, Counts, Reals
from guiju.market.pages import say
from guiju.records.errors import BadInput, hint

if TYPE_CHECKING:
    import ibis
    import polars as pl

MODES = ("merchant", "warehouse", "owner")
TABLES = ("stores", "supplies", "delivery_areas", "products", "orders")
DAY = timedelta(days=1)


@dataclass(frozen=True)
class LeftOut:
    """Rows of a table that take no part, for one reason; `unit`: what is counted."""

    table: str
    ids: list[str]
    why: Pair


@dataclass(frozen=True)
class Network:
    """stores: sorted by region, channel and id: id, owner, region, channel, places, sold. supplies: sorted by product
    and id: id, seller, product, name, category, mode, place, lots, lot_quantity, price, only_channel. days: for how
    many days a supply is delivered to a region, [supplies, regions]. sold: for the model. learned: order rows it rests
    on; strange: those of stores that take no part, or of categories that nothing is on offer in."""

    platform: str
    day: date
    currency: str
    stores: pl.DataFrame
    supplies: pl.DataFrame
    regions: list[str]
    goods: list[str]
    days: Reals
    sold: Sold
    learned: int
    strange: int
    left_out: list[LeftOut]

    @property
    def region(self) -> Codes:
        """Of a store, its place in `regions`."""
        place = {region: n for n, region in enumerate(self.regions)}
        return np.array([place[region] for region in self.stores["region"]], np.int32)

    @property
    def good(self) -> Codes:
        """Of a supply, its place in `goods`."""
        place = {good: n for n, good in enumerate(self.goods)}
        return np.array([place[good] for good in self.supplies["product"]], np.int32)

    @property
    def lots(self) -> Counts:
        return self.supplies["lots"].to_numpy().astype(np.int64)


def covers(area: str, region: str) -> bool:
    """Whether a region lies in an area: the same, in its GB/T 2260 province or city, or after its hyphen."""
    if len(area) == 6 and area.isdigit():
        return region.startswith(area[:2] if area.endswith("0000") else area[:4] if area.endswith("00") else area)
    return region == area or region.startswith(f"{area}-")


def home(region: str) -> str:
    """The region whose stores are learned from together: a province of GB/T 2260, or what is before a zone."""
    return region[:2] if region[:6].isdigit() and len(region) >= 6 else region.rpartition("-")[0] or region


def read(desk: Opened, day: date, platform: str | None, window_days: int, horizon_days: int, places: int) -> Network:
    """The network on a day. Raises BadInput where nothing can be matched, naming what is missing."""
    for table, begins in zip(TABLES, ("a matching", "a matching", "delivery", "what a good is", "demand"), strict=True):
        if table != "orders":
            desk.need(table, begins)
    of = _platform(desk, platform)
    left: list[LeftOut] = []
    stores = _stores(desk, of, day, places, left)
    supplies, currency = _supplies(desk, of, left)
    regions = sorted(set(stores["region"]))
    stores, supplies, days = _deliverable(desk, of, day, horizon_days, stores, supplies, regions, left)
    goods = sorted(set(supplies["product"]))
    sold, money, learned, strange = _sold(desk, of, day, window_days, stores, supplies, goods)
    stores = stores.with_columns(sold=money)
    return Network(of, day, currency, stores, supplies, regions, goods, days, sold, learned, strange, left)


def _platform(desk: Opened, wanted: str | None) -> str:
    found = [str(name) for name in desk.frame(desk.table("stores").select("platform").distinct())["platform"]]
    if wanted is None and len(found) > 1:
        raise BadInput(f"the stores are of {len(found)} platforms ({', '.join(found[:5])}): say which by --platform")
    if wanted is not None and wanted not in found:
        raise BadInput(f"there are no stores of platform {wanted!r}; {hint(wanted, found, 'there are')}")
    return wanted or found[0]


def _told(name: str, **values: object) -> Pair:
    return say("matching", name, **values)


def _part(rows: pl.DataFrame, bad: pl.Series, table: str, why: Pair, left: list[LeftOut]) -> pl.DataFrame:
    """The rows that stay; the others are noted."""
    if bad.any():
        left.append(LeftOut(table, rows.filter(bad)["id"].to_list(), why))
    return rows.filter(~bad)


def _stores(desk: Opened, of: str, day: date, places: int, left: list[LeftOut]) -> pl.DataFrame:
    import polars as pl

    table = desk.table("stores")
    rows = desk.frame(table.filter(table.platform == of).drop("platform"))
    begins = midnight(day, desk.zone)
    rows = _part(rows, rows["region"].is_null(), "stores", _told("no_region"), left)
    rows = _part(rows, (rows["closed_at"] <= begins).fill_null(False), "stores", _told("closed"), left)
    rows = _part(rows, (rows["opened_at"] > begins).fill_null(False), "stores", _told("not_open"), left)
    rows = rows.with_columns(places=pl.col("max_listings").fill_null(places), channel=pl.col("channel").fill_null(""))
    rows = _part(rows, rows["places"] <= 0, "stores", _told("no_places"), left)
    if rows.is_empty():
        raise BadInput(f"no store can take part on {day}: {left[-1].why[1] if left else 'stores is empty'}")
    return rows.sort("region", "channel", "id").select("id", "owner", "region", "channel", "places", "opened_at")


def _supplies(desk: Opened, of: str, left: list[LeftOut]) -> tuple[pl.DataFrame, str]:
    import polars as pl

    table, products = desk.table("supplies"), desk.table("products")
    rows = desk.frame(table.filter(table.platform == of).drop("platform"))
    known = desk.frame(products.filter(products.platform == of).select("id", "name", "category"))
    rows = rows.join(known.rename({"id": "product"}), on="product", how="left")
    rows = _part(rows, ~rows["product"].is_in(known["id"].implode()), "supplies", _told("no_product"), left)
    rows = _part(rows, rows["category"].is_null(), "supplies", _told("no_category"), left)
    rows = _part(rows, ~rows["mode"].is_in(MODES), "supplies", _told("no_mode", modes=", ".join(MODES)), left)
    lot = pl.col("lot_quantity").fill_null(1).cast(pl.Float64)
    rows = rows.with_columns(lot_quantity=lot, price=pl.col("price").cast(pl.Float64),
                             name=pl.col("name").fill_null(pl.col("product")))  # fmt: skip
    rows = rows.with_columns(lots=(pl.col("quantity").cast(pl.Float64) / pl.col("lot_quantity") + 1e-9).floor())
    rows = _part(rows, rows["lots"] < 1, "supplies", _told("no_stock"), left)
    if rows.is_empty():
        raise BadInput(f"there is no supply to match: {left[-1].why[1] if left else 'supplies is empty'}")
    return rows.sort("product", "id").drop("occurred_at", "quantity"), str(rows["currency"][0])


def _deliverable(
    desk: Opened, of: str, day: date, horizon: int, stores: pl.DataFrame, supplies: pl.DataFrame, regions: list[str],
    left: list[LeftOut],
) -> tuple[pl.DataFrame, pl.DataFrame, Reals]:  # fmt: skip
    """Days for which each supply is delivered to each region; supplies and stores that nothing joins are left out."""
    import polars as pl

    table, begins = desk.table("delivery_areas"), midnight(day, desk.zone)
    areas = desk.frame(table.filter(table.platform == of).drop("platform"))
    areas = _part(areas, ~areas["supply"].is_in(desk_ids(desk, "supplies", of).implode()), "delivery_areas",
                  _told("no_supply"), left)  # fmt: skip
    within = {area: [n for n, region in enumerate(regions) if covers(area, region)] for area in set(areas["region"])}
    place = {supply: n for n, supply in enumerate(supplies["id"])}
    days, named = np.zeros((len(place), len(regions))), np.zeros(len(place), bool)
    for supply, area, since, last in areas.select("supply", "region", "valid_from", "last_order_at").iter_rows():
        if supply in place:
            at = place[supply]
            named[at] = True
            lasts = _days_left(begins, since, last, horizon)
            days[at, within[area]] = np.maximum(days[at, within[area]], lasts)
    supplies = _part(
        supplies.with_columns(at=np.arange(len(place))), pl.Series(~named), "supplies", _told("no_area"), left
    )
    cells = stores.select("region", "channel").unique()
    where = {region: n for n, region in enumerate(regions)}
    open_to = [
        any(days[at, where[region]] > 0 and only in (None, channel) for region, channel in cells.iter_rows())
        for at, only in supplies.select("at", "only_channel").iter_rows()
    ]
    supplies = _part(supplies, ~pl.Series(open_to, dtype=pl.Boolean), "supplies", _told("nobody"), left)
    if supplies.is_empty():
        raise BadInput(f"no good can be listed anywhere on {day}: {left[-1].why[1]}")
    days = days[supplies["at"].to_numpy()]
    channels = supplies["only_channel"].to_list()
    served = {
        cell for cell in cells.iter_rows()
        if any(d > 0 and only in (None, cell[1]) for d, only in zip(days[:, where[cell[0]]], channels, strict=True))
    }  # fmt: skip
    bad = pl.Series([cell not in served for cell in stores.select("region", "channel").iter_rows()], dtype=pl.Boolean)
    for region in sorted(set(stores.filter(bad)["region"])):
        stores_there = bad & (stores["region"] == region)
        left.append(LeftOut("stores", stores.filter(stores_there)["id"].to_list(), _told("no_delivery", region=region)))
    return stores.filter(~bad), supplies.drop("at"), days


def _days_left(begins: datetime, since: datetime | None, last: datetime | None, horizon: int) -> float:
    """For how many days of the horizon orders are taken."""
    ends = begins + horizon * DAY
    return max((min(last or ends, ends) - max(since or begins, begins)) / DAY, 0.0)


def desk_ids(desk: Opened, name: str, of: str) -> pl.Series:
    table = desk.table(name)
    return desk.frame(table.filter(table.platform == of).select("id"))["id"]


def _sold(
    desk: Opened, of: str, day: date, window: int, stores: pl.DataFrame, supplies: pl.DataFrame, goods: list[str],
) -> tuple[Sold, pl.Series, int, int]:  # fmt: skip
    """Units by store and category, and by home region and good; money by store."""
    import polars as pl

    until = midnight(day, desk.zone)
    since = midnight(day - window * DAY, desk.zone)
    categories = sorted(set(supplies["category"]))
    homes = [home(region) for region in stores["region"]]
    at_home = {name: n for n, name in enumerate(sorted(set(homes)))}
    region = np.array([at_home[name] for name in homes], np.int32)
    open_since = pl.max_horizontal(pl.col("opened_at").fill_null(since), pl.lit(since))
    days = stores.select((pl.lit(until) - open_since).dt.total_seconds() / 86_400)["literal"].to_numpy()
    category = dict(supplies.select("product", "category").unique().iter_rows())
    learned, strange = 0, 0
    units = csr_array((len(stores), len(categories)))
    of_goods, money = np.zeros((len(at_home), len(goods))), pl.Series("sold", np.zeros(len(stores)))
    index = stores.select("id", "region").with_row_index("store").with_columns(home=pl.Series(region))
    if desk.has("orders"):
        by_store, by_good, learned, strange = _counted(desk, of, since, until, index, categories, goods)
        units = csr_array(
            (by_store["units"].to_numpy(), (by_store["store"].to_numpy(), by_store["category"].to_numpy())),
            shape=units.shape,
        )
        np.add.at(of_goods, (by_good["home"].to_numpy(), by_good["good"].to_numpy()), by_good["units"].to_numpy())
        sums = by_store.group_by("store").agg(pl.col("amount").sum())
        whole = np.zeros(len(stores))
        whole[sums["store"].to_numpy()] = sums["amount"].to_numpy()
        money = pl.Series("sold", whole)
    its = np.array([categories.index(category[good]) for good in goods], np.int32)
    return Sold(units, region, np.maximum(days, 1e-6), of_goods, its), money, learned, strange


def _counted(
    desk: Opened, of: str, since: datetime, until: datetime, index: pl.DataFrame, categories: list[str],
    goods: list[str],
) -> tuple[pl.DataFrame, pl.DataFrame, int, int]:  # fmt: skip
    """Sums over orders, made by the engine: by store and category, by region and good; rows used, and others."""
    import polars as pl

    orders, products = desk.table("orders"), desk.table("products")
    asked = orders.filter(orders.platform == of, orders.occurred_at >= since, orders.occurred_at < until)
    asked = asked.select(store=asked.seller, product=asked.product, units=asked.quantity.cast("float64"),
                         amount=asked.gross_amount.cast("float64"))  # fmt: skip
    known = products.filter(products.platform == of).select(product=products.id, category=products.category)
    joined = asked.left_join(known, "product")
    sums = joined.group_by("store", "category").agg(
        units=joined.units.sum(), amount=joined.amount.sum(), rows=joined.count()
    )
    fetched = desk.frame(sums.select("store", "category", "units", "amount", "rows"))
    codes = pl.DataFrame({"category": categories}).with_row_index("code")
    by_store = fetched.rename({"store": "id"}).join(index, on="id", how="inner").join(codes, on="category", how="inner")
    by_store = by_store.drop("category").rename({"code": "category"})
    used = int(by_store["rows"].sum())
    return by_store, _by_good(desk, asked, index, goods), used, int(fetched["rows"].sum()) - used


def _by_good(desk: Opened, asked: ibis.Table, index: pl.DataFrame, goods: list[str]) -> pl.DataFrame:
    """Units by home region and good, from sums by region."""
    import polars as pl

    stores = desk.table("stores")
    joined = asked.inner_join(stores.select(store=stores.id, region=stores.region), "store")
    sums = desk.frame(joined.group_by("region", "product").agg(units=joined.units.sum()))
    codes = pl.DataFrame({"product": goods}).with_row_index("good")
    homes = index.select("region", "home").unique()
    return sums.join(homes, on="region", how="inner").join(codes, on="product", how="inner")
