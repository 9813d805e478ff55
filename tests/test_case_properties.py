"""Whatever is asked in whatever order: what naive cases allow is done, nothing else is, and money is conserved."""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import select

from guiju.cases import Cases, Desk
from guiju.cases.verify import verify as verify_cases
from guiju.ledger import Account, Refused, Transfer, verify
from guiju.ledger import tables as t
from guiju.rulebook.redress import Terms
from made_cases import BANK, MATTER
from naive_cases import ANSWER, DELAY, HEARING, LASTING, Naive

BEGIN = datetime(2025, 12, 11, 16, tzinfo=UTC)  # midnight in Shanghai
TERMS = Terms(DELAY, 3, HEARING // 24, ANSWER, LASTING // 24, 1)
PARTIES, EVENTS = st.sampled_from(["ann", "bo"]), st.sampled_from(["e1", "e2"])
SUMS, PLACES = st.integers(1, 60), st.integers(0, 4)
STEPS = st.one_of(
    st.tuples(st.sampled_from(["earn", "withdraw"]), PARTIES, SUMS),
    st.tuples(st.just("flag"), PARTIES, EVENTS, SUMS),
    st.tuples(st.sampled_from(["impose", "impose", "tell", "appeal", "reopen", "withdraw_flag", "collect"]), PLACES),
    st.tuples(st.just("decide"), PLACES, st.sampled_from(["ruth", "sam"]), st.sampled_from([0, 1, 2, 3, 4])),
    st.tuples(st.just("wait"), st.sampled_from([1, 2, 30, 80])),
    st.tuples(st.just("again")),
)


class Both:
    """Cases and their oracle, asked the same."""

    def __init__(self, where: str | Path) -> None:
        self.naive = Naive()
        self.cases = Cases(where, lambda: BEGIN + timedelta(hours=self.naive.now))
        self.ids: list[str] = []
        self.last: tuple[Any, ...] | None = None
        self.asked = 0

    def step(self, step: tuple[Any, ...]) -> None:
        what, *a = step
        if what == "wait":
            self.naive.now += a[0]
        elif what == "again":
            if self.last:
                self._write(*self.last)
        elif what in ("earn", "withdraw"):
            self._ask(what, *a)
        elif what == "flag":
            one = replace(
                MATTER, party=a[0], decision=f"{a[1]} {a[0]}", amount=a[2], trigger=f"driving/t{len(self.ids)}"
            )
            self.ids.append(one.id)
            self._ask(what, *a, one.id, told=one)
        elif a[0] < len(self.ids):
            if what == "decide":  # quarters of the sum, so that both halves and wholes come up
                a[2] = self.naive.cases[a[0]].amount * a[2] // 4
            self._ask(what, *a)

    def _ask(self, what: str, *a: Any, told: Any = None) -> None:
        self.asked += 1
        call = (f"{what} {self.asked}", what, a, self._seen(what, a), told)
        try:
            self._write(*call)
            done = True
        except Refused:
            done = False
        assert done == self.naive.do(what, *a), (what, a)
        self.last = call if done else None
        if done:
            self._same()

    def _seen(self, what: str, a: tuple[Any, ...]) -> int:
        return self.cases.case(self.ids[a[0]]).steps if what == "decide" else 0

    def _write(self, key: str, what: str, a: tuple[Any, ...], seen: int, told: Any) -> None:
        with self.cases.writing() as desk:
            desk.lapse_due()
            self._call(desk, key, what, a, seen, told)

    def _call(self, desk: Desk, key: str, what: str, a: tuple[Any, ...], seen: int, told: Any) -> None:
        if what in ("earn", "withdraw"):
            out, into = (BANK, Account(a[0])) if what == "earn" else (Account(a[0]), BANK)
            desk.books.post(key, [Transfer(out, into, a[1], "CNY", what)])
        elif what == "flag":
            desk.flag(key, told, by="gate", of_day=TERMS)
        elif what == "decide":
            id, by, n = self.ids[a[0]], a[1], a[2]
            amount = desk.case(id).matter.amount
            outcome = {0: "overturned", amount: "upheld"}.get(n, "partly")
            seen += desk.case(id).steps - seen if desk.case(id).state == "lapsed" else 0
            desk.decide(key, id, outcome=outcome, by=by, why="as read", seen=seen, upheld=n)
        else:
            self._of_case(desk, key, what, self.ids[a[0]])

    @staticmethod
    def _of_case(desk: Desk, key: str, what: str, id: str) -> None:
        party = {"by": desk.case(id).matter.party, "role": "party", "words": "No."}
        clock = {"by": "clock", "role": "machine", "why": what}
        if what == "impose":
            desk.impose(key, id, **clock)
        elif what == "tell":
            desk.delivered(key, id, channel="sms", proof="receipt", by="sms")
        elif what == "appeal":
            desk.appeal(key, id, **party)
        elif what == "reopen":
            desk.reopen(key, id, **party)
        elif what == "withdraw_flag":
            desk.withdraw(key, id, **clock)
        else:
            desk.collect(key, id, by="clock", role="machine")

    def _same(self) -> None:
        for id, one in zip(self.ids, self.naive.cases, strict=True):
            case = self.cases.case(id)
            assert (case.state, case.left, case.open_claim, case.taken) == (one.state, one.held, one.claim, one.taken)

    def compare(self) -> None:
        self.naive.do("earn", "ann", 0)  # what is due lapses
        with self.cases.writing() as desk:
            desk.lapse_due()
        self._same()
        for party in self.naive.wallet:
            told = self.cases.ledger.standing(party)
            held = sum(c.held for c in self.naive.cases if c.party == party)
            claimed = sum(c.claim for c in self.naive.cases if c.party == party)
            assert [tuple(has)[1:] for has in told] in ([], [(self.naive.wallet[party], held, claimed)])
        with self.cases.engine.connect() as connection:
            accounts = connection.execute(select(t.accounts)).all()
        assert sum(a.balance for a in accounts) == 0, "money is conserved"
        assert sum(a.balance for a in accounts if a.kind == "income") == self.naive.income
        for event in {(c.event, c.party) for c in self.naive.cases}:
            same = [c for c in self.naive.cases if (c.event, c.party) == event]
            assert sum(c.held + c.claim + c.taken for c in same) <= max(c.amount for c in same), "in dispute once"
        assert not verify(self.cases.ledger).faults
        assert not verify_cases(self.cases).faults


def told_both(where: str | Path, steps: list[tuple[Any, ...]]) -> None:
    both = Both(where)
    try:
        for step in steps:
            both.step(step)
        both.compare()
    finally:
        both.cases.close()


def run(steps: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        told_both(Path(folder) / "books.db", steps)


BEGUN = [("earn", "ann", 50), ("flag", "ann", "e1", 40), ("flag", "ann", "e1", 60), ("wait", 2)]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(STEPS, max_size=30))
def test_cases_do_what_naive_ones_do(steps: list[tuple[Any, ...]]) -> None:
    run([*BEGUN, ("impose", 0), ("impose", 1), *steps])


@pytest.mark.parametrize("first", [0, 2, 4])  # quarters of the smaller sum that are upheld
def test_one_long_life_on_both_databases(books_at: str, first: int) -> None:
    rest = [("impose", 0), ("impose", 1), ("tell", 0), ("tell", 1), ("appeal", 0), ("appeal", 1)]
    rest += [("decide", 0, "ruth", first), ("decide", 1, "sam", 4), ("earn", "ann", 5), ("collect", 1), ("reopen", 1)]
    rest += [("decide", 1, "sam", 1), ("decide", 1, "ruth", 1), ("again",), ("wait", 80), ("wait", 80)]
    told_both(books_at, [*BEGUN, *rest])


@pytest.mark.soak
@settings(
    max_examples=int(os.environ.get("GUIJU_EXAMPLES", "1500")), deadline=None, suppress_health_check=list(HealthCheck)
)
@given(st.lists(STEPS, max_size=80))
def test_cases_do_what_naive_ones_do_for_long(steps: list[tuple[Any, ...]]) -> None:
    run(steps)
