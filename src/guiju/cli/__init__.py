"""The command line: each command parses, calls one function of a room, and prints.

Exit status: 0 done · 1 verify found something wrong · 2 the input or the call can be mended · 3 the machine
failed (disk, memory) · 130 stopped · 141 whoever read the output left.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import current_thread, main_thread
from typing import Any, NoReturn

FAILED, MEND, MACHINE, STOPPED, UNREAD = 1, 2, 3, 130, 141


def main() -> NoReturn:
    """Run the command line; every foreseeable failure is one sentence and a status."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):  # a terminal that has no Chinese shows a question mark, not a traceback
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        with _stoppable():
            _run()
            sys.stdout.flush()
    except KeyboardInterrupt:
        _end("stopped; no half-written run is left", STOPPED)
    except Exception as error:
        _explain(error)
        raise
    sys.exit(0)


def _run() -> None:
    from typer.main import get_command

    from guiju.cli.commands import app

    command = get_command(app)
    # Calling the app would do, but it has its own status for Ctrl-C and a closed pipe, and loses a command's.
    with command.make_context("guiju", sys.argv[1:]) as context:
        command.invoke(context)


@contextmanager
def _stoppable() -> Iterator[None]:
    """Kill, a closed terminal or a scheduler's end of time have the process clean up, as Ctrl-C does."""

    def stop(*_: Any) -> NoReturn:
        raise KeyboardInterrupt

    here = current_thread() is main_thread()
    kinds = [s for s in (signal.SIGTERM, signal.SIGHUP) if here and signal.getsignal(s) is signal.SIG_DFL]
    for kind in kinds:
        signal.signal(kind, stop)
    try:
        yield
    finally:
        for kind in kinds:
            signal.signal(kind, signal.SIG_DFL)


def _explain(error: Exception) -> None:
    import typer

    if isinstance(error, typer.Exit):
        sys.exit(error.exit_code)
    if isinstance(error, typer.Abort):
        _end("stopped; no half-written run is left", STOPPED)
    import duckdb

    from guiju.checks import BadCheck
    from guiju.records.errors import BadInput, is_full
    from guiju.rulebook import BadRule

    if isinstance(error, BadInput | BadCheck | BadRule):
        _end(str(error), MEND)
    if hasattr(
        error, "format_message"
    ):  # of Click, which some releases of Typer bring inside and others need installed
        _explain_call(error)
    if isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python would complain once more while it ends
        sys.exit(UNREAD)
    if isinstance(error, OSError | duckdb.Error) and is_full(error):
        where = getattr(error, "filename", None) or "while writing"
        _end(f"the disk is full ({where}): make room, or choose another place", MACHINE)
    if isinstance(error, UnicodeEncodeError):
        _end(f"a name is not UTF-8 ({error.object!a}): rename the file or folder", MEND)
    if isinstance(error, MemoryError):
        _end("memory ran out: ask fewer rules with --only", MACHINE)
    if isinstance(error, OSError):
        _explain_system(error)
    _explain_engine(error)


def _explain_call(error: Any) -> NoReturn:
    said = error.format_message()
    if "\n" in said:  # no arguments at all: the help
        error.show()
        sys.exit(MEND)
    where = error.ctx.command_path if getattr(error, "ctx", None) else "guiju"
    _end(f"{said[:1].lower()}{said[1:].rstrip('.')}; {where} --help says what there is", MEND)


def _explain_system(error: OSError) -> None:
    what = os.strerror(error.errno).lower() if error.errno else str(error)
    if error.errno in (errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM):
        _end(f"the machine failed ({error.filename or 'a file'}: {what})", MACHINE)
    if error.filename:
        _end(f"{error.filename}: {what}; name another place, or change its permissions", MEND)


def _explain_engine(error: Exception) -> None:
    import duckdb

    text = str(error).split("\n")[0]
    if isinstance(error, duckdb.OutOfMemoryException):
        _end(
            "memory or the disk for spilling ran out: make room under --out, or ask fewer rules with --only",
            MACHINE,
        )
    if isinstance(error, duckdb.InterruptException):
        _end("stopped; no half-written run is left", STOPPED)
    if isinstance(error, duckdb.IOException):
        _end(f"a file could not be read or written ({text})", MACHINE)


def _end(sentence: str, status: int) -> NoReturn:
    print(f"guiju: {sentence}", file=sys.stderr)
    try:
        sys.stdout.flush()
    except OSError:  # or Python would try once more, and end with a status of its own
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(status)
