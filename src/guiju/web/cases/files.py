"""Attachments that arrive in pieces and are refused at the first that is too much, and that are handed out again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.exceptions import HTTPException
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from guiju.cases import Cases
from guiju.cases.attachments import ALIASES, ENDINGS, Attachment, headers
from guiju.records.errors import BadInput
from guiju.web.cases import office
from guiju.web.cases.admission import AFFECTED, ALL, may
from guiju.web.cases.answering import It, Who, gives, problems
from guiju.web.cases.asked import SAID
from guiju.web.cases.office import Office
from guiju.web.cases.receipts import receipt

PIECE = 1 << 18  # bytes that are handed out together
Name = Annotated[str, QueryParameter(min_length=1, max_length=300, pattern=SAID, description="what the file is called")]


class Uploaded(msgspec.Struct, frozen=True):
    """An attachment that is kept; its `receipt` names it in an appeal or other words."""

    receipt: str
    sha256: str
    name: str
    type: str
    size: int


@post(
    "/v1/cases/{case:str}/attachments", opt=may(*AFFECTED), responses=problems(404, 413, 415, 422, 429),
    request_max_body_size=None,
)  # fmt: skip
async def upload(request: Request[Any, Any, Any], it: It, who: Who, case: FromPath[str], name: Name) -> Uploaded:
    """Send one file as the body, its kind as `Content-Type`. The same file again is answered the same."""
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if ALIASES.get(declared, declared) not in ENDINGS:
        raise HTTPException(status_code=415, detail=f"{declared[:80] or 'no Content-Type'} is not taken; {TAKEN}")
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced[:15]) > it.attachments.max_bytes:
        raise too_large(it.attachments.max_bytes)
    if not it.may_upload(who.id):
        raise HTTPException(
            status_code=429, detail=f"a case takes {office.MOST_UPLOADS} files a day; send more tomorrow"
        )
    kept = await _received(request, it, name, declared)
    return Uploaded(receipt(it.callers.links, who.id, kept), kept.sha256, kept.name, kept.type, kept.size)


TAKEN = "send a PDF, PNG, JPEG, WebP, MP3, M4A or a plain text"


async def _received(request: Request[Any, Any, Any], it: Office, name: str, declared: str) -> Attachment:
    """The file, piece by piece to the disk; no more than a piece is in memory."""
    loop, size = asyncio.get_running_loop(), 0
    receiving = it.attachments.receiving(name, declared)
    upload = await loop.run_in_executor(None, receiving.__enter__)
    try:
        async for piece in request.stream():
            size += len(piece)
            if size > it.attachments.max_bytes:
                raise too_large(it.attachments.max_bytes)
            await loop.run_in_executor(None, upload.write, piece)
        kept = await loop.run_in_executor(None, upload.finish)
    except BaseException as error:
        await loop.run_in_executor(None, receiving.__exit__, type(error), error, error.__traceback__)
        raise
    await loop.run_in_executor(None, receiving.__exit__, None, None, None)
    return kept


def too_large(most: int) -> HTTPException:
    return HTTPException(status_code=413, detail=f"an attachment holds at most {most:,} bytes; send a smaller file")


@get(
    "/v1/cases/{case:str}/attachments/{digest:str}", opt=may(*ALL),
    responses=problems(404) | gives(bytes, "the file", "application/octet-stream"),
)  # fmt: skip
async def download(it: It, who: Who, case: FromPath[str], digest: FromPath[str]) -> Response[Any]:
    """A file that came with somebody's words in this case: to save, never to show."""
    found, path = await it.read(partial(_in_case, it, who.id, digest))
    return Stream(_pieces(path), headers=headers(found))


def _in_case(it: Office, id: str, digest: str, cases: Cases) -> tuple[Attachment, Path]:
    for step in cases.history(id):
        for one in getattr(step.says, "attachments", ()):
            if one.sha256 == digest:
                try:
                    return one, it.attachments.path(digest)
                except BadInput:
                    raise HTTPException(
                        status_code=503, detail="the file is not in the folder of attachments"
                    ) from None
    raise HTTPException(status_code=404, detail=f"there is no attachment {digest[:64]!r} in this case")


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


ROUTES = [upload, download]
