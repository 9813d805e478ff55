"""Names read through their spelling: letters that look alike, width, traditional forms, inserted marks, sound.

Every reading is a character for a character (`translate`) from small tables, so that every engine reads alike.
"""

import re

import ibis

from guiju.checks import sounds, traditional

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
SIMPLIFIED = {form: word[0] for word in traditional.FORMS.split() for form in word[1:]}
SIMPLIFIED_ONLY = "".join(c for c in dict.fromkeys(SIMPLIFIED.values()) if c not in traditional.IN_BOTH)
SOUND = {other: word[0] for word in sounds.ALIKE.split() for other in word[1:]}
COMMON = "".join(dict.fromkeys("".join(sounds.ALIKE.split()) + sounds.ALONE + "".join(SIMPLIFIED)))
LATIN = sounds.latin()
ONE_SOUND = str.maketrans(SOUND)
LEVELS = ("variants", "inserted", "sound")


def translated(text, table: dict[str, str]):
    return text.translate("".join(table), "".join(table.values()))


def without(text, marks: str):
    """An `a` stays an `a`: not every engine takes an empty text for what to translate to."""
    return text.translate(f"a{marks}", "a")


def plain(text):
    """As anyone writes it: case, accents, spaces and hyphens do not matter."""
    return without(translated(text, CASE), APART)


def upright(text):
    """Width and letters that look alike do not matter either; a hyphen is a space."""
    narrow = {w: CASE.get(n, n) for w, n in WIDE.items()}
    return translated(translated(text, {**CASE, **narrow, "-": " ", "\u3000": " "}), LETTERS)


def simplified(text):
    """With traditional and variant forms of Chinese characters in the simplified form."""
    return translated(text, SIMPLIFIED)


def read(seen) -> dict[str, ibis.Value]:
    """A text at each level, from the letters the eye sees: what was put between them, and how they sound."""
    bare = without(seen, BETWEEN)
    return dict(zip(LEVELS, (seen, bare, translated(bare, SOUND)), strict=True))


def alike(text):
    """With every character standing for all of its sound, tones aside."""
    return translated(text, SOUND)


def in_letters(word: str) -> str:
    """A pattern of a word whose characters may each be written in Latin letters instead, without tones."""
    return "".join(f"(?:{re.escape(c)}|{LATIN[c]})" if c in LATIN else re.escape(c) for c in word)


def lettered(text):
    """Whether two Latin letters stand together in it."""
    return text.re_search("[a-z][a-z]")


def garbled(text):
    """Whether most Chinese and Japanese characters of a text are rare: it was read in a wrong encoding."""
    letters = text.re_replace("[^\u3040-\u30ff\u4e00-\u9fff]", "")
    return (letters.length() >= 4) & (without(letters, COMMON).length() * 2 > letters.length())


def words(text):
    """Its Latin words, a space on both sides of each."""
    return " " + text.re_replace("[^a-z0-9]+", " ") + " "
