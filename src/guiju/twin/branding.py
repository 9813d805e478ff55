"""Brands in the twin's market: who may sell them, who spells them otherwise at a fraction of their price, and why.

The offers of `write` are goods of their own, never ordered; only shops whose authorisation ended sell a product of the
market, under a new title. Truth is counted from the listings, name by name, in the twin's own small words for spelling.
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

from guiju.twin.market import DAY, HOUR, Market
from guiju.twin.plans import grade
from guiju.twin.settling import Truth
from guiju.twin.tables import Names, append_rows, retitle, write_rows

RULE = "no_counterfeit_goods"
CHECK = "counterfeit_listings"
MOST_SELLERS = 40
MAX_PRICE_PCT, SELL_OFF_DAYS, MIN_HOURS = 50, 180, 24
CHARACTERS = (  # as written, its traditional form, one that sounds like it
    *(
        "云雲运",
        "蓝藍兰",
        "龙龍隆",
        "凤鳳奉",
        "丽麗莉",
        "华華花",
        "宝寶保",
        "绿綠律",
        "锦錦金",
        "润潤闰",
        "湾灣丸",
        "园園圆",
    ),
    *("鲜鮮先", "乡鄉香", "农農浓", "达達答"),
)
LATIN = (
    "Velora", "Ostrilo", "Calidon", "Morvalo", "Lionelo", "Tavolia", "Solvane", "Arolina", "Nerolva", "Dolvera",
)  # fmt: skip
HONEST = (
    "authorised_through_chain", "clearance_with_authorisation", "second_hand", "accessory", "parallel_import",
    "ordinary_word", "just_above_half", "own_brand_sounds_alike", "stock_left_after_authorisation", "other_goods",
    "misprint_mended_at_once", "sold_before_registration",
)  # fmt: skip
SPELLED_LATIN = ("letters_alike", "full_width", "cyrillic_letters", "inserted_characters")
SPELLED_CHINESE = ("traditional", "inserted_characters", "sounds_alike", "inserted_and_sounds_alike")
WITHOUT = ("never_authorised", "authorisation_ended", "link_ended", "not_from_the_owner")
Row = dict[str, Any]
Offer = tuple[int, int, int | None]  # posted at, fen, ended at or not


@dataclass
class Shelf:
    """Rows in the making."""

    market: Market
    brands: list[Row] = field(default_factory=list)
    grants: list[Row] = field(default_factory=list)
    offers: list[Row] = field(default_factory=list)
    goods: list[Row] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)  # of products that are sold anyway
    numbers: count[int] = field(default_factory=count)

    def put(self, seller: int, category: str, title: str, *offers: Offer) -> str:
        """A product of its own, with its offers (posted at, ended at or never, fen); its id."""
        name = self.market.product_name(self.market.products + next(self.numbers))
        platform = self.market.platforms[int(self.market.platform[seller])]
        self.goods.append({
            "platform": platform, "id": name, "name": title, "category": category, "listed_at": offers[0][0],
        })  # fmt: skip
        for at, fen, ended in offers:
            self.offers.append({
                "platform": platform, "seller": self.market.seller_name(seller), "product": name, "occurred_at": at,
                "price": fen, "ended_at": ended,
            })  # fmt: skip
        return name


def write(out: Path, market: Market, names: Names, rng: np.random.Generator, plants: bool) -> list[Truth]:
    """The tables `brands` and `authorisations`, titles of products, and offers put to `listings`; who counterfeits."""
    shelf, true = Shelf(market), list[Truth]()
    listed = pq.read_table(out / "listings.parquet")
    most = min(MOST_SELLERS, market.sellers)
    planted = most - len(HONEST)
    for place in range(most):
        if place < len(HONEST):
            true.append(_honest(shelf, rng, place))
        elif plants:
            true.append(_against(shelf, rng, place, grade(place - len(HONEST), planted, 0.505, 0.85), listed))
        else:
            rng.integers(0, 2**31)
    for letter, rows in (("b", shelf.brands), ("a", shelf.grants)):
        for number, row in enumerate(rows):
            row["id"] = f"{letter}{number:05d}"
    write_rows(out, "brands", shelf.brands)
    write_rows(out, "authorisations", shelf.grants)
    for number, row in enumerate(shelf.offers):
        row |= {"id": f"f{listed.num_rows + number:09d}", "currency": "CNY"}
    append_rows(out, "listings", shelf.offers)
    append_rows(out, "products", shelf.goods)
    retitle(out, shelf.titles)
    return true


def name_of(place: int) -> str:
    """The name of the brand at a place: every fourth in Latin letters."""
    if place % 4 == 3:
        return LATIN[place // 4 % len(LATIN)]
    parts = (place, 5 * place + 3, 7 * place + 2 + place // len(CHARACTERS))
    return "".join(CHARACTERS[part % len(CHARACTERS)][0] for part in parts)


def spelled(name: str, how: str) -> str:
    """The name, spelled so that a search for it fails and an eye does not."""
    forms = {word[0]: word for word in CHARACTERS}
    if how == "letters_alike":
        return name.replace("l", "1").replace("o", "0")
    if how == "full_width":
        return "".join(chr(ord(c) + 0xFEE0) for c in name)
    if how == "cyrillic_letters":
        return name.replace("o", "о").replace("a", "а").replace("e", "е")
    if how == "traditional":
        return "".join(forms[c][1] for c in name)
    if how.endswith("sounds_alike"):
        name = name[:1] + forms[name[1]][2] + name[2:]
    return "·".join(name) if how.startswith("inserted") else name


def _brand(shelf: Shelf, rng: np.random.Generator, place: int, category: str, floor: int, **other: Any) -> str:
    """A brand with an owner, a dealer and three shops that may sell it, and six offers of theirs from `floor` up."""
    market, clock = shelf.market, shelf.market.clock
    platform, brand, name = market.platforms[int(market.platform[place])], f"brand-{place:02d}", name_of(place)
    shelf.brands.append({
        "platform": platform, "brand": brand, "name": name, "owner": f"owner-{place:02d}", "category": category,
        "ordinary": "no", "valid_from": clock.start - 900 * DAY,
    } | other)  # fmt: skip
    fellows = [s for s in range(market.sellers) if s % 3 == place % 3 and s != place]
    shops = [fellows[(place + n) % len(fellows)] for n in range(3)]
    _grant(shelf, place, "owner", "dealer", clock.start - 900 * DAY)
    for n, shop in enumerate(shops):
        _grant(shelf, place, "owner" if n == 0 else "dealer", market.seller_name(shop), clock.start - 800 * DAY)
    posted = clock.start + int(rng.integers(2, 9)) * DAY
    for n, factor in enumerate((100, 110, 120, 135, 150, 180)):
        fen = -(-floor * factor // 100)
        later = (posted + 150 * DAY, fen + 300, None)
        title = f"{name} 旗舰 {n + 1} 号"
        shelf.put(shops[n % 3], category, title, (posted, fen, None), *((later,) if n == 3 else ()))
    return brand


def _grant(shelf: Shelf, place: int, grantor: str, grantee: str, begins: int, ends: int | None = None) -> None:
    """Owner and dealers are the brand's own."""
    own = {"owner", "dealer", "second_dealer", "stranger"}
    who = [f"{party}-{place:02d}" if party in own else party for party in (grantor, grantee)]
    shelf.grants.append({
        "platform": shelf.market.platforms[int(shelf.market.platform[place])], "brand": f"brand-{place:02d}",
        "grantor": who[0], "grantee": who[1], "valid_from": begins, "valid_to": ends,
    })  # fmt: skip


