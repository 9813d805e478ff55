"""What is outside the subset is refused when it is loaded, with line, column and what to write instead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from guiju.gate import Refused, load
from guiju.gate.compiling import compiled
from shell import Shell

HOUR = "RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW"
WINDOW = f"WINDOW w AS (PARTITION BY seller ORDER BY decision_at {HOUR})"
TRIGGER: dict[str, Any] = {
    "rule": "no_sham_orders",
    "condition": "n >= min_orders",
    "says": {"zh": "{n} 单", "en": "{n} orders"},
    "action": "review",
    "mode": "shadow",
    "found": {},
    "clear": {},
}


def written(folder: Path, sql: str, **changed: Any) -> Path:
    (folder / "features.sql").write_text(sql, encoding="utf-8")
    text = yaml.safe_dump({k: v for k, v in {**TRIGGER, **changed}.items() if v is not None}, allow_unicode=True)
    (folder / "many_orders.yaml").write_text(text, encoding="utf-8")
    return folder


def select(expression: str, window: str = WINDOW) -> str:
    return f"SELECT\n  COUNT(*) OVER w AS n,\n  {expression} AS x\nFROM orders\n{window}"


# By what is wrong: the text of features.sql, the place, and words of the fault and its cure.
# ruff: noqa: E501  (a refused text a line reads as a table)
REFUSED = {
    "a typo": ("SELECT COUNT(*) OVR w AS n FROM orders", "line 1, column 21", "does not parse"),
    "an open bracket": (f"SELECT COUNT(* OVER w AS n FROM orders {WINDOW}", "line 1, column 16", "does not parse"),
    "an open quotation": (select("region = 'a"), "line 1", "does not end; close it"),
    "nothing": ("-- nothing", None, "the text is empty"),
    "two statements": ("SELECT 1 AS x FROM orders; SELECT 2 AS y FROM orders", "column 35", "two statements; write one"),
    "DROP TABLE": ("DROP TABLE orders", "line 1, column 1", "only SELECT is supported"),
    "a second statement that drops": ("SELECT id AS x FROM orders; DROP TABLE orders", "line 1", "two statements"),
    "COPY": ("COPY orders TO 'x.csv'", "line 1, column 1", "only SELECT is supported"),
    "a union": ("SELECT 1 AS x FROM orders UNION SELECT 2 AS x FROM orders", "line 1", "only SELECT is supported"),
    "a common table": ("WITH a AS (SELECT 1) SELECT 1 AS x FROM orders", "line 1", "WITH is not supported"),
    "a table function": ("SELECT 1 AS x FROM read_csv('/etc/passwd')", "line 1", "name a table of the records"),
    "a file": ("SELECT 1 AS x FROM '/etc/passwd'", "line 1, column 20", "is no stream; there are"),
    "no stream": ("SELECT 1 AS x", "line 1", "no stream is named; write FROM"),
    "a table that is no stream": ("SELECT id AS x FROM products", "column 21", "is no stream; there are"),
    "an unknown table": ("SELECT id AS x FROM order", "column 21", "did you mean orders?"),
    "an unknown column": (select("sellr"), "line 3, column 3", "did you mean seller?"),
    "an unknown column of another table": (select("o.seller"), "line 3, column 3", "no table here is called 'o'"),
    "a subquery": (select("(SELECT 1)"), "line 3", "a subquery is not supported; join a reference table"),
    "EXISTS": (select("EXISTS (SELECT 1)"), "line 3", "a subquery is not supported"),
    "IN a subquery": (select("id IN (SELECT id FROM orders)"), "line 3", "QUERY is not supported here"),
    "WHERE": ("SELECT id AS x FROM orders WHERE region = 'a'", "line 1, column 34", "write FILTER (WHERE"),
    "GROUP BY": ("SELECT seller AS x FROM orders GROUP BY seller", "column 41", "GROUP is not supported"),
    "DISTINCT": ("SELECT DISTINCT seller AS x FROM orders", "line 1", "DISTINCT is not supported"),
    "LIMIT": ("SELECT seller AS x FROM orders LIMIT 1", "column 38", "LIMIT is not supported"),
    "an aggregate without a window": (select("COUNT(*)"), "line 3, column 3", "write OVER"),
    "an unknown window": (select("COUNT(*) OVER v"), "line 3, column 17", "no window is called 'v'; there are w"),
    "a float's sum": (select("SUM(CAST(quantity AS DOUBLE)) OVER w"), "line 3, column 12", "a cast is to BIGINT or DECIMAL"),
    "a sum of text": (select("SUM(seller) OVER w"), "line 3, column 3", "this is text, and a number is wanted"),
    "a key that can be NULL": (
        select("1", f"WINDOW w AS (PARTITION BY seller, buyer ORDER BY decision_at {HOUR})"),
        "line 5, column 35",
        "write COALESCE(buyer, id)",
    ),
    "no frame": (select("1", "WINDOW w AS (PARTITION BY seller ORDER BY decision_at)"), "line 5", "would never expire"),
    "an unbounded frame": (
        select("1", "WINDOW w AS (ORDER BY decision_at RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"),
        "line 5",
        "an unbounded frame would never expire; write RANGE BETWEEN INTERVAL",
    ),
    "a frame of rows": (
        select("1", "WINDOW w AS (ORDER BY decision_at ROWS BETWEEN 9 PRECEDING AND CURRENT ROW)"),
        "line 5",
        "a frame is a span of time",
    ),
    "a frame into the future": (
        select("1", WINDOW.replace("CURRENT ROW", "INTERVAL '1' HOUR FOLLOWING")),
        "line 5",
        "a frame is a span of time up to the event itself",
    ),
    "months in a frame": (select("1", WINDOW.replace("HOUR", "MONTH")), "line 5, column 78", "write days"),
    "a frame of ages": (select("1", WINDOW.replace("'1' HOUR", "'99999' DAY")), "line 5", "longer than 100 years"),
    "another order": (select("1", WINDOW.replace("decision_at", "occurred_at")), "line 5", "write ORDER BY decision_at"),
    "the order backwards": (select("1", WINDOW.replace("decision_at", "decision_at DESC")), "line 5", "ORDER BY decision_at"),
    "zoned times": (select("decision_at AT TIME ZONE 'Asia/Shanghai'"), "line 3", "+ INTERVAL '8' HOUR"),
    "the clock": (select("CURRENT_TIMESTAMP"), "line 3", "write decision_at"),
    "NOW()": (select("NOW()"), "line 3, column 3", "there is no function NOW"),
    "years": (select("decision_at + INTERVAL '1' YEAR"), "line 3, column 26", "write days"),
    "another function": (select("LEAST(1, 2)"), "line 3, column 3", "write CASE WHEN a < b"),
    "a function of no engine": (select("system('ls')"), "line 3, column 3", "there is no function"),
    "a regular expression": (select("regexp_matches(seller, '(a+)+$')"), "line 3, column 3", "write LIKE"),
    "unlike kinds": (select("seller > 1"), "line 3, column 3", "text and a number of scale 0 are not alike"),
    "a comparison with NULL": (select("buyer = NULL"), "line 3, column 3", "write IS NULL"),
    "LIKE of a column": (select("seller LIKE product"), "line 3, column 3", "a literal pattern"),
    "a name that is taken": ("SELECT 1 AS seller FROM orders", "line 1", "'seller' is a column of orders already"),
    "no name": ("SELECT 1 FROM orders", "line 1, column 8", "name the feature: write AS"),
    "everything": ("SELECT * FROM orders", "line 1", "name the feature"),
    "an odd name": ('SELECT 1 AS "x; DROP TABLE orders" FROM orders', "line 1", "letters, digits and _"),
    "a number with an exponent": (select("1e5"), "line 3, column 3", "no exact number; write it out, as 0.001"),
    "more digits than fit": (
        select("SUM(gross_amount) OVER w * SUM(quantity) OVER w"),
        "line 3, column 3",
        "56 digits, and 38 is the most: bound a part",
    ),
    "a cast that could fail": (select("CAST(gross_amount AS DECIMAL(5, 2))"), "line 3", "write TRY_CAST"),
    "LAG of two": (select("LAG(id, 2) OVER w"), "line 3, column 3", "OFFSET is not supported here"),
    "FILTER at LAG": (select("LAG(id) FILTER (WHERE quantity > 1) OVER w"), "line 3", "write CASE WHEN"),
    "a rank": (select("ROW_NUMBER() OVER w"), "line 3, column 3", "over a window there are"),
    "a window in a window": (select("SUM(COUNT(*) OVER w) OVER w"), "line 3", "Window is not supported"),
    "nested without end": (select("(" * 300 + "1" + ")" * 300), "line", "nested"),
    "many quotients in one another": (select("1 / 2 / 3 / 4 / 5 / 6"), "line 3", "more than 4 quotients"),
    "an inner join": (
        "SELECT id AS x FROM orders JOIN campaigns AS c ON c.campaign = orders.campaign",
        "line 1",
        "is joined by LEFT JOIN",
    ),
    "a lookup without dates": (
        "SELECT id AS x FROM orders LEFT JOIN campaigns AS c ON c.campaign = orders.campaign",
        "line 1, column 56",
        "add AND decision_at >= c.valid_from AND (c.valid_to IS NULL OR decision_at < c.valid_to)",
    ),
    "a lookup of what is not dated": (
        "SELECT id AS x FROM orders LEFT JOIN products AS p ON p.id = orders.product",
        "line 1",
        "is no dated table; there are",
    ),
    "a lookup by more than keys": (
        "SELECT id AS x FROM orders LEFT JOIN campaigns AS c ON c.amount > 1",
        "line 1, column 56",
        "a lookup's ON is c.column = expression",
    ),
    "a distance of what is no column": (
        select("haversine_km(1, 2, 3, 4)"),
        "line 3, column 3",
        "four columns of the stream",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_its_place_and_the_cure(tmp_path: Path, name: str) -> None:
    sql, place, words = REFUSED[name]
    with pytest.raises(Refused) as caught:
        load(written(tmp_path, sql))
    told = str(caught.value)
    assert told.startswith("features.sql")
    assert place is None or place in told, told
    assert words in told, told
    assert "\n" not in told


FINE = select("1")
WRONG_TRIGGERS: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown rule": ({"rule": "no_sham_order"}, "did you mean no_sham_orders?"),
    "no condition": ({"condition": None}, "condition"),
    "an unknown name": ({"condition": "n >= min_order"}, "column 6: there is no 'min_order'; did you mean min_orders?"),
    "no truth": ({"condition": "n + 1"}, "column 1: this is a number of scale 0, and true or false is wanted"),
    "two conditions": ({"condition": "n > 1; DROP TABLE orders"}, "two statements"),
    "two expressions": ({"condition": "n > 1, n > 2"}, "a condition is one expression"),
    "a condition with FROM": ({"condition": "n > 1 FROM orders"}, "a condition is one expression"),
    "a window in a condition": ({"condition": "COUNT(*) OVER w > 1"}, "Window is not supported"),
    "an unknown action": ({"action": "ban"}, "ban"),
    "a sentence of what is not known": ({"says": {"zh": "{m}", "en": "{n}"}}, "says.zh: there is no 'm'"),
    "a sentence with an open bracket": ({"says": {"zh": "{n}", "en": "{n"}}, "says.en"),
    "a sentence that digs": ({"says": {"zh": "{n}", "en": "{n.__class__}"}}, "says.en: there is no 'n.__class__'"),
    "a strange key": ({"severity": "high"}, "severity"),
}


@pytest.mark.parametrize("name", WRONG_TRIGGERS)
def test_a_trigger_that_is_refused(tmp_path: Path, name: str) -> None:
    changed, words = WRONG_TRIGGERS[name]
    with pytest.raises(Refused) as caught:
        load(written(tmp_path, FINE, **changed))
    assert str(caught.value).startswith("many_orders.yaml")
    assert words in str(caught.value), str(caught.value)


def test_a_folder_without_a_set(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"there is no features\.sql"):
        load(tmp_path)
    (tmp_path / "features.sql").write_text(FINE, encoding="utf-8")
    with pytest.raises(Refused, match="there is no trigger"):
        load(tmp_path)


def test_from_the_command_line(shell: Shell, tmp_path: Path) -> None:
    assert "features.sql, line 3, column 3" in shell.refused("gate", "check", written(tmp_path, select("sellr")))


# -- the loader can execute nothing but the subset --

PIECES = st.sampled_from(
    [
        *("SELECT", "FROM orders", "COUNT(*)", "OVER w", "AS n", ",", "(", ")", "'", '"', ";", "--", "/*", "*/", "\\", "\n"),
        *("n", "seller", "buyer", "decision_at", "1", "0.5", "NULL", "TRUE", "CASE WHEN", "THEN", "ELSE", "END", "IN", "NOT"),
        *("__import__('os').system('false')", "{n}", "read_csv('x')", "${x}", "%s", "); import os #", "lambda: 0", "eval("),
        *(WINDOW, HOUR, "INTERVAL '1' HOUR", "+", "-", "*", "/", "=", "<", ">=", "AND", "OR", "LIKE", "IS", "||", ".", "::"),
        *("SUM(", "LAG(", "FILTER (WHERE", "PARTITION BY", "ORDER BY", "LEFT JOIN campaigns AS c ON", "ATTACH 'x'", "é", "\x00"),
    ]
)  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=60), st.lists(PIECES, max_size=25).map(" ".join), st.lists(PIECES, max_size=8).map("".join)
)
ALLOWED = {
    "abs", "civil", "quotient", "int", "str", "len", "Decimal", "datetime", "EPOCH",
    "KeyError", "TypeError", "haversine_m", "Decision", "layout", "make", "clock", "skew", "late",
    "most_held", "limit_at", "limits_hold", "admitted", "not_now", "look_up", "make_room", "append", "get",
    "days", "seconds", "microseconds", "tzinfo", "__class__",
}  # fmt: skip


def names_in(code: Any) -> set[str]:
    inner = [c for c in code.co_consts if hasattr(c, "co_names")]
    return set(code.co_names).union(*(names_in(c) for c in inner)) if inner else set(code.co_names)


def only_the_subset(folder: Path) -> None:
    """A set that was loaded is Python text of numbered names and those handed over, whatever its author wrote."""
    made = compiled(load(folder))
    used = names_in(compile(made.text, "gate", "exec"))
    assert {n for n in used if not n.rstrip("0123456789_").isalpha() or len(n.rstrip("0123456789_")) > 1} <= ALLOWED
    assert made.given["__builtins__"] == {}
    assert "'" not in made.text
    assert '"' not in made.text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzzed")


@settings(max_examples=150, deadline=None)
@example("SELECT 'a' AS x FROM orders", "seller = '); import os; ('")
@example("SELECT COUNT(*) OVER (ORDER BY decision_at " + HOUR + ") AS n FROM orders", 'seller LIKE \'"""%\'')
@given(sql=st.one_of(TEXTS, TEXTS.map(lambda t: select(t))), condition=TEXTS)
def test_any_text_is_refused_or_within_the_subset(folder: Path, sql: str, condition: str) -> None:
    try:
        written(folder, sql, condition=condition, says={"zh": "例", "en": "a case"})
        only_the_subset(folder)
    except Refused:
        pass


@pytest.mark.soak
@settings(max_examples=20_000, deadline=None)
@given(sql=st.one_of(TEXTS, TEXTS.map(lambda t: select(t))), condition=TEXTS)
def test_many_texts_are_refused_or_within_the_subset(folder: Path, sql: str, condition: str) -> None:
    try:
        written(folder, sql, condition=condition, says={"zh": "例", "en": "a case"})
        only_the_subset(folder)
    except Refused:
        pass
