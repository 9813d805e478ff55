"""The page "Roll-out", followed to the letter from an empty folder, with a service of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ports import free_port
from rollout_oracle import check
from test_idea_page import BLOCK

pytest.importorskip("litestar", reason="the service needs the extra [web]")
pytest.importorskip("granian", reason="the service needs the extra [web]")

PAGE = Path(__file__).parent.parent / "docs" / "roll-out.md"
MOST_COMMANDS = 10


def test_the_page_is_true(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("the page sends events with curl, which is not installed")
    port = str(free_port())
    environment = os.environ | {"GUIJU_GATE": f"http://127.0.0.1:{port}"}
    said, commands, services = "", 0, list[subprocess.Popen[str]]()

    def follow(line: str) -> str:
        own = re.sub(r"^guiju ", f"{sys.executable} -m guiju ", re.sub(r"^python ", f"{sys.executable} ", line))
        own = own.replace("localhost:8000", f"localhost:{port}").replace(" serve ", f" serve --port {port} ")
        if own.endswith(" &"):
            services.append(subprocess.Popen(["bash", "-c", f"exec {own[:-2]} 2>log"], cwd=tmp_path, text=True))
            return ""
        told = subprocess.run(["bash", "-c", own], cwd=tmp_path, capture_output=True, text=True, env=environment)
        assert told.returncode == 0, told.stderr
        return told.stdout

    try:
        for name, kind, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
            if name:
                (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / name).write_text(text, encoding="utf-8")
            elif kind == "sh":
                commands += len(text.splitlines())
                said = "".join(follow(line) for line in text.splitlines())
            elif kind == "text":
                assert all(" ".join(line.split()) in " ".join(said.split()) for line in text.splitlines()), said
    finally:
        for service in services:
            service.terminate()
            service.wait(180)
    assert commands == MOST_COMMANDS
    seen = check(tmp_path / "decisions", "brushing")
    assert (seen["compared"], len(services)) == (0, 1)
