"""Walk the situations Guiju exists for: what it does, the command, the result."""

from __future__ import annotations

from importlib.resources import files

import msgspec


class Situation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of README's table."""

    name: dict[str, str]
    does: dict[str, str]
    command: str
    result: dict[str, str]


def situations() -> list[Situation]:
    listed: list[Situation] = msgspec.yaml.decode(
        (files("guiju.cli") / "situations.yaml").read_bytes(), type=list[Situation]
    )
    return listed


def walk(language: str) -> None:
    """Print the situations with their commands."""
    for place, s in enumerate(situations(), 1):
        print(f"{place}. {s.name[language]}: {s.does[language]}")
        print(f"   $ {s.command}\n   → {s.result[language]}")
