"""Who may sell a brand's goods, and when: chains of authorisations from its owner."""

import ibis
from ibis import Table, _

from guiju.checks.validity import NEVER

EVER = NEVER.cast("timestamp(6)")
BEFORE = ibis.literal("1900-01-01").cast("timestamp(6)")
HELD = ["platform", "brand", "party", "begins", "ends"]


def chains(brands: Table, authorisations: Table, max_links: int) -> Table:
    """Each party and span for which links that all hold lead to it from the owner, `max_links` of them at most.

    The owner needs no link. `ends` is exclusive, and far away where nothing ends.
    """
    own = brands.filter(_.owner.notnull()).select("platform", "brand", party=_.owner).distinct()
    held = own.mutate(begins=BEFORE, ends=EVER).select(HELD)
    links = authorisations.select(
        "platform", "brand", "grantor", "grantee", "valid_from", valid_to=_.valid_to.fill_null(EVER)
    )
    steps = [held]
    for _link in range(max_links):
        on = ["platform", "brand", ("party", "grantor")]
        held = steps[-1].inner_join(links, on).select(
            "platform", "brand", party=_.grantee, begins=ibis.greatest(_.begins, _.valid_from).cast("timestamp(6)"),
            ends=ibis.least(_.ends, _.valid_to).cast("timestamp(6)"),
        )  # fmt: skip
        steps.append(held.filter(_.begins < _.ends).distinct())
    return ibis.union(*steps, distinct=True)


def covered(offers: Table, held: Table, days_after: int) -> list[ibis.Value]:
    """The predicates by which a chain (its platform is `of`) allows an offer when it was posted, or `days_after`."""
    return [
        offers.platform == held.of, offers.seller == held.party, offers.occurred_at >= held.begins,
        offers.occurred_at < held.ends + ibis.interval(days=days_after),
    ]  # fmt: skip
