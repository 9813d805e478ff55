"""Ratings: what ranks and tiers a panel's scores bear, at a level, with other weights, without a rater."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from litestar import Request, Response, get

from guiju.audit.report.words import Pair, number
from guiju.checks.words import Words
from guiju.ratings.grouping import Grouped, grouped, ways
from guiju.ratings.page import lead, span, verdict, waited
from guiju.ratings.panel import Panel, Scores, read_panel, read_scores
from guiju.ratings.pictures import known, percent, ranks_picture, scores_picture, waits_picture
from guiju.ratings.rating import BOOTSTRAPS, Rating, rate
from guiju.ratings.shopping import DAY_MINUTES, FEW, SAME, Shopping, shopped, zone_of
from guiju.records.errors import BadInput
from guiju.web.console.admission import STAFF, may
from guiju.web.console.answering import It, threaded
from guiju.web.console.desks import Desk
from guiju.web.console.rooms.asking import Asking, says
from guiju.web.console.rooms.listed import RATINGS
from guiju.web.console.rooms.room import Room, reckoned
from guiju.web.console.rooms.tables import Table, table

LEVELS = ("90", "95", "99")
CLOCK = "Asia/Shanghai"  # of times without an offset, as the command takes them
DRAWS = 200  # of the bootstrap of alpha, so that an answer takes no second
CELLS = 4_000  # scores beyond which even that takes too long, and fewer draws do
NOBODY, PANEL, SHEETS = "nobody", "panel.yaml", (".csv", ".xlsx")


class Standing(msgspec.Struct):
    """A subject: its whole score with the interval, the ranks it may have (all sets at once, and alone), its tier."""

    subject: str
    name: Pair
    tier: int
    whole: float
    low: float
    high: float
    best: int
    worst: int
    best_alone: int
    worst_alone: int
    dimensions: list[float]


class Waited(msgspec.Struct):
    """A group of consultations and how long replies took; minutes and shares None where they were not reached."""

    group: str
    name: Pair
    contacts: int
    answered: int
    automatic: int
    median_minutes: float | None
    waiting_at_day: float | None
    is_few: bool


class Rated(Room, kw_only=True):
    """A panel, rated. draws: of the bootstrap here, fewer than the command's."""

    panel: Pair = ("", "")
    synthetic: Pair = ("", "")
    level: str = ""
    dimensions: list[Pair] = msgspec.field(default_factory=list)
    standings: list[Standing] = msgspec.field(default_factory=list)
    scores_picture: str = ""
    ranks_picture: str = ""
    agreement: Table | None = None
    raters: Table | None = None
    borders: Table | None = None
    draws: int = 0
    usual_draws: int = BOOTSTRAPS
    missing: int = 0
    waited: Pair = ("", "")
    waits_picture: str = ""
    waits: list[Waited] = msgspec.field(default_factory=list)
    told_waits: Table | None = None


@get(RATINGS.address, opt=may(*STAFF))
@threaded
def ratings(request: Request[Any, Any, Any], it: It) -> Response[Any]:
    return reckoned(request, it, RATINGS, (), "room_ratings.html.j2", Rated, _reckon)


