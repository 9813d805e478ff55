"""The sending of webhooks: from the journal into the outbox, from the outbox to the endpoints, until they take it."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import msgspec

from guiju.cases.notices.posting import NotSent, post
from guiju.cases.notices.signing import signed
from guiju.gate import TriggerSet
from guiju.journal import Damaged, Following
from guiju.journal.following import acknowledged, identity
from guiju.journal.reading import entry_at
from guiju.records.errors import BadInput
from guiju.web.decided import decided, whole
from guiju.web.webhooks.endpoints import Endpoint, load_endpoints
from guiju.web.webhooks.outbox import Message, Outbox, subject_of

READ = 2_000  # entries at once
AT_ONCE = 8  # messages on their way to one endpoint
LEAST_SECONDS, MOST_SECONDS = 5.0, 3_600.0  # between two attempts
IDLE_SECONDS = 0.05
DAY_SECONDS = 86_400


class Lost(Exception):
    """A message whose entry is in the journal no more."""


class Sending:
    """The webhooks of one journal. Raises BadInput where the outbox or an endpoint cannot be used."""

    def __init__(self, folder: Path, endpoints: list[Endpoint], clock: Callable[[], float] = time.time) -> None:
        self.folder, self.clock = folder, clock
        self.endpoints = {endpoint.name: endpoint for endpoint in endpoints}
        self._keys = {endpoint.name: endpoint.keys() for endpoint in endpoints}
        self.journal = identity(folder)
        self.outbox = Outbox(folder, self.journal)
        self.outbox.meet(list(self.endpoints), acknowledged(folder))
        self._read = {name: self.outbox.read_up_to(name) for name in self.endpoints}
        self._following = Following(folder, min(self._read.values(), default=0))
        self._pools = {name: ThreadPoolExecutor(AT_ONCE, f"webhook {name}") for name in self.endpoints}
        self._on_their_way: dict[Message, Future[None]] = {}

    def strange(self, of: TriggerSet) -> list[str]:
        """What the endpoints name that this set does not have."""
        known = {trigger.name for trigger in of.triggers}
        named = [(e.name, trigger) for e in self.endpoints.values() for trigger in e.triggers if trigger not in known]
        return [
            f"endpoint {name} names the trigger {trigger}, which {of.name} does not have" for name, trigger in named
        ]

    def read(self) -> int:
        """Take up what was decided since; returns how many entries were read."""
        entries = self._following.take(READ, acknowledged(self.folder))
        if not entries:
            return 0
        now, messages = self.clock(), list[Message]()
        for entry in entries:
            if (decision := decided(entry)) is None or decision.action == "allow":
                continue
            subject = subject_of(decision.platform, decision.subject)
            messages += [
                Message(name, entry.sequence, subject, entry.place, decision.action, now, 0)
                for name, endpoint in self.endpoints.items()
                if entry.sequence > self._read[name] and endpoint.wants(decision)
            ]
        self._read = {name: max(sequence, entries[-1].sequence) for name, sequence in self._read.items()}
        self.outbox.add(messages, self._read)
        return len(entries)

    def send(self) -> int:
        """Send what is due, and note what became of what was sent; returns how many messages moved."""
        moved = self._settle()
        now = self.clock()
        for name, endpoint in self.endpoints.items():
            on_their_way = {m.sequence for m in self._on_their_way if m.endpoint == name}
            for message in self.outbox.due(name, now, AT_ONCE + len(on_their_way)):
                if message.sequence not in on_their_way and len(on_their_way) < AT_ONCE:
                    on_their_way.add(message.sequence)
                    self._on_their_way[message] = self._pools[name].submit(self._post, endpoint, message)
                    moved += 1
        return moved

    def _settle(self) -> int:
        ended = [message for message, future in self._on_their_way.items() if future.done()]
        for message in ended:
            error, now = self._on_their_way.pop(message).exception(), self.clock()
            if error is None:
                self.outbox.sent(message, now)
            elif isinstance(error, NotSent):
                self._again(message, now, str(error))
            elif isinstance(error, Lost):
                self.outbox.give_up(message, now, str(error))
            else:
                raise error
        return len(ended)

    def _again(self, message: Message, now: float, why: str) -> None:
        if now - message.since > self.endpoints[message.endpoint].give_up_days * DAY_SECONDS:
            self.outbox.give_up(message, now, why)
        else:
            pause = min(LEAST_SECONDS * 2**message.attempts, MOST_SECONDS)
            self.outbox.failed(message, now + pause * random.uniform(0.5, 1.5), why)

    def _post(self, endpoint: Endpoint, message: Message) -> None:
        """One attempt. Raises NotSent, Lost."""
        try:
            entry = entry_at(self.folder, message.place)
        except Damaged as error:
            raise NotSent(0, str(error)) from None
        except BadInput:
            raise Lost("its entry was dropped from the journal before it was taken") from None
        if entry.sequence != message.sequence:
            raise Lost("its entry is in the journal no more: an older copy was put in its place")
        body = told(message.action, whole(entry))
        id = f"{self.journal[:16]}_{message.sequence}"
        headers = signed(self._keys[endpoint.name], id, int(self.clock()), body)
        post(endpoint.url, {"Content-Type": "application/json", **headers}, body, endpoint.timeout_seconds)

    def close(self) -> None:
        """Wait for what is on its way."""
        for pool in self._pools.values():
            pool.shutdown()
        self._settle()
        self.outbox.close()


class Body(msgspec.Struct):
    """What is sent: the decision as it was answered, in the envelope of Standard Webhooks."""

    type: str
    timestamp: str
    data: msgspec.Raw


class _Moment(msgspec.Struct):
    decision_at: str


def told(action: str, decision: bytes) -> bytes:
    """The body: the same bytes at every attempt."""
    at = msgspec.json.decode(decision, type=_Moment).decision_at
    return msgspec.json.encode(Body(f"decision.{action}", at, msgspec.Raw(decision)))


def send(goes_on: Callable[[], bool], folder: Path, path: Path) -> None:
    """Send a journal's webhooks to the endpoints of a file as long as it goes on. Raises as `Sending`."""
    sending = Sending(folder, load_endpoints(path))
    try:
        while goes_on():
            if not sending.read() + sending.send():
                time.sleep(IDLE_SECONDS)
    except sqlite3.Error as error:
        raise BadInput(f"{sending.outbox.path}: cannot be written ({error}); make room") from None
