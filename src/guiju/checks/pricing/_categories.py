"""A payer's share of its category's sales, over all platforms in the records."""

import ibis
from ibis import Table, _

from guiju.checks import KEY


def with_category_share(found: Table, weeks: Table, products: Table) -> Table:
    """Each found row's payer's share of its category's gross, where two platforms or more that sell it are known."""
    goods = products.select("platform", "category", product=_.id).filter(_.category.notnull())
    sales = weeks.inner_join(goods, ["platform", "product"])
    whole = sales.group_by("category", "currency").agg(all_gross=_.gross.sum(), platforms=_.platform.nunique())
    payers = ["platform", "category", "currency", "payer", "subject"]
    parts = (
        sales.group_by("platform", "category", "currency", subject=_[payer])
        .agg(gross=_.gross.sum())
        .mutate(payer=ibis.literal(payer))
        for payer in ("seller", "platform")
    )
    share = (
        ibis.union(*parts)
        .inner_join(whole.filter(_.platforms >= 2), ["category", "currency"])
        .select(
            *payers,
            category_share_pct=(_.gross / _.all_gross * 100).cast("float64").round(6),
        )
    )
    return found.inner_join(goods, ["platform", "product"]).inner_join(share, payers)


def category_sales(weeks: Table, products: Table, found: Table) -> Table:
    """What a found row's share of its category was worked out from: each platform's sales, and its own among them."""
    goods = products.select("platform", "category", product=_.id).filter(_.category.notnull())
    sales = weeks.inner_join(goods, ["platform", "product"]).select(
        "category", "currency", "gross", of_platform=_.platform, of_seller=_.seller
    )
    keys = found.select(*KEY, "payer", "category").inner_join(sales, ["category", "currency"])
    own = (_.of_platform == _.platform) & ((_.payer == "platform") | (_.of_seller == _.subject))
    sums = keys.group_by([*KEY, "of_platform"]).agg(
        gross_amount=_.gross.sum().cast("decimal(18, 2)"), own_amount=_.gross.sum(where=own).cast("decimal(18, 2)")
    )
    return sums.select(*KEY, "of_platform", "gross_amount", own_amount=_.own_amount.fill_null(0))
