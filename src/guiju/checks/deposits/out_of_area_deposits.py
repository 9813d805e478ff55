"""A local bank took deposits in cities where it has no outlet.

## What it finds
Local banks with at least `min_deposits` new deposits of `counted_holders` through one platform, be it their own app,
made by depositors who were in cities in which the bank had no outlet on that day.

## Why it matters
A local bank lives from knowing its place. Money of strangers from everywhere comes for the rate, and goes for it.

## Innocent explanations
- A migrant worker's salary account: where the depositor was counts, not where he is registered (`region`).
- A local on a journey: registered in a city with an outlet (`home_region`).
- An outlet opened later, or closed since: each deposit is held against the outlets of its own day.
- A bank licensed to work without outlets, or no local bank at all (`outlets.kind`).
- Made before, it runs off: only what was opened since the rule holds counts.
- A company's deposit: the notice is about those of persons, `counted_holders`.
- A wrong place or two on record: fewer than `min_deposits`.

## Method and source
A city is the first four digits of a GB/T 2260 code, in the four municipalities the first two, and all six of a county
that its province runs itself. Outlets are matched by the bank's name, whoever recorded them. Deposits are counted one
by one; their part in all new deposits of persons by that platform stands beside.
"""

import ibis
from ibis import Table, _

from guiju.checks import FOUND_ON, Answer, check
from guiju.checks.deposits import _taken

BANK = ["platform", "bank", "currency"]


@check(
    zh="{subject} 从记录中没有其网点的 {cities} 个城市新吸收个人存款 {deposits} 笔（{depositors} 人），合计 "
    "{amount_at_stake:,.2f} {currency}，占其经该平台新吸收个人存款的 {out_of_area_pct:.1f}%。",
    en="{subject} took {deposits:#new deposit} of persons, {amount_at_stake:,.2f} {currency} from "
    "{depositors:#depositor} in places where it had no outlet on record (cities: {cities}): {out_of_area_pct:.1f} % "
    "of all that persons newly deposited at it through this platform.",
    formula="{deposits} deposits from outside >= {min_deposits:g}",
)
def out_of_area_deposits(
    deposits: Table, outlets: Table, *, since, until, counted_holders: str, min_deposits: int
):  # fmt: skip
    holders = [word.strip() for word in counted_holders.split(",")]
    placed = outlets.select("bank", "kind", "valid_from", "valid_to", its_city=_taken.city(outlets.region)).distinct()
    known = placed.filter((_.kind != "outlet") | _.its_city.notnull()).select("bank").distinct().mutate(known=True)
    rows = deposits.mutate(city=_taken.city(deposits.region), home_city=_taken.city(deposits.home_region))
    rows = rows.left_join(known, "bank").drop("bank_right")
    persons = rows.holder.isin(holders)
    why = ibis.cases(
        (rows.opened_at >= until, _taken.AFTER),
        (rows.opened_at < since, _taken.BEFORE),
        (rows.holder.isnull(), "who holds it is not known"),
        (persons & rows.known.isnull(), "no outlet of the bank is on record"),
        (persons & rows.city.isnull(), "the city in which the depositor was is not known"),
    )
    told = rows.mutate(unanswered=why)
    asked = told.filter(_.unanswered.isnull(), persons).select(
        *BANK, "id", "depositor", "opened_at", "amount", "city", "home_city"
    )
    outside = yield asked.anti_join(placed, _allowed(asked, placed))
    in_all = asked.group_by(BANK).agg(all_amount=_.amount.sum().cast("float64"))
    banks = outside.group_by(BANK).agg(
        deposits=_.id.nunique(), depositors=_.depositor.nunique(), cities=_.city.nunique(), sum=_.amount.sum(),
        episode_start=_.opened_at.min(), episode_end=_.opened_at.max(),
    ).filter(_.deposits >= min_deposits)  # fmt: skip
    found = banks.inner_join(in_all, BANK).select(
        "platform", "currency", "deposits", "depositors", "cities", "episode_start", "episode_end", subject=_.bank,
        object=ibis.literal(""), amount_at_stake=_["sum"].cast("decimal(18, 2)"),
        out_of_area_pct=_["sum"].cast("float64") * 100 / _.all_amount,
    )  # fmt: skip
    own = ["subject", "object", "episode_start"]

    def keyed(found: Table) -> Table:
        return found.select("platform", "currency", *own, bank=_.subject)

    def evidence(found: Table) -> dict[str, Table]:
        ours = outlets.select("bank", "platform", "id").inner_join(keyed(found).rename({FOUND_ON: "platform"}), "bank")
        return {
            "deposits": outside.inner_join(keyed(found), BANK).select("platform", "currency", *own, "id"),
            "outlets": ours.select("platform", FOUND_ON, "currency", *own, "id"),
        }

    def workings(found: Table) -> dict[str, Table]:
        cities = outside.inner_join(keyed(found), BANK).group_by("platform", "currency", *own, "city").agg(
            deposits=_.id.nunique(), depositors=_.depositor.nunique(), amount=_.amount.sum().cast("float64")
        )  # fmt: skip
        return {"cities": cities}

    counts = told.group_by("unanswered").agg(rows=_.count())
    return Answer(found, evidence, {"deposits": counts}, workings)


def _allowed(made: Table, placed: Table) -> list[ibis.Value]:
    """When an outlet of the day is where the depositor was or is registered, or the bank is bound to no place."""
    there = (placed.its_city == made.city) | (placed.its_city == made.home_city)
    free = placed.kind.isin(["online_only", "nationwide"])
    still = placed.valid_to.isnull() | (made.opened_at < placed.valid_to)
    begun = made.opened_at >= placed.valid_from
    return [made.bank == placed.bank, begun & still & (free | ((placed.kind == "outlet") & there)).fill_null(False)]
