"""Dated lookups: which row of a reference table is valid, and known, at the moment of a decision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from guiju.gate.admission import Given
from guiju.gate.decisions import told_time
from guiju.gate.features import Lookup, kind_of
from guiju.gate.nodes import leaves
from guiju.gate.refusal import EventRefused
from guiju.records.errors import BadInput

if TYPE_CHECKING:
    from guiju.gate.loading import TriggerSet

ALWAYS = 2**63 - 1
Dated = tuple[int, int, tuple[Any, ...]]  # since, until, values


class References:
    """The tables that a set looks up, by key."""

    def __init__(self, of: TriggerSet, rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
        if missing := [name for name in of.references if name not in rows]:
            raise BadInput(f"the set {of.name} looks up {missing[0]}, which is not given; supply its rows")
        given = {name: list(rows[name]) for name in of.references}
        self._of: list[dict[tuple[Any, ...], list[Dated]]] = []
        self._nothing: list[tuple[Any, ...]] = []
        for lookup in of.features.lookups:
            names = [n.value[1] for n in leaves(of.roots, "looked up") if n.value[0] == lookup.alias]
            self._of.append(_by_key(lookup, names, given[lookup.table.name]))
            self._nothing.append((None,) * len(names))

    def look_up(self, place: int, key: tuple[Any, ...], t: int) -> tuple[Any, ...]:
        """The wanted columns of the row with this key at `t`; nulls where there is none."""
        for since, until, values in self._of[place].get(key, ()):
            if since <= t < until:
                return values
        return self._nothing[place]


def _by_key(lookup: Lookup, names: list[str], rows: list[Mapping[str, Any]]) -> dict[tuple[Any, ...], list[Dated]]:
    """The rows by key, the newest first. Raises BadInput where two of one key are valid at once."""
    of = {c.name: Given(c, kind_of(c)) for c in lookup.table.columns}
    found: dict[tuple[Any, ...], list[Dated]] = {}
    for row in rows:
        try:
            key = tuple(of[name].plain(row.get(name)) for name, _ in lookup.keys)
            since, until, known = (
                of[name].plain(row.get(name)) if name in of else None for name in ("valid_from", "valid_to", "known_at")
            )
            values = tuple(of[name].plain(row.get(name)) for name in names)
        except EventRefused as error:
            raise BadInput(f"{lookup.table.name}, row {row.get('id')!r}: {error}") from None
        if None not in key:
            begins = max(since or 0, known or 0)
            found.setdefault(key, []).append((begins, ALWAYS if until is None else until, values))
    for key, dated in found.items():
        dated.sort(key=lambda span: span[0], reverse=True)
        for later, earlier in pairwise(dated):
            if earlier[1] > later[0] and later[1] > later[0]:
                raise BadInput(
                    f"{lookup.table.name} has two rows of {key} that are valid at {told_time(later[0])}; "
                    "end one before the other begins, or join by one more column"
                )
    return found
