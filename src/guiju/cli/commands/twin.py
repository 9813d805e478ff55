"""Synthetic markets."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Optional

import typer

from guiju.cli.commands._app import twin_app


@twin_app.command("groupbuy")
def twin_groupbuy(
    orders: Annotated[int, typer.Option(help="How many order rows, about.", min=2_000)] = 1_000_000,
    seed: Annotated[int, typer.Option(help="The same seed, the same market.", min=0)] = 7,
    out: Annotated[Path, typer.Option(help="The folder to write.")] = Path("market"),
    platforms: Annotated[int, typer.Option(help="How many platforms it has.", min=3, max=6)] = 3,
    honest: Annotated[bool, typer.Option("--honest", help="Plant no violation.")] = False,
) -> None:
    """Make a community group-buying market: records, and the truth about them."""
    from guiju.cli.making import made
    from guiju.twin.groupbuy import generate

    with made(out) as (work, progress):
        generate(work, orders, seed, plants=not honest, platforms=platforms, progress=progress)
    typer.echo(f"{out}: a market of about {orders:,} orders, seed {seed}; truth.parquet says what was planted")


@twin_app.command("growth")
def twin_growth(
    daily: Annotated[int, typer.Option(help="How many sign up a day on each platform at the begin.", min=2)] = 5,
    seed: Annotated[int, typer.Option(help="The same seed, the same platforms.", min=0)] = 7,
    out: Annotated[Path, typer.Option(help="The folder to write.")] = Path("growing"),
    end: Annotated[datetime, typer.Option(help="The last local day.", formats=["%Y-%m-%d"])] = datetime(2025, 12, 17),
    months: Annotated[int, typer.Option(help="How many months of records.", min=24)] = 36,
) -> None:
    """Make five platforms that grow steadily, ever slower, ever faster, with the season, and for too short a time."""
    from guiju.cli.making import made
    from guiju.twin.growing import generate

    with made(out) as (work, progress):
        generate(work, daily, seed, end=end.date(), months=months, progress=progress)
    typer.echo(f"{out}: five platforms, seed {seed}; truth.parquet says how each grows")


@twin_app.command("trips")
def twin_trips(
    trips: Annotated[int, typer.Option(help="How many trips.", min=5_000)] = 1_000_000,
    seed: Annotated[int, typer.Option(help="The same seed, the same trips.", min=0)] = 7,
    out: Annotated[Path, typer.Option(help="The folder to write.")] = Path("trips"),
    honest: Annotated[bool, typer.Option("--honest", help="Nobody cheats; who only looks so remains.")] = False,
    end: Annotated[datetime, typer.Option(help="The last local day.", formats=["%Y-%m-%d"])] = datetime(2025, 12, 31),
    days: Annotated[int, typer.Option(help="How many days of records.", min=35)] = 92,
    drivers: Annotated[
        Optional[int], typer.Option(help="How many drivers; one for every 500 trips if not said.")
    ] = None,
    insurer_region: Annotated[str, typer.Option(help="The city of the insurer's vouchers, GB/T 2260.")] = "330481",
    insurer_drivers: Annotated[int, typer.Option(help="The drivers of the agency that meets them.", min=1)] = 25,
    insurer_days: Annotated[int, typer.Option(help="The last so many days, in which they are given.", min=1)] = 31,
    insurer_pct: Annotated[int, typer.Option(help="Their share of that agency's trips.", min=0, max=100)] = 60,
    insurer_untold: Annotated[
        bool, typer.Option("--insurer-untold", help="Risk control learns of the campaign only after the last day.")
    ] = False,
    insurer_cheats: Annotated[int, typer.Option(help="How many of them cheat with its vouchers.", min=0)] = 0,
) -> None:
    """Make trips of designated driving and ride-hailing: records, and the truth about each of them."""
    from guiju.cli.making import made
    from guiju.records.errors import BadInput
    from guiju.twin.fleet import Insurer
    from guiju.twin.trips import generate

    insurer = Insurer(insurer_region, insurer_drivers, insurer_days, insurer_pct, not insurer_untold, insurer_cheats)
    with made(out) as (work, progress):
        try:
            generate(work, trips, seed, plants=not honest, end=end.date(), days=days, drivers=drivers, insurer=insurer,
                     progress=progress)  # fmt: skip
        except ValueError as error:
            raise BadInput(str(error)) from None
    typer.echo(f"{out}: {trips:,} trips, seed {seed}; truth.parquet and truth_by_trip.parquet say what was planted")


@twin_app.command("deposits")
def twin_deposits(
    depositors: Annotated[int, typer.Option(help="How many people deposit, about.", min=5_000)] = 1_000_000,
    seed: Annotated[int, typer.Option(help="The same seed, the same shelf.", min=0)] = 7,
    out: Annotated[Path, typer.Option(help="The folder to write.")] = Path("shelf"),
    honest: Annotated[bool, typer.Option("--honest", help="Plant no violation.")] = False,
) -> None:
    """Make a deposit shelf, sixty banks on eleven platforms: records, and the truth about them."""
    from guiju.cli.making import made
    from guiju.twin.deposits import generate

    with made(out) as (work, progress):
        generate(work, depositors, seed, plants=not honest, progress=progress)
    typer.echo(f"{out}: a deposit shelf of {depositors:,} depositors, seed {seed}; truth.parquet says what was planted")


@twin_app.command("holds")
def twin_holds(
    drivers: Annotated[int, typer.Option(help="How many drivers.", min=1_500)] = 2_000,
    seed: Annotated[int, typer.Option(help="The same seed, the same files.", min=0)] = 7,
    out: Annotated[Path, typer.Option(help="The folder to write.")] = Path("holds"),
    honest: Annotated[bool, typer.Option("--honest", help="Nothing is done wrongly.")] = False,
    end: Annotated[datetime, typer.Option(help="The last local day.", formats=["%Y-%m-%d"])] = datetime(2025, 12, 31),
) -> None:
    """Make a platform's own files of holds, decisions and appeals: records, and the truth about them."""
    from guiju.cli.making import made
    from guiju.twin.holds import generate

    with made(out) as (work, progress):
        generate(work, drivers, seed, plants=not honest, end=end.date(), progress=progress)
    typer.echo(f"{out}: a platform's files on {drivers:,} drivers, seed {seed}; truth.parquet says what was planted")


