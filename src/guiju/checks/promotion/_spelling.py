"""Chinese copy as it is meant: one form for what is written in several, clause by clause."""

import re
from functools import cache
from pathlib import Path

import ibis
import yaml

from guiju.checks import readings

LEAST_SOUNDED = 3  # characters of a term that is also looked for by its sound, if by few characters; longer ones by all
DROPPED = "¬"  # stands for what is left out, until it is
NEVER = "¬"  # a pattern that no folded text holds
NAMED = "□"  # stands for what is no claim: a title, a registered name, a phrase
ENDS = "，。！？；,!?;\r\n"  # of a clause; what comes after a list comma or a colon is still of it
INSERTED = (
    " \t\u00a0\u3000\u00ad\u200b\u200c\u200d\u2060\ufeff*·•‧・_~-–—―|/\\^`'\"“”‘’「」『』【】〖〗[]()<>〈〉"
    "{}+=#@&%$￥★☆●○◆◇■▲△▼▽※→←↑↓♥♡❤✿…"
)


@cache
def known() -> dict[str, dict[str, str]]:
    """The tables in `_spelling.yaml`: same, parts, sounds: what `traditional` and `sounds` do not have."""
    tables: dict[str, dict[str, str]] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return tables


@cache
def _folds() -> tuple[str, str]:
    """Characters, and what each stands for: of full width, capitals, variants, inserted marks."""
    to = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    to |= readings.SIMPLIFIED
    to |= {other: name for name, others in known()["same"].items() for other in others if other != name}
    to |= {wide: small for wide, small in to.items() if small not in INSERTED}
    to |= dict.fromkeys((*INSERTED, *(wide for wide, small in to.items() if small in INSERTED)), DROPPED)
    to |= {chr(ord(small) - 32): small for small in "abcdefghijklmnopqrstuvwxyz"}
    to |= {chr(ord(small) - 32 + 0xFEE0): small for small in "abcdefghijklmnopqrstuvwxyz"}
    return "".join(to), "".join(to.values())


def folded(text):
    """A text (an Ibis column) in one form: variants, full width, capitals, inserted marks, what is taken apart."""
    text = text.re_replace("《[^》]*》", NAMED).translate(*_folds()).replace(DROPPED, "")
    for begins in ("第1", "no1", "no.1", "top1"):
        for digit in "0123456789":  # the tenth is not the first
            text = text.replace(begins + digit, NAMED)
    for written, meant in known()["parts"].items():
        text = text.replace(written, meant)
    return text


def without(text, phrases):
    """A text less phrases that are no claim: where two begin at one character, the longer."""
    return text.re_replace(_one_of(sorted(phrases, key=lambda p: (-len(p), p))), NAMED) if phrases else text


def clauses(text):
    """A text's clauses as they are written, one a row."""
    return text.translate(ENDS, "\n" * len(ENDS)).split("\n").unnest()


def sounded(text):
    """A folded text in which characters of one sound are one character; none is added or taken away."""
    return readings.translated(text, _near())


@cache
def _near() -> dict[str, str]:
    return {other: name for name, others in known()["sounds"].items() for other in others}


def listed(words):
    """The words of a limit, which is one text with commas."""
    return [word.strip() for word in words.split(",") if word.strip()]


def any_in(text, words):
    """Whether a text holds one of the words."""
    return text.re_search(_one_of(words)) if words else ibis.literal(False)


def _one_of(words):
    """A pattern of whole words: a list may be long, and engines take an expression only so deep."""
    return "|".join(re.escape(word) for word in words)


def read(clauses, exempt):
    """Clauses (a table) as they are meant: `meant`, as it sounds by few characters (`near`) and by all (`sound`)."""
    meant = clauses.mutate(meant=without(folded(clauses.clause), exempt))
    return meant.mutate(
        near=sounded(meant.meant), sound=readings.alike(meant.meant), letters=readings.lettered(meant.meant)
    )


def terms_in(clauses, terms):
    """The terms in clauses that `read` gave, one a row; a clause with none gives rows of null."""
    met = {term: clauses.meant.contains(term) for term in terms}
    for term in terms:
        if len(term) >= LEAST_SOUNDED:
            spelled, heard = (readings.SOUND, "sound") if len(term) > LEAST_SOUNDED else (_near(), "near")
            met[term] |= clauses[heard].contains("".join(spelled.get(c, c) for c in term))
        met[term] |= clauses.letters & ibis.ifelse(clauses.letters, clauses.meant, "").re_search(
            readings.in_letters(term)
        )
    return ibis.array([ibis.ifelse(m, ibis.literal(t), ibis.null("string")) for t, m in met.items()])


def before(clauses, term):
    """What a clause that `read` gave says before a term that is in it; before the letters, if it is written in them."""
    plain, by_sound = clauses.meant.find(term), clauses.sound.find(readings.alike(term))
    letters = clauses.meant.re_extract("^[^a-z]*", 0)
    at = ibis.ifelse(plain >= 0, plain, by_sound)
    return ibis.ifelse(at >= 0, clauses.meant.substr(0, ibis.greatest(at, 0)), letters)
