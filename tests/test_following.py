"""A journal followed while it is written gives every acknowledged entry, once and in order."""

from __future__ import annotations

from pathlib import Path

import pytest

from guiju.journal import Damaged, Following, Journal, Reading
from guiju.journal.reading import segments
from guiju.records.errors import BadInput


@pytest.mark.parametrize("most", [1, 7, 10_000])
def test_what_is_written_meanwhile_is_followed(tmp_path: Path, most: int) -> None:
    with Journal(tmp_path / "j", segment_bytes=1_000) as journal:
        following, seen = Following(tmp_path / "j"), list[int]()
        for batch in range(60):
            journal.extend([{"batch": batch, "entry": entry} for entry in range(batch % 5 + 1)])
            taken = following.take(most, journal.last - 1)
            assert len(taken) <= most
            seen += [entry.sequence for entry in taken]
        while taken := following.take(most, journal.last - 1):
            seen += [entry.sequence for entry in taken]
        assert seen == list(range(1, journal.last)), "the last one was not to be read yet"
        assert [entry.sequence for entry in following.take(most, journal.last)] == [journal.last]
        assert len(segments(tmp_path / "j")) > 5
        for after in (0, 1, 50, journal.last - 1, journal.last):
            read = Following(tmp_path / "j", after).take(10_000, journal.last)
            assert read == list(Reading(tmp_path / "j", after))
        journal.drop(100, "old")
        first = Following(tmp_path / "j", 5).take(1, journal.last)[0].sequence
        assert first == journal.vouched > 5


def test_what_is_damaged_is_not_followed(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is no journal"):
        Following(tmp_path)
    with Journal(tmp_path / "j", segment_bytes=1_000) as journal:
        journal.extend([{"entry": entry} for entry in range(100)])
        journal.append("the next segment's")
    path = segments(tmp_path / "j")[0]
    path.write_bytes(path.read_bytes().replace(b'{"entry":50}', b'{"entry":51}'))
    following = Following(tmp_path / "j")
    assert len(following.take(50, 101)) == 50
    with pytest.raises(Damaged, match="restore it from a copy"):
        following.take(5, 101)
    path.write_bytes(path.read_bytes().replace(b'{"entry":51}', b'{"entry":50}', 1))
    segments(tmp_path / "j")[1].unlink()
    with pytest.raises(Damaged, match="entry 101 is missing"):
        Following(tmp_path / "j", 90).take(50, 101)