def _reckon(desk: Desk, asking: Asking, told: Rated) -> None:
    panel = desk.remembered("panel", lambda: read_panel(desk.path / PANEL))
    scores = desk.remembered("scores", lambda: _sheet(desk.path, "scores", lambda at: read_scores(panel, at)))
    shopping = desk.remembered("shopping", lambda: _shopped(desk.path, panel))
    if scores is None and shopping is None:
        raise BadInput(
            f"there is neither scores.csv nor consultations.csv beside {PANEL}: fill in a sheet of the panel",
            f"{PANEL} 旁边既没有 scores.csv 也没有 consultations.csv：请填一张评分表",
        )
    told.panel, told.synthetic = _both(panel.title), _both(panel.synthetic)
    if scores is not None:
        given, level = _asked(asking, scores)
        told.level, told.draws = level, max(DRAWS * CELLS // max(scores.given.size, CELLS), 20)
        weights = tuple(float(w) for w in given.weights)
        key = "rated", level, weights, tuple(given.panel.raters)
        done = desk.remembered(key, lambda: rate(given, level=int(level) / 100, draws=told.draws, modelled=False))
        _tell(told, done)
    if shopping is not None:
        by = asking.one_of("by", says("ratings_by"), [(way, says(_WAYS[way])) for way in ways(panel)], "subject")
        _tell_waits(told, panel, shopping, grouped(panel, shopping.contacts, by), by)


_WAYS = {"subject": "ratings_by_subject", "hour": "ratings_by_hour", "day": "ratings_by_day", "tier": "ratings_by_tier"}


def _sheet(folder: Path, name: str, read: Callable[[Path], Any]) -> Any:
    """A sheet of the panel as CSV or workbook; None where there is neither."""
    found = next((at for end in SHEETS if (at := folder / f"{name}{end}").is_file()), None)
    return None if found is None else read(found)


def _shopped(folder: Path, panel: Panel) -> Shopping | None:
    """The sheet of consultations; where it is a page of the workbook of scores, only if anything is filled in."""
    found: Shopping | None = _sheet(folder, "consultations", lambda at: shopped(panel, at, zone_of(CLOCK)))
    return found


def _asked(asking: Asking, scores: Scores) -> tuple[Scores, str]:
    """The scores as they are asked: with the weights of the sliders, and without a rater; and the level."""
    panel = scores.panel
    level = asking.one_of("level", says("ratings_level"), [(one, (f"{one}%", f"{one} %")) for one in LEVELS], "95")
    raters = [(NOBODY, says("ratings_nobody")), *((key, _both(one.name)) for key, one in panel.raters.items())]
    without = asking.one_of("without", says("ratings_without"), raters, NOBODY)
    asking.group, most = says("ratings_weights"), max(5.0, 2 * max(d.weight for d in panel.dimensions.values()))
    weights = {
        name: asking.number(f"w_{name}", _both(one.name), one.weight, 0, most, 0.25)
        for name, one in panel.dimensions.items()
    }
    asking.group = None
    if not any(weights.values()):
        for field in asking.fields[-len(weights) :]:
            field.problem = says("ratings_all_zero")
        weights = {name: one.weight for name, one in panel.dimensions.items()}
    dimensions = {name: msgspec.structs.replace(one, weight=weights[name]) for name, one in panel.dimensions.items()}
    kept = {name: one for name, one in panel.raters.items() if name != without}
    places = [place for place, name in enumerate(panel.raters) if name in kept]
    made = msgspec.structs.replace(panel, dimensions=dimensions, raters=kept)
    return replace(scores, panel=made, given=np.asarray(scores.given[places])), level


def _tell(told: Rated, done: Rating) -> None:
    panel, sets, alone = done.scores.panel, done.sets, done.alone
    names = list(panel.subjects.items())
    told.lead = lead(done)
    told.dimensions = [_both(one.name) for one in panel.dimensions.values()]
    told.standings = [
        Standing(
            names[j][0], _both(names[j][1].name), int(done.tiers[j]), float(done.whole[j]), float(done.low[j]),
            float(done.high[j]), int(sets.best[j]), int(sets.worst[j]), int(alone.best[j]), int(alone.worst[j]),
            [float(score) for score in done.of_dimensions[:, j]],
        )
        for j in done.order
    ]  # fmt: skip
    told.scores_picture, told.ranks_picture = str(scores_picture(done)), str(ranks_picture(done))
    told.missing = len(done.scores.missing)
    told.agreement = _agreement(done)
    told.raters = _raters(done)
    if done.borders:
        rows = [
            (_tier(panel, border.above), _tier(panel, border.above + 1), f"{border.shown} / {border.pairs}",
             says("ratings_stands" if border.stands else "ratings_falls")) for border in done.borders
        ]  # fmt: skip
        columns = ("ratings_above", "ratings_below", "ratings_pairs", "ratings_border")
        told.borders = table(says("ratings_stated"), columns, rows, 2)


def _agreement(done: Rating) -> Table:
    panel, pct = done.scores.panel, percent(done.level)
    rows = [
        (_both(one.name), f"{weight:.2f}", known(a.alpha, 3), f"{known(a.low, 3)}–{known(a.high, 3)}",
         known(a.w.w) if a.w else "–", verdict(a.alpha, a.low))
        for one, weight, a in zip(panel.dimensions.values(), done.scores.weights, done.agreement, strict=True)
    ]  # fmt: skip
    columns = ("ratings_dimension", "ratings_weight", ("α", "α"), (f"{pct}%", f"{pct} %"), ("Kendall W", "Kendall W"),
               "ratings_verdict")  # fmt: skip
    return table(says("ratings_agreement"), columns, rows)


def _raters(done: Rating) -> Table:
    """Every rater: what it has to do with whom it rates, how strict it is, and what changes without it."""
    panel = done.scores.panel
    rows = []
    for i, (rater, one) in enumerate(zip(panel.raters.values(), done.without, strict=True)):
        stake = _both(rater.stake) if rater.stake.en else says("ratings_no_stake")
        changed = panel.subjects[one.changed].name
        change = f"{one.change:+.2f} {changed.zh}", f"{one.change:+.2f} {changed.en}"
        rows.append((_both(rater.name), stake, known(float(done.strictness[i])), change, one.most_moved,
                     int(one.tiers.max())))  # fmt: skip
    columns = ("ratings_rater", "ratings_stake", "ratings_strict", "ratings_change", "ratings_moved", "ratings_tiers")
    return table(says("ratings_raters"), columns, rows, 2)


def _tier(panel: Panel, place: int) -> Pair:
    names = [panel.subjects[one].name for one in panel.stated[place]]
    return "、".join(one.zh for one in names), ", ".join(one.en for one in names)


def _tell_waits(told: Rated, panel: Panel, shopping: Shopping, groups: Grouped, by: str) -> None:
    """The curves of the groups, and the table behind them."""
    told.waited = waited(panel, shopping)
    if by != "subject":
        p = groups.alike.p
        name = "ratings_few" if np.isnan(p) else "ratings_differ" if p < 0.05 else "ratings_alike"
        told.waited = says(name, p=f"{p:.2g}")
    told.waits_picture = str(waits_picture(panel, groups.names, groups.of))
    for key, one in groups.of.items():
        median, day = one.curve.median, one.curve.at(DAY_MINUTES)
        told.waits.append(
            Waited(key, groups.names[key], one.contacts, one.answered, one.automatic,
                   None if np.isnan(median) else median, None if np.isnan(day) else day, one.contacts < FEW)
        )  # fmt: skip
    rows = [
        ((f"{w.name[0]}{' *' if w.is_few else ''}", f"{w.name[1]}{' *' if w.is_few else ''}"), number(w.contacts),
         number(w.answered), number(w.automatic),
         says("ratings_not_reached") if w.median_minutes is None else span(w.median_minutes * SAME),
         "–" if w.waiting_at_day is None else f"{w.waiting_at_day * 100:.0f} %") for w in told.waits
    ]  # fmt: skip
    columns = ("ratings_group", "ratings_contacts", "ratings_answered", "ratings_automatic", "ratings_median",
               "ratings_at_day")  # fmt: skip
    told.told_waits = table(says("ratings_each_group"), columns, rows)


def _both(words: Words) -> Pair:
    return words.zh, words.en


ROUTES = [ratings]
