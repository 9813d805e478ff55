"""A journal gives back what was appended, in order, or says what is wrong with it."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
from pathlib import Path
from threading import Thread
from typing import Any
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guiju.journal import Damaged, Journal, Reading, snapshots, verify
from guiju.journal.frames import JOURNAL, MARK, OPENED, OPENING, PREAMBLE, genesis, preamble, record
from guiju.journal.reading import segment_name, segments
from guiju.journal.verify import load_anchor
from guiju.records.errors import BadInput
from shell import Shell

SAME_FOLDER = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60
)


def made(folder: Path, batches: int = 30, segment_bytes: int = 1_000) -> Path:
    with Journal(folder, segment_bytes=segment_bytes) as journal:
        for batch in range(batches):
            journal.extend([{"batch": batch, "entry": entry} for entry in range(batch % 4 + 1)])
    return folder


def values(folder: Path, after: int = 0) -> list[Any]:
    return [entry.value for entry in Reading(folder, after)]


def faults(folder: Path) -> list[str]:
    try:
        return verify(folder).faults
    except BadInput as error:
        return [str(error)]


def test_what_was_appended_is_read_in_order(tmp_path: Path) -> None:
    mixed = [b"", b"\x00\xff", {"b": 1, "a": [None, "\u6d4b\u8bd5"]}, "text", 7, [], b"x" * 70_000]
    with Journal(tmp_path / "j", segment_bytes=300) as journal:
        assert journal.append(mixed[0]) == 1
        committed = journal.extend(mixed[1:])
        assert (committed.first, committed.last) == (2, 7)
        assert [journal.entry_at(place).value for place in committed.places] == mixed[1:]
        assert journal.extend([]).places == []
    assert values(tmp_path / "j") == mixed
    assert values(tmp_path / "j", after=5) == mixed[5:]
    with Journal(tmp_path / "j", segment_bytes=300) as journal:
        assert (journal.last, journal.torn) == (7, None)
        assert journal.append("more") == 8
    assert [e.sequence for e in Reading(tmp_path / "j")] == list(range(1, 9))
    assert len(segments(tmp_path / "j")) == 2
    assert not faults(tmp_path / "j")


def test_threads_share_their_way_to_the_disk(tmp_path: Path) -> None:
    seen: dict[int, list[int]] = {}

    def work(journal: Journal, worker: int) -> None:
        seen[worker] = [journal.append([worker, n]) for n in range(50)]

    with Journal(tmp_path / "j") as journal:
        workers = [Thread(target=work, args=(journal, w)) for w in range(8)]
        for worker in workers:
            worker.start()
        while any(worker.is_alive() for worker in workers):
            assert not faults(tmp_path / "j"), "a journal at work is whole, too"
        for worker in workers:
            worker.join()
    said = dict(zip(range(1, 401), values(tmp_path / "j"), strict=True))
    assert all([said[s] for s in seen[w]] == [[w, n] for n in range(50)] for w in seen)
    seals = sum(p.read_bytes().count((88).to_bytes(4, "little")) for p in segments(tmp_path / "j"))
    assert seals < 400, "no two entries ever shared a batch"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = made(tmp_path_factory.mktemp("whole") / "j")
    with Journal(folder, segment_bytes=1_000) as journal:
        journal.drop(20, "old")
        journal.snapshot(b"state")
    return folder


def test_the_newest_of_it_is_kept_when_the_old_is_dropped(whole: Path) -> None:
    verdict = verify(whole)
    assert not verdict.faults
    assert 1 < verdict.first <= 20
    assert (verdict.last, verdict.entries) == (73, 74 - verdict.first)
    assert any(f"vouches from {verdict.first} on" in said and "old" in said for said in verdict.said)
    with pytest.raises(BadInput, match="were dropped"):
        values(whole, after=3)


@SAME_FOLDER
@given(data=st.data())
def test_a_flipped_bit_is_seen(whole: Path, tmp_path: Path, data: st.DataObject) -> None:
    folder = Path(shutil.copytree(whole, tmp_path / "copy", dirs_exist_ok=True))
    names = sorted(str(p.relative_to(whole)) for p in whole.rglob("*") if p.is_file() and p.name != "lock")
    path = folder / data.draw(st.sampled_from(names))
    damaged = bytearray(path.read_bytes())
    damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(damaged)
    assert faults(folder)
    if path == segments(folder)[-1] or path.name == "durable":
        with pytest.raises(Damaged):
            Journal(folder)
        assert path.read_bytes() == damaged, "nothing is cut"


@SAME_FOLDER
@given(cut=st.integers(0, 10_000), stale=st.booleans())
def test_cut_anywhere_the_longest_whole_beginning_is_read(tmp_path: Path, cut: int, stale: bool) -> None:
    """`stale`: a power cut left an earlier mark of what is durable, so nobody knows that more was acknowledged."""
    folder = tmp_path / "j"
    shutil.rmtree(folder, ignore_errors=True)
    ends = {0: 84}
    with Journal(folder, sync=False) as journal:
        for batch in range(10):
            for place in journal.extend([b"y" * (batch + n) for n in range(batch % 3 + 1)]).places:
                ends[journal.entry_at(place).sequence] = (
                    (place & 0xFFFFFFFF) + 20 + len(journal.entry_at(place).payload)
                )
    (path,) = segments(folder)
    data = path.read_bytes()
    cut = 84 + cut % (len(data) - 84)  # the opening is on the disk before the segment has its name
    path.write_bytes(data[:cut])
    kept = max(n for n, end in ends.items() if end <= cut)
    if not stale:
        assert faults(folder)
        with pytest.raises(Damaged, match="restore it"):
            Journal(folder)
        assert len(path.read_bytes()) == cut
        return
    (folder / "durable").write_bytes(record(MARK, 0, b""))
    assert not faults(folder)
    with Journal(folder) as journal:
        assert journal.last == kept
        assert (journal.torn is not None) == (cut not in ends.values() and not data[:cut].endswith(seals(data[:cut])))
        assert journal.append(b"on again") == kept + 1
    assert len(values(folder)) == kept + 1
    assert not faults(folder)


def seals(data: bytes) -> bytes:
    """The last seal of a segment's bytes, found by its shape; nothing if it has none."""
    found = [m.start() - 4 for m in re.finditer(rb"(?s)(?=\x58\0\0\0.{8}\x03\0\0\0)", data)]
    return data[found[-1] : found[-1] + 108] if found and len(data) >= found[-1] + 108 else b"none"


