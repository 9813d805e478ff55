"""Sellers who join or leave a rival platform, each with the sellers it is compared with."""

import ibis
from ibis import Table, _

from guiju.checks import first_of
from guiju.checks.terms._weeks import CONDUCT, ends_in, nth_week

COHORT = ["category", "turn"]
UNIT = ["platform", "episode_start", "seller", "currency", "party", *COHORT, "treated"]


def sellers(memberships: Table) -> Table:
    """One row a seller: its party, its category, when the party was first on a rival, which, and when it left all."""
    known = memberships.filter(_.party.notnull())
    own = (
        known.filter(_.category.notnull())
        .group_by("platform", "seller")
        .agg(party=_.party.min(), parties=_.party.nunique(), category=_.category.min())
    )
    own = own.filter(_.parties == 1).drop("parties")
    there = known.select("party", "valid_from", "valid_to", rival="platform")
    pairs = own.select("platform", "party").distinct().inner_join(there, "party").filter(_.rival != _.platform)
    first = pairs.group_by("platform", "party").agg(
        joined=_.valid_from.min(), still=_.valid_to.isnull().ifelse(1, 0).sum(), last=_.valid_to.max()
    )
    which = pairs.inner_join(first, ["platform", "party"]).filter(_.valid_from == _.joined)
    named = which.group_by("platform", "party").agg(
        rival=_.rival.min(), joined=_.joined.min(), left=ibis.cases((_.still.max() == 0, _["last"].max()))
    )
    both = own.left_join(named, ["platform", "party"])
    return both.select("platform", "seller", "party", "category", "rival", "joined", "left")


def turning(of: Table, moment: str, periods, utc_offset, after: int) -> Table:
    """Those whose `moment` (joined, left) has its last compared week in a period, and their controls, for each week.

    Controls are sellers of the same platform and category, on no rival before the period's end.
    """
    turned = of.mutate(turn=nth_week(_[moment], utc_offset)).filter(_.turn.notnull())
    turned = turned.mutate(episode_start=ends_in(_.turn + after - 1, periods, utc_offset))
    turned = turned.filter(_.episode_start.notnull())
    weeks = turned.select("platform", "category", "turn", "episode_start").distinct()
    ends = first_of(((_.episode_start == a, b) for a, b in periods), ibis.null("timestamp(6)"))
    others = of.inner_join(weeks, ["platform", "category"]).mutate(ends=ends)
    stayed = others.filter(_.joined.isnull() | (_.joined >= _.ends))
    columns = ["platform", "seller", "party", *COHORT, "episode_start"]
    return ibis.union(
        turned.select(*columns, treated=ibis.literal(True)), stayed.select(*columns, treated=ibis.literal(False))
    )


def compared(
    turns: Table, weekly: Table, weeks_before: int, weeks_after: int, *, min_impressions: float,
    max_spend_fall_pct: float, max_unavailable_rise_pct: float, max_cancelled_rise_pct: float, min_stayers: float,
) -> Table:  # fmt: skip
    """Units seen in every week around a turn whose own conduct did not change: `change_k`, logs less the base week's.

    k counts the weeks from the first one, without the base, the last before the turn.
    """
    steps = range(-weeks_before, weeks_after)
    rows = turns.inner_join(weekly, ["platform", "seller"]).mutate(step=_.week - _.turn)
    rows = rows.filter(_.step >= -weeks_before, _.step < weeks_after)
    sides = {"before": (_.step < 0, weeks_before), "after": (_.step >= 0, weeks_after)}
    means = {f"{c}_{side}": _[c].sum(where=its).cast("float64") / weeks
             for c in ("shown", "spend", *CONDUCT) for side, (its, weeks) in sides.items()}  # fmt: skip
    levels = {f"level_{k}": ibis.cases((_.step == step, _.level)).max() for k, step in enumerate(steps)}
    units = rows.group_by(UNIT).agg(weeks=_.level.count(), **means, **levels)
    steady = units.filter(
        _.weeks == len(steps),
        _.shown_before >= min_impressions,
        _.spend_after * 100 >= _.spend_before * (100 - max_spend_fall_pct),
        _.unavailable_pct_after - _.unavailable_pct_before <= max_unavailable_rise_pct,
        _.cancelled_pct_after - _.cancelled_pct_before <= max_cancelled_rise_pct,
    )
    others = [k for k, step in enumerate(steps) if step != -1]
    base = _[f"level_{weeks_before - 1}"]
    changes = {f"change_{n}": _[f"level_{k}"] - base for n, k in enumerate(others)}
    told = steady.select(*UNIT, **changes)
    cohort = ["platform", "episode_start", *COHORT]
    stayers = told.filter(~_.treated).group_by(cohort).agg(stayers=_.party.nunique())
    return told.semi_join(stayers.filter(_.stayers >= min_stayers), cohort)


def told(units: Table, sellers: Table, keys: Table, weeks_before: int) -> Table:
    """The joiners of found cells: which rival, since when, and each one's change against its own weeks before."""
    changes = [c for c in units.columns if c.startswith("change_")]
    before, after = changes[: weeks_before - 1], changes[weeks_before - 1 :]
    own = sum(units[c] for c in after) / len(after) - sum(units[c] for c in before) / weeks_before
    mine = units.mutate(own_change_pct=(own.exp() - 1) * 100).filter(_.treated)
    mine = mine.inner_join(keys, ["platform", "currency", "episode_start"])
    rivals = sellers.select("platform", "seller", "rival", "joined")
    named = mine.inner_join(rivals, ["platform", "seller"])
    return named.select(
        "platform", "subject", "object", "currency", "episode_start", "seller", "category", "rival",
        joined_at="joined", own_change_pct=_.own_change_pct.round(1),
    )  # fmt: skip
