"""Brand names and titles read through their spelling: letters, width, traditional forms, inserted marks, sound.

Every reading is a character for a character (`translate`) from small tables, so that every engine reads alike.
"""

import ibis
from ibis import Table, _

from guiju.checks.goods import _sounds, _traditional

ACCENTED = {"a": "àáâãäå", "c": "ç", "e": "èéêë", "i": "ìíîï", "n": "ñ", "o": "òóôõöø", "u": "ùúûü", "y": "ýÿ"}
# As the eye takes them: Cyrillic and Greek letters, digits; i, l and 1 are one.
LOOK = {
    "a": "аАαΑ", "b": "вВβΒ", "c": "сС", "e": "еЕεΕ", "h": "нН", "k": "кКκΚ", "l": "1iіІιΙ", "m": "мМΜ", "n": "Ν",
    "o": "0оОοΟ", "p": "рРρΡ", "s": "ѕЅ", "t": "тТτΤ", "x": "хХχΧ", "y": "уУΥ", "z": "Ζ",
}  # fmt: skip
BETWEEN = "·•・‧∙.*_~^`'’‘´\u200b\u200c\u200d\u2060\ufeff\u00ad"  # put between the characters of a name
APART = " -\u3000\u00a0\t"  # what honest writing also puts there
WIDE = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
CASE = {chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)}
CASE |= {form.upper(): plain for plain, forms in ACCENTED.items() for form in forms if form != "ÿ"}
CASE |= {form: plain for plain, forms in ACCENTED.items() for form in forms}
LETTERS = {form: plain for plain, forms in LOOK.items() for form in forms}
SIMPLIFIED = {form: word[0] for word in _traditional.FORMS.split() for form in word[1:]}
SIMPLIFIED_ONLY = "".join(c for c in dict.fromkeys(SIMPLIFIED.values()) if c not in _traditional.IN_BOTH)
SOUND = {other: word[0] for word in _sounds.ALIKE.split() for other in word[1:]}
LEVELS = ("variants", "inserted", "sound")


def _translated(text, table: dict[str, str]):
    return text.translate("".join(table), "".join(table.values()))


def _without(text, marks: str):
    """An `a` stays an `a`: not every engine takes an empty text for what to translate to."""
    return text.translate(f"a{marks}", "a")


def plain(text):
    """As anyone writes it: case, accents, spaces and hyphens do not matter."""
    return _without(_translated(text, CASE), APART)


def upright(text):
    """Width and letters that look alike do not matter either; a hyphen is a space."""
    narrow = {w: CASE.get(n, n) for w, n in WIDE.items()}
    return _translated(_translated(text, {**CASE, **narrow, "-": " ", "\u3000": " "}), LETTERS)


def simplified(text):
    """With traditional and variant forms of Chinese characters in the simplified form."""
    return _translated(text, SIMPLIFIED)


def read(seen) -> dict[str, ibis.Value]:
    """A text at each level, from the letters the eye sees: what was put between them, and how they sound."""
    bare = _without(seen, BETWEEN)
    return dict(zip(LEVELS, (seen, bare, _translated(bare, SOUND)), strict=True))


def words(text):
    """Its Latin words, a space on both sides of each."""
    return " " + text.re_replace("[^a-z0-9]+", " ") + " "


def names(brands: Table, min_characters: int) -> Table:
    """Each name with its readings; whether it is in Latin letters alone, and distinctive enough to look for."""
    readings = brands.mutate(plain=plain(_.name), **read(simplified(upright(_.name))))
    return readings.mutate(
        unmarked=_without(_.plain, BETWEEN),
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
    both = seen.mutate(folded=simplified(_.seen), mixed=_without(_.seen, SIMPLIFIED_ONLY) != _.seen)
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
