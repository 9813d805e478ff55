"""Promotion with four eyes: an operator proposes, another confirms, and only then the service is called."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from guiju.audit.report.words import Pair
from guiju.web.console.accounts import OPERATOR, NotDone
from guiju.web.console.admission import may
from guiju.web.console.answering import It, Who, page, threaded
from guiju.web.console.console import Console
from guiju.web.console.gate import asking
from guiju.web.console.gate.proposals import (
    DONE,
    LONGEST_WHY,
    OPEN,
    PROMOTE,
    REFUSED,
    ROLLBACK,
    Promotion,
    Proposals,
)
from guiju.web.console.gate.triggers import NOTHING, SEE, Part, parts, reached
from guiju.web.console.refusals import NotHere
from guiju.web.console.today import Item
from guiju.web.console.visiting import Visitor
from guiju.web.console.words import known
from guiju.web.rollout_description import Changed, Standing

AT = "/gate/promotion"
FIRST_PCT = 10  # the share that the form has for a candidate with less; everybody is never what it has by itself


class Desk(msgspec.Struct):
    """The page. problem: the words for what was not done, with `told`; form: what was filled in then."""

    named: bool
    said: str
    detail: Pair
    url: str
    parts: list[Part] = []
    open: Promotion | None = None
    past: list[Promotion] = []
    changes: list[Changed] = []
    may_propose: bool = False
    may_confirm: bool = False
    account: str = ""
    longest: int = LONGEST_WHY
    problem: str = ""
    told: dict[str, Any] = {}
    form: dict[str, str] = msgspec.field(default_factory=lambda: {"step": "share", "share": "", "why": ""})


@get(AT, opt=may(*SEE))
@threaded
def desk(request: Request[Any, Any, Any], it: It, who: Who) -> Response[Any]:
    return page(request, "gate_promotion.html.j2", _desk(it, who))


@post(AT, opt=may(OPERATOR), status_code=200)
@threaded
def propose(request: Request[Any, Any, Any], it: It, who: Who) -> Response[Any]:
    form = {name: who.form.get(name, "") for name in ("step", "share", "why")}
    now = _reached(it)
    if now is None:
        return page(request, "gate_promotion.html.j2", _desk(it, who), status=503)
    try:
        step, share = _move(form)
        _proposals(it).propose(who.account, step, share, form["why"], now)
    except NotDone as error:
        return _refused(request, it, who, error, form)
    return Redirect(f"{AT}?done=proposed", status_code=303)


@post(AT + "/{id:str}/confirmed", opt=may(OPERATOR), status_code=200)
@threaded
def confirm(request: Request[Any, Any, Any], it: It, who: Who, id: FromPath[str]) -> Response[Any]:
    now = _reached(it)
    if now is None or it.gate is None:
        return page(request, "gate_promotion.html.j2", _desk(it, who), status=503)
    proposals = _proposals(it)
    try:
        of = proposals.confirm(id, who.account, now)
    except NotDone as error:
        return _refused(request, it, who, error, {})
    try:
        it.gate.asking.move(of.step, of.told, of.version, of.share_pct if of.step == PROMOTE else None)
    except asking.NotDone as error:
        proposals.ended(of, REFUSED, str(error))
        return _refused(request, it, who, NotDone("promotion_refused", said=who.words.said(error)), {})
    except asking.NotReached:  # whether it was done is not known: the page finds out from the service's own changes
        return _refused(request, it, who, NotDone("promotion_not_known"), {})
    proposals.ended(of, DONE)
    return Redirect(f"{AT}?done=confirmed", status_code=303)


@post(AT + "/{id:str}/declined", opt=may(OPERATOR), status_code=200)
@threaded
def decline(request: Request[Any, Any, Any], it: It, who: Who, id: FromPath[str]) -> Response[Any]:
    try:
        _proposals(it).decline(id, who.account)
    except NotDone as error:
        return _refused(request, it, who, error, {})
    return Redirect(f"{AT}?done=declined", status_code=303)


def _move(form: dict[str, str]) -> tuple[str, float]:
    """What is asked for. Raises NotDone."""
    if form["step"] == ROLLBACK:
        return ROLLBACK, 0.0
    if form["step"] not in ("all", "share"):
        raise NotDone("promotion_choose")
    text = "100" if form["step"] == "all" else form["share"].strip().replace("％", "").rstrip("%").strip()
    try:
        share = float(text) if len(text) < 12 else 0.0
    except ValueError:
        share = 0.0
    return PROMOTE, round(share, 2) if 0 < share <= 100 else 0.0


def _proposals(it: Console) -> Proposals:
    if it.gate is None:
        raise NotHere("no gate was named")
    return Proposals(it.engine, it.clock, it.gate.named.url)


def _reached(it: Console) -> Standing | None:
    return reached(it.gate)[0] if it.gate else None


def _refused(
    request: Request[Any, Any, Any], it: Console, who: Who, error: NotDone, form: dict[str, str]
) -> Response[Any]:
    content = _desk(it, who)
    content.problem, content.told, content.form = error.name, dict(error.values), content.form | form
    if state := content.told.get("state"):
        content.told["state"] = who.words.of(known()[f"promotion_is_{state}"])
    return page(request, "gate_promotion.html.j2", content, status=409)


def _desk(it: Console, who: Who) -> Desk:
    if it.gate is None:
        return Desk(False, "", NOTHING, "")
    now, said, detail = reached(it.gate)
    proposals = _proposals(it)
    if now is not None:
        proposals.settle(now)
    newest = proposals.newest()
    waiting = next((one for one in newest if one.state == OPEN), None)
    operates = who.is_one_of(OPERATOR)
    made = Desk(
        True, said, detail, it.gate.named.url, parts(it.gate, now) if now else [], waiting,
        [one for one in newest if one != waiting], now.changes[:20] if now else [],
        operates and now is not None and now.candidate is not None and waiting is None,
        operates and now is not None and waiting is not None and waiting.proposed_by != who.account, who.account,
    )  # fmt: skip
    if now is not None and now.candidate is not None and now.candidate.share_pct < FIRST_PCT:
        made.form["share"] = f"{FIRST_PCT}"
    return made


def today(it: Console, who: Visitor) -> list[Item]:
    """A proposal that waits for this operator, as it was kept: the service is not asked while somebody looks on."""
    if it.gate is None or not who.is_one_of(OPERATOR):
        return []
    waiting = [one for one in _proposals(it).newest() if one.state == OPEN and one.proposed_by != who.account]
    return [Item("today_promotion", len(waiting), AT)] if waiting else []


ROUTES = [desk, propose, confirm, decline]
