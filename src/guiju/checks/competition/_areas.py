"""Where each party sold before a quarter and at its end, and the areas that two of them both served."""

import ibis
from ibis import Table, _

WEEK = 604_800  # seconds
RECENT = 4  # weeks: how it sold as it left
SPAN = ["episode_start", "episode_end"]
AREA = [*SPAN, "market", "party", "area"]
PAIR = [*SPAN, "market", "party", "rival"]
PLACE = ["market", "area"]


def covered(area_sales: Table, begins, ends, weeks_before: int):
    """Whether a row is of a period or of the weeks before it."""
    at = area_sales.occurred_at.epoch_seconds()
    return (at >= begins.epoch_seconds() - weeks_before * WEEK) & (at < ends.epoch_seconds())


def within(area_sales: Table, periods, weeks_before: int) -> Table:
    """The rows of each period and the weeks before it: `age` in weeks before its end, `before` it began or not."""
    at = area_sales.occurred_at.epoch_seconds()
    spans = [
        area_sales.filter(covered(area_sales, a, b, weeks_before)).mutate(
            episode_start=a, episode_end=b, age=(b.epoch_seconds() - at - 1) // WEEK, before=at < a.epoch_seconds()
        )
        for a, b in periods
    ]
    if not spans:
        never = ibis.null("timestamp(6)")
        age = ibis.literal(0, "int64")
        spans = [area_sales.limit(0).mutate(episode_start=never, episode_end=never, age=age, before=True)]
    return ibis.union(*spans) if len(spans) > 1 else spans[0]


def areas(rows: Table, weeks: int, weeks_before: int, min_served_pct: float, min_level_pct: float) -> Table:
    """A row a party and area of which every week is on record: whether it `served` it before, then `left` it.

    Left: it sold nothing in the last weeks, and sold as usual until it stopped. `dwindled`: not as usual.
    """
    each = rows.group_by(*AREA, "before", "age").agg(
        units=_.units.sum(),
        unknown=(_.units.isnull() | _.depot.isnull()).any(),
        platform=_.platform.min(),
        depot=_.depot.min(),
        other_depot=_.depot.max(),
    )
    sold = each.units > 0
    each = each.mutate(last=ibis.cases((sold, each.age)).min().over(ibis.window(group_by=AREA)))
    now = ~each.before & (each.age < weeks)
    recent = (each.age >= each["last"]) & (each.age < each["last"] + RECENT)
    whole = each.group_by(AREA).agg(
        platform=each.platform.min(), unknown=each.unknown.any(), depot=each.depot.min(),
        other_depot=each.other_depot.max(),
        weeks_known=(each.before | now).cast("int64").sum(),
        weeks_sold=(each.before & sold).cast("int64").sum(), units=each.units.sum(where=each.before).fill_null(0),
        sold_now=(now & sold).cast("int64").sum(), recent=each.units.sum(where=recent).fill_null(0),
        recent_weeks=recent.cast("int64").sum(),
    )  # fmt: skip
    known = whole.filter(~_.unknown, _.depot == _.other_depot, _.weeks_known == weeks + weeks_before)
    gone = known.sold_now == 0
    usual = known.recent * (100 * weeks_before) >= known.units * known.recent_weeks * min_level_pct
    served = known.weeks_sold * 100 >= weeks_before * min_served_pct
    return known.select(*AREA, "platform", "units", "depot", served=served, left=gone & usual, dwindled=gone & ~usual)


def shared(areas: Table) -> Table:
    """A row an area that two parties served and, if they left it, left in full trade; by either of the two.

    Of areas that either serves from one depot the first is taken, whatever became of it: they are left by one decision.
    """
    told = areas.filter(_.served, ~_.dwindled)
    theirs = told.select(*SPAN, *PLACE, rival="party", rival_units="units", rival_left="left", rival_depot="depot")
    both = told.inner_join(theirs, [*SPAN, *PLACE]).filter(_.party != _.rival)
    of = ibis.window(group_by=PAIR)
    own_all, rival_all = both.units.sum().over(of), both.rival_units.sum().over(of)
    parts = both.mutate(own=both.units.cast("float64"), theirs=both.rival_units.cast("float64"),
                        own_all=own_all.cast("float64"), rival_all=rival_all.cast("float64"))  # fmt: skip
    # Stronger: more of its own sales are made there than of the rival's.
    own_first, rival_first = (
        parts.area.min().over(ibis.window(group_by=[*PAIR, depot])) for depot in ("depot", "rival_depot")
    )
    told = parts.mutate(
        strong=_.own * _.rival_all > _.theirs * _.own_all,
        counted=(parts.area == own_first) & (parts.area == rival_first),
    )
    return told.filter(_.counted).drop("own", "theirs", "own_all", "rival_all", "counted")


def pairs(shared: Table) -> Table:
    """A row a party and rival: how many areas each left, among those in which the party is the stronger, and others."""

    def many(what):
        return what.cast("int64").sum()

    sums: dict[str, ibis.Value] = {}
    for name, there in (("strong", shared.strong), ("weak", ~shared.strong)):
        sums |= {
            f"areas_{name}": many(there), f"left_{name}": many(there & shared.left),
            f"rival_left_{name}": many(there & shared.rival_left),
            f"both_{name}": many(there & shared.left & shared.rival_left),
        }  # fmt: skip
    return shared.group_by(PAIR).agg(platform=shared.platform.min(), areas=shared.count(), **sums)


def told(found: Table, pairs_of: Table) -> Table:
    """The found cells with their market and rival."""
    keys = found.select("platform", "subject", "object", "currency", "episode_start")
    named = pairs_of.select(*PAIR, subject="party", object=_.market.concat("/", _.rival)).distinct()
    return keys.inner_join(named, ["subject", "object", "episode_start"])
