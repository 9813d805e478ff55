"""The deposit shelf: a year in which small banks came to live on platforms, and the days in which the shelf closed.

    make deposit_shelf

The records are invented (`guiju twin deposits`); two banks, one app and the rates are those that were reported on.
Every sentence is filled from what the audits and reckonings return. Writes records, runs, reckonings and `story.html`
into `deposit_shelf/`.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
from jinja2 import ChoiceLoader, FileSystemLoader
from markupsafe import Markup

import guiju
from guiju.audit.report.templates import bilingual
from guiju.findings import Finding
from guiju.market.fee import fee
from guiju.market.shelf import TABLES, shelf
from guiju.market.stress import Stress, stress
from guiju.market.wind_down import WindDown, WoundDown, wind_down
from guiju.rulebook import rules
from guiju.twin.shelf.parties import CEILING_BANK, DEPENDENT, LENDER, VOUCHER_APP

sys.path.insert(0, str(Path(__file__).parent))
import pictures

Pair = tuple[str, str]
EVE = date(2020, 12, 15)  # the day before the first platform took its shelf down
AFTER = date(2021, 1, 20)  # after the notice
BEIJING = timedelta(hours=8)
DAY = timedelta(days=1)
REBATE, REBATE_ON = 100, 10_000  # yuan given back at once on each deposit of so much: what if
FIVE_YEARS = 60
FEE_PER_MILLE = Decimal("2.5")  # between the two and three that were reported, a year's: the report does not say


@dataclass
class Part:
    """A part of the story: its title, what is told, and a picture."""

    title: Pair
    told: list[Pair] = field(default_factory=list)
    picture: Markup = field(default_factory=Markup)
    pages: list[str] = field(default_factory=list)

    def tell(self, zh: str, en: str) -> None:
        self.told.append((zh, en))


@dataclass
class Story:
    """Where the records are, and where what is made of them goes."""

    out: Path
    language: str
    parts: list[Part] = field(default_factory=list)

    def tables(self, *names: str) -> dict[str, pl.DataFrame]:
        return {name: pl.read_parquet(self.out / "records" / f"{name}.parquet") for name in names}

    def audit(self, rule: str, tables: dict[str, pl.DataFrame], day: date) -> list[Finding]:
        run = guiju.audit(tables, day=day, only=[rule], out=self.out / "runs")
        return run.findings

    def link(self, page: Path) -> str:
        return page.relative_to(self.out).as_posix()


def local(moment: datetime) -> date:
    return (moment + BEIJING).date()


def money(amount: Any) -> str:
    return f"{amount:,.2f}"


def dependence(story: Story) -> Part:
    """The bank whose savings went from 36 to 85 per cent: found on the day it passed the line for the second time."""
    rule, part = "no_undue_platform_dependence", Part(("依赖平台的银行", "The bank that came to live on platforms"))
    given = story.tables("balances", "bank_positions", "deposits")
    [found] = [f for f in story.audit(rule, given, EVE) if f.subject == DEPENDENT]
    facts, limits = found.facts, rules()[rule].limits_on(EVE)
    begins = local(found.episode_start)
    told = begins + timedelta(days=int(limits["min_days"]) - 1)
    enough = {name: given[name] for name in ("balances", "bank_positions")}
    seen = {day: any(f.subject == DEPENDENT for f in story.audit(rule, enough, day)) for day in (told - DAY, told)}
    part.tell(
        f"{DEPENDENT} 的储蓄存款占全部存款：{facts['first_savings_pct']:.1f}% → {facts['savings_pct']:.1f}%；"
        f"平台存款占 "
        f"{facts['platform_pct']:.1f}%（{facts['sources']} 个来源，HHI {facts['source_hhi']:,.0f}）。",
        f"{DEPENDENT}: savings went from {facts['first_savings_pct']:.1f} % of all deposits to "
        f"{facts['savings_pct']:.1f} %; {facts['platform_pct']:.1f} % came by platforms ({facts['sources']} sources, "
        f"HHI {facts['source_hhi']:,.0f}).",
    )
    was = {True: ("发现", "found"), False: ("未发现", "not found")}
    part.tell(
        f"平台存款自 {begins} 起达到 {limits['min_platform_pct']:g}%。截至 {told - DAY} 的审计："
        f"{was[seen[told - DAY]][0]}；"
        f"截至 {told}：{was[seen[told]][0]}。此后距下架尚有 {(EVE - told).days} 天。",
        f"Platforms brought {limits['min_platform_pct']:g} % or more from {begins} on. Audited up to {told - DAY}: "
        f"{was[seen[told - DAY]][1]}; up to {told}: {was[seen[told]][1]}; {(EVE - told).days} days before the "
        f"shelf closed.",
    )
    part.picture = pictures.shares(given, DEPENDENT, begins, EVE, float(limits["min_platform_pct"]))
    return part


def ceiling(story: Story) -> Part:
    """Five years at 4.875 per cent: at the ceiling, and clear; with a rebate beside it, not."""
    rule, part = "no_yields_over_ceiling", Part(("上限之上", "Over the ceiling"))
    given = story.tables("deposit_offers", "incentives", "exit_rates", "deposits")
    before = [f for f in story.audit(rule, given, EVE) if f.subject == CEILING_BANK]
    offers = given["deposit_offers"].filter(
        (pl.col("bank") == CEILING_BANK) & (pl.col("term_months") == FIVE_YEARS) & (pl.col("operator") != CEILING_BANK)
    )
    offer = offers.filter(pl.col("valid_from") <= EVE).sort("valid_from", "id").row(-1, named=True)
    rebate = {
        "platform": offer["platform"], "id": "what-if", "offer": offer["id"], "kind": "rebate", "for_whom": "all",
        "currency": offer["currency"], "amount": Decimal(REBATE), "on_amount": Decimal(REBATE_ON), "paid_days": 0,
        "funded_by": "platform", "valid_from": offer["valid_from"], "valid_to": offer["valid_to"],
    }  # fmt: skip
    row = pl.DataFrame([rebate], schema_overrides={c: given["incentives"].schema[c] for c in rebate})
    given["incentives"] = pl.concat([given["incentives"], row], how="diagonal")
    [found] = [f for f in story.audit(rule, given, EVE) if f.object == offer["id"] and f.platform == offer["platform"]]
    facts = found.facts
    part.tell(
        f"{CEILING_BANK} 五年期 {offer['rate_pct']:.3f}%，上限 {facts['ceiling_pct']:.3f}%：发现 {len(before)} 项。",
        f"{CEILING_BANK}, five years at {offer['rate_pct']:.3f} %, the ceiling being {facts['ceiling_pct']:.3f} %: "
        f"{len(before)} findings.",
    )
    part.tell(
        f"假如每存 {REBATE_ON:,} 元当日返 {REBATE} 元：实际收益相当于年利率 {facts['all_in_rate_pct']:.2f}%，超过上限 "
        f"{facts['excess_pct'] * 100:.0f} 个基点（XIRR {facts['all_in_yield_pct']:.4f}%）。",
        f"What if {REBATE} yuan are given back at once on {REBATE_ON:,}: all in, that equals "
        f"{facts['all_in_rate_pct']:.2f} % a year, {facts['excess_pct'] * 100:.0f} basis points above the ceiling "
        f"(XIRR {facts['all_in_yield_pct']:.4f} %).",
    )
    return part


def known_by(given: dict[str, pl.DataFrame], day: date) -> dict[str, pl.DataFrame]:
    """The records as they stood at the end of a local day: what was sold, lent and paid until then."""
    until = datetime.combine(day + DAY, datetime.min.time()) - BEIJING
    paid = pl.col("paid_at") < until
    known = {
        "prepayments": given["prepayments"].filter(pl.col("occurred_at") < until),
        "loans": given["loans"].filter(pl.col("opened_at") < until),
        "loan_consents": given["loan_consents"].filter(pl.col("given_at") < until),
    }
    plan = given["repayments"].join(known["loans"].select("platform", loan="id"), on=["platform", "loan"], how="semi")
    unpaid = [pl.when(paid).then(c).alias(c) for c in ("paid_at", "payer")]
    nothing = pl.lit(0).cast(plan.schema["paid_amount"])
    return known | {
        "repayments": plan.with_columns(*unpaid, paid_amount=pl.when(paid).then("paid_amount").otherwise(nothing))
    }


def voucher(story: Story) -> Part:
    """Fuel cards at ten per cent off that were loans: asked at every month's end until they are found."""
    rule, part = "no_disguised_loans", Part(("九折加油卡", "Fuel cards at ten per cent off"))
    given = story.tables("prepayments", "loans", "repayments", "loan_consents")
    by_app = given["repayments"].filter((pl.col("platform") == VOUCHER_APP) & (pl.col("payer") == "seller"))
    stops = local(by_app["paid_at"].max())
    for month_end in (date(2020, m + 1, 1) - DAY for m in range(1, 12)):
        its = [f for f in story.audit(rule, known_by(given, month_end), month_end) if f.subject == VOUCHER_APP]
        if its:
            break
    [found], [last] = its, [f for f in story.audit(rule, known_by(given, EVE), EVE) if f.subject == VOUCHER_APP]
    facts = last.facts
    part.tell(
        f"截至 {month_end} 已发现：{found.facts['buyers']} 名买家名下有 {found.object} 的贷款而无同意记录；"
        f"该应用代付至 "
        f"{stops}，即停付之前 {(stops - month_end).days} 天。",
        f"Found up to {month_end}: in the names of {found.facts['buyers']} buyers {found.object} had lent "
        f"with no consent "
        f"on record. The app paid until {stops}: {(stops - month_end).days} days later.",
    )
    part.tell(
        f"截至 {EVE}：{facts['loans']} 笔，本金 {money(facts['principal_amount'])}，售价 "
        f"{money(facts['price_amount'])}；"
        f"由应用代付 {facts['paid_by_seller']} 期；若全部由买家偿还，按售价计年利率为 {facts['buyer_rate_pct']:.1f}%。",
        f"Up to {EVE}: {facts['loans']} loans of {money(facts['principal_amount'])} for a price of "
        f"{money(facts['price_amount'])}; {facts['paid_by_seller']} instalments paid by the app; if buyers "
        f"pay it all, that is {facts['buyer_rate_pct']:.1f} % a year on the price.",
    )
    part.picture = pictures.instalments(given["repayments"], VOUCHER_APP, month_end, stops)
    return part


