"""The folder written: the printable page, the statement in both languages, the links, the attachments, a manifest."""

from __future__ import annotations

import shutil
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from markupsafe import Markup

from guiju.audit.report.templates import environment
from guiju.cases.attachments import Attachment, Attachments, clean
from guiju.cases.pack.gathered import Gathered, attachments, gather
from guiju.cases.statement.page import Phrases, fields, page
from guiju.cases.steps import Step
from guiju.cases.store import Cases
from guiju.ledger.entries import moment
from guiju.ledger.money import units
from guiju.records.errors import BadInput

HERE = Path(__file__).parent
PARTS = ("statement", "letters", "money", "journal", "files", "checking")


class Packed(NamedTuple):
    """What was written; `absent`: attachments that were not there, or not whole any more."""

    folder: Path
    files: int
    absent: list[str]


class File(NamedTuple):
    """An attachment in the pack: where, or what is wrong with it."""

    name: str
    path: str
    fault: str
    size: int
    sha256: str


class Letter(NamedTuple):
    """Something that was said between the two; `place` in the order it was said."""

    place: float
    at: datetime
    title: str
    who: str
    text: str
    lines: list[str]


def pack(cases: Cases, id: str, out: Path, language: str = "zh", kept: Attachments | None = None) -> Packed:
    """Write a case's evidence into a new folder. Raises BadInput: there is one; Refused: there is no such case."""
    if out.exists():
        raise BadInput(f"{out}: is there already; name a new folder for the pack")
    told = gather(cases, id)
    aside = out.with_name(f".{out.name}.new")
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        files = [_put(aside, number, one, kept) for number, one in enumerate(attachments(told.steps), 1)]
        for name, body in _texts(told, language, files).items():
            (aside / name).write_text(body, encoding="utf-8")
        digests = {
            str(path.relative_to(aside)): sha256(path.read_bytes()).hexdigest()
            for path in sorted(aside.rglob("*"))
            if path.is_file()
        }
        manifest = {"case": id, "made_at": told.statement.as_of, "files": digests}
        (aside / "manifest.json").write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
        aside.rename(out)
    except OSError as error:
        raise BadInput(f"{out}: {error.strerror}; name a folder that can be written") from None
    return Packed(out, len(digests) + 1, [file.name for file in files if file.fault])


def _texts(told: Gathered, language: str, files: list[File]) -> dict[str, str]:
    s = told.statement

    def json(value: Any) -> str:
        return msgspec.json.format(msgspec.json.encode(value)).decode() + "\n"

    def lines(links: list[Any]) -> str:
        return "".join(msgspec.json.encode(link).decode() + "\n" for _, link in links)

    return {
        "index.html": _page(told, language, files), "statement.zh.html": page(s, "zh"),
        "statement.en.html": page(s, "en"), "statement.json": json(s), "steps.jsonl": lines(told.steps),
        "entries.jsonl": lines(told.entries), "heads.json": json(told.heads),
        "verify.py": (HERE / "verify.py").read_text(encoding="utf-8"),
    }  # fmt: skip


def _put(folder: Path, number: int, one: Attachment, kept: Attachments | None) -> File:
    """Copy an attachment, if it is there and whole."""
    name = f"attachments/{number:02}-{clean(one.name)}"
    try:
        if kept is None:
            raise BadInput("no folder of attachments was named")
        if not kept.is_whole(one.sha256):
            return File(one.name, "", "file_changed", one.size, one.sha256)
        (folder / "attachments").mkdir(exist_ok=True)
        shutil.copyfile(kept.path(one.sha256), folder / name)
    except BadInput:
        return File(one.name, "", "file_missing", one.size, one.sha256)
    return File(one.name, name, "", one.size, one.sha256)


def _page(told: Gathered, language: str, files: list[File]) -> str:
    s, w, zone = told.statement, Phrases(language, HERE / "words.yaml"), ZoneInfo(told.statement.zone)
    statements = environment("guiju.cases.statement")
    look = statements.loader.get_source(statements, "look.css")[0] if statements.loader else ""
    steps = [
        {
            "sequence": step.sequence, "at": _local(step.recorded_at, zone), "kind": w(f"step_{step.kind}"),
            "who": w.who(step.by, step.role), "why": step.why, "chain": link.chain,
        }
        for step, link in told.steps
    ]  # fmt: skip
    entries = [
        {
            "sequence": e.sequence, "at": _local(e.recorded_at, zone), "kind": e.kind, "reason": e.reason,
            "amount": w.amount(units(e.amount, e.currency), e.currency),
        }
        for e, _ in told.entries
    ]  # fmt: skip
    body = Markup(statements.get_template("body.html.j2").render(fields(s, w)))  # its own template has escaped it
    return environment("guiju.cases.pack").get_template("page.html.j2").render(
        s=s, w=w, chinese=language == "zh", look=Markup(look), body=body, parts=PARTS, steps=steps, entries=entries,
        files=files, letters=_letters(told, w, zone), heads=told.heads,
    )  # fmt: skip


def _local(at: int, zone: ZoneInfo) -> datetime:
    return moment(at).astimezone(zone)


def _letters(told: Gathered, w: Phrases, zone: ZoneInfo) -> list[Letter]:
    """Notices, appeals, statements and decisions, in the order they were made."""
    found = []
    for notice in told.notices:
        lines = [
            w(
                "letter_attempt", number=a.number, outcome=w(f"outcome_{a.outcome}"), when=w.at(_local(a.at, zone)),
                proof=" ".join(str(x) for x in (a.status, a.gateway_id, a.why) if x),
            )
            for a in told.attempts.get(notice.step, [])
        ]  # fmt: skip
        title = w("letter_notice", channel=w.channel(notice.sender), language=notice.language)
        found.append(Letter(notice.step + 0.5, _local(notice.at, zone), title, "", notice.text, lines))
    queued = {(notice.number, notice.sender) for notice in told.notices}
    for step, _ in told.steps:
        text, lines = _said(step, w, queued)
        if text or lines:
            at, who = _local(step.recorded_at, zone), w.who(step.by, step.role)
            found.append(Letter(step.sequence, at, w(f"step_{step.kind}"), who, text, lines))
    return sorted(found, key=lambda letter: letter.place)


def _said(step: Step, w: Phrases, queued: set[tuple[int, str]]) -> tuple[str, list[str]]:
    """What a step says to the other side, and what belongs to it; nothing of one that is told with its notice."""
    says = step.says
    if step.kind in ("appealed", "stated", "reopened"):
        return says.words, [w("attached", name=one.name, sha256=one.sha256) for one in says.attachments]
    if step.kind in ("decided", "withdrawn", "retracted", "left"):
        return step.why, [w(says.outcome)] if step.kind == "decided" else []
    if step.kind == "mandated":
        return step.why, [w("letter_mandated", to=says.to)]
    if step.kind in ("sent", "delivered") and (says.about, says.channel) not in queued:  # by a channel of its own
        if step.kind == "delivered":
            return "", [w("letter_delivered", proof=says.proof)]
        return "", [w("letter_sent", channel=w.channel(says.channel), document=says.document or "–")]
    return "", []
