"""The command line called from tests: in this process unless a test is about the process itself."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from guiju.cli import main

HEAD = (
    "platform,id,occurred_at,seller,buyer,product,quantity,currency,gross_amount,"
    "seller_funded_amount,platform_funded_amount,third_party_funded_amount"
)
SHAM = ("--only", "no_sham_orders")
SELLER = "shop-Zhang-Wei-17"


@dataclass(frozen=True)
class Said:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str


class Shell:
    """A folder to work in, and the command line."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self.folder, self.patch, self.capture = folder, patch, capture
        self.records, self.runs = folder / "records", folder / "runs"
        self.records.mkdir()

    def __call__(self, *words: object) -> Said:
        self.patch.setattr(sys, "argv", ["guiju", *map(str, words)])
        self.capture.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        out, err = self.capture.readouterr()
        assert "Traceback" not in out + err
        assert isinstance(end.value.code, int)
        return Said(end.value.code, out, err)

    def done(self, *words: object) -> str:
        said = self(*words)
        assert said.status == 0, said
        return said.out

    def refused(self, *words: object, status: int = 2) -> str:
        """The one sentence with which a command ends."""
        said = self(*words)
        assert said.status == status, said
        return sentence(said.err)

    def audit(self, *words: object) -> Said:
        return self("audit", self.records, "--out", self.runs, *(words or SHAM))

    def audited(self, *words: object) -> Path:
        """The run folder that an audit of the records makes."""
        said = self.audit(*words)
        assert said.status == 0, said
        return Path(said.out.split("run folder")[1].strip())

    def write(self, *lines: str, head: str = HEAD, name: str = "orders.csv") -> Shell:
        (self.records / name).write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
        return self

    def left(self) -> list[str]:
        """What lies in the folder of runs."""
        return sorted(p.name for p in self.runs.iterdir()) if self.runs.exists() else []


def sentence(err: str) -> str:
    """What was said on standard error, if it is one sentence of ours."""
    assert err.startswith("guiju: "), err
    assert err.count("\n") == 1, err
    assert err.endswith("\n"), err
    return err.removeprefix("guiju: ").strip()


def line(i: int, **changed: Any) -> str:
    """An order as a line of CSV; unless changed one of a burst, every second by the same buyer."""
    cells = {
        "platform": "hehua",
        "id": f"o{i}",
        "occurred_at": f"2025-06-10 10:{i % 60:02}:00",
        "seller": SELLER,
        "buyer": f"buyer-Li-Na-{i % 2}",
        "product": "tea",
        "quantity": 1,
        "currency": "CNY",
        "gross_amount": "10.00",
        "seller_funded_amount": 0,
        "platform_funded_amount": 0,
        "third_party_funded_amount": 0,
    }
    return ",".join(str(v) for v in (cells | changed).values())


def burst(n: int = 12, **changed: Any) -> list[str]:
    """Sham orders enough for one finding."""
    return [line(i, **changed) for i in range(n)]


class Started(subprocess.Popen[str]):
    """A process that does not outlive its test."""

    def __exit__(self, *error: Any) -> None:
        self.kill()
        super().__exit__(*error)


def start(*words: object, program: str = "", **options: Any) -> Started:
    """The command line in a process of its own; `program` changes it before it begins."""
    code = f"import sys; sys.argv[0] = 'guiju'\n{program}\nfrom guiju.cli import main\nmain()"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    return Started(
        [sys.executable, "-c", code, *map(str, words)],
        text=True,
        env=environment,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
    )
