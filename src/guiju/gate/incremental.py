"""The windows of one kind of key as Python text: entries that expire, exact sums and counts, least and greatest.

Entries lie in shared arrays; each points to the next of its key (`N`) and to the next of all (`L`). A key's state is
one list: the key, its newest entry, and for every frame its oldest entry and what is measured. An entry is taken off
a window when an event of its key finds it too old; the oldest of all are swept, a few an event, so that keys which are
silent for their longest window are forgotten.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Any

from guiju.gate.nodes import WORD, Measure, Node
from guiju.gate.python_text import Python

UNKNOWN = -(2**63)  # null in an array
SWEPT = 4  # entries an event at most


@dataclass
class Stored:
    """An argument of measures: kept in an array where it fits 64 bits, else in a list."""

    node: Node
    name: str  # of the array
    local: str  # the present event's value

    @property
    def is_packed(self) -> bool:
        return self.node.kind.name in ("time", "span") or (
            self.node.kind.name == "number" and self.node.kind.digits <= WORD
        )

    @property
    def kept(self) -> str:
        """The present value as it is stored."""
        if self.is_packed and self.node.nullable:
            return f"({UNKNOWN} if {self.local} is None else {self.local})"
        return self.local

    def is_known(self, text: str) -> str:
        return f"{text} != {UNKNOWN}" if self.is_packed else f"{text} is not None"

    def read(self, place: str) -> str:
        """A stored value, None where not known."""
        of = f"{self.name}[{place}]"
        return f"(None if {of} == {UNKNOWN} else {of})" if self.is_packed and self.node.nullable else of


@dataclass
class Partition:
    """One kind of key: its measures, and the text that keeps them. `p` numbers its names."""

    p: int
    keys: tuple[Node, ...]
    measures: list[tuple[int, Measure]]  # each with its number in the set
    stored: dict[Node, Stored] = field(default_factory=dict)
    slots: dict[tuple[Any, ...], int] = field(default_factory=dict)
    first: list[str] = field(default_factory=list)  # what a new key's state holds, slot by slot

    def __post_init__(self) -> None:
        for _, measure in self.measures:
            if measure.arg is not None and measure.arg not in self.stored:
                place = len(self.stored)
                self.stored[measure.arg] = Stored(measure.arg, f"V{self.p}_{place}", f"g{self.p}_{place}")
        for frame in self.frames:
            self._slot(("oldest", frame), "e")
            for measure in self.of(frame):
                for slot, start in self._kept(measure):
                    self._slot((*slot, frame), start)

    @property
    def frames(self) -> list[int]:
        return sorted({m.window.frame for _, m in self.measures})

    @property
    def queues(self) -> list[str]:
        return [f"{self.p}_{slot}" for (what, *_), slot in self.slots.items() if what == "front"]

    def of(self, frame: int) -> list[Measure]:
        return [m for _, m in self.measures if m.window.frame == frame]

    def _slot(self, name: tuple[Any, ...], start: str) -> None:
        if name not in self.slots:
            self.slots[name] = len(self.slots) + 2
            self.first.append(start)

    def _kept(self, measure: Measure) -> list[tuple[tuple[Any, ...], str]]:
        """What a key's state holds for a measure, and how it starts."""
        if measure.of in ("lag", "first"):
            return []
        if measure.arg is None:
            return [(("rows",), "1")]
        stored = self.stored[measure.arg]
        known = f"{stored.local} is not None" if measure.arg.nullable else "True"
        counted = (("known", measure.arg), f"(1 if {known} else 0)")
        if measure.of == "count":
            return [counted]
        if measure.of == "sum":
            total = (("total", measure.arg), f"({stored.local} if {known} else 0)")
            return [total, counted] if measure.arg.nullable else [total]
        if measure.of == "distinct":
            return [(("kinds", measure.arg), f"({{{stored.local}: 1}} if {known} else {{}})")]
        ends = f"(e if {known} else -1)"
        return [(("front", measure.of, measure.arg), ends), (("back", measure.of, measure.arg), ends)]

    def arrays(self) -> dict[str, Any]:
        """The empty arrays, by name."""
        p = self.p
        made: dict[str, Any] = {f"P{p}": {}, f"A{p}": array("q"), f"N{p}": array("i"), f"L{p}": array("i"), f"O{p}": []}
        made |= {s.name: array("q") if s.is_packed else [] for s in self.stored.values()}
        return made | {f"{letter}{queue}": array("i") for queue in self.queues for letter in "FB"}

    # -- text --

    def key(self, python: Python) -> str:
        texts = [python.value(node) for node in self.keys]
        return texts[0] if len(texts) == 1 else f"({''.join(f'{text}, ' for text in texts)})"

    def entered(self, told: bool) -> list[str]:
        """The present event enters: `key`, `t` and the arguments are known; `m…` are set where they are to be told."""
        p, lines = self.p, self._taken()
        lines += [f"s = P{p}.get(key)", "if s is None:"]
        lines += [f"    s = P{p}[key] = [key, e, {', '.join(self.first)}]"]
        lines += [f"    {line}" for line in (self._first_told() if told else [])]
        lines += ["else:", "    before = s[1]", f"    N{p}[before] = e", "    s[1] = e"]
        for frame in self.frames:
            lines += [f"    {line}" for line in self._moved_on(frame, told)]
        return [*lines, f"O{p}[e] = s"]

    def _taken(self) -> list[str]:
        """An entry for the event: a free one, or a new one."""
        p = self.p
        columns = [(s.name, s.kept) for s in self.stored.values()]
        queues = [(f"{letter}{queue}", "-1") for queue in self.queues for letter in "FB"]
        cells = [(f"A{p}", "t"), (f"N{p}", "-1"), (f"L{p}", "-1"), *columns, *queues]
        return [
            f"e = free{p}",
            "if e >= 0:",
            f"    free{p} = L{p}[e]",
            *(f"    {name}[e] = {value}" for name, value in cells),
            "else:",
            f"    e = len(A{p})",
            *(f"    {name}.append({value})" for name, value in cells),
            f"    O{p}.append(None)",
            f"if newest{p} >= 0:",
            f"    L{p}[newest{p}] = e",
            "else:",
            f"    oldest{p} = e",
            f"newest{p} = e",
        ]

    def _first_told(self) -> list[str]:
        """The measures of a key's first event."""
        lines = []
        for number, m in self.measures:
            local = self.stored[m.arg].local if m.arg is not None else ""
            known = "1" if m.arg is None or not m.arg.nullable else f"(0 if {local} is None else 1)"
            lines.append(
                f"m{number} = {known if m.of in ('count', 'distinct') else 'None' if m.of == 'lag' else local}"
            )
        return lines

    def _moved_on(self, frame: int, told: bool) -> list[str]:
        """A frame of a key that is known: what is too old leaves, the event enters."""
        p, oldest = self.p, self.slots["oldest", frame]
        lines = [f"i = s[{oldest}]", f"since = t - {frame}", f"if A{p}[i] < since:"]
        lines += [f"    while A{p}[i] < since:"]
        lines += [f"        {line}" for line in self._left(frame)]
        lines += [f"        i = N{p}[i]", f"    s[{oldest}] = i"]
        for slot in dict.fromkeys((*slot, frame) for m in self.of(frame) for slot, _ in self._kept(m)):
            lines += self._added(slot)
        if told:
            lines += [f"m{n} = {self._told(m)}" for n, m in self.measures if m.window.frame == frame]
        return lines

    def _left(self, frame: int) -> list[str]:
        """Entry `i` leaves a frame of the key `s`."""
        lines: list[str] = []
        for what, at in self.slots.items():
            if what[-1] != frame or what[0] in ("oldest", "back"):
                continue
            if what[0] == "rows":
                lines.append(f"s[{at}] -= 1")
                continue
            stored = self.stored[what[-2]]
            if what[0] == "front":
                back = self.slots["back", *what[1:]]
                q = f"{self.p}_{at}"
                lines += [f"if s[{at}] == i:", f"    j = s[{at}] = F{q}[i]", "    if j >= 0:", f"        B{q}[j] = -1",
                          "    else:", f"        s[{back}] = -1"]  # fmt: skip
                continue
            change = {
                "known": [f"s[{at}] -= 1"],
                "total": [f"s[{at}] -= x"],
                "kinds": [f"c = s[{at}]", "n = c[x] - 1", "if n:", "    c[x] = n", "else:", "    del c[x]"],
            }[what[0]]
            lines.append(f"x = {stored.name}[i]")
            if stored.node.nullable:
                change = [f"if {stored.is_known('x')}:", *(f"    {line}" for line in change)]
            lines += change
        return lines

    def _added(self, slot: tuple[Any, ...]) -> list[str]:
        """The event enters what a slot holds."""
        at = self.slots[slot]
        if slot[0] == "rows":
            return [f"s[{at}] += 1"]
        if slot[0] == "back":
            return []
        stored = self.stored[slot[-2]]
        change = {
            "known": [f"s[{at}] += 1"],
            "total": [f"s[{at}] += {stored.local}"],
            "kinds": [f"c = s[{at}]", f"c[{stored.local}] = c.get({stored.local}, 0) + 1"],
        }.get(slot[0]) or self._queued(slot, stored)
        return (
            [f"if {stored.local} is not None:", *(f"    {line}" for line in change)] if stored.node.nullable else change
        )

    def _queued(self, slot: tuple[Any, ...], stored: Stored) -> list[str]:
        """The event enters a queue whose values rise (min) or fall (max) from front to back."""
        front, back, q = self.slots[slot], self.slots["back", *slot[1:]], f"{self.p}_{self.slots[slot]}"
        beaten = ">=" if slot[1] == "min" else "<="
        return [
            f"j = s[{back}]",
            f"while j >= 0 and {stored.name}[j] {beaten} {stored.local}:",
            f"    j = B{q}[j]",
            "if j < 0:",
            f"    s[{front}] = e",
            "else:",
            f"    F{q}[j] = e",
            f"B{q}[e] = j",
            f"s[{back}] = e",
        ]

    def _told(self, m: Measure) -> str:
        frame = m.window.frame
        if m.arg is None:
            return f"s[{self.slots['rows', frame]}]"
        stored = self.stored[m.arg]
        if m.of == "first":
            return stored.read(f"s[{self.slots['oldest', frame]}]")
        if m.of == "lag":
            return f"({stored.read('before')} if A{self.p}[before] >= since else None)"
        if m.of == "count":
            return f"s[{self.slots['known', m.arg, frame]}]"
        if m.of == "distinct":
            return f"len(s[{self.slots['kinds', m.arg, frame]}])"
        if m.of == "sum":
            total = f"s[{self.slots['total', m.arg, frame]}]"
            return f"({total} if s[{self.slots['known', m.arg, frame]}] else None)" if m.arg.nullable else total
        front = f"s[{self.slots['front', m.of, m.arg, frame]}]"
        return f"({stored.name}[{front}] if {front} >= 0 else None)" if m.arg.nullable else f"{stored.name}[{front}]"

    def swept(self) -> list[str]:
        """A function that lets at most `most` of the oldest entries go, those that are in no window any more."""
        p = self.p
        inner = [f"s = O{p}[i]", f"following = N{p}[i]", "if following < 0:", f"    del P{p}[s[0]]", "else:"]
        for frame in self.frames:
            oldest = self.slots["oldest", frame]
            inner += [f"    if s[{oldest}] == i:", *(f"        {line}" for line in self._left(frame))]
            inner += [f"        s[{oldest}] = following"]
        texts = [s.name for s in self.stored.values() if not s.is_packed]
        inner += [f"O{p}[i] = None", *(f"{name}[i] = None" for name in texts)]
        inner += [f"oldest{p} = L{p}[i]", f"L{p}[i] = free{p}", f"free{p} = i", "held -= 1", "most -= 1"]
        return [
            f"def sweep{p}(t, most):",
            f"    nonlocal oldest{p}, newest{p}, free{p}, held",
            f"    since = t - {self.frames[-1]}",
            f"    while most > 0 and oldest{p} >= 0 and A{p}[oldest{p}] < since:",
            f"        i = oldest{p}",
            *(f"        {line}" for line in inner),
            f"    if oldest{p} < 0:",
            f"        newest{p} = -1",
        ]
