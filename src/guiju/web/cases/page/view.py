"""A case as the page of whoever it is about: the statement of reasons, what can be said now, and what was said."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from jinja2 import ChoiceLoader, Environment, PackageLoader

from guiju.audit.report.templates import environment
from guiju.cases.attachments import ENDINGS, Attachment
from guiju.cases.case import APPEALED, REOPENED
from guiju.cases.statement import Statement
from guiju.cases.statement.page import Phrases, fields
from guiju.web.cases.told import CaseOpened

WORDS = Path(__file__).with_name("words.yaml")
MOST_FILES = 5  # at a time
MOST_WORDS = 20_000  # characters
MOST_PLATFORMS = 5  # that a page without a case names
SPOKEN = ("appealed", "stated", "reopened", "retracted", "left")
ACT_OF = {"appealed": "appeal", "stated": "state", "reopened": "reopen", "retracted": "retract", "left": "leave"}
WITH_FILES = ("appeal", "state", "reopen")


@dataclass(frozen=True)
class Draft:
    """What somebody wrote and is not sent: which act, the words, under which key, and what is the matter with it."""

    act: str = ""
    words: str = ""
    key: str = ""
    fault: str = ""


@dataclass(frozen=True)
class Asked:
    """Of a page that shows no case: the link that was given, '' if none, and the platforms whose cases are here."""

    link: str = ""
    platforms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Act:
    """Something that can be said to a case now. `open`: its form is seen at once."""

    name: str
    key: str
    words: str = ""
    open: bool = True

    @property
    def takes_files(self) -> bool:
        return self.name in WITH_FILES


@dataclass(frozen=True)
class Said:
    """What was said to the case by or for the party, in its zone's time."""

    step: int
    act: str
    at: datetime
    by: str
    role: str
    words: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class Page:
    """All that the page of a case tells. `received`: the step whose arrival it confirms, if it is the party's."""

    case: CaseOpened
    says: Statement
    link: str
    most_bytes: int
    draft: Draft = Draft()
    received: int = 0


def can(case: CaseOpened, says: Statement) -> list[str]:
    """The acts that are open to the party now, the most needed first."""
    acts = [name for name, open in (("appeal", says.redress.can_appeal), ("reopen", says.redress.can_reopen)) if open]
    if case.state in (APPEALED, REOPENED):
        acts += ["state", *(["retract"] if case.state == APPEALED else [])]
    return [*acts, *(["leave"] if case.group and not case.outcome else [])]


def render(page: Page, language: str) -> str:
    """One HTML page without scripts, in one language."""
    w, acts = Phrases(language, WORDS), _acts(page)
    said = _said(page)
    other = "en" if language == "zh" else "zh"
    return _pages().get_template("case.html.j2").render(
        fields(page.says, w, "#appeal") | {
            "acts": acts, "said": said, "draft": page.draft, "most": MOST_FILES, "mb": page.most_bytes // 1_000_000,
            "received": next((one for one in said if one.step == page.received), None),
            "kinds": ",".join(end for ends in ENDINGS.values() for end in ends),
            "address": _address(page.link, language), "other": _address(page.link, other), "quote": quote,
            "link": page.link, "other_language": w("other_language"), "most_words": MOST_WORDS,
        }
    )  # fmt: skip


def refusal(status: int, language: str, draft: Draft = Draft(), of: Asked = Asked()) -> str:
    """The page of a link that opens nothing, or of what could not be done; what was written stands on it."""
    name = f"refused_{status}"
    return _told(language, "refused", name if status in (401, 403, 404, 413, 503) else "refused_other", of, draft)


def without_link(language: str, of: Asked) -> str:
    """The page of whoever comes without a link."""
    return _told(language, "front", "front_says", of)


def _told(language: str, title: str, says: str, of: Asked, draft: Draft = Draft()) -> str:
    w, other = Phrases(language, WORDS), "en" if language == "zh" else "zh"
    return _pages().get_template("refused.html.j2").render(
        w=w, title=title, says=w(says), draft=draft, chinese=language == "zh", other=_address(of.link, other),
        platforms=w("comma").join(of.platforms) if len(of.platforms) <= MOST_PLATFORMS else "",
    )  # fmt: skip


def new_key() -> str:
    """A call's key, made with the form: sent twice it is done once."""
    return secrets.token_urlsafe(12)


def _acts(page: Page) -> list[Act]:
    made = [Act(name, new_key(), open=name not in ("retract", "leave")) for name in can(page.case, page.says)]
    draft = page.draft
    return [
        replace(act, key=draft.key or act.key, words=draft.words, open=True) if act.name == draft.act else act
        for act in made
    ]


def _said(page: Page) -> list[Said]:
    """Oldest first."""
    zone = ZoneInfo(page.says.zone)
    return [
        Said(
            step.number, ACT_OF[step.kind], step.at.astimezone(zone), step.by, step.role,
            step.says.get("words") or step.why, tuple(Attachment(**one) for one in step.says.get("attachments", ())),
        )
        for step in page.case.history if step.kind in SPOKEN
    ]  # fmt: skip


def _address(link: str, language: str) -> str:
    """The page's own address, as one on the page may name it."""
    return "?" + urlencode(({"link": link} if link else {}) | {"language": language})


@cache
def _pages() -> Environment:
    return environment("guiju.cases.statement").overlay(
        loader=ChoiceLoader([PackageLoader("guiju.web.cases.page", "."), PackageLoader("guiju.cases.statement", ".")])
    )


def headers(language: str) -> dict[str, Any]:
    """What goes with each of these pages: nothing on them runs, is framed, or sends a form elsewhere."""
    return {
        "content-language": language,
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
        "frame-ancestors 'none'; form-action 'self'",
        "vary": "accept-language",
    }
