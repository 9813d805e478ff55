"""The shelf of a day: offers in their lawful order, what they pay against the ceilings, and what stands on none."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
from litestar import Request, Response, get

from guiju.audit.opened import Opened
from guiju.audit.report.words import Pair
from guiju.market import assumptions, local_day
from guiju.market.pages import assumption_rows
from guiju.market.shelf import TABLES, Shelf, ordered, read
from guiju.market.shelf.excluding import CEILING, INSURANCE
from guiju.market.shelf.page import ceilings, closing, headline, limits_told, picture, three, why
from guiju.records.errors import BadInput
from guiju.rulebook import rules
from guiju.web.console.admission import STAFF, may
from guiju.web.console.answering import It, threaded
from guiju.web.console.desks import Desk
from guiju.web.console.rooms.asking import Asking, says
from guiju.web.console.rooms.listed import SHELF
from guiju.web.console.rooms.room import Room, reckoned
from guiju.web.console.rooms.tables import Table, table

AMOUNT, MONTHS = (1_000, 1_000_000, 1_000), (1, 60)
RATES = ("shelf_nominal", "shelf_all_in", "shelf_ceiling", "shelf_excess")
MOST = 400  # rows of a table here; the command writes all


class Excluded(msgspec.Struct):
    """An offer that may not stand on a shelf, with every reason and the rule that it is from, '' where it is none."""

    platform: str
    bank: str
    name: str
    reasons: list[tuple[str, Pair]]


class Offers(Room, kw_only=True):
    """A day's shelves: the one that is looked at, all offers against the ceilings, and what stands on none."""

    platform: str = ""
    order: str = ""
    places: Table | None = None
    closed: Pair | None = None
    law: Pair | None = None
    held: list[tuple[int, str]] = msgspec.field(default_factory=list)
    ceilings: str = ""
    over: int = 0
    yields: Table | None = None
    excluded: list[Excluded] = msgspec.field(default_factory=list)
    more: int = 0
    limits: Table | None = None
    assumed: list[dict[str, Any]] = msgspec.field(default_factory=list)


@get(SHELF.address, opt=may(*STAFF))
@threaded
def shelf(request: Request[Any, Any, Any], it: It) -> Response[Any]:
    return reckoned(request, it, SHELF, TABLES, "room_shelf.html.j2", Offers, _reckon)


def _reckon(desk: Desk, asking: Asking, told: Offers) -> None:
    begins, ends, usual = desk.kept("shelf, days", _days)
    day = asking.day("day", says("rooms_day"), usual, begins, ends)
    least, most, step = AMOUNT
    amount = asking.whole("amount", says("shelf_amount"), 50_000, least, most, step)
    months = asking.whole("months", says("shelf_months"), 12, *MONTHS)
    used = assumptions("shelf", day)
    made = ordered(desk.kept(("shelf", day), lambda at: read(at, day, used)), amount, months, {}, used)
    first = max(made.shelves, key=lambda name: (name in made.others, len(made.shelves[name]), name))
    names = [
        *(name for name in made.shelves if name in made.others),
        *(n for n in made.shelves if n not in made.others),
    ]
    platform = asking.one_of("platform", says("shelf_platform"), [(name, (name, name)) for name in names], first)
    told.lead, told.platform = headline(made), platform
    _order(told, made, platform)
    _yields(told, made)
    _rest(told, made)
    told.assumed = assumption_rows("shelf", used)


def _days(at: Opened) -> tuple[date, date, date]:
    """The days on which offers were shown and a ceiling held: first, last, and the one with the most offers."""
    at.need("deposit_offers", "a shelf")
    rows = at.rows("deposit_offers")
    in_force = max(min(min(dated) for dated in rules()[name].entry.limits.values()) for name in (CEILING, INSURANCE))
    changes: dict[date, int] = {}
    for row in rows:
        for moment, by in ((row["valid_from"], 1), (row["valid_to"], -1)):
            if moment is not None:
                on = max(local_day(moment, at.zone), in_force)
                changes[on] = changes.get(on, 0) + by
    days = sorted(changes)
    last = [known.last for known in at.staged.tables.values() if known.last is not None]
    ends = max([days[-1] - timedelta(days=1), *(local_day(moment, at.zone) for moment in last)])
    shown, most, best = 0, -1, days[0]
    for day in days:
        shown += changes[day]
        if shown >= most:
            most, best = shown, day
    if ends < days[0]:
        raise BadInput(
            f"deposit_offers: none was shown from {in_force} on, the first day of a ceiling: supply later ones",
            f"deposit_offers：从有上限的第一天 {in_force} 起没有任何产品：请提供更晚的记录",
        )
    return days[0], ends, min(best, ends)


def _order(told: Offers, made: Shelf, platform: str) -> None:
    """The shelf that is looked at."""
    if platform in made.closed:
        law = rules()["no_deposits_through_third_parties"].cites[0]
        told.closed, told.law = closing(made), (law.says.zh, law.says.en) if law.says else None
    its = made.shelves[platform]
    if its:
        told.order = str(picture(platform, its))
        told.places = table(
            says("shelf_order", platform=platform),
            ["shelf_place", "shelf_offer", "shelf_points", "shelf_why"],
            ((p.place, f"{p.offer.bank} · {p.offer.name}", three(p.points),
              why(p, its[n - 1] if n else None, made.depositor)) for n, p in enumerate(its)), words=2,
        )  # fmt: skip


def _yields(told: Offers, made: Shelf) -> None:
    """What offers pay all in, against the ceiling that held for their term."""
    told.over = sum(one.is_over for one in made.yields)
    told.held = sorted({(one.term_months, f"{one.ceiling_pct:g}") for one in made.yields})
    told.ceilings = str(ceilings(made)) if made.yields else ""
    told.yields = table(
        says("shelf_yields"),
        ["shelf_platform", "shelf_offer", "shelf_term", *RATES],
        ((one.platform, f"{one.bank} · {one.name}", one.term_months, f"{one.rate_pct:.3f}",
          f"{one.all_in_rate_pct:.3f}", f"{one.ceiling_pct:.3f}", f"{one.all_in_rate_pct - one.ceiling_pct:+.3f}")
         for one in made.yields[:MOST]), words=2,
    )  # fmt: skip


def _rest(told: Offers, made: Shelf) -> None:
    """What may not stand there, the gravest first, and the limits of the day."""
    told.excluded = [Excluded(e.platform, e.bank, e.name, list(e.reasons)) for e in made.excluded[:MOST]]
    told.more = len(made.excluded) - len(told.excluded)
    columns = ["shelf_rule", "shelf_limit", "rooms_value", "rooms_because", "rooms_mark"]
    told.limits = table(says("shelf_limits"), columns, limits_told(made), words=5)


ROUTES = [shelf]
