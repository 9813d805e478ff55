"""Groups: many cases with one cause, read and decided as one; each member keeps its own facts and rights."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from guiju.cases import Cases, Desk, Step
from guiju.cases.groups import Group, group_of
from guiju.cases.steps import OF_GROUPS, REVIEWER
from guiju.checks.words import Words
from guiju.ledger.entries import moment
from guiju.web.cases import asked as a
from guiju.web.cases.admission import AFFECTED, PLATFORM, READER, STAFF, may
from guiju.web.cases.answering import VERSION, It, Who, done, problems
from guiju.web.cases.reviewing import Match, read_to
from guiju.web.cases.told import CaseTold

WRITE = problems(404, 409, 413, 422)
Name = Annotated[
    str, Meta(min_length=1, max_length=100, pattern=r"^[\w.-]+$", description="its name, which is no case's")
]


class NewGroup(a.Reason, frozen=True, kw_only=True):
    """A group's name, and the cause that its members have in common."""

    id: Name
    cause: Words


class Members(a.Reason, frozen=True, kw_only=True):
    """Undecided cases that become members: all or none."""

    cases: Annotated[tuple[a.CaseId, ...], Meta(min_length=1, max_length=a.MOST_CASES)]


class GroupDecision(a.Reason, frozen=True, kw_only=True):
    """What is decided for all; in part each case is decided by itself."""

    outcome: Annotated[str, Meta(pattern=r"^(overturned|upheld)$")]


class GroupDecided(msgspec.Struct, frozen=True):
    """Who proposed or decided what for a group, when and why."""

    at: datetime
    by: str
    outcome: str
    why: str


class GroupTold(msgspec.Struct, frozen=True, kw_only=True):
    """A group after `steps` steps of its own. Its members are `/v1/cases?group=`."""

    id: str
    cause: Words
    by: str
    steps: int
    proposal: GroupDecided | None
    decision: GroupDecided | None


class Joined(msgspec.Struct, frozen=True):
    """The cases that a call put into a group."""

    group: str
    cases: tuple[str, ...]


@post("/v1/groups", opt=may(*PLATFORM), responses=problems(409, 413, 422))
async def group(it: It, who: Who, key: a.Key, data: JSONBody[NewGroup]) -> Response[GroupTold]:
    """Begin a group of cases with one cause."""

    def write(desk: Desk) -> Group:
        return desk.make_group(who.key(key), data.id, data.cause, by=who.by, role=who.role, why=data.why)

    await it.write(write)
    return _answer(await it.read(lambda cases: group_of(_steps(cases, data.id)[:1])))


@get(
    "/v1/groups/{group_id:str}", opt=may(*STAFF, READER), responses=problems(404), response_headers=[*VERSION.values()]
)
async def one_group(it: It, group_id: FromPath[str]) -> Response[GroupTold]:
    """A group. `ETag` is the step it is at; whoever decides sends it as `If-Match`."""
    return _answer(await it.read(lambda cases: _known(cases, group_id)))


@post("/v1/groups/{group_id:str}/members", opt=may(*PLATFORM), responses=WRITE)
async def join(it: It, who: Who, key: a.Key, group_id: FromPath[str], data: JSONBody[Members]) -> Joined:
    """Put undecided cases into a group, all or none."""

    def write(desk: Desk) -> tuple[str, ...]:
        joined = desk.join(who.key(key), group_id, data.cases, by=who.by, role=who.role, why=data.why)
        return tuple(case.id for case in joined)

    await it.read(lambda cases: _known(cases, group_id))
    return Joined(group_id, await it.write(write))


@post("/v1/groups/{group_id:str}/decisions", opt=may(REVIEWER), responses=problems(404, 409, 412, 413, 422, 428))
async def decide_group(
    it: It, who: Who, key: a.Key, group_id: FromPath[str], data: JSONBody[GroupDecision], seen: Match = None
) -> Response[GroupTold]:
    """Decide for a group, or propose to. Its members are then answered one after the other, and other calls between."""
    number, mine = read_to(seen), who.key(key)

    def write(desk: Desk) -> Group:
        return desk.decide_group(mine, group_id, outcome=data.outcome, by=who.by, why=data.why, seen=number)

    await it.read(lambda cases: _known(cases, group_id))
    if (await it.write(write)).decided is not None:
        it.carry_out(group_id)
    return _answer(await it.read(lambda cases: _as_left(_steps(cases, group_id), mine)))


@post("/v1/cases/{case:str}/leaving", opt=may(*AFFECTED), responses=WRITE, status_code=200)
async def leave(it: It, who: Who, key: a.Key, case: a.Path, data: JSONBody[a.Reason]) -> Response[CaseTold]:
    """Leave one's group: the case is decided by itself."""
    return await done(it, who, lambda desk: desk.leave(who.key(key), who.id, by=who.by, role=who.role, why=data.why))


def _steps(cases: Cases, id: str) -> list[Step]:
    return [step for step in cases.history(id) if step.kind in OF_GROUPS]


def _known(cases: Cases, id: str) -> Group:
    found = group_of(_steps(cases, id)) if "\x00" not in id else None
    if found is None:
        raise NotFoundException(f"there is no group {id[:100]!r}")
    return found


def _as_left(steps: list[Step], key: str) -> Group | None:
    """The group as a call left it."""
    last = max(step.number for step in steps if step.key == key)
    return group_of(steps[:last])


def _answer(of: Group | None) -> Response[GroupTold]:
    assert of is not None
    told = GroupTold(
        id=of.id, cause=of.cause, by=of.by, steps=of.steps, proposal=_decision(of.proposal),
        decision=_decision(of.decided),
    )  # fmt: skip
    return Response(told, headers={"etag": f'"{of.steps}"'})


def _decision(step: Step | None) -> GroupDecided | None:
    return None if step is None else GroupDecided(moment(step.recorded_at), step.by, step.says.outcome, step.why)


ROUTES = [group, one_group, join, decide_group, leave]
