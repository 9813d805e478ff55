"""Pages that other commands drew, in the console: shown as they are, and nothing else of the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("litestar", reason="the console needs the extra [web]")
pytest.importorskip("argon2", reason="the console needs the extra [web]")

from console import Served

DRAWN = (
    '<!DOCTYPE html><html><head><meta name="generator" content="Guiju"><title>Growth &amp; more</title></head></html>'
)


def test_what_was_drawn_is_listed_and_shown_shut_off_from_the_console(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    (folder / "growth-2025-12").mkdir(parents=True)
    (folder / "growth-2025-12" / "growth.html").write_text(DRAWN, encoding="utf-8")
    (folder / "other.html").write_text("<html><title>Not ours</title></html>", encoding="utf-8")
    (folder / ".hidden.html").write_text(DRAWN, encoding="utf-8")
    (folder / "odd.html").write_bytes(b"\xff\xfe" + DRAWN.encode())
    (tmp_path / "secret.html").write_text(DRAWN, encoding="utf-8")
    (folder / "link.html").symlink_to(tmp_path / "secret.html")
    (tmp_path / "runs").mkdir()
    with Served(tmp_path / "console.db", tmp_path / "runs", pages=folder) as served:
        visit = served.visit("analyst")
        assert [(one["place"], one["title"]) for one in visit.json("/pages")["pages"]] == [
            ("growth-2025-12/growth.html", "Growth & more")
        ]
        told = visit.read("/pages/growth-2025-12/growth.html")
        assert told.text == DRAWN
        assert "sandbox" in told.headers["content-security-policy"]
        assert "script-src" not in told.headers["content-security-policy"]
        for place in ("other.html", "link.html", "../secret.html", "%2e%2e/secret.html", ".hidden.html", "no.html"):
            assert visit.read(f"/pages/{place}").status_code == 404, place
        assert served.visit().read("/pages/growth-2025-12/growth.html").status_code == 303


def test_without_a_folder_it_says_how_to_name_one(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    with Served(tmp_path / "console.db", tmp_path / "runs") as served:
        assert "guiju serve --pages" in served.visit("analyst").read("/pages?language=en").text
