"""What the page of a case tells of its notices, and what was typed into it."""

from __future__ import annotations

import secrets

import msgspec

from guiju.cases.notices.letters import Notice, notices
from guiju.web.console.accounts import OPERATOR
from guiju.web.console.console import Console
from guiju.web.console.drafts import Draft, Form
from guiju.web.console.visiting import Visitor

HANDING = Form("delivery", ("step", "proof", "key"), "/cases/{case}#notices")


class Telling(msgspec.Struct):
    """What the party is told of. may_tell: by this account; has_link: letters can carry the link that opens the case.

    step, proof: of a delivery that was not taken: why is `fault`, or it was sent when a session had ended (`kept`).
    """

    notices: list[Notice]
    may_tell: bool
    has_link: bool
    key: str
    step: int = 0
    proof: str = ""
    fault: str = ""
    kept: Draft | None = None


def telling(it: Console, who: Visitor, id: str, told: tuple[int, str, str] | None) -> Telling:
    """What the page of a case tells of its notices; `told` is what was typed and not taken."""
    assert it.cases is not None
    kept = it.drafts.of(who.account, HANDING.page.format(case=id))
    said = kept.fields if kept else {}
    number = said.get("step", "")
    was = (int(number) if number.isdigit() and len(number) < 10 else 0, said.get("proof", ""), "")
    return Telling(
        notices(it.cases, id), who.is_one_of(OPERATOR), it.link is not None, secrets.token_urlsafe(12),
        *(told or was), kept,
    )  # fmt: skip
