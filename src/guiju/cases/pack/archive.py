"""The pack as one file: what a browser or a program is handed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from guiju.cases.attachments import Attachments
from guiju.cases.pack.packing import pack
from guiju.cases.store import Cases

PIECE = 1 << 18  # bytes that are handed out together
EVER = (1980, 1, 1, 0, 0, 0)  # of every file in the archive: the same case gives the same bytes


def archive(cases: Cases, id: str, language: str = "zh", kept: Attachments | None = None) -> IO[bytes]:
    """The pack of a case as a zip, in a file that has no name any more and goes when it is closed.

    Raises Refused: there is no such case.
    """
    aside = Path(tempfile.mkdtemp(prefix="guiju-pack-"))
    try:
        folder = aside / f"case-{id}"
        pack(cases, id, folder, language, kept)
        made = tempfile.TemporaryFile()  # noqa: SIM115
        with ZipFile(made, "w", ZIP_DEFLATED) as written:
            for path in sorted(p for p in folder.rglob("*") if p.is_file()):
                entry = ZipInfo(path.relative_to(aside).as_posix(), EVER)
                entry.compress_type = ZIP_DEFLATED
                with path.open("rb") as file, written.open(entry, "w") as to:
                    shutil.copyfileobj(file, to, PIECE)
        made.seek(0)
        return made
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def pieces(made: IO[bytes]) -> Iterator[bytes]:
    """An archive by the piece; it is closed at its end."""
    with made:
        while piece := made.read(PIECE):
            yield piece


def headers(id: str) -> dict[str, str]:
    """Of an answer that is the archive: to save, never to show."""
    return {"content-disposition": f'attachment; filename="case-{id}.zip"', "x-content-type-options": "nosniff"}
