"""Five numbers of the deposit shelf by hand: the records' own rows and sums, with no help from Guiju.

python examples/deposit_shelf/by_hand.py deposit_shelf
"""

from __future__ import annotations

import sys
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import polars as pl

BANK, PLATFORM, CEILING_BANK = "lanting", "lingqiantong", "zhongguancun"
EVE = date(2020, 12, 15)
BEIJING = timedelta(hours=8)
CENT = Decimal("0.01")


class Records:
    """The tables of a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.folder / "records" / f"{name}.parquet")


def on(day: date, column: str = "occurred_at") -> pl.Expr:
    return (pl.col(column) + BEIJING).dt.date() == day


def rounded(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def all_in_yield(records: Records) -> list[str]:
    offers = records("deposit_offers").filter((pl.col("bank") == CEILING_BANK) & (pl.col("term_months") == 60))
    rate = offers["rate_pct"][0].normalize()
    interest = Decimal(10_000) * rate / 100 * 5
    out, paid_in = 10_000 + interest, Decimal(9_900)
    xirr = (float(out / paid_in) ** (1 / 5) - 1) * 100
    plain = ((1 + xirr / 100) ** 5 - 1) / 5 * 100
    return [
        f"1. All-in yield: {CEILING_BANK}, five years at {rate} %, 100 given back at once on 10,000",
        f"   interest at the end       10,000 x {rate} % x 5 = {interest:,.2f}",
        f"   comes out, 1,825 days     {out:,.2f}",
        f"   paid in                   10,000 - 100 = {paid_in:,.2f}",
        f"   XIRR                      ({out:,.2f} / {paid_in:,.2f}) ^ (1/5) - 1 = {xirr:.4f} %",
        f"   the plain deposit of it   ((1 + XIRR) ^ 5 - 1) / 5 = {plain:.4f} %",
        f"   above the ceiling         {plain:.4f} - 4.8750 = {plain - 4.875:.4f} points",
    ]


def dependence(records: Records) -> tuple[list[str], Decimal]:
    of_bank = pl.col("bank") == BANK
    rows = records("balances").filter(of_bank & on(EVE) & (pl.col("operator") != BANK)).sort("platform")
    [whole] = records("bank_positions").filter(of_bank & on(EVE))["deposits_amount"]
    brought = sum(rows["amount"], Decimal())
    hhi = sum((amount / brought * 100) ** 2 for amount in rows["amount"])
    said = [f"2. Dependence: {BANK} on {EVE}"]
    said += [f"   {platform:<24}{amount:>24,.2f}" for platform, amount in rows.select("platform", "amount").iter_rows()]
    said += [
        f"   by platforms            {brought:>24,.2f}",
        f"   all deposits            {whole:>24,.2f}",
        f"   share                   {brought / whole * 100:>24.4f} %",
        f"   HHI: the sum of the squares of each one's per cent of what platforms brought = {hhi:,.2f}",
    ]
    return said, brought


def survival(records: Records, brought: Decimal) -> list[str]:
    of_bank = pl.col("bank") == BANK
    stock = records("liquid_assets").filter(of_bank & on(date(2020, 11, 30)))
    had = dict(stock.select("kind", "amount").iter_rows())
    worth = had["level_1"] + had["level_2a"] * Decimal("0.85") + had["level_2b"] * Decimal("0.5")
    deposits = records("deposits").filter(of_bank & (pl.col("operator") != BANK))
    standing = deposits.filter(
        ((pl.col("opened_at") + BEIJING).dt.date() <= EVE)
        & (pl.col("closed_at").is_null() | ((pl.col("closed_at") + BEIJING).dt.date() > EVE))
    )
    said = [
        f"3. Survival day: {BANK} after {EVE}, shelf closed, 50 % of platform money leaves in 5 days",
        f"   liquid assets, 30 November  {had['level_1']:,.2f} + 85 % x {had['level_2a']:,.2f} + 50 % x "
        f"{had['level_2b']:,.2f}",
        f"                               = {worth:,.2f}",
    ]
    for day in range(1, 6):
        by = EVE + timedelta(days=day)
        due = sum(standing.filter((pl.col("matures_at") + BEIJING).dt.date() <= by)["amount"], Decimal())
        left = worth - due - (brought - due) * Decimal("0.5") * day / 5
        said.append(
            f"   day {day}: due {due:,.2f}; of the rest 50 % x {day}/5 of {brought - due:,.2f}; left "
            f"{rounded(left):,.2f}"
        )
        if left < 0:
            return [*said, f"   below zero: survival day {day}"]
    return [*said, "   it lasts these five days"]


def referral_fee(records: Records) -> list[str]:
    december = (pl.col("occurred_at") + BEIJING).dt.date().is_between(date(2020, 12, 1), date(2020, 12, 31))
    rows = records("balances").filter((pl.col("bank") == BANK) & (pl.col("platform") == PLATFORM) & december)
    total = sum(rows["amount"], Decimal())
    fee = total / rows.height * Decimal("2.5") / 1000 * rows.height / 365
    return [
        f"4. Referral fee: {PLATFORM} for {BANK}, December 2020, 2.5 per mille a year",
        f"   sum of {rows.height} daily balances = {total:,.2f}; average {rounded(total / rows.height):,.2f}",
        f"   average x 2.5 / 1,000 x {rows.height} / 365 = {rounded(fee):,.2f}",
    ]


def order(records: Records, folder: Path) -> list[str]:
    placed = pl.read_parquet(folder / "reckoned" / f"shelf-{EVE}" / "shelf.parquet")
    its = placed.filter((pl.col("platform") == PLATFORM) & (pl.col("term_months") == 12)).sort("place").head(2)
    said = [f"5. Shelf order: {PLATFORM} on {EVE}, 50,000 for twelve months: the first two of twelve months"]
    for offer, bank in its.select("offer", "bank").iter_rows():
        of_bank = pl.col("bank") == bank
        [rate] = records("deposit_offers").filter(pl.col("id") == offer)["rate_pct"]
        [whole] = records("bank_positions").filter(of_bank & on(EVE))["deposits_amount"]
        theirs = records("balances").filter(of_bank & on(EVE) & (pl.col("operator") != bank))
        share = sum(theirs["amount"], Decimal()) / whole * 100
        stock = records("liquid_assets").filter(of_bank & on(date(2020, 11, 30)))
        had = dict(stock.select("kind", "amount").iter_rows())
        worth = had["level_1"] + had["level_2a"] * Decimal("0.85") + had["level_2b"] * Decimal("0.5")
        liquid = worth / whole * 100
        taken = Decimal(0) if liquid >= 25 else Decimal("0.2") if liquid >= 15 else Decimal("0.5")
        off = Decimal("0.02") * max(share - 10, Decimal())
        said.append(
            f"   {bank}: {rate.normalize()} - {taken} (liquid {liquid:.2f} %) - 0.02 x max({share:.4f} - 10, "
            f"0) = {rate - taken - off:.4f} points"
        )
    return said


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "deposit_shelf")
    records = Records(folder)
    shares, brought = dependence(records)
    parts = [all_in_yield(records), shares, survival(records, brought), referral_fee(records), order(records, folder)]
    print("\n\n".join("\n".join(part) for part in parts))


if __name__ == "__main__":
    main()
