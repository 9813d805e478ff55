"""Attachments: kept whole under their digest, or refused with nothing kept."""

from __future__ import annotations

import os
import resource
import tracemalloc
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.cases.attachments import ABANDONED_SECONDS, ENDINGS, Attachments, clean, headers, kind_of
from guiju.records.errors import BadInput

BODIES = {
    "application/pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
    "image/png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "image/jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00",
    "image/webp": b"RIFF\x24\x00\x00\x00WEBPVP8 ",
    "audio/mpeg": b"ID3\x04\x00\x00\x00\x00\x00\x00",
    "audio/mp4": b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00",
    "text/plain": "我在终点等乘客，她睡着了。\n".encode(),
}


def files(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


@pytest.mark.parametrize("kind", ENDINGS)
def test_each_kind_is_kept_under_its_digest(tmp_path: Path, kind: str) -> None:
    kept, body = Attachments(tmp_path / "a"), BODIES[kind] * 50
    one = kept.keep([body[:3], body[3:70], body[70:]], f"行车记录{ENDINGS[kind][-1].upper()}", f"{kind}; x=y")
    assert (one.sha256, one.type, one.size) == (sha256(body).hexdigest(), kind, len(body))
    assert kept.path(one.sha256).read_bytes() == body
    assert kept.is_whole(one.sha256)
    again = kept.keep([body], f"again{ENDINGS[kind][0]}", kind)
    assert again.sha256 == one.sha256
    assert files(tmp_path / "a") == [f"{one.sha256[:2]}/{one.sha256}"]
    kept.path(one.sha256).write_bytes(body + b"!")
    assert not kept.is_whole(one.sha256)


@pytest.mark.parametrize(
    ("body", "name", "declared", "says"),
    [
        (b"#!/bin/sh\nrm -rf /\n", "proof.pdf", "application/pdf", "says it is application/pdf, and is something else"),
        (b"<script>alert(1)</script>", "proof.pdf", "application/pdf", "is something else"),
        (b"MZ\x90\x00", "proof.png", "image/png", "is something else"),
        (b" %PDF-1.7", "proof.pdf", "application/pdf", "is something else"),
        (BODIES["image/png"], "proof.pdf", "application/pdf", "and is image/png"),
        (BODIES["application/pdf"], "proof.pdf.exe", "application/pdf", r"ends in \.pdf"),
        (BODIES["application/pdf"], "proof.txt", "text/plain", "no text in UTF-8"),
        (b"%PDF-1.7", "proof.txt", "text/plain", "and is application/pdf"),
        (b"#!/bin/sh\n", "proof.sh", "text/plain", r"ends in \.txt"),
        (b"a\x00b", "proof.txt", "text/plain", "no plain text"),
        ("是".encode("gb18030"), "proof.txt", "text/plain", "save it as UTF-8"),
        ("是".encode()[:2], "proof.txt", "text/plain", "save it as UTF-8"),
        (b"<html>", "page.html", "text/html", "text/html is not taken"),
        (b"<svg/>", "picture.svg", "image/svg+xml", "is not taken"),
        (b"PK\x03\x04", "proof.zip", "", "no type is not taken"),
        (b"", "proof.pdf", "application/pdf", "is empty"),
    ],
)
def test_what_is_not_what_it_says_is_refused(tmp_path: Path, body: bytes, name: str, declared: str, says: str) -> None:
    kept = Attachments(tmp_path / "a")
    with pytest.raises(BadInput, match=says):
        kept.keep([body], name, declared)
    assert files(tmp_path / "a") == []


def test_200_mb_are_refused_while_they_arrive(tmp_path: Path) -> None:
    sent = 0

    def pieces() -> Iterator[bytes]:
        nonlocal sent
        yield BODIES["application/pdf"]
        for _ in range(3_200):
            sent += 65_536
            yield bytes(65_536)

    kept = Attachments(tmp_path / "a")
    tracemalloc.start()
    with pytest.raises(BadInput, match="more than 20,000,000 bytes"):
        kept.keep(pieces(), "film.pdf", "application/pdf")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sent < 20_100_000
    assert peak < 2_000_000
    assert files(tmp_path / "a") == []


def test_nothing_is_kept_of_an_upload_that_broke_off(tmp_path: Path) -> None:
    kept = Attachments(tmp_path / "a")

    def broken() -> Iterator[bytes]:
        yield BODIES["application/pdf"]
        raise ConnectionError

    with pytest.raises(ConnectionError):
        kept.keep(broken(), "a.pdf", "application/pdf")
    with kept.receiving("a.pdf", "application/pdf") as upload:
        upload.write(BODIES["application/pdf"])  # and never finished
    assert files(tmp_path / "a") == []


def test_what_a_killed_process_left_is_swept_after_a_day(tmp_path: Path) -> None:
    Attachments(tmp_path / "a")
    old, new = (tmp_path / "a" / "arriving" / name for name in ("old", "new"))
    old.touch()
    new.touch()
    then = os.stat(old).st_mtime - ABANDONED_SECONDS - 60
    os.utime(old, (then, then))
    Attachments(tmp_path / "a")
    assert files(tmp_path / "a") == ["arriving/new"]


def test_a_disk_that_is_full_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Attachments(tmp_path / "a")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BadInput, match="the disk is full; try again later"):
        kept.keep([BODIES["image/png"]], "a.png", "image/png")
    assert files(tmp_path / "a") == []


