"""A decision as JSON: the bytes that are journalled, answered, and answered again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from guiju.findings.sentences import sentence
from guiju.gate import Decision, TriggerSet
from guiju.gate.decisions import Fact, Told
from guiju.gate.decisions import told as plainly
from guiju.gate.nodes import Kind

encode = msgspec.json.Encoder(decimal_format="string").encode
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
REMEMBERED = 16_384  # reasons of a trigger at most; counts come again and again
MOST_SCALE = 6  # decimals up to which a number is never written with an exponent

Write = Callable[[Any], bytes]


class Teller:
    """Tells the decisions of one set: what was decided by which text, why, and everything that was measured.

    What is the same in all of them is written once; that takes a third of the time of building each anew.
    """

    def __init__(self, of: TriggerSet) -> None:
        layout = of.layout
        self._writes = [_writer(fact.kind) for fact in layout.features]
        self._reasons = [_Reason(told) for told in layout.triggers]
        features = b",".join(b"%b:%%b" % _literal(fact.name) for fact in layout.features)
        self._text = (
            b'{"platform":%b,"id":%b,"decision_at":%b,"action":%b,"set":{"name":'
            + b'%b,"digest":%b},"reasons":[' % (_literal(of.name), _literal(layout.digest))
            + b'%b],"features":{'
            + features
            + b"}}"
        )

    def __call__(self, decision: Decision) -> bytes:
        reasons = b",".join([self._reasons[place].told(values) for place, values in decision.held])
        return self._text % (
            encode(decision.platform),
            encode(decision.id),
            encode(EPOCH + timedelta(microseconds=decision.moment)),
            encode(decision.action),
            reasons,
            *[write(value) for write, value in zip(self._writes, decision.values, strict=True)],
        )


class _Reason:
    """One trigger's reasons."""

    def __init__(self, of: Told) -> None:
        self._of, self._known = of, dict[tuple[Any, ...], bytes]()
        facts = [n for n, fact in enumerate(of.facts) if not fact.is_limit]
        limits = [n for n, fact in enumerate(of.facts) if fact.is_limit]
        self._names, self._kinds = [fact.name for fact in of.facts], [fact.kind for fact in of.facts]
        self._order = [(n, _writer(of.facts[n].kind)) for n in (*facts, *limits)]
        head = {"trigger": of.name, "rule": of.rule, "action": of.action, "mode": of.mode}
        self._text = (
            encode(head).replace(b"%", b"%%")[:-1]
            + b',"says":{"zh":%b,"en":%b},"facts":{'
            + _slots([of.facts[n] for n in facts])
            + b'},"limits":{'
            + _slots([of.facts[n] for n in limits])
            + b"}}"
        )

    def told(self, values: tuple[Any, ...]) -> bytes:
        text = self._known.get(values)
        if text is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            text = self._known[values] = self._made(values)
        return text

    def _made(self, values: tuple[Any, ...]) -> bytes:
        of = self._of
        known = {name: plainly(value, kind) for name, kind, value in zip(self._names, self._kinds, values, strict=True)}
        return self._text % (
            encode(sentence(of.says.zh, known, "zh", zone=of.zone)),
            encode(sentence(of.says.en, known, "en", zone=of.zone)),
            *[write(values[n]) for n, write in self._order],
        )


def _slots(facts: list[Fact]) -> bytes:
    return b",".join(b"%b:%%b" % _literal(fact.name) for fact in facts)


def _literal(text: str) -> bytes:
    """A text as JSON, within a text to be filled in."""
    return encode(text).replace(b"%", b"%%")


def _writer(kind: Kind) -> Write:
    """What writes a plain value of this kind as JSON."""
    if kind.name in ("text", "truth") or (kind.name == "number" and not kind.scale):
        return encode
    if kind.name == "number" and kind.scale <= MOST_SCALE:
        return _decimals(kind.scale)
    if kind.name == "time":
        return lambda value: b"null" if value is None else encode(EPOCH + timedelta(microseconds=value))
    return lambda value: encode(plainly(value, kind))


def _decimals(scale: int) -> Write:
    text, unit = b'"%%b%%d.%%0%dd"' % scale, 10**scale

    def write(value: int | None) -> bytes:
        if value is None:
            return b"null"
        return text % (b"-" if value < 0 else b"", *divmod(abs(value), unit))

    return write
