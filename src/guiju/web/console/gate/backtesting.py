"""A backtest as a job: the report that `guiju gate backtest` draws, kept in the job's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from guiju.audit.opened import Progress
from guiju.checks.words import Words
from guiju.gate import load
from guiju.gate.backtest import backtest
from guiju.gate.backtest.counting import Hits

KIND, OUT, SETS = "backtest", "out", "sets"


class Texts(msgspec.Struct, frozen=True):
    """A version to be tested: its set's name, its digest, its texts."""

    name: str
    digest: str
    texts: dict[str, str]


class Backtested(msgspec.Struct, frozen=True):
    """What is asked: a version, on a set of records, compared with another where one is named, held against labels.

    labels: a file's name in the set of records, '' for none. language: which the report shows first.
    """

    set: str
    records: str
    of: Texts
    against: Texts | None
    labels: str
    language: str


def work(asked: dict[str, Any], folder: Path, progress: Progress) -> dict[str, Any]:
    """Decide on every event of the records; what came of it. Raises what `backtest` raises."""
    of = msgspec.convert(asked, Backtested)
    records = Path(of.records)
    version = _laid(folder / SETS / "of", of.of)
    done = backtest(
        version, records,
        against=_laid(folder / SETS / "against", of.against) if of.against else None,
        labels=records / of.labels if of.labels else None, out=folder / OUT, language=of.language, progress=progress,
    )  # fmt: skip
    c = done.counted
    return {
        "report": done.page.relative_to(folder).as_posix(), "first": str(done.first), "last": str(done.last),
        "events": c.events, "actions": c.actions, "hits": {t.name: t.hits for t in c.triggers},
        "differing": done.compared.events if done.compared else None,
        "held_amount": f"{c.held_amount:.2f}", "currency": c.currencies[0] if len(c.currencies) == 1 else "",
        "triggers": {t.name: figures(t) for t in c.triggers},
        "titles": {t.name: msgspec.to_builtins(t.rule.title) for t in load(version).triggers},
    }  # fmt: skip


def figures(of: Hits) -> dict[str, Any]:
    """Of a trigger what its report says first: money in dispute at its hits, and with labels, how many of its hits were
    right, and of the events so labelled, how many it missed; [k, n] each.
    """
    right, found = of.precision, of.recall
    return {
        "amount": None if of.amount is None else f"{of.amount:.2f}",
        "right": [right.k, right.n] if right else None, "missed": [found.n - found.k, found.n] if found else None,
    }  # fmt: skip


def called(result: dict[str, Any]) -> dict[str, Words]:
    """What the triggers of a backtest are called, as their rules were when it was done; nothing of an older one."""
    return msgspec.convert(result.get("titles", {}), dict[str, Words])


def _laid(folder: Path, version: Texts) -> Path:
    """A folder of a version's texts; it has the set's name."""
    for place, text in version.texts.items():
        path = folder / version.name / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return folder / version.name
