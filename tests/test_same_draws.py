"""What a run of the tests draws is what every run draws; what waits or listens does not depend on luck."""

from __future__ import annotations

import ast
import importlib
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventually import eventually
from ports import free_port

HERE = Path(__file__).parent
ANEW = pytest.mark.skipif(not settings().derandomize, reason="a long run draws anew")


def drawn() -> list[Any]:
    seen = []

    @given(st.lists(st.integers() | st.text() | st.floats()))
    def look(value: list[Any]) -> None:
        seen.append(value)

    look()
    return seen


@ANEW
def test_a_module_more_changes_no_draw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it would where another worker has run other tests before."""
    before = drawn()
    (tmp_path / "peculiar.py").write_text("N = [" + ", ".join(f"{n * 7919 + 123_456}" for n in range(500)) + "]\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.import_module("peculiar")
    assert len(before) == settings().max_examples
    assert repr(drawn()) == repr(before)


@ANEW
def test_no_test_draws_otherwise() -> None:
    assert settings().database is None
    for path in sorted(HERE.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "settings":
                for word in node.keywords:
                    is_same = word.arg not in ("derandomize", "database") or path.name == "conftest.py"
                    assert is_same, f"{path.name}, line {node.lineno}: the profile says how cases are drawn"


def test_a_port_is_given_once() -> None:
    ports = [free_port() for _ in range(20)]
    assert len(set(ports)) == 20
    for port in ports:
        socket.create_server(("127.0.0.1", port)).close()


def test_what_never_happens_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventually.LONGEST_SECONDS", 0)
    with pytest.raises(AssertionError, match="it never happened: the sea dries up"):
        eventually(lambda: False, "the sea dries up")
