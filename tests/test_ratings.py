"""Ratings as a journalist makes them: an empty sheet, filled, rated; what cannot be meant is refused with its place."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest
from openpyxl import load_workbook

from guiju.ratings.forms import write_form
from guiju.ratings.page import render, write_all
from guiju.ratings.panel import Scores, read_panel, read_scores
from guiju.ratings.planning import plan
from guiju.ratings.rating import dimension_scores, rate
from guiju.ratings.shopping import COLUMNS, shopped, zone_of
from guiju.records.errors import BadInput
from shell import Shell

EXAMPLE = Path(__file__).parent.parent / "examples" / "aesthetics"
CHINA = zone_of("Asia/Shanghai")


@pytest.fixture(scope="module")
def panel():
    return read_panel(EXAMPLE / "panel.yaml")


@pytest.fixture(scope="module")
def done(panel):
    return rate(read_scores(panel, EXAMPLE / "scores.csv"))


def rows_of_example():
    with (EXAMPLE / "scores.csv").open(encoding="utf-8") as file:
        return list(csv.reader(file))


def written(folder, rows, name="scores.csv"):
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def test_six_raters_cannot_bear_the_published_tiers(panel, done):
    """The first tier is above 7 points, as was reported; and still no border stands."""
    names = list(panel.subjects)
    assert (
        {names[j] for j in done.order[:2]}
        == {"soyoung", "meituan"}
        == {names[j] for j in range(7) if done.whole[j] > 7}
    )
    assert [border.stands for border in done.borders] == [False, False]
    assert set(done.tiers) == {1}
    assert done.borders[0].pairs == 6
    assert done.borders[0].shown + len(done.borders[0].unshown) == 6


def test_the_same_seed_gives_the_same_rating(panel, done):
    again = rate(done.scores)
    assert (again.sets.best == done.sets.best).all()
    assert again.agreement == done.agreement
    assert render(panel, again, None) == render(panel, done, None)


def test_a_strict_rater_moves_no_subject(done):
    """Three points less from one rater throughout: the same differences, and the same ranks."""
    harsh = done.scores.given.copy()
    harsh[2] -= 3
    other = rate(Scores(done.scores.panel, harsh))
    assert np.diff(other.whole) == pytest.approx(np.diff(done.whole))
    assert (other.sets.best == done.sets.best).all()
    assert other.strictness[2] - done.strictness[2] == pytest.approx(3 * 5 / 6)


def test_who_gave_no_score_is_no_rater(panel, tmp_path):
    silent = list(panel.raters)[-1]
    given = read_scores(panel, EXAMPLE / "scores.csv")
    rows = [line for line in (EXAMPLE / "scores.csv").read_text(encoding="utf-8").splitlines()
            if not line.startswith(f"{silent},")]  # fmt: skip
    (tmp_path / "few.csv").write_text("\n".join(rows), encoding="utf-8")
    few = read_scores(panel, tmp_path / "few.csv")
    assert few.silent == (silent,)
    assert list(few.panel.raters) == list(panel.raters)[:-1]
    told, whole = rate(few), rate(Scores(few.panel, given.given[:-1]))
    assert np.allclose(told.low, whole.low), "their number is that of those who spoke"
    page = write_all(panel, told, None, tmp_path / "rated").read_text(encoding="utf-8")
    assert f"{panel.raters[silent].name.en} gave no score" in page
    assert f"{len(panel.raters) - 1} raters ×" in page


def test_whether_a_reply_is_apt_is_asked_of_people_alone(panel, tmp_path):
    subject = next(iter(panel.subjects))
    (tmp_path / "c.csv").write_text(
        "subject,asked_at,replied_at,looked_until,by,apt,professional,doctors,institutions,stated_minutes\n"
        f"{subject},2026-01-05 10:00,2026-01-05 10:01,2026-01-06 10:00,automatic,yes,yes,2,,\n"
        f"{subject},2026-01-05 11:00,2026-01-05 11:30,2026-01-06 11:00,human,no,yes,1,,\n",
        encoding="utf-8",
    )
    its = shopped(panel, tmp_path / "c.csv", zone_of("Asia/Shanghai")).of[subject]
    assert (its.apt, its.professional, its.doctors) == ((0, 1), (1, 1), (3, 2))


def test_a_missing_cell_is_told_and_made_up_for(panel, tmp_path):
    """Who was not scored by the strictest is not the better for it."""
    table = np.array([[1.0, 2.0, 3.0], [5.0, 6.0, 7.0], [5.0, 6.0, np.nan]])
    effects = dimension_scores(table[:, :, None])[0]
    assert effects[2] - effects[1] == pytest.approx(1.0)
    rows = rows_of_example()
    rows[1][2] = ""
    scores = read_scores(panel, written(tmp_path, rows))
    assert scores.missing == [("clinic_1", "soyoung", "leads")]
    page = render(panel, rate(scores), None)
    assert "scores: 210; not given: 1" in page
    assert "Institution 1" in page


def test_the_form_is_filled_and_rated(panel, tmp_path):
    form = write_form(panel, tmp_path / "form.xlsx")
    with pytest.raises(BadInput, match="no cell holds a score"):
        read_scores(panel, form)
    book = load_workbook(form)
    given = {(r, s): cells for r, s, *cells in rows_of_example()[1:]}
    for row in book["scores"].iter_rows(min_row=2):
        for cell, value in zip(row[2:], given[row[0].value, row[1].value], strict=True):
            cell.value = int(value)
    book.save(form)
    assert np.array_equal(read_scores(panel, form).given, read_scores(panel, EXAMPLE / "scores.csv").given)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda rows: rows.append(rows[1]), r"row 44: clinic_1 scored soyoung in row 2 already"),
        (lambda rows: rows[3].__setitem__(2, "11"), r"row 4: leads is 11; scores go from 1 to 10"),
        (lambda rows: rows[3].__setitem__(2, "7.5"), r"in steps of 1"),
        (lambda rows: rows[3].__setitem__(2, "good"), r"row 4: leads is 'good'; write a number"),
        (lambda rows: rows[3].__setitem__(1, "tmal"), r"no subject 'tmal'; did you mean tmall"),
        (lambda rows: rows[0].__setitem__(2, "lead"), r"no column 'leads' in row 1; did you mean lead"),
        (lambda rows: rows.__delitem__(slice(1, None)), r"holds no score yet"),
        (lambda rows: rows.__delitem__(slice(1, None, 7)), r"nobody scored soyoung"),
    ],
)
def test_what_is_no_score_is_refused(panel, tmp_path, change, says):
    rows = rows_of_example()
    change(rows)
    with pytest.raises(BadInput, match=says):
        read_scores(panel, written(tmp_path, rows))


def test_what_nothing_can_be_said_of(panel, tmp_path, done):
    equal = rate(Scores(panel, np.full((6, 7, 5), 7.0)))
    assert set(equal.tiers) == {1}
    assert (equal.sets.best == 1).all()
    assert "the scores do not differ" in render(panel, equal, None)
    rows = rows_of_example()
    alone = [rows[0], *(row for row in rows[1:] if row[0] != "clinic_6"), next(r for r in rows if r[0] == "clinic_6")]
    one = rate(read_scores(panel, written(tmp_path, alone)))
    assert len(one.scores.missing) == 30, "a rater of one subject"
    apart = done.scores.given.copy()
    apart[:3, :3], apart[3:, 3:] = np.nan, np.nan
    with pytest.raises(BadInput, match="no rater links"):
        rate(Scores(panel, apart))
    two = msgspec.structs.replace(panel, raters=dict(list(panel.raters.items())[:2]))
    with pytest.raises(BadInput, match="2 raters cannot say"):
        rate(Scores(two, done.scores.given[:2]))


def test_times_are_recounted(panel):
    """21 hours were stated where 22 h 05 min lie between the two times."""
    seen = shopped(panel, EXAMPLE / "consultations.csv", CHINA)
    [found] = seen.differing
    assert (found.contact.row, found.contact.subject) == (3, "meidaila")
    assert found.stated == timedelta(hours=21)
    assert found.counted == timedelta(hours=22, minutes=5)
    assert seen.of["soyoung"].doctors == (3, 1)
    assert seen.of["meidaila"].institutions == (2, 1)
    assert seen.of["tmall"].curve.at(0.5) == 1


def test_no_reply_is_a_wait_that_was_not_over(panel, tmp_path):
    """An automatic reply is none, and whoever never answered is not left out."""
    at = ["2020-12-16 12:00", "", "2020-12-17 12:00"]
    rows = [COLUMNS, ["jd", *at, "", "", "", "", "", ""], ["jd", at[0], "2020-12-16 12:00", at[2], "automatic"],
            ["jd", at[0], "2020-12-16T14:00:00+09:00", at[2], "human", "yes", "no", "0", "1", ""]]  # fmt: skip
    replies = shopped(panel, written(tmp_path, rows), CHINA).of["jd"]
    assert (replies.contacts, replies.answered, replies.automatic) == (3, 1, 1)
    assert replies.curve.times.tolist() == [60.0], "14:00 in Tokyo is 13:00 in China"
    assert replies.curve.at(1440) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (["jd", "2020-12-16 12:00", "2020-12-16 11:00", "", "human"], r"row 2: the reply .* is before the question"),
        (["jd", "2020-12-16 12:00", "", "", ""], r"looked_until is empty"),
        (["jd", "noon", "", "", ""], r"asked_at is 'noon'; write it as"),
        (["jd", "", "2020-12-16 12:00", "", "human"], r"asked_at is empty"),
        (["jd", "2020-12-16 12:00", "2020-12-16 13:00", "", ""], r"by is empty; write human or automatic"),
        (["jd", "2020-12-16 12:00", "2020-12-16 13:00", "", "robot"], r"by is 'robot'"),
        (["jd", "2020-12-16 12:00", "2020-12-16 13:00", "", "human", "", "", "some"], r"doctors is 'some'"),
        (["jingdong", "2020-12-16 12:00", "", "", ""], r"no subject 'jingdong'"),
    ],
)
def test_what_is_no_consultation_is_refused(panel, tmp_path, cells, says):
    path = written(tmp_path, [COLUMNS, cells])
    with pytest.raises(BadInput, match=says):
        shopped(panel, path, CHINA)


def test_an_unknown_clock_is_refused():
    with pytest.raises(BadInput, match="no time zone 'Beijing'"):
        zone_of("Beijing")


def test_a_plan_says_how_many(panel):
    few = plan(subjects=3, gap=1.0, spread=1.0, ratio=2.0)
    assert few.enough is not None
    assert few.shares[few.enough] >= 0.8
    assert few.contacts == 33
    assert plan(subjects=3, gap=0.01, spread=1.0).enough is None
    with pytest.raises(BadInput, match="above 0"):
        plan(subjects=3, gap=0, spread=1.0)


def test_everything_is_written(panel, done, tmp_path):
    seen = shopped(panel, EXAMPLE / "consultations.csv", CHINA)
    page = write_all(panel, done, seen, tmp_path).read_text(encoding="utf-8")
    for words in ("Synthetic data", "合成数据", "22 h 05 min", "pays the apps it rates", "does not stand"):
        assert words in page
    book = load_workbook(tmp_path / "numbers.xlsx")
    whole = {row[0]: row[2] for row in book["subjects"].iter_rows(min_row=2, values_only=True)}
    assert whole == pytest.approx(dict(zip(panel.subjects, done.whole, strict=True)))
    assert {p.name for p in tmp_path.glob("*.svg")} == {
        f"{name}.{tongue}.svg" for name in ("scores", "ranks", "replies") for tongue in ("zh", "en")
    }


def test_the_commands(shell: Shell):
    panel, scores = EXAMPLE / "panel.yaml", EXAMPLE / "scores.csv"
    told = shell.done("rate", "panel", panel, "--scores", scores, "--out", shell.folder / "rated")
    assert "does not stand (0/6)" in told
    form = shell.folder / "form.xlsx"
    shell.done("rate", "form", panel, "--out", form)
    assert "may hold scores" in shell.refused("rate", "form", panel, "--out", form)
    assert "there is nothing to rate" in shell.refused("rate", "panel", panel)
    assert "raters are enough" in shell.done("rate", "plan", "--subjects", 3, "--gap", 2, "--spread", 1)
