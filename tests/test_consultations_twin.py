"""The twin of consultations: the same seed gives the same files; what is planted is there, and honest is honest."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from guiju.twin.clinic.staff import AGAINST, HOUSES_AGAINST
from guiju.twin.consultations import generate


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        generate(tmp_path / name, 300, 5)
    files = sorted(file.name for file in (tmp_path / "a").iterdir())
    assert "truth.parquet" in files
    assert all((tmp_path / "a" / f).read_bytes() == (tmp_path / "b" / f).read_bytes() for f in files)


def test_what_is_planted_is_true_and_an_honest_platform_has_nothing(tmp_path: Path) -> None:
    generate(tmp_path / "planted", 300, 5)
    truth = pl.read_parquet(tmp_path / "planted" / "truth.parquet").filter(pl.col("kind") == "violation")
    assert set(truth["pattern"]) == {*AGAINST, *HOUSES_AGAINST}
    generate(tmp_path / "honest", 300, 5, plants=False)
    honest = pl.read_parquet(tmp_path / "honest" / "truth.parquet")
    assert set(honest["kind"]) == {"lookalike"}


def test_who_may_answer_is_within_the_day_and_never_who_lost_the_licence(tmp_path: Path) -> None:
    generate(tmp_path, 300, 5, end=date(2025, 6, 30))
    may = pl.read_parquet(tmp_path / "may_answer.parquet")
    day = (pl.datetime(2025, 6, 29, 16), pl.datetime(2025, 6, 30, 16))  # of Shanghai, in UTC
    assert may.filter((pl.col("starts_at") < day[0]) | (pl.col("ends_at") > day[1])).is_empty()
    lapsed = ("never_licensed", "licence_expired", "licence_revoked", "before_the_licence")
    assert may.filter(pl.col("pattern").is_in(lapsed)).is_empty()
    asked = pl.read_parquet(tmp_path / "inquiries.parquet")["occurred_at"]
    assert asked.is_between(*(pl.select(moment).item() for moment in day), closed="left").all()


def test_too_small_a_day_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="200 inquiries"):
        generate(tmp_path, 10)
