"""Names in the twin's market: under what each shop trades, what is registered, and who trades under another's name.

Names are of characters of which no two sound alike, no triple twice: what reads alike was made so. Truth is by plan,
but for how many lines the user of an earlier name had sold, which is counted from the orders.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from guiju.twin.market import DAY, Market
from guiju.twin.plans import grade
from guiju.twin.settling import Truth
from guiju.twin.tables import Names, append_rows, write_rows

RULE = "no_confusable_names"
CHECK = "copied_identities"
MOST_SELLERS = 40
LEAST_LINES, LEAST_DAYS = 500, 14
REGISTERED = 700  # names on each platform
BY_CHANCE = 3  # pairs of strangers in different trades whose names read alike
SPARE = 3_000  # names for the registers and for those who copy
CHARACTERS = "松石竹梅溪泉川海河湖月星日晨晴雪霜雨春夏秋冬稻桃橙鹿鸽牛岭麦马"
TRADITIONAL = {"岭": "嶺", "麦": "麥", "马": "馬", "鸽": "鴿"}
SOUND = {
    "松": "宋",
    "石": "时",
    "竹": "珠",
    "梅": "美",
    "溪": "西",
    "海": "孩",
    "河": "荷",
    "湖": "狐",
    "星": "行",
    "桃": "逃",
}
LATIN = ("Zimbrelo", "Quistaro", "Fyndolia", "Vexorila", "Truvolio", "Gapholis", "Wombrilo", "Jexilona")
HONEST = (
    "licensed", "used_before_it_was_registered", "another_trade", "registered_too", "the_holders_own_name",
    "changed_within_days", "registration_had_ended", "says_what_it_repairs", "a_name_that_many_use",
    "earlier_shop_hardly_known", "one_character_differs", "general_words_alone", "two_characters",
    "licences_not_on_record", "an_unregistered_name_that_several_use",
)  # fmt: skip
AGAINST = (
    "as_written", "an_earlier_shops_name", "traditional", "inserted", "sounds_alike", "letters_alike", "full_width",
    "as_written_amid_other_words",
)  # fmt: skip
Row = dict[str, Any]


@dataclass
class Register:
    """Rows in the making."""

    market: Market
    triples: list[str]
    shown: list[Row] = field(default_factory=list)
    brands: list[Row] = field(default_factory=list)
    grants: list[Row] = field(default_factory=list)
    numbers: count[int] = field(default_factory=count)

    def fresh(self, first: str = CHARACTERS) -> str:
        """A name that nobody has, which begins with one of these."""
        return next(name for name in map(self.triples.__getitem__, self.numbers) if name[0] in first)

    def show(self, platform: str, holder: str, name: str, category: str, begins: int, **other: Any) -> None:
        row = {"platform": platform, "holder": holder, "kind": "shop", "shown_name": name, "category": category}
        self.shown.append(row | {"valid_from": begins} | other)

    def enter(self, platform: str, name: str, category: str, begins: int, **other: Any) -> str:
        """A registered name with an owner and a dealer of its own; the brand."""
        brand = f"mark-{len(self.brands):04d}"
        self.grants.append({"platform": platform, "brand": brand, "grantor": f"owner-of-{brand}",
                            "grantee": f"dealer-of-{brand}", "valid_from": begins})  # fmt: skip
        self.brands.append({
            "platform": platform, "brand": brand, "name": name, "owner": f"owner-of-{brand}", "category": category,
            "ordinary": "no", "valid_from": begins,
        } | other)  # fmt: skip
        return brand


def write(out: Path, market: Market, names: Names, rng: np.random.Generator, plants: bool) -> list[Truth]:
    """The table `trade_names`, rows put to `brands` and `authorisations`; who trades under another's name."""
    register, clock, true = Register(market, _triples(rng, market.sellers)), market.clock, list[Truth]()
    long_ago, categories = clock.start - 900 * DAY, sorted({*market.category})
    for place in range(REGISTERED * len(market.platforms)):
        platform = market.platforms[place % len(market.platforms)]
        register.enter(platform, register.fresh(), categories[int(rng.integers(len(categories)))], long_ago)
    for pair in range(BY_CHANCE):
        name = register.fresh()
        for one in (0, 1):
            register.enter(market.platforms[0], name, categories[(2 * pair + one) % len(categories)], long_ago)
    for seller in range(market.sellers):
        platform, category = market.platforms[int(market.platform[seller])], market.category[int(market.plain[seller])]
        own = f"{register.fresh()}{('旗舰店', '专营店', '优选')[seller % 3]}"
        register.show(platform, market.seller_name(seller), own, category, int(market.joined[seller]))
    most = min(MOST_SELLERS, market.sellers)
    for place in range(most):
        at = clock.since + int(rng.integers(200, 300)) * DAY + int(rng.integers(0, DAY))
        if place < len(HONEST):
            right = _honest(register, place, at, categories)
            true.append(_row(market, place, HONEST[place], right, at, clock.until, 0.0, "lookalike"))
        elif plants:
            pattern = AGAINST[(place - len(HONEST)) % len(AGAINST)]
            days = grade(place - len(HONEST), most - len(HONEST), LEAST_DAYS + 0.1, 150)
            right, ends = _against(register, place, at, pattern, int(days * DAY))
            ends = min(ends, clock.until)
            wrong = pattern != "an_earlier_shops_name" or _known(out, market, right, at)
            kind, strength = ("violation", (ends - at) / DAY) if wrong else ("lookalike", 0.0)
            true.append(_row(market, place, pattern, right, at, ends, strength, kind))
    for letter, rows in (("w", register.shown), ("b1", register.brands), ("a1", register.grants)):
        for number, row in enumerate(rows):
            row["id"] = f"{letter}{number:05d}"
    write_rows(out, "trade_names", register.shown)
    append_rows(out, "brands", register.brands)
    append_rows(out, "authorisations", register.grants)
    return true


