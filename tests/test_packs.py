"""An installed pack that is not as it should be: said with its name, in one sentence."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import guiju
from guiju.rulebook import rules
from shell import Shell, sentence

PACK = '''"""Something.

## What it finds
## Why it matters
## Innocent explanations
## Method and source
"""

from guiju.checks import check


@check(zh="", en="", formula="")
def torn(orders, *, most):
    raise KeyError("seat")
'''
RULE = """
title: {zh: 例, en: example}
check: torn
cites: [cn.nine-donts.2020]
window_days: 365
limits: {most: {2020-01-01: {value: 1, because: example, mark: D}}}
"""


@pytest.fixture
def pack(shell: Shell) -> Iterator[Path]:
    """An installed pack with one check and a rule that asks it."""
    site = shell.folder / "site"
    files = {
        "torn_pack/__init__.py": "",
        "torn_pack/checks/__init__.py": "",
        "torn_pack/checks/seats/__init__.py": "",
        "torn_pack/checks/seats/torn.py": PACK,
        "torn_pack/rulebook/cn/no_torn_seats.yaml": RULE,
        "torn_pack-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: torn-pack\nVersion: 1\n",
        "torn_pack-1.dist-info/entry_points.txt": "[guiju.packs]\ntorn = torn_pack\n",
    }
    for name, text in files.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text, encoding="utf-8")
    (site / "torn_pack/rulebook/cn/jurisdiction.yaml").write_bytes(
        (Path(guiju.__file__).parent / "rulebook/cn/jurisdiction.yaml").read_bytes()
    )
    shell.patch.syspath_prepend(str(site))
    importlib.invalidate_caches()
    forget()
    yield site / "torn_pack"
    shell.patch.undo()
    for name in [n for n in sys.modules if n.startswith("torn_pack")]:
        del sys.modules[name]
    forget()


def forget() -> None:
    from guiju import checks, rulebook

    for kept in (checks.checks, rulebook.rules, rulebook.folders):
        kept.cache_clear()


def test_a_check_that_fails_is_named_with_its_pack(shell: Shell, pack: Path) -> None:
    assert "no_torn_seats" in rules()
    said = shell.audit("--only", "no_torn_seats")
    assert said.status == 2
    assert sentence(said.err) == (
        "the check torn of the pack torn_pack failed in torn.py line 14 (KeyError: 'seat'); "
        "mend it there, or ask other rules with --only"
    )
    assert shell.left() == []
    shell.audited()  # the others can still be asked


def test_a_check_of_a_wrong_shape_is_refused(shell: Shell, pack: Path) -> None:
    path = pack / "checks" / "seats" / "torn.py"
    path.write_text(path.read_text().replace("most):", "most=1):"))
    assert "torn_pack.checks.seats.torn: 'most' has a default" in shell.refused("checks")


def test_a_rule_of_a_wrong_shape_is_refused(shell: Shell, pack: Path) -> None:
    path = pack / "rulebook" / "cn" / "no_torn_seats.yaml"
    path.write_text(path.read_text().replace("window_days: 365\n", ""))
    assert "no_torn_seats.yaml" in shell.refused("rulebook", "list")