@SAME_FOLDER
@given(seed=st.integers(0, 10**9), share=st.floats(0, 1))
def test_a_power_cut_leaves_what_was_acknowledged(tmp_path: Path, seed: int, share: float) -> None:
    """Of what was not yet synced any sectors may be on the disk; the mark may be older than it was."""
    rng, folder = random.Random(seed), tmp_path / "j"
    shutil.rmtree(folder, ignore_errors=True)
    with Journal(folder, sync=False) as journal:
        sizes = [rng.randint(1, 5) for _ in range(rng.randint(0, 6))]
        marks = [0] + [journal.extend([rng.randbytes(rng.randint(0, 900)) for _ in range(n)]).last for n in sizes]
        path, acknowledged = segments(folder)[0], marks[-1]
        synced = len(path.read_bytes())
        journal.extend([rng.randbytes(rng.randint(0, 900)) for _ in range(rng.randint(1, 20))])
    image = bytearray(path.read_bytes())
    before = list(Reading(folder))[:acknowledged]
    for sector in range(synced // 512, len(image) // 512 + 1):
        if rng.random() < share:
            begin = max(synced, sector * 512)
            image[begin : (sector + 1) * 512] = bytes(len(image[begin : (sector + 1) * 512]))
    path.write_bytes(image[: rng.randint(synced, len(image))])
    (folder / "durable").write_bytes(record(MARK, rng.choice(marks), b""))
    assert not faults(folder)
    with Journal(folder) as journal:
        assert journal.last >= acknowledged
        journal.append(b"on again")
    assert list(Reading(folder))[:acknowledged] == before
    assert not faults(folder)


def test_a_flipped_bit_is_damage_even_where_a_power_cut_left_an_old_mark(tmp_path: Path) -> None:
    path = segments(made(tmp_path / "j", segment_bytes=10**6))[-1]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    (tmp_path / "j" / "durable").write_bytes(record(MARK, 0, b""))
    with pytest.raises(Damaged, match="checksum"):
        Journal(tmp_path / "j")
    assert path.read_bytes() == data


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    with Journal(tmp_path / "j"):
        with pytest.raises(BadInput, match=r"process \d+ is writing this journal"):
            Journal(tmp_path / "j")
        code = f"from guiju.journal import Journal; Journal({str(tmp_path / 'j')!r})"
        told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert "is writing this journal" in told.stderr
    with Journal(tmp_path / "j") as journal:
        journal.append(b"on again")
    with pytest.raises(OSError, match="closed"):
        journal.append(b"too late")


def test_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    path = segments(made(tmp_path / "j"))[-1]
    begun = PREAMBLE.pack(JOURNAL, 2, 0)[:12]
    newer = begun + crc32(begun).to_bytes(4, "little")
    path.write_bytes(newer + path.read_bytes()[16:])
    before = path.read_bytes()
    for ask in (Journal, verify, values):
        with pytest.raises(BadInput, match="format 2, and this version of Guiju reads 1"):
            ask(tmp_path / "j")
    assert path.read_bytes() == before


def test_heads_kept_elsewhere_tell_of_a_chain_made_anew(tmp_path: Path) -> None:
    with Journal(made(tmp_path / "j")) as journal:
        anchor = journal.anchor()
        journal.append(b"later")
    assert not verify(tmp_path / "j", [anchor]).faults
    (told,) = verify(made(tmp_path / "other"), [anchor]).faults
    assert "another journal" in told
    shutil.copytree(tmp_path / "j", tmp_path / "made anew")
    forged = tmp_path / "made anew"
    for path in segments(forged):
        path.unlink()
    (forged / "durable").unlink()
    id = bytes.fromhex(anchor.journal)
    (forged / "durable").write_bytes(record(MARK, 0, b""))
    opening = preamble(JOURNAL) + record(OPENING, 1, OPENED.pack(id, genesis(id)))
    (forged / segment_name(1)).write_bytes(opening)
    with Journal(forged) as journal:
        for value in values(tmp_path / "j"):
            journal.append("changed" if value == {"batch": 3, "entry": 0} else value)
    assert not verify(forged).faults, "by itself it looks whole"
    (told,) = verify(forged, [anchor]).faults
    assert "the chain up to there is not what it was" in told
    with Journal(tmp_path / "short"):
        pass
    (told,) = verify(tmp_path / "short", [anchor]).faults


def test_snapshots_go_from_the_newest_back(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        for n in range(4):
            journal.append(n)
            assert journal.snapshot(f"state {n}".encode()) == n + 1
    found = list(snapshots.load(tmp_path / "j"))
    assert [(s[0].sequence, s[1]) for s in found if isinstance(s, tuple)] == [(4, b"state 3"), (3, b"state 2")]
    newest = sorted((tmp_path / "j" / "snapshots").iterdir())[-1]
    newest.write_bytes(newest.read_bytes()[:-1])
    told, (anchor, state) = snapshots.load(tmp_path / "j")
    assert isinstance(told, str)
    assert "an older snapshot" in told
    assert (anchor.sequence, state) == (3, b"state 2")
    reading = Reading(tmp_path / "j", anchor.sequence, noting=frozenset([anchor.sequence]))
    assert [e.value for e in reading] == [3]
    assert reading.chain.heads == {3: anchor.head}


def test_missing_files_are_damage(tmp_path: Path) -> None:
    made(tmp_path / "j")
    for gone in [*segments(tmp_path / "j"), tmp_path / "j" / "durable"]:
        folder = Path(shutil.copytree(tmp_path / "j", tmp_path / f"without {gone.name}"))
        (folder / gone.name).unlink()
        assert faults(folder), gone.name
    for path in segments(tmp_path / "j"):
        path.unlink()
    with pytest.raises(Damaged, match="segments are missing"):
        Journal(tmp_path / "j")


def test_no_journal_is_begun_among_other_things(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(BadInput, match="holds other things"):
        Journal(tmp_path)
    with pytest.raises(BadInput, match="is no folder"):
        Journal(tmp_path / "thesis.txt")
    with pytest.raises(BadInput, match="is no journal"):
        verify(tmp_path)
    with Journal(tmp_path / "j") as journal, pytest.raises(BadInput, match="as JSON"):
        journal.append(object())


def test_the_command_line(shell: Shell, tmp_path: Path) -> None:
    folder = made(tmp_path / "j")
    anchor = tmp_path / "anchor.json"
    anchor.write_text(shell.done("journal", "head", folder))
    assert load_anchor(anchor).sequence == 73
    assert f"{folder}: true" in shell.done("verify", folder, "--anchor", anchor)
    assert shell.done("journal", "entries", folder, "--after", 72) == '73\t{"batch":29,"entry":1}\n'
    assert "dropped" in shell.done("journal", "drop", folder, "--before", 40, "--because", "five years are over")
    assert "five years are over" in shell.done("verify", folder, "--anchor", anchor)
    path = segments(folder)[0]
    path.write_bytes(path.read_bytes().replace(b'"batch"', b'"botch"', 1))
    told = shell("verify", folder)
    assert told.status == 1
    assert "checksum" in told.err
    assert "are for those" in shell.refused("verify", folder, "--records", tmp_path)
    assert "is no journal" in shell.refused("journal", "drop", tmp_path, "--before", 4, "--because", "x")
    assert "is for those" in shell.refused("verify", tmp_path, "--anchor", anchor)


def test_the_page_reads_a_journal_without_us(tmp_path: Path) -> None:
    page = (Path(__file__).parents[1] / "docs" / "journal.md").read_text(encoding="utf-8")
    (tmp_path / "reader.py").write_text(page.split("```python\n")[2].split("```")[0])
    with Journal(made(tmp_path / "j")) as journal:
        anchor = journal.anchor()
    read = subprocess.run(
        [sys.executable, "-I", tmp_path / "reader.py", tmp_path / "j"], capture_output=True, text=True, check=True
    )
    assert read.stdout.split() == [str(anchor.sequence), anchor.head]
