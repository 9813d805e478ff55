"""What a check is. Every file in the folders here, and in an installed pack's, is one.

A check is one Python function: tables of records by name, then moments and limits by keyword, none with a default.
It asks and never runs: what it returns are expressions, and the audit room runs them on an engine.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from inspect import Parameter, getdoc, getmodule, signature
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import TYPE_CHECKING, Any

from guiju.checks.words import CheckWords, words_beside
from guiju.records import tables

if TYPE_CHECKING:
    from ibis import Table
    from numpy import ndarray

PACKS = "guiju.packs"  # the entry point by which a pack from outside is found
MOMENTS = ("since", "until", "utc_offset", "periods")  # given by the audit where asked for by name
KINDS: dict[str, Any] = {"int": int, "float": (int, float), "str": str, "bool": bool}
NAMES = {"int": "a whole number", "float": "a number", "str": "a text", "bool": "true or false"}
HEADINGS = ("## What it finds", "## Why it matters", "## Innocent explanations", "## Method and source")
KEY = ("platform", "subject", "object", "currency", "episode_start")  # one row of `found` is one of these
SHOP = ["platform", "seller", "currency"]
OFFER = [*SHOP, "product"]  # a product in a shop
FOUND_ON = "found_on"  # in evidence, the finding's platform, where records of other platforms are evidence too
NO_CURRENCY = "XXX"  # as ISO 4217 writes it: of what is found where there is no money at all
FIXED = (*KEY, "episode_end", "amount_at_stake")  # what every row of `found` has beside its facts


class BadCheck(Exception):
    """A check's file breaks the one shape; the message says which file and how."""


@dataclass(frozen=True)
class Answer:
    """What a check returns: expressions, not results.

    found: one row a finding (a weighing check: one row a cell of the family, with sufficient statistics), having the
        columns of `FIXED`; every further column is a fact.
    evidence: given the found rows, the records they rest on: by table, the columns of `KEY` and the record's `id`, and
        that table's other columns or not: whole rows are read afterwards, once for all rules. Where some are of another
        platform than the finding, `platform` is the record's, and `FOUND_ON` the finding's.
    asked: by table, counts of its rows up to `until`: a column `unanswered` (why rows could not be asked; null:
        they were) and `rows`.
    workings: given the found rows, what stands between the records and the facts (the weeks of a run, the buyers of an
        episode), by name: the columns of `KEY`, then those to be read, in the order in which rows are sorted.
    """

    found: Table
    evidence: Callable[[Table], dict[str, Table]]
    asked: dict[str, Table]
    workings: Callable[[Table], dict[str, Table]] = lambda found: {}


Steps = Generator["Table", "Table", Answer]  # a check may yield a table that is worth computing once


@dataclass(frozen=True)
class Check:
    """A question about records.

    `weigh` (weighing checks only) is given the found columns and the limits; it returns `p_value`, `stands` (large and
    well-founded enough), `amount_at_stake` and the facts, which take the place of the sums.
    """

    name: str
    family: str
    path: Path
    says: dict[str, str]
    formula: str
    doc: str
    tables: tuple[str, ...]
    moments: tuple[str, ...]
    limits: tuple[str, ...]
    kinds: dict[str, str]
    groups: dict[str, type]  # keywords that are given several limits at once, as one dataclass
    build: Callable[..., Answer | Steps]
    weigh: Callable[..., dict[str, ndarray]] | None

    def misfit(self, limits: Mapping[str, Any]) -> str | None:
        """Why the check cannot be asked with these limits; None if it can."""
        if strange := sorted(set(limits) - set(self.limits)):
            return f"{strange[0]} is no limit of {self.name}; it has {', '.join(self.limits)}"
        if missing := [name for name in self.limits if name not in limits]:
            return (
                f"{missing[0]}, which {self.name} asks for, is neither one of its limits nor a moment "
                f"({', '.join(MOMENTS)})"
            )
        for name, value in limits.items():
            if not isinstance(value, KINDS.get(self.kinds[name], object)):
                return f"{name} is {value!r}, and {self.name} asks for {NAMES[self.kinds[name]]}"
        return None

    def ask(
        self,
        records: dict[str, Table],
        moments: dict[str, Any],
        limits: dict[str, Any],
        keep: Callable[[Table], Table] = lambda table: table,
    ) -> Answer:
        """The question as expressions. Only what the check yields is handed to `keep`, to be computed once."""
        given = {t: records[t] for t in self.tables}
        grouped = {name: kind(**{f.name: limits[f.name] for f in fields(kind)}) for name, kind in self.groups.items()}
        inside = {f.name for kind in self.groups.values() for f in fields(kind)}
        alone = {k: limits[k] for k in self.limits if k not in inside}
        asked = self.build(**given, **{m: moments[m] for m in self.moments}, **alone, **grouped)
        if isinstance(asked, Answer):
            return asked
        try:
            step = next(asked)
            while True:
                step = asked.send(keep(step))
        except StopIteration as end:
            answer: Answer = end.value
            return answer

    @property
    def words(self) -> CheckWords:
        """What a reader is told in place of the names of its facts and limits."""
        return words_beside(self.path)

    @property
    def summary(self) -> str:
        """The first sentence of its page."""
        return self.doc.split("\n", 1)[0]


