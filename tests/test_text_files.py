"""CSV and JSON Lines: every line is a good row or is kept with its number and reason."""

from __future__ import annotations

import codecs
import io
import re
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desk import GOOD, HEAD, Desk

# CSV


def test_gb18030_with_chinese_names(desk: Desk) -> None:
    text = f"{HEAD}\n" + "p,1,2024-01-01,阳澄湖蟹庄,大闸蟹(公4两),1,CNY,5\np,2,2024-01-01,㐀镕记,x,0,CNY,5\n"
    desk.write("orders.csv", text.encode("gb18030"))
    staged = desk.stage()
    assert desk.rows("SELECT seller, product FROM orders") == [("阳澄湖蟹庄", "大闸蟹(公4两)")]
    assert desk.bad(staged) == [(3, "quantity: 0 is not above 0")]


@pytest.mark.parametrize("mark", [codecs.BOM_UTF8, b""])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_marks_delimiters_and_line_ends(desk: Desk, mark: bytes, delimiter: str, end: str) -> None:
    lines = [HEAD, GOOD.format(1), 'p,2,2024-01-01,"a ""b"" 店",x,1,CNY,5', "p,3,2024-01-01,s"]
    text = end.join(lines).replace(",", delimiter)
    desk.write("orders.csv", mark + text.encode())
    staged = desk.stage()
    assert desk.rows("SELECT id, seller FROM orders ORDER BY id") == [("1", "s"), ("2", 'a "b" 店')]
    assert [line for line, _ in desk.bad(staged)] == [4]


def test_damaged_characters_cost_their_line_only(desk: Desk) -> None:
    lines = [HEAD, *(f"p,{i},2024-01-01,店铺{i},x,1,CNY,5" for i in range(50))]
    data = "\n".join(lines).encode().replace("店铺7,".encode(), "店铺7,".encode()[1:])
    desk.write("orders.csv", data)
    staged = desk.stage()
    assert staged.tables["orders"].good == 49
    assert desk.bad(staged) == [(9, "the line is not readable text (broken characters)")]


def test_text_that_is_neither_encoding_is_refused(desk: Desk) -> None:
    desk.write("orders.csv", HEAD.encode() + b"\n" + b"\xff\xfe\xff,\xff\n" * 5)
    assert "neither UTF-8 nor GB18030" in desk.refused()


def test_broken_lines_keep_their_number_and_text(desk: Desk) -> None:
    staged = desk.orders(
        GOOD.format(1),
        "p,2,2024",
        GOOD.format(3) + ",more",
        "",
        'p,4,2024-01-01,"s,x,1,CNY,5',
        'p,5,2024-01-01,"s\n旗舰店",x,1,CNY,5',
        GOOD.format("\0"),
        GOOD.format("6" * 300_000),
        GOOD.format(7),
    )
    assert desk.rows("SELECT id, seller FROM orders ORDER BY id") == [
        ("1", "s"),
        ("5", "s\n旗舰店"),
        ("7", "s"),
    ]
    assert [(line, re.sub(r"\d+", "N", reason)) for line, reason in desk.bad(staged)] == [
        (3, "the line has N fields where the header has N"),
        (4, "the line has N fields where the header has N"),
        (6, "the line holds a quote that is not closed, or closed too early"),
        (9, "the line holds a NUL character"),
        (10, "the line is longer than N characters"),
    ]
    assert desk.rows(f"SELECT row FROM '{staged.quarantine}' WHERE line = 3") == [('{"text": "p,2,2024"}',)]


def test_one_line_in_a_hundred_broken(desk: Desk) -> None:
    breaks = [
        lambda g: g[:12],
        lambda g: g + ",,",
        lambda g: g.replace(",s,", ',"s,'),
        lambda g: g.replace(",1,", ",one,"),
    ]
    lines, broken = [], []
    for i in range(20_000):
        line = GOOD.format(i) if i % 3 else GOOD.format(i).replace(",s,", ',"s ""1""",')
        if i % 100 == 50:
            broken.append(i + 2)
            line = breaks[i // 100 % 4](GOOD.format(i))
        lines.append(line)
    staged = desk.orders(*lines)
    table = staged.tables["orders"]
    assert (table.read, table.good, table.quarantined) == (20_000, 19_800, 200)
    assert [line for line, _ in desk.bad(staged)] == broken


def test_a_header_is_needed_and_names_no_column_twice(desk: Desk) -> None:
    desk.write("orders.csv", "")
    assert "orders.csv: has no header" in desk.refused()
    desk.write("orders.csv", HEAD + ",id\n")
    assert "names 'id' twice" in desk.refused()


FIELD = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=["Cs"]), min_size=1, max_size=8
)
NAME = FIELD.filter(lambda t: t.strip() == t)
WHOLE_LINE = st.tuples(st.just(True), NAME, st.decimals(0, 10**6, places=2))
BROKEN_LINE = st.tuples(
    st.just(False),
    st.sampled_from(['p,x,"', "p", "p,1,2024-01-01,s,x,one,CNY,5", "p" + "," * 20, "\x7f,a,b", '"x']),
    st.none(),
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(st.one_of(WHOLE_LINE, BROKEN_LINE), max_size=30))
def test_any_mixture_of_good_and_broken_lines_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[bool, str, Decimal | None]]
) -> None:
    import csv

    text = io.StringIO()
    text.write(HEAD + "\n")
    writer = csv.writer(text, lineterminator="\n")
    for i, (whole, value, amount) in enumerate(lines):
        if whole:
            writer.writerow(["p", i, "2024-01-01", value, "x", 1, "CNY", amount])
        else:
            text.write(value + "\n")
    desk = Desk(tmp_path_factory.mktemp("mixture"))
    desk.write("orders.csv", text.getvalue())
    table = desk.stage().tables["orders"]
    assert table.read == table.good + table.quarantined == len(lines)
    wanted = [(str(i), v, a) for i, (whole, v, a) in enumerate(lines) if whole]
    assert sorted(desk.rows("SELECT id, seller, gross_amount FROM orders")) == sorted(wanted)


# JSON Lines


def test_json_lines(desk: Desk) -> None:
    good = '{"platform":"p","id":1,"occurred_at":"2024-01-01T00:00:00Z","seller":"店",'
    good += '"product":"x","quantity":2,"currency":"CNY","gross_amount":12345678901.12,"coupon_amount":null}'
    desk.write(
        "orders.jsonl",
        "\n".join([good, good[:30], "[1]", "", good.replace('"id":1', '"id":"2","extra":{"a":1}')]),
    )
    staged = desk.stage()
    assert desk.rows("SELECT id, seller, gross_amount FROM orders ORDER BY id") == [
        ("1", "店", Decimal("12345678901.12")),
        ("2", "店", Decimal("12345678901.12")),
    ]
    assert desk.bad(staged) == [(2, "the line is not a JSON object"), (3, "the line is not a JSON object")]
    assert staged.tables["orders"].read == 4
    assert staged.ignored == ["orders.jsonl: column extra"]
