"""The shelf: deposit offers of a day in a lawful order, each with why it stands where it stands, or does not stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from guiju.audit.opened import Opened, Progress, opened, quiet
from guiju.market import Assumption, assumptions, exact
from guiju.market.shelf.excluding import AllIn, Excluded, Excluding
from guiju.market.shelf.ranking import Depositor, Incentive, Offer, Placed, Standing, rank, weights
from guiju.market.statements import brought, liquid, totals
from guiju.records.errors import BadInput, hint, hint_zh
from guiju.rulebook import Limit

TABLES = (
    "deposit_offers", "incentives", "exit_rates", "deposits", "financial_licences", "bank_positions", "liquid_assets",
    "balances",
)  # fmt: skip


@dataclass(frozen=True)
class Shelf:
    """Every platform's shelf on a day.

    shelves: by platform the offers in their places, platforms without any included. excluded: offers shown that day
    that stand on no shelf, each with every reason. others: platforms that banks do not run; closed: those of them whose
    shelf is empty because no bank's offer may stand there. not_shown: offers of other days. limits: those of the
    rulebook that were asked, by rule. yields: what every offer with a ceiling pays, all in.
    """

    folder: Path
    day: date
    depositor: Depositor
    shelves: dict[str, list[Placed]]
    excluded: list[Excluded]
    others: list[str]
    closed: list[str]
    not_shown: int
    quarantined: int
    used: dict[str, Assumption]
    limits: dict[str, dict[str, Limit]]
    yields: list[AllIn]

    @property
    def page(self) -> Path:
        return self.folder / "shelf.html"


def shelf(
    records: Path | str | Mapping[str, Any],
    *,
    day: date,
    amount: Decimal | str | int | float = 50_000,
    horizon_months: int = 12,
    held: Mapping[str, Any] | None = None,
    rule: Mapping[str, Any] | Path | str | None = None,
    mapping: Path | str | None = None,
    out: Path | str | None = None,
    language: str = "en",
    progress: Progress = quiet,
) -> Shelf:
    """Order the offers that were shown on a local day, for a depositor of `amount` over `horizon_months`.

    Excluded is what no licence, ceiling or listing rule of that day allows, or what cannot be judged: by the rulebook's
    dated limits and the checks' own arithmetic. held: what the depositor has at which bank already, which the insurance
    counts. rule: other numbers than those of `shelf.yaml`. Writes `shelf-<day>/` into `out`: shelf.html, shelf.parquet
    (places), excluded.parquet, manifest.json, quarantine.parquet. Raises BadInput for what the caller can mend.
    """
    from guiju.market.shelf.page import render
    from guiju.market.shelf.tables import write_tables

    used = assumptions("shelf", day, rule)
    weights(used)  # what is wrong with them is said before anything is read
    with opened(records, mapping=mapping, out=out, tables=TABLES, progress=progress) as desk:
        desk.need("deposit_offers", "a shelf")
        progress("asking the rules of the day", 0.3)
        its = read(desk, day, used)
        progress("ordering", 0.7)
        made = ordered(its, amount, horizon_months, held or {}, used)
        progress("drawing", 0.9)
        folder = desk.folder()
        write_tables(made, folder)
        (folder / "shelf.html").write_text(render(made, language), encoding="utf-8")
        place = desk.publish(folder, f"shelf-{day}", _said(made))
        progress("done", 1.0)
        return replace(made, folder=place)


@dataclass(frozen=True)
class Day:
    """What the records say of a day, whoever asks: the offers as the rules see them, and how each bank stands."""

    asked: Excluding
    standings: dict[tuple[str, str], Standing]
    quarantined: int


def read(desk: Opened, day: date, used: Mapping[str, Assumption]) -> Day:
    """What shelves of a day begin with; of what is assumed only `stated_within_days` counts. Raises BadInput."""
    asked = Excluding(desk, day)
    within = int(exact(used["stated_within_days"].value, "stated_within_days"))
    return Day(asked, _standings(desk, day, within), sum(desk.set_aside().values()))


def ordered(
    its: Day, amount: Decimal | str | int | float, horizon_months: int, held: Mapping[str, Any],
    used: dict[str, Assumption],
) -> Shelf:  # fmt: skip
    """Every platform's shelf of a day, for a depositor of `amount`, without a folder. Raises BadInput."""
    if horizon_months < 1:
        raise BadInput(
            f"a horizon of {horizon_months} months is none: give 1 or more",
            f"持有 {horizon_months} 个月不成立：请给 1 或者更大的数",
        )
    sum_, by = exact(amount, "the amount", above=0), weights(used)
    own = {bank: exact(value, f"held at {bank}") for bank, value in held.items()}
    asked = its.asked.of(sum_)
    if strange := sorted(own.keys() - asked.banks):
        raise BadInput(
            f"held at {strange[0]!r}, of which no offer is on record; {hint(strange[0], sorted(asked.banks))}",
            f"持有于 {strange[0]!r}，记录里没有它的产品；{hint_zh(strange[0], sorted(asked.banks))}",
        )
    of, offers = Depositor(sum_, horizon_months, asked.insured_amount, own), defaultdict(list)
    for offer in _offers(asked, by.counted):
        offers[offer.platform].append((offer, its.standings.get((offer.bank, offer.currency), Standing())))
    shelves = {platform: rank(offers.get(platform, []), of, by) for platform in asked.platforms}
    closed = [p for p in asked.platforms if not shelves[p] and p in asked.closed]
    return Shelf(Path(), asked.day, of, shelves, asked.excluded, sorted(asked.others), closed, asked.not_shown,
                 its.quarantined, used, asked.limits, asked.yields)  # fmt: skip


