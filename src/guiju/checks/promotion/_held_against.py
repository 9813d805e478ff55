"""Claims of copy held against the figures on record: supported, contradicted, or not to be seen."""

from typing import Any

import ibis
from ibis import Table, _

BY = ["platform", "id", "claim"]  # one claim as it was shown once


def judged(shown: Table, figures: Table, max_age_days: int, rise_days: int, rounding_pct: float) -> Table:
    """Claims as they were shown (`BY`, seller, occurred_at, measure, comparison, value) with figures and a verdict.

    Adds `on_record` and its `figure` (an id), `other` and `other_figure` (the largest rival's, or the earlier one),
    `other_holder`, and `verdict`: supported, contradicted or unseen. The figure is the last one up to the moment shown,
    unless it is older than `max_age_days`; an earlier one is at least `rise_days` before that moment.
    """
    known = figures.filter(_.amount.notnull()).select(
        "platform", "measure", "holder", figure="id", at="occurred_at", amount=_.amount.cast("float64")
    )  # fmt: skip
    near = shown.inner_join(known, ["platform", "measure"]).filter(_.at <= _.occurred_at)
    fresh = near.filter(_.at > _.occurred_at - ibis.interval(days=max_age_days))
    long_ago = near.filter(_.holder == _.seller, _.at <= _.occurred_at - ibis.interval(days=rise_days))
    last, oldest_first = _.at.desc(), [_.at.desc(), _.figure]
    own = first_of_each(fresh.filter(_.holder == _.seller), BY, oldest_first)
    each_rival = first_of_each(fresh.filter(_.holder != _.seller), [*BY, "holder"], oldest_first)
    rival = first_of_each(each_rival, BY, [_.amount.desc(), last, _.figure])
    earlier = first_of_each(long_ago, BY, oldest_first)
    facts = shown
    for of, name in ((own, "own"), (rival, "rival"), (earlier, "earlier")):
        its = of.select(*BY, **{name: of.amount, f"{name}_figure": of.figure, f"{name}_holder": of.holder})
        facts = facts.left_join(its, BY).drop(f"{column}_right" for column in BY)
    return _verdicts(facts, rounding_pct / 100)


def first_of_each(rows: Table, by: list[str], order: list[Any]) -> Table:
    """The first row of each group."""
    return rows.mutate(place=ibis.row_number().over(group_by=by, order_by=order)).filter(_.place == 0).drop("place")


def _verdicts(facts: Table, rounded: float) -> Table:
    is_first, is_rise = facts.comparison == "first", facts.comparison == "rising"
    holds = ibis.cases(
        (is_first, facts.own >= facts.rival),
        (is_rise, facts.own > facts.earlier),
        (facts.comparison == "at_most", facts.own <= facts.value * (1 + rounded)),
        (facts.comparison.isin(["exactly", "at_least"]), facts.own >= facts.value * (1 - rounded)),
    )
    pairs = {"other": "", "other_figure": "_figure", "other_holder": "_holder"}
    other = {
        name: ibis.cases((is_first, facts[f"rival{of}"]), (is_rise, facts[f"earlier{of}"]))
        for name, of in pairs.items()
    }
    told = facts.mutate(verdict=ibis.cases((holds, "supported"), (~holds, "contradicted"), else_="unseen"), **other)
    told = told.rename(on_record="own", figure="own_figure")
    return told.drop(
        "own_holder", "rival", "rival_figure", "rival_holder", "earlier", "earlier_figure", "earlier_holder"
    )
