"""What a sample is drawn of, and what its auditors are shown: frozen as it is drawn, masked, without what was decided.

The journal may be pruned and a backtest deleted while a sample is audited; what was drawn stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from guiju.cases.sampling import About, sample
from guiju.checks.words import Words
from guiju.findings import mask
from guiju.gate import Refused, Trigger, TriggerSet
from guiju.gate.versions import from_texts
from guiju.journal import Reading
from guiju.web.console.console import Console
from guiju.web.console.gate.backtesting import KIND, Backtested, Texts, called
from guiju.web.console.gate.gate import Gate
from guiju.web.console.gate.telling import Cited, Limit, cites, facts, labels, limits, local, seen, tells_of, titles
from guiju.web.console.running.jobs import DONE, Job
from guiju.web.decided import DECISION

JOURNAL = "@journal"  # of the sources; the others are the numbers of backtests
MOST_BACKTESTS = 50
Key = tuple[str, str]  # an event's platform and id


class Source(msgspec.Struct):
    """What may be drawn from: the gate's journal, or a backtest by its number, with the records it decided on."""

    name: str
    set: str
    records: str
    triggers: list[str]
    titles: dict[str, Words] = {}  # of triggers, as their rules are called


class Event(msgspec.Struct, frozen=True):
    """An event as its auditor sees it: when it was, by the clock of its rule; what was known of it then, masked.

    entry: of the journal, 0 where it comes from a backtest.
    """

    at: str
    zone: str
    facts: list[tuple[str, str]]
    entry: int = 0


class Dated(msgspec.Struct, frozen=True):
    """A rule as it was on a day."""

    limits: list[Limit]
    cites: list[Cited]


class Question(msgspec.Struct, frozen=True):
    """A trigger's rule, against which events are held; `listed` if it has a page here. Limits are of the draw's newest
    event's day: `dated` says which. on: days of its events on which it was otherwise; None in a sheet that was drawn
    before they were kept.
    """

    title: Words
    rule: str
    listed: bool
    dated: str
    limits: list[Limit]
    cites: list[Cited]
    on: dict[str, Dated] | None = None

    def of(self, day: str) -> Question:
        """As it was on the day of one of its events."""
        if self.on is None:
            return self
        its = self.on.get(day, Dated(self.limits, self.cites))
        return msgspec.structs.replace(self, dated=day, limits=its.limits, cites=its.cites, on={})


class Sheet(msgspec.Struct, frozen=True):
    """A sample: what was drawn (ids masked), each event as it is shown in the same order, and the rules by trigger.

    names: what the facts of its events are called; of one that was drawn before they were kept, nothing.
    """

    about: About
    events: list[Event]
    questions: dict[str, Question]
    flags: int
    others: int
    names: dict[str, Words] = {}

    @property
    def id(self) -> str:
        """The same draw is the same sample."""
        return sha256(msgspec.json.encode([self.about, self.flags, self.others])).hexdigest()[:16]


def sources(it: Console) -> list[Source]:
    """What there is to draw from, the journal first."""
    found = list[Source]()
    if it.gate is not None and it.gate.feed is not None and it.gate.feed.kinds():
        called_there = titles(*map(it.gate.set_of, it.gate.feed.deciding()))
        found.append(Source(JOURNAL, "", "", it.gate.feed.kinds(), called_there))
    for job in it.jobs.all((KIND,), MOST_BACKTESTS):
        of = msgspec.convert(job.asked, Backtested)
        if job.state == DONE and _table(it, job).is_file():
            result = job.end.result
            names = sorted(result.get("hits", {}))
            found.append(Source(str(job.number), of.of.name, of.set, names, called(result)))
    return found


