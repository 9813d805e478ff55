"""One's own drafts: what was sent when a session had ended, where its form is, and how to let it go."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from guiju.web.console.admission import STAFF, may
from guiju.web.console.answering import It, Who, page, threaded
from guiju.web.console.drafts import KEPT_DAYS, Draft
from guiju.web.console.refusals import NotHere


class Kept(msgspec.Struct):
    """An account's drafts, the newest first."""

    drafts: list[Draft]
    days: int = KEPT_DAYS


@get("/drafts", opt=may(*STAFF))
@threaded
def drafts(request: Request[Any, Any, Any], it: It, who: Who) -> Response[Any]:
    return page(request, "drafts.html.j2", Kept(it.drafts.all(who.account)))


@post("/drafts/{draft:str}/removed", opt=may(*STAFF), status_code=200)
@threaded
def let_go(it: It, who: Who, draft: FromPath[str]) -> Response[Any]:
    """Gone at once; the page that its form stands on is shown empty."""
    known = next((one for one in it.drafts.all(who.account) if one.id == draft), None)
    if known is None or not it.drafts.remove(who.account, draft):
        raise NotHere("there is no such draft of this account")
    return Redirect(known.page if who.form.get("on") == "page" else "/drafts", status_code=303)


ROUTES = [drafts, let_go]
