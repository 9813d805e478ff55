"""The wind-down: how a bank's platform deposits run off once their shelf is closed, and the bank stays liquid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from guiju.audit.opened import Opened, Progress, opened, quiet
from guiju.audit.report.words import Pair
from guiju.market import Assumption, assumptions, end_of, exact, given_values
from guiju.market.statements import CENTS, Of, cents, liquid, totals
from guiju.market.wind_down.plan import Bank, Plan, Shortfall, by_due, fastest, slowest
from guiju.records.errors import BadInput, hint, hint_zh

TABLES = ("deposits", "bank_positions", "liquid_assets")


@dataclass(frozen=True)
class WoundDown:
    """One bank: what its plan begins with, and the two plans, or why there is none (`short`, or `unknown`).

    Sums in cents of `currency`. deposits: how many, of them `on_demand` without a term and `overdue`, which
    fall due in the first month; deposited: without interest; stated: the days of its total and of its liquid assets.
    """

    bank: str
    currency: str
    deposits: int
    on_demand: int
    overdue: int
    deposited: int
    begins: Bank | None
    stated: tuple[date | None, date | None]
    slow: Plan | None = None
    fast: Plan | None = None
    short: Shortfall | None = None
    unknown: Pair | None = None

    @property
    def brought(self) -> int:
        """What is due in all, interest to maturity included."""
        return sum(self.begins.due) if self.begins else 0


@dataclass(frozen=True)
class WindDown:
    """Every bank that has platform deposits on a day, those without a plan first, then the largest.

    months: the last day of each month of a plan, counted from `day`. no_rate: deposits whose rate is not known, counted
    without interest; unknown_rows: deposits of which nobody says who runs the platform, taken for third parties'.
    """

    folder: Path
    day: date
    months: list[date]
    banks: list[WoundDown]
    used: dict[str, Assumption]
    no_rate: int
    unknown_rows: int
    quarantined: int

    @property
    def page(self) -> Path:
        return self.folder / "wind-down.html"


def wind_down(
    records: Path | str | Mapping[str, Any],
    *,
    day: date,
    inputs: Mapping[str, Any] | Path | str | None = None,
    mapping: Path | str | None = None,
    out: Path | str | None = None,
    language: str = "en",
    progress: Progress = quiet,
) -> WindDown:
    """Plan the run-off of the platform deposits open at the end of a local day: the fastest and the slowest.

    Reads deposits, bank_positions and liquid_assets (the last statement of each bank up to the day). inputs: other
    values for what `wind_down.yaml` assumes, for all or under `banks:` by name. Writes `wind-down-<day>/` into `out`:
    wind-down.html, plans.parquet (bank, plan, month by month), repayments.parquet (by month of repayment and maturity),
    manifest.json, quarantine.parquet. Raises BadInput for what the caller can mend.
    """
    from guiju.market.wind_down.page import render
    from guiju.market.wind_down.tables import write_tables

    given = given_values(inputs)
    own = given.pop("banks", None) or {}
    if not isinstance(own, Mapping) or not all(isinstance(values, Mapping) for values in own.values()):
        raise BadInput(
            "banks: is not a mapping; write the bank, and under it its values, as buffer_pct: 5",
            "banks：不是映射；请写银行，下面写它的值，例如 buffer_pct: 5",
        )
    used = assumptions("wind_down", day, given)
    with opened(records, mapping=mapping, out=out, tables=TABLES, progress=progress) as desk:
        desk.need("deposits", "a wind-down")
        progress("reckoning plans", 0.4)
        made = planned(read(desk, day, used), used, {bank: dict(values) for bank, values in own.items()})
        progress("drawing", 0.8)
        folder = desk.folder()
        write_tables(made, folder)
        (folder / "wind-down.html").write_text(render(made, language), encoding="utf-8")
        place = desk.publish(folder, f"wind-down-{day}", _said(made))
        progress("done", 1.0)
        return replace(made, folder=place)


@dataclass(frozen=True)
class Books:
    """What the records say of a day: by bank and currency the cents due by month, what was counted (deposits, on
    demand, overdue, cents deposited), and the last totals and liquid assets, in that order.
    """

    day: date
    due: dict[tuple[str, str], dict[int, int]]
    counts: dict[tuple[str, str], list[int]]
    stated: tuple[Of, Of]
    no_rate: int
    unknown_rows: int
    quarantined: int

    @property
    def months(self) -> int:
        """How long a plan is: in its last month nothing is due, as the buffer must outlast it all."""
        return max(max(of) for of in self.due.values()) + 1


def read(desk: Opened, day: date, used: Mapping[str, Assumption]) -> Books:
    """What plans begin with; of what is assumed only `stated_within_days` counts. Raises BadInput: it is nothing."""
    reading = _Reading(desk, day)
    due, counts = reading.due()
    if not due:
        raise BadInput(
            f"deposits: on {day} no bank has a deposit that another's platform brought: choose another day",
            f"deposits：{day} 没有银行有别的平台带来的存款：请选别的日子",
        )
    within = int(exact(used["stated_within_days"].value, "stated_within_days"))
    stated = totals(desk, day, within), liquid(desk, day, within)
    aside = sum(desk.set_aside().values())
    return Books(day, due, counts, stated, reading.no_rate, reading.unknown_rows, aside)


def planned(books: Books, used: dict[str, Assumption], own: Mapping[str, Mapping[str, Any]] | None = None) -> WindDown:
    """The plans of every bank by what is assumed, for all or under a bank's name. Raises BadInput."""
    own = own or {}
    if strange := sorted(set(own) - {bank for bank, _ in books.due}):
        raise BadInput(
            f"there is no bank {strange[0]!r} to wind down; {hint(strange[0], (b for b, _ in books.due))}",
            f"没有可以退出的银行 {strange[0]!r}；{hint_zh(strange[0], (b for b, _ in books.due))}",
        )
    of = {name: one.value for name, one in used.items()}
    banks = [_bank(books, key, of, own.get(key[0], {})) for key in sorted(books.due)]
    banks.sort(key=lambda b: (b.short is None, b.unknown is not None, -b.brought, b.bank))
    ends = [months_after(books.day, n) for n in range(1, books.months + 1)]
    return WindDown(Path(), books.day, ends, banks, used, books.no_rate, books.unknown_rows, books.quarantined)


