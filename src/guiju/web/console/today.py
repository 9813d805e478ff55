"""What asks a visitor for something today: counts, and where each is seen to."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from urllib.parse import quote

import msgspec

from guiju.cases.notices.letters import to_hand_over, untold
from guiju.cases.waiting import due, proposed
from guiju.ledger.entries import microseconds
from guiju.web.console.accounts import OPERATOR, REVIEWER
from guiju.web.console.console import Console
from guiju.web.console.visiting import Visitor

SOME = 4  # that are named each
UNTOLD_DAYS = 30  # further back it is not asked whether somebody was told


class Item(msgspec.Struct):
    """So many of something, by the name of its words, and the page where it is seen to.

    alarm: it is late. asks: for something to be done, not only to be known. which: some of them, each with its page;
    stake: sums at stake.
    """

    says: str
    count: int
    at: str
    alarm: bool = False
    asks: bool = True
    which: list[tuple[str, str]] = []
    stake: list[str] = []


def of_cases(it: Console, who: Visitor) -> list[Item]:
    """Of the cases: what is due, what another reviewer proposed, what an operator hands over."""
    if it.cases is None or not who.is_one_of(REVIEWER, OPERATOR):
        return []
    here = it.clock().astimezone(it.zone)
    midnight = datetime.combine(here.date() + timedelta(days=1), time(), it.zone)
    of = due(it.cases, microseconds(midnight))
    items = [
        Item("today_overdue", of.overdue, "/cases", alarm=True),
        Item("today_due", of.until, "/cases"),
        Item("today_appeals", of.appealed, "/cases?state=appealed"),
        Item("today_reopened", of.reopened, "/cases?state=reopened"),
    ]
    if who.is_one_of(REVIEWER):
        second = [one for one in proposed(it.cases) if one.by != who.account]
        for says, is_group, under in (("today_groups", True, "/groups/"), ("today_seconds", False, "/cases/")):
            ids = [one.id for one in second if one.is_group is is_group]
            items.append(_named(says, len(ids), ids, under))
    if who.is_one_of(OPERATOR):
        silent = untold(it.cases, microseconds(here - timedelta(days=UNTOLD_DAYS)))
        items.append(_named("today_untold", len(silent), silent, "/cases/", "#notices"))
        letters = to_hand_over(it.cases)
        items.append(_named("today_letters", sum(letters.values()), list(letters), "/cases/", "#notices"))
    return [one for one in items if one.count]


def _named(says: str, count: int, ids: list[str], under: str, end: str = "") -> Item:
    which = [(id, f"{under}{quote(id, safe='')}{end}") for id in ids[:SOME]]
    return Item(says, count, which[0][1] if which else "/cases", which=which)
