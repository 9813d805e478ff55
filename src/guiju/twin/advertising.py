"""What the twin's shops say of themselves: plain words, absolute terms plain or disguised, and honest lookalikes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from guiju.twin.market import DAY, PER_SELLER, Market
from guiju.twin.settling import Truth
from guiju.twin.tables import Names, write_rows

RULE = "no_absolute_claims"
CHECK = "absolute_claims"
ADVERTS = 24  # of a shop, a year
GOODS = ("大米", "茶叶", "车厘子", "纸巾", "橄榄油", "豆腐", "酱油", "毛巾", "坚果", "面条")
INNOCENT = (
    "{}新鲜上架，产地直发", "今日下单，{}明日送达", "{}满59减10", "老客户复购的{}", "{}优惠三天，售完即止",
    "本店{}支持七天无理由退货", "精选{}，价格实惠", "加量不加价的{}",
)  # fmt: skip
CLAIMS = {  # a term, and the texts that hold it
    "国家级": ("国家级{}，放心选购", "本店{}，国家级品质"),
    "最高级": ("最高级的{}，细节见真章", "选用最高级原料做的{}"),
    "最佳": ("{}口感最佳，全城热卖", "送礼最佳选择，{}礼盒"),
    "顶级": ("甄选顶级{}", "顶级{}，送长辈有面子"),
    "极品": ("极品{}，限量发售", "每一口都是极品的{}"),
    "全网最低价": ("{}全网最低价", "全网最低价，{}限时抢"),
    "销量第一": ("销量第一的{}", "{}销量第一，回头客无数"),
    "全国第一": ("全国第一的{}", "好吃到全国第一的{}"),
}
WRITTEN = {  # how a term is written to pass a filter of words
    "plain": {},
    "inserted": {term: "*".join(term) for term in CLAIMS},
    "traditional": {"国家级": "國家級", "最高级": "最高級", "顶级": "頂級", "极品": "極品", "全网最低价": "全網最低價",
                    "销量第一": "銷量第壹", "全国第一": "全國第壹"},
    "split": {"国家级": "国家纟及", "最佳": "最亻圭", "顶级": "丁页级", "极品": "木及品", "全网最低价": "全网最亻氐价"},
    "homophone": {"国家级": "国佳级", "最佳": "蕞佳", "最高级": "蕞高级", "全网最低价": "全网蕞低价",
                  "全国第一": "全国弟一"},
}  # fmt: skip
HONEST = {
    "not_the_best": ("没有最佳，只有更好：{}", "我们的{}并非顶级，却足够实用", "本店{}不使用国家级等绝对化用语"),
    "an_aim": ("力争成为全国第一的{}店", "追求最佳品质的{}", "致力于做顶级的{}"),
    "within_its_own_range": ("店内销量第一的{}", "同系列中最高级的{}"),
    "how_to_use_it": ("{}的最佳食用期为三天", "{}冷藏两小时，即到最佳赏味期"),
    "officially_conferred": ("国家级非物质文化遗产：手工{}", "产自国家级自然保护区的{}"),
    "a_registered_name": ("极品轩牌{}", "极品轩{}礼盒"),
    "a_rank_of_a_time_and_place": ("2024年浙江省{}销量第一", "2024年全国{}市场销量第一，数据来源见详情页"),
    "words_that_only_meet": ("积极品味{}", "价格最高，级别分明的{}"),
}
MARK = "极品轩"
PRAISE = ("金融互联网大数据平台，稳坐行业第一", "越来越多的人选择我们，行业第一")
Row = dict[str, object]


def write(out: Path, market: Market, names: Names, rng: np.random.Generator, plants: bool) -> list[Truth]:
    """The table `adverts`: a text a fortnight or oftener of every shop, and of one platform; and who broke the rule."""
    rows, true = list[Row](), list[Truth]()
    ways = [(way, term) for way, terms in WRITTEN.items() for term in (terms or CLAIMS)]
    ways = [ways[i] for i in rng.permutation(len(ways))]
    wrong = market.sellers // 4 if plants else 0
    for place, seller in enumerate(int(s) for s in rng.permutation(market.sellers)):
        platform, name = market.platforms[int(market.platform[seller])], market.seller_name(seller)
        texts = [(str(rng.choice(INNOCENT)), "") for _ in range(ADVERTS)]
        pattern = ""
        if place < len(HONEST):
            pattern, said = list(HONEST.items())[place]
            texts[: ADVERTS // 2] = [(said[i % len(said)], "") for i in range(ADVERTS // 2)]
        elif place < len(HONEST) + wrong:
            pattern, term = ways[(place - len(HONEST)) % len(ways)]
            # Strength: from one text of twenty-four to all of them.
            many = 1 + (place - len(HONEST)) * (ADVERTS - 1) // max(wrong - 1, 1)
            spelled = WRITTEN[pattern].get(term, term)
            said = tuple(text.replace(term, spelled) for text in CLAIMS[term])
            texts[:many] = [(said[i % len(said)], term) for i in range(many)]
        mine = _shown(market, rng, platform, name, seller * PER_SELLER, texts)
        rows += mine
        true += _true(mine, texts, pattern)
        if place < len(HONEST):
            clock = market.clock
            true.append(Truth(CHECK, "lookalike", pattern, platform, name, "", clock.since, clock.until, 0.0, RULE))
    own = [(PRAISE[i % 2], "行业第一") for i in range(4)] if plants else []
    mine = _shown(market, rng, market.platforms[0], market.platforms[0], None, own)
    true += _true(mine, own, "platform_praises_itself")
    rows = sorted(rows + mine, key=lambda row: (int(str(row["occurred_at"])), str(row["seller"])))
    write_rows(out, "adverts", [row | {"id": f"ad{i:06d}"} for i, row in enumerate(rows)])
    return true


def _shown(
    market: Market, rng: np.random.Generator, platform: str, name: str, first: int | None, texts: list[tuple[str, str]]
) -> list[Row]:
    """A row a text, at moments of the last year; a shop's texts are about its products in turn."""
    clock = market.clock
    at = rng.integers(clock.since + DAY, clock.until - DAY, len(texts))
    rows: list[Row] = []
    for i, (text, _term) in enumerate(texts):
        said = text.format(GOODS[i % len(GOODS)])
        rows.append({
            "platform": platform, "occurred_at": int(at[i]), "seller": name,
            "product": None if first is None else market.product_name(first + i % PER_SELLER),
            "place": ("title", "detail_page", "banner")[i % 3], "text": said, "mark": MARK if MARK in said else None,
        })  # fmt: skip
    return rows


def _true(rows: list[Row], texts: list[tuple[str, str]], pattern: str) -> list[Truth]:
    """A violation for the term that was planted, from the first to the last text that holds it."""
    held = [row for row, (_text, term) in zip(rows, texts, strict=True) if term]
    if not held:
        return []
    at, (term,) = [int(str(row["occurred_at"])) for row in held], {term for _, term in texts if term}
    who = str(rows[0]["platform"]), str(rows[0]["seller"])
    return [Truth(CHECK, "violation", pattern, *who, term, min(at), max(at), 100 * len(held) / len(rows), RULE)]
