"""An app keeps its basic service from whoever withholds what that service does not need.

## What it finds
Fields of personal information that an app requires of consumers at some step, that are not among its type's necessary
ones (`ride_hailing_fields`, `online_shopping_fields`, `food_delivery_fields`, `payment_fields`), and whose refusal
blocks the basic service. Each app and field is one finding.

## Why it matters
Who needs a ride or a meal gives away what is asked; consent that cannot be refused is none.

## Innocent explanations
- Optional: the step goes on without the field (`required`).
- Refusal blocks an extra function only, or nothing (`refusal`).
- Drivers, merchants and others on the supply side must show more (`side`): the list is for consumers.
- A sensitive field may be necessary for its type: a payment app needs the identity document.

## Method and source
The necessary fields of four app types, as dated lists in the rulebook; the fields have the words of the records' table.
Other types have lists that are not in the rulebook: where an answer would need one the row is unanswered, as where the
side, the requirement or the refusal is not known. Observations are taken as given: nothing is inferred from code.
"""

import ibis
from ibis import Table, _

from guiju.checks import NO_CURRENCY, Answer, check
from guiju.records.schemas.collections import FIELDS

APP_FIELD = ["platform", "app", "field"]


@check(
    zh="{subject}（{app_type}）在 {steps} 个环节要求提供{field}，拒绝则不能使用基本功能，"
    "而{field}不在该类型的必要个人信息之列（{observations} 次观察，"
    "{first_seen_at:%Y-%m-%d} 至 {last_seen_at:%Y-%m-%d}）。",
    en="{subject} ({app_type}) required {field} at {steps:#step} and refused its basic service without; that is no "
    "necessary field of its type ({observations:#observation}, {first_seen_at:%Y-%m-%d} to "
    "{last_seen_at:%Y-%m-%d}).",
    formula="{field} is not one of the necessary fields of {app_type}; required: yes; refusal blocks: basic service",
)
def excess_collection(
    collections: Table, *, since, ride_hailing_fields: str, online_shopping_fields: str, food_delivery_fields: str,
    payment_fields: str,
):  # fmt: skip
    lists = {
        "ride_hailing": ride_hailing_fields, "online_shopping": online_shopping_fields,
        "food_delivery": food_delivery_fields, "payment": payment_fields,
    }  # fmt: skip
    seen = collections.filter(_.occurred_at >= since)
    of_type = [
        (seen.app_type == kind, seen.field.isin([name.strip() for name in fields.split(",")]))
        for kind, fields in lists.items()
    ]
    # Each part is true, false or not known, and so is the whole: where one part is false nothing else matters.
    asked = seen.mutate(
        necessary=ibis.cases(*of_type, else_=ibis.null("boolean")),
        named=ibis.cases((seen.field.isin(FIELDS), True), else_=ibis.null("boolean")),
        consumer=_.side == "consumer",
        barred=(_.required == "yes") & (_.refusal == "basic"),
    ).mutate(excess=_.consumer & _.barred & ~_.necessary & _.named)
    reason = ibis.cases(
        (asked.excess.notnull(), ibis.null("string")),
        (asked.consumer.isnull(), "who is asked is not known"),
        (asked.barred.isnull(), "whether it is required, or what refusal blocks, is not known"),
        (asked.app_type.isnull(), "the type of the app is not known"),
        (asked.necessary.isnull(), "the type's necessary fields are not in the rulebook"),
        else_="the field is none of the words the table names",
    )
    wrong = asked.filter(_.excess)
    found = wrong.group_by(APP_FIELD).agg(
        app_type=_.app_type.min(), steps=_.step.nunique(), observations=_.count(),
        first_seen_at=_.occurred_at.min(), last_seen_at=_.occurred_at.max(),
        episode_start=_.occurred_at.min(), episode_end=_.occurred_at.max(),
    ).mutate(
        subject=_.app, object=_.field, currency=ibis.literal(NO_CURRENCY), amount_at_stake=ibis.null("decimal(18, 2)"),
    ).drop("app")  # fmt: skip

    def evidence(found: Table) -> dict[str, Table]:
        own = ["subject", "object", "episode_start", "currency"]
        keys = found.select("platform", *own, app=_.subject, field=_.object)
        return {"collections": wrong.inner_join(keys, APP_FIELD).select(*own, *collections.columns)}

    early = collections.filter(_.occurred_at < since).select(unanswered=ibis.literal("before the window"))
    rows = asked.select(unanswered=reason).union(early)
    return Answer(found, evidence, {"collections": rows.group_by("unanswered").agg(rows=_.count())})
