"""What a user hears when something supplied cannot be used: one sentence naming the place and the cure."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from difflib import get_close_matches


class BadInput(Exception):
    """Something a user supplied cannot be used.

    Its sentence stands where it is raised, in English and beside it in Chinese; programs and the command line say the
    English one. A page shows the one in its reader's language.
    """

    def __init__(self, said: object = "", zh: str = "") -> None:
        super().__init__(said)
        self.zh = zh

    def in_(self, language: str) -> str:
        """The sentence in `zh` or `en`; in English where the other was never written."""
        return self.zh if language == "zh" and self.zh else str(self)


def both(error: BaseException) -> tuple[str, str]:
    """What an error says, in Chinese and in English."""
    return (error.in_("zh"), str(error)) if isinstance(error, BadInput) else (str(error), str(error))


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


def hint_zh(word: str, known: Iterable[str]) -> str:
    """The same in Chinese."""
    names = sorted(known)
    guess = near(word, names)
    listed = f"有 {'、'.join(names[:40])}{'……' if len(names) > 40 else ''}" if names else "现在一个也没有"
    return f"是不是 {guess}？{listed}" if guess else listed


def first_line(error: Exception) -> str:
    """An engine's complaint without its kind, its second line or its drawing of the place."""
    line = str(error).strip().split("\n")[0]
    kind, _, rest = line.partition(" Error: ")
    return (rest if rest and len(kind) < 40 else line).rstrip(".! ")