def _triples(rng: np.random.Generator, sellers: int) -> list[str]:
    """Names of three characters that differ, in an order drawn: enough for every shop, yet not all there are."""
    n = len(CHARACTERS)
    at = rng.permutation(n**3)
    parts = np.stack([at // n**2, at // n % n, at % n])
    whole = (parts[0] != parts[1]) & (parts[1] != parts[2]) & (parts[0] != parts[2])
    return ["".join(CHARACTERS[c] for c in triple) for triple in parts[:, whole].T[: max(9_000, sellers + SPARE)]]


def _row(
    market: Market, place: int, pattern: str, right: str, begins: int, ends: int, strength: float, kind: str
) -> Truth:
    platform, shop = market.platforms[int(market.platform[place])], market.seller_name(place)
    return Truth(CHECK, kind, pattern, platform, shop, right, begins, ends, strength, RULE)


def _honest(register: Register, place: int, at: int, categories: list[str]) -> str:
    """One shop that shows a name like another's, and may; the right it only seems to meet."""
    market, pattern = register.market, HONEST[place]
    platform, shop = market.platforms[int(market.platform[place])], market.seller_name(place)
    category, long_ago = market.category[int(market.plain[place])], market.clock.start - 900 * DAY
    name, other, entered, begun = register.fresh(), dict[str, Any](), dict[str, Any](), long_ago
    shown, trade = f"{name}旗舰店", category
    if pattern == "used_before_it_was_registered":
        begun = at + DAY
    elif pattern == "another_trade":
        trade = next(c for c in categories if c != category)
    elif pattern == "the_holders_own_name":
        other["basis"] = "own_name"
    elif pattern == "changed_within_days":
        other["valid_to"] = at + (LEAST_DAYS - 1) * DAY
    elif pattern == "registration_had_ended":
        entered["valid_to"] = at - DAY
    elif pattern == "says_what_it_repairs":
        shown = f"{name}维修配件"
    elif pattern == "one_character_differs":
        shown = f"{name[:2]}{next(c for c in CHARACTERS if name[:2] + c not in register.triples)}旗舰店"
    elif pattern == "general_words_alone":
        name, shown = "优选生鲜", "优选生鲜旗舰店"
    elif pattern == "two_characters":
        name, shown = name[:2], f"{name[:2]}旗舰店"
    if pattern == "an_unregistered_name_that_several_use":
        right = market.seller_name(place + len(market.platforms))
        register.show(platform, right, name, category, long_ago, kind="account")
        for n in range(4):
            register.show(platform, f"account-{n}", f"{name}小店", category, at - 40 * DAY, kind="account")
    elif pattern == "earlier_shop_hardly_known":
        right = market.seller_name(place + len(market.platforms))
        register.show(platform, right, name, category, at - 2 * DAY, kind="account")
    else:
        right = register.enter(platform, name, category, begun, **entered)
    if pattern == "licences_not_on_record":
        register.grants.pop()
    elif pattern == "licensed":
        register.grants.append({"platform": platform, "brand": right, "grantor": f"owner-of-{right}", "grantee": shop,
                                "valid_from": at - 9 * DAY})  # fmt: skip
    elif pattern == "registered_too":
        register.enter(platform, name, category, long_ago, owner=shop)
    elif pattern == "a_name_that_many_use":
        for n in range(6):
            register.enter(platform, name, categories[n % len(categories)], long_ago)
    register.show(platform, shop, shown, trade, at, **other)
    return right


def _against(register: Register, place: int, at: int, pattern: str, stood: int) -> tuple[str, int]:
    """One shop that trades under another's name, spelled so or so; the right, and until when."""
    market = register.market
    platform, shop = market.platforms[int(market.platform[place])], market.seller_name(place)
    category, ends = market.category[int(market.plain[place])], at + stood
    if pattern == "an_earlier_shops_name":
        other = place - len(market.platforms)  # of the same platform
        right = market.seller_name(other)
        known = next(row["shown_name"] for row in register.shown if row["holder"] == right)
        register.show(
            platform, shop, f"北京{known[:3]}商城", market.category[int(market.plain[other])], at, valid_to=ends
        )
        return right, ends
    name = register.fresh()
    if pattern in ("letters_alike", "full_width"):
        name = f"{LATIN[place % len(LATIN)]}{'abcdefgh'[place // len(LATIN)]}"
    elif pattern == "traditional":
        name = register.fresh("".join(TRADITIONAL))
    elif pattern == "sounds_alike":
        name = register.fresh("".join(SOUND))
    right = register.enter(platform, name, category, market.clock.start - 900 * DAY)
    shown = {
        "as_written": f"{name}官方旗舰店",
        "as_written_amid_other_words": f"上海{name} 优选超市",
        "traditional": f"{''.join(TRADITIONAL.get(c, c) for c in name)}旗舰店",
        "inserted": "·".join(name) + "专卖店",
        "sounds_alike": f"{''.join(SOUND.get(c, c) for c in name)}旗舰店",
        "letters_alike": f"{name.replace('o', '0').replace('l', '1')} 旗舰店",
        "full_width": "".join(chr(ord(c) + 0xFEE0) for c in name) + "专营店",
    }[pattern]
    kind = ("shop", "account", "app")[place % 3]
    register.show(platform, shop, shown, category, at, kind=kind, valid_to=ends if place % 4 else None)
    return right, ends if place % 4 else 2**62


def _known(out: Path, market: Market, shop: str, ends: int) -> bool:
    """Whether the shop had sold enough under its first name; in a very small market none has."""
    rows = pq.read_table(out / "orders.parquet", columns=["occurred_at"], filters=pc.field("seller") == shop)
    at = rows["occurred_at"].cast(pa.int64()).to_numpy()
    return bool(((at >= int(market.joined[int(shop[1:])])) & (at < ends)).sum() >= LEAST_LINES)
