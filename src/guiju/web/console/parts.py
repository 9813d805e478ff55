"""The parts of the console: each folder here that has a `part.py` brings all that is its own, and is listed nowhere.

A folder holds the modules of its pages, `part.py` with their routes and their places in the first line, and beside them
`templates/*.j2`, `words/*.yaml` and `look.css` where it has any. What belongs to no folder is the house's own part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any, NamedTuple

from litestar.handlers import HTTPRouteHandler

if TYPE_CHECKING:
    from guiju.web.console.today import Item

HERE = "guiju.web.console"
SHEET = "look.css"
KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


class Place(NamedTuple):
    """A page in the navigation: address, name, whose it is, and under what its other pages lie.

    rank: the order; section: the words of the heading under which it stands, its own name where it stands alone.
    """

    rank: int
    address: str
    name: str
    roles: tuple[str, ...]
    under: str | tuple[str, ...] = ()
    section: str = ""

    @property
    def unders(self) -> tuple[str, ...]:
        """Each beginning of an address that is this place's, apart from its own."""
        return tuple(one for one in ((self.under,) if isinstance(self.under, str) else self.under) if one)


class Part(NamedTuple):
    """routes: of its pages; made: how names of words begin that are put together; known: what its templates know.

    today: what of it asks a visitor of a console for something, for the overview.
    """

    routes: tuple[HTTPRouteHandler, ...]
    places: tuple[Place, ...]
    made: tuple[str, ...] = ()
    known: Mapping[str, Any] = {}
    today: Callable[[Any, Any], list[Item]] = lambda it, who: []


@cache
def packages() -> tuple[str, ...]:
    """Where parts lie: the house's own first, then by name."""
    within = sorted(one.name for one in files(HERE).iterdir() if (one / "part.py").is_file())
    return (HERE, *(f"{HERE}.{name}" for name in within))


@cache
def parts() -> tuple[Part, ...]:
    """All there are, in the order of `packages`."""
    return tuple(import_module(f"{package}.part").PART for package in packages())


@cache
def places() -> tuple[Place, ...]:
    """Every page of the navigation, in order."""
    return tuple(sorted(place for part in parts() for place in part.places))


def lying(kind: str, end: str) -> list[Traversable]:
    """The files of all parts in a folder of theirs: `lying("words", ".yaml")`."""
    found = [files(package) / kind for package in packages() if (files(package) / kind).is_dir()]
    return [one for its in found for one in sorted(its.iterdir(), key=lambda f: f.name) if one.name.endswith(end)]


@cache
def statics() -> dict[str, bytes]:
    """The files that are served as they are, by name; the sheets of all parts are one."""
    served = {one.name: one.read_bytes() for end in KINDS for one in lying("static", end)}
    sheets = [files(package) / SHEET for package in packages()]
    served[SHEET] += b"".join(sheet.read_bytes() for sheet in sheets if sheet.is_file())
    return served


@cache
def static(name: str) -> str:
    """The address of a file of `statics`, which changes when the file does."""
    return f"/static/{name}?{sha256(statics()[name]).hexdigest()[:12]}"
