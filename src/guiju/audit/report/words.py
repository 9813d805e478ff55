"""How a report writes facts, limits and texts of the house, in zh and en."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from guiju.checks import checks
from guiju.checks.words import CheckWords, Words
from guiju.findings.sentences import UTC, typed

Pair = tuple[str, str]  # zh, en

UNITS: dict[str, Pair] = {
    "_pct": ("%", " %"),
    "_days": (" 天", " days"),
    "_hours": (" 小时", " hours"),
    "_minutes": (" 分钟", " minutes"),
    "_weeks": (" 周", " weeks"),
}

MARKS: dict[str, Pair] = {
    "T": ("已读原文", "primary text read"),
    "S": ("二手来源", "secondary source"),
    "M": ("仅凭记忆", "from memory only"),
    "P": ("已公布的做法，非法律条文", "published practice, not law"),
    "D": ("本工具的默认值，无权威依据", "a default of ours, no authority behind it"),
}

STATUS: dict[str, Pair] = {
    "in_force": ("现行", "in force"),
    "guidance": ("指导，非法律依据", "guidance, not law by itself"),
    "observation": ("监管观察，非法律依据", "a supervisory observation, not law"),
    "superseded": ("已被取代", "superseded"),
    "repealed": ("已废止", "repealed"),
}


@cache
def of_check(name: str) -> CheckWords:
    """The words of a check; none of one that is not installed here."""
    return checks()[name].words if name in checks() else CheckWords()


@cache
def _zh() -> dict[str, str]:
    """Every text of the house and of the checks that has Chinese, by the English."""
    own = msgspec.yaml.decode((files("guiju.audit.report") / "zh.yaml").read_bytes(), type=dict[str, str])
    return own | {" ".join(en.split()): zh for name in checks() for en, zh in of_check(name).zh.items()}


def both(en: str) -> Pair:
    """An English text with its Chinese; the same text twice where there is none."""
    text = " ".join(en.split())
    head, _, rest = text.partition(": ")
    if text not in _zh() and (head in _zh() or rest in _zh()):
        return f"{_zh().get(head, head)}：{_zh().get(rest, rest)}", text
    return _zh().get(text, text), text


def pair(words: Words | str) -> Pair:
    return both(words) if isinstance(words, str) else (words.zh, words.en)


def fact_name(check: str, name: str) -> Pair:
    known = of_check(check).facts.get(name)
    return (known.zh, known.en) if known else (name, name)


def limit_name(check: str, name: str) -> Pair:
    known = of_check(check).limits.get(name)
    return (known.zh, known.en) if known else (name, name)


def against(check: str, fact: str, limits: dict[str, Any], currency: str) -> Pair:
    """The limit a fact is held against, in words; empty where there is none."""
    words = of_check(check)
    alike = next((f"{m}_{fact}" for m in ("min", "max") if f"{m}_{fact}" in limits), "")
    name = words.facts[fact].limit if fact in words.facts else alike
    if limits.get(name) is None:
        return "", ""
    zh, en = written(check, name, limits[name], currency)
    of = words.limits[name].of if name in words.limits else None
    zh, en = (f"{zh}（{of.zh}）", f"{en}, {of.en}") if of else (zh, en)
    return (f"容许至多 {zh}", f"up to {en} allowed") if name.startswith("max_") else (f"至少 {zh}", f"at least {en}")


def money(amount: Decimal | str | None, currency: str) -> str:
    return "–" if amount is None else f"{currency} {Decimal(amount):,.2f}"


def _finite(value: Any) -> float | None:
    """A number that can be written as one; none of anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    return float(value) if isfinite(value) else None


def number(value: Any) -> str:
    """A number to read: thousands separated, four decimals at most; a dash where it is not known."""
    real = _finite(value)
    if real is None:
        return "–" if value is None or isinstance(value, (float, Decimal)) else str(value)
    if abs(real) < 1e-12:
        return "0"
    if abs(real) >= 1e15 or abs(real) < 1e-4:
        return f"{real:.3g}"
    return f"{value:,.4f}".rstrip("0").rstrip(".") if real % 1 else f"{value:,.0f}"


def written(check: str, name: str, value: Any, currency: str, zone: ZoneInfo = UTC) -> Pair:
    """The value of a fact or limit, by what its name says of its unit."""
    if value is None:
        return ("–", "–")
    if isinstance(value, str) and value in of_check(check).values:
        return pair(of_check(check).values[value])
    if name.endswith(("_price", "_cost")) or name in ("price", "unit_cost"):
        return (f"{currency} {price(value)}",) * 2
    if name.endswith("_pct"):
        return (f"{_share(value)} %",) * 2
    if isinstance(value, datetime) or name.endswith(("_at", "_start", "_end")):
        return (moment(value, zone),) * 2
    return (number(value),) * 2


def moment(value: Any, zone: ZoneInfo) -> str:
    """A time in UTC as local time, with UTC beside it; its day, too, where that is another."""
    known = typed(value, "%H")
    if not isinstance(known, datetime):
        return number(value)
    local = known.replace(tzinfo=UTC).astimezone(zone)
    day = "" if local.date() == known.date() else f"{known:%Y-%m-%d} "
    beside = "" if zone.key == "UTC" else f" ({day}{known:%H:%M} UTC)"
    return f"{local:%Y-%m-%d %H:%M}{beside or ' UTC'}"


def price(value: Any) -> str:
    """A unit price with two decimals; a small one with as many as it needs."""
    real = _finite(typed(value, ".2f"))
    return number(typed(value, ".2f")) if real is None or 0 < abs(real) < 0.1 else f"{real:,.2f}"


def _share(value: Any) -> str:
    real = _finite(typed(value, ".2f"))
    return number(typed(value, ".2f")) if real is None or 1e-9 < abs(real) < 0.01 else number(round(real, 2))


def chance(value: float | None) -> str | None:
    """A p- or q-value with its sign of relation: below a thousand-millionth the size says nothing more."""
    return None if value is None else "< 1e-9" if value < 1e-9 else f"= {value:.2g}"


def paragraphs(doc: str, heading: str) -> list[str]:
    """The paragraphs and bullets under a heading of a check's docstring, each on one line."""
    part = doc.partition(f"## {heading}\n")[2].split("\n## ")[0]
    return [" ".join(text.split()).removeprefix("- ") for text in re.split(r"\n\s*\n|\n(?=- )", part.strip())]
