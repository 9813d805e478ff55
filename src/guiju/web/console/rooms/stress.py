"""Stress with sliders: how long banks last if the shelf closes so much and so fast, and if shocks come together."""

from __future__ import annotations

from typing import Any

import msgspec
import yaml
from litestar import Request, Response, get

from guiju.audit.report.words import Pair
from guiju.estimators.survival import survival_days
from guiju.market import assumed
from guiju.market.pages import assumption_rows
from guiju.market.stress import QUANTILES, TABLES, Stress, pictures, soonest
from guiju.market.stress import reckoned as stressed
from guiju.market.stress.books import Books, open_books
from guiju.market.stress.courses import flows, levels
from guiju.market.stress.page import RULES, WHAT, fan_rows, grid_rows, lead, rows, show, worse
from guiju.market.stress.scenarios import WhatIf, defaults, what_if
from guiju.market.stress.tables import joint
from guiju.web.console.admission import STAFF, may
from guiju.web.console.answering import It, threaded
from guiju.web.console.desks import Desk
from guiju.web.console.rooms.asking import Asking, plain, says
from guiju.web.console.rooms.days import days_of
from guiju.web.console.rooms.listed import STRESS
from guiju.web.console.rooms.room import Room, reckoned
from guiju.web.console.rooms.tables import Table, table

SEED = 7  # the command's own, so that it gives the same numbers
CLOSED, FILE = "shelf_closed", "what.yaml"
# What a slider offers of a scenario and of what is assumed: least, most, step. A file of scenarios may hold more.
SCENARIO = {
    "runoff_pct": (0, 100, 5), "over_days": (1, 90, 1), "renewed_pct": (0, 100, 5), "others_runoff_pct": (0, 300, 10),
    "others_renewed_pct": (0, 100, 5), "received_pct": (0, 100, 5), "haircut_more_pct": (0, 50, 1),
}  # fmt: skip
CHANCES = ("bank_run_chance_pct", "platform_failure_chance_pct", "nonpayment_chance_pct")
SIZES = {"bank_run_pct": "stress_bank_run_most", "platform_failure_pct": "stress_failure_most",
         "nonpayment_pct": "stress_nonpayment_most"}  # fmt: skip
# So many draws of so many banks are reckoned within a second of processor time.
BANK_DRAWS, FEWEST, MOST, USUAL = 400_000, 500, 5000, 2000
PCT = (" %", " %")
RATIOS = ("stress_platforms", "stress_lcr", "stress_lcr_locked", "stress_nsfr")
CELL = ("stress_runoff", "stress_over")


class Measures(msgspec.Struct):
    """A bank in numbers as text: survival days by scenario, ratios and dependence in per cent; – where not known.

    Of a scenario – says that the bank is not short within the horizon, so many days.
    """

    bank: str
    days: list[tuple[Pair, str, str]]
    horizon: int
    lcr: str
    lcr_locked: str
    nsfr: str
    platforms: str


class Stressed(Room, kw_only=True):
    """A stress: the bank that is looked at, all banks, the closing shelf as a grid, and failing together."""

    worse: Pair = ("", "")
    bank: Measures | None = None
    fan: str = ""
    lasting: str = ""
    closing: str = ""
    tails: str = ""
    fan_rows: Table | None = None
    banks: Table | None = None
    grid: Table | None = None
    joint: Table | None = None
    notes: list[Pair] = msgspec.field(default_factory=list)
    missing: list[tuple[str, Pair, Pair]] = msgspec.field(default_factory=list)
    set_aside: dict[str, int] = msgspec.field(default_factory=dict)
    command: str = ""
    file: str = FILE
    what: str = ""
    assumed: list[dict[str, Any]] = msgspec.field(default_factory=list)


@get(STRESS.address, opt=may(*STAFF))
@threaded
def stress(request: Request[Any, Any, Any], it: It) -> Response[Any]:
    return reckoned(request, it, STRESS, TABLES, "room_stress.html.j2", Stressed, _reckon)


def _reckon(desk: Desk, asking: Asking, told: Stressed) -> None:
    begins, ends = days_of(desk, "liquid_assets")
    day = asking.day("day", says("rooms_day"), ends, begins, ends)
    usual = what_if(day)
    horizon, within = int(usual.value("horizon_days")), int(usual.value("stated_within_days"))
    books = desk.kept(("stress", day), lambda at: open_books(at, day, horizon, within))
    first = desk.kept(("stress, first", day), lambda _: _first(books, usual))
    bank = asking.one_of("bank", says("rooms_bank"), [(name, (name, name)) for name in books.banks], first)
    what = {"scenarios": {CLOSED: _scenario(asking, books)}, "assume": _assumed(asking, books, usual)}
    given = what_if(day, what)
    seen = stressed(books, given, SEED, [bank])
    told.lead, told.worse, told.bank = lead(seen), worse(seen), _measures(seen, bank)
    _draw(told, seen, bank)
    told.notes, told.set_aside = list(books.notes), desk.at.set_aside()
    told.missing = [(m.bank, WHAT[m.what], m.why) for m in seen.missing]
    told.what = yaml.safe_dump(what, allow_unicode=True, sort_keys=False, width=100)
    told.command = f"guiju stress {desk.path.name} --day {day} --scenarios {FILE} --bank {bank}"
    told.assumed = assumption_rows("stress", given.assumed)


