"""A platform lists its own goods before rivals' that are as good or better.

## What it finds
Platforms whose own goods stood, in a quarter's search results, above rivals' goods that were at least as good in all
that is recorded: in so many of at least `min_queries` queries oftener above than below that chance does not explain it,
in `min_above_pct` of the comparisons or more, and by `min_gap_pct` (in points) oftener than rivals' goods among
themselves.

## Why it matters
Who keeps the market and sells in it can win by the order of a page; buyers take the first lines for the best ones.

## Innocent explanations
- Own goods are cheaper, better rated, sold more or delivered faster: only rivals as good in all of these are compared.
- A paid place, or new goods being tried out (`placement`): these are not compared.
- Rivals' goods were sold out, or put down for a breach (`placement`): these are not compared either.
- The viewer chose the order (`ordered_by`): such lists are not compared.
- Lists are shuffled, or each viewer's own: then own goods are above as often as below, which is tested against.
- The order is the same for everybody's goods, dear ones first say: rivals' goods too then stand above better ones, by
  less than `min_gap_pct` (in points) less often.
- A small difference: less than `min_above_pct`.
- Few searches: fewer than `min_queries` queries.

## Method and source
Each own product is compared, list by list, with every rival's product there that costs no more, is rated no lower,
sold no less, comes no later and is no less relevant; an order by merit would put it below each. Two sign tests over
queries: oftener above than below, and oftener above than rivals' goods among themselves; the larger p-value counts
(Berger 1982, Technometrics 24(4)). A product counts in one query, a query once however often it was searched, in the
mean too. A preference smaller than the merits' own differences is not seen, nor is what no record holds: looks,
returns, brands. Comparing within a search: Farronato, Fradkin and MacKay 2023.
"""

import ibis
import numpy as np
from ibis import Table, _

from guiju.checks import Answer, check, first_of
from guiju.checks.exact import EXACT
from guiju.checks.terms import _places
from guiju.checks.terms._places import CELL
from guiju.estimators.against_chance import p_more, wilson

FACTS = ("queries", "queries_above", "queries_below", "oftener", "seldomer", "own_products", "comparisons")


def weigh(cells, *, min_queries, min_above_pct, min_gap_pct, max_fdr_pct):
    """Of each platform and quarter: in how many queries own goods are mostly above, and how often on average."""
    decided = cells["queries_above"] + cells["queries_below"]
    low, high = wilson(cells["queries_above"], decided)
    queries, peers = (np.where(cells[name] > 0, cells[name], np.nan) for name in ("queries", "peer_queries"))
    above, peer = 100 * cells["shares"] / queries, 100 * cells["peer_shares"] / peers
    enough = (cells["queries"] >= min_queries) & (cells["oftener"] + cells["seldomer"] > 0)
    p_above = p_more(cells["queries_above"], decided, 0.5)
    p_oftener = p_more(cells["oftener"], cells["oftener"] + cells["seldomer"], 0.5)
    return {
        **{name: cells[name] for name in FACTS},
        "above_pct": above, "peer_above_pct": peer,
        "queries_above_pct": 100 * cells["queries_above"] / np.where(decided > 0, decided, np.nan),
        "low_pct": 100 * low, "high_pct": 100 * high,
        "p_value": np.where(enough, np.maximum(p_above, p_oftener), np.nan),
        "amount_at_stake": np.full(len(above), np.nan),
        "stands": enough & (above >= min_above_pct) & (above - peer >= min_gap_pct),
    }  # fmt: skip


@check(
    zh="{subject} 的搜索结果中，自营商品与有记录的各项均不逊色的第三方商品同列时，按搜索词平均在 {above_pct:.0f}% 的"
    "比较中排在其前（第三方商品之间为 {peer_above_pct:.0f}%）；{queries} 个搜索词中有 {queries_above} 个以排前为多（"
    "{comparisons} 次比较，{own_products} 种自营商品）。是否具有支配地位、有无正当理由，须由人认定。",
    en="In search results of {subject} its own goods stood above other sellers' that were no worse in any merit that "
    "is recorded in {above_pct:.0f} % of comparisons, as the mean of its queries (other sellers' goods among "
    "themselves: {peer_above_pct:.0f} %); in {queries_above} of {queries} queries they did so more often than not "
    "({comparisons:#comparison}, {own_products:#product} of its own). Whether it is dominant, and what may justify the "
    "order, is for people.",
    formula="{above_pct:.1f} % >= {min_above_pct:g} %; {above_pct:.1f} % - {peer_above_pct:.1f} % >= {min_gap_pct:g}; "
    "{queries} queries >= {min_queries:g}; {queries_above} above, {queries_below} below; {oftener} oftener than "
    "rivals' among themselves, {seldomer} less often; p = {p_value:.2g}, q = {q_value:.2g} <= {max_fdr_pct:g} %",
    weigh=weigh,
)
def self_preferencing(
    rankings: Table, *, periods, min_queries: int, min_above_pct: float, min_gap_pct: float, max_fdr_pct: float
):  # fmt: skip
    asked = _places.asked(rankings, periods)
    pairs = yield _places.pairs(asked)
    queries = yield _places.queries(pairs)
    with_own = _.share.notnull()
    sums = queries.group_by(CELL).agg(
        queries=_.count(where=with_own), queries_above=_.count(where=_.share > 0.5),
        queries_below=_.count(where=_.share < 0.5), oftener=_.count(where=_.share > _.peer),
        seldomer=_.count(where=_.share < _.peer), own_products=_.own_products.sum(), comparisons=_.comparisons.sum(),
        shares=_.share.cast(EXACT).sum().cast("float64").fill_null(0), peer_queries=_.count(where=_.peer.notnull()),
        peer_shares=_.peer.cast(EXACT).sum().cast("float64").fill_null(0),
    )  # fmt: skip
    ends = first_of(((_.episode_start == a, b) for a, b in periods), ibis.null("timestamp(6)"))
    found = sums.mutate(
        subject=_.platform, object=ibis.literal(""), episode_end=ends, amount_at_stake=ibis.null("decimal(18, 2)")
    )

    def evidence(found: Table) -> dict[str, Table]:
        keys = found.select(*CELL, "subject", "object")
        own = pairs.filter(_.own == "yes").inner_join(keys, CELL)
        rows = [own.select("platform", *CELL[1:], "subject", "object", id=_[name]) for name in ("id", "its_id")]
        return {"rankings": ibis.union(*rows, distinct=True)}

    def workings(found: Table) -> dict[str, Table]:
        keys = found.select(*CELL, "subject", "object")
        told = queries.filter(_.share.notnull()).inner_join(keys, CELL)
        shown = told.select(*CELL, "subject", "object", "query", "own_products", "comparisons", "ahead", "peers",
                            "peers_ahead")  # fmt: skip
        return {"queries": shown}

    counts = asked.group_by(unanswered=_.why).agg(rows=_.count())
    return Answer(found, evidence, {"rankings": counts}, workings)
