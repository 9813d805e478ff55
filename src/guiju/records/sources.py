"""The files and frames a user supplies: which there are, and which table each belongs to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from guiju.records import tables
from guiju.records.errors import BadInput, first_line, hint, hint_zh, near

FORMATS = {".parquet": "parquet", ".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
SAID = "Parquet (.parquet), CSV (.csv, .tsv) or JSON Lines (.jsonl, .ndjson)"


@dataclass(frozen=True)
class Input:
    """One supplied file; `name` is its path below the records folder, or the frame's name."""

    name: str
    path: Path
    format: str


@dataclass(frozen=True)
class InputFile:
    """What was read, so that it can be recognised again."""

    name: str
    bytes: int
    sha256: str


def fingerprint(given: Input) -> InputFile:
    """Size and digest of a file; releases the interpreter's lock, so it may run beside queries."""
    with given.path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    return InputFile(given.name, given.path.stat().st_size, digest.hexdigest())


class Folder:
    """A folder of records."""

    def __init__(self, root: Path) -> None:
        if root.is_file():
            raise BadInput(
                f"{root}: is a file; name the folder that holds it, and in that each table's file is named after it",
                f"{root}：是文件；请写它所在的文件夹，其中各表的文件以表命名",
            )
        if not root.is_dir():
            raise BadInput(
                f"{root}: there is no such folder of records; name a folder that holds the files",
                f"{root}：没有这个数据文件夹；请写存放文件的文件夹",
            )
        self.root = root
        self.said = root.name or str(root)
        self.files = sorted(
            p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file() and not _hidden(p, root)
        )

    def find(self, text: str, place: str) -> tuple[Input, ...]:
        """The files a mapping names: one file, a glob, or a folder."""
        wanted = text.strip().removeprefix("./").rstrip("/")
        if wanted.startswith("/") or ".." in wanted.split("/"):
            raise BadInput(
                f"{place}: {text!r} leads out of the records folder; give a path below it",
                f"{place}：{text!r} 指向数据文件夹以外；请写里面的路径",
            )
        if wanted in self.files:
            return (self._input(wanted, place),)
        inside = [f for f in self.files if f.startswith(f"{wanted}/") and Path(f).suffix.lower() in FORMATS]
        if not inside and wanted:
            inside = sorted(p.relative_to(self.root).as_posix() for p in self.root.glob(wanted) if p.is_file())
        if not inside:
            raise BadInput(
                f"{place}: {self.said} holds no file {text!r}; {hint(wanted, self.files, 'it holds')}",
                f"{place}：{self.said} 里没有文件 {text!r}；{hint_zh(wanted, self.files)}",
            )
        return self._same_format([self._input(f, place) for f in inside], place)

    def by_table(self) -> dict[str, tuple[Input, ...]]:
        """Files named after our tables, and folders of their parts."""
        found: dict[str, tuple[Input, ...]] = {}
        for name in tables():
            alone = [f for f in self.files if "/" not in f and _stem(f) == name and Path(f).suffix.lower() in FORMATS]
            parts = [f for f in self.files if f.startswith(f"{name}/") and Path(f).suffix.lower() in FORMATS]
            if len(alone) + bool(parts) > 1:
                both = ", ".join([*alone, *([f"{name}/"] if parts else [])])
                raise BadInput(
                    f"{self.said}: {both} are all the table {name}; keep one, or put the parts in a folder {name}/",
                    f"{self.said}：{both} 都是表 {name}；请留一个，或者把各部分放进文件夹 {name}/",
                )
            if alone or parts:
                place = f"{self.said}/{alone[0] if alone else name}"
                found[name] = self._same_format([self._input(f, place) for f in alone or parts], place)
        return found

    def nothing(self) -> BadInput:
        """What to say where no table at all was found."""
        for file in self.files:
            guess = near(_stem(file), tables())
            if guess and Path(file).suffix.lower() in FORMATS:
                cure = f"did you mean {guess}{Path(file).suffix} where {file} stands?"
                return BadInput(f"{self.said}: holds no table; {cure} tables are {', '.join(tables())}")
        held = f"it holds {', '.join(self.files[:10])}" if self.files else "it is empty"
        return BadInput(
            f"{self.said}: holds no table ({held}); name files after the tables {', '.join(tables())}, "
            "as orders.parquet, or give a mapping"
        )

    def unused(self, used: Iterable[Input]) -> list[str]:
        names = {i.name for i in used}
        return [f for f in self.files if f not in names]

    def _input(self, name: str, place: str) -> Input:
        suffix = Path(name).suffix.lower()
        if suffix not in FORMATS:
            raise BadInput(
                f"{place}: {name} is not a format that is read; save it as {SAID}",
                f"{place}：{name} 不是能读的格式；请存为 {SAID}",
            )
        return Input(name, self.root / name, FORMATS[suffix])

    @staticmethod
    def _same_format(inputs: list[Input], place: str) -> tuple[Input, ...]:
        formats = sorted({i.format for i in inputs})
        if len(formats) > 1:
            raise BadInput(
                f"{place}: mixes {' and '.join(formats)} files; supply all parts of a table in one format",
                f"{place}：混有 {'、'.join(formats)} 文件；一张表的各部分请用同一种格式",
            )
        return tuple(inputs)


