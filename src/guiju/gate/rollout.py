"""The roll-out of a set: which version decides on which subject, and by whose word; journalled changes alone move it.

One version is *current*; at most one more, the *candidate*, runs beside it. Both decide on every event; `share_pct`
says for how many subjects the candidate's decision is answered. (A trigger's `mode` is another thing.)
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Literal

import msgspec

from guiju.gate.versions import Version
from guiju.records.errors import BadInput

PARTS = 10_000  # a share is of so many: hundredths of a percent
MOST_CHANGES = 1_000  # that are told; the journal has all
MOST_WHY = 2_000  # characters

Step = Literal["begin", "propose", "promote", "rollback", "withdraw", "conclude"]


class NotNow(BadInput):
    """The roll-out does not stand where this change could be made; the state is as it was."""


class NotYours(BadInput):
    """Another key must do this."""


class SetEntry(msgspec.Struct, kw_only=True):
    """A journal's entry: the service began with this text, and from here on it is current."""

    kind: str = "set"
    name: str
    stream: str
    digest: str
    texts: dict[str, str]
    given: str = ""  # digest of the texts that the service was begun with
    at: str = ""


class Change(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """A journal's entry: what was changed, by whose key, why, when, and how the versions stand after it."""

    kind: Literal["rollout"]
    change: Step
    by: str
    why: str
    at: str  # the machine's clock; nothing rests on it
    version: str  # the digest of the version it is about
    current: str
    candidate: str | None = None
    share_pct: float = 0.0
    subject: str = ""  # the column by whose values the share is taken
    texts: dict[str, str] | None = None  # of what is proposed
    name: str = ""


class Rollout(msgspec.Struct, kw_only=True, frozen=True):
    """How the versions stand after some entry of the journal."""

    current: Version | None = None
    candidate: Version | None = None
    share_pct: float = 0.0
    subject: str = ""
    proposed_by: str = ""
    proposed_after: int = 0  # the entry of the proposal: what comes after it is compared
    decided: bool = False  # whether the candidate was ever promoted
    given: str = ""
    changes: tuple[Change, ...] = ()

    def is_candidates(self, platform: str, subject: str) -> bool:
        """Whether the candidate decides on this subject: the same answer as long as the share does not shrink."""
        if self.candidate is None or not self.share_pct:
            return False
        return place(self.candidate.digest, platform, subject) < round(self.share_pct * PARTS / 100)

    def begun(self, entry: SetEntry) -> Rollout:
        """After the service began with this text."""
        version = Version(entry.name, entry.stream, entry.digest, entry.texts)
        begin = Change(
            kind="rollout", change="begin", by="guiju gate", why="the service began with this text", at=entry.at,
            version=entry.digest, current=entry.digest,
        )  # fmt: skip
        given = entry.given or version.of_texts
        return Rollout(current=version, given=given, changes=(*self.changes, begin)[-MOST_CHANGES:])

    def after(self, change: Change, sequence: int) -> Rollout:
        """After a journalled change."""
        changes = (*self.changes, msgspec.structs.replace(change, texts=None))[-MOST_CHANGES:]
        if change.change == "propose":
            assert change.texts is not None
            assert self.current is not None
            proposed = Version(change.name, self.current.stream, change.version, change.texts)
            return Rollout(
                current=self.current, candidate=proposed, subject=change.subject, proposed_by=change.by,
                proposed_after=sequence, given=self.given, changes=changes,
            )  # fmt: skip
        if change.change in ("promote", "rollback"):
            decided = self.decided or change.share_pct > 0
            return msgspec.structs.replace(self, share_pct=change.share_pct, decided=decided, changes=changes)
        current = self.candidate if change.change == "conclude" else self.current
        return Rollout(current=current, given=self.given, changes=changes)

    # -- what may be changed; each raises NotNow --

    def propose(self, version: Version, subject: str, **said: str) -> Change:
        current = self._current()
        if self.candidate is not None:
            raise NotNow(
                f"{self.candidate.digest} is beside the current version already; withdraw it, or conclude its roll-out",
                f"{self.candidate.digest} 已经在旁边；请撤回它，或者结束推出",
            )
        if version.digest == current.digest:
            raise NotNow(
                f"{version.digest} is the current version; change its text first",
                f"{version.digest} 就是现用的版本；请先改文本",
            )
        return self._change(
            "propose", version.digest, candidate=version.digest, subject=subject, texts=version.texts,
            name=version.name, **said,
        )  # fmt: skip

    def promote(self, share_pct: float, **said: str) -> Change:
        candidate = self._candidate()
        if share_pct < self.share_pct:
            raise NotNow(
                f"the candidate has {self.share_pct:g} % already, and a share only grows; "
                "roll it back, then begin anew",
                f"候选版本已有 {self.share_pct:g}%，比例只增不减；请先回退，再重新开始",
            )
        return self._change(
            "promote", candidate.digest, candidate=candidate.digest, share_pct=share_pct, subject=self.subject, **said
        )

    def rollback(self, **said: str) -> Change:
        candidate = self._candidate()
        if not self.share_pct:
            raise NotNow(
                "the current version decides on every subject; there is nothing to roll back",
                "全部对象由现用的版本决定，没有可以回退的",
            )
        return self._change("rollback", candidate.digest, candidate=candidate.digest, subject=self.subject, **said)

    def withdraw(self, **said: str) -> Change:
        candidate = self._candidate()
        if self.share_pct:
            raise NotNow(
                f"the candidate decides on {self.share_pct:g} % of the subjects; roll it back first",
                f"候选版本决定 {self.share_pct:g}% 的对象；请先回退",
            )
        return self._change("withdraw", candidate.digest, **said)

    def conclude(self, **said: str) -> Change:
        candidate = self._candidate()
        if self.share_pct < 100:
            raise NotNow(
                f"the candidate decides on {self.share_pct:g} % of the subjects; promote it to 100 % first",
                f"候选版本决定 {self.share_pct:g}% 的对象；请先推到 100%",
            )
        return msgspec.structs.replace(self._change("conclude", candidate.digest, **said), current=candidate.digest)

    def _current(self) -> Version:
        if self.current is None:
            raise NotNow(
                "there is no current version yet; ask again when the service is ready", "还没有现用的版本；请等服务就绪"
            )
        return self.current

    def _candidate(self) -> Version:
        if self.candidate is None:
            raise NotNow("there is no candidate; propose one first", "没有候选版本；请先提出一个")
        return self.candidate

    def _change(self, step: Step, version: str, *, by: str, why: str, at: str, **more: Any) -> Change:
        return Change(
            kind="rollout", change=step, by=by, why=why, at=at, version=version, current=self._current().digest, **more
        )


def place(digest: str, platform: str, subject: str) -> int:
    """Where a subject stands among PARTS, for one candidate: another candidate begins with other subjects."""
    text = "\0".join((digest, platform, subject)).encode("utf-8", "surrogatepass")
    return int.from_bytes(sha256(text).digest()[:8], "big") % PARTS
