"""`guiju serve` as a person starts it: the first password, the way back in, and what it refuses to do."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

from console import PASSWORD, Visit
from guiju.web.console.console import Console
from ports import free_port
from shell import Shell


def test_first_start_prints_a_password_once_and_logs_none(tmp_path: Path):
    (tmp_path / "runs").mkdir()
    at = free_port()
    command = [sys.executable, "-m", "guiju", "serve", "--port", str(at), "--store", "c.db"]
    said, passwords = "", []
    for _ in range(2):
        served = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
        begun = ""
        while "the console is at" not in begun:
            line = served.stderr.readline()
            assert line, begun
            begun += line
        found = re.search(r"sign in as admin with the password (\S+)", begun)
        visit = Visit(f"http://127.0.0.1:{at}")
        if found:
            passwords.append(found[1])
            assert visit.sign_in("admin", found[1]).headers["location"] == "/password"
            visit.read("/password")
            visit.send("/password", {"old": found[1], "new": PASSWORD, "again": PASSWORD})
            begun = begun.replace(found[0], "")
        else:
            assert visit.sign_in("admin", PASSWORD).headers["location"] == "/"
        token = visit.client.cookies["guiju_session"]
        served.send_signal(signal.SIGTERM)
        said += begun + served.communicate(timeout=180)[1]
        assert served.returncode == 0
        assert token not in said
    assert len(passwords) == 1
    assert passwords[0] not in said
    assert PASSWORD not in said
    assert "admin" not in said, "no names either"


def test_a_lost_password_is_given_anew(shell: Shell, tmp_path: Path):
    store = str(tmp_path / "c.db")
    renewed = ("serve", "--store", store, "--new-password", "admin")
    assert "has no account 'admin': there are none yet" in shell.refused(*renewed)
    console = Console(store, tmp_path)
    console.accounts.begin()
    told = shell.done(*renewed)
    assert console.accounts.sign_in("admin", told.split()[5].rstrip(";")).account.must_change
    console.close()


def test_every_service_says_that_a_port_is_taken(shell: Shell, tmp_path: Path):
    keys, links, books = (str(tmp_path / name) for name in ("keys.yaml", "links.yaml", "books.db"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for command in (
            ("gate", "serve", "driving", "--journal", str(tmp_path / "j")),
            ("cases", "serve", books, "--keys", keys, "--links", links, "--attachments", str(tmp_path / "files")),
        ):
            told = shell.refused(*command, "--port", port)
            assert "name another with --port" in told
    assert not (tmp_path / "j").exists(), "nothing was begun"


def test_what_it_refuses(shell: Shell, tmp_path: Path):
    assert "say with --url" in shell.refused("serve", "--host", "0.0.0.0", "--store", str(tmp_path / "c.db"))
    port = ("--port", free_port())
    assert "is no address" in shell.refused("serve", *port, "--url", "guiju.example", "--store", tmp_path / "c.db")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        told = shell.refused("serve", "--port", taken.getsockname()[1], "--store", str(tmp_path / "c.db"))
    assert "name another with --port" in told
    assert not (tmp_path / "c.db").exists(), "no password was given out"
    assert "name a file for the console" in shell.refused("serve", *port, "--store", tmp_path)