def _offers(asked: Excluding, counted: tuple[str, ...]) -> list[Offer]:
    """The offers that are not excluded, with their exits and the incentives in force that day."""
    exits: dict[tuple[str, str], list[tuple[int, Decimal]]] = defaultdict(list)
    for row in asked.exits:
        exits[row["platform"], row["offer"]].append((row["held_days"], row["rate_pct"]))
    beside: dict[tuple[str, str], list[Incentive]] = defaultdict(list)
    for row in asked.incentives:
        if row["kind"] in counted:
            beside[row["platform"], row["offer"]].append(
                Incentive(row["amount"], row["on_amount"], row["kind"], row["for_whom"] or "", row["held_days"],
                          row["paid_days"], row["one_of"])
            )  # fmt: skip
    return [
        Offer(
            row["platform"], row["id"], row["bank"], row["name"] or row["id"], row["kind"], row["term_months"],
            row["rate_pct"], row["currency"], tuple(sorted(exits[row["platform"], row["id"]])),
            tuple(beside[row["platform"], row["id"]]),
        )
        for row in asked.allowed
    ]  # fmt: skip


def _standings(desk: Opened, day: date, within_days: int) -> dict[tuple[str, str], Standing]:
    """How liquid each bank is and how much of its deposits others' platforms brought, where that is known."""
    whole, stock = totals(desk, day, within_days), liquid(desk, day, within_days)
    platforms, ever = brought(desk, day, within_days), _ever_brought(desk)
    found = {}
    for key, (_, total) in whole.items():
        if total:
            liquid_pct = Fraction(stock[key][1] * 100, total) if key in stock else None
            none = Fraction() if platforms and key not in ever else None  # what is only out of date is not nothing
            share = Fraction(platforms[key][1] * 100, total) if key in platforms else none
            found[key] = Standing(liquid_pct, share)
    return found


def _ever_brought(desk: Opened) -> set[tuple[str, str]]:
    """Banks and currencies of which there is any balance at all."""
    if not desk.has("balances"):
        return set()
    return set(desk.frame(desk.table("balances").select("bank", "currency").distinct()).iter_rows())


def _said(made: Shelf) -> dict[str, Any]:
    of = made.depositor
    return {
        "day": made.day.isoformat(), "amount": str(of.amount), "horizon_months": of.horizon_months,
        "held": {bank: str(value) for bank, value in sorted(of.held.items())},
        "rule": {name: one.value for name, one in made.used.items()},
        "limits": {rule: {name: one.value for name, one in its.items()} for rule, its in made.limits.items()},
        "placed": sum(map(len, made.shelves.values())), "excluded": len(made.excluded), "closed": made.closed,
        "not_shown": made.not_shown,
    }  # fmt: skip