def drawn(it: Console, source: str, *, seed: str, flags: int, others: int, trigger: str) -> Sheet:
    """A sample of a source that there is; trigger: one of it, '' for all. Raises BadInput."""
    triggers = [trigger] if trigger else []
    if source == JOURNAL:
        assert it.gate is not None
        assert it.gate.named.folder is not None
        folder = it.gate.named.folder
        about = sample(folder, seed=seed, flags=flags, others=others, triggers=triggers)
        found, sets = _of_journal(it.gate, folder, {(e.platform, e.id) for e in about.events})
        tells = [it.gate.telling(of.digest) for of in sets]
    else:
        job = it.jobs.of(int(source))
        assert job is not None
        its = msgspec.convert(job.asked, Backtested).of
        of = _set(its)
        names = triggers or sorted(job.end.result.get("hits", {}))
        about = sample(_table(it, job), seed=seed, flags=flags, others=others, triggers=names)
        sets, tells = [of] if of else [], [tells_of(its.texts)]
        found = _of_table(_table(it, job), of, {(e.platform, e.id) for e in about.events})
    events = [found[e.platform, e.id] for e in about.events]
    masked = msgspec.structs.replace(
        about, source=source, events=[msgspec.structs.replace(e, id=mask(e.id)) for e in about.events]
    )
    last = max((event.at for event in events), default="")[:10]
    asked = {stratum.trigger: set[str]() for stratum in about.strata}
    for of_event, event in zip(about.events, events, strict=True):
        asked[of_event.trigger].add(event.at[:10])
    questions = {name: question(name, sets, last, days) for name, days in asked.items()}
    words = {name: of for pair in zip(sets[::-1], tells[::-1], strict=False) for name, of in labels(*pair).items()}
    return Sheet(masked, events, questions, flags, others, words)


def _set(version: Texts) -> TriggerSet | None:
    try:
        return from_texts(version.name, version.texts)
    except Refused:  # of another Guiju, or of a pack that is not here any more
        return None


def _table(it: Console, job: Job) -> Path:
    return (it.jobs.place(job.number) / str(job.end.result.get("report", "-"))).parent / "decisions.parquet"


def _of_journal(gate: Gate, folder: Path, wanted: set[Key]) -> tuple[dict[Key, Event], list[TriggerSet]]:
    """The events that were drawn, and the sets that decided on them, the newest first."""
    found, sets = dict[Key, Event](), dict[str, TriggerSet]()
    for entry in Reading(folder):
        if not entry.payload.startswith(DECISION):
            continue
        value = entry.value
        event, decision = value["event"], value["decision"]
        if (key := (decision["platform"], decision["id"])) not in wanted:
            continue
        if of := gate.set_of(decision["set"]["digest"]):
            sets.pop(of.digest, None)
            sets[of.digest] = of
        found[key] = _event(event["occurred_at"], event, decision["features"], of, entry.sequence)
    return found, [*sets.values()][::-1]


def _of_table(path: Path, of: TriggerSet | None, wanted: Iterable[Key]) -> dict[Key, Event]:
    import duckdb

    with duckdb.connect() as connection:
        platforms, ids = zip(*wanted, strict=True) if wanted else ((), ())
        rows = connection.execute(
            "SELECT * FROM read_parquet($1) WHERE (platform, id) IN "
            "(SELECT (unnest($2::VARCHAR[]), unnest($3::VARCHAR[])))",
            [str(path), list(platforms), list(ids)],
        )
        names = [column[0] for column in rows.description]
        found = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
    return {(row["platform"], row["id"]): _event(_text(row["occurred_at"]), {}, _plain(row), of, 0) for row in found}


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """As the journal holds them: times are texts."""
    return {name: _text(value) if isinstance(value, datetime) else value for name, value in row.items()}


def _text(at: datetime) -> str:
    return at.isoformat()


def _event(
    occurred: str, event: Mapping[str, Any], features: Mapping[str, Any], of: TriggerSet | None, entry: int
) -> Event:
    """event: as it came, empty where only what was reckoned of it is kept."""
    zone = of.triggers[0].rule.zone if of else ZoneInfo("UTC")
    known = [*seen(event, of, zone), *facts(features, of, zone)] if of else []
    return Event(local(occurred, zone), zone.key, [*dict(known).items()], entry)


def question(name: str, sets: list[TriggerSet], last: str, days: Iterable[str]) -> Question:
    """A trigger's rule as the newest set that has it says; its name alone where the texts are not known here."""
    from guiju.rulebook import rules

    for of in sets:
        for trigger in of.triggers:
            if trigger.name == name and last:
                newest, rule = _dated(trigger, last), trigger.rule
                on = {day: its for day in sorted(days) if (its := _dated(trigger, day)) != newest}
                listed = rule.name in rules()
                return Question(rule.title, rule.name, listed, last, newest.limits, newest.cites, on)
    return Question(Words(name, name), "", False, last, [], [])


def _dated(trigger: Trigger, day: str) -> Dated:
    on = date.fromisoformat(day)
    return Dated(limits(trigger, on), cites(trigger.rule, on))