def test_a_disk_that_takes_no_more_is_told_in_a_sentence(tmp_path: Path) -> None:
    kept, (soft, hard) = Attachments(tmp_path / "a"), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(BadInput, match="the disk is full"):
            kept.keep([BODIES["image/png"], *[bytes(30_000)] * 9], "a.png", "image/png")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert files(tmp_path / "a") == []


@pytest.mark.parametrize("digest", ["../../etc/passwd", "", "0" * 63, "0" * 64, "A" * 64])
def test_only_a_digest_that_is_there_has_a_path(tmp_path: Path, digest: str) -> None:
    with pytest.raises(BadInput, match="there is no attachment"):
        Attachments(tmp_path / "a").path(digest)


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\王\\证据.png", "证据.png"),
        ("proof\u202efdp.exe", "prooffdp.exe"),
        ("a\x00b\nc.pdf", "abc.pdf"),
        ("nul.txt", "_nul.txt"),
        (".pdf", "pdf"),
        ("", "attachment"),
        ("...", "attachment"),
        ('a"b<c>.pdf', "a_b_c_.pdf"),
    ],
)
def test_names_are_cleaned(name: str, cleaned: str) -> None:
    assert clean(name) == cleaned


@given(st.text(max_size=300))
def test_any_name_comes_out_safe(name: str) -> None:
    cleaned = clean(name)
    assert 0 < len(cleaned) <= 90
    assert cleaned not in (".", "..")
    assert not set(cleaned) & set('/\\<>:"|?*\x00\n\r\u202e')
    assert clean(cleaned) == cleaned


@given(st.binary(max_size=100))
def test_what_is_text_is_no_other_kind(body: bytes) -> None:
    assert kind_of(b"a" + body[1:]) is None or body[4:8] == b"ftyp"


def test_one_is_handed_out_as_a_file_to_save(tmp_path: Path) -> None:
    one = Attachments(tmp_path / "a").keep(["<script>证</script>".encode()], '证"据\r\nX: y.txt', "text/plain")
    told = headers(one)
    assert told["Content-Disposition"] == "attachment; filename*=UTF-8''%E8%AF%81_%E6%8D%AEX_%20y.txt"
    assert told["Content-Type"] == "text/plain; charset=utf-8"
    assert told["X-Content-Type-Options"] == "nosniff"
    assert not any(c in value for value in told.values() for c in "\r\n")
