"""Goods in one list of search results, held against others there that are at least as good in all that is recorded."""

import ibis
from ibis import Table, _

from guiju.checks import first_of

CELL = ["platform", "currency", "episode_start"]
QUERY = [*CELL, "query"]
MERITS = ("price", "rating", "sales")  # needed; of the others a pair has both or neither
WORDS = {"own": ("yes", "no"), "placement": ("merit", "paid", "trial", "demoted"), "ordered_by": ("platform", "viewer")}
WHY = {
    "own": "whether the platform's own is not known",
    "placement": "why the product stood there is not known",
    "ordered_by": "who chose the order is not known",
}


def asked(rankings: Table, periods) -> Table:
    """Rows with their quarter, and `why` they cannot be asked."""
    starts = (((_.occurred_at >= a) & (_.occurred_at < b), a) for a, b in periods)
    rows = rankings.mutate(episode_start=first_of(starts, ibis.null("timestamp(6)")))
    known = [(~rows[name].isin(words).fill_null(False), WHY[name]) for name, words in WORDS.items()]
    bare = rows.price.isnull() | rows.rating.isnull() | rows.sales.isnull()
    placed = (rows.placement == "merit") & (rows.ordered_by == "platform")
    return rows.mutate(
        why=ibis.cases(
            (rows.episode_start.isnull(), "outside the complete quarters"),
            *known,
            (placed & bare, "its price, rating or sales are not known"),
        )
    )


def pairs(asked: Table) -> Table:
    """Each product beside each rival's in its list that is at least as good: whether it stood `above` it.

    A rival's product is of another seller and not the platform's own. An own product counts in one query only, the one
    in which it was shown oftenest: what is special about it is then one query's.
    """
    rows = asked.filter(_.why.isnull(), _.placement == "merit", _.ordered_by == "platform")
    rows = rows.select(
        *QUERY, "search", "id", "product", "seller", "own", "position", *MERITS, "delivery_hours", "relevance"
    )
    shown = rows.group_by(*QUERY, "product", "own").agg(lists=_.search.nunique())
    first = ibis.row_number().over(group_by=[*CELL, "product", "own"], order_by=[ibis.desc("lists"), ibis.asc("query")])
    home = shown.mutate(nth=first).filter((_.nth == 0) | (_.own == "no")).drop("nth", "lists")
    mine = rows.semi_join(home, [*QUERY, "product", "own"])
    rivals = rows.filter(_.own == "no").select(
        *QUERY, "search", **{f"its_{name}": _[name] for name in rows.columns if name not in (*QUERY, "search")}
    )

    def as_good(name: str, better: bool):
        neither = mine[name].isnull() & rivals[f"its_{name}"].isnull()
        return neither | (rivals[f"its_{name}"] >= mine[name] if better else rivals[f"its_{name}"] <= mine[name])

    conditions = [
        mine["product"] != rivals["its_product"],
        mine.seller != rivals.its_seller,
        as_good("price", better=False),
        as_good("rating", better=True),
        as_good("sales", better=True),
        as_good("delivery_hours", better=False),
        as_good("relevance", better=True),
    ]
    both = mine.inner_join(rivals, [*QUERY, "search", *conditions])
    return both.select(
        *QUERY, "own", "product", "id", "its_id", "its_product", above=(_.position < _.its_position).cast("int64")
    )


def queries(pairs: Table) -> Table:
    """Of each query how often own goods stood above rivals' as good or better, and how often rivals' own did."""
    own, other = _.own == "yes", _.own == "no"
    counts = pairs.group_by(QUERY).agg(
        own_products=_["product"].nunique(where=own), comparisons=_.count(where=own), ahead=_.above.sum(where=own),
        peers=_.count(where=other), peers_ahead=_.above.sum(where=other),
    )  # fmt: skip

    def share(ahead, of):
        return ahead.cast("float64") / of.nullif(0).cast("float64")

    return counts.mutate(share=share(counts.ahead, counts.comparisons), peer=share(counts.peers_ahead, counts.peers))
