"""Runs in the console as people use them: an audit is begun, watched, cancelled, survives, and a run is verified."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console import NOW, PASSWORD, QUICK, Served, Visit, chromium
from eventually import LONGEST_SECONDS, eventually
from guiju.audit.folder import runs_in
from guiju.web.console.console import Console
from ports import free_port
from shell import HEAD as COLUMNS
from shell import Shell, burst, line

HERE = Path(__file__).parent
AXE = (HERE / "axe" / "axe.min.js").read_text(encoding="utf-8")
SHAM = {"set": "spring", "jurisdiction": "CN", "rule": ["no_sham_orders", "no_trades_with_oneself"]}


def write(folder: Path, *lines: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "orders.csv").write_text("\n".join([COLUMNS, *lines]) + "\n", encoding="utf-8")


@pytest.fixture
def hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """While it is there, audits of processes begun from here hold before each rule."""
    monkeypatch.setenv("GUIJU_HOLD", str(tmp_path / "hold"))
    monkeypatch.setenv("GUIJU_HOLD_AUDITS", "yes")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(HERE / "held"), *(p for p in sys.path if p)]))
    (tmp_path / "hold").touch()
    return tmp_path / "hold"


@pytest.fixture
def served(tmp_path: Path, hold: Path) -> Iterator[Served]:
    write(tmp_path / "sets" / "spring", *burst())
    write(tmp_path / "sets" / "mixed", line(1), line(2, currency="USD"))
    (tmp_path / "runs").mkdir()
    with Served(tmp_path / "console.db", tmp_path / "runs", records=tmp_path / "sets") as made:
        yield made
        end_all(made.console)


def end_all(console: Console) -> None:
    """No process outlives its test."""
    for number in console.jobs.numbers():
        if (job := console.jobs.of(number)) and job.is_open:
            console.jobs.cancel(number, "test")
            eventually(lambda n=number: not console.jobs.of(n).is_open, "the end of a job")


def begun(visit: Visit, **asked: Any) -> str:
    """The address of the job that comes of asking for an audit."""
    visit.read(f"/jobs/audit?set={asked.get('set', 'spring')}")
    told = visit.send("/jobs/audit", SHAM | asked)
    assert told.status_code == 303, told.text
    return str(told.headers["location"])


def test_an_audit_is_begun_watched_and_leads_to_its_findings(served: Served, hold: Path):
    analyst, reviewer = served.visit("analyst"), served.visit("reviewer")
    at = begun(analyst)
    asking = eventually(lambda: (now := reviewer.json(at))["phase"] == "phase_asking" and now, "asking")
    assert [step["state"] for step in asking["steps"]] == ["rule_now", "rule_later"]
    assert (asking["job"]["who"], asking["job"]["state"]) == ("analyst", "running")
    page = reviewer.read(at).text
    assert f'hx-get="{at}"' in page
    assert f'<noscript><p><a class="button" href="{at}">' in page
    assert "/cancelled" not in page, "a reviewer reads"
    assert "at work" in reviewer.read("/runs").text
    hold.unlink()
    done = eventually(lambda: not (now := analyst.json(at))["is_open"] and now, "the end")
    assert done["job"]["state"] == "done"
    assert {step["rule"]: (step["state"], step["found"]) for step in done["steps"]} == {
        "no_sham_orders": ("rule_asked", 1),
        "no_trades_with_oneself": ("rule_blind", None),  # there are no sign-ins: that is not clear
    }
    page = analyst.read(at).text
    assert "hx-get" not in page
    assert f'href="/runs/{done["run"]}/findings"' in page
    assert analyst.json(f"/runs/{done['run']}/findings")["total"] == 1
    assert analyst.read("/findings").headers["location"] == f"/runs/{done['run']}/findings"


def test_refused_records_are_told_as_the_command_line_tells_them(served: Served, hold: Path, shell: Shell):
    hold.unlink()
    visit = served.visit("operator")
    at = begun(visit, set="mixed")
    told = eventually(lambda: not (now := visit.json(at))["is_open"] and now, "the end")
    shell.write(line(1), line(2, currency="USD"))
    assert (told["job"]["state"], told["says"]) == ("refused", shell.refused("audit", shell.records))
    again = told["again"]
    assert re.sub(r"&#39;", "'", visit.read(at).text).count(told["says"]) == 1
    assert 'value="no_sham_orders" checked' in visit.read(again).text, "what was chosen is chosen again"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"day": "soon"}, "is no date: write it as 2025-12-31"),
        ({"rule": "no_such_rule"}, "there is no rule &#39;no_such_rule&#39;"),
        ({"jurisdiction": "XX"}, "the rulebook has no jurisdiction XX"),
        ({"jurisdiction": "EU"}, "is a rule of CN"),
        ({"set": "../runs"}, "choose one of the list"),
        ({"set": "link"}, "choose one of the list"),
        ({"mapping": "../../etc/passwd"}, "choose one of the list"),
        ({"set": "leaky"}, "is a link that leads out of the set"),
    ],
)
def test_what_cannot_be_asked_is_said_before_anything_begins(served: Served, tmp_path: Path, asked: Any, said: str):
    (tmp_path / "sets" / "link").symlink_to(tmp_path / "runs")
    (tmp_path / "sets" / "leaky").mkdir()
    (tmp_path / "sets" / "leaky" / "orders.csv").symlink_to(tmp_path / "sets" / "spring" / "orders.csv")
    visit = served.visit("analyst")
    visit.read("/jobs/audit?set=spring")
    told = visit.send("/jobs/audit", SHAM | asked)
    assert told.status_code == 422
    assert said in told.text
    assert served.console.jobs.numbers() == []


def test_a_family_stands_for_its_rules_and_a_mapping_for_foreign_names(served: Served, tmp_path: Path, hold: Path):
    hold.unlink()
    foreign = tmp_path / "sets" / "foreign"
    write(foreign, *burst())
    (foreign / "orders.csv").rename(foreign / "sales.csv")
    (foreign / "ours.yaml").write_text("tables: {orders: {from: sales.csv}}\n", encoding="utf-8")
    visit = served.visit("admin")
    at = begun(visit, set="foreign", mapping="ours.yaml", rule=[], family="trade")
    told = eventually(lambda: not (now := visit.json(at))["is_open"] and now, "the end")
    assert (told["job"]["state"], told["says"]) == ("done", "")
    assert {step["rule"] for step in told["steps"]} == {"no_sham_orders", "no_trades_with_oneself"}


def test_where_the_disk_keeps_no_job_it_is_said(served: Served, tmp_path: Path):
    (tmp_path / "runs" / ".jobs").write_text("in the way")
    visit = served.visit("analyst")
    visit.read("/jobs/audit?set=spring")
    told = visit.send("/jobs/audit", SHAM)
    assert told.status_code == 422
    assert ".jobs: file exists; name another place" in told.text
    (tmp_path / "runs" / ".jobs").unlink()


def test_only_those_who_may_begin_and_cancel(served: Served):
    analyst, reviewer, operator = (served.visit(role) for role in ("analyst", "reviewer", "operator"))
    at = begun(analyst)
    for address in ("/jobs/audit", f"{at}/cancelled"):
        assert reviewer.send(address, SHAM).status_code == 403
    assert reviewer.read("/jobs/audit").status_code == 403
    operator.read(at)
    assert operator.send(f"{at}/cancelled", {}).status_code == 303
    told = eventually(lambda: not (now := analyst.json(at))["is_open"] and now, "the end")
    assert (told["job"]["state"], told["cancelled"][0]) == ("cancelled", "operator")
    assert "no half-written run is left" in analyst.read(at).text
    assert runs_in(served.console.runs.folder) == []
    assert analyst.read("/jobs/99").status_code == 404


def test_verify_says_file_by_file_what_guiju_verify_says(served: Served, hold: Path, tmp_path: Path, shell: Shell):
    hold.unlink()
    visit = served.visit("analyst")
    at = begun(visit)
    run = eventually(lambda: visit.json(at)["run"], "the run")
    folder = tmp_path / "runs" / run

    def verdict() -> Any:
        visit.read("/runs")
        at = visit.send(f"/runs/{run}/verified", {}).headers["location"]
        told = eventually(lambda: not (now := visit.json(at))["is_open"] and now, "the end")
        return told["verdict"], visit.read(at).text

    whole, page = verdict()
    assert (whole["faults"], whole["others"]) == (0, [])
    assert {one["name"] for one in whole["files"]} >= {"manifest.json", "findings.parquet", "report.html"}
    assert "True: no file was changed" in page
    (folder / "report.html").write_text("<p>all is well</p>")
    (folder / "quarantine.parquet").unlink()
    (folder / "added.txt").touch()
    changed, page = verdict()
    said = shell("verify", folder)
    faults = {f"{one['name']}: {fault}" for one in changed["files"] for fault in one["faults"]}
    assert faults | set(changed["others"]) == {*said.err.splitlines()}
    assert len(faults) == changed["faults"] == 3
    assert "False, faults: 3." in page
    assert [one["bytes"] for one in changed["files"] if one["name"] == "quarantine.parquet"] == [None]
    assert visit.send("/runs/nothing/verified", {}).status_code == 404


def test_records_asked_anew_say_the_same_or_how_they_differ(served: Served, hold: Path, tmp_path: Path, shell: Shell):
    hold.unlink()
    visit = served.visit("operator")
    at = begun(visit)
    run = eventually(lambda: visit.json(at)["run"], "the run")
    assert "Ask the records again" in visit.read("/runs").text
    assert "spring" in visit.read(f"/runs/{run}/verifying").text

    def verdict(**sent: str) -> tuple[Any, str]:
        visit.read(f"/runs/{run}/verifying")
        told = visit.send(f"/runs/{run}/verified", {"set": "spring", **sent})
        assert told.status_code == 303, told.text
        at = told.headers["location"]
        told = eventually(lambda: not (now := visit.json(at))["is_open"] and now, "the end")
        return told["verdict"], visit.read(at).text

    same, page = verdict()
    assert (same["records"], same["anew"], same["faults"]) == ("spring", [], 0)
    assert "The same is found as in the run" in page
    write(tmp_path / "sets" / "spring", line(1), line(2))
    other, page = verdict()
    said = shell("verify", tmp_path / "runs" / run, "--records", tmp_path / "sets" / "spring")
    assert set(other["anew"]) == {*said.err.splitlines()}, "as the command says it"
    assert other["faults"] == len(other["anew"]) > 1
    (tmp_path / "runs" / run / "report.html").write_text("<p>all is well</p>")
    assert verdict()[0]["records"] == "", "what is not whole is not asked"
    for sent, words in (({"set": "none"}, "no set of records"), ({"mapping": "spring/no.yaml"}, "no mapping")):
        refused = visit.send(f"/runs/{run}/verified", {"set": "spring", **sent})
        assert refused.status_code == 422
        assert words in refused.text
    assert visit.read("/runs/nothing/verifying").status_code == 404
    assert served.visit("reviewer").read(f"/runs/{run}/verifying").status_code == 403


def test_where_no_records_are_named_it_is_said(tmp_path: Path):
    (tmp_path / "runs").mkdir()
    with Served(tmp_path / "console.db", tmp_path / "runs") as bare:
        assert "guiju serve --records FOLDER" in bare.visit("analyst").read("/jobs/audit").text


def serve(tmp_path: Path) -> tuple[subprocess.Popen[str], str]:
    """`guiju serve` in a process of its own, and where it is."""
    port = free_port()
    command = [sys.executable, "-m", "guiju", "serve", "--runs", "runs", "--records", "sets", "--store", "c.db"]
    made = subprocess.Popen([*command, "--port", str(port)], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    assert made.stderr
    eventually(lambda: "the console is at" in made.stderr.readline(), "a console")
    return made, f"http://127.0.0.1:{port}"


def test_a_job_outlives_its_console(tmp_path: Path, hold: Path):
    write(tmp_path / "sets" / "spring", *burst())
    console = Console(tmp_path / "c.db", tmp_path / "runs", hasher=QUICK)
    console.accounts.change("admin", console.accounts.begin() or "", PASSWORD)
    token = console.sessions.begin("admin")

    def visit(url: str) -> Visit:
        made = Visit(url)
        made.client.cookies.set("guiju_session", token, domain="127.0.0.1")
        return made

    first, url = serve(tmp_path)
    try:
        at, broken = begun(visit(url)), begun(visit(url))
        eventually(lambda: visit(url).json(at)["phase"] == "phase_asking", "asking")
        eventually(lambda: visit(url).json(broken)["phase"] == "phase_asking", "asking")
        first.kill()
        first.wait(LONGEST_SECONDS)
        os.kill(console.jobs.of(int(broken.rpartition("/")[2])).far.process, signal.SIGKILL)
        hold.unlink()
        second, url = serve(tmp_path)
        try:
            told = eventually(lambda: not (now := visit(url).json(at))["is_open"] and now, "the end")
            assert told["job"]["state"] == "done"
            assert [run.folder.name for run in runs_in(tmp_path / "runs")] == [told["run"]]
            assert visit(url).json(broken)["job"]["state"] == "broken_off"
            assert "without a word on what came of it" in visit(url).read(broken).text
        finally:
            second.kill()
            second.communicate()
    finally:
        first.kill()
        first.communicate()
        end_all(console)
        console.close()


@pytest.mark.parametrize(("language", "width", "theme"), [("zh-CN", 390, "dark"), ("en-GB", 1280, "light")])
def test_a_person_walks_from_records_to_findings(
    served: Served, hold: Path, language: str, width: int, theme: str
):  # fmt: skip
    zh = language == "zh-CN"
    with chromium() as browser:
        context = browser.new_context(viewport={"width": width, "height": 900}, locale=language)
        context.set_default_timeout(1000 * LONGEST_SECONDS)
        session = {"name": "guiju_session", "value": served.console.sessions.begin("analyst"), "url": served.url}
        context.add_cookies([session, {"name": "guiju_theme", "value": theme, "url": served.url}])
        page, said = context.new_page(), list[str]()
        page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)

        def looked_at() -> None:
            """Nothing is wider than the page, and axe finds nothing."""
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            page.evaluate(AXE)
            found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
            assert not found, [(v["id"], [n["html"] for n in v["nodes"]]) for v in found]

        page.goto(f"{served.url}/runs")
        looked_at()
        page.get_by_role("link", name="新的审计" if zh else "New audit").click()
        page.get_by_role("link", name="选它：spring" if zh else "Choose spring").click()
        page.locator("details", has=page.locator("input[value=no_sham_orders]")).locator("summary").click()
        page.locator("input[value=no_sham_orders]").check()
        looked_at()
        page.get_by_role("button", name="开始审计" if zh else "Begin the audit").click()
        page.locator(".steps .rule_now").wait_for()  # comes by itself: nobody asks again
        looked_at()
        if zh:
            hold.unlink()
            page.get_by_role("link", name="看发现" if zh else "To the findings").wait_for()
            looked_at()
            page.get_by_role("link", name="看发现" if zh else "To the findings").click()
            page.locator(".findings li").wait_for()
            page.goto(f"{served.url}/runs")
            looked_at()
            page.get_by_role("button", name="核对" if zh else "Verify").click()
            page.locator(".files li").first.wait_for()
            looked_at()
        else:
            page.get_by_role("button", name="取消" if zh else "Cancel").click()
            page.get_by_role("link", name="再问一次" if zh else "Ask the same again").wait_for()
            looked_at()
            page.get_by_role("link", name="Ask the same again").click()
            page.get_by_role("button", name="Begin the audit").click()
            page.locator(".steps .rule_now").wait_for()
            served.console.sessions.end_all("analyst")
            page.locator("input[name=password]").wait_for()  # whoever watches is asked to sign in, and nothing is lost
        assert not said
    assert served.now == NOW
