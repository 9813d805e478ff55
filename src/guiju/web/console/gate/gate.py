"""One gate as the console has it: the service to be asked, the journal that is followed, and the sets they speak of."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

from guiju.cases.matters import Telling
from guiju.gate import Refused, TriggerSet
from guiju.gate.versions import Version, from_texts
from guiju.journal import Entry, Following
from guiju.journal.following import acknowledged
from guiju.journal.reading import entry_at
from guiju.records.errors import BadInput
from guiju.web.console.gate.asking import Asking
from guiju.web.console.gate.feed import BACK, Feed
from guiju.web.console.gate.named import Named
from guiju.web.console.gate.telling import tells_of
from guiju.web.decided import DECISION

MOST_SETS = 20
SLOW_S, BEAT_S = 30.0, 15.0  # a reader who takes nothing for so long is cut off; how often a silent stream is heard
PAUSE_S = 0.5  # between two messages: more cannot be read
MOST_DRAWN = 64


class Gate:
    """What the pages of the gate ask. `feed` is None where no journal was named.

    slow_s, beat_s, pause_s: when a reader of the stream is cut off, how often it hears something, and how seldom.
    """

    def __init__(
        self, named: Named, back: int = BACK, slow_s: float = SLOW_S, beat_s: float = BEAT_S, pause_s: float = PAUSE_S
    ) -> None:
        self.named, self.asking = named, Asking(named.url, named.key)
        self.slow_s, self.beat_s, self.pause_s = slow_s, beat_s, pause_s
        self.feed = Feed(named.folder, back) if named.folder else None
        self.cut_off: set[str] = set()  # sessions whose reader was too slow, until they are told
        self._drawn = OrderedDict[Hashable, bytes]()
        self._lock, self._sets = Lock(), OrderedDict[str, TriggerSet | None]()

    def version(self, digest: str) -> Version | None:
        """A version's texts: from the journal as far as it was read, or of the service; None where neither has them."""
        if self.feed is not None and (found := self.feed.versions.get(digest)) is not None:
            return found
        try:
            return self.asking.version(digest)
        except BadInput:
            return None

    def set_of(self, digest: str) -> TriggerSet | None:
        """The set that decides by a version; None where its texts are not known here, or mean something else here."""
        with self._lock:
            if digest in self._sets:
                return self._sets[digest]
        if (version := self.version(digest)) is None:
            return None  # it may be known later
        try:
            of: TriggerSet | None = from_texts(version.name, version.texts)
        except Refused:  # of another Guiju
            of = None
        if of is not None and of.digest != digest:
            of = None
        with self._lock:
            self._sets[digest] = of
            while len(self._sets) > MOST_SETS:
                self._sets.popitem(last=False)
        return of

    def telling(self, digest: str) -> Telling:
        """How a version's decisions are told to people; nothing of one that does not say, or is not known here."""
        version = self.version(digest)
        return tells_of(version.texts) if version else Telling()

    def entry(self, sequence: int) -> Entry | None:
        """A decision's entry of the journal; None where it is none, or is not kept. Raises BadInput (Damaged)."""
        folder = self.named.folder
        if self.feed is None or folder is None or not 0 < sequence <= acknowledged(folder):
            return None
        if (place := self.feed.place_of(sequence)) is not None:
            found = [entry_at(folder, place)]
        else:
            found = Following(folder, sequence - 1).take(1, sequence)
        return next((e for e in found if e.sequence == sequence and e.payload.startswith(DECISION)), None)

    def drawn(self, key: Hashable, draw: Callable[[], bytes]) -> bytes:
        """A message to readers of one kind, drawn once for all of them. On the event loop."""
        if (made := self._drawn.get(key)) is None:
            made = self._drawn[key] = draw()
            while len(self._drawn) > MOST_DRAWN:
                self._drawn.popitem(last=False)
        return made

    def ending(self) -> None:
        """Readers of the stream are let go."""
        if self.feed is not None:
            self.feed.end()

    def close(self) -> None:
        if self.feed is not None:
            self.feed.close()
