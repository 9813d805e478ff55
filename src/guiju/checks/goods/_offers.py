"""Offers with their titles, the prices of authorised shops, and the offers far below them under another spelling."""

import ibis
from ibis import Table, _

from guiju.checks.goods import _names
from guiju.checks.goods._grants import chains, covered
from guiju.checks.goods._rests_on import CASE

__all__ = ["chains", "disguised", "far_below", "of_authorised", "ranges", "sold", "standing", "titled", "without_chain"]

IN_CATEGORY = ["platform", "brand", "category"]
RANGE = [*IN_CATEGORY, "currency"]


def standing(listings: Table, until) -> Table:
    """Each offer with when it ended: at the shop's next for the product, or not yet."""
    in_turn = ibis.window(group_by=["platform", "seller", "product"], order_by=["occurred_at", "id"])
    after = _.occurred_at.lead().over(in_turn)
    return listings.mutate(next_at=ibis.coalesce(after, until)).mutate(
        ends=ibis.least(_.next_at, ibis.coalesce(_.ended_at, _.next_at))
    )


def titled(listings: Table, products: Table, until) -> Table:
    """Each offer with its product's title and category, and when it ended."""
    of = products.select("platform", "category", product=_.id, title=_.name)
    return standing(listings, until).left_join(of, ["platform", "product"]).select(
        "platform", "id", "seller", "product", "currency", "occurred_at", "ends", "price", "category", "title"
    )  # fmt: skip


def of_authorised(offers: Table, names: Table, held: Table) -> Table:
    """The offers of authorised shops under a name as its owner writes it."""
    allowed = held.rename(of="platform")
    may = offers.inner_join(allowed, covered(offers, allowed, 0)).drop("of", "party")
    forms = names.select(*IN_CATEGORY, "plain", "unmarked").distinct()
    both = may.mutate(as_read=_names.plain(_.title)).inner_join(forms, IN_CATEGORY)
    return both.filter(_.as_read.contains(_.plain) | _.as_read.contains(_.unmarked)).select(
        *RANGE, "id", "seller", "product", "occurred_at", "price", "title"
    ).distinct()  # fmt: skip


def ranges(authorised: Table, min_authorised_offers: int) -> Table:
    """The lowest price at which a brand's own shops offered it, where they have offers enough."""
    known = authorised.group_by(RANGE).agg(
        range_low=_.price.min(), authorised_offers=_.id.nunique(), authorised_shops=_.seller.nunique()
    )
    return known.filter(_.authorised_offers >= min_authorised_offers)


def far_below(offers: Table, ranges: Table, names: Table, max_price_pct: float) -> Table:
    """Offers of goods a brand is registered for, posted while it was, at a small part of its lowest price."""
    near = offers.inner_join(ranges, ["platform", "category", "currency"])
    low = near.filter(_.price * 100 <= _.range_low * max_price_pct)
    registered = names.select(*IN_CATEGORY, "name", "valid_from", "valid_to").distinct()
    both = low.inner_join(registered, IN_CATEGORY)
    posted = both.filter(_.occurred_at >= _.valid_from, _.valid_to.isnull() | (_.occurred_at < _.valid_to))
    return posted.drop("valid_from", "valid_to").distinct()


def disguised(below: Table, titles: Table, names: Table, words: str) -> Table:
    """The titles, with the brand, that show its name only when read through their spelling, and say no other goods.

    A title that plainly has a name of the brand, or another registered name that contains this one, hides nothing.
    """
    pairs = below.select("platform", "title", "brand", "name").distinct()
    plainly = titles.filter(~_names.says_other_goods(titles, words))
    as_read = _names.near(pairs.inner_join(plainly, ["platform", "title"]), names)
    known = names.select(
        of="platform", other="brand", other_plain="plain", unmarked="unmarked", simple="simple", other_sound="sound"
    )
    known = known.distinct()
    hides = as_read.anti_join(
        known,
        [
            as_read.platform == known.of,
            as_read.as_read.contains(known.other_plain)
            | as_read.as_read.contains(known.unmarked)
            | as_read.as_read.contains(known.simple),
            (as_read.brand == known.other) | known.other_sound.contains(as_read.name_sound),
        ],
    )
    # A brand may be shown by several of its names.
    return hides.group_by("platform", "title", "brand").agg(brand_name=_.name.min(), spelling=_.spelling.min())


def without_chain(hidden: Table, held: Table, sell_off_days: int) -> Table:
    """Those offers that no chain allowed, nor one that ended lately."""
    allowed = held.rename(of="platform", its="brand")
    return hidden.anti_join(allowed, [hidden.brand == allowed.its, *covered(hidden, allowed, sell_off_days)])


def sold(orders: Table, wrong: Table) -> Table:
    """The order lines of those offers while they stood, with what was paid."""
    of = ["platform", "seller", "currency", "product"]
    spans = wrong.select(*of, "brand", begins="occurred_at", ends="ends").distinct()
    lines = orders.inner_join(spans, of).filter(_.occurred_at >= _.begins, _.occurred_at < _.ends)
    taken_off = sum(_[f"{payer}_funded_amount"].fill_null(0) for payer in ("seller", "platform", "third_party"))
    return lines.select(*CASE, "id", paid=_.gross_amount - taken_off)
