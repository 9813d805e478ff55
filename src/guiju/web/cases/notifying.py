"""Notices over HTTP: what a gateway says of one later, and those that a person must deliver."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import JSONBody, PathParameter
from msgspec import Meta

from guiju.cases.notices.outbox import Undelivered
from guiju.cases.steps import MACHINE, OPERATOR
from guiju.web.cases.admission import STAFF, may
from guiju.web.cases.answering import It, Who, problems
from guiju.web.cases.asked import Body, Line

Step = Annotated[int, PathParameter(ge=1, le=2**53)]


class GatewayReceipt(Body, frozen=True, kw_only=True):
    """What a sender's gateway says of its message `id`; said again, it changes nothing."""

    sender: Line
    id: Line
    delivered: bool
    why: Annotated[str, Meta(max_length=1_000, pattern=r"^[^\x00]*$")] = ""


class ByHand(Body, frozen=True, kw_only=True):
    """How a person told the party: whom they spoke to and when, or the digest of what was signed."""

    proof: Line


class NoticeTold(msgspec.Struct, frozen=True):
    """A notice that no sender could deliver; `step` is its number over all cases."""

    step: int
    case: str
    party: str
    kind: str
    text: str
    tries: int
    why: str


@post("/v1/receipts", opt=may(MACHINE, OPERATOR), responses=problems(409, 413, 422), status_code=204)
async def receipt(it: It, who: Who, data: JSONBody[GatewayReceipt]) -> None:
    """A message arrived at the phone, or did not. Where it did, the time to appeal runs from now."""
    await it.work(lambda: it.outbox.receipt(data.sender, data.id, is_delivered=data.delivered, why=data.why))


@get("/v1/notices/undelivered", opt=may(*STAFF), responses=problems())
async def undelivered(it: It) -> list[NoticeTold]:
    """What no sender could deliver: a person calls, writes or visits. Oldest first."""
    rows: list[Undelivered] = await it.read(lambda _: it.outbox.undelivered())
    return [NoticeTold(*row) for row in rows]


@post("/v1/notices/{step:int}/delivery", opt=may(*STAFF), responses=problems(404, 409, 413, 422), status_code=204)
async def deliver(it: It, who: Who, step: Step, data: JSONBody[ByHand]) -> None:
    """A person told the party: the time to appeal runs from now. A second time is refused: it was delivered."""
    await it.work(lambda: it.outbox.delivered_by_hand(step, by=who.by, proof=data.proof))


@post("/v1/notices/{step:int}/again", opt=may(*STAFF), responses=problems(404, 409, 422), status_code=204)
async def again(it: It, step: Step) -> None:
    """Send once more what was given up, as when an address was corrected."""
    await it.work(lambda: it.outbox.again(step))


ROUTES = [receipt, undelivered, deliver, again]
