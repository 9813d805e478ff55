"""The house rules: doors open downward, everything fits, what is only imported stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

import guiju
from guiju.twin.groupbuy import generate

HOUSE = Path(guiju.__file__).parent
ROOMS = [
    *(
        "records",
        "estimators",
        "checks",
        "rulebook",
        "findings",
        "audit",
        "journal",
        "ledger",
        "gate",
        "cases",
    ),
    *("ratings", "market", "twin", "web", "cli"),
]
DOORS = ROOMS.index("web")  # from here on up: thin ways in, which no room may know
FORBIDDEN = {"utils", "util", "core", "common", "helpers", "services", "base", "misc"}
HEAVY = {
    "ibis",
    "duckdb",
    "polars",
    "pyarrow",
    "pandas",
    "numpy",
    "scipy",
    "sqlglot",
    "litestar",
    "granian",
    "fastapi",
    "starlette",
}
FILES = sorted(HOUSE.rglob("*.py"))
PARSED = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}


def named(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


def rooms_imported(path: Path) -> set[str]:
    """The rooms a file imports from, at its top or inside a function; for annotations only does not count."""
    tree = PARSED[path]
    only_annotations = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    modules: set[str] = set()
    for node in ast.walk(tree):
        if node in only_annotations:
            continue
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{named(path)}: relative imports hide the room"
            modules |= {f"{node.module}.{a.name}" if node.module == "guiju" else node.module or "" for a in node.names}
        elif isinstance(node, ast.Import):
            modules |= {a.name for a in node.names}
    return {m.split(".")[1] for m in modules if m.startswith("guiju.")} & {*ROOMS, "testing"}


@pytest.mark.parametrize("path", FILES, ids=named)
def test_doors_open_downward(path: Path) -> None:
    room, imported = path.relative_to(HOUSE).parts[0].removesuffix(".py"), rooms_imported(path)
    if room == "testing":
        assert not imported & set(ROOMS[DOORS:])
    elif room == "twin":
        assert imported <= {"twin", "records"}, "the twin knows the tables and nothing that judges them"
    elif room in ROOMS:
        above = {r for r in imported if r == "testing" or ROOMS.index(r) > ROOMS.index(room)}
        assert not above, f"{named(path)} imports from {above}, above {room}"
    else:
        assert named(path) in {"__init__.py", "__main__.py"}, f"{room} is no room of the house"


@pytest.mark.parametrize("path", FILES, ids=named)
def test_fits(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    is_check = path.parent.parent.name == "checks" and path.parent.parent.parent == HOUSE
    assert lines <= (120 if is_check else 400)
    for node in ast.walk(PARSED[path]):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert (node.end_lineno or 0) - node.lineno < 60, f"{node.name} does not fit a screen"


@pytest.mark.parametrize("path", FILES, ids=named)
def test_names_and_docstrings(path: Path) -> None:
    assert not FORBIDDEN & set(path.with_suffix("").relative_to(HOUSE).parts), "a drawer for anything is no room"
    doc = ast.get_docstring(PARSED[path])
    assert doc, "a module says in one sentence what it is"
    assert doc.split("\n")[0].endswith((".", ":", ")")), doc.split("\n")[0]


def loaded_after(code: str) -> set[str]:
    """Which heavy packages a fresh Python has loaded after running `code`."""
    ending = "import sys; print('\\n' + ' '.join({m.split('.')[0] for m in sys.modules}))"
    told = subprocess.run([sys.executable, "-c", f"{code}\n{ending}"], capture_output=True, text=True, check=True)
    return set(told.stdout.splitlines()[-1].split()) & HEAVY


def test_importing_guiju_loads_no_engine() -> None:
    assert not loaded_after("import guiju; import guiju.checks; import guiju.rulebook; guiju.rulebook.rules()")


@pytest.mark.slow
def test_an_audit_does_without_pandas(tmp_path: Path) -> None:
    """It takes most of a second to import, and PyArrow and DuckDB import it where they can."""
    generate(tmp_path / "market", 20_000, 7)
    asking = f"import guiju; run = guiju.audit({str(tmp_path / 'market')!r}, out={str(tmp_path / 'runs')!r})"
    assert "pandas" not in loaded_after(f"{asking}\nassert run.findings")


def test_help_loads_no_engine() -> None:
    assert (HOUSE / "cli").is_dir()
    asking = """
        import sys
        from guiju.cli import main
        sys.argv = ["guiju", "--help"]
        try:
            main()
        except SystemExit as end:
            assert not end.code
    """
    assert not loaded_after(dedent(asking))


def test_what_is_public() -> None:
    assert guiju.__all__ == ["BadInput", "Run", "__version__", "audit", "open_run"]
    assert all(getattr(guiju, name) for name in guiju.__all__)
    with pytest.raises(AttributeError, match="no attribute 'check'"):
        guiju.check  # noqa: B018