@twin_app.command("stores")
def twin_stores(
    stores: Annotated[int, typer.Option(help="How many stores.", min=200)] = 20_000,
    goods: Annotated[int, typer.Option(help="How many goods.", min=16)] = 200,
    seed: Annotated[int, typer.Option(help="The same seed, the same network.", min=0)] = 7,
    out: Annotated[Path, typer.Option(help="The folder to write.")] = Path("network"),
    end: Annotated[datetime, typer.Option(help="The last local day.", formats=["%Y-%m-%d"])] = datetime(2020, 12, 31),
    days: Annotated[int, typer.Option(help="How many days of records.", min=10)] = 60,
) -> None:
    """Make a store network's trade: stores, goods, stock in three modes and its delivery, orders, and the truth."""
    from guiju.cli.making import made
    from guiju.twin.stores import generate

    with made(out) as (work, progress):
        generate(work, stores, goods, seed, end=end.date(), days=days, progress=progress)
    typer.echo(
        f"{out}: a network of {stores:,} stores, seed {seed}; truth_stores and truth_rates say what is true of it"
    )


@twin_app.command("fulfilments")
def twin_fulfilments(
    stores: Annotated[int, typer.Option(help="How many stores.", min=200)] = 20_000,
    goods: Annotated[int, typer.Option(help="How many goods.", min=16)] = 48,
    seed: Annotated[int, typer.Option(help="The same seed, the same network.", min=0)] = 7,
    out: Annotated[Path, typer.Option(help="The folder to write.")] = Path("seasons"),
    honest: Annotated[bool, typer.Option("--honest", help="Every mode of a good is as good as the others.")] = False,
    end: Annotated[datetime, typer.Option(help="The last local day.", formats=["%Y-%m-%d"])] = datetime(2020, 12, 31),
    days: Annotated[int, typer.Option(help="How many days of records.", min=370)] = 458,
) -> None:
    """Make a store network over two New Year seasons and how its orders were fulfilled, and the truth about them."""
    from guiju.cli.making import made
    from guiju.twin.fulfilments import generate

    with made(out) as (work, progress):
        generate(work, stores, goods, seed, plants=not honest, end=end.date(), days=days, progress=progress)
    typer.echo(f"{out}: a network of {stores:,} stores, seed {seed}; truth.parquet says what was planted")


@twin_app.command("network")
def twin_network(
    members: Annotated[int, typer.Option(help="How many members.", min=10_000)] = 200_000,
    seed: Annotated[int, typer.Option(help="The same seed, the same network.", min=0)] = 7,
    out: Annotated[Path, typer.Option(help="The folder to write.")] = Path("teams"),
    honest: Annotated[bool, typer.Option("--honest", help="No team is a pyramid, or near one.")] = False,
    end: Annotated[datetime, typer.Option(help="The last local day.", formats=["%Y-%m-%d"])] = datetime(2025, 12, 31),
) -> None:
    """Make teams of store owners who bring in store owners: records, and the truth about them."""
    from guiju.cli.making import made
    from guiju.twin.recruiting import generate

    with made(out) as (work, progress):
        generate(work, members, seed, plants=not honest, end=end.date(), progress=progress)
    typer.echo(f"{out}: a network of {members:,} members, seed {seed}; truth.parquet says what was planted")
