"""Brand names and titles of products, each with its readings, and where a title shows a name."""

import ibis
from ibis import Table, _

from guiju.checks.readings import (
    BETWEEN,
    CASE,
    LETTERS,
    LEVELS,
    SIMPLIFIED,
    SIMPLIFIED_ONLY,
    plain,
    read,
    simplified,
    upright,
    without,
    words,
)

__all__ = ["names", "near", "plain", "says_other_goods", "titles"]


def names(brands: Table, min_characters: int) -> Table:
    """Each name with its readings; whether it is in Latin letters alone, and distinctive enough to look for."""
    readings = brands.mutate(plain=plain(_.name), **read(simplified(upright(_.name))))
    return readings.mutate(
        unmarked=without(_.plain, BETWEEN),
        simple=simplified(_.plain),
        latin=_.inserted == _.inserted.re_replace("[^a-z0-9 ]+", ""),
        distinctive=(_.inserted.replace(" ", "").length() >= min_characters) & (_.ordinary.fill_null("no") != "yes"),
    )


def titles(offers: Table) -> Table:
    """Each title once, with its readings: the tables are long, and most offers share a title.

    Only a title in which simplified characters stand beside traditional ones is read as simplified: one in traditional
    characters throughout is honest writing, of a shop in Hong Kong say.
    """
    seen = offers.select("platform", "title").distinct().mutate(as_read=plain(_.title), seen=upright(_.title))
    both = seen.mutate(folded=simplified(_.seen), mixed=without(_.seen, SIMPLIFIED_ONLY) != _.seen)
    return both.mutate(**read(ibis.ifelse(both.mixed, both.folded, both.seen))).drop("seen", "mixed")


def says_other_goods(titles: Table, listed: str) -> ibis.Value:
    """Whether a title has one of the words, listed with commas: Chinese anywhere, Latin as a word of its own."""
    found = ibis.literal(False)
    for word in (w.strip() for w in listed.split(",")):
        narrow = "".join(LETTERS.get(CASE.get(c, c), CASE.get(c, c)) for c in word)
        seen = "".join(SIMPLIFIED.get(c, c) for c in narrow)
        said = words(titles.folded).contains(f" {seen} ") if seen.isascii() else titles.folded.contains(seen)
        found = found | said
    return found


def near(titles: Table, names: Table) -> Table:
    """Pairs of title and name where a reading of the title has the name, with the first level that shows it."""
    own = names.select("platform", "brand", "name", "latin", **{f"name_{n}": names[n] for n in LEVELS}).distinct()
    pairs = titles.inner_join(own, ["platform", "brand", "name"])

    def shows(level: str) -> ibis.Value:
        title, name = pairs[level], pairs[f"name_{level}"]
        return ibis.ifelse(pairs.latin, words(title).contains(" " + name + " "), title.contains(name))

    first = ibis.cases(*((shows(level), level) for level in LEVELS), else_=ibis.null("string"))
    return pairs.mutate(spelling=first).filter(_.spelling.notnull())
