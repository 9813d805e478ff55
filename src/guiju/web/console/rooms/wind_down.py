"""The wind-down: how much replacement funding a month makes a bank's run-off end well, with the course it takes."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from litestar import Request, Response, get

from guiju.audit.report.words import Pair
from guiju.market import Assumption, assumed, assumptions
from guiju.market.pages import assumption_rows
from guiju.market.wind_down import TABLES, WindDown, WoundDown, planned, read
from guiju.market.wind_down.page import cure, money, notes, picture, shortage, steps
from guiju.market.wind_down.page import lead as in_a_sentence
from guiju.web.console.admission import STAFF, may
from guiju.web.console.answering import It, threaded
from guiju.web.console.desks import Desk
from guiju.web.console.rooms.asking import Asking, plain, says
from guiju.web.console.rooms.days import days_of
from guiju.web.console.rooms.listed import WIND_DOWN
from guiju.web.console.rooms.room import Room, reckoned
from guiju.web.console.rooms.tables import Table, table

# What a slider offers of an assumption: least, most, step; a file of inputs may hold more.
SLIDERS = {"replacement_pct": (0, 10, 0.05), "buffer_pct": (0, 40, 1), "other_net_inflow_pct": (-5, 5, 0.1)}
STOCKS = ("wind_down_raised", "wind_down_liquid", "wind_down_buffer")
PLANS = (
    "wind_down_until", "wind_down_due", "wind_down_slow_repaid", *STOCKS, "wind_down_fast_repaid", *STOCKS,
)  # fmt: skip
GAPS = ("wind_down_until", "wind_down_due_so_far", "wind_down_most", "wind_down_missing")


class Bank(msgspec.Struct):
    """A bank and what becomes of it: sums as text, months of the fastest and the slowest plan, whether it ends well."""

    bank: str
    due: str
    liquid: str
    fastest: int | None
    slowest: int | None
    ends_well: bool | None


class Course(Room, kw_only=True):
    """The wind-down of one bank, and how all others end. ends_well: None where too little is known."""

    ends_well: bool | None = None
    says: Pair = ("", "")
    picture: str = ""
    months: Table | None = None
    banks: list[Bank] = msgspec.field(default_factory=list)
    notes: list[Pair] = msgspec.field(default_factory=list)
    assumed: list[dict[str, Any]] = msgspec.field(default_factory=list)


@get(WIND_DOWN.address, opt=may(*STAFF))
@threaded
def wind_down(request: Request[Any, Any, Any], it: It) -> Response[Any]:
    return reckoned(request, it, WIND_DOWN, TABLES, "room_wind_down.html.j2", Course, _reckon)


def _reckon(desk: Desk, asking: Asking, told: Course) -> None:
    begins, ends = days_of(desk, "liquid_assets")
    day = asking.day("day", says("rooms_day"), ends, begins, ends)
    usual = assumptions("wind_down", day)
    books = desk.kept(("wind-down", day), lambda at: read(at, day, usual))
    first = desk.kept(("wind-down, first", day), lambda _: _first(planned(books, usual)))
    bank = asking.one_of("bank", says("rooms_bank"), _banks(books.due), first)
    made = planned(books, _given(asking, day))
    one = next(one for one in made.banks if one.bank == bank)
    told.lead, told.notes, told.banks = in_a_sentence(made), notes(made), [_bank(one) for one in made.banks]
    told.assumed = assumption_rows("wind_down", made.used)
    _tell(told, made, one)


def _banks(due: dict[tuple[str, str], Any]) -> list[tuple[str, Pair]]:
    return [(bank, (bank, bank)) for bank in sorted({bank for bank, _ in due})]


def _first(made: WindDown) -> str:
    """Whose page it is unless another is asked for: of those without a plan as things are, or of all, the largest."""
    return min(made.banks, key=lambda one: (one.short is None, -one.brought, one.bank)).bank


def _given(asking: Asking, day: date) -> dict[str, Assumption]:
    """What is assumed, with what the sliders say of it."""
    usual, names = assumptions("wind_down", day), assumed("wind_down")
    given = {}
    for name, (least, most, step) in SLIDERS.items():
        label = plain((names[name].says.zh, names[name].says.en))
        value = asking.number(name, label, float(usual[name].value), least, most, step, (" %", " %"))
        if value != float(usual[name].value):
            given[name] = value
    return assumptions("wind_down", day, given)


def _bank(one: WoundDown) -> Bank:
    is_known = one.begins is not None and one.unknown is None
    liquid = money(one.begins.liquid) if one.begins else "–"
    fastest, slowest = (plan.months if plan else None for plan in (one.fast, one.slow))
    return Bank(one.bank, f"{one.currency} {money(one.brought)}", liquid, fastest, slowest,
                (one.short is None) if is_known else None)  # fmt: skip


def _tell(told: Course, made: WindDown, one: WoundDown) -> None:
    """The chosen bank: its picture, the months behind it, and how it ends."""
    if one.unknown is not None or one.begins is None:
        told.says = one.unknown or ("", "")
        return
    told.picture, title = str(picture(made, one)), says("wind_down_months", bank=one.bank)
    told.ends_well = one.short is None
    if one.slow is not None and one.fast is not None:
        told.says = says(
            "wind_down_well", bank=one.bank, due=f"{one.currency} {money(one.brought)}", fastest=one.fast.months,
            slowest=one.slow.months, raised=f"{one.currency} {money(sum(one.slow.replaced))}",
        )  # fmt: skip
        told.months = table(title, PLANS, ((day, *map(money, sums)) for day, sums in steps(made, one)))
    else:
        told.says = cure(one)
        told.months = table(title, GAPS, ((day, *map(money, sums)) for day, sums in shortage(made, one)))


ROUTES = [wind_down]
