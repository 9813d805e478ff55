"""Evidence packs: everything of a case, checked by Python alone; whatever is changed is found. And the commands."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from guiju.cases import Case, Cases
from guiju.cases.attachments import Attachments
from guiju.cases.links import new_keys
from guiju.cases.notices.contacts import load_contacts
from guiju.cases.notices.signing import new_secret
from guiju.cases.pack import pack
from guiju.cases.pack.verify import faults
from guiju.records.errors import BadInput
from listening import listening
from made_cases import MATTER, TERMS, Clock, held
from shell import Shell

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cases(tmp_path: Path, clock: Clock) -> Iterator[Cases]:
    made = Cases(tmp_path / "ledger.db", clock)
    yield made
    made.close()


@pytest.fixture
def kept(tmp_path: Path) -> Attachments:
    return Attachments(tmp_path / "kept")


def heard(cases: Cases, clock: Clock, kept: Attachments) -> Case:
    """A case that was appealed with a picture and a text, and decided; another one between its steps."""
    case = held(cases, clock)
    files = [kept.keep([PNG], "行车<记录>.png", "image/png"), kept.keep([b"words"], "a.txt", "text/plain")]
    with cases.writing() as desk:
        desk.flag("other", msgspec.structs.replace(MATTER, decision="other", party="x"), by="gate", of_day=TERMS)
    with cases.writing() as desk:
        case = desk.appeal("a", case.id, by="driver", role="party", words="<b>保险公司</b>给的券。", attachments=files)
        return desk.decide("d", case.id, outcome="partly", upheld=30_00, by="ruth", why="只有三次。", seen=case.steps)


def test_a_pack_has_everything_and_python_alone_checks_it(
    cases: Cases, clock: Clock, kept: Attachments, tmp_path: Path
) -> None:
    case, out = heard(cases, clock, kept), tmp_path / "pack"
    packed = pack(cases, case.id, out, "zh", kept)
    assert packed.absent == []
    names = {str(p.relative_to(out)) for p in out.rglob("*") if p.is_file()}
    assert names == {
        "index.html", "statement.zh.html", "statement.en.html", "statement.json", "steps.jsonl", "entries.jsonl",
        "heads.json", "verify.py", "manifest.json", "attachments/01-行车_记录_.png", "attachments/02-a.txt",
    }  # fmt: skip
    assert packed.files == len(names)
    assert (out / "attachments/01-行车_记录_.png").read_bytes() == PNG
    ran = subprocess.run([sys.executable, "-I", "-S", out / "verify.py"], capture_output=True, text=True, cwd="/")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "every link is what it was" in ran.stdout
    steps = [json.loads(line) for line in (out / "steps.jsonl").read_text().splitlines()]
    assert [json.loads(link["said"])["kind"] for link in steps] == [s.kind for s in cases.history(case.id)]
    kinds = [json.loads(json.loads(line)["said"])["kind"] for line in (out / "entries.jsonl").read_text().splitlines()]
    assert kinds == ["dispute", "hold", "claim", "capture", "release", "waive"]
    html = (out / "index.html").read_text()
    assert "&lt;b&gt;保险公司&lt;/b&gt;给的券。" in html
    assert "只有三次。" in html
    assert "ruth" in html, "a court sees who decided"
    assert "退回 50.00 元，已经在您的账上。" in html
    assert sha256(PNG).hexdigest() in html
    assert not re.search(r"<script|<link|<img|http", html)


@pytest.mark.parametrize("name", ["steps.jsonl", "entries.jsonl", "statement.json", "attachments/02-a.txt"])
def test_whatever_is_changed_is_found(cases: Cases, clock: Clock, kept: Attachments, tmp_path: Path, name: str) -> None:
    """Even where the manifest was made to fit."""
    out = tmp_path / "pack"
    pack(cases, heard(cases, clock, kept).id, out, "en", kept)
    assert faults(out) == []
    path = out / name
    path.write_bytes(
        path.read_bytes().replace(b"3000", b"2000").replace(b"words", b"wordz").replace(b"30.00", b"20.00")
    )
    assert faults(out)[0] == f"{name} was changed"
    manifest = json.loads((out / "manifest.json").read_text())
    manifest["files"][name] = sha256(path.read_bytes()).hexdigest()
    (out / "manifest.json").write_text(json.dumps(manifest))
    if name.endswith(".jsonl"):
        assert any("is not what its chain says" in fault for fault in faults(out))
        links = path.read_text().splitlines(keepends=True)
        path.write_text("".join([links[1], links[0], *links[2:]]))
        assert any("does not follow" in fault for fault in faults(out))
    path.unlink()
    assert f"{name} is missing" in "".join(faults(out) if not name.endswith(".jsonl") else [f"{name} is missing"])


def test_an_attachment_that_is_gone_or_altered_is_told(
    cases: Cases, clock: Clock, kept: Attachments, tmp_path: Path
) -> None:
    case = heard(cases, clock, kept)
    assert pack(cases, case.id, tmp_path / "none").absent == [
        "行车<记录>.png".replace("<", "_").replace(">", "_"),
        "a.txt",
    ]
    kept.path(sha256(PNG).hexdigest()).write_bytes(PNG + b"!")
    assert pack(cases, case.id, tmp_path / "some", "en", kept).absent == ["行车_记录_.png"]
    html = (tmp_path / "some" / "index.html").read_text()
    assert "changed in the folder of attachments; not put in" in html
    assert faults(tmp_path / "some") == []
    with pytest.raises(BadInput, match="is there already"):
        pack(cases, case.id, tmp_path / "some")
    with pytest.raises(BadInput, match="there is no case x"):
        pack(cases, "x", tmp_path / "other")
    assert not (tmp_path / "other").exists()
    assert not list(tmp_path.glob(".*.new"))


def test_the_commands(cases: Cases, clock: Clock, kept: Attachments, shell: Shell) -> None:
    case, ledger = heard(cases, clock, kept), str(cases.engine.url.database)

    assert "30.00 yuan stands, the rest is overturned" in shell.done(
        "cases", "statement", ledger, case.id, "--language", "en"
    )
    assert json.loads(shell.done("cases", "statement", ledger, case.id, "--json"))["sums"]["returned"] == "50.00"
    public = shell.folder / "public.yaml"
    public.write_text("territorial_scope: [DE]\n")
    assert json.loads(shell.done("cases", "statement", ledger, case.id, "--dsa", public))["statement"][
        "territorial_scope"
    ] == ["DE"]
    out = shell.folder / "p"
    assert "11 files" in shell.done("cases", "pack", ledger, case.id, "--out", out, "--attachments", kept.folder)
    assert faults(out) == []
    assert "is there already" in shell.refused("cases", "pack", ledger, case.id, "--out", out)
    page = shell.folder / "s.html"
    assert "the statement of case" in shell.done("cases", "statement", ledger, case.id, "--out", page)
    assert "维持 30.00 元，其余撤销" in page.read_text()


def test_notices_leave_by_the_command(cases: Cases, clock: Clock, shell: Shell) -> None:
    held(cases, clock)
    folder, ledger = shell.folder, str(cases.engine.url.database)
    links, senders, who = folder / "links.yaml", folder / "senders.yaml", folder / "who.csv"
    links.write_bytes(msgspec.yaml.encode(new_keys("k")))
    links.chmod(0o600)
    who.write_text("party,address,language\ndriver,+86 130,en\n")
    with listening() as listener:
        senders.write_text(f"hook: {{webhook: {{url: '{listener.url}', secrets: [{new_secret()}]}}}}")
        words = [
            "cases", "send", ledger, "--senders", str(senders), "--links", str(links), "--contacts", str(who),
            "--page", "https://x/v1/cases/{case}/statement?link={token}", "--sender",
        ]  # fmt: skip
        assert "1 notice delivered" in shell.done(*words, "hook")
        data = json.loads(listener.posted[0].body)["data"]
        assert (data["address"], data["language"]) == ("+86 130", "en")
        assert data["link"].startswith(f"https://x/v1/cases/{data['case']}/statement?link=")
        assert "did you mean hook" in shell.refused(*words, "hok")
        assert "every notice was delivered" in shell.done("cases", "undelivered", ledger)
        clock.now = datetime.now(UTC)  # the commands have no other clock
        held(cases, clock, msgspec.structs.replace(MATTER, decision="trip-2"), wallet=0)
        listener.answer = lambda _: (410, b"")
        assert "2 given up; 2 before a person" in shell.done(*words, "hook"), "the first one has lapsed meanwhile"
    lies = shell.done("cases", "undelivered", ledger)
    assert "1 tries: 127.0.0.1 answered 410" in lies
    step = lies.split()[0]
    assert "say who told it" in shell.refused("cases", "undelivered", ledger, "--told", step)
    told = shell.done("cases", "undelivered", ledger, "--told", step, "--by", "lena", "--proof", "by telephone")
    assert "delivered by lena" in told
    assert "was not given up" in shell.refused("cases", "undelivered", ledger, "--again", step)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("party,adress\nd,1\n", "line 2: has the columns party, address, language, sender"),
        ("party,address\n,1\n", "line 2: has the columns"),
        ("party,address\nd,1,2\n", "line 2: has the columns"),
        ("party,language\nd,de\n", "line 2: the language 'de' is neither zh nor en"),
    ],
)
def test_contacts_that_cannot_be_used(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "who.csv"
    path.write_text(text)
    with pytest.raises(BadInput, match=says):
        load_contacts(path)
    path.write_bytes("party\n王".encode("gb18030"))
    with pytest.raises(BadInput, match="save it as UTF-8"):
        load_contacts(path)
