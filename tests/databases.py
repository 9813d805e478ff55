"""A PostgreSQL server for tests: made in a folder of its own, on loopback, and gone when the tests are."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from ports import free_port

WAIT_SECONDS = 180


def programs() -> Path | None:
    """The folder of PostgreSQL's programs, if it is installed."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return versions[-1].parent if versions else None


class Server:
    """One server. `stop` and `start` it as a machine would that goes away."""

    def __init__(self, folder: Path, programs: Path, fsync: bool) -> None:
        self.folder, self.programs, self.fsync = folder, programs, "on" if fsync else "off"
        self.user = "nobody" if os.getuid() == 0 else None  # PostgreSQL refuses to be run by root
        if self.user:
            os.chown(folder, pwd.getpwnam(self.user).pw_uid, -1)
        self.port = free_port()
        self.numbers = count()
        self._run("initdb", "-D", str(folder / "data"), "-U", "guiju", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.start()

    def _run(self, name: str, *words: str) -> None:
        with tempfile.TemporaryFile() as said:
            ended = subprocess.run(
                [self.programs / name, *words], stdout=said, stderr=said, user=self.user, cwd=self.folder, timeout=300
            )
            said.seek(0)
            assert ended.returncode == 0, said.read().decode()

    def start(self) -> None:
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.folder} -c fsync={self.fsync} -c max_connections=50"
        )
        log = str(self.folder / "log")
        self._run(
            "pg_ctl", "-D", str(self.folder / "data"), "-w", "-t", str(WAIT_SECONDS), "-l", log, "-o", options, "start"
        )

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", "immediate", "stop")

    def database(self) -> str:
        """The URL of a new, empty database; its name is nobody else's, whatever tests share the server."""
        name = f"d{next(self.numbers)}"
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "guiju", name)
        return f"postgresql://guiju@127.0.0.1:{self.port}/{name}"


@contextmanager
def server(fsync: bool = False) -> Iterator[Server]:
    """A server until the block ends; without `fsync` it is quick, and a power cut would cost it what it has."""
    found = programs()
    assert found
    folder = Path(tempfile.mkdtemp(prefix="guiju-postgres-"))
    made = Server(folder, found, fsync)
    try:
        yield made
    finally:
        made.stop()
        time.sleep(0.1)
        shutil.rmtree(folder, ignore_errors=True)
