"""What may be read: the cases that wait, one case with its steps, and the money of a case and of a party."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Response, get
from litestar.params import FromPath, FromQuery, PathParameter, QueryParameter

from guiju.cases import Cases
from guiju.cases.listing import NEVER, Asked, Listed, listed
from guiju.ledger.entries import microseconds, moment
from guiju.records.errors import BadInput
from guiju.web.cases.admission import ALL, READER, SPEAKER, STAFF, Admitted, may, speaks_as
from guiju.web.cases.answering import VERSION, It, Who, problems, shown, version
from guiju.web.cases.asked import SAID
from guiju.web.cases.told import CaseOpened

PAGE, LONGEST = 100, 1_000
STATE = r"^(flagged|noticed|appealed|decided|remedied|withdrawn|lapsed|reopened)$"
State = Annotated[str, msgspec.Meta(pattern=STATE)]
Name = Annotated[str | None, QueryParameter(min_length=1, max_length=200, pattern=SAID)]
Most = Annotated[int, QueryParameter(ge=1, le=LONGEST)]


class Row(msgspec.Struct, frozen=True):
    """A case in a list. `until`: by when an answer is due, or else when it lapses; null where neither is so."""

    id: str
    state: str
    until: datetime | None
    kind: str
    platform: str
    party: str
    agency: str | None
    rule: str
    trigger: str
    group: str
    currency: str
    amount: int
    steps: int
    flagged_at: datetime
    outcome: str


class Page(msgspec.Struct, frozen=True):
    """Cases, the nearest deadline first; `next`: the cursor of the page after this one, null on the last."""

    cases: tuple[Row, ...]
    next: str | None


class LedgerLine(msgspec.Struct, frozen=True):
    """An entry of the ledger, in minor units, with what was available and held after it."""

    sequence: int
    at: datetime
    kind: str
    amount: int
    case: str
    reason: str
    available: int
    held: int


class Purse(msgspec.Struct, frozen=True):
    """What a party has in one currency, in minor units, and the last entries that touched it."""

    currency: str
    available: int
    held: int
    claimed: int
    entries: tuple[LedgerLine, ...]


@get("/v1/cases", opt=may(*STAFF, READER, SPEAKER), responses=problems(422))
async def listing(
    it: It, who: Who,
    states: Annotated[list[State] | None, QueryParameter(name="state", max_items=8)] = None,
    kind: Annotated[str | None, QueryParameter(pattern="^(hold|stop|measure)$")] = None,
    platform: Name = None, party: Name = None, agency: Name = None, rule: Name = None, trigger: Name = None,
    group: Name = None, due_before: FromQuery[datetime | None] = None,
    cursor: Annotated[str | None, QueryParameter(max_length=200)] = None, most: Most = PAGE,
) -> Page:  # fmt: skip
    """Cases by what is asked of them, the nearest deadline first. An agency is told of those that it may speak in."""
    after = _read_cursor(cursor)
    if who.role == SPEAKER:
        if not who.caller.platform:
            raise BadInput("a representative opens the cases whose parties gave a mandate, each by its id")
        if (agency or who.by, platform or who.caller.platform) != (who.by, who.caller.platform):
            return Page((), None)
        agency, platform = who.by, who.caller.platform
    due = _microseconds(due_before)
    asked = Asked(
        states=tuple(states or ()), kind=kind, platform=platform, party=party, agency=agency, rule=rule,
        trigger=trigger, group=group, due_before=due,
    )  # fmt: skip
    rows = await it.read(lambda cases: _rows(cases, who, asked, after, most + 1))
    page, more = rows[:most], rows[most:]
    return Page(tuple(map(_row, page)), _cursor(page[-1]) if more else None)


def _rows(cases: Cases, who: Admitted, asked: Asked, after: tuple[int, str] | None, most: int) -> list[Listed]:
    """So many of them, or all that there are, that the caller may see."""
    if who.role != SPEAKER:
        return listed(cases, asked, after=after, most=most)
    found: list[Listed] = []
    while len(found) < most:
        some = listed(cases, asked, after=after, most=most)
        found += [row for row in some if speaks_as(who.caller, cases.case(row.id))]
        if len(some) < most:
            break
        after = (some[-1].until, some[-1].id)
    return found[:most]


@get("/v1/cases/{case:str}", opt=may(*ALL), responses=problems(404), response_headers=[*VERSION.values()])
async def one(it: It, who: Who, case: FromPath[str]) -> Response[CaseOpened]:
    """A case with its steps. `ETag` is the step it is at; whoever decides sends it as `If-Match`."""
    told = await it.read(lambda cases: shown(cases, who))
    assert who.case is not None
    return Response(told, headers={"etag": version(who.case)})


@get("/v1/cases/{case:str}/entries", opt=may(*ALL), responses=problems(404))
async def entries(it: It, who: Who, case: FromPath[str]) -> list[LedgerLine]:
    """What the ledger has done in a case, oldest first, to the minor unit."""
    assert who.case is not None
    matter = who.case.matter
    lines = await it.read(lambda cases: cases.ledger.statement(matter.party, matter.currency))
    return [_line(line) for line in lines if line.entry.case == who.id]


@get("/v1/parties/{party:str}/ledger", opt=may(*STAFF, READER), responses=problems(404, 422))
async def ledger(it: It, party: Annotated[str, PathParameter(max_length=200)], most: Most = PAGE) -> list[Purse]:
    """What a party has, what is held and claimed, and the last entries that touched it, currency by currency."""
    if "\x00" in party:
        raise BadInput("a party's id has no NUL in it")

    def read(cases: Cases) -> list[Purse]:
        return [
            Purse(*has, entries=tuple(map(_line, cases.ledger.statement(party, has.currency)[-most:])))
            for has in cases.ledger.standing(party)
        ]

    purses: list[Purse] = await it.read(read)
    return purses


def _row(row: Listed) -> Row:
    until = None if row.until == NEVER else moment(row.until)
    values = row._asdict() | {"until": until, "flagged_at": moment(row.flagged_at)}
    return Row(**values)


def _line(line: Any) -> LedgerLine:
    e = line.entry
    return LedgerLine(e.sequence, moment(e.recorded_at), e.kind, e.amount, e.case, e.reason, line.available, line.held)


def _cursor(row: Listed) -> str:
    return urlsafe_b64encode(msgspec.json.encode([row.until, row.id])).decode().rstrip("=")


def _read_cursor(given: str | None) -> tuple[int, str] | None:
    if given is None:
        return None
    try:
        until, id = msgspec.json.decode(urlsafe_b64decode(given + "=" * (-len(given) % 4)), type=tuple[int, str])
    except (ValueError, msgspec.DecodeError):
        raise BadInput("a cursor is what the page before gave as `next`") from None
    if "\x00" in id or not -NEVER <= until <= NEVER:
        raise BadInput("a cursor is what the page before gave as `next`")
    return until, id


def _microseconds(given: datetime | None) -> int | None:
    if given is None:
        return None
    if given.tzinfo is None:
        raise BadInput("a moment has a zone: write due_before as 2026-12-01T00:00:00Z")
    return microseconds(given)


ROUTES = [listing, one, entries, ledger]
