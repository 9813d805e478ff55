"""Whatever is asked in whatever order: what a naive ledger allows is done, nothing else is, and money is conserved."""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from guiju.ledger import OUTSIDE, Account, Ledger, Refused, Transfer, verify
from guiju.ledger import tables as t
from guiju.ledger.books import Of
from guiju.ledger.writing import Writing
from naive_books import Naive

BANK, INCOME = Account("bank", OUTSIDE), Account("platform", "income")
BEGIN = datetime(2020, 12, 12, tzinfo=UTC)
PARTIES, CASES = st.sampled_from(["ann", "bo"]), st.sampled_from(["c1", "c2"])
SUMS, PLACES = st.integers(-1, 60), st.integers(0, 3)
STEPS = st.one_of(
    st.tuples(st.just("earn"), PARTIES, SUMS),
    st.tuples(st.just("withdraw"), PARTIES, SUMS),
    st.tuples(st.just("disputed"), CASES, PARTIES, SUMS),
    st.tuples(st.just("set_aside"), CASES, PARTIES, SUMS, st.integers(0, 5)),
    st.tuples(st.sampled_from(["release", "capture", "allow", "collect"]), PLACES, SUMS),
    st.tuples(st.just("wait"), st.integers(1, 4)),
    st.tuples(st.just("again")),
)


class Both:
    """A ledger and its oracle, asked the same."""

    def __init__(self, where: str | Path) -> None:
        self.naive = Naive()
        self.ledger = Ledger(where, lambda: BEGIN + timedelta(hours=self.naive.now))
        self.holds: list[int] = []
        self.claims: list[int] = []
        self.calls: list[tuple[str, tuple[Any, ...]]] = []

    def step(self, step: tuple[Any, ...]) -> None:
        what, *a = step
        if what == "wait":
            self.naive.now += a[0]
        elif what == "again":
            if self.calls:
                with self.ledger.writing() as books:
                    self._write(books, *self.calls[-1])
        elif (
            places := {"release": self.holds, "capture": self.holds, "allow": self.claims, "collect": self.claims}.get(
                what
            )
        ) is None or a[0] < len(places):
            self._ask(what, a)

    def _ask(self, what: str, a: list[Any]) -> None:
        key = f"{what} {len(self.calls)} {self.naive.now}"
        until = BEGIN + timedelta(hours=self.naive.now + a[-1]) if what == "set_aside" else None
        call = (key, (what, *a, until))
        try:
            with self.ledger.writing() as books:
                written = self._write(books, *call)
            done = True
        except Refused:
            done = False
        assert done == self.naive.do(what, *a), (what, a)
        if done:
            self.calls.append(call)
            if what == "set_aside":
                self.holds += [e.sequence for e in written if e and e.kind == "hold"]
                self.claims += [e.sequence for e in written if e and e.kind == "claim"]

    def _write(self, books: Writing, key: str, call: tuple[Any, ...]) -> Any:
        what, *a, until = call
        if what in ("earn", "withdraw"):
            out, into = (BANK, Account(a[0])) if what == "earn" else (Account(a[0]), BANK)
            return books.post(key, [Transfer(out, into, a[1], "CNY", what)])
        if what == "disputed":
            return books.put_in_dispute(key, Of(a[0], a[1], "CNY"), a[2], "orders in dispute")
        if what == "set_aside":
            return books.set_aside(key, Of(a[0], a[1], "CNY"), a[2], until, "flagged")
        if what == "release":
            return books.release(key, self.holds[a[0]], "overturned", a[1])
        if what == "capture":
            return books.capture(key, self.holds[a[0]], INCOME, "decision", "upheld", a[1])
        if what == "allow":
            return books.allow(key, self.claims[a[0]], a[1], "decision", "upheld")
        return books.collect(key, self.claims[a[0]], INCOME, a[1], "claim")

    def compare(self) -> None:
        self.naive.lapse()
        for party, has in self.naive.wallet.items():
            [standing] = self.ledger.standing(party)
            assert standing.available == has
            assert standing.held == sum(h["left"] for h in self.naive.holds if h["party"] == party)
        with self.ledger.engine.connect() as connection:
            accounts = connection.execute(select(t.accounts)).all()
        assert sum(a.balance for a in accounts) == 0, "money is conserved"
        assert {a.party: a.balance for a in accounts if a.kind in (OUTSIDE, "income")} in (
            {}, {"bank": self.naive.outside}, {"bank": self.naive.outside, "platform": self.naive.income},
        )  # fmt: skip
        assert not verify(self.ledger).faults


def told_both(where: str | Path, steps: list[tuple[Any, ...]]) -> None:
    both = Both(where)
    for step in steps:
        both.step(step)
    both.compare()
    both.ledger.close()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(STEPS, max_size=25))
def test_a_ledger_does_what_the_naive_one_does(steps: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        told_both(Path(folder) / "books.db", steps)


def test_nothing_is_claimed_by_a_hold_that_would_not_last(tmp_path: Path) -> None:
    told_both(tmp_path / "books.db", [("disputed", "c1", "ann", 1), ("set_aside", "c1", "ann", 1, 0)])


@pytest.mark.soak
@settings(
    max_examples=int(os.environ.get("GUIJU_EXAMPLES", "1500")), deadline=None, suppress_health_check=list(HealthCheck)
)
@given(st.lists(STEPS, max_size=80))
def test_a_ledger_does_what_the_naive_one_does_for_long(steps: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        told_both(Path(folder) / "books.db", steps)
