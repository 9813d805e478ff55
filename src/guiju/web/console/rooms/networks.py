"""A network of members: who stands on which level and lives on what, a team's tree and numbers against the limits."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get

from guiju.audit.report.words import MARKS, Pair, number
from guiju.findings import mask
from guiju.market.network.pictures import least_share, levels_picture, tree_picture
from guiju.market.network.reading import TABLES, Network, of_desk
from guiju.market.network.teams import Branch, Facts, Team, branches, facts, levels, team, teams
from guiju.records.errors import BadInput
from guiju.rulebook import rules
from guiju.web.console.admission import STAFF, may
from guiju.web.console.answering import It, threaded
from guiju.web.console.desks import Desk
from guiju.web.console.rooms.asking import Asking, says
from guiju.web.console.rooms.listed import NETWORKS
from guiju.web.console.rooms.room import Room, reckoned
from guiju.web.console.rooms.tables import Table, table

WHOLE = "all"
DEPTHS = (2, 5, 9)  # levels of the tree: least, usual, most
LISTED = 20  # branches under the picture
LIMITS = ("min_levels", "min_persons", "min_paying_pct", "min_recruit_pct", "min_entry_multiple")
NAMES = {
    "min_levels": "networks_levels_paid", "min_persons": "networks_persons", "min_paying_pct": "networks_paying_pct",
    "min_recruit_pct": "networks_recruit_pct", "min_entry_multiple": "networks_entry_multiple",
}  # fmt: skip


class Held(msgspec.Struct):
    """A number of a team beside a rule's limit on the day: whether it is reached, and the limit's source mark."""

    says: Pair
    value: Pair
    limit: str
    met: bool
    mark: Pair


class Asked(msgspec.Struct):
    """A rule and what it asks of a team. found: whether all of it is reached, the last two being alternatives."""

    rule: str
    title: Pair
    found: bool
    held: list[Held]


class Line(msgspec.Struct):
    """A branch of the picture; key: what an address calls the team below its head, '' of several put together."""

    key: str
    name: Pair
    level: int
    members: int
    recruit: str
    other: str
    share: str


class Seen(Room, kw_only=True):
    """A network. rules: of one team only, since each judges a team by itself."""

    team: str = ""
    members: int = 0
    levels_picture: str = ""
    levels: Table | None = None
    tree_picture: str = ""
    tree: list[Line] = msgspec.field(default_factory=list)
    rules: list[Asked] = msgspec.field(default_factory=list)
    figures: list[tuple[Pair, Pair]] = msgspec.field(default_factory=list)
    notes: list[Pair] = msgspec.field(default_factory=list)


@get(NETWORKS.address, opt=may(*STAFF))
@threaded
def networks(request: Request[Any, Any, Any], it: It) -> Response[Any]:
    return reckoned(request, it, NETWORKS, TABLES, "room_networks.html.j2", Seen, _reckon)


def _reckon(desk: Desk, asking: Asking, told: Seen) -> None:
    network = desk.kept("network", of_desk)
    listed = desk.kept("teams", lambda _: teams(network))
    options = [(WHOLE, says("networks_whole", members=number(network.members)))]
    options += [(key, (text, text)) for key, name, n in [*listed, *_asked_for(network, asking, listed)]
                if (text := f"{mask(name)} · {number(n)}")]  # fmt: skip
    key = asking.one_of("team", says("networks_team"), options, WHOLE)
    member = asking.text(
        "member", says("networks_member"), says("networks_member_hint"), lambda text: _unknown(network, text)
    )
    deepest = asking.whole("depth", says("networks_depth"), DEPTHS[1], DEPTHS[0], DEPTHS[2])
    of = team(network, "" if key == WHOLE else key, member)
    causes = next(iter(network.pays))
    currency = network.currency[0] or ""
    told.team, told.members = mask(of.name) if of.name else "", of.members
    its = levels(network, of, network.pays[causes])
    told.levels_picture = str(levels_picture(its, currency))
    told.levels = table(
        says("networks_by_level"),
        ("networks_level", "networks_members", "networks_reached", "networks_paying", "networks_entries",
         "networks_recruit", "networks_purchase", "networks_retail"),
        ((one.level, number(one.members), number(one.reached), number(one.paying),
          *map(_money, (one.entries, one.recruit, one.purchase, one.retail))) for one in its),
    )  # fmt: skip
    drawn = branches(network, of, network.pays[causes], deepest, least_share())
    told.tree_picture = str(tree_picture(drawn, lambda place: mask(network.member[place])))
    told.tree = _largest(network, drawn)
    _tell(told, network, of, causes, currency)


def _asked_for(network: Network, asking: Asking, listed: list[tuple[str, str, int]]) -> list[tuple[str, str, int]]:
    """The team that the address names, where it is none of those that are listed."""
    key = asking.query.get("team", "").strip()
    if not key or key in {WHOLE, *(one for one, _, _ in listed)}:
        return []
    try:
        of = team(network, key)
    except BadInput:
        return []
    return [(key, of.name, of.members)]


def _unknown(network: Network, member: str) -> Pair | None:
    try:
        team(network, member=member)
    except BadInput:
        return says("networks_no_member", given=member)
    return None


def _tell(told: Seen, network: Network, of: Team, causes: str, currency: str) -> None:
    """What is said of a team in words and numbers, and what the rules in force ask of it."""
    one = facts(network, of, network.pays[causes])
    whole = of.head is None and of.organiser is None
    said: dict[str, Any] = {
        "team": told.team, "members": number(of.members), "reached": number(one.members), "day": network.day,
        "recruit": f"{currency} {_money(one.recruit)}", "retail": f"{currency} {_money(one.retail)}",
        "pct": _pct(one.counted_pct),
    }  # fmt: skip
    told.lead = says(
        "networks_lead_whole" if whole else "networks_lead" if one.members else "networks_lead_none", **said
    )
    told.figures = _figures(one, currency)
    if not whole:
        told.rules = [_asked(network, of, rule, limits) for rule, limits in network.limits.items()]
    cut = sum(network.cut.values())
    told.notes = [says("networks_window", since=network.since, day=network.day)]
    if cut:
        told.notes.append(says("networks_cut", n=number(cut)))
    if aside := sum(network.set_aside.values()):
        told.notes.append(says("networks_aside", n=number(aside)))


def _figures(one: Facts, currency: str) -> list[tuple[Pair, Pair]]:
    told = [
        (says("networks_reached"), number(one.members)), (says("networks_persons"), number(one.persons)),
        (says("networks_levels_paid"), str(one.levels or "–")), (says("networks_recruit_pct"), _pct(one.counted_pct)),
        (says("networks_entries"), f"{currency} {_money(one.entries)}"),
        (says("networks_entry_multiple"), _times(one)),
        (says("networks_paying_pct"), _pct(one.paying_pct)), (says("networks_losing_pct"), _pct(one.losing_pct)),
    ]  # fmt: skip
    return [(name, _pair(value)) for name, value in told]


def _pair(value: str | Pair) -> Pair:
    return (value, value) if isinstance(value, str) else value


def _asked(network: Network, of: Team, name: str, limits: dict[str, Any]) -> Asked:
    rule, one = rules()[name], facts(network, of, network.pays[str(limits["causes"])])
    reasons, met = rule.reasons_on(network.day), one.meets(limits)
    values = {
        "min_levels": str(one.levels), "min_persons": number(one.persons), "min_paying_pct": _pct(one.paying_pct),
        "min_recruit_pct": _pct(one.counted_pct), "min_entry_multiple": _times(one),
    }  # fmt: skip
    written = {"min_recruit_pct": " %", "min_paying_pct": " %", "min_entry_multiple": "×"}
    held = [
        Held(
            says(NAMES[n]), _pair(values[n]), f"{number(limits[n])}{written.get(n, '')}", met[n], MARKS[reasons[n].mark]
        )
        for n in LIMITS
    ]
    return Asked(name, (rule.title.zh, rule.title.en), one.found(limits), held)


def _largest(network: Network, drawn: list[Branch]) -> list[Line]:
    """The branches of the picture, the largest of each level first, and what was put together."""
    shown = sorted(drawn, key=lambda one: (one.level, -one.members))
    lines = []
    for one in (one for level in sorted({one.level for one in drawn}) for one in _most(shown, level)):
        several, earned = one.place < 0, one.recruit + one.other
        name = says("networks_together", n=number(one.branches)) if several else (mask(network.member[one.place]),) * 2
        key = "" if several else str(network.number[one.place])
        sums = ("–",) * 3
        if not several:
            sums = _money(one.recruit), _money(one.other), _pct(one.recruit * 100 / earned if earned > 0 else None)
        lines.append(Line(key, (name[0], name[1]), one.level, one.members, *sums))
    return lines


def _most(shown: list[Branch], level: int) -> list[Branch]:
    of = [one for one in shown if one.level == level]
    large = [one for one in of if one.place >= 0][:LISTED]
    small = [one for one in of if one not in large]
    if not small:
        return large
    together = sum(one.branches for one in small), sum(one.members for one in small)
    return [*large, Branch(-1, level, 0.0, 0.0, together[1], together[0], 0.0, 0.0)]


def _money(amount: float) -> str:
    return f"{amount:,.2f}"


def _pct(share: float | None) -> str:
    return "–" if share is None else f"{share:.1f} %"


def _times(one: Facts) -> str | Pair:
    if one.entry_multiple is None:
        return says("networks_no_goods") if one.priced else "–"
    return f"{one.entry_multiple:.2f}×"


ROUTES = [networks]
