"""Six platforms, nine answers: each inspects itself on what it keeps, and a regulator asks all six together.

    make groupbuy

The platforms and their trade are invented (`guiju twin groupbuy`); what each hands over is as uneven as in life.
Writes the records handed over, a run folder each and `answers.html` into `groupbuy/`, and prints the nine lines.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl

HERE = Path(__file__).parent
MAPPED = {"hehua": HERE / "hehua.yaml"}
HEADINGS = {
    "id": "明细号", "order_id": "订单号", "occurred_at": "支付时间", "seller": "店铺", "buyer": "顾客",
    "product": "商品", "region": "配送区域", "channel": "渠道", "campaign": "活动", "quantity": "数量",
    "gross_amount": "原价金额", "seller_funded_amount": "商家优惠", "platform_funded_amount": "平台补贴",
    "third_party_funded_amount": "第三方优惠", "undisclosed_amount": "未公示立减", "coupon_amount": "优惠券",
    "newcomer_amount": "新客优惠",
}  # fmt: skip
# What a platform does not keep, or does not hand over.
WITHHELD = {
    "tuanlin": {"costs", "stocks"},
    "caigezi": {"fees", "fee_schedules", "memberships"},
    "linlihui": {"buyers"},
}
ONLY = {"shixian": {"orders", "listings", "products"}}
DAY = "2025-12-31"
TOGETHER = "together"


def hand_over(market: Path, records: Path) -> list[str]:
    """Split the market by platform, and put what was handed over into one folder for the regulator."""
    tables = {file.stem: pl.read_parquet(file) for file in sorted(market.glob("*.parquet")) if file.stem != "truth"}
    platforms = tables["orders"]["platform"].unique().sort().to_list()
    given: dict[str, list[pl.DataFrame]] = {}
    for platform in platforms:
        folder = records / platform
        folder.mkdir(parents=True)
        for name, table in tables.items():
            if name in WITHHELD.get(platform, ()) or name not in ONLY.get(platform, {name}):
                continue
            its = table.filter(pl.col("platform") == platform)
            if "buyers" in WITHHELD.get(platform, ()) and "buyer" in its.columns:
                its = its.with_columns(buyer=pl.lit(None, pl.String))
            given.setdefault(name, []).append(its)
            if name == "orders" and platform in MAPPED:
                write_as_kept(its, folder / "订单明细.csv")
            else:
                its.write_parquet(folder / f"{name}.parquet")
    (records / TOGETHER).mkdir()
    for name, parts in given.items():
        pl.concat(parts).write_parquet(records / TOGETHER / f"{name}.parquet")
    return [*platforms, TOGETHER]


def write_as_kept(orders: pl.DataFrame, path: Path) -> None:
    """As that platform's warehouse writes it."""
    local = pl.col("occurred_at").dt.replace_time_zone("UTC").dt.convert_time_zone("Asia/Shanghai")
    kept = orders.with_columns(occurred_at=local.dt.strftime("%Y-%m-%d %H:%M:%S%.6f"))
    path.write_bytes(kept.select(*HEADINGS).rename(HEADINGS).write_csv().encode("gb18030"))


def guiju(*words: object) -> None:
    """The command, as anyone would type it."""
    print("$ guiju", *words, flush=True)
    subprocess.run([sys.executable, "-m", "guiju", *map(str, words)], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("groupbuy"))
    parser.add_argument("--orders", type=int, default=300_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--alone", nargs="*", help="the platforms that inspect themselves; unless named, all six")
    parser.add_argument("--language", default="en", choices=["en", "zh"])
    given = parser.parse_args()
    market, records, runs = (given.out / name for name in ("market", "records", "runs"))
    for folder in (market, records, runs):
        shutil.rmtree(folder, ignore_errors=True)
    guiju("twin", "groupbuy", "--platforms", 6, "--orders", given.orders, "--seed", given.seed, "--out", market)
    names = hand_over(market, records)
    if given.alone is not None:
        if strange := sorted(set(given.alone) - set(names)):
            parser.error(f"{strange[0]} is no platform of this market: {', '.join(names[:-1])}")
        names = [name for name in names if name in given.alone or name == TOGETHER]
    for name in names:
        mapping = ("--mapping", MAPPED[name]) if name in MAPPED else ()
        print(f"$ guiju audit {records / name} --day {DAY} --out {runs / name}", *map(str, mapping), flush=True)
        words = ("audit", records / name, "--day", DAY, "--out", runs / name, *mapping, "--language", given.language)
        subprocess.run([sys.executable, "-m", "guiju", *map(str, words)], check=True, stdout=subprocess.DEVNULL)
    page = given.out / "answers.html"
    guiju("inspect", *(runs / name for name in names), "--html", page, "--language", given.language)
    print(f"\nSide by side, and each platform's sheet: {page}; a run's report: {runs}/…/report.html")


if __name__ == "__main__":
    main()
