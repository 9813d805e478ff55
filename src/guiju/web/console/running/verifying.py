"""`guiju verify` of a run as a job: what it says, file by file, and whether records asked anew say the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from guiju.audit.folder import Damaged, Run, files_of
from guiju.audit.run import Progress
from guiju.audit.verify import ask_anew, verify

KIND = "verify"
MANIFEST = "manifest.json"


class Seen(msgspec.Struct, frozen=True):
    """A file of a run and what is wrong with it, in the sentences of `guiju verify`."""

    name: str
    bytes: int | None  # None where it is missing
    faults: list[str]


class Verdict(msgspec.Struct, frozen=True):
    """What `guiju verify` says of a run. others: the faults that are of no one file.

    records: the set that was asked anew, '' where none was, or where the run is not whole; anew: how it differs.
    """

    run: str
    files: list[Seen]
    others: list[str]
    faults: int
    records: str = ""
    anew: list[str] = []

    @property
    def wrong(self) -> list[Seen]:
        """Files of which something is wrong."""
        return [file for file in self.files if file.faults]

    @property
    def whole(self) -> list[Seen]:
        """Files that are what they were when the run was made."""
        return [file for file in self.files if not file.faults]


def work(asked: dict[str, Any], folder: Path, progress: Progress) -> dict[str, Any]:
    """Verify the run in the folder `asked["folder"]`; if it is whole, ask the set `asked["set"]` anew if one is named.

    Raises what `ask_anew` raises.
    """
    run = Run(Path(asked["folder"]))
    faults = verify(run)
    try:
        stated = set(run.manifest.get("files", {}))
    except Damaged:
        stated = set()
    files = [_seen(run, name, faults) for name in (MANIFEST, *sorted(stated | set(files_of(run.folder))))]
    said = {f"{one.name}: {fault}" for one in files for fault in one.faults}
    others = [fault for fault in faults if fault not in said]
    name, anew = "" if faults else str(asked.get("set", "")), list[str]()
    if name:
        records, mapping = Path(asked["records"]), asked.get("mapping")
        anew = ask_anew(run, records, records / mapping if mapping else None, progress)
    verdict = Verdict(run.folder.name, files, others, len(faults) + len(anew), name, anew)
    made: dict[str, Any] = msgspec.to_builtins(verdict)
    return made


def _seen(run: Run, name: str, faults: list[str]) -> Seen:
    path, begins = run.folder / name, f"{name}: "
    size = path.stat().st_size if path.is_file() else None
    return Seen(name, size, [fault.removeprefix(begins) for fault in faults if fault.startswith(begins)])
