"""What a newcomer meets: the wheel, locks, make, the bundle's installer, the sketch in CONTRIBUTING.md."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-web.lock", "requirements-dev.lock")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "MAKEFLAGS", "MAKELEVEL")}
    return subprocess.run(
        list(map(str, command)), cwd=cwd, env=given | environment, capture_output=True, text=True, timeout=120
    )


def python(where: Path, name: str, hidden: str = "", version: str = "") -> Path:
    """A Python that cannot import the module `hidden`, or says it is of another `version`."""
    path = where / name
    lie = f"sys.version_info = ({version.replace('.', ', ')}, 0); " if version else ""
    pretend = f"import sys; sys.modules['{hidden}'] = None; {lie}exec(sys.argv[2])"
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{pretend}" "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling", reason="hatchling, which requirements-dev.lock brings, is not installed")
    folder = tmp_path_factory.mktemp("wheel")
    flags = ("--no-deps", "--no-build-isolation", "--no-index", "-q")
    built = run(sys.executable, "-m", "pip", "wheel", *flags, "-w", folder, ROOT, cwd=folder)
    assert built.returncode == 0, built.stderr
    return next(folder.glob("guiju-*.whl"))


def test_the_wheel_holds_what_the_package_reads(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        held = set(archive.namelist())
    package = ROOT / "src" / "guiju"
    wanted = {
        f"guiju/{p.relative_to(package).as_posix()}"
        for p in package.rglob("*")
        if p.is_file() and "__pycache__" not in p.parts
    }
    assert {Path(name).suffix for name in wanted} >= {".py", ".yaml", ".j2"}
    assert wanted <= held, f"not in the wheel: {wanted - held}"
    assert not [name for name in held if not re.match(r"guiju(-[\d.]+\.dist-info)?/", name)]


def test_the_wheel_works_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    installed, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
    elsewhere.mkdir()
    flags = ("--no-deps", "--no-index", "-q", "--target", installed)
    said = run(sys.executable, "-m", "pip", "install", *flags, wheel, cwd=elsewhere)
    assert said.returncode == 0, said.stderr

    def guiju(*words: str) -> subprocess.CompletedProcess[str]:
        return run(installed / "bin" / "guiju", *words, cwd=elsewhere, PYTHONPATH=str(installed))

    whence = run(sys.executable, "-c", "import guiju; print(guiju.__file__)", cwd=elsewhere, PYTHONPATH=str(installed))
    assert whence.stdout.startswith(str(installed))
    assert guiju("--version").stdout == f"guiju {PROJECT['version']}\n"
    rules = guiju("rulebook", "list")
    assert rules.returncode == 0, rules.stderr
    assert "no_below_cost_sales" in rules.stdout
    assert "below_cost_sales" in guiju("checks", "below_cost_sales").stdout


def pins(lock: str) -> dict[str, list[Requirement]]:
    """What a lock file pins, by name; a package may be pinned once for each range of Pythons."""
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    pinned: dict[str, list[Requirement]] = {}
    for line in (text.removesuffix("\\") for text in lines if re.match(r"\w", text)):
        requirement = Requirement(line)
        pinned.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return pinned


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_name_no_place_and_hash_all(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.findall(r"https?:|file:|--index-url|--find-links|^.* @ |^/|\s/\w+", text, flags=re.M)
    for entry in re.split(r"^(?=\w)", text, flags=re.M)[1:]:
        assert "==" in entry.split("\n")[0]
        assert "--hash=sha256:" in entry


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_are_what_the_project_asks_for(lock: str) -> None:
    pinned = pins(lock)
    for asked in map(Requirement, PROJECT["dependencies"]):
        for pin in pinned[canonicalize_name(asked.name)]:
            version = next(iter(pin.specifier)).version
            assert asked.specifier.contains(version), f"{asked} but {lock} pins {version}: make lock"


def test_the_locks_agree() -> None:
    product, web, development = (pins(lock) for lock in LOCKS)
    for smaller, larger in ((product, web), (web, development)):
        for name, pinned in smaller.items():
            assert {str(p.specifier) for p in pinned} == {str(p.specifier) for p in larger[name]}, name


def test_make_tells_its_targets() -> None:
    said = run("make", cwd=ROOT).stdout
    targets = re.findall(r"^\.PHONY: (.*)", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.M)[0]
    assert re.findall(r"^make (\w+) +\S", said, flags=re.M) == targets.split()


@pytest.mark.parametrize(
    ("name", "hidden", "version", "cure"),
    [
        ("python-bare", "ensurepip", "", "apt-get install python3-venv"),
        ("python-old", "", "3.9", "Guiju needs 3.11 or later"),
        ("python-none", "", "", "there is no Python called"),
    ],
)
def test_make_says_in_one_sentence_what_is_missing(
    tmp_path: Path, name: str, hidden: str, version: str, cure: str
) -> None:
    for file in ("Makefile", "pyproject.toml", *LOCKS):
        (tmp_path / file).write_bytes((ROOT / file).read_bytes())
    chosen = python(tmp_path, name, hidden, version) if hidden or version else tmp_path / name
    for target in ("audit", "test", "bundle"):
        said = run("make", target, f"PYTHON={chosen}", cwd=tmp_path)
        assert said.returncode == 2
        assert said.stdout == ""
        assert len(said.stderr.splitlines()) == 1
        assert cure in said.stderr
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize(
    ("hidden", "version", "cure"),
    [("ensurepip", "", "python3-venv"), ("", "3.9", "is Python 3.9 and this bundle is for")],
)
def test_the_bundle_says_in_one_sentence_what_is_missing(tmp_path: Path, hidden: str, version: str, cure: str) -> None:
    (tmp_path / "install.sh").write_bytes((ROOT / "offline" / "install.sh").read_bytes())
    (tmp_path / "python-version").write_text(f"{sys.version_info.major}.{sys.version_info.minor}\n")
    chosen = python(tmp_path, "python-here", hidden, version)
    said = run("sh", "install.sh", cwd=tmp_path, PYTHON=str(chosen))
    assert said.returncode == 2
    assert len(said.stderr.splitlines()) == 1
    assert cure in said.stderr
    assert not (tmp_path / "guiju-env").exists()


def test_a_skip_without_a_reason_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = spec_from_file_location("skips", ROOT / ".ci" / "skips.py")
    assert spec
    assert spec.loader
    skips = module_from_spec(spec)
    spec.loader.exec_module(skips)
    results = tmp_path / "results.xml"
    results.write_text(
        '<testsuite><testcase classname="a" name="x"><skipped message="real data not present"/></testcase>'
        '<testcase classname="a" name="y"/></testsuite>'
    )
    monkeypatch.setitem(skips.MISSING, "real data", True)
    assert skips.unfounded(str(results)) == []
    monkeypatch.setitem(skips.MISSING, "real data", False)
    assert skips.unfounded(str(results)) == ["a::x was skipped, and need not have been: real data not present"]


@pytest.mark.slow
def test_the_sketch_in_contributing_is_a_check_of_the_house(tmp_path: Path) -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    sketched = dict(re.findall(r"^`(src/guiju/\S+)`:?\n+```\w+\n(.*?)^```", text, flags=re.M | re.S))
    assert len(sketched) == 4, f"a check, its cases, its words and its rule; there is {list(sketched)}"
    for part in ("src", "tests", "bench", "pyproject.toml"):
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copyfile
        copy(ROOT / part, tmp_path / part)
    for name, body in sketched.items():
        assert not (tmp_path / name).exists()
        (tmp_path / name).write_text(body, encoding="utf-8")
    said = run(
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_checks.py", "tests/test_house.py",
        "tests/test_report.py", "tests/test_rulebook.py", "-k", "undisclosed_reductions",
        cwd=tmp_path, PYTHONPATH=str(tmp_path / "src"),
    )  # fmt: skip
    assert said.returncode == 0, said.stdout
    assert "undisclosed_reductions" in said.stdout or re.search(r"\b[3-9]\d passed", said.stdout), said.stdout
