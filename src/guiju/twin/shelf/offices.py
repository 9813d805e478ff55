"""Where banks have outlets, and whose licence binds them to no place."""

from __future__ import annotations

from datetime import date

from guiju.twin.shelf.parties import CITIES, Shelf
from guiju.twin.shelf.planting import Plans

Row = dict[str, object]
FOUNDED, NEW_OUTLET = date(2015, 6, 1), date(2021, 2, 10)


def rows(shelf: Shelf, plans: Plans) -> list[Row]:
    """A row an outlet; large banks are nationwide besides, banks without outlets say so; one bank opens another."""
    found: list[Row] = []
    since = shelf.at(FOUNDED)
    for b, bank in enumerate(shelf.banks):
        keys: Row = {"platform": bank.name, "bank": bank.name, "kind": "outlet", "valid_from": since}
        if bank.kind in ("large", "online_only"):
            found.append(keys | {"kind": "nationwide" if bank.kind == "large" else "online_only"})
        counties = [(b + city) % len(CITIES[city]) for city in bank.cities]
        found += [keys | {"region": CITIES[city][of]} for city, of in zip(bank.cities, counties, strict=True)]
        if any(plan.pattern == "new_outlet" and plan.bank == b for plan in plans.plans):
            city = (bank.cities[0] + 1) % len(CITIES)
            found.append(keys | {"region": CITIES[city][0], "valid_from": shelf.at(NEW_OUTLET)})
    return [row | {"id": f"u{number:05d}"} for number, row in enumerate(found)]
