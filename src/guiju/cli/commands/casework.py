"""Cases: what waits, what one is about, a decision, what is late, samples to label."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guiju.cli.commands._app import Language, Tongue
from guiju.cli.commands.cases import Where, cases_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from guiju.cases import Case, Step
    from guiju.cases.reports import Share

Platform = Annotated[str | None, typer.Option(help="Of this platform alone.")]
SHAPE = "%Y-%m-%d %H:%M"


class Outcome(StrEnum):
    """What a decision may say (guiju.cases.steps.OUTCOMES)."""

    overturned = "overturned"
    partly = "partly"
    upheld = "upheld"


@cases_app.command()
def queue(
    ledger: Where,
    platform: Platform = None,
    owed: Annotated[bool, typer.Option("--owed", help="Only appeals and reopenings that wait for an answer.")] = False,
    most: Annotated[int, typer.Option(help="How many to print.", min=1)] = 20,
) -> None:
    """What waits for a decision, the nearest deadline first."""
    from guiju.cases import Cases
    from guiju.cli.terminal import legible

    opened = Cases(ledger, make=False)
    waiting = opened.queue(platform=platform, owed=owed, most=most)
    for one in waiting:
        amount = _money(one.amount, one.currency) if one.currency else "no money"
        group = f"  group {one.group}" if one.group else ""
        told = (
            f"{_utc(one.until)}  {one.case}  {one.state:<9} {one.kind:<7} {amount:>16}  {one.party}  {one.rule}{group}"
        )
        typer.echo(legible(told))
    if not waiting:
        typer.echo("nothing waits")


@cases_app.command()
def show(
    ledger: Where,
    case: Annotated[str, typer.Argument(help="The case.")],
    language: Language = Tongue.zh,
) -> None:
    """A case: the reason, each fact against its limit, the money, the deadlines, every step."""
    from guiju.cases import Cases
    from guiju.cli.terminal import legible

    opened = Cases(ledger, make=False)
    one = opened.case(case)
    for line in (*_of_matter(one, language.value), *_of_standing(one)):
        typer.echo(legible(line))
    for step in opened.history(case):
        for line in _of_step(step):
            typer.echo(legible(line))


@cases_app.command()
def decide(
    ledger: Where,
    case: Annotated[str, typer.Argument(help="The case, or the group.")],
    outcome: Annotated[Outcome, typer.Option(help="What becomes of it; partly names --upheld, too.")],
    by: Annotated[str, typer.Option(help="Who decides: your own id.")],
    why: Annotated[str, typer.Option(help="The reason, as whoever is affected reads it.")],
    seen: Annotated[int, typer.Option(help="The number of the newest step that you have read.", min=1)],
    upheld: Annotated[str | None, typer.Option(help="Of partly: how much is upheld, as 12.34.")] = None,
    key: Annotated[
        str | None, typer.Option(help="The call's key; the same call with it again changes nothing.")
    ] = None,
) -> None:
    """Decide a case or a group; money held is given back or taken in the same transaction."""
    from guiju.cases import Cases
    from guiju.cli.terminal import counted

    opened = Cases(ledger, make=False)
    name = key or f"{case} {seen} {outcome} {upheld or ''} {by}"
    if opened.is_group(case):
        with opened.writing() as desk:
            group = desk.decide_group(name, case, outcome=outcome.value, by=by, why=why, seen=seen)
        if group.decided is None:
            typer.echo(f"{case}: proposed; another reviewer decides")
            return
        typer.echo(f"{case}: {outcome}; {counted(opened.carry_out(case), 'case')} decided")
        return
    part = _minor(upheld, opened.case(case).matter.currency) if upheld else None
    with opened.writing() as desk:
        done = desk.decide(name, case, outcome=outcome.value, by=by, why=why, seen=seen, upheld=part)
    if done.proposal is not None:
        typer.echo(f"{case}: proposed; another reviewer decides")
        return
    typer.echo(f"{case}: {done.outcome}; {_money(done.taken, done.matter.currency or 'CNY')} taken")


@cases_app.command()
def lapse(ledger: Where) -> None:
    """Let every case lapse whose time is up; whoever reads it later would find it lapsed, too."""
    from guiju.cases import Cases
    from guiju.cli.terminal import counted

    opened, lapsed = Cases(ledger, make=False), 0
    while True:
        with opened.writing() as desk:
            some = desk.lapse_due()
        if not some:
            break
        lapsed += some
    typer.echo(f"{ledger}: {counted(lapsed, 'case')} lapsed")


@cases_app.command()
def sla(ledger: Where, platform: Platform = None) -> None:
    """What is open, owed and late; how long answers took; what was overturned; how precise each trigger is."""
    from guiju.cases import Cases
    from guiju.cases.reports import precision, service
    from guiju.cli.terminal import print_pairs

    opened = Cases(ledger, make=False)
    now = service(opened, platform)
    hours = [("median", now.median_hours), ("9 of 10 within", now.p90_hours), ("most", now.most_hours)]
    print_pairs(
        [
            ("open", f"{now.open:,}"), ("answers owed", f"{now.owed:,}, of which overdue {now.overdue:,}"),
            ("answered", f"{now.answered:,}, of which late {now.late:,}"),
            ("hours to answer", ", ".join(f"{what} {n:.1f}" for what, n in hours if n is not None) or "–"),
            ("overturned", _share(now.overturned)), ("partly", _share(now.partly)),
            ("lapsed", f"{now.lapsed:,}"), ("withdrawn", f"{now.withdrawn:,}"),
            *((f"right: {one.trigger}", _share(one.right)) for one in precision(opened, platform)),
        ]
    )  # fmt: skip


@cases_app.command()
def head(ledger: Where) -> None:
    """Print the newest link of the chain of steps, an anchor: keep it elsewhere, for guiju verify --anchor."""
    import msgspec

    from guiju.cases import Cases
    from guiju.cases.verify import anchor

    typer.echo(msgspec.json.encode(anchor(Cases(ledger, make=False))))


@cases_app.command()
def sample(
    decisions: Annotated[Path, typer.Argument(help="A gate's journal, or a table of decisions as Parquet or CSV.")],
    out: Annotated[Path, typer.Argument(help="A new folder for the sheet.")],
    seed: Annotated[str, typer.Option(help="Any text; the same draws the same events.")],
    flags: Annotated[int, typer.Option(help="Events drawn at which a trigger held.", min=1)] = 100,
    others: Annotated[int, typer.Option(help="Events drawn at which it did not.", min=0)] = 100,
    trigger: Annotated[list[str] | None, typer.Option(help="Of this trigger alone; may be repeated.")] = None,
) -> None:
    """Draw a random sample of flags and non-flags, trigger by trigger, for people to label."""
    from guiju.cases.sampling import SHEET, draw
    from guiju.cli.terminal import legible

    about = draw(decisions, out, seed=seed, flags=flags, others=others, triggers=trigger or ())
    for stratum in about.strata:
        typer.echo(legible(f"{stratum.trigger}, {stratum.stratum}: {stratum.drawn:,} of {stratum.events:,}"))
    typer.echo(f"{out / SHEET}: write yes, no or unclear as label: whether the event breaks the trigger's rule")


@cases_app.command()
def labels(sheet: Annotated[Path, typer.Argument(help="The folder of a sample, its labels filled in.")]) -> None:
    """What a sample's labels say: precision and missed share of each trigger, with 95 % intervals."""
    from guiju.cases.sampling import estimates
    from guiju.cli.terminal import legible

    for one in estimates(sheet):
        missed = "" if one.missed_events is None else f", about {one.missed_events:,.0f} events"
        unclear = f"; {one.unclear} unclear" if one.unclear else ""
        typer.echo(
            legible(f"{one.trigger}: right {_share(one.precision)}; missed {_share(one.missed)}{missed}{unclear}")
        )


