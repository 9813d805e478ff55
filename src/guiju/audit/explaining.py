"""What went wrong, in the one sentence that a user hears at the command line and in the console."""

from __future__ import annotations

import errno
import os

MEND, MACHINE, STOPPED = 2, 3, 130  # exit statuses: the input or the call can be mended; disk or memory; stopped
STOPPED_SAID = "stopped; no half-written run is left"


def explain(error: BaseException) -> tuple[str, int] | None:
    """The sentence, and the exit status that goes with it; None of what nobody foresaw."""
    import duckdb

    from guiju.checks import BadCheck
    from guiju.records.errors import BadInput, is_full
    from guiju.rulebook import BadRule

    if isinstance(error, KeyboardInterrupt):
        return STOPPED_SAID, STOPPED
    if isinstance(error, BadInput | BadCheck | BadRule):
        return str(error), MEND
    if isinstance(error, OSError | duckdb.Error) and is_full(error):
        where = getattr(error, "filename", None) or "while writing"
        return f"the disk is full ({where}): make room, or choose another place", MACHINE
    if isinstance(error, UnicodeEncodeError):
        return f"a name is not UTF-8 ({error.object!a}): rename the file or folder", MEND
    if isinstance(error, MemoryError):
        return "memory ran out: ask fewer rules with --only", MACHINE
    return _of_system(error) if isinstance(error, OSError) else _of_engine(error)


def _of_system(error: OSError) -> tuple[str, int] | None:
    what = os.strerror(error.errno).lower() if error.errno else str(error)
    if error.errno in (errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM):
        return f"the machine failed ({error.filename or 'a file'}: {what})", MACHINE
    if error.filename:
        return f"{error.filename}: {what}; name another place, or change its permissions", MEND
    return None


def _of_engine(error: BaseException) -> tuple[str, int] | None:
    import duckdb

    if isinstance(error, duckdb.OutOfMemoryException):
        return "memory or the disk for spilling ran out: make room under --out, or ask fewer rules with --only", MACHINE
    if isinstance(error, duckdb.InterruptException):
        return STOPPED_SAID, STOPPED
    if isinstance(error, duckdb.IOException):
        return f"a file could not be read or written ({str(error).split(chr(10))[0]})", MACHINE
    return None
