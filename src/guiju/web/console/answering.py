"""How pages answer: what a handler gives is shown as HTML, or told as JSON to whoever asks for that."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial, wraps
from importlib.resources import files
from string import Formatter
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import anyio
import msgspec
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.di import Provide
from litestar.params import SkipValidation
from markupsafe import Markup

from guiju.audit.report.templates import environment as statements
from guiju.audit.report.words import Pair
from guiju.cases.statement import Statement
from guiju.cases.statement.page import Phrases, fields
from guiju.web.console.admission import STAFF
from guiju.web.console.console import Console
from guiju.web.console.navigation import sections
from guiju.web.console.parts import packages, parts, static
from guiju.web.console.visiting import THEMES, Visitor
from guiju.web.console.words import LANGUAGES, Words

It = SkipValidation[Console]
Who = SkipValidation[Visitor]


def _console(request: Request[Any, Any, Any]) -> Console:
    console: Console = request.app.state.console
    return console


def _who(request: Request[Any, Any, Any]) -> Visitor:
    who: Visitor = request.scope["visitor"]
    return who


DEPENDENCIES = {"it": Provide(_console, sync_to_thread=False), "who": Provide(_who, sync_to_thread=False)}


def threaded(handler: Callable[..., Any]) -> Callable[..., Any]:
    """A handler that waits for a database or a file, run beside the event loop.

    Litestar's own `sync_to_thread=True` wraps a handler twice where a path has several methods.
    """

    @wraps(handler)
    async def answered(**given: Any) -> Any:
        return await anyio.to_thread.run_sync(partial(handler, **given))

    return answered


def wants_json(request: Request[Any, Any, Any]) -> bool:
    """Whether JSON is asked for rather than a page."""
    accepted = request.headers.get("accept", "")
    return "json" in accepted and "text/html" not in accepted


def page(
    request: Request[Any, Any, Any],
    template: str,
    content: Any,
    *,
    status: int = 200,
    cookies: tuple[Cookie, ...] = (),
) -> Response[bytes]:
    """A page of `templates/`, in which `c` is the content; the content itself where JSON is asked for.

    Whatever is not everybody's to see is left out of the content, not of the template.
    """
    who = _who(request)
    given = [*who.cookies, *cookies]
    if wants_json(request):
        return Response(msgspec.json.encode(content), status_code=status, media_type="application/json", cookies=given)
    told = environment().get_template(template).render(c=content, **frame(request, who))
    return Response(told.encode(), status_code=status, media_type="text/html", cookies=given)


def frame(request: Request[Any, Any, Any], who: Visitor) -> dict[str, Any]:
    """What every template knows besides its content."""
    return {
        "w": who.words, "who": who, "path": request.url.path, "query": dict(request.query_params),
        "here": _address(request), "sections": sections(who, request.url.path),
        "demo": _console(request).demo,
    }  # fmt: skip


def _address(request: Request[Any, Any, Any]) -> Any:
    """A function: this page's address with some of what it asks for another."""
    asked = {k: v for k, v in request.query_params.items() if k not in ("language", "theme")}

    def here(**other: str | None) -> str:
        values = {k: v for k, v in {**asked, **other}.items() if v not in (None, "")}
        return f"{request.url.path}?{urlencode(values)}" if values else request.url.path

    return here


@cache
def environment() -> Environment:
    """The templates: what is written into them is escaped, and a name they do not know is an error."""
    within = [one for one in packages() if (files(one) / "templates").is_dir()]
    made = Environment(
        loader=ChoiceLoader([PackageLoader(one, "templates") for one in within]),
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.globals |= {
        "LANGUAGES": LANGUAGES, "THEMES": THEMES, "static": static, "STAFF": STAFF,
        "zone": ZoneInfo, "filled": _filled, "bool": bool, "same": _same, "pairs": _pairs, "said": _said,
        "statement": _statement, "of_statement": _of_statement,
    }  # fmt: skip
    for part in parts():
        made.globals |= part.known
    return made


# Choices of a list to choose from, as value and text: texts that are their own values, pairs, names of words.
def _same(values: list[str]) -> list[tuple[str, str]]:
    return [(value, value) for value in values]


def _pairs(values: list[tuple[str, Pair]], w: Words) -> list[tuple[str, str]]:
    return [(value, w.of(pair)) for value, pair in values]


def _said(prefix: str, values: list[str], w: Words) -> list[tuple[str, str]]:
    return [(value, w(prefix + value)) for value in values]


def _filled(template: str) -> list[tuple[str, str | None]]:
    """A sentence's template as texts, each with the name that is filled in after it."""
    return [(literal, name) for literal, name, _, _ in Formatter().parse(template)]


@cache
def _of_statement(language: str) -> Phrases:
    """The words of statements of reasons: steps, roles, outcomes."""
    return Phrases(language)


def _statement(says: Statement, language: str) -> Markup:
    """A statement of reasons as whoever it concerns reads it; its own template has escaped it."""
    template = statements("guiju.cases.statement").get_template("body.html.j2")
    return Markup(template.render(fields(says, _of_statement(language))))
