"""A shop offers goods under another spelling of a brand's name, far under its price, with no authorisation on record.

## What it finds
Shops with offers of which three things hold at once: the title has a registered brand's name only when read through its
spelling (letters that look alike, full width, traditional characters, marks put between, characters that sound alike,
tones aside); the price is at most `max_price_pct` of the lowest at which the brand's authorised shops offered goods of
the category; and no chain of at most `max_links` authorisations leads from the brand's owner to the shop when the offer
was posted. Together such offers stood for at least `min_hours`.

## Why it matters
Who buys a name pays for what stands behind it; its owner's search does not find a name spelt otherwise.

## Innocent explanations
- An authorised reseller: through dealers too, up to `max_links` links; its clearance may be as cheap as it likes.
- Stock from the time of an authorisation that ended less than `sell_off_days` ago.
- Second-hand goods, parallel imports: they are named as their owner names them, or the title says so.
- An accessory or a spare part: the title says for what (`other_goods_words`).
- An ordinary word: a brand marked so, or a name of fewer than `min_characters` characters.
- Another's own registered name that sounds alike, tones aside, or other goods than the brand is registered for.
- Cheaper, but not that much: above `max_price_pct`; or the brand's own prices are hardly known: fewer than
  `min_authorised_offers` offers.
- A misprint, mended soon: it stood for less than `min_hours`.
- The name was used before it was registered.

## Method and source
Titles and names are read alike, a character for a character, from tables of look-alike letters, of traditional forms
and of readings; nothing is estimated and no distance measured, so that nothing is *nearly* near. A Latin name must be a
word of its own. Spaces, hyphens, case, accents and traditional characters in a title without simplified ones never
count as another spelling. The price is held against the lowest authorised one, not their median, as packs differ in
size. Three proofs are asked as each alone has honest causes.
"""

import ibis
from ibis import Table, _

from guiju.checks import Answer, check
from guiju.checks.goods import _names, _offers, _rests_on
from guiju.checks.goods._rests_on import CASE


@check(
    zh="{subject} 以“{title}”等标题出售 {products} 种商品，可读作品牌 {object} 的注册名称“{brand_name}”"
    "（{spelling}）；标价最低 {lowest_price:.2f} {currency}，最高不超过授权店铺在同类目最低价（{range_low:.2f} 起）的 "
    "{share_pct:.1f}%（未比较规格）；上架时记录中没有自品牌所有人起的授权链。",
    en="{subject} offered {products:#product} under a title such as “{title}”, which reads as the registered name "
    "“{brand_name}” of brand {object} ({spelling}), at {lowest_price:.2f} {currency} or more, and never above "
    "{share_pct:.1f} % of the lowest price of authorised shops in the category (from {range_low:.2f}; pack sizes are "
    "not compared). No chain of authorisations from the owner is on record for the day each was posted.",
    formula="{share_pct:.2f} % <= {max_price_pct:g} %; {hours:.1f} h >= {min_hours:g} h; "
    "{authorised_offers} >= {min_authorised_offers:g}",
)
def counterfeit_listings(
    listings: Table, products: Table, brands: Table, authorisations: Table, orders: Table, *, since, until,
    max_price_pct: float, min_authorised_offers: int, max_links: int, sell_off_days: int, min_hours: float,
    min_characters: int, other_goods_words: str,
):  # fmt: skip
    offers = _offers.titled(listings, products, until)
    standing = offers.filter(_.ends > since)
    chains = yield _offers.chains(brands, authorisations, max_links)
    names = yield _names.names(brands, min_characters)
    of_theirs = yield _offers.of_authorised(standing, names, chains)
    read = yield _names.titles(of_theirs)
    others = read.filter(_names.says_other_goods(read, other_goods_words))
    authorised = yield of_theirs.anti_join(others, ["platform", "title"]).drop("title")
    ranges = _offers.ranges(authorised, min_authorised_offers)
    below = yield _offers.far_below(standing, ranges, names.filter(_.distinctive), max_price_pct)
    titles = yield _names.titles(below)
    disguised = yield _offers.disguised(below, titles, names, other_goods_words)
    hidden = below.drop("name").distinct().inner_join(disguised, ["platform", "title", "brand"])
    wrong = yield _offers.without_chain(hidden, chains, sell_off_days)

    share_pct = (_.price.cast("float64") * 100 / _.range_low.cast("float64")).max()
    shops = wrong.group_by(CASE).agg(
        episode_start=_.occurred_at.min(), episode_end=_.ends.max(), offers=_.id.nunique(), share_pct=share_pct,
        products=_["product"].nunique(), hours=(_.ends.epoch_seconds() - _.occurred_at.epoch_seconds()).sum() / 3600,
        lowest_price=_.price.min().cast("float64"), range_low=_.range_low.min().cast("float64"),
        authorised_offers=_.authorised_offers.min(), authorised_shops=_.authorised_shops.min(),
        title=_.title.min(), brand_name=_.brand_name.argmin(_.title),
        spelling=ibis.ifelse(_.spelling.nunique() == 1, _.spelling.min(), "several"),
    ).filter(_.hours >= min_hours)  # fmt: skip
    lines = _offers.sold(orders, wrong)
    paid = lines.group_by(CASE).agg(amount_at_stake=_.paid.sum().cast("decimal(18, 2)"))
    found = shops.left_join(paid, CASE).select(
        "amount_at_stake", *(c for c in shops.columns if c not in ("seller", "brand")), subject=_.seller, object=_.brand
    )

    def evidence(found: Table) -> dict[str, Table]:
        return _rests_on.records(
            found, wrong, authorised, lines, listings, products, orders, brands, authorisations
        )  # fmt: skip

    reason = ibis.cases(
        (offers.ends <= since, "before the window"),
        (offers.title.isnull(), "the title is not known"),
        (offers.category.isnull(), "the category of the product is not known"),
    )
    measured = ranges.select("platform", "brand", "category").distinct().mutate(measured=True)
    known = names.left_join(measured, ["platform", "brand", "category"])
    unmeasured = ibis.cases(
        (~known.distinctive, "the name is short or an ordinary word"),
        (known.measured.isnull(), "too few offers of the brand's authorised shops"),
    )
    asked = {"listings": offers.select(unanswered=reason), "brands": known.select(unanswered=unmeasured)}
    counts = {name: rows.group_by("unanswered").agg(rows=_.count()) for name, rows in asked.items()}
    return Answer(found, evidence, counts)
