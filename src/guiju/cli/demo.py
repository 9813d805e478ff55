"""Walk the situations Guiju exists for: what it does, the command, the result, and says what is not built."""

from __future__ import annotations

from importlib.resources import files

import msgspec

NOT_BUILT = {"en": "not built yet", "zh": "尚未建成"}


class Situation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of README's table; without a command it is not built yet."""

    name: dict[str, str]
    does: dict[str, str]
    command: str | None
    result: dict[str, str] | None = None


def situations() -> list[Situation]:
    listed: list[Situation] = msgspec.yaml.decode(
        (files("guiju.cli") / "situations.yaml").read_bytes(), type=list[Situation]
    )
    return listed


def walk(language: str) -> None:
    """Print the situations with what works today."""
    for place, s in enumerate(situations(), 1):
        print(f"{place}. {s.name[language]}: {s.does[language]}")
        print(f"   $ {s.command}\n   → {s.result[language]}" if s.command and s.result else f"   {NOT_BUILT[language]}")
