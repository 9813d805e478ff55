"""Which consents each collection of a person's information has, and what is wrong with them."""

import ibis
from ibis import Table, _

from guiju.records.schemas.collections import FIELDS

GIVEN = ["platform", "collector", "person", "purpose", "field"]
COLLECTED = [*GIVEN, "id", "occurred_at", "basis"]
FAULTS = ("never_given", "given_later", "withdrawn", "not_separate", "not_by_guardian")


def judged(data: Table, consents: Table, sensitive, guardian_years, skew, processing) -> Table:
    """Each collection with `covered` (null: not known), and where it is not, by which of `FAULTS`.

    `skew` and `processing` are spans of time.
    """
    rows = data.select(*COLLECTED, "age_years").mutate(
        sensitive=ibis.cases((_.field.isin(FIELDS), _.field.isin(sensitive)), else_=ibis.null("boolean")),
        child=(_.age_years < guardian_years).fill_null(False),
    )
    held = consents.select(*GIVEN, "given_at", "withdrawn_at", "separate", "given_by")
    each = rows.inner_join(held, GIVEN).mutate(
        begun=_.given_at <= _.occurred_at + skew,
        over=(_.withdrawn_at + processing < _.occurred_at).fill_null(False),
        apart=~_.sensitive | (_.separate == "yes"),
        guarded=~_.child | (_.given_by == "guardian"),
    )
    each = each.mutate(held=_.begun & ~_.over)
    # What is not known stays so: a consent covers, does not, or nobody can say.
    states = each.group_by("platform", "id").agg(
        covering=_.count(where=(_.held & _.apart & _.guarded).fill_null(False)),
        perhaps=_.count(where=_.held & (_.apart & _.guarded).isnull()),
        holding=_.count(where=_.held), guarded_ones=_.count(where=_.held & _.guarded.fill_null(False)),
        begun_ones=_.count(where=_.begun), given=_.count(),
    )  # fmt: skip
    with_states = rows.left_join(states, ["platform", "id"])
    counts = {name: with_states[name].fill_null(0) for name in states.columns[2:]}
    told = with_states.select(*(rows[c] for c in COLLECTED), rows.sensitive, **counts)
    return told.mutate(
        covered=ibis.cases((_.covering > 0, True), (_.perhaps > 0, ibis.null("boolean")), else_=False),
        fault=ibis.cases(
            (_.given == 0, "never_given"), (_.begun_ones == 0, "given_later"), (_.holding == 0, "withdrawn"),
            (_.guarded_ones == 0, "not_by_guardian"), else_="not_separate",
        ),
    )  # fmt: skip
