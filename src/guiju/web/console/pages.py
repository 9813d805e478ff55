"""Pages that other rooms drew (a shelf, a stress, a season, growth, a rating), found in a folder and shown.

They are shown as they are, but for the language they begin in and the way back. They are whole in themselves: nothing
on them runs here, nothing is fetched from elsewhere, and they send nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape, unescape
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath

from guiju.web.console.admission import STAFF, may
from guiju.web.console.answering import It, Who, page, threaded
from guiju.web.console.console import Console
from guiju.web.console.refusals import NotHere
from guiju.web.console.words import Words

TITLE = re.compile(r"<title>([^<]{1,200})</title>")
REPORT = "report.html"  # in a run's folder
MADE_HERE = '<meta name="generator" content="Guiju">'
HEAD, MOST, DEPTH = 4_096, 500, 4  # characters of a page that are read for the list; pages listed; folders down
LARGEST = 50_000_000  # bytes
RADIO = rb'(<input type="radio" name="language") id="%s"(?: checked)?>'
BOTH = re.compile((RADIO % b"zh") + (RADIO % b"en"))  # the switch of a page in two languages
SCRIPT = re.compile(rb"<script>.*?</script>\n?", re.DOTALL)
SHOWN_AS_IT_IS = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox"
)


class Drawn(msgspec.Struct):
    """A page: its place below the folder, its title, when it was made.

    run: of an audit's report, its run where that is one of the console's. elsewhere: the folder of its run where not:
    what it found is not looked through here.
    """

    place: str
    title: str
    made_at: datetime
    run: str = ""
    elsewhere: str = ""


class Shelf(msgspec.Struct):
    """The pages there are, the newest first; `named`: whether a folder was named at all."""

    pages: list[Drawn]
    named: bool


@get("/pages", opt=may(*STAFF))
@threaded
def pages(request: Request[Any, Any, Any], it: It) -> Response[Any]:
    found = [_of_run(it, it.pages, one) for one in drawn(it.pages)] if it.pages else []
    return page(request, "pages.html.j2", Shelf(found, it.pages is not None))


def _of_run(it: Console, folder: Path, one: Drawn) -> Drawn:
    """A page with the run whose report it is, if it is one's."""
    path = folder / one.place
    if path.name != REPORT or not (path.parent / "manifest.json").is_file():
        return one
    if path.parent.parent.resolve() == it.runs.folder.resolve():
        return msgspec.structs.replace(one, run=path.parent.name)
    return msgspec.structs.replace(one, elsewhere=Path(one.place).parent.parent.as_posix())


@get("/pages/{place:path}", opt=may(*STAFF))
@threaded
def shown(it: It, who: Who, place: FromPath[Path]) -> Response[bytes]:
    asked = str(place).strip("/")
    if it.pages is None or asked not in {one.place for one in drawn(it.pages)}:
        raise NotHere("there is no such page")
    return as_drawn((it.pages / asked).read_bytes(), who.words, "/pages", who.words("nav_pages"))


def as_drawn(content: bytes, words: Words, to: str, name: str) -> Response[bytes]:
    """A page shut off from the console: begun in its reader's language, with the way back on top.

    Its script only chooses a language, which its switch does alone; none runs here, so none is sent.
    """
    found = SCRIPT.sub(b"", content)
    if BOTH.search(found):
        first, second = (b" checked", b"") if words.language == "zh" else (b"", b" checked")
        found = BOTH.sub(lambda of: b'%s id="zh"%s>%s id="en"%s>' % (of[1], first, of[2], second), found, count=1)
        found = found.replace(b'<html lang="zh-CN">', f'<html lang="{words.code}">'.encode(), 1)
    back = f'<body>\n<p><a href="{escape(to)}">← {escape(name)}</a></p>'.encode()
    found = found.replace(b"<body>", back, 1)
    return Response(found, media_type="text/html", headers={"content-security-policy": SHOWN_AS_IT_IS})


def drawn(folder: Path) -> list[Drawn]:
    """Pages that Guiju drew, in the folder and those below it, the newest first."""
    found = []
    for path in _pages(folder):
        inside = path.relative_to(folder)
        try:
            stat = path.stat()
            with path.open(encoding="utf-8") as file:
                head = file.read(HEAD)
        except (OSError, UnicodeDecodeError):
            continue
        if MADE_HERE in head and stat.st_size <= LARGEST:
            title = TITLE.search(head)
            made_at = datetime.fromtimestamp(stat.st_mtime, UTC)
            found.append(Drawn(inside.as_posix(), unescape(title[1]).strip() if title else inside.name, made_at))
    return sorted(found, key=lambda one: (one.made_at, one.place), reverse=True)[:MOST]


def _pages(folder: Path) -> Iterator[Path]:
    """Files that may be pages, not far below the folder; what is hidden, or a link, is passed over."""
    for here, below, names in os.walk(folder):
        depth = len(Path(here).relative_to(folder).parts)
        below[:] = [name for name in sorted(below) if not name.startswith(".") and depth + 2 <= DEPTH]
        for name in sorted(names):
            path = Path(here, name)
            if name.endswith(".html") and not name.startswith(".") and not path.is_symlink():
                yield path


ROUTES = [pages, shown]
