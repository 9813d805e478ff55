"""The navigation as one account sees it on one page: sections, and within each its pages."""

from __future__ import annotations

from typing import NamedTuple

from guiju.web.console.parts import Place, places
from guiju.web.console.visiting import Visitor


class Section(NamedTuple):
    """A heading and the pages under it that this account may see; its own address is that of the first."""

    name: str
    pages: list[Place]
    here: Place | None  # of them the one that is looked at, or under which that lies

    @property
    def address(self) -> str:
        return self.pages[0].address


def sections(who: Visitor, path: str) -> list[Section]:
    """In order; a section of which only one page is this account's has that page's name."""
    seen: dict[str, list[Place]] = {}
    for place in places():
        if who.is_one_of(*place.roles):
            seen.setdefault(place.section or place.name, []).append(place)
    here = _here(path)
    return [
        Section(pages[0].name if len(pages) == 1 else name, pages, here if here in pages else None)
        for name, pages in seen.items()
    ]


def _here(path: str) -> Place | None:
    """The place of a path: its own, or else the one whose other pages it is most closely among."""
    for place in places():
        if path == place.address:
            return place
    among = [(len(under), place) for place in places() for under in place.unders if path.startswith(under)]
    return max(among, key=lambda one: one[0], default=(0, None))[1]
