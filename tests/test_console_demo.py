"""`guiju serve --demo` as somebody starts it to look: a gate at work, two operators, cases that wait to be decided and
whom they are about, and nothing left when it ends.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

pytest.importorskip("litestar", reason="the console needs the extra [web]")

from console import PASSWORD, Visit
from guiju.cases import Cases
from guiju.cases.verify import verify
from guiju.cli import demo_people
from guiju.ledger.verify import verify as verified
from made_cases import TERMS, matter
from ports import free_port
from shell import Started, start
from test_console_gate import until

# The examples of the other rooms and the audit are not what is looked at here, and take their time.
TRIPS_ALONE = """
from guiju.cli import demo_gate
from guiju.cli.commands import console
from guiju.cli.making import made

demo_gate.TRIPS = 12_000

def trips(runs, records):
    runs.mkdir(exist_ok=True)
    if not (records / demo_gate.RECORDS).is_dir():
        with made(records / demo_gate.RECORDS) as (work, told):
            demo_gate.records(work, told)

console._example = trips
"""


def begun(folder: Path) -> tuple[Started, str, dict[str, str]]:
    """The console's process, where it is, and the passwords that it printed."""
    at = free_port()
    served = start("serve", "--demo", "--port", at, program=TRIPS_ALONE, cwd=folder)
    passwords = dict[str, str]()
    for line in served.stderr:
        if found := re.match(r"sign in as (\S+) with the password (\S+)", line):
            passwords[found[1]] = found[2]
        if "the console is at" in line:
            return served, f"http://127.0.0.1:{at}", passwords
    raise AssertionError("it ended as it began")


def below(pid: int) -> list[int]:
    """The processes that a process began and that live."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == pid and state != "Z":
            found.append(int(stat.parent.name))
    return found


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def operator(url: str, name: str, password: str) -> Visit:
    """Somebody who signs in for the first time, as they are asked to."""
    visit = Visit(url)
    assert visit.sign_in(name, password).headers["location"] == "/password"
    visit.read("/password")
    visit.send("/password", {"old": password, "new": PASSWORD, "again": PASSWORD})
    return visit


def latest(visit: Visit) -> int:
    """The newest decision's entry of the journal; 0 before there is one."""
    lines = visit.json("/gate/decisions")["latest"]["lines"]
    return lines[0]["sequence"] if lines else 0


def patiently(what: Callable[[], Any]) -> Any:
    """The first minutes of a machine that has much else to do."""
    for _ in range(5):
        try:
            return until(what)
        except AssertionError:
            continue
    return until(what)


def there(url: str) -> httpx.Response | None:
    try:
        return httpx.get(url, timeout=120)
    except httpx.TransportError:
        return None


def an_appeal_is_answered(visit: Visit, ledger: Path, links: Path) -> None:
    """From the letter of somebody who was told nothing yet, through their own page, to their money."""
    waiting = visit.json("/cases")["rows"]
    assert sorted(row["state"] for row in waiting) == ["appealed", "flagged", *["noticed"] * 4]
    assert len([row for row in waiting if row["group"]]) == 2
    assert len(visit.json("/overview")["cases"]) == 2, "an answer in five hours, and a hold that lapses in a day"
    assert links.stat().st_mode & 0o777 == 0o600

    case = next(row["id"] for row in waiting if row["state"] == "flagged")
    notice = visit.json(f"/cases/{case}")["telling"]["notices"][0]
    visit.read(f"/cases/{case}")
    letter = visit.send(f"/cases/{case}/letters/{notice['step']}", {}).headers["location"]
    found = re.search(r'href="(http://127\.0\.0\.1:\d+/cases/\w+\?link=[\w.-]+)"', visit.read(letter).text)
    assert found, "the letter has the link of the party's page"
    page = f"{found[1]}&language=en"
    told = patiently(lambda: there(page)).text  # without the console's session
    assert "Example, synthetic records" in told
    held = re.search(r"([\d.]+) yuan is held", told)
    assert held, told

    key = re.search(r'name="act" value="appeal"><input type="hidden" name="key" value="([^"]+)"', told)
    assert key, told
    said = {"act": "appeal", "key": key[1], "words": "My rider had a policy."}
    sent = httpx.post(page, files={name: (None, value) for name, value in said.items()}, timeout=120)
    assert sent.status_code == 303, sent.text
    shown = visit.json(f"/cases/{case}")
    assert shown["state"] == "appealed"
    assert shown["steps"][-1]["words"] == "My rider had a policy."

    visit.read(f"/cases/{case}")
    form = {"outcome": "overturned", "why": "the insurer gave the vouchers", "upheld": "", "key": "k1"}
    assert visit.send(f"/cases/{case}", form | {"seen": shown["draft"]["seen"]}).status_code == 303
    assert f"{held[1]} yuan came back" in httpx.get(page, timeout=120).text
    cases = Cases(ledger, make=False)
    try:
        standing = cases.ledger.standing(cases.case(case).matter.party)[0]
        assert standing.held == 0
        assert standing.available > cases.case(case).matter.amount
        assert not verify(cases).faults
        assert not verified(cases.ledger).faults
    finally:
        cases.close()


