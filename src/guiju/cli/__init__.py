"""The command line: each command parses, calls one function of a room, and prints.

Exit status: 0 done · 1 verify found something wrong · 2 the input or the call can be mended · 3 the machine
failed (disk, memory) · 130 stopped · 141 whoever read the output left.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import current_thread, main_thread
from typing import Any, NoReturn

from guiju.audit.explaining import MEND, STOPPED, STOPPED_SAID

FAILED, UNREAD = 1, 141


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
        _end(STOPPED_SAID, STOPPED)
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

    from guiju.audit.explaining import explain

    if isinstance(error, typer.Exit):
        sys.exit(error.exit_code)
    if isinstance(error, typer.Abort):
        _end(STOPPED_SAID, STOPPED)
    if hasattr(
        error, "format_message"
    ):  # of Click, which some releases of Typer bring inside and others need installed
        _explain_call(error)
    if isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python would complain once more while it ends
        sys.exit(UNREAD)
    if told := explain(error):
        _end(*told)


def _explain_call(error: Any) -> NoReturn:
    said = error.format_message()
    if "\n" in said:  # no arguments at all: the help
        error.show()
        sys.exit(MEND)
    where = error.ctx.command_path if getattr(error, "ctx", None) else "guiju"
    _end(f"{said[:1].lower()}{said[1:].rstrip('.')}; {where} --help says what there is", MEND)


def _end(sentence: str, status: int) -> NoReturn:
    print(f"guiju: {sentence}", file=sys.stderr)
    try:
        sys.stdout.flush()
    except OSError:  # or Python would try once more, and end with a status of its own
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(status)
