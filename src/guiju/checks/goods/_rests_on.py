"""The records a finding on a brand's name rests on."""

import ibis
from ibis import Table, _

CASE = ["platform", "seller", "currency", "brand"]
OWN = ["subject", "object", "currency", "episode_start"]


def records(
    found: Table, wrong: Table, authorised: Table, lines: Table, listings: Table, products: Table, orders: Table,
    brands: Table, authorisations: Table,
) -> dict[str, Table]:  # fmt: skip
    """By table: the offers and those of the brand's own shops, their products, what was sold, names and links."""
    keys = found.select("platform", *OWN, seller=_.subject, brand=_.object)
    theirs = wrong.inner_join(keys, CASE).select("platform", "id", "product", *OWN)
    measured = authorised.inner_join(keys.drop("seller"), ["platform", "currency", "brand"])
    offers = ibis.union(theirs, measured.select("platform", "id", "product", *OWN), distinct=True)
    goods = offers.select("platform", *OWN, id=_["product"]).distinct()
    sold = lines.inner_join(keys, CASE).select("platform", "id", *OWN).distinct()
    return {
        "listings": _rows(listings, offers.drop("product"), ["platform", "id"]),
        "products": _rows(products, goods, ["platform", "id"]),
        "orders": _rows(orders, sold, ["platform", "id"]),
        "brands": _rows(brands, keys.drop("seller"), ["platform", "brand"]),
        "authorisations": _rows(authorisations, keys.drop("seller"), ["platform", "brand"]),
    }


def _rows(table: Table, keys: Table, on: list[str]) -> Table:
    """The rows of a table that the keys name, with the finding's key; a table's own currency is the finding's."""
    without = table.drop("currency") if "currency" in table.columns else table
    return without.inner_join(keys, on).select(*OWN, *(c for c in table.columns if c != "currency"))
