"""Text files, each line of them accounted for: copied as UTF-8 with its line number, or set aside as broken.

The engine's own CSV reader loses the line numbers of good rows and, after an unclosed quote, every line up
to the next quote; so records are told apart here, and the engine parses a copy in which nothing can go wrong.
A quoted value may hold line breaks (up to `MAX_RECORD_LINES`); a quote that never closes costs its own line.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from guiju.records.errors import BadInput
from guiju.records.quarantine import BrokenLines

MAX_RECORD_CHARACTERS = 200_000
MAX_RECORD_LINES = 100
CHUNK = 1 << 24
DELIMITERS = (",", "\t", ";")


@dataclass
class Copy:
    """A text file's copy: for CSV its header; for all how many records it holds, and the broken lines."""

    path: Path
    broken: BrokenLines
    header: list[str] = field(default_factory=list)
    delimiter: str = ","
    records: int = 0
    over_lines: bool = False  # some value holds a line break


def encoding_of(path: Path, name: str) -> tuple[str, bool]:
    """UTF-8 (with or without mark), UTF-16 with a mark, or GB18030; and whether every byte decodes.

    A UTF-8 file with a few damaged lines often decodes as GB18030, into nonsense: the majority decides.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", False
    if _decodes(path, "utf-8"):
        return "utf-8-sig", True
    as_utf8 = as_gb = foreign = 0
    with path.open("rb") as file:
        for line in file:
            if not line.isascii():
                foreign += 1
                as_utf8 += _is(line, "utf-8")
                as_gb += _is(line, "gb18030")
                if foreign == 100_000:
                    break
    if as_utf8 * 2 >= foreign:
        return "utf-8-sig", False
    if as_gb * 2 >= foreign:
        return "gb18030", False
    raise BadInput(
        f"{name}: is neither UTF-8 nor GB18030 text; save it as UTF-8",
        f"{name}：既不是 UTF-8 也不是 GB18030 文本；请存为 UTF-8",
    )


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while block := file.read(CHUNK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _is(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _open(path: Path, encoding: str) -> TextIO:
    # Bytes that are no text stay recognisable, so that their line alone is set aside.
    return path.open(encoding=encoding, errors="surrogateescape")


def copy_csv(path: Path, name: str, target: Path, broken: BrokenLines) -> Copy:
    """Copy a CSV file's whole records, each led by its line number; the header is left out."""
    encoding, clean = encoding_of(path, name)
    with _open(path, encoding) as lines, target.open("w", encoding="utf-8", newline="\n") as out:
        head = lines.readline()
        delimiter, header = _header(head, name)
        copy = Copy(target, broken, header, delimiter)
        for block in _CsvLines(lines, copy, clean).blocks():
            out.write(block)
    return copy


def _header(line: str, name: str) -> tuple[str, list[str]]:
    """The delimiter that makes the most columns of the first line, and those columns."""
    if not line.strip():
        raise BadInput(
            f"{name}: has no header; write the columns' names in its first line", f"{name}：没有表头；请在第一行写列名"
        )
    if not _is_whole(line):
        raise BadInput(
            f"{name}: its header is not readable text; save it as UTF-8", f"{name}：表头不是可读的文字；请存为 UTF-8"
        )
    rows = {d: next(csv.reader([line.rstrip("\r\n")], delimiter=d), []) for d in DELIMITERS}
    delimiter = max(DELIMITERS, key=lambda d: len(rows[d]))
    names = [n.strip() or f"column {i}" for i, n in enumerate(rows[delimiter], 1)]
    folded = [n.casefold() for n in names]
    twice = next((n for n in names if folded.count(n.casefold()) > 1), None)
    if twice:
        raise BadInput(
            f"{name}: its header names {twice!r} twice; give every column a name of its own",
            f"{name}：表头里 {twice!r} 出现两次；请给每列各自的名字",
        )
    return delimiter, names


