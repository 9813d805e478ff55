"""Pages that other commands drew, in the console: shown as they are, and nothing else of the disk."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("litestar", reason="the console needs the extra [web]")
pytest.importorskip("argon2", reason="the console needs the extra [web]")

from console import Served, chromium
from made_runs import finding, run_of, usual_evidence

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


def test_a_report_of_an_audit_leads_to_its_findings_or_says_how_they_are_looked_through(tmp_path: Path) -> None:
    rule = next(iter(usual_evidence()))
    for runs, name in (("runs", "2025-12-31-aabbccdd"), ("earlier/runs", "2024-12-31-aabbccdd")):
        run_of(tmp_path / runs / name, [finding(rule, 1)], usual_evidence())
        (tmp_path / runs / name / "report.html").write_text(DRAWN, encoding="utf-8")
    with Served(tmp_path / "console.db", tmp_path / "runs", pages=tmp_path) as served:
        visit = served.visit("analyst")
        by = {one["place"]: (one["run"], one["elsewhere"]) for one in visit.json("/pages")["pages"]}
        assert by == {
            "runs/2025-12-31-aabbccdd/report.html": ("2025-12-31-aabbccdd", ""),
            "earlier/runs/2024-12-31-aabbccdd/report.html": ("", "earlier/runs"),
        }
        page = visit.read("/pages?language=en").text
        [at] = re.findall(r'class="badge" href="([^"]+)">Findings', page)
        assert visit.json(at)["total"] == 1
        assert "<code>guiju serve --runs earlier/runs</code>" in page
        assert 'href="/runs/2024-12-31-aabbccdd' not in page


def test_without_a_folder_it_says_how_to_name_one(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    with Served(tmp_path / "console.db", tmp_path / "runs") as served:
        assert "guiju serve --pages" in served.visit("analyst").read("/pages?language=en").text


def test_a_report_begins_in_its_reader_s_language_and_leads_back(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    (tmp_path / "runs").mkdir()
    report = (
        '<!DOCTYPE html><html lang="zh-CN"><head><meta name="generator" content="Guiju"><title>R</title>'
        "<style>#zh, #en { position: absolute; opacity: 0; pointer-events: none } "
        "#zh:checked ~ * .en, #en:checked ~ * .zh { display: none }</style></head>"
        '<body>\n<input type="radio" name="language" id="zh" checked><input type="radio" name="language" id="en">'
        '<label for="zh">zh</label><label for="en">en</label>\n<script>\nalert(1)\n</script>'
        '<p><span class="zh">报告</span><span class="en">report</span></p></body></html>'
    )
    (folder / "r.html").write_text(report, encoding="utf-8")
    with Served(tmp_path / "console.db", tmp_path / "runs", pages=folder) as served, chromium() as browser:
        page, said = browser.new_page(), list[str]()
        page.context.add_cookies([{
            "name": "guiju_session", "value": served.console.sessions.begin("analyst"), "url": served.url,
        }])  # fmt: skip
        page.on("console", lambda one: said.append(one.text))
        for language, word, other in (("zh", "报告", "report"), ("en", "report", "报告")):
            page.goto(f"{served.url}/pages/r.html?language={language}")
            assert word in page.inner_text("body p >> nth=1")
            page.click(f"label[for={'en' if language == 'zh' else 'zh'}]")
            assert page.inner_text("body p >> nth=1") == other, "the page's own switch works without its script"
            page.click("body p a")
            page.wait_for_url(f"{served.url}/pages")
            assert page.title(), "signed in still"
        assert [one for one in said if "script" in one.lower()] == []
