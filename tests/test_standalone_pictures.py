"""Pictures a journalist puts into an article: files of their own, SVG and PNG, with every label in one language."""

from __future__ import annotations

import builtins
import runpy
import struct
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from guiju.audit.report.drawing import WIDTH, Canvas
from guiju.audit.report.standalone import NO_FONT, NO_RENDERER, ROOM, ZOOM, alone, png, why_no_png, write_pictures
from shell import Shell

EXAMPLE = Path(__file__).parents[1] / "examples" / "aesthetics"


@pytest.fixture
def picture() -> str:
    canvas = Canvas(60, ("国规", "words"))
    canvas.text(0, 20, ("国规", "words"))
    return str(canvas.svg())


@pytest.fixture
def without_renderer(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refusing(name: str, *rest: Any, **more: Any) -> Any:
        if name == "resvg_py":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", refusing)


def test_an_svg_file_shows_one_language_with_room_around(picture: str) -> None:
    for language, other in (("zh", "en"), ("en", "zh")):
        tree = ElementTree.fromstring(alone(picture, language))
        assert tree.attrib["viewBox"] == f"{-ROOM} {-ROOM} {WIDTH + 2 * ROOM} {60 + 2 * ROOM}"
        style = tree.find("{http://www.w3.org/2000/svg}style")
        assert style is not None
        assert style.text == f".{other} {{ display: none; }}"


def test_a_png_has_its_size_and_its_words(picture: str, tmp_path: Path) -> None:
    pytest.importorskip("resvg_py", reason="PNG needs the extra [png]")
    if why_no_png() == NO_FONT:
        pytest.skip("no Chinese font on this machine")
    assert write_pictures({"one": picture}, tmp_path) is None
    drawn = {language: (tmp_path / f"one.{language}.png").read_bytes() for language in ("zh", "en")}
    for data in drawn.values():
        assert data.startswith(b"\x89PNG")
        assert struct.unpack(">II", data[16:24]) == ((WIDTH + 2 * ROOM) * ZOOM, (60 + 2 * ROOM) * ZOOM)
    assert drawn["zh"] != drawn["en"] != png(alone(str(Canvas(60, ("", "")).svg()), "en"))


def test_without_a_chinese_font_no_png_is_written_that_lacks_its_labels() -> None:
    pytest.importorskip("resvg_py", reason="PNG needs the extra [png]")
    assert why_no_png(skip_system_fonts=True) == NO_FONT


def test_without_the_extra_there_is_a_sentence_and_no_old_png(
    picture: str, tmp_path: Path, without_renderer: None
) -> None:
    old = tmp_path / "one.zh.png"
    old.write_bytes(b"of another rating")
    assert write_pictures({"one": picture}, tmp_path) == NO_RENDERER
    assert not old.exists()
    assert (tmp_path / "one.zh.svg").exists()


def test_the_command_says_how_to_get_png(shell: Shell, without_renderer: None) -> None:
    words = ("rate", "panel", EXAMPLE / "panel.yaml", "--scores", EXAMPLE / "scores.csv", "--out", shell.folder / "r")
    assert NO_RENDERER[1] in shell.done(*words)
    assert NO_RENDERER[0] in shell.done(*words, "--language", "zh")


def test_the_example_runs_from_one_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["run.py", "--out", str(tmp_path)])
    runpy.run_path(str(EXAMPLE / "run.py"), run_name="__main__")
    said = capfd.readouterr().out
    assert "does not stand (0/6)" in said
    assert "20 raters are enough for 80 %" in said
    assert (tmp_path / "rating.html").is_file()
    suffixes = {".svg"} if why_no_png() else {".svg", ".png"}
    assert {p.name for p in tmp_path.iterdir() if p.suffix in {".svg", ".png"}} == {
        f"{name}.{language}{suffix}"
        for name in ("scores", "ranks", "replies") for language in ("zh", "en") for suffix in suffixes
    }  # fmt: skip
