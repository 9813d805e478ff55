"""How the cases are answered: what is open and late, how long answers took, and how precise each trigger was."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get

from guiju.cases.reports import Precision, Service, precision, service
from guiju.web.console.admission import may
from guiju.web.console.answering import It, page, threaded
from guiju.web.console.cases import SEE, Queue


class Work(msgspec.Struct):
    """Of all platforms, or of one; triggers by name."""

    platform: str
    service: Service
    triggers: list[Precision]


@get("/service", opt=may(*SEE))
@threaded
def work(request: Request[Any, Any, Any], it: It) -> Response[Any]:
    platform = request.query_params.get("platform", "").replace("\x00", "").strip()
    if it.cases is None:
        return page(request, "cases_none.html.j2", Queue([], {}, ""))
    content = Work(platform, service(it.cases, platform or None), precision(it.cases, platform or None))
    return page(request, "service.html.j2", content)


ROUTES = [work]