def closing(story: Story) -> tuple[Part, Stress]:
    """The shelf closes: how many days each bank has; and the bank that sold deposits and lent in the same app."""
    part = Part(("下架那几天", "The days in which the shelf closed"))
    seen = stress(story.out / "records", day=EVE, banks=[DEPENDENT, LENDER], out=story.out / "reckoned",
                  language=story.language)  # fmt: skip
    at = {bank: place for place, bank in enumerate(seen.books.banks)}
    red, horizon = (int(seen.given.value(name)) for name in ("red_days", "horizon_days"))
    days = {name: int(course[at[DEPENDENT]]) for name, course in seen.days.items()}
    short = int(((seen.days["shelf_closed"] > 0) & (seen.days["shelf_closed"] <= red)).sum())
    scenario = seen.given.scenarios["shelf_closed"]

    def lasts(n: int) -> Pair:
        return (f"第 {n} 天耗尽", f"runs out on day {n}") if n else (f"撑过 {horizon} 天", f"lasts {horizon} days")

    usual, closed = lasts(days["as_usual"]), lasts(days["shelf_closed"])
    part.tell(
        f"{DEPENDENT}：平常{usual[0]}；下架后平台存款 {scenario.over_days} 天内流失 {scenario.runoff_pct:g}%，"
        f"则{closed[0]}。"
        f"{len(at)} 家银行中有 {short} 家在 {red} 天内耗尽。",
        f"{DEPENDENT} {usual[1]} as usual; if the shelf closes and {scenario.runoff_pct:g} % of platform "
        f"money leaves in "
        f"{scenario.over_days} days, it {closed[1]}. Of {len(at)} banks {short} are short within {red} days.",
    )
    apart, most = seen.joint[0], seen.joint[-1]
    [each, both] = [float(one.failed[:, at[LENDER]].mean() * 100) for one in (apart, most)]
    tables = story.tables("balances", "loans")
    sold = tables["balances"].filter((pl.col("bank") == LENDER) & (pl.col("platform") == VOUCHER_APP))
    standing = sold.filter((pl.col("occurred_at") + BEIJING).dt.date() == EVE)["amount"].sum()
    until = pl.col("opened_at") + BEIJING < datetime.combine(EVE + DAY, datetime.min.time())
    lent = tables["loans"].filter((pl.col("lender") == LENDER) & (pl.col("platform") == VOUCHER_APP) & until)
    part.tell(
        f"{LENDER} 在 {VOUCHER_APP} 既卖存款（余额 "
        f"{money(standing)}）又放贷（{money(lent['principal_amount'].sum())}）：银行挤提、"
        f"平台停摆、用户停还若互不相关，其在 {each:.1f}% 的抽样中失败；若同受一个因素（相关 {most.rho:g}），"
        f"为 {both:.1f}%。三者同时发生："
        f"{apart.together.mean() * 100:.1f}% 与 {most.together.mean() * 100:.1f}%。",
        f"{LENDER} both took deposits ({money(standing)}) and lent ({money(lent['principal_amount'].sum())}) in "
        f"{VOUCHER_APP}. If a run, the app's failure and its users' not paying are independent, it fails in "
        f"{each:.1f} % of "
        f"draws; if one factor moves them (correlation {most.rho:g}), in {both:.1f} %. All three at once: "
        f"{apart.together.mean() * 100:.1f} % against {most.together.mean() * 100:.1f} %.",
    )
    part.pages.append(story.link(seen.page))
    return part, seen


