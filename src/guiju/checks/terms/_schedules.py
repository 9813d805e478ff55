"""A published fee schedule: which of its items held when, and what they allowed a charge to be."""

import ibis
from ibis import Table, _

SCHEDULED = ["platform", "item", "currency", "category", "tier", "least_base_amount"]
EXACT = "decimal(18, 6)"


def in_force(schedules: Table) -> Table:
    """Published items with the span in which each held; where one follows without a gap, until that one holds."""
    rows = schedules.mutate(holds_from=ibis.greatest(_.valid_from, _.published_at.fill_null(_.valid_from)))
    in_turn = ibis.window(group_by=SCHEDULED, order_by=["valid_from", "id"])
    rows = rows.mutate(next_from=_.valid_from.lead().over(in_turn), next_holds=_.holds_from.lead().over(in_turn))
    until = ibis.cases(
        (rows.valid_to.isnull(), rows.next_holds),
        (rows.next_from <= rows.valid_to, ibis.greatest(rows.valid_to, rows.next_holds)),
        else_=rows.valid_to,
    )
    return rows.mutate(holds_to=until)


def allowed(charges: Table, items: Table) -> Table:
    """What the schedule allowed for each charge: null where no item held, `maybe` where some value is not known."""
    both = charges.select("platform", "id", "item", "currency", "category", "tier", "base", "opens", "closes").join(
        items.drop("id"), ["platform", "item", "currency"], rname="{name}_of"
    )
    inside = both.filter(_.holds_from < _.closes, _.holds_to.isnull() | (_.holds_to > _.opens))
    nothing = ibis.null("boolean")

    def fits(wanted, own):
        return ibis.cases((wanted.isnull(), True), (own == "", nothing), else_=wanted == own)

    bracket = (_.least_base_amount.isnull() | (_.base >= _.least_base_amount)) & (
        _.below_base_amount.isnull() | (_.base < _.below_base_amount)
    )
    rate = ibis.ifelse(
        _.rate_pct.isnull(), 0.0, (_.base.cast("float64") * _.rate_pct.cast("float64") / 100).round(6)
    ).cast(EXACT)
    priced = inside.mutate(
        fits=fits(_.category_of, _.category) & fits(_.tier_of, _.tier) & bracket,
        sum=ibis.greatest(rate + _.fixed_amount.fill_null(0).cast(EXACT), _.least_amount.fill_null(0).cast(EXACT)),
        near=_.category_of.notnull().cast("int64") * 2 + _.tier_of.notnull().cast("int64"),
        rated=(_.rate_pct.isnull() | _.base.notnull())
        & ibis.coalesce(_.rate_pct, _.fixed_amount, _.least_amount).notnull(),  # an item of no price is half a row
    ).mutate(known=_.fits.fill_null(False) & _.rated, maybe=_.fits.fill_null(True) & ~(_.fits.notnull() & _.rated))
    nearest = priced.group_by("platform", "id").agg(
        maybe=_.maybe.any(), **{f"at{n}": _["sum"].max(where=_.known & (_.near == n)) for n in range(4)}
    )
    return nearest.select("platform", "id", "maybe", allowed=ibis.coalesce(_.at3, _.at2, _.at1, _.at0))
