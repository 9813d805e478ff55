"""Disputes: what was held for each at every moment, what was in dispute, what was kept though it was due."""

import ibis
from ibis import Table, _

DISPUTE = ["platform", "party", "dispute", "currency"]
MONEY = "decimal(18, 2)"


def with_ends(holds: Table, decisions: Table, until, max_release_hours: int) -> Table:
    """The holds with `won` (when the decision was taken back), `ends_at` and `due_at`, until when it is to be returned.

    Who has won has it all back; without a decision only what was not taken by the hold's own end.
    """
    undone = decisions.filter(_.undone_at < until).select("platform", decision=_.id, won=_.undone_at)
    rows = holds.left_join(undone, ["platform", "decision"]).drop("platform_right", "decision_right")
    rows = rows.mutate(ends_at=ibis.coalesce(_.won, _.expires_at))
    return rows.mutate(due_at=_.ends_at + ibis.interval(hours=max_release_hours))


def steps_of(hold_steps: Table, holds: Table) -> Table:
    """The steps of holds on record, in the hold's currency, with whose they are and the hold's moments."""
    whose = holds.select(*DISPUTE, "won", "ends_at", "due_at", hold=_.id)
    return hold_steps.inner_join(whose, ["platform", "hold", "currency"])


def standing(holds: Table, steps: Table) -> Table:
    """What was held for each dispute after each moment at which it changed, given back or taken for good or not."""
    back = steps.filter(_.kind == "released").select(*DISPUTE, "occurred_at", moved=-_.amount)
    moves = holds.select(*DISPUTE, "occurred_at", moved=_.amount).union(back)
    net = moves.group_by([*DISPUTE, "occurred_at"]).agg(moved=_.moved.sum())
    in_turn = ibis.cumulative_window(group_by=DISPUTE, order_by="occurred_at")
    return net.mutate(held=_.moved.sum().over(in_turn).cast(MONEY))


def disputed(holds: Table) -> Table:
    """A row a dispute whose sum is known of each of its holds: the greatest of what they say."""
    of = holds.group_by(DISPUTE).agg(disputed=_.disputed_amount.max(), unknown=_.disputed_amount.isnull().sum())
    return of.filter(_.unknown == 0).drop("unknown")


def beyond(standing: Table, disputed: Table, since, max_rounding_amount: float) -> Table:
    """A row a dispute for which more was held than is in dispute: `first_at`, the most held, what is in dispute."""
    rows = standing.inner_join(disputed, DISPUTE).filter(_.occurred_at >= since)
    over = rows.filter((_.held - _.disputed).cast("float64") > max_rounding_amount)
    return over.group_by(DISPUTE).agg(
        first_at=_.occurred_at.min(), last_at=_.occurred_at.min(), held=_.held.max(), disputed=_.disputed.max()
    )


def kept(holds: Table, steps: Table, since, until, max_rounding_amount: float) -> Table:
    """A row a hold of which something was still kept when it was due: `kept`, and whether the party had `won`."""
    returned = (_.kind == "released") & (_.occurred_at <= _.due_at)
    taken = (_.kind == "captured") & _.won.isnull() & (_.occurred_at <= _.ends_at)
    gone = steps.filter(returned | taken).group_by("platform", id="hold").agg(gone=_.amount.sum())
    due = holds.filter(_.due_at >= since, _.due_at < until)
    rows = due.left_join(gone, ["platform", "id"]).mutate(kept=(_.amount - _.gone.fill_null(0)).cast(MONEY))
    late = rows.filter(_.kept.cast("float64") > max_rounding_amount)
    return late.select(*DISPUTE, "id", "due_at", "kept", had_won=_.won.notnull())


def wrong(over: Table, late: Table) -> Table:
    """A row a dispute at fault, `beyond` and `kept` (0 where it is not), and the greater of the two as `worst`."""
    by_dispute = late.group_by(DISPUTE).agg(
        first_at=_.due_at.min(), last_at=_.due_at.max(), kept=_.kept.sum(), kept_holds=_.count(),
        won_holds=_.had_won.sum(),
    )  # fmt: skip
    nothing = {"held": ibis.literal(0).cast(MONEY), "disputed": ibis.literal(0).cast(MONEY)}
    none = {"kept": ibis.literal(0).cast("decimal(38, 2)"), "kept_holds": ibis.literal(0, "int64"),
            "won_holds": ibis.literal(0, "int64")}  # fmt: skip
    columns = [*DISPUTE, "first_at", "last_at", *nothing, *none]
    both = over.mutate(**none).select(columns).union(by_dispute.mutate(**nothing).select(columns))
    rows = both.group_by(DISPUTE).agg(
        first_at=_.first_at.min(), last_at=_.last_at.max(), held=_.held.max().cast(MONEY),
        disputed=_.disputed.max().cast(MONEY), kept=_.kept.max().cast(MONEY), kept_holds=_.kept_holds.max(),
        won_holds=_.won_holds.max(),
    )  # fmt: skip
    return rows.mutate(worst=ibis.greatest(_.held - _.disputed, _.kept).cast(MONEY))