class _Reading:
    """One reading of the deposits, on one day."""

    def __init__(self, desk: Opened, day: date) -> None:
        self.desk, self.day = desk, day
        self.until = end_of(day, desk.zone)
        self.no_rate = self.unknown_rows = 0

    def due(self) -> tuple[dict[tuple[str, str], dict[int, int]], dict[tuple[str, str], list[int]]]:
        """By bank: cents due by month, interest to maturity included; deposits, on demand, overdue; cents deposited."""
        due: dict[tuple[str, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
        counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for row in self._open().iter_rows(named=True):
            key, matures = (row["bank"], row["currency"]), row["matures"]
            past = matures is not None and matures <= self.day
            month = 1 if matures is None or past else self._month(matures)
            due[key][month] += cents(row["amount"]) + self._interest(row)
            for at, counted in enumerate((True, matures is None, past)):
                counts[key][at] += row["deposits"] * counted
            counts[key][3] += cents(row["amount"])
            self.no_rate += row["deposits"] * (row["rate_pct"] is None)
            self.unknown_rows += row["unknown"]
        return due, counts

    def _open(self) -> Any:
        """Deposits open at the end of the day that another's platform brought, by bank, maturity, term and rate."""
        import ibis
        import polars as pl
        from ibis import _

        until = ibis.literal(self.until)
        rows = self.desk.table("deposits")
        opened_by = rows.filter(_.opened_at < until, _.closed_at.isnull() | (_.closed_at >= until))
        brought = opened_by.filter(_.operator.isnull() | (_.operator != _.bank))
        sums = brought.group_by("bank", "currency", "opened_at", "matures_at", "rate_pct").agg(
            amount=_.amount.sum(), deposits=_.count(), unknown=_.operator.isnull().sum()
        )
        local = [
            pl.col(name).dt.replace_time_zone("UTC").dt.convert_time_zone(self.desk.zone.key).dt.date().alias(to)
            for name, to in (("opened_at", "opened"), ("matures_at", "matures"))
        ]
        days = self.desk.frame(sums).with_columns(local)
        term = (pl.col("matures") - pl.col("opened")).dt.total_days().alias("term_days")
        of = days.with_columns(term).group_by("bank", "currency", "matures", "term_days", "rate_pct")
        summed = of.agg(pl.col("amount", "deposits", "unknown").sum())
        return summed.sort("bank", "currency", "matures", "term_days", "rate_pct")

    @staticmethod
    def _interest(row: dict[str, Any]) -> int:
        """Simple interest to maturity by actual/365, to the cent; none where term or rate is not known."""
        if row["rate_pct"] is None or row["term_days"] is None:
            return 0
        sum_ = row["amount"] * row["rate_pct"] * row["term_days"] / Decimal(365)
        return int(sum_.quantize(Decimal(1), ROUND_HALF_UP))  # per cent of a sum, in cents

    def _month(self, matures: date) -> int:
        """In which month after the day: the first lasts up to the same day of the next month."""
        ahead = (matures.year - self.day.year) * 12 + matures.month - self.day.month
        return ahead + (matures > months_after(self.day, ahead))


def _bank(books: Books, key: tuple[str, str], of: dict[str, Any], own: Mapping[str, Any]) -> WoundDown:
    (bank, currency), (totals, liquid), counts = key, books.stated, books.counts[key]
    stated = (totals[key][0] if key in totals else None, liquid[key][0] if key in liquid else None)
    made = WoundDown(bank, currency, counts[0], counts[1], counts[2], counts[3], None, stated)
    if missing := [name for name, known in (("bank_positions", totals), ("liquid_assets", liquid)) if key not in known]:
        return replace(made, unknown=_lacking(bank, missing))
    total, stock = totals[key][1], liquid[key][1]
    sums = tuple(books.due[key].get(month, 0) for month in range(1, books.months + 1))
    if strange := sorted(set(own) - set(of)):
        raise BadInput(
            f"banks: {bank}: there is no assumption {strange[0]!r}; {hint(strange[0], of, 'there are')}",
            f"banks：{bank}：没有假设 {strange[0]!r}；{hint_zh(strange[0], of)}",
        )
    of = {**of, **own}
    buffer = exact(of["buffer_pct"], f"buffer_pct of {bank}")
    if buffer >= 100:
        raise BadInput(
            f"buffer_pct of {bank} is {buffer}: a buffer is less than all deposits, below 100",
            f"{bank} 的 buffer_pct 是 {buffer}：缓冲须少于全部存款，小于 100",
        )
    inflow = exact(of["other_net_inflow_pct"], f"other_net_inflow_pct of {bank}", least=None)
    funding = exact(of["replacement_pct"], f"replacement_pct of {bank}")
    begins = Bank(sums, stock, total, Fraction(buffer) / 100, int(total * funding / 100), int(total * inflow / 100))
    if made.deposited > total:
        return replace(made, unknown=_more_than_all(bank, made.deposited, total))
    slow, fast = slowest(begins), fastest(begins)
    if isinstance(slow, Shortfall) or isinstance(fast, Shortfall):
        return replace(made, begins=begins, short=slow if isinstance(slow, Shortfall) else None)
    return replace(made, begins=begins, slow=slow, fast=fast)


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the last of the month where there is none."""
    at = day.year * 12 + day.month - 1 + months
    first = date(at // 12, at % 12 + 1, 1)
    following = date((at + 1) // 12, (at + 1) % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), following - timedelta(days=1))


def _lacking(bank: str, tables: list[str]) -> Pair:
    return (
        f"{'、'.join(tables)} 中没有 {bank} 足够新的数，无从计算：请补充。",
        f"there is nothing recent enough of {bank} in {' or in '.join(tables)}: supply it.",
    )


def _more_than_all(bank: str, deposited: int, total: int) -> Pair:
    sums = f"{deposited / CENTS:,.2f}", f"{total / CENTS:,.2f}"
    return (
        f"{bank} 的平台存款 {sums[0]} 多于其全部存款 {sums[1]}：请核对 deposits 与 bank_positions。",
        f"{bank} has platform deposits of {sums[0]}, more than all its deposits of {sums[1]}: compare the two tables.",
    )


def repayments(one: WoundDown) -> dict[str, list[tuple[int, int, int]]]:
    """Of each plan what is repaid, as (month repaid, month due, cents)."""
    if one.begins is None or one.slow is None or one.fast is None:
        return {}
    return {"slowest": by_due(one.begins, one.slow), "fastest": by_due(one.begins, one.fast)}


def _said(made: WindDown) -> dict[str, Any]:
    return {
        "day": made.day.isoformat(), "assumed": {name: str(one.value) for name, one in made.used.items()},
        "banks": len(made.banks), "without_plan": sum(b.short is not None for b in made.banks),
        "not_available": sum(b.unknown is not None for b in made.banks), "no_rate": made.no_rate,
        "operator_unknown": made.unknown_rows,
    }  # fmt: skip
