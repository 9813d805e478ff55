"""The ledger as a reader needs it: what is held now and when it lapses; and what one party has, entry by entry."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from litestar import Request, Response, get

from guiju.ledger.entries import moment
from guiju.ledger.ledger import Hold, Ledger, Line
from guiju.ledger.money import units
from guiju.web.console.admission import may
from guiju.web.console.answering import It, page, threaded
from guiju.web.console.cases import SEE, Queue

HOLDS, LINES = 50, 100  # on a page


class Held(msgspec.Struct):
    """A hold that stands: of `amount` so much is `left`, until it lapses by itself."""

    expires_at: datetime
    party: str
    case: str
    currency: str
    amount: Decimal
    left: Decimal


class Entered(msgspec.Struct):
    """An entry that touched a party's money, and what was available and held after it.

    change: of what is available, or else of what is held; None where no money moved (a dispute, a claim).
    """

    sequence: int
    at: datetime
    kind: str
    amount: Decimal
    change: Decimal | None
    available: Decimal
    held: Decimal
    case: str
    reason: str


class Purse(msgspec.Struct):
    """What a party has in one currency, and its entries, the newest first; earlier: how many are older."""

    currency: str
    available: Decimal
    held: Decimal
    claimed: Decimal
    entries: list[Entered]
    earlier: int


class Books(msgspec.Struct):
    """Holds by their end; of one party, if one is named, its purses too. next: the holds after these, '' if none."""

    party: str
    purses: list[Purse]
    holds: list[Held]
    next: str


@get("/ledger", opt=may(*SEE))
@threaded
def books(request: Request[Any, Any, Any], it: It) -> Response[Any]:
    query = request.query_params
    party = query.get("party", "").replace("\x00", "").strip()
    if it.cases is None:
        return page(request, "cases_none.html.j2", Queue([], {}, ""))
    ledger = it.cases.ledger
    found = ledger.holds(party, after=_after(query.get("after", "")), most=HOLDS + 1)
    holds = found[:HOLDS]
    following = f"{holds[-1].expires_at}-{holds[-1].sequence}" if len(found) > HOLDS else ""
    before = _sequence(query.get("before", ""))
    content = Books(party, _purses(ledger, party, before) if party else [], [*map(_held, holds)], following)
    return page(request, "ledger.html.j2", content)


def _sequence(given: str) -> int | None:
    return int(given) if given.isdigit() and len(given) < 19 else None


def _after(given: str) -> tuple[int, int]:
    until, _, sequence = given.partition("-")
    at, last = _sequence(until), _sequence(sequence)
    return (0, 0) if at is None or last is None else (at, last)


def _held(h: Hold) -> Held:
    return Held(
        moment(h.expires_at), h.party, h.case, h.currency, units(h.amount, h.currency), units(h.left, h.currency)
    )


def _purses(ledger: Ledger, party: str, until: int | None) -> list[Purse]:
    """Its purses; of their entries those before one of the ledger, if it is named."""
    made = []
    for has in ledger.standing(party):
        of, lines = has.currency, ledger.statement(party, has.currency)
        before = [(0, 0), *((line.available, line.held) for line in lines)]
        told = [pair for pair in zip(lines, before, strict=False) if until is None or pair[0].entry.sequence < until]
        entries = [
            Entered(
                e.sequence, moment(e.recorded_at), e.kind, units(e.amount, of), _change(line, was, of),
                units(line.available, of), units(line.held, of), e.case, e.reason,
            )
            for line, was in reversed(told[-LINES:]) for e in (line.entry,)
        ]  # fmt: skip
        available, held, claimed = (units(n, of) for n in (has.available, has.held, has.claimed))
        made.append(Purse(of, available, held, claimed, entries, max(0, len(told) - LINES)))
    return made


def _change(line: Line, was: tuple[int, int], currency: str) -> Decimal | None:
    moved = line.available - was[0] or line.held - was[1]
    return units(moved, currency) if moved else None


ROUTES = [books]
