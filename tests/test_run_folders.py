"""A run folder: the same records give the same bytes, and whatever was altered since is said."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import guiju
from guiju.audit.folder import Damaged, Run, file_digest, files_of, open_run, runs_in
from guiju.audit.freezing import FOUND_BY
from guiju.audit.verify import verify
from guiju.findings import digest
from guiju.records import tables
from shell import HEAD, SHAM, Shell, burst, line

EVIDENCE = "evidence/no_sham_orders/orders.parquet"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run, only looked at."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "orders.csv").write_text("\n".join([HEAD, *burst()]) + "\n", encoding="utf-8")
    return guiju.audit(folder, out=folder / "runs", only=["no_sham_orders"]).folder


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    """A copy of it, to be altered."""
    return Path(shutil.copytree(made, tmp_path / "runs" / made.name))


# Altered by hand


def byte(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def edited(path: Path, **columns: Any) -> None:
    """The file again, one column other than it was."""
    table = pq.read_table(path)
    for name, values in columns.items():
        place = table.column_names.index(name)
        table = table.set_column(place, name, pa.array([values] * table.num_rows, table.schema.field(name).type))
    pq.write_table(table, path)


def manifest(run: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    path = run / "manifest.json"
    held = json.loads(path.read_text(encoding="utf-8"))
    change(held)
    path.write_text(json.dumps(held, ensure_ascii=False, indent=2), encoding="utf-8")


ALTERED: dict[str, tuple[Callable[[Path], Any], str]] = {
    "a byte of the findings": (
        lambda r: byte(r / "findings.parquet", 200),
        "findings.parquet: was changed after the run",
    ),
    "the findings cut": (
        lambda r: (r / "findings.parquet").write_bytes((r / "findings.parquet").read_bytes()[:900]),
        "findings.parquet: was changed after the run",
    ),
    "no findings": (lambda r: (r / "findings.parquet").unlink(), "findings.parquet: is missing"),
    "a byte of the evidence": (lambda r: byte(r / EVIDENCE, 300), f"{EVIDENCE}: was changed after the run"),
    "the evidence edited": (
        lambda r: edited(r / EVIDENCE, gross_amount=1),
        f"{EVIDENCE}: was changed after the run",
    ),
    "no evidence": (lambda r: shutil.rmtree(r / "evidence"), f"{EVIDENCE}: is missing"),
    "the report edited": (
        lambda r: (r / "report.html").write_text("clear"),
        "report.html: was changed after the run",
    ),
    "no quarantine": (lambda r: (r / "quarantine.parquet").unlink(), "quarantine.parquet: is missing"),
    "a file added": (
        lambda r: (r / "evidence" / "manifest.json").touch(),
        "evidence/manifest.json: was added after",
    ),
    "a link added": (lambda r: (r / "x").symlink_to("nowhere"), "x: was added after the run"),
    "a link instead": (
        lambda r: ((r / "report.html").unlink(), (r / "report.html").symlink_to("nowhere")),
        "report.html: was changed after the run",
    ),
    "the manifest edited": (
        lambda r: manifest(r, lambda m: m["inputs"]["orders"].update(read=13)),
        "manifest.json: was changed after the run, or the folder renamed: its digest makes the name",
    ),
    "no manifest": (lambda r: (r / "manifest.json").unlink(), "manifest.json: is missing"),
    "a manifest that is no JSON": (
        lambda r: (r / "manifest.json").write_text("{'day'"),
        "manifest.json: was changed",
    ),
    "a manifest of no keys": (
        lambda r: (r / "manifest.json").write_text("[]"),
        "manifest.json: was changed after the",
    ),
    "a manifest in no script": (
        lambda r: (r / "manifest.json").write_bytes(b"\xff\xfe{"),
        "manifest.json: was changed",
    ),
    "a manifest without rules": (
        lambda r: manifest(r, lambda m: m.pop("rules")),
        "manifest.json: was changed after",
    ),
    "a manifest without files": (
        lambda r: manifest(r, lambda m: m.pop("files")),
        "findings.parquet: was added after",
    ),
    "another format": (
        lambda r: manifest(r, lambda m: m.update(format=9)),
        "manifest.json: format 9 is not 2; another",
    ),
    "another name": (
        lambda r: r.rename(r.with_name("2025-06-10-00000000")),
        "or the folder renamed: its digest makes",
    ),
}


@pytest.mark.parametrize(("alter", "expected"), ALTERED.values(), ids=ALTERED)
def test_verify_says_what_was_altered(shell: Shell, run: Path, alter: Callable[[Path], Any], expected: str) -> None:
    alter(run)
    [altered] = run.parent.iterdir()
    said = shell("verify", altered)
    assert said.status == 1
    assert expected in said.err
    assert said.out == f"{altered}: false, faults: {said.err.count(chr(10))}\n"


UNREADABLE = [name for name in ALTERED if "findings" in name or ("manifest" in name and "edited" not in name)]


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_was_altered_is_not_shown(shell: Shell, run: Path, name: str) -> None:
    ALTERED[name][0](run)
    if name == "a manifest without files":
        return  # all is there to be seen, and none of it can be told to be the run's
    for words in (
        ("findings", run),
        ("evidence", run, "4"),
        ("evidence", run, "4", "--xlsx", run / "x.xlsx"),
    ):
        told = shell.refused(*words)
        assert ALTERED[name][1].split(": ")[1][:12] in told
        assert told.endswith("; guiju verify says what else, guiju audit makes the run anew")
    assert not (run / "x.xlsx").exists()


@pytest.mark.parametrize("name", [name for name in ALTERED if "evidence" in name])
def test_evidence_that_was_altered_is_not_shown(shell: Shell, run: Path, name: str) -> None:
    [found] = open_run(run).findings
    ALTERED[name][0](run)
    said = shell("evidence", run, found.id)
    assert (said.status, said.out) == (2, "")
    assert "orders.parquet: " in said.err
    with pytest.raises(Damaged):
        open_run(run).evidence(found)


def test_a_damaged_run_does_not_hide_the_others(shell: Shell, run: Path) -> None:
    other = shutil.copytree(run, run.with_name("2025-01-01-00000000"))
    (run / "manifest.json").write_text("{")
    listed = shell.done("runs", run.parent)
    assert f"{other}  CN  no_sham_orders 1" in listed
    assert f"{run}  damaged: " in listed


def forge(run: Path) -> Path:
    """Make digests and name fit what now lies there, as a forger would."""
    held = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    held["files"] = {name: file_digest(run / name) for name in files_of(run)}
    (run / "manifest.json").write_text(json.dumps(held), encoding="utf-8")
    return run.rename(run.with_name(f"{held['day']}-{digest(held)[:8]}"))


def account(run: Path, **changed: Any) -> None:
    manifest(run, lambda m: m["rules"][0]["account"]["orders"].update(changed))


def cut(path: Path) -> None:
    pq.write_table(pq.read_table(path).slice(1), path)


FORGED: dict[str, tuple[Callable[[Path], Any], str]] = {
    "nothing": (lambda r: None, ""),
    "a row of evidence less": (
        lambda r: cut(r / EVIDENCE),
        "its frozen evidence is not the evidence it was found by",
    ),
    "a cheaper order": (
        lambda r: edited(r / EVIDENCE, gross_amount=1),
        "its frozen evidence is not the evidence",
    ),
    "evidence that is none": (lambda r: (r / EVIDENCE).write_text("no"), "orders.parquet: cannot be read ("),
    "evidence of nobody": (
        lambda r: pq.write_table(pa.table({"id": ["1"]}), r / EVIDENCE),
        "orders.parquet: cannot be read (",
    ),
    "another seller": (
        lambda r: edited(r / "findings.parquet", subject="else"),
        "its id is not that of its rule",
    ),
    "other facts": (
        lambda r: edited(r / "findings.parquet", facts='{"orders":1}'),
        "its version is not that of its",
    ),
    "facts that are none": (
        lambda r: edited(r / "findings.parquet", facts="{"),
        "findings.parquet: cannot be read (",
    ),
    "a finding less": (
        lambda r: cut(r / "findings.parquet"),
        "holds another number of findings than the manifest",
    ),
    "other columns": (
        lambda r: pq.write_table(pa.table({"id": ["1"]}), r / "findings.parquet"),
        "findings.parquet: cannot be read (",
    ),
    "an account": (lambda r: account(r, asked=11), "no_sham_orders: the account of orders does not add up"),
}


@pytest.mark.parametrize(("alter", "expected"), FORGED.values(), ids=FORGED)
def test_verify_sees_through_a_forged_manifest(
    shell: Shell, run: Path, alter: Callable[[Path], Any], expected: str
) -> None:
    alter(run)
    forged = forge(run)
    said = shell("verify", forged)
    assert said.status == (1 if expected else 0)
    assert expected in said.err


def test_other_records_do_not_give_the_same(shell: Shell, run: Path) -> None:
    assert shell.done("verify", run, "--records", shell.records)
    shell.write(*burst(11), line(11, seller="else"))
    said = shell("verify", run, "--records", shell.records)
    assert said.status == 1
    assert "its facts differ when asked anew" in said.err
    shell.write(*burst(seller="else"))
    said = shell("verify", run, "--records", shell.records)
    assert "is not found when asked anew" in said.err
    assert "is found anew but not in the run" in said.err
    assert "no such folder of records" in shell.refused("verify", run, "--records", "nowhere")


def test_a_run_made_with_a_mapping_is_asked_anew_with_it(shell: Shell) -> None:
    mapping = shell.folder / "map.yaml"
    mapping.write_text("tables: {orders: {from: orders.csv}}\n", encoding="utf-8")
    run = shell.audited(*SHAM, "-m", mapping)
    assert "was made with a mapping: give it too" in shell.refused("verify", run, "--records", shell.records)
    assert shell.done("verify", run, "--records", shell.records, "-m", mapping)
    mapping.write_text("tables: {orders: {from: orders.csv, where: quantity > '0'}}\n", encoding="utf-8")
    said = shell("verify", run, "--records", shell.records, "-m", mapping)
    assert (said.status, "is not the mapping" in said.err) == (1, True)


def test_verify_leaves_nothing_of_what_it_asked_anew(shell: Shell, run: Path) -> None:
    shell.patch.setattr("tempfile.tempdir", str(shell.folder / "temporary"))
    (shell.folder / "temporary").mkdir()
    shell.done("verify", run, "--records", shell.records)
    assert list((shell.folder / "temporary").iterdir()) == []


# The same records, the same bytes

MARKET = [
    *burst(),
    *(
        line(100 + i, seller="s1", product=f"g{i % 3}", buyer=f"b{i}", gross_amount=f"{10 + i % 7}.10")
        for i in range(60)
    ),
]
LISTINGS = [f"hehua,l{i},2025-06-{10 + i} 00:00:00,s1,g{i % 3},CNY,{8 - i % 2}.5,{30 + i}" for i in range(9)]
LISTED = "platform,id,occurred_at,seller,product,currency,price,reference_price"


def market(shell: Shell, orders: list[str] = MARKET, listings: list[str] = LISTINGS) -> Run:
    shell.write(*orders).write(*listings, head=LISTED, name="listings.csv")
    return open_run(shell.audited("--day", "2025-12-31"))


def contents(run: Run) -> dict[str, bytes]:
    return {str(p.relative_to(run.folder)): p.read_bytes() for p in run.folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_the_same_records_give_the_same_bytes(shell: Shell, threads: int) -> None:
    first = market(shell)
    assert {f.rule for f in first.findings} == {"no_sham_orders", "true_reference_prices"}
    kept = contents(first)
    shell.runs = shell.folder / "again"
    shell.patch.setattr(os, "cpu_count", lambda: threads)
    again = market(shell)
    assert again.folder.name == first.folder.name
    assert contents(again) == kept


def test_the_order_of_rows_and_files_does_not_matter(shell: Shell) -> None:
    first = market(shell)
    dice = random.Random(7)
    for _ in range(3):
        shuffled = market(shell, dice.sample(MARKET, len(MARKET)), dice.sample(LISTINGS, len(LISTINGS)))
        assert [(f.id, f.version) for f in shuffled.findings] == [(f.id, f.version) for f in first.findings]
        assert shuffled.folder.name != first.folder.name  # the files are others
    assert len(runs_in(shell.runs)) == 4


def test_a_repeated_audit_is_the_newest_run(shell: Shell) -> None:
    first = shell.audited("--day", "2025-12-31", *SHAM)
    second = shell.audited("--day", "2025-12-30", *SHAM)
    assert open_run(shell.runs).folder == second
    os.utime(second / "manifest.json", ns=(0, 0))
    assert shell.audited("--day", "2025-12-31", *SHAM) == first
    assert open_run(shell.runs).folder == first


def test_no_moment_and_no_place_is_in_a_run(shell: Shell) -> None:
    run = market(shell)
    texts = (run.folder / "manifest.json").read_text("utf-8") + (run.folder / "report.html").read_text("utf-8")
    assert str(shell.folder) not in texts
    aside = pq.read_table(run.folder / "quarantine.parquet")
    assert pc.sum(pc.match_substring(aside["file"], str(shell.folder))).as_py() in (None, 0)
    assert verify(run) == []


def test_no_table_has_the_columns_by_which_evidence_is_kept():
    """One did once, and findings on it kept no rows."""
    own = {FOUND_BY, "finding"}
    assert not {name for name, table in tables().items() if own & {column.name for column in table.columns}}
