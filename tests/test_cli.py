"""The command line: every command once, what a call may be, and what it says of calls that are not."""

from __future__ import annotations

import re
import resource
import statistics
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from typer.main import get_command

import guiju
from guiju.checks import checks
from guiju.cli.commands import app
from guiju.cli.demo import situations
from guiju.cli.terminal import legible, print_rows
from guiju.records import tables
from guiju.twin.groupbuy import LEAST_ORDERS
from shell import HEAD, SELLER, SHAM, Shell, burst, line, start

# Help


def commands() -> dict[str, object]:
    top = get_command(app)
    found = dict(top.commands)
    for name, group in top.commands.items():
        found |= {f"{name} {sub}": command for sub, command in getattr(group, "commands", {}).items()}
    return found


@pytest.mark.parametrize("name", commands())
def test_every_command_has_help(shell: Shell, name: str) -> None:
    command = commands()[name]
    assert command.help
    assert [p.name for p in command.params if not getattr(p, "help", None) and p.name != "help"] == []
    assert " ".join(command.help.split())[:40] in " ".join(shell.done(*name.split(), "--help").split())


def test_help_is_instant_and_brings_in_no_engine() -> None:
    def seconds(*command: str) -> float:
        """Of the processor: whatever else the machine does."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *command], check=True, capture_output=True, timeout=300)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    engine = seconds("-c", "import ibis, duckdb, polars, scipy; ibis.duckdb")  # on this machine, at this moment
    assert statistics.median(seconds("-m", "guiju", "--help") for _ in range(3)) < engine
    heavy = ("ibis", "duckdb", "polars", "pandas", "pyarrow", "numpy", "scipy")
    program = f"import atexit; atexit.register(lambda: print([m for m in {heavy} if m in sys.modules]))"
    with start("--help", program=program) as process:
        assert process.communicate(timeout=300)[0].splitlines()[-1] == "[]"


def test_nothing_at_all_is_answered_with_help(shell: Shell) -> None:
    said = shell()
    assert (said.status, said.out) == (2, "")
    assert "Ask every rule of some records" in said.err


# Every command once


def test_the_version() -> None:
    ran = subprocess.run([sys.executable, "-m", "guiju", "--version"], capture_output=True, text=True)
    assert ran.stdout == f"guiju {version('guiju')}\n" == f"guiju {guiju.__version__}\n"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_run_from_audit_to_verify(shell: Shell, language: str) -> None:
    said = shell.audit(*SHAM, "-l", language)
    assert said.status == 0, said
    assert re.search(r"no_sham_orders +1 +CNY 120.00", said.out)
    assert ("发现" in said.out) is (language == "zh")
    assert said.err == ""  # no bar where there is no terminal
    [name] = shell.left()
    run = shell.runs / name
    assert f"{run}/report.html" in said.out

    assert shell.done("runs", shell.runs) == f"{run}  CN  no_sham_orders 1\n"
    listed = shell.done("findings", shell.runs, "-l", language)
    [(id, when, told)] = re.findall(r"^  ([0-9a-f]{16})  (\S+ \S+ – \S+)  (.*)$", listed, re.MULTILINE)
    assert when == "2025-06-10 18:00 – 18:11"
    assert ("12 笔" in told) is (language == "zh")
    assert SELLER not in listed
    assert SELLER in shell.done("findings", run, "--unmask")

    shown = shell.done("evidence", run, id[:3])
    assert re.search(r"^formula \(en\) +\S", shown, re.MULTILINE)
    assert re.search(r"^limit min_orders +10 \(", shown, re.MULTILINE)
    assert re.search(r"^fact window_orders: \w", shown, re.MULTILINE)
    assert re.findall(r"^input (\S+)", shown, re.MULTILINE) == ["orders.csv"]
    assert "orders: 12 rows" in shown
    assert "… and 9 more rows (--most)" in shell.done("evidence", run, id, "--most", 3)

    assert shell.done("verify", run) == f"{run}: true\n"
    assert shell.done("verify", run, "--records", shell.records) == f"{run}: true\n"


def test_the_text_of_an_advert_is_shown_where_the_terminal_is_narrow(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    rows = pl.DataFrame({"id": ["a1", "a2"], "seller": ["s" * 30, "t" * 30], "text": ["好" * 50, "佳" * 50]})
    print_rows({"adverts": rows}, 20)
    said = capsys.readouterr().out
    assert (said.count("好"), said.count("佳")) == (50, 50)
    assert "not shown: seller" in said


def test_what_was_set_aside_can_be_read(shell: Shell) -> None:
    shell.patch.setenv("COLUMNS", "200")
    shell.write(*burst(), "p,bad,yesterday,s,b,tea,1,CNY,1,0,0")
    run = shell.audited()
    listed = shell.done("quarantine", run)
    assert re.search(r"^quarantine: 1 row *$", listed, re.MULTILINE)
    assert "orders.csv" in listed
    assert "yesterday" in shell.done("quarantine", shell.runs, "--table", "orders", "--unmask")
    assert "read no table 'order'; did you mean orders?" in shell.refused("quarantine", run, "--table", "order")
    shell.write(*burst())
    assert shell.done("quarantine", shell.audited()) == "no row is in quarantine\n"


def test_a_workbook_holds_every_row(shell: Shell) -> None:
    run = shell.audited()
    [found] = guiju.open_run(run).findings
    path = shell.folder / "证据 1.xlsx"
    assert f"{path}: finding {found.id} with 12 rows" in shell.done(
        "evidence", run, found.id, "--xlsx", path, "--unmask"
    )
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["finding", "workings buyers", "orders", "columns"]
    head, *told = book["columns"].values
    assert [row[1] for row in told] == [name.removesuffix(" (UTC)") for name in next(book["orders"].values)]
    assert dict(zip(head, told[0], strict=True)).items() >= {"table": "orders", "含义": "平台：该行来自的平台"}.items()
    custody = dict(book["finding"].values)
    assert custody["subject"] == SELLER
    assert custody["evidence"] == f"12 rows, digest {found.evidence_digest}"
    head, *rows = book["orders"].values
    assert [row[head.index("id")] for row in rows] == [f"o{i}" for i in range(12)]
    assert sum(row[head.index("gross_amount")] for row in rows) == 120


def test_checks_records_and_rulebook(shell: Shell) -> None:
    assert [text.split(":")[0] for text in shell.done("checks").splitlines()] == [
        f"{c.family}/{c.name}" for c in checks().values()
    ]
    for name in checks():
        assert shell.done("checks", name).startswith(f"# {name}\n")
    assert [text.split(":")[0] for text in shell.done("records").splitlines()] == list(tables())
    assert "  id (needed): string – " in shell.done("records", "orders")
    assert [text.split("（")[0] for text in shell.done("records", "-l", "zh").splitlines()] == list(tables())
    assert "  id（必填）：string – 订单行编号：" in shell.done("records", "orders", "-l", "zh")
    for language, word in (("en", "No sham orders"), ("zh", "不得刷单虚构交易")):
        assert word in shell.done("rulebook", "list", "-l", language)
        assert word in shell.done("rulebook", "show", "no_sham_orders", "-l", language)
    assert "no limits in force" in shell.done("rulebook", "show", "no_sham_orders", "--on", "1999-01-01")


def test_the_demo_walks_every_situation(shell: Shell) -> None:
    for language in ("en", "zh"):
        walked = shell.done("demo", "-l", language)
        assert all(s.name[language] in walked and f"$ {s.command}" in walked for s in situations())


def test_a_twin_is_a_market_to_audit(shell: Shell) -> None:
    market = shell.folder / "market"
    made = shell.done("twin", "groupbuy", "--orders", LEAST_ORDERS, "--out", market)
    assert made.startswith(f"{market}: a market of about {LEAST_ORDERS:,} orders")
    made_of = {p.stem for p in market.iterdir()}
    assert made_of - {"truth"} <= set(tables())
    assert {"orders", "listings", "truth"} <= made_of
    said = shell("audit", market, "--out", shell.runs, *SHAM)
    assert said.status == 0
    assert "not used: truth.parquet" in said.out
    assert "2000" in shell.refused("twin", "groupbuy", "--orders", LEAST_ORDERS - 1, "--out", market)


# Calls that cannot be

CALLS = {
    "no such command": (["ask"], "no such command 'ask'; guiju --help"),
    "no such option": (["audit", "RECORDS", "--quick"], "no such option: --quick"),
    "nothing to audit": (["audit"], "missing argument 'records'; guiju audit --help"),
    "no such folder": (["audit", "nowhere"], "nowhere: there is no such folder of records"),
    "a file of records": (
        ["audit", "RECORDS/orders.csv"],
        "orders.csv: is a file; name the folder that holds it",
    ),
    "no such mapping": (["audit", "RECORDS", "-m", "map.yaml"], "map.yaml: there is no such mapping file"),
    "a folder as mapping": (["audit", "RECORDS", "-m", "RECORDS"], "cannot be read (Is a directory)"),
    "no day": (
        ["audit", "RECORDS", "--day", "yesterday"],
        "the day 'yesterday' is no date: write it as 2025-12-31",
    ),
    "a day after all": (
        ["audit", "RECORDS", "--day", "9999-12-31"],
        "9999-12-31 is not between the years 1990 and",
    ),
    "a day before all": (
        ["audit", "RECORDS", "--day", "0001-01-01"],
        "0001-01-01 is not between the years 1990",
    ),
    "a day without law": (
        ["audit", "RECORDS", "--day", "1990-01-01"],
        "no rule asked has limits in force in the year up to 1990-01-01: the first begin on 1998-05-01",
    ),
    "no such rule": (
        ["audit", "RECORDS", "--only", "no_shame_orders"],
        "there is no rule 'no_shame_orders'; did you mean no_sham_orders?",
    ),
    "no such jurisdiction": (["audit", "RECORDS", "-j", "FR"], "no jurisdiction FR; it has CN, EU"),
    "a rule of elsewhere": (
        ["audit", "RECORDS", "-j", "EU", "--only", "no_sham_orders"],
        "no rule is left to ask in EU: no_sham_orders is a rule of CN; change --jurisdiction or --only",
    ),
    "another language": (["audit", "RECORDS", "-l", "fr"], "'fr' is not one of 'en', 'zh'"),
    "findings in another language": (["findings", "RUNS", "-l", "fr"], "'fr' is not one of 'en', 'zh'"),
    "a demo in another language": (["demo", "-l", "fr"], "'fr' is not one of 'en', 'zh'"),
    "no such folder of runs": (["runs", "nowhere"], "there is no run in nowhere; guiju audit makes one"),
    "findings of no run": (
        ["findings", "RECORDS"],
        "records is no run folder and holds none: guiju audit makes one",
    ),
    "findings of a rule not asked": (
        ["findings", "RUNS", "--rule", "no_sham_order"],
        "asked no rule 'no_sham_order'; did you mean no_sham_orders?",
    ),
    "fewer than no findings": (["findings", "RUNS", "--most", "-1"], "invalid value for '--most'"),
    "no such finding": (["evidence", "RUNS", "xyz"], "no finding's id begins with 'xyz': guiju findings"),
    "any finding": (["evidence", "RUNS", ""], "no finding's id begins with '': guiju findings"),
    "verify of nothing": (["verify", "nowhere"], "nowhere is no run folder and holds none"),
    "no such check": (["checks", "brushing"], "there is no check 'brushing'; there are "),
    "no such table": (["records", "order"], "there is no table 'order'; there are "),
    "no such rule to show": (["rulebook", "show", "x"], "there is no rule 'x'; guiju rulebook list shows"),
    "no day to show": (["rulebook", "show", "no_sham_orders", "--on", "x"], "the day 'x' is no date"),
    "too small a twin": (["twin", "groupbuy", "--orders", "3"], "invalid value for '--orders'"),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with records and a run of them, only looked at."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "records").mkdir()
    (folder / "records" / "orders.csv").write_text("\n".join([HEAD, *burst()]) + "\n", encoding="utf-8")
    guiju.audit(folder / "records", out=folder / "runs", only=["no_sham_orders"])
    return folder


@pytest.mark.parametrize(("words", "expected"), CALLS.values(), ids=CALLS)
def test_a_call_that_cannot_be_is_one_sentence(shell: Shell, made: Path, words: list[str], expected: str) -> None:
    shell.patch.chdir(shell.folder)
    places = {"RECORDS": f"{made}/records", "RUNS": f"{made}/runs"}
    given = [re.sub("RECORDS|RUNS", lambda found: places[found[0]], word) for word in words]
    assert expected in shell.refused(*given)
    assert [p.name for p in shell.folder.iterdir()] == ["records"]  # nothing was begun


def test_an_id_must_name_one_finding(shell: Shell) -> None:
    shell.write(*burst(), *(line(100 + i, seller=f"s{i // 12}") for i in range(17 * 12)))
    run = shell.audited()
    ids = [f.id for f in guiju.open_run(run).findings]
    assert len(ids) == 18  # of sixteen beginnings one stands twice
    letter = next(a for a in "0123456789abcdef" if sum(id.startswith(a) for id in ids) > 1)
    assert "write more of one, as " in shell.refused("evidence", run, letter)


OUT = {
    "a file": ("records/orders.csv", "file exists"),
    "below a file": ("records/orders.csv/runs", "not a directory"),
    "where nobody may write": ("/proc/runs", "no such file or directory"),
}


@pytest.mark.parametrize(("out", "expected"), OUT.values(), ids=OUT)
def test_a_place_that_takes_no_run(shell: Shell, out: str, expected: str) -> None:
    shell.patch.chdir(shell.folder)
    said = shell.refused("audit", "records", *SHAM, "--out", out)
    assert f"{expected}; name another place" in said
    assert out.split("/")[-1] in said


@pytest.mark.parametrize(
    ("path", "expected"),
    [("records", "is a directory"), ("nowhere/x.xlsx", "no such file"), ("/proc/x.xlsx", "no such file")],
)
def test_a_place_that_takes_no_workbook(shell: Shell, made: Path, path: str, expected: str) -> None:
    shell.patch.chdir(shell.folder)
    [found] = guiju.open_run(made / "runs").findings
    assert f"{path}: {expected}" in shell.refused("evidence", made / "runs", found.id, "--xlsx", path)
    assert sorted(p.name for p in shell.folder.rglob("*")) == ["orders.csv", "records"]


# Odd records, odd names


def test_spaces_and_chinese_in_every_path(shell: Shell) -> None:
    records = shell.folder / "记录 一 [2025]"
    shell.records.rename(records)
    (records / "映射 '1'.yaml").write_text("tables: {orders: '订单 *?.csv'}\n", encoding="utf-8")
    (records / "orders.csv").rename(records / "订单 *?.csv")
    runs = shell.folder / "运行 'x' =1"
    assert shell("audit", records, "-m", records / "映射 '1'.yaml", "--out", runs, *SHAM).status == 0
    assert shell.done("verify", runs).endswith(": true\n")
    [found] = guiju.open_run(runs).findings
    assert shell.done("evidence", runs, found.id)


def test_records_may_be_read_only(shell: Shell) -> None:
    for path in (shell.records / "orders.csv", shell.records):
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = sorted(p.name for p in shell.records.iterdir())
    shell.audited()
    assert sorted(p.name for p in shell.records.iterdir()) == before


def test_runs_kept_beside_the_records_do_not_change_the_next(shell: Shell) -> None:
    shell.patch.chdir(shell.records)
    for out in ("runs", "."):
        names = set()
        for _ in range(2):
            said = shell("audit", ".", "--out", out, *SHAM)
            assert said.status == 0
            assert "not used" not in said.out
            names.add(said.out.split("run folder")[1])
        assert len(names) == 1


ODD = {
    "markup": "<script>alert(1)</script>",
    "formula": '"=HYPERLINK(""http://x"",""y"")"',
    "brackets": "[/red][bold]",
    "long": "s" * 40_000,
    "escapes": "\x1b[2J\x1b]0;x\x07",
    "backwards": "\u202eabc",
    "percent": "%s{0}{}",
    "number": "00012",
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_identifiers_are_text_and_nothing_else(shell: Shell, odd: str) -> None:
    plain = odd.strip('"').replace('""', '"')
    run = shell.write(*burst(seller=odd, product=odd)).audited()
    [found] = guiju.open_run(run).findings
    assert found.subject == plain
    report = (run / "report.html").read_text(encoding="utf-8")
    assert "<script>alert" not in report
    assert "<s…" not in report
    for words in (("findings", run, "--unmask"), ("evidence", run, found.id, "--unmask")):
        shown = shell.done(*words)
        assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", shown)
        assert legible(plain)[:20] in shown
    path = shell.folder / "x.xlsx"
    shell.done("evidence", run, found.id, "--xlsx", path, "--unmask")
    book = openpyxl.load_workbook(path)
    assert {c.data_type for row in book["orders"].iter_rows() for c in row} <= {"s", "n", "d"}
    head, first, *_ = book["orders"].values
    told = first[head.index("seller")]
    if len(plain) < 30_000:
        assert re.sub("_x([0-9A-F]{4})_", lambda code: chr(int(code[1], 16)), told) == plain
    else:
        assert told.endswith("… (40,000 characters)")


def test_a_terminal_without_chinese_shows_something(shell: Shell) -> None:
    run = shell.audited()
    with start("findings", run, "-l", "zh", program="sys.stdout.reconfigure(encoding='latin-1')") as process:
        out, err = process.communicate(timeout=300)
    assert (process.returncode, err) == (0, "")
    assert "?" in out


def test_a_file_whose_name_is_no_text_is_said_to_be_not_read(shell: Shell) -> None:
    Path(bytes(shell.records).decode() + "/\udcff.csv").write_text("a")
    said = shell.audit()
    assert said.status == 0
    assert "not used: \\udcff.csv" in said.out