def keyed_by(columns: Iterable[str]) -> list[str]:
    """The columns of evidence that say whose it is, in the order of `KEY`."""
    return [FOUND_ON if name == "platform" and FOUND_ON in columns else name for name in KEY]


def account(*counts: tuple[str | None, Any]) -> Table:
    """A table for `Answer.asked` from sums: why rows were not asked (None: they were) and how many, added by reason."""
    import ibis

    lines = (
        n.cast("int64").fill_null(0).name("rows").as_table().mutate(unanswered=ibis.literal(why, "string"))
        for why, n in counts
    )
    return ibis.union(*lines)


def first_of(branches: Iterable[tuple[Any, Any]], otherwise: Any) -> Any:
    """The value of the first branch (condition, value) that holds; there may be no branch, as of no whole period."""
    import ibis

    known = list(branches)
    return ibis.cases(*known, else_=otherwise) if known else otherwise


def check(
    *, zh: str, en: str, formula: str, weigh: Callable[..., dict[str, ndarray]] | None = None
) -> Callable[[Callable[..., Answer | Steps]], Check]:
    """Make a function a check.

    `zh` and `en` are the sentence a finding says and `formula` its arithmetic: templates over subject, object, facts
    and limits.
    """

    def make(build: Callable[..., Answer | Steps]) -> Check:
        module = getmodule(build)
        assert isinstance(module, ModuleType)
        assert module.__file__
        where, (*_, family, stem) = module.__name__, ("", *module.__name__.split("."))
        parameters = signature(build).parameters.values()
        by_position = tuple(p.name for p in parameters if p.kind is Parameter.POSITIONAL_OR_KEYWORD)
        by_keyword = [p.name for p in parameters if p.kind is Parameter.KEYWORD_ONLY]
        doc = getdoc(module) or ""
        if stem != build.__name__:
            raise BadCheck(f"{where}: the check must be named {stem!r}, as its file is, not {build.__name__!r}")
        for p in parameters:
            if p.default is not Parameter.empty:
                raise BadCheck(f"{where}: {p.name!r} has a default; values live in the rulebook")
        for name in by_position:
            if name not in tables():
                raise BadCheck(f"{where}: there is no table {name!r} in records/; there are {', '.join(tables())}")
        for heading in HEADINGS:
            if heading not in doc:
                raise BadCheck(f"{where}: its docstring lacks {heading!r}")
        moments = tuple(k for k in by_keyword if k in MOMENTS)
        kinds, groups = _limits(build, [k for k in by_keyword if k not in MOMENTS])
        return Check(
            stem,
            family,
            Path(module.__file__),
            {"zh": zh, "en": en},
            formula,
            doc,
            by_position,
            moments,
            tuple(kinds),
            kinds,
            groups,
            build,
            weigh,
        )

    return make


def _limits(build: Callable[..., Any], keywords: Iterable[str]) -> tuple[dict[str, str], dict[str, type]]:
    """The kind of each limit by name, and the keywords that stand for the fields of a dataclass."""
    kinds: dict[str, str] = {}
    groups: dict[str, type] = {}
    for name in keywords:
        written = signature(build).parameters[name].annotation
        known = build.__globals__.get(written, written) if isinstance(written, str) else written
        if isinstance(known, type) and is_dataclass(known):
            groups[name] = known
            kinds |= {f.name: _kind(f.type) for f in fields(known)}
        else:
            kinds[name] = _kind(known)
    return kinds, groups


def _kind(annotation: Any) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def packages() -> Iterator[str]:
    """The packages that hold families of checks: this one, and every installed pack's."""
    yield __name__
    for point in sorted(entry_points(group=PACKS), key=lambda p: p.name):
        yield f"{point.value}.checks"


def checks_in(package: str) -> dict[str, Check]:
    """Every check in the families of a package, by name. There is no list to keep."""
    found: dict[str, Check] = {}
    home = import_module(package)
    for family in sorted(m.name for m in iter_modules(home.__path__) if m.ispkg):
        folder = import_module(f"{package}.{family}")
        for stem in sorted(m.name for m in iter_modules(folder.__path__) if not m.name.startswith("_")):
            made = getattr(import_module(f"{package}.{family}.{stem}"), stem, None)
            if not isinstance(made, Check):
                raise BadCheck(f"{package}.{family}.{stem}: holds no check named {stem!r}")
            found[stem] = made
    return found


@cache
def checks() -> dict[str, Check]:
    """Every check of the house and of installed packs, by name."""
    found: dict[str, Check] = {}
    for package in packages():
        for name, made in checks_in(package).items():
            if name in found:
                raise BadCheck(f"two checks are named {name!r}: {found[name].path} and {made.path}")
            found[name] = made
    return found
