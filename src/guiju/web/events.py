"""Events as they come over the wire: JSON of the stream's columns, plain or in a CloudEvents envelope."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Annotated, Any

import msgspec

from guiju.gate import TriggerSet
from guiju.records import RecordTable
from guiju.records.errors import BadInput

MOST_EVENTS = 1_000  # in one request
CLOUD, CLOUD_BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
DIGITS = 30  # before or after the point: more than any column holds
ZONED = Annotated[datetime, msgspec.Meta(tz=True)]
TYPES: dict[str, Any] = {"string": str, "timestamp(6)": ZONED, "int64": int, "boolean": bool, "float64": float}


class Envelope(msgspec.Struct):
    """CloudEvents 1.0, structured mode; extension attributes are allowed and not kept."""

    specversion: str
    id: str
    source: str
    type: str
    data: msgspec.Raw
    time: str | None = None


class NotThis(BadInput):
    """JSON that is no event of the stream: what is wrong with it."""


class NotJson(NotThis):
    """A body that is no JSON at all."""


class Events:
    """Reads the events of one stream. An event is a struct of the stream's columns; equal events are equal."""

    def __init__(self, of: TriggerSet) -> None:
        self.stream = of.stream
        table: RecordTable = of.features.stream
        fields: list[Any] = [(c.name, _type(c.type)) for c in table.columns if c.needed]
        fields += [(c.name, _type(c.type) | None, None) for c in table.columns if not c.needed]
        self.type = msgspec.defstruct(
            "Event", fields, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, frozen=True
        )
        self._times = [c.name for c in table.columns if c.type == "timestamp(6)"]
        self._decimals = [c.name for c in table.columns if c.type.startswith("decimal")]
        self._numbers = attrgetter(*self._decimals, "id")  # with one name it would give no tuple
        self._one = msgspec.json.Decoder(self.type)
        self._many = msgspec.json.Decoder(list[self.type])  # type: ignore[name-defined]
        self._raw = msgspec.json.Decoder(list[msgspec.Raw])
        self._envelope = msgspec.json.Decoder(Envelope)
        self._data = msgspec.json.Decoder(dict[str, msgspec.Raw])

    def one(self, text: bytes | msgspec.Raw) -> Any:
        """An event from its JSON. Raises NotThis, naming the column."""
        return self._checked(self._read(self._one.decode, text))

    def _checked(self, event: Any) -> Any:
        for name, number in zip(self._decimals, self._numbers(event), strict=False):
            if number is not None and not (number.is_finite() and -DIGITS < number.adjusted() < DIGITS):
                raise NotThis(f"{name} is {str(number)[:40]}; send a number of at most {DIGITS} digits")
        return event

    def values(self, event: Any) -> Mapping[str, Any]:
        """What the engine takes: every column by name, times in UTC without a zone."""
        values = msgspec.structs.asdict(event)
        for name in self._times:
            if (time := values[name]) is not None:
                values[name] = (time if time.tzinfo is UTC else time.astimezone(UTC)).replace(tzinfo=None)
        return values

    def read(self, body: bytes, kind: str) -> tuple[list[Any], bool]:
        """The events in a request's body, in place of each that is none why it is none; and whether it is a batch.

        Raises NotThis where the body as a whole cannot be read.
        """
        cloud = kind in (CLOUD, CLOUD_BATCH)
        batch = kind == CLOUD_BATCH or (not cloud and body.lstrip(b" \t\r\n")[:1] == b"[")
        if batch and not cloud:
            with suppress(msgspec.DecodeError, OverflowError, RecursionError, ValueError):  # then one by one
                return self._each(self._many.decode(body), self._checked), True
        texts: list[Any] = self._read(self._raw.decode, body) if batch else [body]
        return self._each(texts, self._opened if cloud else self.one), batch

    @staticmethod
    def _each(of: list[Any], read: Callable[[Any], Any]) -> list[Any]:
        if len(of) > MOST_EVENTS:
            raise NotThis(f"a request holds at most {MOST_EVENTS:,} events, and this one {len(of):,}; send several")
        events: list[Any] = []
        for one in of:
            try:
                events.append(read(one))
            except BadInput as error:
                events.append(error)
        return events

    def _opened(self, text: bytes | msgspec.Raw) -> Any:
        """An event in an envelope, whose id, source and time stand for those the data lacks."""
        envelope: Envelope = self._read(self._envelope.decode, text)
        if not envelope.specversion.startswith("1."):
            raise NotThis(f"specversion is {envelope.specversion!r}; send CloudEvents 1.0")
        if envelope.type.rpartition(".")[2] != self.stream:
            raise NotThis(f"type is {envelope.type!r}, and this gate decides on {self.stream}; end it with that word")
        data: dict[str, msgspec.Raw] = self._read(self._data.decode, envelope.data)
        outside = {"id": envelope.id, "platform": envelope.source, "occurred_at": envelope.time}
        for name, value in outside.items():
            if name not in data and value is not None:
                data[name] = msgspec.Raw(msgspec.json.encode(value))
        return self.one(msgspec.json.encode(data))

    @staticmethod
    def _read(decode: Callable[[Any], Any], text: Any) -> Any:
        try:
            return decode(text)
        except (msgspec.ValidationError, OverflowError) as error:
            raise NotThis(f"{error}") from None
        except (msgspec.DecodeError, RecursionError, ValueError) as error:
            raise NotJson(f"{error}") from None


def _type(of: str) -> Any:
    return Decimal if of.startswith("decimal") else TYPES.get(of, Any)
