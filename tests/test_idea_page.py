"""The page "from idea to backtest", followed to the letter from an empty folder."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
PAGE = Path(__file__).parent.parent / "docs" / "from-idea-to-backtest.md"
BLOCK = re.compile(r"(?:`([\w./]+)`:\n\n)?```(\w+)\n(.*?)```", re.DOTALL)


def follow(line: str, folder: Path) -> tuple[int, str]:
    """Run a line of the page as typed; `guiju` and `python` are those of this test."""
    own = re.sub(r"^guiju ", f"{sys.executable} -m guiju ", re.sub(r"^python ", f"{sys.executable} ", line))
    told = subprocess.run(["bash", "-c", own], cwd=folder, capture_output=True, text=True)
    return told.returncode, told.stdout + told.stderr


def test_the_page_is_true(tmp_path):
    said = ""
    for name, kind, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if name:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        elif kind == "sh":
            said = ""
            for line in text.splitlines():
                status, told = follow(line, tmp_path)
                assert (status != 0) == line.endswith("# refused"), told
                said += told
        elif kind == "text":
            for line in text.splitlines():
                assert " ".join(line.split()) in " ".join(said.split())
    assert (tmp_path / "backtests" / "backtest-vouchers2-2025-10-01-2025-12-31" / "differing.parquet").is_file()
