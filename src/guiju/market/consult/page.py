"""A routed day as a page: what it came to beside other manners, who waited, loads, and why each went where it went."""

from __future__ import annotations

from collections import Counter
from typing import Any

from guiju.audit.report.words import Pair
from guiju.market.consult import Consulted
from guiju.market.consult.choosing import FAIR
from guiju.market.consult.pictures import by_hour, loads, waiting
from guiju.market.consult.saying import named
from guiju.market.consult.tables import compared, course
from guiju.market.pages import assumption_rows, page, say

TOLD = 3  # inquiries of each kind whose whole course the page tells
LISTED = 12  # practitioners named in a sentence


def render(made: Consulted, language: str = "en") -> str:
    """The page, in zh and en."""
    ours = made.measured[FAIR]
    return page(
        "consult/page.html.j2", language, made=made, ours=ours, headline=headline(made), notes=notes(made),
        rows=compared(made), manners=[say("consult", manner) for manner in made.measured], waiting=waiting(made),
        by_hour=by_hour(made), loads=loads(made), told=told(made), nobody=nobody(made),
        not_chosen=[
            (say("consult", f"not_{word}", to=("该专家", "the expert")), n)
            for word, n in sorted(ours.not_chosen.items())
        ],
        most=sorted(ours.loads, key=lambda one: -one.rate), clock=made.zone.key,
        assumptions=assumption_rows("consult", made.used),
    )  # fmt: skip


def headline(made: Consulted) -> Pair:
    """What came out, in two sentences."""
    m = made.measured[FAIR]
    broken = sum(m.broken.values())
    zh, en = say(
        "consult", "headline", day=made.day, inquiries=f"{m.inquiries:,}", nobodys=f"{m.nobodys:,}",
        answerable=f"{m.inquiries - m.nobodys:,}", replied=f"{m.replied:,}", in_time=f"{m.in_time:,}",
        unanswered=f"{m.unanswered:,}",
    )  # fmt: skip
    if not broken:
        return zh, en
    more = say("consult", "headline_broken", broken=f"{broken:,}")
    return f"{zh[: zh.rindex('没有一个')]}{more[0]}", f"{en[: en.rindex('None went')]}{more[1]}"


def notes(made: Consulted) -> list[Pair]:
    """What a reader must know: doctors of whom no licence is given, inquiries of other days, rows set aside."""
    found: list[Pair] = []
    if bare := made.roster.without_licence:
        more = f" … ({len(bare)})" if len(bare) > LISTED else ""
        found.append(say("consult", "bare", names=", ".join(bare[:LISTED]) + more))
    if made.off:
        found.append((f"其他日子的问题 {made.off:,} 个，不在其列。", f"{made.off:,} inquiries are of other days."))
    if made.quarantined:
        n = f"{made.quarantined:,}"
        found.append((f"{n} 行有误，已隔离（quarantine.parquet），未计入。",
                      f"{n} rows are faulty, set aside (quarantine.parquet) and not counted."))  # fmt: skip
    return found


def nobody(made: Consulted) -> list[tuple[Pair, int]]:
    """What nobody on the roster may answer, by subject and language, the most frequent first."""
    counts = Counter((made.of[s.inquiry].specialty, made.of[s.inquiry].language)
                     for s in made.routed.steps if s.what == "nobody")  # fmt: skip
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [((f"{named(a)[0]} · {named(b)[0]}", f"{named(a)[1]} · {named(b)[1]}"), n) for (a, b), n in ordered[:10]]


def told(made: Consulted) -> list[tuple[str, list[tuple[str, Pair]]]]:
    """The whole course of a few inquiries of each kind: plain, chosen, escalated, handed over, nobody's."""
    first: dict[str, list[str]] = {}
    for one in made.routed.steps:
        kind = f"{one.what}{one.word}" if one.what in ("due", "not_chosen") else one.what
        names = first.setdefault(kind, [])
        if one.inquiry not in names and len(names) < TOLD:
            names.append(one.inquiry)
    wanted = dict.fromkeys(
        name for kind, names in first.items() if kind not in ("closed", "waits", "dueanother", "duelead")
        for name in names[: 2 if kind in ("assigned", "duetold") else 1]
    )  # fmt: skip
    return [(name, [(_at(made, at), words) for at, _, words in course(made, name)]) for name in wanted]


def _at(made: Consulted, moment: Any) -> str:
    from guiju.market import UTC

    return f"{moment.replace(tzinfo=UTC).astimezone(made.zone):%H:%M:%S}"
