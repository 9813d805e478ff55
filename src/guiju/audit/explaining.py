"""What went wrong, in the one sentence that a user hears at the command line and in the console."""

from __future__ import annotations

import errno
import os

MEND, MACHINE, STOPPED = 2, 3, 130  # exit statuses: the input or the call can be mended; disk or memory; stopped
STOPPED_SAID, STOPPED_ZH = "stopped; no half-written run is left", "已停止，没有留下写了一半的运行"


def explain(error: BaseException, language: str = "en") -> tuple[str, int] | None:
    """The sentence in `zh` or `en`, and the exit status that goes with it; None of what nobody foresaw."""
    if (told := _told(error)) is None:
        return None
    zh, en, status = told
    return (zh if language == "zh" else en), status


def _told(error: BaseException) -> tuple[str, str, int] | None:
    import duckdb

    from guiju.checks import BadCheck
    from guiju.records.errors import BadInput, both, is_full
    from guiju.rulebook import BadRule

    if isinstance(error, KeyboardInterrupt):
        return STOPPED_ZH, STOPPED_SAID, STOPPED
    if isinstance(error, BadInput | BadCheck | BadRule):
        return *both(error), MEND
    if isinstance(error, OSError | duckdb.Error) and is_full(error):
        where = getattr(error, "filename", None) or "while writing"
        en = f"the disk is full ({where}): make room, or choose another place"
        return "磁盘已满：请腾出空间，或者换个地方", en, MACHINE
    if isinstance(error, UnicodeEncodeError):
        en = f"a name is not UTF-8 ({error.object!a}): rename the file or folder"
        return f"名字不是 UTF-8（{error.object!a}）：请给文件或者文件夹改名", en, MEND
    if isinstance(error, MemoryError):
        return "内存不足：请少选一些规则", "memory ran out: ask fewer rules with --only", MACHINE
    return _of_system(error) if isinstance(error, OSError) else _of_engine(error)


def _of_system(error: OSError) -> tuple[str, str, int] | None:
    what = os.strerror(error.errno).lower() if error.errno else str(error)
    if error.errno in (errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM):
        en = f"the machine failed ({error.filename or 'a file'}: {what})"
        return f"机器出了故障（{error.filename or '某个文件'}，错误 {error.errno}）", en, MACHINE
    if error.filename:
        en = f"{error.filename}: {what}; name another place, or change its permissions"
        return f"{error.filename}：用不了（错误 {error.errno}）；请换个地方，或者改它的权限", en, MEND
    return None


def _of_engine(error: BaseException) -> tuple[str, str, int] | None:
    import duckdb

    if isinstance(error, duckdb.OutOfMemoryException):
        en = "memory or disk for spilling ran out: raise --memory, make room under --out, or ask fewer rules by --only"
        return "内存或者临时磁盘不足：请用 --memory 多给内存、腾出磁盘，或者少选一些规则", en, MACHINE
    if isinstance(error, duckdb.InterruptException):
        return STOPPED_ZH, STOPPED_SAID, STOPPED
    if isinstance(error, duckdb.IOException):
        en = f"a file could not be read or written ({str(error).split(chr(10))[0]})"
        return "有文件读不了或者写不了", en, MACHINE
    return None