def _first(books: Books, usual: WhatIf) -> str:
    """Whose page it is unless another is asked for: the bank that is short soonest if the shelf closes."""
    course = levels(books, flows(books), usual.scenarios[CLOSED], int(usual.value("run_days")))
    return soonest(books, survival_days(course), {CLOSED: course})[0]


def _scenario(asking: Asking, books: Books) -> dict[str, Any]:
    """The closing shelf, as the sliders say."""
    asking.group, usual, labels = says("stress_closing"), defaults()[CLOSED], dict(RULES)
    everyone = ("all", says("stress_all_platforms"))
    shelves = [everyone, *((name, (name, name)) for name in books.platforms)]
    made: dict[str, Any] = {
        "says": dict(zip(("zh", "en"), says("stress_closed_title"), strict=True)),
        "closed": asking.one_of("closed", says("stress_closed"), shelves, "all"),
    }  # fmt: skip
    for name, (least, most, step) in SCENARIO.items():
        unit = PCT if name.endswith("_pct") else says("stress_days_unit")
        value = asking.number(name, plain(labels[name]), float(getattr(usual, name)), least, most, step, unit)
        made[name] = int(value) if name == "over_days" else value
    return made


def _assumed(asking: Asking, books: Books, usual: WhatIf) -> dict[str, Any]:
    """The shocks that come together, as the sliders say."""
    asking.group, names = says("stress_together"), assumed("stress")
    made: dict[str, Any] = {}
    rho = asking.number("correlation", says("stress_correlation"), 0.6, 0, 0.95, 0.05)
    for name in CHANCES:
        label = plain((names[name].says.zh, names[name].says.en))
        made[name] = asking.number(name, label, float(usual.value(name)), 0, 50, 1, PCT)
    for name, words in SIZES.items():
        least, most = usual.value(name)
        made[name] = [least, asking.number(f"{name[:-4]}_most_pct", says(words), most, least, 100, 5, PCT)]
    draws = _most_draws(len(books.banks))
    made["draws"] = asking.whole("draws", says("stress_draws"), min(USUAL, draws), 100, draws, step=100)
    made["correlations"] = [rho]
    return made


def _most_draws(banks: int) -> int:
    return max(min(BANK_DRAWS // max(banks, 1), MOST), FEWEST) // 100 * 100


def _short(title: Pair) -> Pair:
    return title[0].split("：")[0], title[1].split(":")[0]


def _measures(seen: Stress, bank: str) -> Measures:
    its = next(row for row in rows(seen) if row["bank"] == bank)
    titles = [_short(one.title(name)) for name, one in seen.given.scenarios.items()]
    days = [(title, str(day or "–"), colour) for title, (day, colour) in zip(titles, its["days"], strict=True)]
    ratios = (show(its[name], 1) for name in ("lcr_pct", "lcr_locked_pct", "nsfr_pct", "platform_pct"))
    return Measures(bank, days, int(seen.given.value("horizon_days")), *ratios)


def _draw(told: Stressed, seen: Stress, bank: str) -> None:
    """Pictures, each with the table behind it."""
    told.fan, told.lasting = str(pictures.fan(seen, bank)), str(pictures.lasting(seen))
    told.closing, told.tails = str(pictures.closing(seen)), str(pictures.tails(seen))
    told.fan_rows = table(
        says("stress_fan_rows", bank=bank), ["stress_shocks", "stress_day", *((f"{q} %",) * 2 for q in QUANTILES)],
        ((name, day, *(show(value) for value in values)) for name, day, values in fan_rows(seen, bank)),
    )  # fmt: skip
    scenarios = [_short(one.title(name)) for name, one in seen.given.scenarios.items()]
    told.banks = table(
        says("stress_banks"),
        ["rooms_bank", *RATIOS, *scenarios, "stress_missing"],
        ((r["bank"], *(show(r[name], 1) for name in ("platform_pct", "lcr_pct", "lcr_locked_pct", "nsfr_pct")),
          *(day or "–" for day, _ in r["days"]), show(r[f"missing_{CLOSED}"]) if r[f"missing_{CLOSED}"] else "–")
         for r in rows(seen)),
    )  # fmt: skip
    red, amber = seen.given.value("red_days"), seen.given.value("amber_days")
    told.grid = table(
        says("stress_grid"),
        [*CELL, (f"≤ {red}",) * 2, (f"≤ {amber}",) * 2, "stress_ever", "stress_soonest", "stress_day"],
        ((f"{g['runoff']:g} %", g["over"], g["red"], g["amber"], g["ever"], g["first"] or "–", g["day"] or "–")
         for g in grid_rows(seen)), words=0,
    )  # fmt: skip
    told.joint = table(
        says("stress_joint"),
        ["stress_shocks", "stress_mean", ("95 %",) * 2, ("99 %",) * 2, "stress_worst", "stress_any", "stress_infected"],
        ((pictures.rho_name(j["rho"]), show(j["mean_banks"], 2), show(j["banks_95"]), show(j["banks_99"]),
          show(j["worst_hundredth_banks"], 1), f"{show(j['any_pct'], 1)} ± {show(2 * j['any_error_pct'], 1)}",
          show(j["infected_banks"], 4)) for j in joint(seen).to_dicts()),
    )  # fmt: skip


ROUTES = [stress]
