"""The roll-out as a caller moves it: a candidate proposed, promoted, rolled back, withdrawn or concluded."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import Any

import msgspec

from guiju.gate import Engine, Refused
from guiju.gate.features import kind_of
from guiju.gate.nodes import TEXT
from guiju.gate.rollout import MOST_WHY, PARTS, Change, NotNow, NotYours, Rollout
from guiju.gate.versions import Version, from_texts
from guiju.records.errors import BadInput, hint, hint_zh
from guiju.web.deciding import Deciding

TOLD_CHANGES = 50  # the newest
MOST_LISTED = 1_000
log = logging.getLogger("guiju.web")


class Proposal(msgspec.Struct, forbid_unknown_fields=True):
    """A new version: its texts by their places in the set's folder, and why."""

    texts: dict[str, str]
    why: str
    subject: str = ""  # the column by whose values a share is taken; the stream's own where it is left out


class Promotion(msgspec.Struct, forbid_unknown_fields=True):
    """The share of the subjects that the candidate is to decide on, and why; `version`: the digest that is meant."""

    why: str
    share_pct: float = 100.0
    version: str = ""


class Reasoned(msgspec.Struct, forbid_unknown_fields=True):
    """Why; `version`: the digest of the candidate that is meant."""

    why: str
    version: str = ""