def test_no_case_is_made_up_in_a_ledger_of_others(tmp_path: Path):
    said = list[str]()
    cases, theirs = Cases(tmp_path / "books.db"), matter()
    with cases.writing() as desk:
        desk.flag("f", msgspec.structs.replace(theirs, platform="hengtai"), by="gate", of_day=TERMS)
    cases.close()
    demo_people.prepared(tmp_path / "records", str(tmp_path / "books.db"), None, said.append)
    cases = Cases(tmp_path / "books.db", make=False)
    assert len(cases.queue()) == 1
    cases.close()
    assert "no case is added" in said[0]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="who began whom is asked of /proc")
def test_two_operators_promote_a_version_and_nothing_is_left(tmp_path: Path):
    served, url, passwords = begun(tmp_path)
    with served:
        assert list(passwords) == ["admin", "operator"]
        admin = operator(url, "admin", passwords["admin"])
        other = operator(url, "operator", passwords["operator"])

        place = tmp_path / "examples-made" / demo_people.FOLDER
        an_appeal_is_answered(admin, place / demo_people.LEDGER, place / demo_people.LINKS)

        # decisions come, and a candidate that decides otherwise
        patiently(lambda: (made := admin.json("/gate/versions")["compared"]) and made["differing"]["events"])
        first = latest(admin)
        patiently(lambda: latest(admin) > first)
        admin.read("/gate/promotion")
        admin.send("/gate/promotion", {"step": "all", "share": "", "why": "insured riders are no fraud"})

        # nobody confirms their own; the other one does
        proposal = admin.json("/gate/promotion")["open"]
        assert admin.send(f"/gate/promotion/{proposal['id']}/confirmed", {}).status_code == 409
        other.read("/gate/promotion")
        assert other.send(f"/gate/promotion/{proposal['id']}/confirmed", {}).status_code == 303
        done = other.json("/gate/promotion")["changes"][0]
        assert (done["change"], done["by"], done["share_pct"]) == ("promote", "console", 100)
        assert "admin" in done["why"]
        assert "operator" in done["why"]

        # a backtest of both on the same trips, with what is true of them
        admin.read("/backtests")
        asked = {"records": "trips", "set": "@current", "against": "@candidate", "labels": "yes"}
        job = admin.send("/backtests", asked).headers["location"]
        result = patiently(lambda: (one := admin.json(job)["job"]) and not one["is_open"] and one)
        assert result["state"] == "done", result
        assert result["labels"] == "truth_by_trip.parquet"
        assert result["result"]["differing"] > 0

        last = latest(admin)

        # killed without a word: who worked behind it ends by itself
        behind = below(served.pid)
        assert len(behind) >= 3
        served.kill()
        served.wait()
        patiently(lambda: not any(map(lives, behind)))

    # begun again it goes on where it was, and ends with Ctrl-C
    served, url, passwords = begun(tmp_path)
    with served:
        assert not passwords
        admin = Visit(url)
        admin.sign_in("admin")
        assert len(admin.json("/cases")["rows"]) == 5, "made once"
        patiently(lambda: not admin.json("/gate/promotion")["said"])
        assert admin.json("/gate/promotion")["changes"][-2]["change"] == "propose"
        assert patiently(lambda: latest(admin)) >= last
        behind = below(served.pid)
        served.send_signal(signal.SIGINT)
        served.wait(timeout=300)
        assert served.returncode == 0
        patiently(lambda: not any(map(lives, behind)))
