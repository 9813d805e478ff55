"""Records that are not as they should be, through the command line: what is refused, what is set aside."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guiju.audit.folder import open_run
from guiju.records import tables
from shell import HEAD, SHAM, Shell, burst, line, sentence


def half(path: Path) -> None:
    pq.write_table(pa.table({"id": ["1"] * 1000}), path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def nested(path: Path) -> None:
    row = dict(zip(HEAD.split(","), line(1).split(","), strict=True))
    pq.write_table(pa.Table.from_pylist([row | {"quantity": {"pieces": 1}}]), path)
    path.with_suffix(".csv").unlink()


def without(column: str, shell: Shell) -> None:
    place = HEAD.split(",").index(column)
    rows = [",".join(c for i, c in enumerate(text.split(",")) if i != place) for text in (HEAD, *burst())]
    shell.write(*rows[1:], head=rows[0])


REFUSED: dict[str, tuple[Callable[[Shell], Any], str]] = {
    "nothing there": (
        lambda s: (s.records / "orders.csv").unlink(),
        "records: holds no table (it is empty); name files",
    ),
    "another name": (
        lambda s: (s.records / "orders.csv").rename(s.records / "order.csv"),
        "did you mean orders.csv where order.csv stands?",
    ),
    "no bytes": (
        lambda s: (s.records / "orders.csv").write_bytes(b""),
        "orders.csv: has no header; write the columns'",
    ),
    "a header alone": (lambda s: s.write(), "no row in orders has a time, so there is no last day to judge"),
    "no seller": (lambda s: without("seller", s), "orders.csv: the table orders needs seller; supply or map"),
    "a typo in the header": (
        lambda s: s.write(*burst(), head=HEAD.replace("seller,", "seler,", 1)),
        "orders.csv: the table orders needs seller (did you mean seler?)",
    ),
    "days of another country": (
        lambda s: s.write(*burst(occurred_at="13/10/2025")),
        "not one of 12 rows could be used; the first is orders.csv line 2: "
        "occurred_at: '13/10/2025' cannot be read as a time",
    ),
    "two currencies": (
        lambda s: s.write(*burst(), line(99, currency="USD")),
        "platform 'hehua' has more than one currency: CNY (12 rows), USD (1 row)",
    ),
    "half a Parquet file": (
        lambda s: half(s.records / "listings.parquet"),
        "listings.parquet: is not a whole Parquet file; copy it again",
    ),
    "a column of another type": (
        lambda s: nested(s.records / "orders.parquet"),
        "column quantity: holds STRUCT(",
    ),
    "before all law": (
        lambda s: s.write(*burst(occurred_at="2012-01-01 10:00:00")),
        "no rule asked has limits in force in the year up to 2012-01-01: the first begin on 2019-04-23",
    ),
}


@pytest.mark.parametrize(("spoil", "expected"), REFUSED.values(), ids=REFUSED)
def test_records_that_cannot_be_read_are_one_sentence(
    shell: Shell, spoil: Callable[[Shell], Any], expected: str
) -> None:
    spoil(shell)
    said = shell.audit()
    assert said.status == 2
    assert expected in sentence(said.err)
    assert shell.left() == []


ASIDE: dict[str, tuple[list[str], list[tuple[int, str]]]] = {
    "a day that is none": (
        [line(99, occurred_at="2025-02-30 10:00:00")],
        [(14, "occurred_at: '2025-02-30 10:00:00' cannot be read as a time")],
    ),
    "a day far away": (
        [line(99, occurred_at="9999-12-31")],
        [(14, "is not between the years 1990 and 2100")],
    ),
    "less than nothing": ([line(99, quantity=-1)], [(14, "quantity: -1")]),
    "no number": ([line(99, gross_amount="ten")], [(14, "gross_amount: 'ten' is not a decimal(18, 2)")]),
    "a copy": ([line(0)], [(14, "a copy of the row with the same id in orders.csv line 2")]),
    "one id of two rows": (
        [line(0, quantity=2)],
        [(2, "id 'o0' stands for 2 rows that differ"), (14, "id 'o0' stands for 2 rows that differ")],
    ),
    "a broken line": (["hehua,o99"], [(14, "the line has 2 fields where the header has 12")]),
}


@pytest.mark.parametrize(("lines", "reasons"), ASIDE.values(), ids=ASIDE)
def test_rows_that_cannot_be_used_are_set_aside_and_said(
    shell: Shell, lines: list[str], reasons: list[tuple[int, str]]
) -> None:
    shell.write(*burst(), *lines)
    said = shell.audit()
    assert said.status == 0
    rows = "1 row" if len(reasons) == 1 else f"{len(reasons)} rows"
    assert f"orders: {rows} in quarantine (quarantine.parquet)" in said.out
    run = open_run(shell.runs)
    aside = pq.read_table(run.folder / "quarantine.parquet").to_pylist()
    assert [(row["table"], row["file"], row["line"]) for row in aside] == [
        ("orders", "orders.csv", at) for at, _ in reasons
    ]
    for row, (_, why) in zip(aside, reasons, strict=True):
        assert why in row["reason"]
    adds_up(run.manifest)


def test_a_hundredth_of_broken_lines_stops_nothing(shell: Shell) -> None:
    good = [line(i, seller=f"s{i}") for i in range(990)]
    broken = [f'hehua,"torn{i}' if i % 2 else f"hehua,o{i},,,," for i in range(10)]
    lines = [text for i, text in enumerate(good) for text in ([broken[i // 99]] if i % 99 == 0 else []) + [text]]
    run = open_run(shell.write(*lines).audited())
    adds_up(run.manifest)
    counts = run.manifest["inputs"]["orders"]
    assert counts["good"] >= 980
    assert counts["read"] == counts["good"] + counts["quarantined"]
    assert pq.read_metadata(run.folder / "quarantine.parquet").num_rows == counts["quarantined"]


def test_columns_and_files_that_are_not_read_are_said(shell: Shell) -> None:
    (shell.records / "notes [1].txt").write_text("")
    shell.write(*(f"{text},x" for text in burst()), head=f"{HEAD},chanel")
    said = shell.audit()
    assert said.status == 0
    assert "not used: notes [1].txt; orders.csv: column chanel (did you mean channel?)" in " ".join(said.out.split())


def test_a_day_before_the_records_and_one_long_after_are_said(shell: Shell) -> None:
    for day, why in (("2024-12-31", "after the last day judged"), ("2029-12-31", "before the window")):
        said = shell.audit("--day", day, *SHAM)
        assert said.status == 0
        assert "12 rows not judged" in said.out
        assert why in said.out


def test_rules_not_yet_in_force_are_said_where_others_are(shell: Shell) -> None:
    listing = "hehua,l1,2020-01-01 10:00:00,s,tea,CNY,70,100"
    shell.write(
        listing,
        head="platform,id,occurred_at,seller,product,currency,price,reference_price",
        name="listings.csv",
    )
    shell.write(*burst(occurred_at="2020-01-01 10:00:00"))
    said = shell.audit("--day", "2020-03-01", *SHAM, "--only", "true_reference_prices")
    assert said.status == 0
    assert re.search("no_sham_orders +1", said.out)
    why = "true_reference_prices: not in force: no limits in force from 2019-03-03 to 2020-03-01"
    assert why in " ".join(said.out.split())


MAPPINGS = {
    "no YAML": ("tables: {orders: [", "map.yaml: line 1, column "),
    "a key": ("tabels: {}", "map.yaml: tabels: there is no key of this name; did you mean tables?"),
    "a table": (
        "tables: {order: orders.csv}",
        "map.yaml: tables.order: there is no table of this name; did you mean orders?",
    ),
    "a column": (
        "tables: {orders: {from: orders.csv, columns: {buier: buyer}}}",
        "map.yaml: tables.orders.columns.buier: there is no column of this name; did you mean buyer?",
    ),
    "a file": ("tables: {orders: oders.csv}", "holds no file 'oders.csv'; did you mean orders.csv?"),
    "an expression": (
        "tables: {costs: {from: orders.csv, columns: {id: id, seller: sellr}}}",
        "map.yaml: tables.costs",
    ),
    "a zone": (
        "time_zone: Asia/Shanghia",
        "map.yaml: time_zone: 'Asia/Shanghia' is not a time zone; did you mean Asia/Shanghai?",
    ),
    "a jurisdiction": ("jurisdictions: [FR]", "the rulebook has no jurisdiction FR; it has CN, EU"),
}


@pytest.mark.parametrize(("text", "expected"), MAPPINGS.values(), ids=MAPPINGS)
def test_a_slip_in_a_mapping_is_one_sentence(shell: Shell, text: str, expected: str) -> None:
    path = shell.folder / "map.yaml"
    path.write_text(text, encoding="utf-8")
    assert expected in shell.refused("audit", shell.records, "-m", path, "--out", shell.runs)


def adds_up(manifest: dict[str, Any]) -> None:
    """Every row read is asked, set aside or unanswered, for every rule that was put to the records."""
    for counts in manifest["inputs"].values():
        assert counts["read"] == counts["good"] + counts["quarantined"]
    accounts = [(rule, name, a) for rule in manifest["rules"] for name, a in rule["account"].items()]
    for _, name, account in accounts:
        assert account["read"] == manifest["inputs"][name]["read"]
        assert account["read"] == account["asked"] + account["quarantined"] + sum(account["unanswered"].values())


# Whatever stands in the cells

TEXTS = st.one_of(
    st.sampled_from(
        [
            "",
            "0",
            "-1",
            "1e400",
            "NaN",
            "null",
            "2025-06-10",
            "2025-06-10T10:00:00+08:00",
            "9" * 30,
            "CNY",
            "'",
            '"',
            "\\",
            "{}",
            "{0}",
            "%s",
            "=1+1",
            "<b>",
            "[/]",
            "\x00",
            "\ufeff",
            "\r",
            "\n",
            "，",
            "１",
        ]
    ),
    st.text(max_size=12),
)
ROWS = st.lists(st.fixed_dictionaries(dict.fromkeys(tables()["orders"].names, TEXTS)), min_size=1, max_size=4)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=ROWS,
    honest=st.sets(st.sampled_from(HEAD.split(",")), min_size=0),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_whatever_the_cells_hold_ends_well(
    shell: Shell, rows: list[dict[str, str]], honest: set[str], quoting: Any
) -> None:
    written = StringIO()
    writer = csv.DictWriter(written, tables()["orders"].names, quoting=quoting)
    writer.writeheader()
    for i, row in enumerate(rows):
        good = dict(zip(HEAD.split(","), line(i).split(","), strict=True))
        writer.writerow(row | {name: good[name] for name in honest})
    (shell.records / "orders.csv").write_bytes(written.getvalue().encode("utf-8", "surrogatepass"))
    said = shell.audit("--day", "2025-12-31")
    assert said.status in (0, 2), said
    if said.status == 2:
        sentence(said.err)
        return
    run = Path(said.out.split("run folder")[1].strip())
    adds_up(json.loads((run / "manifest.json").read_text(encoding="utf-8")))
    assert shell("verify", run).status == 0