def _of_matter(case: Case, lang: str) -> list[str]:
    matter = case.matter
    lines = [
        f"{case.id}  {matter.kind}  {matter.platform}  {matter.party}  {matter.subject}",
        f"{matter.title.in_(lang)}: {matter.says.in_(lang)}",
        *(f"  {p.title.in_(lang)} [{p.mark}]" for p in matter.provisions),
    ]
    for fact in matter.facts:
        value = fact.value_says.in_(lang) if fact.value_says else fact.value
        unit = f" {fact.unit.in_(lang)}" if fact.unit else ""
        limit = ""
        if fact.limit and fact.limit_says:
            of = f" {fact.limit_unit.in_(lang)}" if fact.limit_unit else ""
            limit = f"  ({fact.limit_says.in_(lang)} {fact.limit}{of})"
        lines.append(f"  {fact.says.in_(lang)}: {value}{unit}{limit}")
    lines += ["已考虑的合理解释" if lang == "zh" else "innocent explanations considered"] if matter.innocent else []
    lines += [f"  {words.in_(lang)}" for words in matter.innocent]
    return lines


def _of_standing(case: Case) -> list[str]:
    currency = case.matter.currency
    lines = [f"{case.state}; newest step {case.steps}"]
    if currency:
        sums = {"in dispute": case.matter.amount, "held": case.left, "claimed": case.open_claim, "taken": case.taken}
        lines.append(", ".join(f"{what} {_money(n, currency)}" for what, n in sums.items()))
    moments = {"appeal before": case.appeal_until, "answer due": case.due_at, "lapses": case.lapses_at}
    if not case.is_open or case.rounds:
        moments.pop("lapses")
    return lines + [f"{what} {_local(at, case)}" for what, at in moments.items() if at is not None]


def _of_step(step: Step) -> Iterator[str]:
    """A step, and below it what was said in it."""
    why = "" if step.kind == "flagged" else f": {step.why}"  # which is the reason, told above
    yield f"{step.number:>4}  {_utc(step.recorded_at)}  {step.kind:<10} {step.by} ({step.role}){why}"
    said = step.says
    if words := getattr(said, "words", ""):
        yield f"      “{words}”"
    for file in getattr(said, "attachments", ()):
        yield f"      {file.name} ({file.type}, {file.size:,} bytes), SHA-256 {file.sha256}"


def _money(minor: int, currency: str) -> str:
    from guiju.ledger.money import units

    return f"{units(minor, currency):,} {currency}"


def _minor(amount: str, currency: str) -> int:
    from guiju.ledger.money import minor
    from guiju.records.errors import BadInput

    try:
        return minor(amount, currency)
    except ValueError as error:
        raise BadInput(f"--upheld {error}; write it as 12.34") from None


def _share(share: Share) -> str:
    if share.low is None or share.high is None:
        return "– (none yet)"
    return f"{share.found:,} of {share.of:,} = {share.found / share.of:.1%} ({share.low:.1%} to {share.high:.1%})"


def _utc(at: int) -> str:
    from guiju.ledger.entries import moment

    return f"{moment(at):{SHAPE}} UTC"


def _local(at: int, case: Case) -> str:
    from zoneinfo import ZoneInfo

    from guiju.ledger.entries import moment

    return f"{moment(at).astimezone(ZoneInfo(case.matter.zone)):{SHAPE}} {case.matter.zone}"
