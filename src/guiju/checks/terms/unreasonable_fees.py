"""A platform charged a merchant more than it had published, or for nothing.

## What it finds
Bills, that is all charges for one service, or one item and period, whose sum without tax and less what was given back
is more than `max_rounding_amount` above what the published schedule allowed: above its rate, under no item in force,
twice for one service, or for a service that was not rendered. All of one merchant and item are one finding.

## Why it matters
A merchant cannot leave the platform its customers are on; what it did not agree to it pays all the same.

## Innocent explanations
- A new schedule published in time: a period under two schedules may be charged by the dearer.
- Tax comes on top of the fee (`tax_amount`).
- A least fee, or a rate by volume, is published like any other (`least_amount`, `least_base_amount`).
- What was given back, also later, was not charged (`refund_of`).
- A sum paid in instalments: charges for one service together stay within what it may cost.
- A penalty or deposit under the terms is no fee (`kind`).
- Rounding, up to `max_rounding_amount`.

## Method and source
The item's row for the merchant's own category and tier goes before one for all; of several that fit, the dearest
counts. A row holds from when merchants could read it, and until the next one holds. Charges of a period on different
bases each have their own fee; on one base they are one. Bills that some missing value could put right are unanswered.
Beside stands what the item's other merchants of the same category and tier paid per cent of their base: shown, no part
of the finding.
"""

import ibis
from ibis import Table, _

from guiju.checks import Answer, check
from guiju.checks.terms import _bills, _schedules
from guiju.checks.terms._bills import BILL, ITEM


@check(
    zh="{subject} 就 {item} 向 {seller} 多收 {amount_at_stake:,.2f} {currency}（{fault}）：{bills} 笔账单共收 "
    "{charged_amount:,.2f}（不含税，已减退款），按公示标准应收 {allowed_amount:,.2f}。",
    en="{subject} charged {seller} {amount_at_stake:,.2f} {currency} too much for {item} ({fault}): {bills:#bill} of "
    "{charged_amount:,.2f} in all, without tax and less what was given back, where {allowed_amount:,.2f} was due by "
    "what it had published.",
    formula="{charged_amount:,.2f} - {allowed_amount:,.2f} = {amount_at_stake:,.2f}; "
    "each bill > {max_rounding_amount:g}",
)
def unreasonable_fees(fees: Table, fee_schedules: Table, *, since, max_rounding_amount: float):
    charges = yield _bills.charges(fees)
    allowed = _schedules.allowed(charges, _schedules.in_force(fee_schedules))
    judged = yield _bills.judged(_bills.bills(charges, allowed), fee_schedules, max_rounding_amount)
    asked = judged.filter(_.last_at >= since)
    wrong = _bills.beside_peers(asked).filter(_.fault.notnull())

    def part(fault: str):
        return _.excess.sum(where=_.fault == fault).fill_null(0).cast("float64")

    sums = wrong.group_by(ITEM).agg(
        bills=_.count(), first_fault=_.fault.min(), last_fault=_.fault.max(),
        episode_start=_.first_at.min(), episode_end=_.last_at.max(),
        amount_at_stake=_.excess.sum().round(2).cast("decimal(18, 2)"), charged_amount=_.due.sum().cast("float64"),
        allowed_amount=_.may.sum().cast("float64"), above_amount=part("above"), no_item_amount=part("no_item"),
        twice_amount=part("twice"), not_rendered_amount=part("not_rendered"), peers=_.peers.max(),
        based=_.due.sum(where=_.base.notnull()).cast("float64"), base=_.base.sum().cast("float64"),
        peer_paid=_.peer_paid.sum(where=_.peer_base > 0).cast("float64"),
        peer_base=_.peer_base.sum(where=_.peer_base > 0).cast("float64"),
    )  # fmt: skip
    found = sums.mutate(
        subject=_.platform, object=_.seller + "/" + _["item"],
        fault=ibis.ifelse(_.first_fault == _.last_fault, _.first_fault, "several"),
        rate_pct=(_.based * 100 / _.base.nullif(0)).round(6),
        peer_rate_pct=(_.peer_paid * 100 / _.peer_base.nullif(0)).round(6),
    ).drop("first_fault", "last_fault", "based", "base", "peer_paid", "peer_base")  # fmt: skip

    def keyed(found: Table) -> Table:
        return found.select("platform", "subject", "object", "currency", "episode_start", "seller", "item")

    def evidence(found: Table) -> dict[str, Table]:
        own = ["subject", "object", "episode_start"]
        bills = wrong.select(*BILL).inner_join(keyed(found), ITEM)
        of_bills = charges.inner_join(bills, BILL).select("platform", "id", *own)
        back = fees.inner_join(of_bills.rename(refund_of="id"), ["platform", "refund_of"]).filter(_.kind == "refund")
        items = fee_schedules.inner_join(keyed(found), ["platform", "item", "currency"])
        charged = fees.inner_join(of_bills, ["platform", "id"])
        return {
            "fees": charged.select(*own, *fees.columns).union(back.select(*own, *fees.columns)),
            "fee_schedules": items.select(*own, *fee_schedules.columns),
        }

    def workings(found: Table) -> dict[str, Table]:
        key = ["platform", "subject", "object", "currency", "episode_start"]
        bills = wrong.inner_join(keyed(found), ITEM)
        shown = {"charged": _.due, "allowed": _.may, "too_much": _.excess}
        return {"bills": bills.select(*key, "first_at", "service", "charges", "base", **shown, fault=_.fault)}

    return Answer(found, evidence, {"fees": _bills.account(fees, charges, judged, since)}, workings)
