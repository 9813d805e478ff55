"""What proves a check, of the house or of a pack: drawn cases, and the tests every check gets free.

`class TestPack(ContractTests): package = "my_pack.checks"` in a test file is all a pack writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any

import ibis
import ibis.expr.operations as ops
import pyarrow as pa
import pytest

from guiju.audit.asking import moments_of
from guiju.audit.engine import ENGINES
from guiju.audit.spark import needs
from guiju.checks import FIXED, KEY, Check, checks_in
from guiju.findings.sentences import sentence
from guiju.records import tables
from guiju.records.errors import BadInput
from guiju.rulebook import Span
from guiju.testing.cases import (
    KINDS,
    BadCase,
    Case,
    CaseFile,
    Mutation,
    Told,
    ask,
    differences,
    judge,
    read_cases,
    read_drawn,
)
from guiju.testing.mutating import mutated

__all__ = [
    "BadCase",
    "Case",
    "CaseFile",
    "ContractTests",
    "Mutation",
    "Told",
    "ask",
    "differences",
    "judge",
    "mutated",
    "read_cases",
    "read_drawn",
]

DIALECTS = ("duckdb", "pyspark")
LONGEST = 120  # lines of a check
SEED = 1  # of the shuffle


def explanations(check: Check) -> list[str]:
    """The innocent explanations in a check's docstring, one a bullet."""
    part = check.doc.split("## Innocent explanations", 1)[1].split("\n## ", 1)[0]
    return [" ".join(bullet.split()) for bullet in f"\n{part}".split("\n- ")[1:]]


def compiled(check: Check, case: Case) -> Iterator[tuple[str, ibis.Table]]:
    """Everything a check asks, on tables without an engine: its steps, found, the counts, the evidence."""
    rule = case.rule()
    moments = moments_of(rule, Span(rule.first_day(case.day), case.day, case.limits))
    steps: list[ibis.Table] = []

    def keep(step: ibis.Table) -> ibis.Table:
        steps.append(step)
        return ibis.table(step.schema(), name=f"step_{len(steps)}")

    answer = check.ask({t: ibis.table(tables()[t].schema, name=t) for t in check.tables}, moments, case.limits, keep)
    assert set(FIXED) <= set(answer.found.columns), f"found lacks {set(FIXED) - set(answer.found.columns)}"
    # Of a weighing check's cells only the fixed columns go on: its evidence may rest on no others.
    kept = {name: kind for name, kind in answer.found.schema().items() if check.weigh is None or name in FIXED}
    yield from ((f"step {n}", step) for n, step in enumerate(steps, 1))
    yield "found", answer.found
    yield from ((f"asked of {table}", counts) for table, counts in answer.asked.items())
    yield from (
        (f"evidence of {table}", rows) for table, rows in answer.evidence(ibis.table(kept, name="found")).items()
    )
    for name, rows in answer.workings(ibis.table(kept, name="found")).items():
        assert set(KEY) < set(rows.columns), f"workings {name} lacks {set(KEY) - set(rows.columns)}"
        yield f"workings {name}", rows


@cache
def _files(package: str) -> dict[str, CaseFile]:
    return {name: read_cases(check) for name, check in checks_in(package).items()}


def _on_spark(file: CaseFile, case: Case) -> Any:
    """A case for Spark: one found and one clear case a check are marked `slow`, the others `soak`."""
    first = case.verdict != "unanswered" and case is file.of(case.verdict)[0]
    mark = pytest.mark.slow if first else pytest.mark.soak
    return pytest.param(file, case, id=f"{case.check}: {case.verdict}: {case.name}", marks=mark)


