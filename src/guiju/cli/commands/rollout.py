"""A new version of a set rolled out: the calls of a running service, from the command line."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from guiju.cli.commands.gate import gate_app

Url = Annotated[str, typer.Option(help="Where the service listens.", envvar="GUIJU_GATE")]
Key = Annotated[str, typer.Option(help="An API key with the scope that is needed.", envvar="GUIJU_KEY")]
Why = Annotated[str, typer.Option(help="Why; it is kept in the journal.")]
Meant = Annotated[str, typer.Option("--version", help="The digest that is meant; another candidate is left alone.")]
LOCAL = "http://127.0.0.1:8000"
ASKED_S = 0.2  # seconds between two looks at a candidate that is being warmed


@gate_app.command()
def propose(
    folder: Annotated[Path, typer.Argument(metavar="SET", help="The folder of the new version.")],
    why: Why,
    subject: Annotated[str, typer.Option(help="The column by which a share is taken; driver or seller else.")] = "",
    wait: Annotated[bool, typer.Option("--wait", help="Return when its windows are warm.")] = False,
    url: Url = LOCAL,
    key: Key = "",
) -> None:
    """Put a new version of the set beside the current one: it decides on every event, and is not answered."""
    from guiju.cli.terminal import bar
    from guiju.gate.versions import texts_of
    from guiju.records.errors import BadInput

    texts = texts_of(folder)
    told = _ask(url, key, "POST", "propose", {"texts": texts, "why": why, "subject": subject})
    with bar() as progress:
        while wait and (of := told["candidate"]) and not of["warm"]:
            if of["failed"]:
                raise BadInput(f"the candidate cannot be warmed ({of['failed']}); withdraw it")
            progress("windows from the journal", of["warmed"]["entries"] / max(of["warmed"]["of"], 1))
            time.sleep(ASKED_S)
            told = _ask(url, key, "GET", "")
    _print(told)


@gate_app.command()
def promote(
    why: Why,
    share: Annotated[float, typer.Option(help="The share of subjects it decides on, in percent; it only grows.")] = 100,
    version: Meant = "",
    url: Url = LOCAL,
    key: Key = "",
) -> None:
    """Let the candidate decide: on a share of the subjects, always the same ones, or on all."""
    _print(_ask(url, key, "POST", "promote", {"why": why, "share_pct": share, "version": version}))


@gate_app.command()
def rollback(why: Why, version: Meant = "", url: Url = LOCAL, key: Key = "") -> None:
    """Let the current version decide on every subject again; the candidate stays beside it."""
    _print(_ask(url, key, "POST", "rollback", {"why": why, "version": version}))


@gate_app.command()
def withdraw(why: Why, version: Meant = "", url: Url = LOCAL, key: Key = "") -> None:
    """Take the candidate away."""
    _print(_ask(url, key, "POST", "withdraw", {"why": why, "version": version}))


@gate_app.command()
def conclude(why: Why, version: Meant = "", url: Url = LOCAL, key: Key = "") -> None:
    """Make the candidate, which decides on all subjects, the current version, and let the old one go."""
    _print(_ask(url, key, "POST", "conclude", {"why": why, "version": version}))


@gate_app.command()
def rollout(url: Url = LOCAL, key: Key = "") -> None:
    """How the versions stand: which decides on whom, where they differ, and who changed what and why."""
    _print(_ask(url, key, "GET", ""))


@gate_app.command()
def differences(
    trigger: Annotated[str, typer.Option(help="Only where this trigger holds for one version alone.")] = "",
    action: Annotated[str, typer.Option(help="Only where the candidate's action is this, and the current's not.")] = "",
    most: Annotated[int, typer.Option(help="How many, the newest first.", min=1, max=1000)] = 100,
    url: Url = LOCAL,
    key: Key = "",
) -> None:
    """The newest events on which the versions differ: a line of JSON each, with both decisions."""
    import json
    from urllib.parse import urlencode

    asked = {"most": most} | ({"trigger": trigger} if trigger else {}) | ({"action": action} if action else {})
    for one in _ask(url, key, "GET", f"differences?{urlencode(asked)}"):
        typer.echo(json.dumps(one, ensure_ascii=False))


def _ask(url: str, key: str, method: str, what: str, body: Any = None) -> Any:
    """What the service answers. Raises BadInput with what it says, or where it does not answer."""
    import json
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError
    from urllib.request import Request, urlopen

    from guiju.records.errors import BadInput

    where = f"{url.rstrip('/')}/v1/rollout{'/' if what else ''}{what}"
    if not where.startswith(("http://", "https://")):
        raise BadInput(f"{url}: is no address of a service; write --url http://127.0.0.1:8000")
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    data = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(where, data, headers, method=method), timeout=120) as answer:
            return json.load(answer)
    except HTTPError as error:
        try:
            said = json.load(error)["detail"]
        except (ValueError, LookupError, TypeError):
            said = f"it answers {error.code}, as no gate does"
        raise BadInput(f"{said}" if error.code != 404 else f"{url}: {said}") from None
    except (URLError, OSError, HTTPException, ValueError) as error:
        why = getattr(error, "reason", error)
        raise BadInput(f"{url}: does not answer ({why}); begin guiju gate serve, or name its address") from None


def _print(told: dict[str, Any]) -> None:
    from guiju.cli.terminal import legible

    typer.echo(f"{told['set']}: the current version is {told['current']}")
    if of := told["candidate"]:
        for line in _candidate(of):
            typer.echo(line)
    for change in told["changes"]:
        share = f" to {change['share_pct']:g} %" if change["change"] == "promote" else ""
        at = change["at"][:19].replace("T", " ")
        said = legible(f"{change['by']}: {change['why']}")
        typer.echo(f"  {at}  {change['change']:<9}{change['version']}{share}  {said}")


def _candidate(of: dict[str, Any]) -> list[str]:
    differences, warmed = of["differences"], of["warmed"]
    share = of["share_pct"]
    whom = f"decides on {share:g} % by {of['subject']}" if share else "decides beside it, and is not answered"
    lines = [f"candidate {of['version']}: {whom}"]
    if of["failed"]:
        lines.append(f"  it goes along no more: {of['failed']}")
    elif not of["warm"]:
        lines.append(f"  its windows are made up to entry {warmed['entries']:,} of {warmed['of']:,}")
    lines.append(f"  {differences['compared']:,} events compared{_share(differences['differing'], 'differ')}")
    lines += [f"  {t['trigger']} holds only for the {t['only']}{_share(t)}" for t in differences["triggers"]]
    lines += [f"  {a['from']} became {a['to']}{_share(a)}" for a in differences["actions"]]
    lines += [f"  refused by the {whose} alone: {n:,}" for whose, n in differences["refused"].items()]
    return lines


def _share(of: dict[str, Any], word: str = "events") -> str:
    if of["share"] is None:
        return ""
    low, high = (f"{100 * bound:.2f}" for bound in of["interval_95"])
    return f": {of['events']:,} {word}, {100 * of['share']:.2f} % (95 %: {low}–{high})"
