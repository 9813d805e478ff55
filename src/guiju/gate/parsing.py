"""SQL text to SQLGlot's tree, with places: what does not parse is refused with line and column."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from guiju.gate.refusal import Refused

LONGEST = 100_000  # characters of one text
DEEPEST = 40  # nested operations
CHAINS = (exp.And, exp.Or)  # of which many in a row are as one


@dataclass(frozen=True)
class Source:
    """One text of a set: where it stands, and its words."""

    file: str
    text: str

    def refuse(self, fault: str, at: exp.Expression | None = None, offset: int | None = None) -> NoReturn:
        """Refuse the text at the place of a part of its tree, or at an offset."""
        if offset is None and at is not None:
            offset = _start(at)
        if offset is None:
            raise Refused(self.file, fault)
        before = self.text[:offset]
        raise Refused(self.file, fault, before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)

    def tree(self, prefix: str = "") -> exp.Expression:
        """The text's one statement, `prefix` put before it. Raises Refused."""
        if len(self.text) > LONGEST:
            self.refuse(f"the text has {len(self.text):,} characters; {LONGEST:,} is the most", offset=0)
        try:
            statements = [s for s in sqlglot.parse(prefix + self.text, read="duckdb") if s is not None]
        except ParseError as error:
            told = error.errors[0] if error.errors else {"description": "it does not parse", "line": 1, "col": 1}
            self._refuse_parse(told, prefix)
        except TokenError:
            self.refuse("it cannot be read as SQL: a quotation mark or comment does not end; close it", offset=0)
        except RecursionError:
            self.refuse("it is nested too deeply; write it flatter", offset=0)
        if not statements:
            self.refuse("the text is empty; write what is to be computed")
        if len(statements) > 1:
            self.refuse("there are two statements; write one", statements[1])
        _check_depth(self, statements[0])
        return statements[0]

    def _refuse_parse(self, told: dict[str, object], prefix: str) -> NoReturn:
        word, where = str(told.get("highlight") or ""), str(told.get("start_context") or "")
        said = str(told["description"]).split(" but got")[0]
        line, end = int(str(told.get("line") or 1)), int(str(told.get("col") or 1))
        column = max(end - max(len(word), 1) + 1, 1) - (len(prefix) if line == 1 else 0)
        near = f" near {word!r}" if word else f" after {where.strip()[-20:]!r}" if where.strip() else ""
        raise Refused(self.file, f"this does not parse as SQL{near} ({said}); mend it there", line, max(column, 1))


def parse_condition(source: Source) -> tuple[Source, exp.Expression]:
    """The tree of one expression: SELECT is put before it, and its places are counted without."""
    prefix = "SELECT "
    tree = source.tree(prefix)
    if not isinstance(tree, exp.Select) or len(tree.expressions) != 1 or _parts(tree) - {"expressions"}:
        source.refuse("a condition is one expression; write it without SELECT, FROM or commas", offset=0)
    return Source(source.file, source.text), _moved(tree.expressions[0], len(prefix))


def _moved(tree: exp.Expression, by: int) -> exp.Expression:
    for node in tree.walk():
        if "start" in node.meta:
            node.meta["start"] -= by
    return tree


def _parts(tree: exp.Expression) -> set[str]:
    return {name for name, value in tree.args.items() if value}


def _start(tree: exp.Expression) -> int | None:
    """Where a part of the text begins; of one without a place of its own, where the next one outside it does."""
    here: exp.Expression | None = tree
    while here is not None:
        starts = [node.meta["start"] for node in here.walk() if "start" in node.meta]
        if starts:
            return int(min(starts))
        here = here.parent
    return 0


def parts_in_a_row(tree: exp.Expression) -> list[exp.Expression]:
    """The parts of a AND b AND c, which SQLGlot nests."""
    return list(tree.flatten(unnest=False))  # type: ignore[no-untyped-call]


def _inside(tree: exp.Expression) -> Iterable[exp.Expression]:
    return parts_in_a_row(tree) if isinstance(tree, CHAINS) else tree.iter_expressions()


def _check_depth(source: Source, tree: exp.Expression) -> None:
    level: list[exp.Expression] = [tree]
    for _ in range(DEEPEST):
        level = [child for node in level for child in _inside(node)]
        if not level:
            return
    source.refuse(f"it is nested more than {DEEPEST} deep; write it flatter", level[0])
