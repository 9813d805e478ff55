"""Full-width marks carry their own space: none is written after one, in words, in rules or between two texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

import guiju

SOURCE = Path(guiju.__file__).parent
MARK, HAN = "，。：；、！？（）《》", "\u4e00-\u9fff"
SPACED = re.compile(rf"[{MARK}] +(?=\S)|(?<=[{HAN}”]) +(?=[{HAN}{MARK}“])|(?<=\S) +(?=[{MARK}])")
COMMAND = re.compile(r"(?:guiju|--\w+) [^，。；]*")  # what is typed is written with its spaces
SIGN = re.compile("[＋−] ")  # of a legend: what stands before what it means


def chinese(of: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Every text under a key `zh`, and every value of a map from English to Chinese."""
    if isinstance(of, dict):
        for name, value in of.items():
            yield from chinese(value, f"{at}/{name}")
    elif isinstance(of, list):
        for place, value in enumerate(of):
            yield from chinese(value, f"{at}/{place}")
    elif isinstance(of, str) and ("zh" in at.split("/")):
        yield at, of


def spaced(text: str) -> list[str]:
    plain = SIGN.sub("x ", COMMAND.sub("x", text))
    return [plain[max(0, found.start() - 12) : found.end() + 12] for found in SPACED.finditer(plain)]


def read(path: Path) -> Any:
    return msgspec.yaml.decode(path.read_bytes())


def test_a_space_is_seen_where_there_is_one():
    assert spaced("发现： 见下") == ["发现： 见下"]
    assert spaced("甲。 乙") == ["甲。 乙"]
    assert spaced("（周） 与 价差")
    assert not spaced("至多 7 天，见 guiju serve --gate 文件 指明：甲")
    assert not spaced("＋ 进入余额；APP 与 Web")


@pytest.mark.parametrize("room", ["checks", "rulebook", "records", "cases", "gate", "web", "market", "audit"])
def test_no_words_hold_one(room: str):
    files = [path for path in sorted((SOURCE / room).rglob("*.yaml")) if path.name != "provisions.yaml"]
    found = [(path.name, at, bad) for path in files for at, text in chinese(read(path)) for bad in spaced(text)]
    assert not found


def test_no_template_writes_one_after_a_text_that_ends_with_a_mark():
    words: dict[str, Any] = {}
    for path in (*SOURCE.rglob("words/*.yaml"), *(SOURCE / "cases").rglob("words.yaml")):
        words |= read(path)
    ends = {name for name, both in words.items() if re.search(rf"[{MARK}”]$", both.get("zh", ""))}
    assert ends
    said = re.compile(r'\{\{ ?w\("(\w+)"[^}]*?\) ?\}\}(?:</\w+>)* (?=[^\s·<]|<(?:a|b|code|span)\b)')
    found = [
        (path.name, one[1])
        for path in SOURCE.rglob("*.j2")
        for one in said.finditer(path.read_text(encoding="utf-8"))
        if one[1] in ends
    ]
    assert not found, "write {{ w.space }} between them"