def winding(story: Story, seen: Stress) -> Part:
    """Not a knife: what keeps the same bank alive."""
    part = Part(("有序退出", "The wind-down"))

    def plan(**inputs: Any) -> tuple[WindDown, WoundDown]:
        made = wind_down(
            story.out / "records", day=EVE, inputs=inputs, out=story.out / "reckoned", language=story.language
        )
        return made, next(one for one in made.banks if one.bank == DEPENDENT)

    made, its = plan()
    if its.short and its.short.replacement:
        more = Decimal(its.short.replacement * 100) / Decimal(its.begins.deposits if its.begins else 1)
        pct = more.quantize(Decimal("0.01"), rounding="ROUND_CEILING")
        short, usual = its.short, made.used["replacement_pct"].value
        part.tell(
            f"每月可筹替代资金为存款的 {usual:g}% 时，{DEPENDENT} 第 {short.month} 个月起付清后留不足缓冲；每月筹得 "
            f"{pct}% 即有退出方案。",
            f"With replacement funding of {usual:g} % of deposits a month {DEPENDENT} cannot pay what is due and keep "
            f"the buffer from month {short.month} on; "
            f"with {pct} % a month there is a plan.",
        )
        made, its = plan(banks={DEPENDENT: {"replacement_pct": float(pct)}})
    if its.slow and its.fast:
        least = min(s - n for s, n in zip(its.slow.liquid, its.slow.needed, strict=True)) / 100
        part.tell(
            f"依到期兑付 {money(its.brought / 100)}：最快 {its.fast.months} 个月，最慢 {its.slow.months} "
            f"个月；每月末流动资产"
            f"比缓冲最少多出 {money(least)}。",
            f"{money(its.brought / 100)} are repaid as they fall due, in {its.fast.months} months at the fastest and "
            f"{its.slow.months} at the slowest; at the ends of months liquid assets exceed the buffer by "
            f"{money(least)} at the least.",
        )
        at = seen.books.banks.index(DEPENDENT)
        liquid = [x / 100 for x in (its.begins.liquid if its.begins else 0, *its.slow.liquid)]
        part.picture = pictures.alive(seen.levels["shelf_closed"][at], liquid, EVE)
    else:
        part.tell(f"{DEPENDENT} 没有可行的退出方案。", f"There is no plan for {DEPENDENT}.")
    part.pages.append(story.link(made.page))
    return part


