"""`guiju serve --demo` as somebody starts it to look: a gate at work, two operators, and nothing left when it ends."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("litestar", reason="the console needs the extra [web]")

from console import PASSWORD, Visit
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


@pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="who began whom is asked of /proc")
def test_two_operators_promote_a_version_and_nothing_is_left(tmp_path: Path):
    served, url, passwords = begun(tmp_path)
    with served:
        assert list(passwords) == ["admin", "operator"]
        admin = operator(url, "admin", passwords["admin"])
        other = operator(url, "operator", passwords["operator"])

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
        assert len(behind) >= 2
        served.kill()
        served.wait()
        patiently(lambda: not any(map(lives, behind)))

    # begun again it goes on where it was, and ends with Ctrl-C
    served, url, passwords = begun(tmp_path)
    with served:
        assert not passwords
        admin = Visit(url)
        admin.sign_in("admin")
        patiently(lambda: not admin.json("/gate/promotion")["said"])
        assert admin.json("/gate/promotion")["changes"][-2]["change"] == "propose"
        assert patiently(lambda: latest(admin)) >= last
        behind = below(served.pid)
        served.send_signal(signal.SIGINT)
        served.wait(timeout=300)
        assert served.returncode == 0
        patiently(lambda: not any(map(lives, behind)))
