"""A version of a set: its texts, kept where its decisions are, to be read and asked again without a folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from guiju.gate.loading import FEATURES, TriggerSet, load
from guiju.gate.refusal import Refused
from guiju.records.errors import BadInput
from guiju.rulebook import BadRule

MOST_TEXTS, MOST_CHARACTERS = 500, 2_000_000
NAMES = re.compile(r"features\.sql|[\w-]{1,100}\.yaml|rulebook/([\w-]{1,100}/)?[\w.-]{1,100}\.yaml", re.ASCII)


class Version(msgspec.Struct, frozen=True):
    """The texts of a set, by their places in its folder; `digest` is the loaded set's, its rules' limits included."""

    name: str
    stream: str
    digest: str
    texts: dict[str, str]

    @property
    def of_texts(self) -> str:
        """A digest of the texts alone, whatever the house's rulebook says."""
        return sha256(msgspec.json.encode(self.texts, order="sorted")).hexdigest()[:16]

    def load(self) -> TriggerSet:
        """Raises Refused, as `gate.load` does."""
        return from_texts(self.name, self.texts)


def texts_of(folder: Path) -> dict[str, str]:
    """What a set's folder says: `features.sql`, its triggers, and its own rulebook. Raises BadInput."""
    paths = [folder / FEATURES, *sorted(folder.glob("*.yaml")), *sorted((folder / "rulebook").rglob("*.yaml"))]
    try:
        return {p.relative_to(folder).as_posix(): p.read_text(encoding="utf-8-sig") for p in paths if p.is_file()}
    except UnicodeDecodeError:
        raise BadInput(f"{folder}: a file of it is not UTF-8; save it so") from None


def version_of(of: TriggerSet) -> Version:
    """The version that a folder's set is."""
    return Version(of.name, of.stream, of.digest, texts_of(of.folder))


def from_texts(name: str, texts: Mapping[str, str]) -> TriggerSet:
    """The set of these texts. Raises Refused, with file, line, column and cure."""
    for place in texts:
        if not NAMES.fullmatch(place):
            raise Refused(place[:100], f"a set holds {FEATURES}, <trigger>.yaml and rulebook/…; leave this out")
    if len(texts) > MOST_TEXTS or sum(map(len, texts.values())) > MOST_CHARACTERS:
        raise Refused(name, f"a set holds at most {MOST_TEXTS} texts and {MOST_CHARACTERS:,} characters in all")
    if FEATURES not in texts:
        raise Refused(name, f"there is no {FEATURES} among the texts; send the whole folder")
    with TemporaryDirectory(prefix="guiju-set-") as work:
        folder = Path(work) / "set"
        for place, text in texts.items():
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            (folder / place).write_text(text, encoding="utf-8", newline="")
        try:
            of = load(folder)
        except Refused as error:
            file = name if error.file == str(folder) else error.file
            raise Refused(file, error.fault, error.line, error.column) from None
        except RecursionError:
            raise Refused(name, "a text is nested too deeply; write it flatter") from None
        except (BadRule, BadInput) as error:
            raise Refused(name, str(error).replace(f"{folder}/", "")) from None
    return replace(of, name=name)
