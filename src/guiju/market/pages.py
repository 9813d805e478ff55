"""Pages of the market: one self-contained HTML file each, in zh and en, which opens without a network."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from jinja2 import Environment

from guiju.audit.report.templates import bilingual
from guiju.audit.report.words import MARKS, Pair, number
from guiju.checks.words import Words
from guiju.market import GIVEN, Assumption, assumed

MILLION = 1_000_000  # pictures of money are drawn in millions
GIVEN_MARK: Pair = ("由使用者给定", "given by the caller")


def page(template: str, language: str = "en", **values: Any) -> str:
    """A template of this room (it extends `page.html.j2`) filled in, `language` shown first."""
    return _environment().get_template(template).render(language=language, **values)


def say(of: str, name: str, **values: Any) -> Pair:
    """A text of `market/<of>/words.yaml` with its numbers put in; a value that is a pair stands in its language."""
    words = _words(of)[name]
    zh, en = ({k: v[at] if isinstance(v, tuple) else v for k, v in values.items()} for at in (0, 1))
    return words.zh.format(**zh), words.en.format(**en)


@cache
def _words(of: str) -> dict[str, Words]:
    return msgspec.yaml.decode((files("guiju.market") / of / "words.yaml").read_bytes(), type=dict[str, Words])


def money(amount: Decimal | int | None) -> str:
    """A sum to the cent; a dash where it is not known."""
    return "–" if amount is None else f"{amount:,.2f}"


def plain(value: Decimal) -> str:
    """A decimal without trailing zeros."""
    return f"{value.normalize():f}"


def assumption_rows(name: str, used: Mapping[str, Assumption]) -> list[dict[str, Any]]:
    """What was assumed, to be printed: what it is called, its value, why, and its mark."""
    told = assumed(name)
    return [
        {"name": key, "says": told[key].says, "value": written(one.value), "because": one.because, "mark": one.mark}
        for key, one in used.items()
    ]


def written(value: Any) -> str:
    """An assumed value as text: lists and mappings entry by entry."""
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {written(one)}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(written, value))
    return number(value) if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool) else str(value)


@cache
def _environment() -> Environment:
    of = bilingual("guiju.market")
    of.globals |= {"marks": {**MARKS, GIVEN: GIVEN_MARK}}
    of.filters |= {"money": money}
    return of
