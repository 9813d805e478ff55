"""What a party's link opens in a browser, and what is sent from there: an appeal with files, more words, new facts.

The link stands in the address of the form, as in that of the page: whoever has it may appeal, and no cookie is there
that another site could use. What was written is never lost: where it cannot be taken, it is on the page that says why.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, TypeAlias
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect

from guiju.cases import Case, Cases, Desk
from guiju.cases.attachments import MAX_BYTES, Attachment, clean
from guiju.cases.statement import stated
from guiju.cases.statement.page import Phrases
from guiju.cases.steps import PARTY
from guiju.ledger import Refused
from guiju.ledger.database import Unavailable
from guiju.records.errors import BadInput
from guiju.web.cases.admission import Admitted, may
from guiju.web.cases.answering import It, Who, shown
from guiju.web.cases.office import Office
from guiju.web.cases.page.view import (
    MOST_FILES,
    MOST_WORDS,
    WORDS,
    Asked,
    Draft,
    Page,
    headers,
    new_key,
    refusal,
    render,
    without_link,
)
from guiju.web.cases.refusals import HANDLERS
from guiju.web.cases.statements import language_of

MOST_BYTES = MOST_FILES * MAX_BYTES + (1 << 20)  # of a form with its files
PIECE = 1 << 18
KEY = re.compile(r"[!-~]{1,200}")
Tongue = Annotated[str | None, QueryParameter(pattern="^(zh|en)$", description="else as Accept-Language says")]
AnyRequest: TypeAlias = Request[Any, Any, Any]


class Fault(Exception):
    """What is the matter with a draft: a sentence of words.yaml, and what stands in it."""

    def __init__(self, sentence: str, status: int = 422, /, **values: object) -> None:
        super().__init__(sentence)
        self.sentence, self.status, self.values = sentence, status, values


def tongue_of(request: AnyRequest) -> str:
    """The language that the address or the browser asks for."""
    asked = request.query_params.get("language", "")
    return asked if asked in ("zh", "en") else language_of(request.headers.get("accept-language", ""))


def as_page(request: AnyRequest, error: Exception) -> Response[Any]:
    """Whatever went wrong, as a page; it is logged as anywhere else."""
    handler = next(HANDLERS[kind] for kind in type(error).__mro__ if kind in HANDLERS)
    told: Response[Any] = handler(request, error)
    language = tongue_of(request)
    status = told.status_code or 500
    return Response(
        refusal(status, language, of=_asked_of(request)),
        media_type="text/html",
        status_code=status,
        headers=dict(headers(language)),
    )


def _asked_of(request: AnyRequest) -> Asked:
    """The link that an address holds, and whose cases are here."""
    office: Office = request.app.state.office
    return Asked(request.query_params.get("link", ""), tuple(sorted(office.platforms)))


@get("/", opt=may(), include_in_schema=False, sync_to_thread=False)
def front(request: AnyRequest) -> Response[str]:
    """What this is, for whoever comes without a link."""
    language = tongue_of(request)
    return Response(without_link(language, _asked_of(request)), media_type="text/html", headers=headers(language))


SHOWN = dict.fromkeys(HANDLERS, as_page)


@get("/cases/{case:str}", opt=may(PARTY), include_in_schema=False, exception_handlers=SHOWN)
async def open_case(
    request: AnyRequest, it: It, who: Who, case: FromPath[str], received: Annotated[int, QueryParameter(ge=0)] = 0
) -> Response[str]:
    """The party's own case."""
    return await _page(request, it, who, Draft(), 200, received)