class Rolling:
    """The roll-out of one service. `four_eyes`: who proposed a version cannot promote it."""

    def __init__(self, deciding: Deciding, four_eyes: bool = False) -> None:
        self.deciding, self.four_eyes = deciding, four_eyes
        self._preparing = asyncio.Lock()

    async def propose(self, by: str, of: Proposal) -> None:
        """Put a version beside the current one. Raises Refused, NotNow, Unavailable, BadInput."""
        said = self._said(by, of.why)
        subject = self._subject(of.subject)
        async with self._preparing:
            self.rollout.propose(self._version(of.texts, ""), subject, **said)  # before anything is read
            engine = await asyncio.to_thread(self._prepared, of.texts)
            version = self._version(of.texts, engine.set.digest)
            await self._change(lambda rollout: rollout.propose(version, subject, **said), engine)

    async def promote(self, by: str, of: Promotion) -> None:
        """Raises NotNow before the candidate is warm, NotYours where another key must do it."""
        said = self._said(by, of.why)
        parts = round(of.share_pct * PARTS / 100) if 0 < of.share_pct <= 100 else 0
        if not parts:
            raise BadInput(
                f"share_pct is {of.share_pct:g}; send a share from 0.01 to 100, in hundredths of a percent",
                f"比例 {of.share_pct:g} 不行；请写 0.01 至 100，精确到百分之一个百分点",
            )
        share_pct = parts * 100 / PARTS

        def make(rollout: Rollout) -> Change:
            change = rollout.promote(share_pct, **said)
            self._meant(rollout, of.version)
            self._warm()
            if self.four_eyes and by == rollout.proposed_by:
                raise NotYours(
                    f"the key {by} proposed this version, and another key must promote it",
                    f"这个版本由密钥 {by} 提出，须由另一把密钥推出",
                )
            return change

        if share_pct != self.rollout.share_pct:
            await self._change(make)

    async def rollback(self, by: str, of: Reasoned) -> None:
        said = self._said(by, of.why)
        await self._change(lambda rollout: self._meant(rollout, of.version).rollback(**said))

    async def withdraw(self, by: str, of: Reasoned) -> None:
        said = self._said(by, of.why)
        await self._change(lambda rollout: self._meant(rollout, of.version).withdraw(**said))

    async def conclude(self, by: str, of: Reasoned) -> None:
        said = self._said(by, of.why)
        await self._change(lambda rollout: self._meant(rollout, of.version).conclude(**said))

    @property
    def rollout(self) -> Rollout:
        return self.deciding.versions.rollout

    async def _change(self, make: Any, proposed: Engine | None = None) -> None:
        await self.deciding.change(make, proposed)
        last = self.rollout.changes[-1]
        log.info("rollout", extra={"change": last.change, "version": last.version, "share_pct": last.share_pct})

    def _version(self, texts: dict[str, str], digest: str) -> Version:
        """A text of another folder is a version of this set, whatever the folder is called."""
        return Version(self.deciding.set.name, self.deciding.set.stream, digest, texts)

    def _prepared(self, texts: dict[str, str]) -> Engine:
        """An engine without history. By a thread beside the decisions'."""
        of, now = from_texts(self.deciding.set.name, texts), self.deciding.set
        if of.stream != now.stream:
            raise Refused(
                "features.sql", f"it is over {of.stream}, and this gate decides on {now.stream}; write FROM that"
            )
        return self.deciding.start(of)

    def _subject(self, named: str) -> str:
        stream = self.deciding.set.features.stream
        name = named or self.deciding.set.subject
        known = [c.name for c in stream.columns if c.needed and kind_of(c) == TEXT and c.name not in ("platform",)]
        if name not in known:
            raise BadInput(
                f"subject: {name!r} is no column of {stream.name} that every event has; {hint(name, known)}",
                f"subject：{name!r} 不是 {stream.name} 里每个事件都有的列；{hint_zh(name, known)}",
            )
        return name

    def _said(self, by: str, why: str) -> dict[str, str]:
        if not why.strip() or len(why) > MOST_WHY:
            raise BadInput(
                f"why: say why, in at most {MOST_WHY:,} characters; it is kept with the change",
                f"请写明理由，至多 {MOST_WHY:,} 字；与变更一起保存",
            )
        return {"by": by, "why": why.strip(), "at": datetime.now(UTC).isoformat(timespec="milliseconds")}

    @staticmethod
    def _meant(rollout: Rollout, version: str) -> Rollout:
        if version and rollout.candidate is not None and rollout.candidate.digest != version:
            raise NotNow(
                f"the candidate is {rollout.candidate.digest}, not {version}; look at it first",
                f"候选版本是 {rollout.candidate.digest}，不是 {version}；请先看它",
            )
        return rollout

    def _warm(self) -> None:
        versions, warming = self.deciding.versions, self.deciding.warming
        if versions.failed:
            raise NotNow(
                f"the candidate goes along no more ({versions.failed}); withdraw it, and propose it anew",
                "候选版本不再跟随；请撤回它，再重新提出",
            )
        if versions.beside is None:
            done, of = (warming.last, self.deciding.journal.last) if warming else (0, self.deciding.journal.last)
            raise NotNow(
                f"the candidate's windows are made up to entry {done:,} of {of:,} ({done / max(of, 1):.0%}); "
                "promote it when they are warm",
                f"候选版本的窗口才算到第 {done:,} 条（共 {of:,} 条，{done / max(of, 1):.0%}）；算齐以后再推出",
            )

    def told(self) -> dict[str, Any]:
        """How the versions stand: for an answer as JSON."""
        versions, rollout = self.deciding.versions, self.rollout
        return {
            "set": versions.set.name,
            "current": versions.set.digest,
            "candidate": self._candidate() if rollout.candidate else None,
            "changes": [_told(change) for change in reversed(rollout.changes[-TOLD_CHANGES:])],
        }

    def _candidate(self) -> dict[str, Any]:
        versions, rollout, warming = self.deciding.versions, self.rollout, self.deciding.warming
        assert rollout.candidate is not None
        entries = self.deciding.journal.last
        return {
            "version": rollout.candidate.digest,
            "proposed_by": rollout.proposed_by,
            "share_pct": rollout.share_pct,
            "subject": rollout.subject,
            "warm": versions.beside is not None,
            "failed": versions.failed or None,
            "warmed": {"entries": warming.last if warming else entries if versions.beside else 0, "of": entries},
            "differences": (warming or versions).differences.told(),
        }

    def version(self, digest: str) -> Version:
        """The texts of the current version or of the candidate. Raises NotNow where it is neither."""
        at_work = [of for of in (self.rollout.current, self.rollout.candidate) if of is not None]
        found = next((of for of in at_work if of.digest == digest), None)
        if found is None:
            raise NotNow(
                f"no version {digest} is at work; {' and '.join(of.digest for of in at_work)} is",
                f"没有版本 {digest} 在用；在用的是 {'、'.join(of.digest for of in at_work)}",
            )
        return found

    def differences(self, trigger: str | None, action: str | None, most: int) -> list[dict[str, Any]]:
        """The newest kept differences, whole. Raises NotNow where there is no candidate."""
        if self.rollout.candidate is None:
            raise NotNow("there is no candidate; propose one first", "没有候选版本；请先提出一个")
        found = (self.deciding.warming or self.deciding.versions).differences
        return found.listed(trigger, action, min(most, MOST_LISTED))


def _told(change: Change) -> dict[str, Any]:
    """A change without the texts, which the journal has."""
    names = ("change", "version", "current", "candidate", "share_pct", "by", "why", "at")
    return {name: getattr(change, name) for name in names}
