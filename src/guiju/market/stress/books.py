"""What every bank has and owes on a day, from the records: the books that a stress begins with.

Days are counted from the day asked for: day 1 is the first after it. A bank of which something needed is not in the
records is not stressed, and it is said what to supply.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from guiju.audit.opened import Opened
from guiju.audit.report.words import Pair
from guiju.market import end_of, local_day
from guiju.market.stress.weights import LIQUID, kinds
from guiju.records.errors import BadInput, hint, hint_zh

Reals = NDArray[np.float64]
NOBODY: str = "?"  # the platform of a deposit of which nobody knows who brought it
STATED = ("bank_positions", "liquid_assets", "balance_sheet_items", "interbank_claims")


@dataclass(frozen=True)
class Missing:
    """What could not be seen of a bank, and what to supply."""

    bank: str
    what: str  # survival, lcr, nsfr, dependence
    why: Pair


@dataclass(frozen=True)
class Books:
    """The books of B banks and P platforms over H days; amounts in the currency's units.

    liquid: (B, 4) by `LIQUID`, before haircuts. demand: (B, P) platform money that may leave on any day. due: (B, P, H)
    platform money by the day on which it falls due; later: (B, P) after the last. items: other assets and liabilities,
    a row a bank, kind and number of days. claims: creditor and debtor (indices), due_days (0: on demand), amount.
    loans: (B, P, H) what borrowers on a platform owe a bank, by day. deposits, assets: (B,), NaN where not stated.
    """

    day: date
    currency: str
    banks: list[str]
    platforms: list[str]
    liquid: Reals
    demand: Reals
    due: Reals
    later: Reals
    items: pl.DataFrame
    claims: pl.DataFrame
    loans: Reals
    deposits: Reals
    assets: Reals
    missing: list[Missing] = field(default_factory=list)
    notes: list[Pair] = field(default_factory=list)

    @property
    def brought(self) -> Reals:
        """(B, P) all that each platform brought."""
        return np.asarray(self.demand + self.due.sum(axis=2) + self.later, np.float64)


def open_books(at: Opened, day: date, days: int, within_days: int) -> Books:
    """The books of every bank that has any, on a day. Raises BadInput where what is stated contradicts itself."""
    return _Reading(at, day, days, within_days).books()


class _Reading:
    """One reading of the tables, on one day."""

    def __init__(self, at: Opened, day: date, days: int, within_days: int) -> None:
        self.at, self.day, self.days, self.within = at, day, days, within_days
        self.until = end_of(day, at.zone)
        self.missing: list[Missing] = []
        self.notes: list[Pair] = []
        self.currencies: dict[str, str] = {}

    def books(self) -> Books:
        positions = self.stated("bank_positions", ("bank",))
        liquid = self.stated("liquid_assets", ("bank", "kind"))
        items = self.stated("balance_sheet_items", ("bank", "kind", "due_days"))
        for name, rows in (("liquid_assets", liquid), ("balance_sheet_items", items)):
            self._known_kinds(name, rows)
        brought, matures, loans = self.brought(), self.matures(), self.loans()
        named: set[str] = {b for rows in (positions, liquid, items, brought, matures) for b in rows["bank"].to_list()}
        claims = self.claims(positions, named)
        banks = self.stressed(sorted(named), liquid, items)
        if not banks:
            first = self.missing[0]
            raise BadInput(
                f"no bank can be stressed on {self.day}; of {first.bank}: {first.why[1]}",
                f"{self.day} 没有一家银行可以测试；{first.bank}：{first.why[0]}",
            )
        platforms = sorted({*brought["operator"], *matures["operator"], *loans["operator"]})
        if len(set(self.currencies.values())) > 1:
            told = ", ".join(f"{name} {currency}" for name, currency in sorted(self.currencies.items()))
            raise BadInput(
                f"a stress adds sums of all banks, and these are in several currencies: {told}; supply one",
                "压力测试要把各行的金额相加，而这里有几种货币：请只提供一种",
            )
        demand, due, later = self._placed(banks, platforms, brought, matures)
        place = {bank: i for i, bank in enumerate(banks)}
        stock = np.zeros((len(banks), len(LIQUID)))
        for bank, kind, amount in liquid.select("bank", "kind", "amount").iter_rows():
            if bank in place:
                stock[place[bank], LIQUID.index(kind)] += float(amount)
        return Books(
            self.day, next(iter(self.currencies.values()), ""), banks, platforms, stock, demand, due, later,
            self._among(items, place), self._between(claims, place), self._loans(banks, platforms, loans),
            _totals(positions, place, "deposits_amount"), _totals(positions, place, "assets_amount"),
            self.missing, self.notes,
        )  # fmt: skip

    def stated(self, name: str, key: Sequence[str]) -> pl.DataFrame:
        """Each bank's last statement up to the day and not too old: the rows of its last day, one a key."""
        if not self.at.has(name):
            return pl.DataFrame(schema=dict.fromkeys(("id", *key), pl.String) | {"amount": pl.Float64})
        table = self.at.table(name)
        begin = self.until - timedelta(days=self.within)
        rows = self.at.frame(table.filter(table.occurred_at < self.until, table.occurred_at >= begin))
        local = [local_day(moment, self.at.zone) for moment in rows["occurred_at"]]
        rows = rows.with_columns(stated=pl.Series(local, dtype=pl.Date))
        whose = "debtor" if name == "interbank_claims" else "bank"
        rows = rows.filter(pl.col("stated") == pl.col("stated").max().over(whose))
        twice = rows.filter(pl.struct("stated", *key).is_duplicated()).sort("id") if key else rows.clear()
        if twice.height:
            one = twice.row(0, named=True)
            of = ", ".join(f"{c} {one[c]}" for c in key if one[c] is not None)
            raise BadInput(
                f"{name} states {of} of {one['stated']} twice (ids {twice['id'][0]} and {twice['id'][1]}): leave one",
                f"{name} 里 {of} 在 {one['stated']} 写了两次（编号 {twice['id'][0]} 和 {twice['id'][1]}）：请留一个",
            )
        self._currency(name, rows)
        return rows

    def _currency(self, name: str, rows: pl.DataFrame) -> None:
        for currency in rows["currency"].unique().sort():
            self.currencies[name if name not in self.currencies else f"{name} too"] = currency

    def _known_kinds(self, name: str, rows: pl.DataFrame) -> None:
        known = set(LIQUID) if name == "liquid_assets" else kinds()
        for id, kind in rows.select("id", "kind").sort("id").iter_rows() if rows.height else ():
            if kind not in known:
                raise BadInput(
                    f"{name} {id}: there is no kind {kind!r}; {hint(kind, known, 'there are')}",
                    f"{name} {id}：没有种类 {kind!r}；{hint_zh(kind, known)}",
                )

    def brought(self) -> pl.DataFrame:
        """What each platform's depositors had at each bank, from the last balances: bank, operator, amount."""
        if not self.at.has("balances"):
            return _nothing("amount")
        table = self.at.table("balances")
        begin = self.until - timedelta(days=self.within)
        asked = table.filter(table.occurred_at < self.until, table.occurred_at >= begin)
        asked = asked.filter(asked.operator.isnull() | (asked.operator != asked.bank))
        rows = self.at.frame(asked.mutate(operator=asked.operator.fill_null(NOBODY)))
        local = [local_day(moment, self.at.zone) for moment in rows["occurred_at"]]
        rows = rows.with_columns(stated=pl.Series(local, dtype=pl.Date))
        whose = ["bank", "operator"]
        rows = rows.filter(pl.col("stated") == pl.col("stated").max().over(whose))
        # Of what was stated of one day the last stated counts.
        known = pl.col("known_at").fill_null(datetime(1990, 1, 1))
        rows = rows.filter(known == known.max().over(whose)).sort("id")
        if (twice := rows.filter(pl.struct(whose).is_duplicated())).height:
            one = twice.row(0, named=True)
            raise BadInput(
                f"balances state {one['operator']} at {one['bank']} of {one['stated']} twice (ids {twice['id'][0]} and "
                f"{twice['id'][1]}): leave one, or give known_at",
                f"balances 里 {one['operator']} 在 {one['bank']} 的 {one['stated']} 写了两次"
                f"（编号 {twice['id'][0]} 和 {twice['id'][1]}）："
                "请留一个，或者写 known_at",
            )
        self._currency("balances", rows)
        return rows.group_by("bank", "operator").agg(pl.col("amount").sum().cast(pl.Float64)).sort("bank", "operator")

    def matures(self) -> pl.DataFrame:
        """The deposits that platforms brought and that stand: bank, operator, day (null: on demand), amount."""
        if not self.at.has("deposits"):
            return _nothing("day", "amount")
        table = self.at.table("deposits")
        stands = table.filter(
            table.opened_at < self.until, table.closed_at.isnull() | (table.closed_at >= self.until),
            table.operator.isnull() | (table.operator != table.bank),
        )  # fmt: skip
        # In whole days from the day's end; what fell due and stands may leave on any day.
        left = (stands.matures_at.epoch_seconds() - _epoch(self.until)) // 86400 + 1
        rows = self.at.frame(
            stands.mutate(operator=stands.operator.fill_null(NOBODY), day=(left >= 1).ifelse(left, None).cast("int64"))
            .group_by("bank", "operator", "day", "currency")
            .agg(amount=stands.amount.sum())
        )
        self._currency("deposits", rows)
        return rows.with_columns(pl.col("amount").cast(pl.Float64)).sort("bank", "operator", "day")

    def loans(self) -> pl.DataFrame:
        """What borrowers on a platform still owe a bank: bank, operator, day, amount."""
        if not (self.at.has("loans") and self.at.has("repayments")):
            return _nothing("day", "amount")
        loans, plan = self.at.table("loans"), self.at.table("repayments")
        stands = loans.filter(
            loans.opened_at < self.until, loans.closed_at.isnull() | (loans.closed_at >= self.until)
        ).select("platform", "lender", loan=loans.id)
        coming = plan.filter(plan.due_at >= self.until).select("platform", "loan", "due_at", "due_amount", "currency")
        joined = coming.inner_join(stands, ["platform", "loan"])
        day = (joined.due_at.epoch_seconds() - _epoch(self.until)) // 86400 + 1
        rows = self.at.frame(
            joined.mutate(day=day.cast("int64"))
            .group_by("lender", "platform", "day", "currency")
            .agg(amount=joined.due_amount.sum())
        )
        self._currency("repayments", rows)
        rows = rows.rename({"lender": "bank", "platform": "operator"})
        return rows.with_columns(pl.col("amount").cast(pl.Float64)).sort("bank", "operator", "day")

    def claims(self, positions: pl.DataFrame, named: set[str]) -> pl.DataFrame:
        """Claims between banks on the last day stated, held against the banks there are and what they owe in all."""
        rows = self.stated("interbank_claims", ()).sort("id")
        known = set(positions["bank"]) or named
        for row in rows.iter_rows(named=True):
            for side in ("creditor", "debtor"):
                if row[side] not in known:
                    raise BadInput(
                        f"interbank_claims {row['id']}: the {side} {row[side]!r} is no bank of bank_positions; "
                        f"{hint(row[side], known, 'there are')}",
                        f"interbank_claims {row['id']}："
                        f"{row[side]!r} 不在 bank_positions 的银行里；{hint_zh(row[side], known)}",
                    )
            if row["creditor"] == row["debtor"]:
                raise BadInput(
                    f"interbank_claims {row['id']}: {row['debtor']} owes itself; leave the row out",
                    f"interbank_claims {row['id']}：{row['debtor']} 欠自己的钱；请去掉这一行",
                )
        if not rows.height:
            return rows
        owed = rows.group_by("debtor").agg(pl.col("amount").sum()).sort("debtor")
        if "interbank_amount" in positions.columns:
            whole = dict(positions.select("bank", "interbank_amount").iter_rows())
            for debtor, amount in owed.iter_rows():
                if (most := whole.get(debtor)) is not None and amount > most:
                    raise BadInput(
                        f"interbank_claims on {debtor} are {amount:,.2f} together, above the "
                        f"{most:,.2f} that bank_positions says it owes other banks in all: correct one of the two",
                        f"interbank_claims 里 {debtor} 的欠款合计 {amount:,.2f}，"
                        f"多于 bank_positions 说它欠其他银行的 {most:,.2f}：请改正其一",
                    )
        return rows

    def stressed(self, named: list[str], liquid: pl.DataFrame, items: pl.DataFrame) -> list[str]:
        """The banks of which enough is known."""
        aside, good = self._aside(), []
        for bank in named:
            why = aside.get(bank) or _lacks(bank, liquid, items, self.day)
            if why:
                self.missing.append(Missing(bank, "survival", why))
            else:
                good.append(bank)
        return good

    def _aside(self) -> dict[str, Pair]:
        """The banks of which a row is in quarantine that this day's statement may be: they are not seen whole."""
        rows = pl.read_parquet(self.at.staged.quarantine).filter(pl.col("table").is_in(STATED))
        found: dict[str, Pair] = {}
        for table, line, reason, text in rows.select("table", "line", "reason", "row").iter_rows():
            for bank in _banks_of(text, self.day, self.within):
                at = f"{table}{'' if line is None else f' line {line}'}"
                found.setdefault(
                    bank, (f"{at} 被隔离（{reason}）：请更正", f"{at} is in quarantine ({reason}): correct it")
                )
        return found

    def _placed(
        self, banks: list[str], platforms: list[str], brought: pl.DataFrame, matures: pl.DataFrame
    ) -> tuple[Reals, Reals, Reals]:
        """Platform money by when it may leave; what balances show beyond the deposits known one by one is on demand."""
        row, column = {b: i for i, b in enumerate(banks)}, {p: i for i, p in enumerate(platforms)}
        shape = (len(banks), len(platforms))
        demand, due, later = np.zeros(shape), np.zeros((*shape, self.days)), np.zeros(shape)
        for bank, operator, day, amount in matures.select("bank", "operator", "day", "amount").iter_rows():
            if bank not in row:
                continue
            at = row[bank], column[operator]
            if day is None:
                demand[at] += amount
            elif day <= self.days:
                due[(*at, day - 1)] += amount
            else:
                later[at] += amount
        known = demand + due.sum(axis=2) + later
        beyond = np.zeros(shape)
        for bank, operator, amount in brought.select("bank", "operator", "amount").iter_rows():
            if bank in row:
                at = row[bank], column[operator]
                beyond[at] = max(amount - known[at], 0.0)
        if (share := beyond.sum() / max((known + beyond).sum(), 1.0) * 100) > 0.05:
            self.notes.append((
                f"平台存款中有 {share:.1f}% 不知何时到期（没有逐笔的 deposits），按随时可取计。",
                f"Of {share:.1f} % of platform money it is not known when it falls due (no deposits one by one): it is "
                "taken to be on demand.",
            ))  # fmt: skip
        return demand + beyond, due, later

    def _loans(self, banks: list[str], platforms: list[str], loans: pl.DataFrame) -> Reals:
        row, column = {b: i for i, b in enumerate(banks)}, {p: i for i, p in enumerate(platforms)}
        coming = np.zeros((len(banks), len(platforms), self.days))
        for bank, operator, day, amount in loans.select("bank", "operator", "day", "amount").iter_rows():
            if bank in row and day <= self.days:
                coming[row[bank], column[operator], day - 1] += amount
        return coming

    def _among(self, items: pl.DataFrame, place: dict[str, int]) -> pl.DataFrame:
        """The items of stressed banks: bank (index), kind, days left on the day asked for, amount."""
        rows = items.filter(pl.col("bank").is_in(list(place)))
        age = (pl.lit(self.day) - pl.col("stated")).dt.total_days()
        if rows.height and (oldest := int(rows.select(age.max()).item())) > 0:
            self.notes.append((
                f"报表最早为 {oldest} 天前；此后已到期的其他资产与负债，按第一天收付计。",
                f"Statements are up to {oldest} days old: other assets and liabilities that fell due since are taken "
                "to be due on day 1.",
            ))  # fmt: skip
        left = (pl.col("due_days").cast(pl.Int64) - age).clip(lower_bound=0)
        return rows.select(
            pl.col("bank").replace_strict(place, return_dtype=pl.Int64), "kind", left.alias("due_days"),
            pl.col("amount").cast(pl.Float64),
        ).sort("bank", "kind", "due_days", "amount")  # fmt: skip

    def _between(self, claims: pl.DataFrame, place: dict[str, int]) -> pl.DataFrame:
        """Claims with at least one side stressed, by index; -1 for a bank that is not."""
        rows: list[tuple[int, int, int, float]] = []
        left_out = 0.0
        for row in claims.iter_rows(named=True):
            creditor, debtor = place.get(row["creditor"], -1), place.get(row["debtor"], -1)
            if min(creditor, debtor) < 0:
                left_out += float(row["amount"])
            if max(creditor, debtor) < 0:
                continue
            due = 0 if row["due_at"] is None else max((row["due_at"] - self.until) // timedelta(days=1) + 1, 1)
            rows.append((creditor, debtor, due, float(row["amount"])))
        if left_out:
            self.notes.append((
                f"银行间债权中有 {left_out:,.2f} 的一方未能压测：按期全额收付，不参与清算。",
                f"Of claims between banks {left_out:,.2f} have a side that could not be stressed: they are taken to be "
                "paid when due, and are not cleared.",
            ))  # fmt: skip
        schema = {"creditor": pl.Int64, "debtor": pl.Int64, "due_days": pl.Int64, "amount": pl.Float64}
        return pl.DataFrame(rows, schema=schema, orient="row")


def _nothing(*columns: str) -> pl.DataFrame:
    kinds = {"day": pl.Int64, "amount": pl.Float64}
    return pl.DataFrame(schema={"bank": pl.String, "operator": pl.String} | {c: kinds[c] for c in columns})


def _epoch(moment: datetime) -> int:
    return int((moment - datetime(1970, 1, 1)) / timedelta(seconds=1))


def _totals(positions: pl.DataFrame, place: dict[str, int], column: str) -> Reals:
    whole = np.full(len(place), np.nan)
    if column in positions.columns:
        for bank, amount in positions.select("bank", column).iter_rows():
            if bank in place and amount is not None:
                whole[place[bank]] = float(amount)
    return whole


def _lacks(bank: str, liquid: pl.DataFrame, items: pl.DataFrame, day: date) -> Pair | None:
    for name, rows in (("liquid_assets", liquid), ("balance_sheet_items", items)):
        if bank not in set(rows["bank"]):
            return (
                f"{name} 中没有其近期报表（截至 {day}）：请提供",
                f"{name} states nothing of it shortly before {day}: supply it",
            )
    return None


def _banks_of(text: str, day: date, within_days: int) -> Iterable[str]:
    """The banks a row in quarantine is of, if it may be of this day's statement."""
    import msgspec

    try:
        row: Any = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return ()
    if not isinstance(row, dict):
        return ()
    try:
        stated = date.fromisoformat(str(row.get("occurred_at"))[:10])
        if not timedelta(days=-1) <= day - stated <= timedelta(days=within_days + 1):
            return ()
    except ValueError:
        pass  # of a day that cannot be read it may be this one
    return [str(row[c]) for c in ("bank", "creditor", "debtor") if row.get(c)]