def selling(story: Story) -> Part:
    """What a platform's product manager needs: the shelf in a lawful order, empty after the notice; and the bill."""
    part = Part(("货架与账单", "The shelf and the bill"))
    given = story.tables(*TABLES)
    offers = given["deposit_offers"].filter(pl.col("operator") != pl.col("bank"))
    stood = (pl.col("valid_from") <= EVE) & (pl.col("valid_to") > EVE)
    left = offers.with_columns(valid_to=pl.when(stood).then(None).otherwise("valid_to"))
    for day, shown, what_if in (
        (EVE, offers, ("", "")),
        (AFTER, left, ("假如当时未下架，", "Had nothing been taken down, ")),
    ):
        made = shelf(given | {"deposit_offers": shown}, day=day, out=story.out / "reckoned", language=story.language)
        placed = sum(map(len, made.shelves.values()))
        part.tell(
            f"{day}：{what_if[0]}{placed} 个产品可以上架，{len(made.excluded)} 个不得上架；{len(made.closed)} "
            f"个平台的货架依规关闭。",
            f"{day}: {what_if[1]}{placed} offers may stand on platforms' shelves, {len(made.excluded)} may not; "
            f"{len(made.closed)} shelves are closed by the rule.",
        )
        part.pages.append(story.link(made.page))
    bill = fee(story.out / "records", first=date(2020, 12, 1), last=date(2020, 12, 31), rate_per_mille=FEE_PER_MILLE,
               rate_period="year", out=story.out / "reckoned", language=story.language)  # fmt: skip
    for currency, total in bill.total.items():
        part.tell(
            f"2020 年 12 月导流费（日均余额，年 {FEE_PER_MILLE}‰）：{len(bill.lines)} 行，合计 {money(total)} "
            f"{currency}。",
            f"Referral fees of December 2020 ({FEE_PER_MILLE} per mille a year of average daily balances): "
            f"{len(bill.lines)} lines, {money(total)} {currency} in all.",
        )
    part.pages.append(story.link(bill.page))
    return part


