"""A pack from outside: installed beside Guiju it is found, proven and asked; without it nothing changes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from guiju.checks import checks
from guiju.rulebook import rules

PACK = Path(__file__).parents[1] / "examples" / "pack"
PIP = ("-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-index")

ASK = """
import json, sys
import guiju
from guiju.checks import checks
from guiju.rulebook import digest, folders, rules
from guiju.testing import read_drawn

drawn = "id | occurred_at | seller | product | price | reference_price\\nl1 | 2025-01-01 | s | g | 70 | 100"
listings = read_drawn("listings", drawn)
run = guiju.audit({"listings": listings}, day="2025-06-30", only=["no_endless_promotions"], out=sys.argv[1])
rule = rules()["no_endless_promotions"]
print(json.dumps({
    "checks": sorted(checks()),
    "rules": sorted(rules()),
    "found": [(f.rule, f.check, f.subject, f.says_en, f.evidence_rows) for f in run.findings],
    "cites": [p.title_en for p in rule.cites],
    "zone": rule.zone.key,
    "changed": digest() != digest(folders()[0]),
}))
"""


def alone(*arguments: str, path: Path) -> subprocess.CompletedProcess[str]:
    """A fresh Python that sees the packages in `path`."""
    surroundings = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(path), os.environ.get("PYTHONPATH", "")]),
    }
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=surroundings, check=False)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("site")
    made = alone(*PIP, "--no-deps", "--no-build-isolation", "--target", str(target), str(PACK), path=target)
    assert made.returncode == 0, made.stderr
    return target


def test_the_pack_is_found_and_asked(installed: Path, tmp_path: Path) -> None:
    done = alone("-c", ASK, str(tmp_path), path=installed)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert set(told["checks"]) == {*checks(), "stale_promotions"}
    assert set(told["rules"]) == {*rules(), "no_endless_promotions"}
    assert told["cites"] == ["Order 56 art. 19: seven price-fraud types"]
    assert told["zone"] == "Asia/Shanghai"
    assert told["changed"], "the rulebook's version is that of house and pack together"
    sentence = "s struck through a higher price for g 181 days on end, more than 60."
    assert told["found"] == [["no_endless_promotions", "stale_promotions", "s", sentence, 1]]


def test_its_contract_holds(installed: Path) -> None:
    done = alone("-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, str(PACK / "tests"), path=installed)
    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout


def test_the_house_alone_does_not_know_it() -> None:
    assert "stale_promotions" not in checks()
    assert "no_endless_promotions" not in rules()
