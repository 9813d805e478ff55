"""Checks an evidence pack: python3 verify.py. It needs Python alone, and nothing of the program that made the pack.

Every line of steps.jsonl and entries.jsonl is a link of a chain: `chain` is the SHA-256 of `before`, a line feed and
`said`, byte for byte. `before` is the chain of the link before it, which may be of another case: so nothing can be
changed, put in or left out without every later link being another. Whoever kept a later link (heads.json names the
newest when the pack was made) can ask the keeper of the books to show every link in between.
"""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from pathlib import Path


def faults(folder: Path) -> list[str]:
    """What is not as it was when the pack was made."""
    found = []
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for name, digest in manifest["files"].items():
        path = folder / name
        if not path.is_file():
            found.append(f"{name} is missing")
        elif sha256(path.read_bytes()).hexdigest() != digest:
            found.append(f"{name} was changed")
    heads = json.loads((folder / "heads.json").read_text(encoding="utf-8"))
    for name, head in (("steps.jsonl", heads["cases"]), ("entries.jsonl", heads["ledger"])):
        found += _links(folder / name, head)
    return found


def _links(path: Path, head: dict[str, str]) -> list[str]:
    found, last, chain = [], 0, ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        link = json.loads(line)
        said = json.loads(link["said"])
        here = f"{path.name} line {number} (sequence {said['sequence']})"
        if sha256(f"{link['before']}\n{link['said']}".encode()).hexdigest() != link["chain"]:
            found.append(f"{here}: is not what its chain says")
        if said["sequence"] <= last or (said["sequence"] == last + 1 and last and link["before"] != chain):
            found.append(f"{here}: does not follow the one before it")
        last, chain = said["sequence"], link["chain"]
    if last == int(head["sequence"]) and chain != head["chain"]:
        found.append(f"{path.name}: its last link is not the head")
    if last > int(head["sequence"]):
        found.append(f"{path.name}: goes beyond the head")
    return found


if __name__ == "__main__":
    told = faults(Path(__file__).resolve().parent)
    print("\n".join(told) or "every file and every link is what it was when the pack was made")
    sys.exit(1 if told else 0)
