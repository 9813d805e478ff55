"""Chinese copy as it is meant: one form for what is written in several, clause by clause."""

import re
from functools import cache
from pathlib import Path

import ibis
import yaml

LEAST_SOUNDED = 3  # characters of a term that is also looked for by its sound: shorter ones meet words of their own
DROPPED = "¬"  # stands for what is left out, until it is
NAMED = "□"  # stands for what is no claim: a title, a registered name, a phrase
ENDS = "，。！？；,!?;\r\n"  # of a clause; what comes after a list comma or a colon is still of it
INSERTED = (
    " \t\u00a0\u3000\u00ad\u200b\u200c\u200d\u2060\ufeff*·•‧・_~-–—―|/\\^`'\"“”‘’「」『』【】〖〗[]()<>〈〉"
    "{}+=#@&%$￥★☆●○◆◇■▲△▼▽※→←↑↓♥♡❤✿…"
)


@cache
def known() -> dict[str, dict[str, str]]:
    """The tables in `_spelling.yaml`: same, parts, sounds."""
    tables: dict[str, dict[str, str]] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return tables


@cache
def _folds() -> tuple[str, str]:
    """Characters, and what each stands for: of full width, capitals, variants, inserted marks."""
    to = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
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
    to = {other: name for name, others in known()["sounds"].items() for other in others}
    return text.translate("".join(to), "".join(to.values()))


def listed(words):
    """The words of a limit, which is one text with commas."""
    return [word.strip() for word in words.split(",") if word.strip()]


def any_in(text, words):
    """Whether a text holds one of the words."""
    return text.re_search(_one_of(words)) if words else ibis.literal(False)


def _one_of(words):
    """A pattern of whole words: a list may be long, and engines take an expression only so deep."""
    return "|".join(re.escape(word) for word in words)


def terms_in(clause, terms):
    """The terms in a folded clause, one a row; a clause with none gives rows of null."""
    by_sound = {term: sounded(ibis.literal(term)) for term in terms if len(term) >= LEAST_SOUNDED}
    meant = [
        clause.contains(term) | sounded(clause).contains(by_sound[term]) if term in by_sound else clause.contains(term)
        for term in terms
    ]
    return ibis.array([ibis.ifelse(m, ibis.literal(t), ibis.null("string")) for m, t in zip(meant, terms, strict=True)])


def before(clause, term):
    """What a folded clause says before a term that is in it."""
    plain = clause.find(term)
    return clause.substr(0, ibis.ifelse(plain >= 0, plain, sounded(clause).find(sounded(term))))
