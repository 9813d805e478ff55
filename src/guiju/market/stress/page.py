"""The page of a stress, and its short form for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from guiju.audit.report.words import Pair
from guiju.market.pages import assumption_rows, page
from guiju.market.stress import pictures
from guiju.market.stress.joint import QUANTILES
from guiju.market.stress.scenarios import Scenario
from guiju.market.stress.tables import banks, joint
from guiju.market.stress.weights import Minimum, minimum, ratios
from guiju.rulebook import provisions

if TYPE_CHECKING:
    from rich.console import RenderableType

    from guiju.market.stress import Stress

MOST_OFTEN = 10  # banks listed
FAN_DAYS = (1, 5, 10, 30, 60, 90, 180)
WHAT: dict[str, Pair] = {
    "survival": ("压力测试", "the stress"), "lcr": ("流动性覆盖率", "LCR"), "nsfr": ("净稳定资金比例", "NSFR"),
    "dependence": ("平台依赖度", "dependence on platforms"),
}  # fmt: skip
ABSENT: dict[str, Pair] = {
    "bank_positions": ("银行的存款总额、总资产", "banks' deposits in all and their assets"),
    "interbank_claims": ("银行间的债权：缺口如何传染", "claims between banks: how one's failure reaches others"),
    "balances": ("各平台带来的每日余额", "daily balances that platforms brought"),
    "deposits": ("平台存款何时到期", "when platform money falls due"),
    "loans": ("在平台上发放的贷款", "loans made on platforms"),
    "repayments": ("用户何时应还多少", "when users owe what"),
    "balance_sheet_items": ("其他资产与负债", "other assets and liabilities"),
}
RULES: tuple[tuple[str, Pair], ...] = (
    ("runoff_pct", ("平台存款流失 %", "platform money leaves, %")), ("over_days", ("在多少天内", "over days")),
    ("renewed_pct", ("到期续存 %", "renewed when due, %")),
    ("others_runoff_pct", ("其他活期按流失率的 %", "other money on demand, % of run-off rate")),
    ("others_renewed_pct", ("其他到期续存 %", "other money renewed, %")),
    ("received_pct", ("应收到账 %", "received and not lent again, %")),
    ("haircut_more_pct", ("另加折扣 %", "more haircut, %")),
)  # fmt: skip
SHOCKS: tuple[Pair, ...] = (
    ("银行遭挤提", "a run on a bank"), ("平台停摆", "a platform's failure"), ("用户不还款", "its users not paying"),
)  # fmt: skip


def render(seen: Stress, language: str = "en") -> str:
    """One self-contained HTML file, zh and en, `language` first."""
    return page(
        "stress/page.html.j2", language, seen=seen, lead=lead(seen), rows=rows(seen), show=show,
        lasting=pictures.lasting(seen), closing=pictures.closing(seen), tails=pictures.tails(seen),
        fans=[(bank, pictures.fan(seen, bank), fan_rows(seen, bank)) for bank in sorted(seen.joint[0].fans)],
        joint=[row | {"name": pictures.rho_name(row["rho"])} for row in joint(seen).to_dicts()], worse=worse(seen),
        often=_often(seen), grid=grid_rows(seen),
        scenarios=_scenarios(seen), rules=RULES, lcr=minimum("lcr", seen.books.day), law=_law(seen),
        missing=[(m.bank, WHAT[m.what], m.why) for m in seen.missing],
        absent=[(name, ABSENT.get(name, (name, name))) for name in seen.absent],
        weights=_weights(seen), assumptions=assumption_rows("stress", seen.given.assumed), quantiles=QUANTILES,
    )  # fmt: skip


def lead(seen: Stress) -> Pair:
    """The answer in two sentences."""
    days, n = seen.days["shelf_closed"], len(seen.books.banks)
    red = int(seen.given.value("red_days"))
    short = int(((days > 0) & (days <= red)).sum())
    share = seen.given.scenarios["shelf_closed"]
    gone, span = f"{share.runoff_pct:g}", share.over_days
    zh = f"若货架关闭、平台存款的 {gone}% 在 {span} 天内流失，{n} 家银行中有 {short} 家在 {red} 天内出现缺口"
    en = (
        f"If the shelf closes and {gone} % of platform money leaves within {span} days, {short} of {n} banks "
        f"{'is' if short == 1 else 'are'} short within {red} days"
    )
    if short:
        first = int(np.where(days > 0, days, days.max() + 1).argmin())
        zh += f"，最早的是 {seen.books.banks[first]}（第 {days[first]} 天）"
        en += f", {seen.books.banks[first]} first, on day {days[first]}"
    return zh + "。", en + "."


def worse(seen: Stress) -> Pair:
    """How much worse the joint tail is than the independent one."""
    alone, together = (joint(seen).to_dicts()[i] for i in (0, -1))
    few, many = alone["worst_hundredth_banks"], together["worst_hundredth_banks"]
    rho = together["rho"]
    times = f"{many / few:.1f}" if few else "–"
    return (
        f"冲击各自独立时，最坏的百分之一情形平均有 {few:.1f} 家银行同时缺口；"
        f"以相关系数 {rho:g} 共同发生时为 {many:.1f} 家（{times} 倍）。"
        "每种冲击单独发生的概率与大小两者相同，不同的只是它们是否同来。",
        f"In the worst hundredth of draws {few:.1f} banks fail on average if shocks are independent, and {many:.1f} "
        f"({times} times as many) if they come together with correlation {rho:g}. Each shock by itself is as likely "
        "and as large in both; what differs is whether they meet.",
    )


def rows(seen: Stress) -> list[dict[str, Any]]:
    """The banks, those short soonest first: by the scenarios from the hardest to the mildest."""
    told = banks(seen).to_dicts()
    hard = list(reversed(list(seen.days)))
    far = 10**6
    red, amber, law = seen.given.value("red_days"), seen.given.value("amber_days"), minimum("lcr", seen.books.day)
    for row in told:
        row["days"] = [(row[f"days_{name}"], _colour(row[f"days_{name}"], red, amber)) for name in seen.days]
        row["binds"] = binds(row["assets"], law)
    return sorted(told, key=lambda row: (*(row[f"days_{name}"] or far for name in hard), row["bank"]))


def _colour(day: int | None, red: int, amber: int) -> str:
    return "red" if day is not None and day < red else "amber" if day is not None and day < amber else ""


def binds(assets: float | None, law: Minimum | None) -> bool | None:
    """Whether the minimum of the ratio binds a bank of that size; None where its size is not stated."""
    if law is None:
        return False
    return None if assets is None else assets >= law.assets


def fan_rows(seen: Stress, bank: str) -> list[tuple[Pair, int, list[float]]]:
    horizon = seen.joint[0].fans[bank].shape[1]
    return [
        (pictures.rho_name(one.rho), day, [float(v) for v in one.fans[bank][:, day - 1]])
        for one in (seen.joint[0], seen.joint[-1]) for day in FAN_DAYS if day <= horizon
    ]  # fmt: skip


def grid_rows(seen: Stress) -> list[dict[str, Any]]:
    """The closing shelf case by case: banks short, and the first."""
    found = []
    for i, share in enumerate(seen.given.value("grid_runoff_pct")):
        for j, span in enumerate(seen.given.value("grid_over_days")):
            days = seen.grid[:, i, j]
            gone = days[days > 0]
            first = seen.books.banks[int(np.where(days > 0, days, 10**6).argmin())] if len(gone) else None
            found.append({
                "runoff": share, "over": span, "red": int((gone <= seen.given.value("red_days")).sum()),
                "amber": int((gone <= seen.given.value("amber_days")).sum()), "ever": len(gone), "first": first,
                "day": int(gone.min()) if len(gone) else None,
            })  # fmt: skip
    return found


def _often(seen: Stress) -> list[tuple[str, list[float], float]]:
    """The banks that fail most often with the last correlation: how often by each, and by contagion."""
    shares = [one.failed.mean(axis=0) * 100 for one in seen.joint]
    infected = seen.joint[-1].infected.mean(axis=0) * 100
    order = sorted(range(len(seen.books.banks)), key=lambda i: (-shares[-1][i], seen.books.banks[i]))
    return [(seen.books.banks[i], [float(s[i]) for s in shares], float(infected[i])) for i in order[:MOST_OFTEN]]


def _scenarios(seen: Stress) -> list[tuple[str, Pair, Scenario, str, str]]:
    return [
        (name, one.title(name), one, ", ".join(one.closed) if isinstance(one.closed, list) else one.closed,
         "given" if name in seen.given.own else "D")
        for name, one in seen.given.scenarios.items()
    ]  # fmt: skip


def _law(seen: Stress) -> Pair | None:
    law = provisions().get("cn.liquidity-2018")
    return (law.title_zh, law.title_en) if law is not None and law.held_on(seen.books.day) else None


def _weights(seen: Stress) -> list[dict[str, Any]]:
    groups: dict[str, Pair] = {
        "haircut": ("折扣", "haircut"), "cap": ("上限", "cap"), "runoff": ("流失率", "run-off"),
        "inflow": ("流入率", "inflow"), "limit": ("流入上限", "limit of inflows"),
        "available": ("可用稳定资金（半年内、一年内、以上）", "available (below half a year, a year, from then)"),
        "required": ("所需稳定资金（同上）", "required (the same)"),
    }  # fmt: skip
    return [
        {"source": one.source, "group": groups[group], "kind": kind, "mark": weight.mark,
         "pct": ", ".join(f"{p:g}" for p in (weight.pct if isinstance(weight.pct, list) else [weight.pct]))}
        for one in ratios().values() for group, of in one.on(seen.books.day).items() for kind, weight in of.items()
    ]  # fmt: skip


def show(value: float | None, digits: int = 0) -> str:
    return "–" if value is None or value != value else f"{value:,.{digits}f}"


def shown(seen: Stress, language: str) -> RenderableType:
    """The answer, the banks that do not last, and what could not be seen, for a terminal."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    of = int(language == "en")
    table = Table(box=None, title_justify="left")
    longest = max(len(bank) for bank in seen.books.banks)
    table.add_column(("银行", "bank")[of], no_wrap=True, min_width=min(longest, 16))
    for heading in (("平台存款 %", "platform money, %"), ("流动性覆盖率 %", "LCR, %"), ("净稳定资金比例 %", "NSFR, %")):
        table.add_column(heading[of], justify="right")
    for name, one in seen.given.scenarios.items():
        table.add_column(one.title(name)[of].split("：" if not of else ":")[0], justify="right")
    listed = [row for row in rows(seen) if any(day for day, _ in row["days"])]
    for row in listed[:20]:
        styles = {"red": "red", "amber": "yellow", "": ""}
        days = [Text("–" if day is None else f"{day}", style=styles[colour]) for day, colour in row["days"]]
        table.add_row(
            Text(row["bank"]), show(row["platform_pct"], 1), show(row["lcr_pct"]), show(row["nsfr_pct"]), *days
        )
    parts: list[RenderableType] = [Text(lead(seen)[of]), Text(worse(seen)[of]), Text(""), table]
    if (more := len(listed) - 20) > 0:
        parts.append(Text((f"另有 {more} 家，见页面。", f"{more} more on the page.")[of]))
    for m in seen.missing[:10]:
        told = (
            f"看不到：{m.bank}（{WHAT[m.what][0]}）：{m.why[0]}",
            f"not seen: {m.bank}, {WHAT[m.what][1]}: {m.why[1]}",
        )
        parts.append(Text(told[of]))
    if (more := len(seen.missing) - 10) > 0:
        parts.append(Text((f"另有 {more} 项看不到，见页面。", f"{more} more not seen, on the page.")[of]))
    for name, count in seen.set_aside.items():
        parts.append(Text((f"{name} 中有 {count} 行被隔离。", f"{count} rows of {name} are in quarantine.")[of]))
    return Group(*parts)
