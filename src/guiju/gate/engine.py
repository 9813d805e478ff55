"""The live engine: one event in, one decision out, with exact windows and a bounded state."""

from __future__ import annotations

import gc
import time
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from guiju.gate.admission import admit, not_now
from guiju.gate.compiling import Compiled, compiled
from guiju.gate.decisions import Decision
from guiju.gate.loading import TriggerSet
from guiju.gate.lookups import References
from guiju.gate.refusal import Full
from guiju.records.errors import BadInput

FOREVER = 2**63 - 1
MICROSECOND = timedelta(microseconds=1)

Rows = Iterable[Mapping[str, Any]]


def system_clock() -> int:
    """Microseconds since 1970 UTC."""
    return time.time_ns() // 1000


def live(
    of: TriggerSet,
    references: Mapping[str, Rows] | None = None,
    *,
    clock: Callable[[], int] | None = system_clock,
    skew: timedelta = timedelta(minutes=5),
    late: timedelta = timedelta(days=30),
    max_entries: int = 20_000_000,
) -> Engine:
    """The engine of a set, without history.

    references: the rows of each table that the set looks up. clock: what an event's time is held against, None for
    history. An event more than `skew` ahead of it, or more than `late` before the last decision, is refused.
    max_entries: how many entries (one an event and kind of key) the windows may hold. Raises BadInput.
    """
    return Engine(of, references or {}, clock, skew, late, max_entries)


class Engine:
    """A set at work. One thread, one event after another; not to be shared."""

    def __init__(
        self,
        of: TriggerSet,
        references: Mapping[str, Rows],
        clock: Callable[[], int] | None,
        skew: timedelta,
        late: timedelta,
        max_entries: int,
    ) -> None:
        self.set, self.max_entries = of, max_entries
        self._clock, self._skew, self._late = clock, skew, late
        self._references = References(of, references)
        self._start()

    def _start(self) -> None:
        made: Compiled = compiled(self.set)
        self.compiled = made
        space = dict(made.given)
        limits = [limit for t in self.set.triggers for limit in t.limits.values()]
        changes = sorted({0, *(since for limit in limits for since in limit.since), FOREVER})

        def limits_hold(moment: int) -> tuple[int, int]:
            place = bisect_right(changes, moment)
            return changes[place - 1], changes[place]

        def refused(occurred: int, now: int, last: int) -> Exception:
            given = (
                {"occurred": occurred, "now": now} if occurred > now + skew else {"occurred": occurred, "last": last}
            )
            return not_now(given, self._skew, self._late)

        skew = self._skew // MICROSECOND
        space |= {
            "clock": self._clock,
            "skew": skew,
            "late": self._late // MICROSECOND,
            "most_held": self.max_entries,
            "limit_at": lambda place, moment: limits[place].at(moment),
            "limits_hold": limits_hold,
            "admitted": lambda event: admit(event, made.columns),
            "not_now": refused,
            "look_up": self._references.look_up,
            "make_room": self._make_room,
        }
        exec(compile(made.text, f"<gate {self.set.digest}>", "exec"), space)
        self._space = space
        self._decide, self._sweeps, self._enters, self._heads, self._begin = space["make"]()
        #: Decides on one event, a mapping of the stream's columns to values (str, int, Decimal, bool, datetime UTC,
        #: None). Raises EventRefused or Full; the state is then as it was.
        self.decide: Callable[[Mapping[str, Any]], Decision] = self._decide

    def _make_room(self, t: int, held: int) -> None:
        for sweep in self._sweeps:
            sweep(t, FOREVER)
        if self._heads()[1] + len(self._sweeps) > self.max_entries:
            raise Full(
                f"the windows hold {self._heads()[1]:,} entries, and {self.max_entries:,} is the ceiling; raise "
                "max_entries, shorten the longest windows, or divide the stream by key"
            )

    def make_room(self, occurred: int) -> None:
        """See that one more event, of that moment (microseconds since 1970 UTC), finds room. Raises Full."""
        last, held, _ = self._heads()
        if held + len(self._sweeps) > self.max_entries:
            self._make_room(max(last, occurred), held)

    def pass_over(self, moment: int) -> None:
        """An event that this set refuses was decided on elsewhere, at that moment: what follows comes after it."""
        self._begin(max(self.last_decision_at, moment))

    def forget(self) -> None:
        """Let go of all it holds; it decides no more. Its parts name one another: without this nobody would free it."""
        self._space.clear()

    @property
    def last_decision_at(self) -> int:
        """Microseconds since 1970 UTC; -1 before the first."""
        return int(self._heads()[0])

    @property
    def entries(self) -> int:
        """How many entries the windows hold, those not yet swept with them."""
        return int(self._heads()[1])

    @property
    def keys(self) -> tuple[int, ...]:
        """How many keys are active, for each kind of key."""
        return tuple(len(self._space[f"P{part.p}"]) for part in self.compiled.partitions)

    def state(self) -> dict[str, Any]:
        """A snapshot: plain, for pickle or msgpack. It holds what windows hold, not what was decided."""
        last, _, heads = self._heads()
        parts = [self._part(part, heads[3 * part.p]) for part in self.compiled.partitions]
        return {"set": self.set.digest, "last": last, "partitions": parts}

    def _part(self, part: Any, oldest: int) -> dict[str, Any]:
        later, order, e = self._space[f"L{part.p}"], [], oldest
        while e >= 0:
            order.append(e)
            e = later[e]
        at, owners = self._space[f"A{part.p}"], self._space[f"O{part.p}"]
        columns = []
        for stored in part.stored.values():
            cells = self._space[stored.name]
            kept = [cells[e] for e in order]
            columns.append(array("q", kept).tobytes() if stored.is_packed else [_portable(cell) for cell in kept])
        keys = [list(owners[e][0]) if isinstance(owners[e][0], tuple) else owners[e][0] for e in order]
        return {"at": array("q", [at[e] for e in order]).tobytes(), "keys": keys, "columns": columns}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up a snapshot of the same set; what is held now is forgotten. Raises BadInput for another set's."""
        if state["set"] != self.set.digest:
            raise BadInput("the snapshot is of another set, or of an older text of this one; decide on the events anew")
        self._start()
        for part, saved, enter in zip(self.compiled.partitions, state["partitions"], self._enters, strict=True):
            at = array("q", saved["at"])
            columns = [
                _known(array("q", cells)) if stored.is_packed else [_integer(cell) for cell in cells]
                for stored, cells in zip(part.stored.values(), saved["columns"], strict=True)
            ]
            for t, key, *cells in zip(at, saved["keys"], *columns, strict=True):
                enter(tuple(key) if isinstance(key, list) else key, t, *cells)
        self._begin(state["last"])

    @staticmethod
    def without_pauses() -> None:
        """Stop Python's collector of cycles, which halts a process of millions of objects for seconds; there are none.

        For the whole process: a service calls it once, when it is set up.
        """
        gc.collect()
        gc.freeze()
        gc.disable()


def _portable(cell: Any) -> Any:
    """A number beyond 64 bits as text in a list, for msgpack."""
    return [str(cell)] if type(cell) is int else cell


def _integer(cell: Any) -> Any:
    return int(cell[0]) if isinstance(cell, list | tuple) else cell


def _known(cells: array[int]) -> list[int | None]:
    from guiju.gate.incremental import UNKNOWN

    return [None if cell == UNKNOWN else cell for cell in cells]
