"""DuckDB for cases: what was built and compiled for one case serves the next that asks the same question.

Most of a case's time would go into writing the same SQL again. A question is the same where all of it is: the check's
own function, every limit, every moment, every column of every table. Only the rows differ, and they are read anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from guiju.audit.engine import KEPT, DuckDB
from guiju.checks import Answer, Check, Steps

if TYPE_CHECKING:
    import ibis


class Repeating(DuckDB):
    """An engine that remembers what it was asked of one check, and forgets it at the next."""

    def __init__(self, work: Path, memory: str) -> None:
        super().__init__(work, memory)
        self.connection.execute("SET threads = 1")  # for a few rows: more would wait for one another
        self._forget("")

    def _forget(self, about: str) -> None:
        self._about = about
        self._shapes: dict[pa.Schema, int] = {}
        self._named: dict[Any, str] = {}  # questions whose answer is kept, and the table's name
        self._known: dict[str, ibis.Table] = {}
        self._written: dict[Any, str] = {}  # SQL
        self._answers: dict[Any, tuple[list[ibis.Table], Answer]] = {}

    def remembering(self, check: Check) -> Check:
        """The check, of which a question that was built before is not built again."""
        if check.name != self._about:
            self._forget(check.name)

        def build(**given: Any) -> Steps:
            question = (check.build, *((name, _plain(value)) for name, value in sorted(given.items())))
            if question not in self._answers:
                steps: list[ibis.Table] = []
                answer = yield from _noting(check.build(**given), steps)
                once = replace(answer, evidence=_once(answer.evidence), workings=_once(answer.workings))
                self._answers[question] = steps, once
                return once
            steps, answer = self._answers[question]
            for step in steps:
                _ = yield step  # it is kept under the name that it had when the answer was built
            return answer

        return replace(check, build=build)

    def table(self, name: str) -> ibis.Table:
        if name not in self._known:
            self._known[name] = super().table(name)
        return self._known[name]

    def named(self, name: str, rows: pa.Table) -> str:
        """Tables of the same columns have the same name in every case."""
        shape = self._shapes.setdefault(rows.schema, len(self._shapes))
        return next(n for n in (f"{KEPT}{shape}_{i}" for i in count()) if n not in self._present)

    def compiled(self, expression: ibis.Table) -> str:
        question = expression.op()
        if question not in self._written:
            self._written[question] = super().compiled(expression)
        return self._written[question]

    def _compute(self, expression: ibis.Table, name: str) -> ibis.Table:
        question = f"{KEPT}question_{len(self._named)}"
        return super()._compute(expression, self._named.setdefault(expression.op(), question))

    def making(self, expression: ibis.Table, name: str) -> str:
        question = name, expression.op()
        if question not in self._written:
            self._written[question] = super().making(expression, name)
        return self._written[question]


def _noting(asked: Answer | Steps, steps: list[ibis.Table]) -> Steps:
    """The same steps and answer, each step written down."""
    if isinstance(asked, Answer):
        return asked
    try:
        step = next(asked)
        while True:
            steps.append(step)
            step = asked.send((yield step))
    except StopIteration as end:
        answer: Answer = end.value
        return answer


def _once(build: Callable[[ibis.Table], dict[str, ibis.Table]]) -> Callable[[ibis.Table], dict[str, ibis.Table]]:
    """What is built of what was found, built once of tables of the same columns."""
    built: dict[Any, dict[str, ibis.Table]] = {}

    def of(found: ibis.Table) -> dict[str, ibis.Table]:
        if found.op() not in built:
            built[found.op()] = build(found)
        return built[found.op()]

    return of


def _plain(value: Any) -> Any:
    """What two equal questions have in common, and two others have not: 1 and 1.0 are two limits."""
    if isinstance(value, (list, tuple)):
        return tuple(map(_plain, value))
    return value.op() if hasattr(value, "op") else repr(value)
