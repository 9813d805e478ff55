"""The command line: each command parses, calls one function of a room, and prints.

Exit status: 0 done · 1 verify found something wrong · 2 the input or the call can be mended · 3 the machine failed (disk, memory) ·
130 stopped by the user.
"""

from __future__ import annotations

import errno
import os
import sys

FAILED, MEND, MACHINE, STOPPED = 1, 2, 3, 130


def main() -> None:
    """Run the command line; every foreseeable failure is one sentence and a status."""
    from guiju.cli.commands import app

    try:
        app(standalone_mode=False)
    except KeyboardInterrupt:
        _end("stopped; nothing unfinished was left behind", STOPPED)
    except Exception as error:
        _explain(error)


def _explain(error: Exception) -> None:
    import typer

    from guiju.records.errors import BadInput

    if isinstance(error, typer.Abort):
        _end("stopped; nothing unfinished was left behind", STOPPED)
    if isinstance(error, typer.Exit):
        sys.exit(error.exit_code)
    # Of the call's own errors: some releases of Typer bring their Click inside, others need it installed; both can `show`.
    if show := getattr(error, "show", None):
        show()
        sys.exit(MEND)
    if isinstance(error, BadInput):
        _end(str(error), MEND)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        _end(f"the disk is full ({error.filename or 'while writing'}): make room, or choose another --out", MACHINE)
    if isinstance(error, PermissionError | FileNotFoundError):
        _end(f"{error.filename}: {os.strerror(error.errno or 0).lower()}", MEND)
    _explain_engine(error)
    raise error


def _explain_engine(error: Exception) -> None:
    import duckdb

    text = str(error).split("\n")[0]
    if isinstance(error, duckdb.OutOfMemoryException):
        _end("memory or the disk for spilling ran out: make room under --out, or judge fewer rules at a time with --only", MACHINE)
    if isinstance(error, duckdb.IOException) and any(w in text.lower() for w in ("no space", "too large", "disk")):
        _end("the disk is full: make room, or choose another --out", MACHINE)
    if isinstance(error, duckdb.InterruptException):
        _end("stopped; nothing unfinished was left behind", STOPPED)
    if isinstance(error, duckdb.IOException):
        _end(f"a file could not be read or written ({text})", MACHINE)


def _end(sentence: str, status: int) -> None:
    print(f"guiju: {sentence}", file=sys.stderr)
    sys.exit(status)
