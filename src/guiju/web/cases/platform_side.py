"""What the platform's people do: flag, let take effect, record notices and their delivery, take back, collect."""

from __future__ import annotations

from zoneinfo import available_timezones

import msgspec
from litestar import Response, post
from litestar.params import JSONBody

from guiju.cases import Case, Desk
from guiju.cases.procedure import after
from guiju.cases.steps import MACHINE, OPERATOR
from guiju.records.errors import BadInput
from guiju.rulebook import rules
from guiju.web.cases import asked as a
from guiju.web.cases.admission import PLATFORM, STAFF, may
from guiju.web.cases.answering import VERSION, It, Who, done, problems, version
from guiju.web.cases.told import CaseTold, told

LATEST = 4_102_444_800_000_000  # the year 2100, microseconds
WRITE = problems(404, 409, 413, 422)


@post("/v1/cases", opt=may(*PLATFORM), responses=problems(409, 413, 422), response_headers=[*VERSION.values()])
async def flag(it: It, who: Who, key: a.Key, data: JSONBody[a.Flag]) -> Response[CaseTold]:
    """Begin a case. The same matter again is the same case, told as it began."""
    _check(data, who.role)

    def write(desk: Desk) -> Case:
        return desk.flag(who.key(key), data.matter, by=who.by, role=who.role, why=data.why, of_day=data.terms)

    id = (await it.write(write)).id
    begun = await it.read(lambda cases: after(None, cases.history(id)[0]))
    return Response(told(begun, who.is_affected), headers={"etag": version(begun)})


@post("/v1/cases/{case:str}/imposition", opt=may(*PLATFORM), responses=WRITE, status_code=200)
async def impose(it: It, who: Who, key: a.Key, case: a.Path, data: JSONBody[a.Reason]) -> Response[CaseTold]:
    """Let it take effect: money held, work stopped, the measure taken."""
    return await done(it, who, lambda desk: desk.impose(who.key(key), who.id, by=who.by, role=who.role, why=data.why))


@post("/v1/cases/{case:str}/notices", opt=may(*PLATFORM), responses=WRITE)
async def notice(it: It, who: Who, key: a.Key, case: a.Path, data: JSONBody[a.Sent]) -> Response[CaseTold]:
    """Record that a notice went out by a channel of the platform's own."""

    def write(desk: Desk) -> Case:
        return desk.notice(
            who.key(key), who.id, channel=data.channel, by=who.by, role=who.role, about=data.about,
            document=data.document, to=data.to,
        )  # fmt: skip

    return await done(it, who, write)


@post("/v1/cases/{case:str}/deliveries", opt=may(*PLATFORM), responses=WRITE)
async def delivered(it: It, who: Who, key: a.Key, case: a.Path, data: JSONBody[a.Delivered]) -> Response[CaseTold]:
    """Record that a notice arrived, with its proof; the time to appeal runs from now."""

    def write(desk: Desk) -> Case:
        return desk.delivered(
            who.key(key), who.id, channel=data.channel, proof=data.proof, by=who.by, role=who.role, about=data.about
        )

    return await done(it, who, write)


@post("/v1/cases/{case:str}/withdrawal", opt=may(*STAFF), responses=WRITE, status_code=200)
async def withdraw(it: It, who: Who, key: a.Key, case: a.Path, data: JSONBody[a.Withdrawal]) -> Response[CaseTold]:
    """Take the flag back: all that was held goes back."""

    def write(desk: Desk) -> Case:
        return desk.withdraw(who.key(key), who.id, by=who.by, role=who.role, why=data.why, cause=data.cause)

    return await done(it, who, write)


@post("/v1/cases/{case:str}/collections", opt=may(OPERATOR), responses=WRITE)
async def collect(it: It, who: Who, key: a.Key, case: a.Path, data: JSONBody[a.Reason]) -> Response[CaseTold]:
    """Collect of a claim that was allowed as much as the party has now."""
    return await done(it, who, lambda desk: desk.collect(who.key(key), who.id, by=who.by, role=who.role, why=data.why))


def _check(said: a.Flag, role: str) -> None:
    """Refuse a matter that could not be told later. Raises BadInput."""
    matter = said.matter
    if b"\\u0000" in msgspec.json.encode(matter):
        raise BadInput("a matter's texts have no NUL in them")
    if matter.zone not in available_timezones():
        raise BadInput(f"there is no time zone {matter.zone!r}: write it as Asia/Shanghai")
    if not (0 <= matter.occurred_at < LATEST and 0 <= matter.amount <= 2**53):
        raise BadInput("a matter's moment is microseconds since 1970, UTC, and its sum whole minor units up to 2^53")
    if role == MACHINE and not matter.automated:
        raise BadInput("what a machine flags no person has looked at yet: automated is true")
    terms = msgspec.to_builtins(said.terms) if said.terms else {}
    if any(not (name == "delay_hours" or value >= 1) or not 0 <= value <= 3650 for name, value in terms.items()):
        raise BadInput("terms are whole numbers from 1 (a delay: from 0) to 3650")
    if terms.get("reviewers", 1) > 2:
        raise BadInput("one or two reviewers decide a case")
    if terms and matter.rule in rules():
        raise BadInput(f"the rulebook has the terms of {matter.rule}: leave them out")


ROUTES = [flag, impose, notice, delivered, withdraw, collect]