def _honest(shelf: Shelf, rng: np.random.Generator, place: int) -> Truth:
    """One shop whose conduct looks bad."""
    market, clock, pattern = shelf.market, shelf.market.clock, HONEST[place]
    category, shop = market.category[int(market.plain[place])], market.seller_name(place)
    floor = int(rng.integers(30, 200)) * 100
    fen = floor * 52 // 100 if pattern == "just_above_half" else floor * 35 // 100
    posted = clock.since + int(rng.integers(40, 300)) * DAY + int(rng.integers(0, DAY))
    other: Row = {"ordinary": "yes"} if pattern == "ordinary_word" else {}
    if pattern == "sold_before_registration":
        other = {"valid_from": posted + 5 * DAY}
    brand, name = _brand(shelf, rng, place, category, floor, **other), name_of(place)
    title = spelled(name, (SPELLED_LATIN if name[0] in "".join(LATIN) else SPELLED_CHINESE)[place % 4])
    if pattern == "authorised_through_chain":
        _grant(shelf, place, "dealer", "second_dealer", posted - 90 * DAY)
        _grant(shelf, place, "second_dealer", shop, posted - 60 * DAY, posted + 60 * DAY)
    elif pattern == "clearance_with_authorisation":
        _grant(shelf, place, "owner", shop, posted - 60 * DAY)
        title = f"清仓 {name}"
    elif pattern == "second_hand":
        title = f"二手 {title} 九成新"
    elif pattern == "accessory":
        title = f"适用于{title} 配件"
    elif pattern == "parallel_import":
        title = f"海外直郵 {spelled(name, 'traditional')} 原裝"
    elif pattern == "own_brand_sounds_alike":
        title = spelled(name, "sounds_alike" if name[0] not in "".join(LATIN) else "letters_alike")
        mine: Row = {"brand": f"{brand}-other", "name": title, "owner": shop, "category": category, "ordinary": "no"}
        shelf.brands.append(mine | {"platform": shelf.brands[-1]["platform"], "valid_from": clock.start - 500 * DAY})
    elif pattern == "stock_left_after_authorisation":
        _grant(shelf, place, "dealer", shop, posted - 500 * DAY, posted - 90 * DAY)
    elif pattern == "other_goods":
        category = next(c for c in market.category if c != category)
    hours = 3 if pattern == "misprint_mended_at_once" else 24 * 40
    again = ((posted + hours * HOUR, floor, None),) if pattern == "misprint_mended_at_once" else ()
    pack = "" if pattern == "parallel_import" else " 家庭装"
    shelf.put(place, category, title + pack, (posted, fen, posted + hours * HOUR), *again)
    platform = market.platforms[int(market.platform[place])]
    return Truth(CHECK, "lookalike", pattern, platform, shop, brand, posted, posted + hours * HOUR, 0.0, RULE)


