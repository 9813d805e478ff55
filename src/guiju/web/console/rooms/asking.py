"""What an address asks of a room, field by field: its bounds, what it is, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

import msgspec

from guiju.audit.report.words import Pair, number
from guiju.web.console.words import known

BEGIN = date(1970, 1, 1)
LONGEST = 60  # characters of a bad value that are shown again
SLIDER, NUMBER, DAY, LIST, TICK, TEXT = "slider", "number", "day", "list", "tick", "text"


class Field(msgspec.Struct):
    """A field of a room's form. Of a slider of days `value`, `least` and `most` are days since 1970.

    unit: what stands behind the number of a slider. shown: the value as it is written, with its unit.
    options: value and text of a list to choose from. problem: the sentence that is said beside it, where what the
    address holds could not be read; what was usual is shown then.
    """

    name: str
    kind: str
    label: Pair
    value: str
    shown: Pair
    usual: str
    least: str = ""
    most: str = ""
    step: str = "1"
    options: list[tuple[str, Pair]] = []
    group: Pair | None = None
    problem: Pair | None = None
    unit: Pair = ("", "")


def says(name: str, **values: object) -> Pair:
    """A text of `words/` in both languages."""
    both = known()[name]
    return (both.zh.format(**values), both.en.format(**values)) if values else (both.zh, both.en)


def plain(label: Pair) -> Pair:
    """A label whose unit stands beside its value."""
    zh, en = label[0].removesuffix(" %").removesuffix("（%）"), label[1].removesuffix(", %").removesuffix(" (%)")
    return zh, f"{en[:1].upper()}{en[1:]}"


class Asking:
    """The fields of a form, in the order in which they are asked for, each with what the address holds of it."""

    def __init__(self, query: Mapping[str, str]) -> None:
        self.query, self.fields, self.group = query, list[Field](), None

    group: Pair | None  # under which the next fields stand

    def number(
        self, name: str, label: Pair, usual: float, least: float, most: float, step: float = 1, unit: Pair = ("", "")
    ) -> float:
        """A number from a slider, from `least` to `most`."""
        value, problem = usual, None
        if text := self.query.get(name, "").strip():
            read = _number(text)
            if read is None or not least <= read <= most or (step == int(step) and read != int(read)):
                wanted = "rooms_not_whole" if step == int(step) else "rooms_not_number"
                problem = self._problem(wanted, text, least=number(least), most=number(most), usual=number(usual))
            else:
                value = read
        shown = tuple(f"{number(value)}{one}" for one in unit)
        told = Field(name, SLIDER, label, f"{value:g}", (shown[0], shown[1]), f"{usual:g}", problem=problem)
        told.unit = unit
        told.least, told.most, told.step = (f"{one:g}" for one in (least, most, step))
        self._add(told)
        return value

    def whole(self, name: str, label: Pair, usual: int, least: int, most: int, step: int = 1) -> int:
        """A whole number from a slider."""
        return int(self.number(name, label, usual, least, most, step))

    def day(self, name: str, label: Pair, usual: date, first: date, last: date) -> date:
        """A day from a slider; the address holds it as 2020-12-15, a slider sends the days since 1970."""
        value, problem = usual, None
        if text := self.query.get(name, "").strip():
            read = _day(text)
            if read is None or not first <= read <= last:
                problem = self._problem("rooms_no_day", text, least=first, most=last, usual=usual)
            else:
                value = read
        least, most, at = (str((one - BEGIN).days) for one in (first, last, value))
        told = Field(name, DAY, label, at, (str(value),) * 2, str(usual), least, most, problem=problem)
        self._add(told)
        return value

    def one_of(self, name: str, label: Pair, options: Sequence[tuple[str, Pair]], usual: str) -> str:
        """One of a list."""
        value, problem = usual, None
        if text := self.query.get(name, "").strip():
            if text in {one for one, _ in options}:
                value = text
            else:
                problem = self._problem("rooms_not_there", text, usual=usual)
        shown = next((words for one, words in options if one == value), (value, value))
        self._add(Field(name, LIST, label, value, shown, usual, options=list(options), problem=problem))
        return value

    def text(self, name: str, label: Pair, hint: Pair, wrong: Callable[[str], Pair | None]) -> str:
        """A text as it is written, '' where none is, or one of which `wrong` says what is the matter."""
        value, problem = self.query.get(name, "").strip(), None
        if len(value) > LONGEST:
            problem = self._problem("rooms_too_long", value, most=LONGEST)
        elif value:
            problem = wrong(value)
        value = "" if problem else value
        self._add(Field(name, TEXT, label, value, hint, "", problem=problem))
        return value

    @property
    def is_wrong(self) -> bool:
        return any(one.problem for one in self.fields)

    def address(self, of: str) -> str:
        """The address of what is shown, the set `of` named: days as days, and what is usual left out."""
        from urllib.parse import urlencode

        told = {"set": of} | {
            one.name: one.shown[0] if one.kind == DAY else one.value
            for one in self.fields if one.usual not in (one.value, one.shown[0])
        }  # fmt: skip
        return urlencode({name: value for name, value in told.items() if value})

    def _add(self, field: Field) -> None:
        field.group = self.group
        self.fields.append(field)

    @staticmethod
    def _problem(name: str, text: str, **values: object) -> Pair:
        return says(name, given=text[:LONGEST], **values)


def _number(text: str) -> float | None:
    try:
        read = float(text)
    except ValueError:
        return None
    return read if abs(read) < 1e12 else None  # nan is not less either


def _day(text: str) -> date | None:
    try:
        return BEGIN + timedelta(days=int(text)) if text.isdecimal() and len(text) < 7 else date.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
