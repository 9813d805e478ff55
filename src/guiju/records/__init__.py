"""What comes in: tables (`schemas/`, one file each), their reading, mapping and quarantine.

A file's name is its table's name; discovery is by folder, there is no list to keep.
Times are UTC without a zone. Keys are (`platform`, `id`). A null is *not known*, never zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis

TEXT, TIME, WHOLE = "string", "timestamp(6)", "int64"
AMOUNT = "decimal(18, 2)"  # a sum of money, in the row's currency
UNIT_PRICE = "decimal(18, 6)"  # money for one unit
QUANTITY = "decimal(18, 3)"  # units: pieces, or kilograms of loose goods
PER_CENT = "decimal(18, 6)"
DEGREES = "decimal(18, 6)"  # of latitude or longitude, WGS 84


@dataclass(frozen=True)
class Column:
    """One column: its type, what it means (unit last), and what a good value is.

    `needed` columns may not be null; `least` is the lowest good value and `above` the bound it must exceed. What is
    `secret` may identify a person: as evidence it is kept masked, and not at all in quarantine.
    """

    name: str
    type: str
    says: str
    needed: bool = False
    least: int | None = None
    above: int | None = None
    secret: bool = False


@dataclass(frozen=True)
class RecordTable:
    """One table of a platform's life: what a row is, its columns, its spans `(from, to)` that must not be
    reversed, and its caps `(parts, whole)`: sums of money that may not exceed another.
    """

    name: str
    says: str
    columns: tuple[Column, ...]
    spans: tuple[tuple[str, str], ...] = ()
    caps: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()

    @property
    def schema(self) -> ibis.Schema:
        """The columns as an Ibis schema."""
        import ibis

        return ibis.schema({c.name: c.type for c in self.columns})

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns)

    def hides(self, name: str) -> bool:
        """Whether a supplied column is kept from view: a secret one, or beside such, one that is not ours."""
        secret = {c.name for c in self.columns if c.secret}
        return bool(secret) and (name in secret or name not in self.names)


@cache
def tables() -> dict[str, RecordTable]:
    """Every table, by name."""
    from guiju.records import schemas

    names = sorted(m.name for m in iter_modules(schemas.__path__))
    return {name: import_module(f"{schemas.__name__}.{name}").TABLE for name in names}


def key(of: str) -> tuple[Column, Column]:
    """The two columns every table begins with."""
    return (
        Column("platform", TEXT, "the platform the row is from", needed=True),
        Column("id", TEXT, f"{of}, unique on its platform", needed=True),
    )
