"""Who joins and what is printed about it, as a YAML file says.

    group: {zh: 六品牌集团, en: A group of six brands}
    platform: xiangdian
    brands:
      zhuyun: {seller: zhuyun, categories: [pearls]}       # who is to sell it, and in which categories
    statements:
      - {says: {zh: 200 余家店上架, en: more than 200 stores carry it}, of: stores, is: more_than, number: 200}
      - {says: {zh: 品类线上十年第一, en: first in its category for ten years}}       # nothing of it can be counted

`of` names a count of the records: stores (open on the day), their owners, their regions, brands (of the plan),
cleared_brands. `is`: more_than, at_least, about or exactly. A number may be written 200万, 2 million or 2,000,000.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Literal

import msgspec

from guiju.checks.words import Words
from guiju.records.errors import BadInput

COUNTS = ("stores", "owners", "regions", "brands", "cleared_brands")
UNITS = {"万": 10**4, "亿": 10**8, "thousand": 10**3, "million": 10**6, "billion": 10**9}


class Brand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A brand that joins: who is to sell it, and in which categories."""

    seller: str
    categories: tuple[str, ...]


class Printed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"relation": "is"}):
    """A statement as printed, and which count it is about; `of` is None where nothing counts it."""

    says: Words
    of: Literal["stores", "owners", "regions", "brands", "cleared_brands"] | None = None
    relation: Literal["more_than", "at_least", "about", "exactly"] = "exactly"
    number: int | str | None = None

    @property
    def value(self) -> int:
        """The printed number. Raises BadInput where it is none."""
        return numeral(self.number)


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An onboarding as planned."""

    group: Words
    platform: str
    brands: dict[str, Brand]
    statements: tuple[Printed, ...] = ()


def numeral(written: int | str | None) -> int:
    """A whole number as it is printed: 200, 2,000,000, 200万, 2 million. Raises BadInput."""
    text = str(written if written is not None else "").replace(",", "").strip()
    found = re.fullmatch(r"([0-9.]+)\s*([^0-9.\s]*)", text)
    try:
        value = Decimal(found[1]) * (UNITS[found[2]] if found and found[2] else 1) if found else Decimal("NaN")
    except (InvalidOperation, KeyError):
        value = Decimal("NaN")
    if not value.is_finite() or value != int(value) or value < 1:
        raise BadInput(f"{written!r} is no number of things: write it as 200, 2,000,000, 200万 or 2 million")
    return int(value)


def read_plan(path: Path) -> Plan:
    """A plan from its file. Raises BadInput, naming file and place, for what is not one."""
    try:
        plan = msgspec.yaml.decode(path.read_bytes(), type=Plan)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); name a YAML file that says who joins") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path.name}: is not an onboarding's plan: {error}; it says group, platform, brands") from None
    if not plan.brands:
        raise BadInput(f"{path.name}: no brand joins; name one under brands")
    for name, brand in plan.brands.items():
        if not brand.categories:
            raise BadInput(f"{path.name}: brand {name} is to be sold in no category; name one under categories")
    for at, printed in enumerate(plan.statements, 1):
        if (printed.of is None) != (printed.number is None):
            raise BadInput(f"{path.name}: statement {at} says one of `of` and `number` and not the other; give both")
        if printed.of is not None:
            try:
                _ = printed.value
            except BadInput as error:
                raise BadInput(f"{path.name}: statement {at}: {error}") from None
    return plan
