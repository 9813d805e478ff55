"""The self-inspection sheet: nine lines of a run, and what people enter beside it."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path
from threading import Thread

import msgspec
import openpyxl

from guiju.audit.folder import open_run
from guiju.audit.inspection import CLEAR, FOUND, NOT_SEEN, Entered, GoneOn, enter, inspect, seen_of
from shell import SHAM, Shell, burst, line


def audited(shell: Shell, *lines: str) -> Path:
    return shell.write(*lines).audited(*SHAM)


def test_a_line_is_found_clear_or_not_seen(shell: Shell) -> None:
    run = audited(shell, *burst())
    by_line = {one.number: one for one in inspect(open_run(run)).lines}
    assert list(by_line) == list(range(1, 10))
    assert by_line[5].verdict == FOUND
    assert {n for n, one in by_line.items() if one.verdict == NOT_SEEN} == set(range(1, 10)) - {5}
    clear = audited(shell, line(1))
    assert {one.number: one.verdict for one in inspect(open_run(clear)).lines}[5] == CLEAR


def test_a_rule_that_could_not_be_asked_is_not_clear(shell: Shell) -> None:
    run = shell.write(line(1)).audited("--only", "no_below_cost_sales")
    assert inspect(open_run(run)).lines[0].verdict == NOT_SEEN


def test_entries_are_added_and_the_last_word_holds(shell: Shell) -> None:
    run = audited(shell, *burst())
    shell.done("inspect", run, "--line", 5, "--owner", "Li Na", "--due", "2025-07-01", "--on", "2025-06-20")
    shell.done("inspect", run, "--line", 5, "--due", "2025-07-15", "--on", "2025-06-21")
    shell.write(*burst(seller="else"))
    later = shell.audited(*SHAM)
    shell.done("inspect", run, "--line", 5, "--rectified", "accounts closed", "--reaudit", later, "--on", "2025-07-16")
    [five] = [one for one in inspect(open_run(run)).lines if one.number == 5]
    assert five.entered
    assert (five.entered.owner, str(five.entered.due), five.entered.rectified) == (
        "Li Na",
        "2025-07-15",
        "accounts closed",
    )
    assert five.reaudit
    assert (five.reaudit.verdict, five.reaudit.again, five.reaudit.new) == (FOUND, 0, 1)
    assert shell.done("verify", run).endswith(": true\n"), "the run itself is as it was"
    told = " ".join(shell.done("inspect", run).split())
    assert "Li Na" in told
    assert "accounts closed" in told


ADDING = """
import sys
from datetime import date
from pathlib import Path
from guiju.audit.folder import open_run
from guiju.audit.inspection import Entered, enter
run = open_run(Path(sys.argv[1]))
for n in range(60):
    enter(run, "nine_donts", Entered(n % 9 + 1, date(2025, 6, 20), owner=f"{sys.argv[2]} {n}"))
"""


def test_of_several_who_enter_at_once_nobody_s_words_are_lost(shell: Shell) -> None:
    run = audited(shell, *burst())
    command = [sys.executable, "-c", ADDING, str(run)]
    at_work = [subprocess.Popen([*command, name]) for name in ("ann", "ben", "cem")]
    assert [one.wait() for one in at_work] == [0, 0, 0]
    owners = [entry["owner"] for entry in msgspec.json.decode(Path(f"{run}.nine_donts.json").read_bytes())]
    for name in ("ann", "ben", "cem"):
        assert [o for o in owners if o.startswith(name)] == [f"{name} {n}" for n in range(60)], "all, in their order"


def test_of_threads_that_read_the_same_line_one_is_first_and_the_others_are_told(shell: Shell) -> None:
    run = open_run(audited(shell, *burst()))
    seen, told = seen_of(None), list[str]()

    def say(name: str) -> None:
        try:
            enter(run, "nine_donts", Entered(5, date(2025, 6, 20), owner=name), seen)
        except GoneOn as error:
            told.append(str(error))

    threads = [Thread(target=say, args=(f"n{n}",)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == ["line 5 has gone on since it was read: read it anew"] * 11
    [five] = [one.entered for one in inspect(run).lines if one.number == 5]
    assert five is not None
    enter(run, "nine_donts", Entered(5, date(2025, 6, 21), due=date(2025, 7, 1)), seen_of(five))


def test_the_sheet_as_page_and_workbook(shell: Shell) -> None:
    run = audited(shell, *burst())
    shell.done("inspect", run, "--line", 5, "--owner", "<b>Li</b> =1+1", "--on", "2025-06-20")
    page, book = shell.folder / "sheet.html", shell.folder / "sheet.xlsx"
    shell.done("inspect", run, "--html", page, "--xlsx", book, "-l", "zh")
    html = page.read_text(encoding="utf-8")
    assert html.count("<tr><td>") == 9
    assert html.count('<td class="found">') == 1
    assert "&lt;b&gt;Li&lt;/b&gt; =1+1" in html
    sheet = openpyxl.load_workbook(book).active
    assert [sheet.cell(row, 1).value for row in range(4, 13)] == [str(n) for n in range(1, 10)]
    assert sheet.cell(8, 3).value == "发现"
    assert sheet.cell(8, 5).value == "<b>Li</b> =1+1"


def test_several_runs_stand_side_by_side(shell: Shell) -> None:
    audited(shell, *burst()).parent.rename(shell.folder / "sham")
    [run] = (shell.folder / "sham").iterdir()
    audited(shell, line(1)).parent.rename(shell.folder / "honest")
    page, book = shell.folder / "sheet.html", shell.folder / "sheet.xlsx"
    told = shell.done("inspect", shell.folder / "sham", shell.folder / "honest", "--html", page, "--xlsx", book)
    outcomes = {row.split()[0]: row.split()[1:] for row in told.splitlines() if row.startswith((" sham", " honest"))}
    assert outcomes == {"sham": [*"––––1––––"], "honest": [*"––––", "clear", *"––––"]}
    assert "no rule asks this line yet" in told
    assert page.read_text(encoding="utf-8").count('<td class="found">') == 2, "side by side, and in its own sheet"
    sheets = openpyxl.load_workbook(book)
    assert sheets.sheetnames == ["1", "2 sham", "3 honest"]
    assert [sheets["1"].cell(8, column).value for column in (3, 4)] == ["found 1", "clear"]
    both = (shell.folder / "sham", shell.folder / "honest")
    assert "an entry is about one run" in shell.refused("inspect", *both, "--line", 5, "--owner", "x")
    assert "named twice" in shell.refused("inspect", *both, *both)
    assert "a later run" in shell.refused("inspect", run, "--line", 5, "--reaudit", run)


def test_what_cannot_be_entered_is_refused(shell: Shell) -> None:
    run = audited(shell, *burst())
    assert "has no line 10; it has 1 to 9" in shell.refused("inspect", run, "--line", 10, "--owner", "x")
    assert "an entry is --line with" in shell.refused("inspect", run, "--line", 5)
    assert "an entry is --line with" in shell.refused("inspect", run, "--owner", "x")
    assert "is no date" in shell.refused("inspect", run, "--line", 5, "--due", "soon")
    assert "there is no sheet 'nine_dont'; did you mean nine_donts?" in shell.refused(
        "inspect", run, "--sheet", "nine_dont"
    )
    assert "is no run folder" in shell.refused("inspect", run, "--line", 5, "--reaudit", "nowhere")
    beside = run.with_name(f"{run.name}.nine_donts.json")
    beside.write_text("{", encoding="utf-8")
    assert "is not what guiju inspect wrote" in shell.refused("inspect", run)
