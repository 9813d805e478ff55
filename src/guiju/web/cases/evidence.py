"""A case's evidence over HTTP: the pack as one archive, for mediation or court."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.response import Stream

from guiju.cases import Cases
from guiju.cases.pack import pack
from guiju.ledger import Refused
from guiju.web.cases.admission import ALL, may
from guiju.web.cases.answering import It, Who, gives, problems
from guiju.web.cases.office import Office
from guiju.web.cases.statements import Tongue, language_of

PIECE = 1 << 18  # bytes that are handed out together
EVER = (1980, 1, 1, 0, 0, 0)  # of every file in the archive: the same case gives the same bytes


@get(
    "/v1/cases/{case:str}/evidence", opt=may(*ALL),
    responses=problems(404, 409) | gives(bytes, "the pack", "application/zip"),
)  # fmt: skip
async def evidence(
    request: Request[Any, Any, Any], it: It, who: Who, case: FromPath[str], language: Tongue = None
) -> Response[Any]:
    """Statement, facts, correspondence, attachments and the journal's proof: one folder, one page, in one archive."""
    assert who.case is not None
    if who.is_affected and who.case.proposal is not None:
        raise Refused("two reviewers are deciding this case: the pack can be had when they have")
    tongue = language or language_of(request.headers.get("accept-language", ""))
    archive = await it.read(lambda cases: _packed(it, cases, who.id, tongue))
    headers = {"content-disposition": f'attachment; filename="case-{who.id}.zip"', "x-content-type-options": "nosniff"}
    return Stream(_pieces(archive), media_type="application/zip", headers=headers)


def _packed(it: Office, cases: Cases, id: str, language: str) -> IO[bytes]:
    """The archive, in a file that has no name any more and goes when it is closed."""
    aside = Path(tempfile.mkdtemp(prefix="guiju-pack-"))
    try:
        folder = aside / f"case-{id}"
        pack(cases, id, folder, language, it.attachments)
        archive = tempfile.TemporaryFile()  # noqa: SIM115
        with ZipFile(archive, "w", ZIP_DEFLATED) as written:
            for path in sorted(p for p in folder.rglob("*") if p.is_file()):
                entry = ZipInfo(path.relative_to(aside).as_posix(), EVER)
                entry.compress_type = ZIP_DEFLATED
                with path.open("rb") as file, written.open(entry, "w") as to:
                    shutil.copyfileobj(file, to, PIECE)
        archive.seek(0)
        return archive
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _pieces(archive: IO[bytes]) -> Iterator[bytes]:
    with archive:
        while piece := archive.read(PIECE):
            yield piece


ROUTES = [evidence]