class _CsvLines:
    """Tells the records of a CSV file apart."""

    def __init__(self, lines: TextIO, copy: Copy, clean: bool) -> None:
        self.lines, self.copy, self.clean = lines, copy, clean
        self.fields = len(copy.header)
        self.batch: list[str] = []

    def blocks(self) -> Iterator[str]:
        """The copy's text, a chunk of lines at a time."""
        first, delimiter, commas, clean = 2, self.copy.delimiter, self.fields - 1, self.clean
        while batch := self.lines.readlines(CHUNK):
            self.batch, out, at = batch, [], 0
            while at < len(batch):
                line = batch[at]
                # The way of nearly every line; whatever is odd about one is looked at slowly.
                if (
                    '"' not in line
                    and line.count(delimiter) == commas
                    and (clean or line.isascii())
                    and "\0" not in line
                    and len(line) <= MAX_RECORD_CHARACTERS
                    and line != "\n"
                ):
                    out.append(f"{first + at}{delimiter}{line}")
                    at += 1
                else:
                    at += self._odd(at, first + at, out)
            if out and not out[-1].endswith("\n"):
                out[-1] += "\n"
            self.copy.records += len(out)
            yield "".join(out)
            first += len(batch)

    def _odd(self, at: int, number: int, out: list[str]) -> int:
        """One record that is not plain: append it or set it aside; how many lines it took."""
        line = self.batch[at]
        if not line.strip():
            return 1  # an empty line is no row
        if not _is_whole(line):
            self.copy.broken.add(number, "the line is not readable text (broken characters)", line)
        elif "\0" in line:
            self.copy.broken.add(number, "the line holds a NUL character", line)
        elif len(line) > MAX_RECORD_CHARACTERS:
            self.copy.broken.add(number, f"the line is longer than {MAX_RECORD_CHARACTERS} characters", line)
        elif '"' not in line:
            found = line.count(self.copy.delimiter) + 1
            if found == self.fields:
                out.append(f"{number}{self.copy.delimiter}{line}")
            else:
                self.copy.broken.add(number, f"the line has {found} fields where the header has {self.fields}", line)
        else:
            return self._with_quotes(at, number, out)
        return 1

    def _with_quotes(self, at: int, number: int, out: list[str]) -> int:
        taken = 0

        def following() -> Iterator[str]:
            nonlocal taken
            length = 0
            while taken < MAX_RECORD_LINES and length <= MAX_RECORD_CHARACTERS:
                if at + taken == len(self.batch):
                    self.batch.extend(self.lines.readlines(1 << 16))
                if at + taken == len(self.batch):
                    return
                line = self.batch[at + taken]
                if not _is_whole(line) or "\0" in line:
                    return
                taken += 1
                length += len(line)
                yield line

        try:
            row = next(csv.reader(following(), delimiter=self.copy.delimiter, strict=True))
        except (csv.Error, StopIteration):
            self.copy.broken.add(
                number, "the line holds a quote that is not closed, or closed too early", self.batch[at]
            )
            return 1
        swallowed = self.batch[at + 1 : at + taken]
        if len(row) != self.fields or any(self._is_row(line) for line in swallowed):
            # Of several lines only the first is blamed: the others are rows of their own after a stray quote.
            found = f"{len(row)} fields" if taken == 1 else "a quote that is not closed"
            self.copy.broken.add(
                number, f"the line has {found} where the header has {self.fields} fields", self.batch[at]
            )
            return 1
        self.copy.over_lines |= taken > 1
        values = '"' + f'"{self.copy.delimiter}"'.join(v.replace('"', '""') for v in row) + '"'
        out.append(f"{number}{self.copy.delimiter}{values}\n")
        return taken

    def _is_row(self, line: str) -> bool:
        """Whether a line inside a quoted value would be a row by itself."""
        try:
            return (
                self.fields > 2
                and len(next(csv.reader([line], delimiter=self.copy.delimiter, strict=True))) == self.fields
            )
        except (csv.Error, StopIteration):
            return False


def copy_jsonl(path: Path, name: str, target: Path, broken: BrokenLines) -> Copy:
    """Copy a JSON Lines file as Parquet of (line, text); whether a text is an object the engine says."""
    schema = pa.schema([("line", pa.int64()), ("text", pa.string())])
    copy = Copy(target, broken)
    number = 0
    with _open(path, encoding_of(path, name)[0]) as lines, pq.ParquetWriter(target, schema) as writer:
        while batch := lines.readlines(CHUNK):
            kept: list[tuple[int, str]] = []
            for line in batch:
                number += 1
                if not line.strip():
                    continue
                if not _is_whole(line):
                    broken.add(number, "the line is not readable text (broken characters)", line)
                elif len(line) > MAX_RECORD_CHARACTERS:
                    broken.add(number, f"the line is longer than {MAX_RECORD_CHARACTERS} characters", line)
                else:
                    kept.append((number, line.strip()))
            writer.write_table(pa.table([[n for n, _ in kept], [t for _, t in kept]], schema=schema))
            copy.records += len(kept)
    return copy


def _is_whole(line: str) -> bool:
    """Whether every byte of the line was text."""
    if line.isascii():
        return True
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
