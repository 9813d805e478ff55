"""What an operator proposes to do with the candidate, until another confirms it: kept in the console's database.

open → confirming → done or refused; open → declined; open → lapsed, where the versions stand otherwise than they did.
Each step is one UPDATE on the state before it, so that of two tabs one is late, and is told.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
from sqlalchemy import Engine, insert, select, update

from guiju.ledger.database import reading, writing
from guiju.ledger.entries import microseconds
from guiju.web.console import tables as t
from guiju.web.console.accounts import SECOND, NotDone
from guiju.web.rollout_description import Standing

OPEN, CONFIRMING, DONE = "open", "confirming", "done"
DECLINED, LAPSED, REFUSED = "declined", "lapsed", "refused"
PROMOTE, ROLLBACK = "promote", "rollback"
SHORTEST_WHY, LONGEST_WHY, MOST = 4, 1_000, 20
UNKNOWN_SECONDS = 90  # a call to the service is over by then, whatever became of the console that made it


class Promotion(msgspec.Struct, frozen=True):
    """A proposal as it stands. version, current, share_before_pct: how the versions stood when it was made."""

    id: str
    gate: str
    step: str
    share_pct: float
    why: str
    version: str
    current: str
    share_before_pct: float
    proposed_by: str
    proposed_at: datetime
    state: str
    decided_by: str | None
    decided_at: datetime | None
    said: str

    def is_of(self, now: Standing) -> bool:
        """Whether the versions stand as they did."""
        beside = now.candidate
        return beside is not None and (beside.version, now.current, beside.share_pct) == (
            self.version, self.current, self.share_before_pct,
        )  # fmt: skip

    @property
    def told(self) -> str:
        """What the service keeps in its journal: the reason, both names, and which proposal it was."""
        return f"{self.why} (proposed by {self.proposed_by}, confirmed by {self.decided_by}; proposal {self.id})"


class Proposals:
    """Those for one gate. Each change raises NotDone where it comes too late, or is not this account's to make."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime], gate: str) -> None:
        self.engine, self.clock, self.gate = engine, clock, gate

    def newest(self) -> list[Promotion]:
        """The newest first."""
        c = t.promotions.c
        asked = select(t.promotions).where(c.gate == self.gate).order_by(c.proposed_at.desc(), c.id).limit(MOST)
        with reading(self.engine) as connection:
            return [_promotion(row) for row in connection.execute(asked)]

    def of(self, id: str) -> Promotion | None:
        with reading(self.engine) as connection:
            its = (t.promotions.c.id == id, t.promotions.c.gate == self.gate)
            row = connection.execute(select(t.promotions).where(*its)).one_or_none()
        return _promotion(row) if row else None

    def propose(self, by: str, step: str, share_pct: float, why: str, now: Standing) -> Promotion:
        """One at a time: whoever confirms shall know what is at stake."""
        if not SHORTEST_WHY <= len(why := why.strip()) <= LONGEST_WHY:
            raise NotDone("promotion_why", longest=LONGEST_WHY)
        if now.candidate is None:
            raise NotDone("promotion_no_candidate")
        before = now.candidate.share_pct
        if step == PROMOTE and not before < share_pct <= 100:
            raise NotDone("promotion_share", before=f"{before:g}")
        if step == ROLLBACK and not before:
            raise NotDone("promotion_nothing_to_roll_back")
        c, id = t.promotions.c, secrets.token_hex(8)
        with writing(self.engine) as connection:
            waiting = select(c.id).where(c.gate == self.gate, c.state.in_((OPEN, CONFIRMING)))
            if connection.execute(waiting.limit(1)).first() is not None:
                raise NotDone("promotion_one_at_a_time")
            connection.execute(insert(t.promotions).values(
                id=id, gate=self.gate, step=step, share_pct=share_pct if step == PROMOTE else 0.0, why=why,
                version=now.candidate.version, current=now.current, share_before_pct=before, proposed_by=by,
                proposed_at=microseconds(self.clock()), state=OPEN, said="",
            ))  # fmt: skip
        made = self.of(id)
        assert made is not None
        return made

    def confirm(self, id: str, by: str, now: Standing) -> Promotion:
        """Take it on: the service is to be called now, and `ended` told of it."""
        found = self._open(id)
        if found.proposed_by == by:
            raise NotDone("promotion_own")
        if not found.is_of(now):
            self.lapse(found)
            raise NotDone("promotion_lapsed_now")
        self._turn(found, OPEN, CONFIRMING, by)
        confirmed = self.of(id)
        assert confirmed is not None
        return confirmed

    def decline(self, id: str, by: str) -> None:
        """By another operator, or by whoever proposed it."""
        self._turn(self._open(id), OPEN, DECLINED, by)

    def lapse(self, of: Promotion) -> None:
        self._turn(of, OPEN, LAPSED, None)

    def ended(self, of: Promotion, state: str, said: str = "") -> None:
        """What became of a confirmed one."""
        self._turn(of, CONFIRMING, state, of.decided_by, said)

    def settle(self, now: Standing) -> None:
        """Lapse what no longer fits, and find out what became of what a console did not live to hear of."""
        for one in self.newest():
            if one.state == OPEN and not one.is_of(now):
                self.lapse(one)
            elif one.state == CONFIRMING and any(f"proposal {one.id})" in change.why for change in now.changes):
                self.ended(one, DONE)
            elif (
                one.state == CONFIRMING
                and one.decided_at
                and (self.clock() - one.decided_at).total_seconds() > (UNKNOWN_SECONDS)
            ):
                self.ended(one, REFUSED, "the service has no such change")

    def _open(self, id: str) -> Promotion:
        found = self.of(id)
        if found is None:
            raise NotDone("promotion_unknown")
        if found.state != OPEN:
            raise NotDone("promotion_decided", state=found.state, by=found.decided_by or "–")
        return found

    def _turn(self, of: Promotion, before: str, state: str, by: str | None, said: str = "") -> None:
        c = t.promotions.c
        values = {"state": state, "decided_by": by, "decided_at": microseconds(self.clock()), "said": said}
        with writing(self.engine) as connection:
            done = connection.execute(update(t.promotions).where(c.id == of.id, c.state == before).values(**values))
        if done.rowcount != 1:
            found = self.of(of.id)
            assert found is not None
            raise NotDone("promotion_decided", state=found.state, by=found.decided_by or "–")


def _promotion(row: object) -> Promotion:
    known = dict(row._mapping)  # type: ignore[attr-defined]
    for name in ("proposed_at", "decided_at"):
        known[name] = None if known[name] is None else datetime.fromtimestamp(known[name] / SECOND, UTC)
    return Promotion(**known)
