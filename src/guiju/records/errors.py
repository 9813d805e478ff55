"""What a user hears when something supplied cannot be used: one sentence naming the place and the cure."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from difflib import get_close_matches


class BadInput(Exception):
    """Something a user supplied cannot be used."""


def is_full(error: Exception) -> bool:
    """Whether a disk took no more, as the system or the engine says it: nothing is wrong with what was supplied."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    full = ("no space left", "file too large", "quota exceeded", "could not write")
    return any(words in str(error).lower() for words in full)


def near(word: str, known: Iterable[str]) -> str | None:
    """The known word most like a mistyped one."""
    by_fold = {name.casefold(): name for name in known}
    found = get_close_matches(word.casefold(), by_fold, n=1, cutoff=0.6)
    return by_fold[found[0]] if found else None


def hint(word: str, known: Iterable[str], what: str = "known are") -> str:
    """The cure for a mistyped word: 'did you mean x? known are x, y'."""
    names = sorted(known)
    guess = near(word, names)
    listed = f"{what} {', '.join(names[:40])}{', …' if len(names) > 40 else ''}" if names else f"{what} none"
    return f"did you mean {guess}? {listed}" if guess else listed


def first_line(error: Exception) -> str:
    """An engine's complaint without its kind, its second line or its drawing of the place."""
    line = str(error).strip().split("\n")[0]
    kind, _, rest = line.partition(" Error: ")
    return (rest if rest and len(kind) < 40 else line).rstrip(".! ")
