"""A promotion: an unbroken run of offers under one reference price; and the prices that went before it."""

import ibis
from ibis import Table, _

from guiju.checks import OFFER
from guiju.records.schemas.orders import FUNDED

UNITS = "decimal(18, 6)"  # the type of prices, so that the two multiply
LONG_AGO = ibis.timestamp("1900-01-01")


def standing(listings: Table) -> Table:
    """Each offer with the moment it stopped standing: its end, or the shop's next offer; null if it still stands."""
    following = ibis.window(group_by=OFFER, order_by=["occurred_at", "id"])
    ahead = listings.mutate(following=_.occurred_at.lead().over(following))
    return ahead.mutate(stood_to=ibis.least(_.ended_at.fill_null(_.following), _.following.fill_null(_.ended_at)))


def promotions(listings: Table, until) -> Table:
    """One row a promotion: its shop and product, first and lowest facts, `offers` = rows in it, `starts` and `ends`."""
    own = _.reference_basis.isnull() | (_.reference_basis == "own_price")
    claims = own & _.reference_price.notnull() & (_.reference_price > _.price)
    rows = standing(listings).mutate(claim=ibis.ifelse(claims, _.reference_price, ibis.null("decimal(18, 6)")))
    in_order = ibis.window(group_by=OFFER, order_by=["occurred_at", "id"])
    before = rows.mutate(claim_before=_.claim.lag().over(in_order), ended_before=_.ended_at.lag().over(in_order))
    goes_on = (_.claim == _.claim_before) & ((_.ended_before >= _.occurred_at) | _.ended_before.isnull())
    begun = before.mutate(begins=ibis.ifelse(goes_on.fill_null(False), 0, 1))
    runs = begun.mutate(run=_.begins.sum().over(ibis.cumulative_window(group_by=OFFER, order_by=["occurred_at", "id"])))
    return (
        runs.filter(_.claim.notnull()).group_by([*OFFER, "run"]).agg(
            starts=_.occurred_at.min(), stood_to=_.stood_to.max(), open_ended=_.stood_to.isnull().any(),
            price=_.price.min(), reference_price=_.claim.max(), offers=_.count(), promotion=_.id.min(),
        )
        .mutate(ends=ibis.ifelse(_.open_ended, until, _.stood_to), promotion=_.platform.concat("/", _.promotion))
        .drop("run", "stood_to", "open_ended")
    )  # fmt: skip


def sales(promotions: Table, orders: Table) -> Table:
    """Sales from `opens` to `ends` of each promotion."""
    sold = orders.select(*OFFER, "id", "occurred_at", "quantity", "gross_amount", *FUNDED)
    rows = promotions.select(*OFFER, "promotion", "starts", "opens", "ends").inner_join(sold, OFFER)
    return rows.filter(_.occurred_at >= _.opens, _.occurred_at < _.ends)


def _before(sales: Table) -> Table:
    """Those before each promotion; `sale` is a unit's price before platform's and others' money.

    Where it is not known what the seller took off, the list price counts: the sale was no dearer, so nobody is wronged.
    """
    of_unit = (_.gross_amount - _.seller_funded_amount.fill_null(0)) / _.quantity
    return sales.filter(_.occurred_at < _.starts).mutate(sale=of_unit.cast(UNITS))


def last_sales(promotions: Table, orders: Table) -> Table:
    """The last sales before each promotion, which `opens` then: several, if they are of one moment."""
    earlier = sales(promotions.mutate(opens=LONG_AGO), orders).filter(_.occurred_at < _.starts)
    latest = earlier.mutate(latest=_.occurred_at.max().over(ibis.window(group_by="promotion")))
    return latest.filter(_.occurred_at == _.latest).mutate(opens=_.latest).drop("latest")


def lowest_sale(sales: Table) -> Table:
    """The lowest sale before each promotion; no row where there was none."""
    return _before(sales).group_by("promotion").agg(prior_price=_.sale.min(), opens=_.opens.min())


def at_prior(promotions: Table, sales: Table, window) -> Table:
    """How many units were sold at each prior price, when, and the least paid for one; of a last sale, at its moment."""
    prices = promotions.select("promotion", "prior_price")
    before = _before(sales).inner_join(prices, "promotion")
    own = _.gross_amount - _.seller_funded_amount.fill_null(0)
    paid = own - _.platform_funded_amount.fill_null(0) - _.third_party_funded_amount.fill_null(0)
    at_low = before.filter((_.sale == _.prior_price) | (_.opens < _.starts - window))
    return at_low.group_by("promotion").agg(
        prior_list_price=(_.gross_amount / _.quantity).cast(UNITS).min(),
        prior_units=_.quantity.sum().cast("float64"),
        prior_at=_.occurred_at.max(),
        prior_paid_price=(paid / _.quantity).min(),
    )


def lowest_offer(promotions: Table, listings: Table, products: Table, window, days: float) -> Table:
    """The lowest offer standing at any moment of the window before each promotion, and how much was covered."""
    launched = products.select("platform", "listed_at", product=_.id)
    opened = promotions.select(*OFFER, "promotion", "starts").left_join(launched, ["platform", "product"])
    begins = opened.mutate(opens=ibis.greatest(_.starts - window, _.listed_at.fill_null(_.starts - window))).select(
        *OFFER, "promotion", "starts", "opens"
    )
    offers = standing(listings).select(*OFFER, "occurred_at", "stood_to", "price")
    seen = begins.inner_join(offers, OFFER).filter(
        _.opens < _.starts,
        _.occurred_at < _.starts,
        (_.stood_to > ibis.greatest(_.opens, _.occurred_at)) | _.stood_to.isnull(),
    )
    stood = (
        ibis.least(_.stood_to.fill_null(_.starts), _.starts).epoch_seconds()
        - ibis.greatest(_.occurred_at, _.opens).epoch_seconds()
    )
    whole = _.starts.max().epoch_seconds() - _.opens.max().epoch_seconds()
    # Of several offers at the lowest price the latest is named: an engine's own choice may differ from run to run.
    low = (
        seen.mutate(lowest=_.price.min().over(ibis.window(group_by="promotion")))
        .group_by("promotion")
        .agg(
            prior_price=_.price.min(),
            prior_list_price=_.price.min(),
            prior_at=_.occurred_at.max(where=_.price == _.lowest),
            opens=_.starts.max() - window,
            coverage_pct=stood.sum().cast("float64") * 100 / whole.cast("float64"),
        )
    )
    return low.mutate(prior_units=ibis.null("float64"), prior_paid_price=ibis.null("float64"))


def units_sold(promotions: Table, sales: Table, orders: Table) -> Table:
    """Units sold in each promotion: 0 if none were; no row where no order at all of its platform is given."""
    sold = sales.filter(_.occurred_at >= _.starts).group_by("promotion").agg(units=_.quantity.sum())
    given = promotions.select("platform", "promotion").semi_join(orders.select("platform").distinct(), "platform")
    return given.left_join(sold, "promotion").select("promotion", units=_.units.fill_null(0).cast(UNITS))
