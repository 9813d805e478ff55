"""Referral fees."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Optional

import typer

from guiju.cli.commands._app import Language, Mapping, Tongue, app, day_of


class RatePeriod(StrEnum):
    """What a rate is for."""

    year = "year"
    quarter = "quarter"
    month = "month"


class Settle(StrEnum):
    """When fees are settled."""

    monthly = "monthly"
    quarterly = "quarterly"


class DayCount(StrEnum):
    """How days are counted."""

    actual_365 = "actual/365"
    actual_360 = "actual/360"
    thirty_360 = "30/360"


class Gaps(StrEnum):
    """What becomes of days without a balance."""

    leave = "leave"
    carry = "carry"


@app.command()
def fee(
    records: Annotated[Path, typer.Argument(help="A folder of records with the table balances.")],
    first: Annotated[str, typer.Option("--from", help="The first day.")],
    last: Annotated[str, typer.Option("--to", help="The last day.")],
    rate_per_mille: Annotated[str, typer.Option(help="Per mille of the average daily balance.")],
    rate_period: Annotated[RatePeriod, typer.Option(help="The period that the rate is for.")],
    settle: Annotated[Settle, typer.Option(help="When fees are settled.")] = Settle.monthly,
    day_count: Annotated[DayCount, typer.Option(help="How days are counted.")] = DayCount.actual_365,
    gaps: Annotated[Gaps, typer.Option(help="Days without a balance: no fee, or the last balance known.")] = Gaps.leave,
    settled: Annotated[int, typer.Option(help="Days after a period's end on which it is settled.", min=0)] = 5,
    against: Annotated[Optional[Path], typer.Option(help="A counterparty's statement, CSV or XLSX.")] = None,
    most: Annotated[int, typer.Option(help="How many differences are printed.", min=1)] = 20,
    mapping: Mapping = None,
    out: Annotated[Path, typer.Option(help="The folder that receives fee-<from>-<to>.")] = Path("reckoned"),
    language: Language = Tongue.en,
) -> None:
    """State referral fees: average daily balances, partial periods, gaps and corrections, to the cent."""
    from guiju.cli.terminal import bar
    from guiju.market.fee import fee as reckon
    from guiju.market.fee.page import notes
    from guiju.records.errors import BadInput

    of, begin, end = int(language == "en"), day_of(first), day_of(last)
    if begin is None or end is None:
        raise BadInput("a statement has a first and a last day: give --from and --to, as 2020-12-31")
    with bar() as progress:
        made = reckon(
            records, first=begin, last=end, rate_per_mille=rate_per_mille, rate_period=rate_period, settle=settle,
            day_count=day_count, gaps=gaps, settled_days=settled, against=against, mapping=mapping, out=out,
            language=language, progress=progress,
        )  # fmt: skip
    corrected = sum(one.is_correction for one in made.lines)
    lines = (
        f"{len(made.lines)} 行，其中更正 {corrected} 行",
        f"{len(made.lines)} lines, of them {corrected} corrections",
    )
    typer.echo(lines[of])
    for currency, total in made.total.items():
        typer.echo(f"{('合计', 'total')[of]} {currency} {total:,.2f}")
    for note in notes(made):
        typer.echo(note[of])
    different = made.differences or []
    for d in different[:most]:
        why = f" ({d.why[of]})" if d.why[of] else ""
        typer.echo(f"{d.key.platform} {d.key.bank} {d.key.period_start}: {d.ours} / {d.theirs}, {d.amount:+,.2f}{why}")
    if len(different) > most:
        typer.echo((f"另有 {len(different) - most:,} 行不同", f"and {len(different) - most:,} more differ")[of])
    if made.differences == []:
        typer.echo((f"{made.against} 与本单逐行相同", f"{made.against} is the same, line by line")[of])
    typer.echo(f"{made.page}")
