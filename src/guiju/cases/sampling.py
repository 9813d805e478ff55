"""A random sample of what triggers flagged and what they did not, to be labelled by people: precision and missed share.

Of every trigger there are two strata, the events at which it held and those at which it did not. From each the events
with the smallest digests of seed, trigger, stratum and id are drawn: a simple random sample that anybody who has the
decisions draws again, in whatever order they come. The sheet mixes the strata and does not tell them, so that whoever
labels an event does not know what the trigger said.
"""

from __future__ import annotations

import csv
import heapq
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import msgspec

from guiju.cases.reports import Share, share
from guiju.records.errors import BadInput

SHEET, ABOUT = "sample.csv", "sample.json"
FLAGGED, PASSED = "flagged", "not flagged"
HEAD = ("trigger", "platform", "id", "label", "note")
LABELS = {"yes": True, "no": False, "是": True, "否": False, "unclear": None, "不清楚": None}
DECISION = b'{"kind":"decision"'


class Judged(NamedTuple):
    """A decision: of which event, and at which triggers it held."""

    platform: str
    id: str
    held: frozenset[str]


class Stratum(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many events a stratum has, and how many of them were drawn."""

    trigger: str
    stratum: str
    events: int
    drawn: int


class Drawn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An event that was drawn, for a trigger, from a stratum."""

    trigger: str
    stratum: str
    platform: str
    id: str


class About(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is recorded of a sample beside its sheet; `source` by its name, `events` in the order of the sheet."""

    seed: str
    source: str
    decisions: int
    strata: list[Stratum]
    events: list[Drawn]


class Estimate(NamedTuple):
    """What labels say of one trigger. precision: of the flagged, how many were right; missed: of those not flagged, how
    many should have been; missed_events: that share of all of them. unclear: labelled so, and counted in neither.
    """

    trigger: str
    precision: Share
    missed: Share
    missed_events: float | None
    unclear: int


def draw(source: Path | str, out: Path, *, seed: str, flags: int, others: int, triggers: Iterable[str] = ()) -> About:
    """Draw a `sample`, and write a sheet to be labelled into the new folder `out`. Raises BadInput."""
    if out.exists():
        raise BadInput(f"{out}: is there already; name a new folder, so that no labels are lost")
    return _write(out, sample(source, seed=seed, flags=flags, others=others, triggers=triggers))


def sample(source: Path | str, *, seed: str, flags: int, others: int, triggers: Iterable[str] = ()) -> About:
    """Draw `flags` events at which each trigger held and `others` at which it did not, in an order that mixes them.

    source: a gate's journal, or a table of decisions (Parquet or CSV; a backtest's) with a column of truth a trigger.
    triggers: which; of a journal every one that ever held, of a table every column of truth, unless some are named.
    Raises BadInput.
    """
    path = Path(source)
    names, judged = _from(path, list(triggers))
    drawn: dict[tuple[str, str], list[tuple[int, Judged]]] = {(n, s): [] for n in names for s in (FLAGGED, PASSED)}
    sizes = dict.fromkeys(drawn, 0)
    total = 0
    for one in judged:
        total += 1
        for name in names:
            stratum = (name, FLAGGED if name in one.held else PASSED)
            sizes[stratum] += 1
            _offer(drawn[stratum], _place(seed, stratum, one), one, flags if stratum[1] == FLAGGED else others)
    if not total or not names:
        raise BadInput(f"{path}: has no decisions{'' if total else ' at all'} in which a trigger held")
    places = [(-place, Drawn(*stratum, *one[:2])) for stratum, heap in drawn.items() for place, one in heap]
    events = [event for _, event in sorted(places, key=lambda placed: (placed[1].trigger, placed[0]))]
    strata = [Stratum(name, which, sizes[name, which], len(heap)) for (name, which), heap in drawn.items()]
    return About(seed, path.name, total, strata, events)


def _from(path: Path, triggers: list[str]) -> tuple[list[str], Iterable[Judged]]:
    from guiju.journal.reading import is_journal

    if is_journal(path):
        found = triggers or sorted({name for one in _of_journal(path) for name in one.held})
        return found, _of_journal(path)
    if not path.is_file():
        raise BadInput(f"{path}: name a gate's journal, or a file of decisions as Parquet or CSV")
    return _of_table(path, triggers)


def _of_journal(path: Path) -> Iterator[Judged]:
    from guiju.journal.reading import Reading

    decoder = msgspec.json.Decoder(_Entry)
    for entry in Reading(path):
        if entry.payload.startswith(DECISION):
            made = decoder.decode(entry.payload).decision
            yield Judged(made.platform, made.id, frozenset(reason.trigger for reason in made.reasons))


class _Reason(msgspec.Struct):
    trigger: str


class _Decision(msgspec.Struct):
    platform: str
    id: str
    reasons: list[_Reason]


class _Entry(msgspec.Struct):
    decision: _Decision


def _of_table(path: Path, triggers: list[str]) -> tuple[list[str], Iterator[Judged]]:
    import duckdb

    read = "read_parquet" if path.suffix == ".parquet" else "read_csv"
    connection = duckdb.connect()
    try:
        columns = connection.execute(f"DESCRIBE SELECT * FROM {read}(?)", [str(path)]).fetchall()
    except duckdb.Error:
        raise BadInput(f"{path}: cannot be read as Parquet or CSV") from None
    kinds = {row[0]: row[1] for row in columns}
    names = triggers or [name for name, kind in kinds.items() if kind == "BOOLEAN"]
    if missing := [name for name in ("platform", "id", *names) if name not in kinds]:
        raise BadInput(f"{path}: has no column {missing[0]!r}; there are {', '.join(kinds)}")
    if odd := [name for name in names if kinds[name] != "BOOLEAN"]:
        raise BadInput(f"{path}: the column {odd[0]!r} is {kinds[odd[0]]}, and says not whether a trigger held")
    quoted = ", ".join(f'"{name}"' for name in ("platform", "id", *names))
    rows = connection.execute(f"SELECT {quoted} FROM {read}(?)", [str(path)])

    def judged() -> Iterator[Judged]:
        while batch := rows.fetchmany(10_000):
            for platform, id, *held in batch:
                yield Judged(platform, str(id), frozenset(n for n, is_held in zip(names, held, strict=True) if is_held))

    return names, judged()


def _place(seed: str, stratum: tuple[str, str], one: Judged) -> int:
    text = msgspec.json.encode([seed, *stratum, one.platform, one.id])
    return int.from_bytes(sha256(text).digest()[:8])


def _offer(heap: list[tuple[int, Judged]], place: int, one: Judged, most: int) -> None:
    """Keep the smallest places: a heap of their negatives."""
    if len(heap) < most:
        heapq.heappush(heap, (-place, one))
    elif most and -heap[0][0] > place:
        heapq.heapreplace(heap, (-place, one))


def _write(out: Path, about: About) -> About:
    out.mkdir(parents=True)
    with (out / SHEET).open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEAD)
        writer.writerows([event.trigger, event.platform, event.id, "", ""] for event in about.events)
    (out / ABOUT).write_bytes(msgspec.json.format(msgspec.json.encode(about)) + b"\n")
    return about


def estimates(folder: Path) -> list[Estimate]:
    """What the labels of a sample say, trigger by trigger. Raises BadInput where one is missing."""
    try:
        about = msgspec.json.decode((folder / ABOUT).read_bytes(), type=About)
        with (folder / SHEET).open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{folder}: is no sample ({error}); guiju cases sample draws one") from None
    labels = {}
    for line, row in enumerate(rows, 2):
        label = (row.get("label") or "").strip().lower()
        if label not in LABELS:
            raise BadInput(f"{folder / SHEET}, line {line}: label {label or 'nothing'!r}: write yes, no or unclear")
        labels[row.get("trigger"), row.get("platform"), row.get("id")] = LABELS[label]
    if labels.keys() != {(e.trigger, e.platform, e.id) for e in about.events}:
        raise BadInput(f"{folder / SHEET}: its events are not those that were drawn: fill in labels and notes alone")
    return estimated(about, {n: labels[e.trigger, e.platform, e.id] for n, e in enumerate(about.events)})


def estimated(about: About, labels: Mapping[int, bool | None]) -> list[Estimate]:
    """What labels say so far: each by the place of its event in the sheet, None where it is unclear.

    Events without a label count nowhere; those that have one, in the sheet's order, are a random sample, too.
    """
    said: dict[tuple[str, str], list[bool | None]] = {(x.trigger, x.stratum): [] for x in about.strata}
    for place, label in labels.items():
        said[about.events[place].trigger, about.events[place].stratum].append(label)
    sizes = {(x.trigger, x.stratum): x.events for x in about.strata}
    return [_estimate(name, said, sizes) for name in dict.fromkeys(x.trigger for x in about.strata)]


def _estimate(name: str, said: dict[tuple[str, str], list[bool | None]], sizes: dict[tuple[str, str], int]) -> Estimate:
    flags, others = (
        [label for label in said[name, stratum] if label is not None] for stratum in (FLAGGED, PASSED)
    )  # fmt: skip
    missed = share(sum(others), len(others))
    unclear = sum(label is None for stratum in (FLAGGED, PASSED) for label in said[name, stratum])
    events = missed.found / missed.of * sizes[name, PASSED] if missed.of else None
    return Estimate(name, share(sum(flags), len(flags)), missed, events, unclear)