class ContractTests:
    """What every check of `package` must keep. A test file subclasses it and names the families' package."""

    package: str

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        files, wanted = _files(self.package), set(metafunc.fixturenames)
        cases = [(f, c) for f in files.values() for c in f.cases.values()]
        if "limit" in wanted:
            limits = [(f, c, limit) for f, c in cases for limit in c.found_if]
            metafunc.parametrize("file, case, limit", limits, ids=[f"{c.check}: {n}: {c.name}" for _, c, n in limits])
        elif "on_spark" in wanted:
            metafunc.parametrize("file, on_spark", [_on_spark(f, c) for f, c in cases])
        elif "case" in wanted:
            metafunc.parametrize("file, case", cases, ids=[f"{c.check}: {c.verdict}: {c.name}" for _, c in cases])
        elif "mutation" in wanted:
            faults = [(f, m) for f in files.values() for m in f.mutations.values()]
            metafunc.parametrize("file, mutation", faults, ids=[f"{f.check.name}: {m.kind}" for f, m in faults])
        elif "file" in wanted:
            metafunc.parametrize("file", files.values(), ids=files)
        if "dialect" in wanted:
            metafunc.parametrize("dialect", DIALECTS)

    def test_case(self, file: CaseFile, case: Case) -> None:
        told = ask(file.check, case)
        judge(case, told)
        self._accounts_add_up(case, told)
        self._evidence_is_among_the_records(case, told)
        self._says_it_in_both_languages(file.check, told)
        shuffled = {name: _shuffled(table, SEED) for name, table in case.records.items()}
        assert ask(file.check, case, shuffled).plain == told.plain, "the order of records changes the answer"

    def test_case_says_the_same_on_spark(self, file: CaseFile, on_spark: Case) -> None:
        try:
            needs()
        except BadInput as why:
            pytest.skip(str(why))
        answers = (ask(file.check, on_spark, engine=engine) for engine in ENGINES)
        assert not differences(*(told.plain for told in answers))

    @staticmethod
    def _accounts_add_up(case: Case, told: Told) -> None:
        for name, counts in told.reply.asked.items():
            assert all(n >= 0 for n in counts.values()), f"{name}: {counts}"
            assert sum(counts.values()) == case.records[name].num_rows, (
                f"{name}: {counts} of {case.records[name].num_rows} rows"
            )

    @staticmethod
    def _evidence_is_among_the_records(case: Case, told: Told) -> None:
        assert set(told.evidence) == set(told.found), "found and evidence do not have the same keys"
        for name, worked in told.workings.items():
            assert set(worked) == set(told.found), f"found and the workings {name} do not have the same keys"
        for of in told.evidence.values():
            for table, rows in of.items():
                held = case.records[table].to_pylist()
                assert all(row in held for row in rows), f"evidence that is not in {table}"
                assert len({(r["platform"], r["id"]) for r in rows}) == len(rows), f"a row of {table} is evidence twice"

    @staticmethod
    def _says_it_in_both_languages(check: Check, told: Told) -> None:
        for row, facts in zip(told.reply.rows, told.found.values(), strict=True):
            assert set(row.says) == {"zh", "en"}
            assert all(row.says.values())
            for formula in (check.formula, check.words.formula or check.formula):
                assert sentence(formula, {**row.limits, **facts}, "en")

    def test_one_limit_makes_the_difference(self, file: CaseFile, case: Case, limit: str) -> None:
        assert limit in case.limits, f"found_if: {file.check.name} has no limit {limit}"
        value = case.found_if[limit]
        assert ask(file.check, case, rests=False, **{limit: value}).found, f"not found even with {limit} {value}"

    def test_every_limit_has_a_case_one_step_short_of_it(self, file: CaseFile) -> None:
        shown = {name for case in file.cases.values() for name in case.found_if}
        assert shown == set(file.check.limits), f"no case is one step short of {set(file.check.limits) - shown}"
        assert set(file.limits) == set(file.check.limits), "limits: are to be written out in full"

    def test_every_innocent_explanation_has_a_case(self, file: CaseFile) -> None:
        bullets, shown = explanations(file.check), [c.explains for c in file.cases.values() if c.explains]
        assert bullets, "a check states at least one innocent explanation"
        assert all(any(b.startswith(text) for b in bullets) for text in shown), f"{shown} are not all among {bullets}"
        assert not [b for b in bullets if not any(b.startswith(text) for text in shown)], (
            "an innocent explanation without a case"
        )

    def test_has_found_and_clear_cases(self, file: CaseFile) -> None:
        assert file.of("found"), "a check has a case in which it finds"
        assert len(file.of("clear")) >= 2, "a check has two clear cases or more"
        assert all(case.expect for case in (*file.of("found"), *file.of("unanswered"))), "`expect` says what"

    def test_no_records_no_findings(self, file: CaseFile) -> None:
        nothing = {name: tables()[name].schema.to_pyarrow().empty_table() for name in file.check.tables}
        assert ask(file.check, file.some, nothing).reply.outcome == "not_available"
        assert not ask(
            file.check, file.some, nothing, seen=1
        ).found  # asked all the same, it finds nothing and does not fail

    def test_asks_and_never_runs(self, file: CaseFile, dialect: str) -> None:
        pytest.importorskip(dialect)
        assert getattr(ibis, dialect)  # Ibis knows a dialect's options once its backend is loaded
        for what, expression in compiled(file.check, file.some):
            assert ibis.to_sql(expression, dialect=dialect), what

    def test_sums_do_not_depend_on_the_order_of_rows(self, file: CaseFile) -> None:
        for what, expression in compiled(file.check, file.some):
            for of in expression.op().find((ops.Sum, ops.Mean, ops.Variance, ops.StandardDev)):
                assert not of.arg.dtype.is_floating(), f"{what} adds up floating-point numbers: cast them to decimals"

    def test_fits_and_names_what_is_found(self, file: CaseFile) -> None:
        assert not file.check.name.startswith(("no_", "check_")), (
            "a check is named after what it finds, a rule after the duty"
        )
        assert len(file.check.path.read_text(encoding="utf-8").splitlines()) <= LONGEST

    def test_five_mutations(self, file: CaseFile) -> None:
        assert set(file.mutations) == KINDS

    def test_mutation_is_caught(self, file: CaseFile, mutation: Mutation) -> None:
        case = file.cases[mutation.caught_by]
        with mutated(file.check, mutation) as wrong:
            try:
                judge(case, ask(wrong, case))
            except AssertionError:
                return
        pytest.fail(f"the case {case.name!r} does not notice the mutation {mutation.kind}: draw one in which it shows")


def _shuffled(table: pa.Table, seed: int) -> pa.Table:
    order = list(range(table.num_rows))
    Random(seed).shuffle(order)
    return table.take(order) if order else table