def _against(shelf: Shelf, rng: np.random.Generator, place: int, depth: float, listed: pa.Table) -> Truth:
    """One shop that spells a brand otherwise, far under its price, without a chain from its owner."""
    market, clock, without = shelf.market, shelf.market.clock, WITHOUT[place % len(WITHOUT)]
    product, name, shop = int(market.plain[place]), name_of(place), market.seller_name(place)
    category = market.category[product]
    how = (SPELLED_LATIN if name in LATIN else SPELLED_CHINESE)[(3 * place + place // 4) % 4]
    title = f"{('正品现货', '家庭装', '一件代发')[place % 3]} {spelled(name, how)} 5 件"
    posted = clock.since + int(rng.integers(190, 300)) * DAY + int(rng.integers(0, DAY))
    if without == "authorisation_ended":
        rows = listed.filter(pc.equal(listed["product"], market.product_name(product))).to_pylist()
        prices = [(_micros(r["occurred_at"]), int(r["price"] * 100)) for r in rows]
        at_hand = [fen for at, fen in prices if at <= posted][-1]
        floor = -(-int(max(fen for _, fen in prices) / (1 - depth)) // 100) * 100
        own = {"platform": market.platforms[int(market.platform[place])], "seller": shop, "occurred_at": posted}
        shelf.offers.append(own | {"product": market.product_name(product), "price": at_hand, "ended_at": None})
        shelf.titles[market.product_name(product)] = title
        offers: list[Offer] = [(posted, at_hand, None), *((at, fen, None) for at, fen in prices if at > posted)]
    else:
        floor = int(rng.integers(30, 200)) * 100
        fen = int(floor * (1 - depth))
        ends = posted + int(rng.integers(20, 60)) * DAY if place % 2 else None
        offers = [(posted, fen, None), (posted + 10 * DAY, fen - 10, ends)]
        shelf.put(place, category, title, *offers)
    brand = _brand(shelf, rng, place, category, floor)
    if without == "authorisation_ended":
        _grant(shelf, place, "dealer", shop, clock.start - 900 * DAY, posted - SELL_OFF_DAYS * DAY)
    elif without == "link_ended":
        _grant(shelf, place, "dealer", "second_dealer", posted - 900 * DAY, posted - 300 * DAY)
        _grant(shelf, place, "second_dealer", shop, posted - 900 * DAY)
    elif without == "not_from_the_owner":
        _grant(shelf, place, "stranger", shop, posted - 900 * DAY)
    return settled(market, place, brand, how, floor, offers)


def settled(market: Market, place: int, brand: str, how: str, floor: int, offers: list[Offer]) -> Truth:
    """By the rule's own definition: the offers far enough under the range, of a shop that has no authorisation."""
    until, wrong = market.clock.until, []
    for (at, fen, ended), after in zip(offers, [*(o[0] for o in offers[1:]), until], strict=True):
        ends = min(after, ended or after)
        if fen * 100 <= floor * MAX_PRICE_PCT and ends > market.clock.since:
            wrong.append((at, ends, fen))
    assert sum(ends - at for at, ends, _ in wrong) >= MIN_HOURS * HOUR
    platform, shop = market.platforms[int(market.platform[place])], market.seller_name(place)
    strength = 100 - 100 * min(fen for _, _, fen in wrong) / floor
    begins, ends = wrong[0][0], max(end for _, end, _ in wrong)
    return Truth(CHECK, "violation", how, platform, shop, brand, begins, ends, strength, RULE)


def _micros(moment: Any) -> int:
    return int(np.datetime64(moment, "us").astype(np.int64))
