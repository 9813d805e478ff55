"""A platform holds more of somebody's money than is in dispute, or keeps it after it had to be given back.

## What it finds
Parties of whose money, all holds for one dispute together, more was held than is in dispute, by more than
`max_rounding_amount`; or of whose hold something was still kept `max_release_hours` after its decision was taken back
or after it ended.

## Why it matters
What is not in dispute is the party's own: rent and food are paid from it. A hold beyond the dispute is a penalty that
nobody decided.

## Innocent explanations
- Rounding: no more than `max_rounding_amount` beyond.
- Given back in time: nights, weekends and holidays lie within `max_release_hours`.
- One after the other: what was given back does not count when it is held again.
- Several disputes: each order has a sum in dispute of its own.
- Decided before its end: what was taken for good by then need not be given back, unless the decision was taken back.
- Another currency: sums are added within one currency only.

## Method and source
Holds and what was given back of them are added up for each dispute, moment by moment; what was taken for good still
counts as held. In dispute is the greatest sum that any hold for it states; where one states none, only the keeping is
asked. Nothing is estimated. At stake is, of each dispute, the greater of the most held beyond it and what was kept.
"""

from ibis import Table, _

from guiju.checks import Answer, account, check
from guiju.checks.redress import _disputes
from guiju.checks.redress._disputes import DISPUTE, MONEY

PARTY = ["platform", "party", "currency"]


@check(
    zh="{subject} 就 {disputes} 项争议扣留 {object} 的款项，超出争议金额或者逾期不退，"
    "共 {amount_at_stake:,.2f} {currency}：扣留最多时为 {held_amount:,.2f}，"
    "而争议金额为 {disputed_amount:,.2f}，超出 {beyond_amount:,.2f}；应退还而逾 {max_release_hours:g} 小时"
    "仍未退还的为 {kept_amount:,.2f}，其中 {won_holds} 笔的决定已撤销。",
    en="In {disputes:#dispute} {subject} held more of {object}'s money than was in dispute, or kept it too long, "
    "{amount_at_stake:,.2f} {currency} in all: {held_amount:,.2f} held at the most where {disputed_amount:,.2f} was "
    "in dispute, {beyond_amount:,.2f} beyond. Not given back {max_release_hours:g} hours after it was due: "
    "{kept_amount:,.2f}; holds among these whose decision had been taken back: {won_holds}.",
    formula="{held_amount:,.2f} held - {disputed_amount:,.2f} in dispute = {beyond_amount:,.2f}, each > "
    "{max_rounding_amount:g}; {kept_amount:,.2f} of {kept_holds} holds kept > {max_release_hours:g} hours; of each "
    "dispute the greater",
)
def holds_beyond_dispute(
    holds: Table, hold_steps: Table, decisions: Table, *, since, until, max_rounding_amount: float,
    max_release_hours: int,
):  # fmt: skip
    ending = _disputes.with_ends(holds, decisions, until, max_release_hours)
    steps = yield _disputes.steps_of(hold_steps, ending)
    over = _disputes.beyond(_disputes.standing(holds, steps), _disputes.disputed(holds), since, max_rounding_amount)
    late = yield _disputes.kept(ending, steps, since, until, max_rounding_amount)
    wrong = yield _disputes.wrong(over, late)
    exceeded = _.held > _.disputed
    found = wrong.group_by(PARTY).agg(
        disputes=_.count(), held_amount=_.held.sum().cast("float64"), disputed_amount=_.disputed.sum().cast("float64"),
        beyond_amount=(_.held - _.disputed).sum().cast("float64"), beyond_disputes=exceeded.sum(),
        kept_amount=_.kept.sum().cast("float64"), kept_holds=_.kept_holds.sum(), won_holds=_.won_holds.sum(),
        episode_start=_.first_at.min(), episode_end=_.last_at.max(), amount_at_stake=_.worst.sum().cast(MONEY),
    )  # fmt: skip
    found = found.rename(object="party").mutate(subject=_.platform)
    own = ["subject", "object", "episode_start"]

    def of(found: Table) -> Table:
        return wrong.inner_join(found.select("platform", "currency", *own, party=_.object), PARTY)

    def evidence(found: Table) -> dict[str, Table]:
        held = holds.inner_join(of(found).select(*DISPUTE, *own), DISPUTE)
        rests = held.select("platform", "currency", *own, id=_.decision).distinct()
        moved = hold_steps.inner_join(
            held.select("platform", "currency", *own, hold="id"), ["platform", "hold", "currency"]
        )
        return {
            "holds": held.select("platform", "id", "currency", *own),
            "hold_steps": moved.select("platform", "id", "currency", *own),
            "decisions": decisions.inner_join(rests, ["platform", "id"]).select("platform", "id", "currency", *own),
        }

    def workings(found: Table) -> dict[str, Table]:
        told = of(found).mutate(beyond=_.held - _.disputed)
        money = {name: told[name].cast("float64") for name in ("held", "disputed", "beyond", "kept")}
        return {"disputes": told.select("platform", *own, "currency", "dispute", **money)}

    known = holds.semi_join(_disputes.disputed(holds), DISPUTE).count()
    unknown = holds.anti_join(_disputes.disputed(holds), DISPUTE).count()
    strange = hold_steps.anti_join(steps, ["platform", "id"]).count()
    return Answer(found, evidence, {
        "holds": account((None, known), ("the sum in dispute is not known", unknown)),
        "hold_steps": account((None, steps.count()), ("its hold is not on record in this currency", strange)),
    }, workings)  # fmt: skip
