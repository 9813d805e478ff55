"""Teams of store owners who bring in store owners, honest ones and pyramids, over a year, with their truth.

Honest teams: affiliates paid over two levels of sales (the largest), product commissions over three, team-buy,
franchises with and without finders, employees who bring employees, deposits that are given back. Pyramids: pay by head,
dear starter packs, packs booked as purchases, pay on what recruits buy, free ones, one level of pay for paid entries;
each small, middling and large. Between them teams a step short of a limit (`guiju.twin.teams.plans`).

`truth.parquet` has the columns that `guiju.twin.groupbuy` names. The subject is the organiser, or the member at the
head where no company organises; the object is ''. By check, `starts_at`, `ends_at` and `strength`:

    recruitment_income         the first and the last pay for recruiting; its part of what members earn, per cent
    payouts_funded_by_entries  the first and the last of the months; payouts no outsider paid for, per cent, in the year

A row a rule and team that pays for recruiting (or pays out), `violation` or `lookalike`. Truth is counted from the
arrays that the records are written from, by each rule's definition with the numbers of the rulebook
(`guiju.twin.teams.settling`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

from guiju.twin.market import Clock
from guiju.twin.tables import write_truth
from guiju.twin.teams import funding, growing, paying, plans, settling, trading, writing

DAYS = 365


def generate(
    out: Path,
    members: int = 200_000,
    seed: int = 7,
    *,
    plants: bool = True,
    end: date = date(2025, 12, 31),
    progress: Callable[[str, float], None] | None = None,
) -> None:
    """Write recruitments, commissions, orders, cash flows and `truth.parquet` into `out`.

    The files are a function of the arguments alone, byte for byte on one lock. `end` is the last local day of 365.
    Without `plants` no team is a pyramid or near one. Raises ValueError below 10,000 members.
    """
    if members < plans.LEAST:
        raise ValueError(f"a twin of a network needs {plans.LEAST:,} members at least: {members:,}")
    tell = progress or (lambda step, done: None)
    out.mkdir(parents=True, exist_ok=True)

    def dice(step: int) -> np.random.Generator:
        return np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, step])))

    tell("members", 0.0)
    clock = Clock.ending(end, DAYS)
    grown = growing.grow(plans.teams(members, plants), clock, dice(0))
    tell("orders", 0.1)
    lines = trading.trade(grown, clock, dice(1))
    tell("commissions", 0.2)
    paid = paying.pay(grown, lines)
    flows = funding.fund(grown, lines, paid, clock)
    tell("truth", 0.4)
    write_truth(out, [*settling.recruiting(grown, paid), *settling.funding(grown, flows, clock)])
    tell("records", 0.5)
    writing.write_recruitments(out, grown, lines)
    writing.write_orders(out, lines)
    writing.write_flows(out, grown, flows)
    writing.write_commissions(out, paid)
    tell("records", 1.0)