class Frames:
    """Tables in memory, by name; each is written to Parquet once, so that a run can be repeated from it."""

    def __init__(self, frames: AnyMapping[str, Any], work: Path) -> None:
        self.frames = dict(frames)
        self.written: dict[str, Input] = {}
        self.folder = work / "frames"
        self.said = "the given frames"

    def find(self, text: str, place: str) -> tuple[Input, ...]:
        """The frame a mapping names."""
        if text not in self.frames:
            raise BadInput(
                f"{place}: there is no frame {text!r}; {hint(text, map(str, self.frames), 'given are')}",
                f"{place}：没有表 {text!r}；{hint_zh(text, map(str, self.frames))}",
            )
        return (self._write(text),)

    def by_table(self) -> dict[str, tuple[Input, ...]]:
        return {name: (self._write(name),) for name in self.frames if name in tables()}

    def nothing(self) -> BadInput:
        for name in self.frames:
            if guess := near(str(name), tables()):
                return BadInput(f"{self.said}: hold no table; did you mean {guess} where {name!r} stands?")
        return BadInput(f"{self.said}: hold no table; name them after the tables {', '.join(tables())}")

    def unused(self, used: Iterable[Input]) -> list[str]:
        names = {i.name for i in used}
        return [str(name) for name in self.frames if name not in names]

    def _write(self, name: str) -> Input:
        if name not in self.written:
            path = self.folder / f"{len(self.written):03}.parquet"
            self.folder.mkdir(parents=True, exist_ok=True)
            pq.write_table(_arrow(name, self.frames[name]), path)
            self.written[name] = Input(name, path, "parquet")
        return self.written[name]


def _arrow(name: str, frame: Any) -> pa.Table:
    """Any frame as an Arrow table."""
    try:
        if isinstance(frame, pa.Table):
            return frame
        if isinstance(frame, duckdb.DuckDBPyRelation):
            return frame.to_arrow_table()
        if hasattr(frame, "collect"):  # a lazy Polars frame
            frame = frame.collect()
        if hasattr(frame, "to_arrow"):
            return frame.to_arrow()
        if type(frame).__module__.startswith("pandas."):
            return pa.Table.from_pandas(frame, preserve_index=False)
    except (pa.ArrowException, duckdb.Error, TypeError, ValueError) as error:
        raise BadInput(
            f"frame {name!r}: cannot be turned into columns of one type ({first_line(error)}); cast them",
            f"表 {name!r}：列里的值不是同一类型；请转换",
        ) from None
    raise BadInput(
        f"frame {name!r}: is a {type(frame).__name__}; give an Arrow table, a Polars or pandas frame, or a relation",
        f"表 {name!r} 是 {type(frame).__name__}；请给 Arrow、Polars 或 pandas 的表",
    )


def _hidden(path: Path, root: Path) -> bool:
    return any(part.startswith((".", "_")) for part in path.relative_to(root).parts)


def _stem(file: str) -> str:
    return Path(file).stem.lower()