@post(
    "/cases/{case:str}", opt=may(PARTY, is_form=True), include_in_schema=False, exception_handlers=SHOWN,
    request_max_body_size=MOST_BYTES,
)  # fmt: skip
async def tell(request: AnyRequest, it: It, case: FromPath[str]) -> Response[Any]:
    """What the party sends from the page: done once, however often it is sent."""
    form = await request.form()
    draft = Draft(_text(form.get("act")), _text(form.get("words")).strip(), _text(form.get("key")))
    draft = draft if KEY.fullmatch(draft.key) else replace(draft, key=new_key())
    language = tongue_of(request)
    if (refused := request.scope.get("refused")) is not None:
        status = refused.status_code
        text = refusal(status, language, draft, _asked_of(request))
        return Response(text, media_type="text/html", status_code=status, headers=headers(language))
    who: Admitted = request.scope["admitted"]
    sent = [one for one in form.getall("files", []) if isinstance(one, UploadFile) and one.filename]
    try:
        done = await _told(it, who, draft, sent)
    except Fault as fault:
        says = Phrases(language, WORDS)(fault.sentence, **fault.values)
        return await _page(request, it, who, replace(draft, fault=says), fault.status)
    again = {"link": request.query_params.get("link", ""), "language": language, "received": done.steps}
    return Redirect(f"{case}?{urlencode(again)}", status_code=303)


async def _told(it: Office, who: Admitted, draft: Draft, sent: Sequence[UploadFile]) -> Case:
    """The case after what was sent. Raises Fault."""
    if not draft.words:
        raise Fault("fault_words")
    if len(draft.words) > MOST_WORDS:
        raise Fault("fault_long", most=f"{MOST_WORDS:,}", n=f"{len(draft.words):,}")
    if len(sent) > MOST_FILES:
        raise Fault("fault_files", most=MOST_FILES)
    write = ACTS.get(draft.act)
    if write is None:
        raise Fault("fault_state", 409)
    key, id, files = who.key(draft.key), who.id, [await _kept(it, who.id, one) for one in sent]
    try:
        return await it.write(lambda desk: write(desk, key, id, who.by, draft.words, files))
    except Refused:
        raise Fault("fault_state", 409) from None
    except Unavailable:
        raise Fault("fault_busy", 503) from None


Write = Callable[[Desk, str, str, str, str, list[Attachment]], Case]
ACTS: dict[str, Write] = {
    "appeal": lambda d, key, id, by, words, files: d.appeal(
        key, id, by=by, role=PARTY, words=words, attachments=files
    ),
    "state": lambda d, key, id, by, words, files: d.state(key, id, by=by, role=PARTY, words=words, attachments=files),
    "reopen": lambda d, key, id, by, words, files: d.reopen(
        key, id, by=by, role=PARTY, words=words, attachments=files
    ),
    "retract": lambda d, key, id, by, words, _: d.retract(key, id, by=by, role=PARTY, why=words),
    "leave": lambda d, key, id, by, words, _: d.leave(key, id, by=by, role=PARTY, why=words),
}  # fmt: skip


async def _kept(it: Office, case: str, sent: UploadFile) -> Attachment:
    """A file of the form, kept as any attachment. Raises Fault."""
    if not it.may_upload(case):
        raise Fault("fault_many", 429)
    try:
        return await asyncio.get_running_loop().run_in_executor(None, partial(_keep, it, sent))
    except BadInput:
        raise Fault("fault_file", name=clean(sent.filename), mb=it.attachments.max_bytes // 1_000_000) from None


def _keep(it: Office, sent: UploadFile) -> Attachment:
    sent.file.seek(0)
    return it.attachments.keep(iter(lambda: sent.file.read(PIECE), b""), sent.filename, sent.content_type)


async def _page(
    request: AnyRequest, it: Office, who: Admitted, draft: Draft, status: int, received: int = 0
) -> Response[str]:
    language, link = tongue_of(request), request.query_params.get("link", "")

    def read(cases: Cases) -> Page:
        now = Admitted(who.caller, who.role, cases.case(who.id))  # it may have gone on since it was admitted
        return Page(shown(cases, now), stated(cases, who.id), link, it.attachments.max_bytes, draft, received)

    page = await it.read(read)
    it.platforms.add(page.says.platform)
    text = render(page, language)
    return Response(text, media_type="text/html", status_code=status, headers=headers(language))


def _text(given: Any) -> str:
    """A field of a form as text that a database keeps; a file in its place is none."""
    return given.replace("\x00", "").replace("\r\n", "\n") if isinstance(given, str) else ""


ROUTES = [front, open_case, tell]
