"""Names registered and shown, read to what is their own in them, and pairs of them that are alike."""

import re

import ibis
from ibis import Table, _

from guiju.checks import readings
from guiju.checks.goods._grants import chains

ALIKE = ["platform", "category", "sound"]
PAIR = ["platform", "holder", "right"]


def listed(words: str) -> list[str]:
    return [word.strip() for word in words.split(",") if word.strip()]


def _own(text, words: list[str]):
    """What is left of a name without these words, the longer first: Chinese anywhere, Latin where they stand alone."""
    longest = sorted(set(words), key=lambda word: (-len(word), word))
    for ascii_only, pattern in ((False, "{}"), (True, "(?:^| )(?:{})(?: |$)"), (True, "(?:^| )(?:{})(?: |$)")):
        if its := "|".join(re.escape(word) for word in longest if word.isascii() is ascii_only):
            text = text.re_replace(pattern.format(its), " ")  # twice, as two Latin words share the space between them
    return readings.without(text, readings.APART)


def _folded(word: str) -> str:
    """A listed word as `readings.upright` and `readings.simplified` would read it."""
    narrow = (readings.LETTERS.get(readings.CASE.get(c, c), readings.CASE.get(c, c)) for c in word)
    return "".join(readings.SIMPLIFIED.get(c, c) for c in narrow)


def known(brands: Table, trade_names: Table, words: list[str], min_characters: int) -> Table:
    """Every registered name and every name shown, with what is its own in it as written, as seen and as it sounds."""
    common = ["platform", "id", "name", "category", "valid_from", "valid_to"]
    entered = brands.filter(_.ordinary.fill_null("no") != "yes").select(
        *common, right=_.brand, holder=ibis.coalesce(_.owner, _.brand), source=ibis.literal("registered")
    )
    shown = trade_names.rename(name="shown_name").select(
        *common, right=_.holder, holder=_.holder, source=ibis.literal("used")
    )
    both = ibis.union(entered, shown)
    plain = readings.translated(both.name, readings.CASE)
    as_listed, as_read = [word.lower() for word in words], [_folded(word) for word in words]
    seen = readings.without(readings.simplified(readings.upright(both.name)), readings.BETWEEN)
    own = both.mutate(
        plain=_own(plain, as_listed), bare=_own(readings.without(plain, readings.BETWEEN), as_listed),
        seen=_own(seen, as_read),
    )  # fmt: skip
    latin = own.seen.re_replace("[a-z0-9]+", "") == ""
    weight = ibis.ifelse(latin, own.seen.length() / 2, own.seen.length().cast("float64"))
    return own.mutate(sound=readings.translated(own.seen, readings.SOUND), distinctive=weight >= min_characters)


def copies(known: Table, since, until) -> Table:
    """Pairs of a name shown and an earlier one of someone else, in one trade, whose own parts sound alike."""
    able = known.filter(_.distinctive)
    theirs = able.group_by(["platform", "holder", "sound"]).agg(first=_.valid_from.min())
    shown = able.filter(_.source == "used").inner_join(theirs, ["platform", "holder", "sound"])
    rights = able.select(
        *ALIKE, "right", "source", right_id="id", right_name="name", owner="holder", right_from="valid_from",
        right_to="valid_to", right_plain="plain", right_bare="bare", right_seen="seen",
    )  # fmt: skip
    pairs = shown.drop("right", "source").inner_join(rights, ALIKE).filter(
        _.owner != _.holder, _.right_from < _.first, _.right_to.isnull() | (_.right_to > _.first)
    )  # fmt: skip
    spelling = ibis.cases(
        (pairs.plain == pairs.right_plain, "as_written"), (pairs.bare == pairs.right_bare, "inserted"),
        (pairs.seen == pairs.right_seen, "variants"), else_="sound",
    )  # fmt: skip
    ends = ibis.least(pairs.valid_to.fill_null(until), pairs.right_to.fill_null(until), until).cast("timestamp(6)")
    return pairs.mutate(spelling=spelling, ends=ends).filter(_.ends > since)


def allowed(known: Table, brands: Table, authorisations: Table, max_links: int) -> Table:
    """Who may use a name that sounds so in a trade: its registered owner, and whoever a chain leads to, at any time."""
    held = chains(brands, authorisations, max_links).select("platform", "party", right="brand").distinct()
    entered = known.filter(_.source == "registered").select(*ALIKE, "right").distinct()
    return entered.inner_join(held, ["platform", "right"]).select(*ALIKE, holder="party").distinct()


def excused(name, words: str):
    """Whether a name says what it repairs, resells or fits: Chinese anywhere, Latin where it stands alone."""
    text, said = readings.simplified(name.lower()), ibis.literal(False)
    for word in listed(words):
        said |= readings.words(text).contains(f" {word} ") if word.isascii() else text.contains(word)
    return said


def licensing(brands: Table, trade_names: Table, authorisations: Table) -> Table:
    """The brands of which the records show who may use them: by an authorisation at least, or a name of the owner's.

    A brand whose owner is not known is none: its owner's own name, and every licensee's, would be a stranger's.
    """
    owned = brands.filter(_.owner.notnull())
    owners = trade_names.select("platform", owner="holder").distinct()
    shown = owned.semi_join(owners, ["platform", "owner"]).select("platform", right="brand")
    granted = owned.semi_join(authorisations, ["platform", "brand"]).select("platform", right="brand")
    return ibis.union(granted, shown, distinct=True)


def unlicensed(brands: Table, licensing: Table) -> Table:
    """Each brand's row, with why nothing is asked of it."""
    seen = licensing.rename(of="platform", its="right").mutate(is_seen=True)
    entered = brands.left_join(seen, [("platform", "of"), ("brand", "its")])
    why = ibis.ifelse(_.owner.isnull(), "who owns the brand is not known", "no authorisation of the brand is on record")
    return entered.select(unanswered=ibis.cases((_.is_seen.isnull(), why)))


def sold(orders: Table, pairs: Table) -> Table:
    """The lines that the earlier name's user had sold under it before the other was first shown."""
    spans = pairs.select(*PAIR, "id", "first", "right_from", seller=_.right).distinct()
    lines = orders.select("platform", "seller", "occurred_at", line=_.id).inner_join(spans, ["platform", "seller"])
    return lines.filter(_.occurred_at >= _.right_from, _.occurred_at < _.first)
