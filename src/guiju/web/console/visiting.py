"""Who asks, in which language and light; and the token that every form of theirs carries."""

from __future__ import annotations

import secrets
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request
from litestar.datastructures import Cookie

from guiju.web.console.drafts import form_token
from guiju.web.console.sessions import Session
from guiju.web.console.words import Words, language_of

SESSION, VISIT, LANGUAGE, THEME = "guiju_session", "guiju_visit", "guiju_language", "guiju_theme"
THEMES = ("auto", "light", "dark")
YEAR_SECONDS = 365 * 86_400


class Visitor(msgspec.Struct):
    """Whoever sent a request. session: None of somebody not signed in; token: of that session, or of the visit.

    page: where the form stands that was sent, if its words are kept as a draft.
    """

    words: Words
    theme: str
    token: str
    session: Session | None = None
    cookies: list[Cookie] = msgspec.field(default_factory=list)
    form: dict[str, str] = msgspec.field(default_factory=dict)
    page: str = ""
    several: dict[str, list[str]] = msgspec.field(default_factory=dict)  # of the form, every value of a name

    @property
    def account(self) -> str:
        """The name of somebody signed in."""
        assert self.session is not None
        return self.session.account

    def is_one_of(self, *roles: str) -> bool:
        return self.session is not None and bool(self.session.roles & {*roles})

    @property
    def form_token(self) -> str:
        """What the forms of this visit carry."""
        return form_token(self.token)


def visitor(request: Request[Any, Any, Any], session: Session | None, secure: bool, zone: ZoneInfo) -> Visitor:
    """Who asks, as cookies and address say. A choice in the address (`?language=zh`, `?theme=dark`) is kept."""
    sent, asked = request.cookies, request.query_params
    language, theme = asked.get("language"), asked.get("theme")
    chosen = [(LANGUAGE, language)] if language in ("zh", "en") else []
    chosen += [(THEME, theme)] if theme in THEMES else []
    cookies = [kept(name, value, secure, YEAR_SECONDS) for name, value in chosen if value]
    token = sent.get(SESSION, "") if session else sent.get(VISIT, "")
    if not token:
        token = secrets.token_urlsafe(32)
        cookies.append(kept(VISIT, token, secure))
    words = Words(language_of(language or sent.get(LANGUAGE), request.headers.get("accept-language")), zone)
    theme = theme if theme in THEMES else sent.get(THEME, "auto")
    return Visitor(words, theme if theme in THEMES else "auto", token, session, cookies)


def kept(name: str, value: str, secure: bool, seconds: int | None = None) -> Cookie:
    """A cookie that no script reads, and that other sites do not have sent with what they post."""
    return Cookie(name, value=value, path="/", httponly=True, samesite="lax", secure=secure, max_age=seconds)


def gone(name: str) -> Cookie:
    return Cookie(name, value="", path="/", httponly=True, samesite="lax", max_age=0)
