"""What is attached to an appeal or an answer: kept by its SHA-256 in a folder, of a few kinds, and never run or shown.

An attachment arrives in pieces, and is refused at the first piece that is too much: no more than a piece is ever in
memory. Its kind is what its first bytes say; the kind that was declared and the ending of its name must agree. What is
on the disk under a digest is that content, whole: it is written aside, brought to the disk, and only then named.
"""

from __future__ import annotations

import codecs
import os
import re
import secrets
import time
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

import msgspec

from guiju.records.errors import BadInput, is_full

MAX_BYTES = 20_000_000
HEAD = 64  # bytes that tell a kind
ABANDONED_SECONDS = 86_400
ENDINGS: Mapping[str, tuple[str, ...]] = {
    "application/pdf": (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/webp": (".webp",),
    "audio/mpeg": (".mp3",),
    "audio/mp4": (".m4a",),
    "text/plain": (".txt",),
}
ALIASES = {"audio/x-m4a": "audio/mp4", "audio/mp3": "audio/mpeg", "image/jpg": "image/jpeg"}
RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)$")
DIGEST = re.compile(r"[0-9a-f]{64}")


class Attachment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a step records of an attachment: `size` in bytes, `type` as its first bytes have it, the name cleaned."""

    sha256: str
    name: str
    type: str
    size: int


class Upload:
    """An attachment that arrives. `write` and `finish` raise BadInput; nothing of what was refused is kept."""

    def __init__(self, file: BinaryIO, name: str, declared: str, max_bytes: int) -> None:
        self._file, self._name, self._declared, self._max = file, name, _plain_type(declared), max_bytes
        self._digest, self._size, self._head = sha256(), 0, b""
        self._text: codecs.IncrementalDecoder | None = None
        self.attachment: Attachment | None = None

    def write(self, piece: bytes) -> None:
        """Take the next piece."""
        self._size += len(piece)
        if self._size > self._max:
            raise BadInput(f"{clean(self._name)}: is more than {self._max:,} bytes; attach a smaller file")
        if len(self._head) < HEAD:
            self._head += piece[: HEAD - len(self._head)]
        if self._declared == "text/plain":
            self._read_as_text(piece)
        self._digest.update(piece)
        with _on_disk(self._name):
            self._file.write(piece)

    def finish(self) -> Attachment:
        """All pieces are there: what was attached, if it is what it says."""
        name = clean(self._name)
        if not self._size:
            raise BadInput(f"{name}: is empty")
        if self._declared not in ENDINGS:
            raise BadInput(f"{name}: {self._declared or 'no type'} is not taken; attach {_taken()}")
        found = kind_of(self._head)
        if self._declared == "text/plain":
            self._read_as_text(b"", final=True)
            found = found or "text/plain"
        if found != self._declared:
            what = f"is {found}" if found else "is something else"
            raise BadInput(f"{name}: says it is {self._declared}, and {what}; attach {_taken()}")
        if not name.lower().endswith(ENDINGS[found]):
            raise BadInput(f"{name}: a file of {found} ends in {' or '.join(ENDINGS[found])}")
        self.attachment = Attachment(self._digest.hexdigest(), name, found, self._size)
        return self.attachment

    def _read_as_text(self, piece: bytes, final: bool = False) -> None:
        self._text = self._text or codecs.getincrementaldecoder("utf-8-sig")()
        try:
            text = self._text.decode(piece, final)
        except UnicodeDecodeError:
            raise BadInput(f"{clean(self._name)}: is no text in UTF-8; save it as UTF-8") from None
        if any(ord(c) < 32 and c not in "\t\n\r\f" for c in text):
            raise BadInput(f"{clean(self._name)}: is no plain text")


class Attachments:
    """The folder of all attachments, made if it is not there."""

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES) -> None:
        self.folder, self.max_bytes = folder, max_bytes
        self._arriving = folder / "arriving"
        try:
            self._arriving.mkdir(parents=True, exist_ok=True)
            for left in self._arriving.iterdir():  # by a process that was killed
                if time.time() - left.stat().st_mtime > ABANDONED_SECONDS:
                    left.unlink(missing_ok=True)
        except OSError as error:
            raise BadInput(f"{folder}: {error.strerror}; name a folder for attachments that can be written") from None

    @contextmanager
    def receiving(self, name: str, declared: str) -> Iterator[Upload]:
        """Receive one: write its pieces, then `finish` within the block; left without that, nothing is kept."""
        aside = self._arriving / secrets.token_hex(16)
        with _on_disk(name):
            file = aside.open("xb")
        try:
            upload = Upload(file, name, declared, self.max_bytes)
            yield upload
            if upload.attachment is None:
                return
            with _on_disk(name):
                file.flush()
                os.fsync(file.fileno())
                self._keep(aside, upload.attachment.sha256)
        finally:
            with suppress(OSError):  # a full disk says so once
                file.close()
            aside.unlink(missing_ok=True)

    def keep(self, pieces: Iterable[bytes], name: str, declared: str) -> Attachment:
        """Receive all pieces of one."""
        with self.receiving(name, declared) as upload:
            for piece in pieces:
                upload.write(piece)
            return upload.finish()

    def path(self, digest: str) -> Path:
        """Where the content of a digest lies. Raises BadInput: it is not there."""
        found = self._place(digest) if DIGEST.fullmatch(digest) else self.folder
        if not found.is_file():
            raise BadInput(f"there is no attachment {digest[:64]!r}")
        return found

    def is_whole(self, digest: str) -> bool:
        """Whether what lies under a digest still has it."""
        with self.path(digest).open("rb") as file:
            found = sha256()
            while piece := file.read(1 << 20):
                found.update(piece)
        return found.hexdigest() == digest

    def _place(self, digest: str) -> Path:
        return self.folder / digest[:2] / digest

    def _keep(self, aside: Path, digest: str) -> None:
        place = self._place(digest)
        place.parent.mkdir(exist_ok=True)
        os.replace(aside, place)  # the same content again is the same file
        for folder in (place.parent, self.folder):
            opened = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)


@contextmanager
def _on_disk(name: str) -> Iterator[None]:
    """What the disk cannot do, in a sentence; whoever sends the pieces has faults of their own."""
    try:
        yield
    except OSError as error:
        why = "the disk is full" if is_full(error) else error.strerror
        raise BadInput(f"{clean(name)}: could not be kept, {why}; try again later") from None


def kind_of(head: bytes) -> str | None:
    """The kind that a file's first bytes tell; None for text and for all that is not taken."""
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith(b"ID3") or (head[:1] == b"\xff" and head[1:2] in (b"\xfb", b"\xf3", b"\xf2")):
        return "audio/mpeg"
    if head[4:12] in (b"ftypM4A ", b"ftypM4B "):
        return "audio/mp4"
    return None


def clean(name: str) -> str:
    """A name that is safe on every system and says what it looks like: no folders, no controls, 80 characters."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    shown = "".join(c for c in last if unicodedata.category(c)[0] not in "CZ" or c == " ")
    stem, dot, ending = re.sub(r'[<>:"|?*]', "_", shown).strip(" .").rpartition(".")
    stem, ending = (stem, ending) if dot else (ending, "")
    stem = stem.strip(" .")[: 80 - len(ending[:8]) - 1] or "attachment"
    stem = f"_{stem}" if RESERVED.match(stem) else stem
    return f"{stem}.{ending[:8]}" if ending else stem


def headers(of: Attachment) -> dict[str, str]:
    """How one is handed out: as a file to save, which no browser shows or guesses at."""
    return {
        "Content-Type": "text/plain; charset=utf-8" if of.type == "text/plain" else of.type,
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(clean(of.name), safe='')}",
        "Content-Length": str(of.size),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "no-store",
    }


def _plain_type(declared: str) -> str:
    """A declared type without its parameters."""
    named = declared.partition(";")[0].strip().lower()
    return ALIASES.get(named, named)


def _taken() -> str:
    return "a PDF, PNG, JPEG, WebP, MP3, M4A or a plain text"
