"""A bank has so large a part of its deposits from platforms of others that it depends on them.

## What it finds
Banks of whose deposits, on at least `min_days` in a row, platforms that the bank does not run itself had brought at
least `min_platform_pct`; only days for which the total is stated count. From the first of them on it is one finding.

## Why it matters
What others' shelves bring, others' shelves can stop bringing within days, at all banks at once.

## Innocent explanations
- Its own app or site brought it: a platform that the bank runs is none of these (`operator`).
- Households saved more with it: savings in all deposits are another measure, told beside and not asked.
- A smaller part came from platforms: less than `min_platform_pct`.
- One day's bookings, as at the end of a quarter: less than `min_days` that are stated.
- It has fallen again before the window began.

## Method and source
Only days with a stated total are asked, each by the last row of the local day; nothing is filled in between. A platform
whose balance of such a day is missing counts as nothing where its bank is found, and as the most it ever had where
its bank is cleared: what lies between is unanswered. Concentration is that of who runs the platforms
(Herfindahl-Hirschman). What matures together and what came for the rate is told where the deposits themselves are
given: of the platforms' standing ones, the part that matures on one local day, and the part that pays half a point or
more above what banks' own counters paid for the same term in the quarter it was made.
"""

import ibis
from ibis import Table, _

from guiju.checks import Answer, check
from guiju.checks.deposits import _funding, _maturities, _runs
from guiju.checks.deposits._funding import BANK
from guiju.checks.deposits._runs import RUN


@check(
    zh="自 {episode_start:%Y-%m-%d} 起，{subject} 的全部存款中，非其自营的平台带来的达到 {min_platform_pct:g}% 以上，"
    "最高 {platform_pct:.1f}%（{peak_at:%Y-%m-%d}；此前一次低于该值时为 {before_pct:.2f}%）：来源 {sources} 个，最大的 "
    "{largest_source} 占全部存款 {largest_source_pct:.1f}%。另一指标：储蓄存款占全部存款 {savings_pct:.1f}%"
    "（最早记录为 {first_savings_pct:.1f}%）。平台存款占比没有法定上限，此为观察。",
    en="From {episode_start:%Y-%m-%d} on, platforms that {subject} does not run brought {min_platform_pct:g} % or more "
    "of all its deposits, up to {platform_pct:.1f} % ({peak_at:%Y-%m-%d}; {before_pct:.2f} % when last below): "
    "{sources:#source}, of which {largest_source} alone brought {largest_source_pct:.1f} %. Another measure: savings "
    "were {savings_pct:.1f} % of all deposits ({first_savings_pct:.1f} % on the first day on record). No law limits "
    "the platforms' part; this is an observation.",
    formula="{platform_amount:,.2f} from platforms / {deposits_amount:,.2f} in all = {platform_pct:.4f} % >= "
    "{min_platform_pct:g} %, on {days} stated days >= {min_days:g}",
)
def platform_dependence(
    balances: Table, bank_positions: Table, deposits: Table, *, since, utc_offset, min_platform_pct: float,
    min_days: int,
):  # fmt: skip
    stated = _funding.stated(bank_positions, utc_offset)
    brought = yield _funding.brought(balances, utc_offset)
    judged = yield _funding.judged(stated, brought, min_platform_pct)
    runs = yield _runs.runs(_runs.days_in_runs(judged)).filter(_.days >= min_days, _.episode_end >= since)
    sources = _runs.sources(runs, brought)
    standing = yield _maturities.standing(runs, deposits, utc_offset)
    together = yield _maturities.facts(standing)
    first = stated.filter(_.total.notnull(), _.savings_amount.notnull()).group_by(BANK).agg(
        first_savings_pct=(_.savings_amount.cast("float64") * 100 / _.total.cast("float64")).round(6).argmin(_.day),
        first_savings_at=_.occurred_at.min(),
    )  # fmt: skip
    told = runs.inner_join(_runs.concentration(sources), RUN)
    told = told.left_join(together, RUN).drop(*(f"{c}_right" for c in RUN))
    found = told.left_join(first, BANK).drop(*(f"{c}_right" for c in BANK)).mutate(
        subject=_.bank, object=ibis.literal(""), amount_at_stake=_.platform_amount.cast("decimal(18, 2)"),
        deposits_amount=_.deposits_amount.cast("float64"), platform_amount=_.platform_amount.cast("float64"),
        cliff_amount=_.cliff_amount.cast("float64"),
    ).drop("bank", "run", "day")  # fmt: skip

    def of_runs(found: Table) -> Table:
        own = ["subject", "object", "currency", "episode_start", "episode_end"]
        keys = found.select("platform", *own, bank=_.subject)
        return runs.select(*RUN, "episode_start", "day").inner_join(keys, [*BANK, "episode_start"])

    def evidence(found: Table) -> dict[str, Table]:
        own = ["subject", "object", "currency", "episode_start"]
        keys = of_runs(found)
        positions = stated.drop("currency").inner_join(keys.drop("day"), ["platform", "bank"])
        days = positions.filter(_.total.notnull(), _.occurred_at <= _.episode_end)
        at = brought.rename(at="platform").drop("currency")
        on = days.select("platform", "bank", "day", *own).inner_join(at, ["bank", "day"])
        maturing = _maturities.on_the_cliff(keys, together, standing, utc_offset)
        return {
            "bank_positions": days.select("platform", "id", *own),
            "balances": on.select("id", *own, found_on="platform", platform="at"),
            "deposits": maturing.select("id", *own, found_on="platform", platform="at"),
        }

    def workings(found: Table) -> dict[str, Table]:
        of = of_runs(found).select(*RUN, "subject", "object", "episode_start").inner_join(sources, RUN)
        shown = {"amount": _.amount.cast("float64"), "share_pct": _.share_pct.cast("float64")}
        return {"sources": of.select("platform", "subject", "object", "currency", "episode_start", "source", **shown)}

    return Answer(found, evidence, _funding.account(bank_positions, balances, judged, since, utc_offset), workings)
