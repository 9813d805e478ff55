"""What those affected do: appeal, be heard, take an appeal back, let somebody speak for them, bring new facts."""

from __future__ import annotations

from litestar import Response, post
from litestar.params import JSONBody

from guiju.cases import Case, Cases, Desk
from guiju.cases.steps import AGENCY, OPERATOR, PARTY, REPRESENTATIVE, REVIEWER
from guiju.web.cases import asked as a
from guiju.web.cases.admission import AFFECTED, SPEAKER, may, nowhere, visible
from guiju.web.cases.answering import It, Who, done, problems
from guiju.web.cases.receipts import attachments
from guiju.web.cases.told import CaseTold, told

WRITE = problems(404, 409, 413, 422)


@post("/v1/cases/{case:str}/appeals", opt=may(*AFFECTED), responses=WRITE)
async def appeal(it: It, who: Who, key: a.Key, case: a.Path, data: JSONBody[a.PartyWords]) -> Response[CaseTold]:
    """Appeal: the party, its agency, or whoever has its mandate. A person answers."""
    files = attachments(it.callers.links, [who.id], data.attachments)

    def write(desk: Desk) -> Case:
        return desk.appeal(who.key(key), who.id, by=who.by, role=who.role, words=data.words, attachments=files)

    return await done(it, who, write)


@post("/v1/appeals", opt=may(SPEAKER), responses=WRITE)
async def appeal_jointly(it: It, who: Who, key: a.Key, data: JSONBody[a.JointWords]) -> list[CaseTold]:
    """Appeal several cases by one word, all or none; each is answered for itself."""
    files = attachments(it.callers.links, data.cases, data.attachments)
    role = AGENCY if who.caller.platform else REPRESENTATIVE

    def asked(cases: Cases) -> None:
        for id in data.cases:
            if visible(cases, who.caller, SPEAKER, id) is None:
                raise nowhere(id)

    def write(desk: Desk) -> list[Case]:
        return desk.appeal_jointly(who.key(key), data.cases, by=who.by, role=role, words=data.words, attachments=files)

    await it.read(asked)
    return [told(case, who.is_affected) for case in await it.write(write)]


@post("/v1/cases/{case:str}/retraction", opt=may(*AFFECTED), responses=WRITE, status_code=200)
async def retract(it: It, who: Who, key: a.Key, case: a.Path, data: JSONBody[a.Reason]) -> Response[CaseTold]:
    """Take one's appeal back; while there is time another may be made."""
    return await done(it, who, lambda desk: desk.retract(who.key(key), who.id, by=who.by, role=who.role, why=data.why))


@post("/v1/cases/{case:str}/words", opt=may(*AFFECTED), responses=WRITE)
async def say(it: It, who: Who, key: a.Key, case: a.Path, data: JSONBody[a.PartyWords]) -> Response[CaseTold]:
    """Add words or attachments to one's case."""
    files = attachments(it.callers.links, [who.id], data.attachments)

    def write(desk: Desk) -> Case:
        return desk.state(who.key(key), who.id, by=who.by, role=who.role, words=data.words, attachments=files)

    return await done(it, who, write)


@post("/v1/cases/{case:str}/mandates", opt=may(OPERATOR, PARTY), responses=WRITE)
async def mandate(it: It, who: Who, key: a.Key, case: a.Path, data: JSONBody[a.Mandate]) -> Response[CaseTold]:
    """Let somebody speak for the party; an operator records a written mandate, with its digest."""

    def write(desk: Desk) -> Case:
        return desk.mandate(who.key(key), who.id, data.to, by=who.by, role=who.role, why=data.why, proof=data.proof)

    return await done(it, who, write)


@post("/v1/cases/{case:str}/reopening", opt=may(REVIEWER, *AFFECTED), responses=WRITE, status_code=200)
async def reopen(it: It, who: Who, key: a.Key, case: a.Path, data: JSONBody[a.PartyWords]) -> Response[CaseTold]:
    """Bring new facts after a decision, once."""
    files = attachments(it.callers.links, [who.id], data.attachments)

    def write(desk: Desk) -> Case:
        return desk.reopen(who.key(key), who.id, by=who.by, role=who.role, words=data.words, attachments=files)

    return await done(it, who, write)


ROUTES = [appeal, appeal_jointly, retract, say, mandate, reopen]