def write_page(story: Story) -> Path:
    jinja = bilingual("guiju.market")
    assert jinja.loader is not None
    jinja.loader = ChoiceLoader([FileSystemLoader(Path(__file__).parent), jinja.loader])
    page = story.out / "story.html"
    page.write_text(jinja.get_template("story.html.j2").render(parts=story.parts, language=story.language), "utf-8")
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("deposit_shelf"))
    parser.add_argument("--depositors", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--language", default="en", choices=["en", "zh"])
    given = parser.parse_args()
    for name in ("records", "runs", "reckoned"):
        shutil.rmtree(given.out / name, ignore_errors=True)
    words = ("twin", "deposits", "--depositors", given.depositors, "--seed", given.seed, "--out", given.out / "records")
    print("$ guiju", *words, flush=True)
    subprocess.run([sys.executable, "-m", "guiju", *map(str, words)], check=True)
    story, of = Story(given.out, given.language), int(given.language == "en")

    def add(part: Part) -> None:
        story.parts.append(part)
        print(f"\n{part.title[of]}", *(f"  {told[of]}" for told in part.told), sep="\n", flush=True)

    for asked in (dependence, ceiling, voucher):
        add(asked(story))
    part, seen = closing(story)
    add(part)
    add(winding(story, seen))
    add(selling(story))
    print(f"\nThe story with its pictures: {write_page(story)}")


if __name__ == "__main__":
    main()
