"""How often names of strangers are alike: by chance alone, and one name by itself."""

import ibis
from ibis import Table, _

from guiju.checks import KEY
from guiju.checks.promotion._identities import PAIR


def chance(known: Table, level: str, max_others: int) -> Table:
    """By platform: of names of strangers in different trades, the largest share that may be alike at a level.

    Names that more have than a finding allows do not count. With k pairs alike, k + 3 + 1.645 √k is above the upper
    95 % bound of the mean of a Poisson count of k.
    """
    able = known.filter(_.distinctive, _.category.notnull())
    each = able.group_by(["platform", "holder", level]).agg(category=_.category.min())
    of_one = each.group_by(["platform", level, "category"]).agg(n=_.count())
    names = of_one.group_by(["platform", level]).agg(all=_.n.sum(), within=(_.n * _.n).sum())
    counted = ibis.ifelse(names["all"] <= max_others + 2, names["all"] * names["all"] - names.within, 0)
    alike = names.mutate(counted=counted).group_by("platform").agg(alike=_.counted.sum().cast("float64") / 2)
    trades = of_one.group_by(["platform", "category"]).agg(n=_.n.sum())
    sums = trades.group_by("platform").agg(all=_.n.sum(), within=(_.n * _.n).sum())
    pairs = (sums["all"].cast("float64") ** 2 - sums.within.cast("float64")) / 2
    both = alike.inner_join(sums.select("platform", pairs=pairs), "platform")
    upper = (both.alike + 3 + 1.645 * both.alike.sqrt()) / both.pairs.nullif(0)
    return both.select("platform", "alike", "pairs", upper=upper.fill_null(1.0))


def expected(known: Table, max_others: int) -> Table:
    """By platform and trade, how many of its names a new one would meet by chance, in per cent of one: seen, heard."""
    rights = known.filter(_.distinctive).group_by(["platform", "category"]).agg(names=_.sound.nunique())
    for level in ("seen", "sound"):
        rights = rights.inner_join(chance(known, level, max_others).select("platform", "upper"), "platform")
        rights = rights.mutate(**{f"{level}_pct": _.names * _.upper * 100}).drop("upper")
    return rights


def shared(pairs: Table, known: Table) -> Table:
    """Each pair with how many strangers have a name that sounds so: in other trades; of an unregistered one, in any."""
    each = known.select("platform", "sound", other="holder", trade="category").distinct()
    met = (
        pairs.select(*PAIR, "id", "category", "sound", "owner", "source")
        .distinct()
        .inner_join(each, ["platform", "sound"])
    )
    elsewhere = (met.trade != met.category) | (met.source == "used")
    strange = met.filter(elsewhere, _.other != _.holder, _.other != _.owner)
    counts = strange.group_by([*PAIR, "id"]).agg(strangers=_.other.nunique()).rename(
        of="platform", who="holder", whose="right", row="id"
    )  # fmt: skip
    on = [("platform", "of"), ("holder", "who"), ("right", "whose"), ("id", "row")]
    return pairs.left_join(counts, on).mutate(others=_.strangers.fill_null(0)).drop("of", "who", "whose", "row")


def told(copied: Table, trade_names: Table) -> Table:
    """What is told of each name shown and the other's: their names, how alike, from when to when."""
    kinds = trade_names.select("platform", "id", kind=_.kind.fill_null("shop"))
    return copied.inner_join(kinds, ["platform", "id"]).group_by(PAIR).agg(
        episode_start=_.valid_from.min(), episode_end=_.ends.max(), kind=_.kind.min(), source=_.source.min(),
        shown_name=_.name.min(), right_name=_.right_name.min(), earlier_from=_.right_from.min(), first=_.first.min(),
        spelling=ibis.ifelse(_.spelling.nunique() == 1, _.spelling.min(), "several"), others=_.others.max(),
        chance_pct=_.chance_pct.max(), earlier_lines=_.earlier_lines.max(),
    )  # fmt: skip


def unanswered(known: Table, expected: Table, since, max_chance_pct: float) -> Table:
    """Each name shown, with why it could not be asked."""
    able = known.filter(_.source == "used").left_join(expected, ["platform", "category"])
    reason = ibis.cases(
        (able.valid_to <= since, "before the window"),
        (able.category.isnull(), "the goods sold under the name are not known"),
        (~able.distinctive, "nothing is left of the name, or too little, without general words and places"),
        (able.sound_pct > max_chance_pct, "too few names to know how many are alike by chance"),
    )
    return able.select(unanswered=reason)


def by_month(lines: Table, keys: Table) -> Table:
    """The lines sold under the earlier name, month by month in UTC."""
    each = lines.inner_join(keys, PAIR).mutate(month=_.occurred_at.year() * 100 + _.occurred_at.month())
    return each.group_by([*KEY, "month"]).agg(lines=_.line.nunique())


def of_one_sound(pairs: Table, known: Table, keys: Table) -> Table:
    """Every name of the platform that sounds so, with its trade and since when: strangers' and those of the two."""
    sounds = pairs.select(*PAIR, "sound").distinct().inner_join(keys, PAIR).select(*KEY, "sound")
    names = known.select("platform", "sound", "source", "category", "name", "holder", since="valid_from")
    each = sounds.inner_join(names, ["platform", "sound"]).group_by([*KEY, "since", "source", "category", "holder"])
    return each.agg(shown_name=_.name.min())
