"""A shop, account or app is shown by a name that reads as another's registered or earlier one, in the same trade.

## What it finds
Names shown for at least `min_days` whose own part, without general words and places, is another's read through its
spelling (letters that look alike, width, marks put between, traditional characters, characters of one sound, tones
aside), in the same trade: a registered one, or one shown earlier by a shop that had sold at least `min_lines` order
lines under it. No chain of at most `max_links` authorisations leads to who shows it.

## Why it matters
A name is how buyers find again whom they trust.

## Innocent explanations
- A licence: a chain from whoever registered a name that reads so in this trade, at any time.
- Used earlier than the other's was registered or shown.
- Another trade: another category of goods.
- Registered too: who shows it owns a name that reads so.
- The holder's own name, where that is shown (`basis`).
- A name that many use: more than `max_others` strangers in other trades or, of an unregistered one, in any.
- Licences that are not on record: nothing is asked of a registered name of which no authorisation is, unless its owner
  trades under a name here.
- It says what it repairs, resells or fits (`about_words`).
- General words and places: only what is left without them counts, and only if it has `min_characters` characters, a
  Latin letter being half of one.
- A shop hardly known: fewer than `min_lines` lines sold under the earlier name.
- Changed soon: shown for less than `min_days`.
- Chance: where more than `max_chance_pct` of one name in the trade would be met by a new one alone by chance.

## Method and source
What is left of both names must be the same reading, character for character: a name that differs in one is another.
How often strangers meet by chance is counted among names of different trades, as an upper bound.
"""

import ibis
from ibis import Table, _

from guiju.checks import KEY, NO_CURRENCY, Answer, check
from guiju.checks.promotion import _identities as identities
from guiju.checks.promotion import _namesakes as namesakes
from guiju.checks.promotion._identities import ALIKE, PAIR


@check(
    zh="{subject} 以“{shown_name}”为{kind}名称，展示 {days:.0f} 天；除通用词与地名外，与 {object} 的“{right_name}”（"
    "{source}，早 {earlier_days:.0f} 天）辨识后相同（{spelling}），类目也相同，记录中没有授权。",
    en="{subject} was shown as “{shown_name}” ({kind}) for {days:.0f} days. General words and places aside it reads "
    "as “{right_name}” of {object} ({source} {earlier_days:.0f} days earlier; {spelling}) in the same trade; no "
    "authorisation is on record.",
    formula="{days:.1f} days >= {min_days:g}; met by chance {chance_pct:.2f} % <= {max_chance_pct:g} %; strangers so "
    "named {others} <= {max_others:g}",
)
def copied_identities(
    trade_names: Table, brands: Table, authorisations: Table, orders: Table, *, since, until, min_days: float,
    min_lines: int, min_characters: int, max_others: int, max_chance_pct: float, max_links: int, general_words: str,
    place_names: str, about_words: str,
):  # fmt: skip
    words = identities.listed(general_words) + identities.listed(place_names)
    known = yield identities.known(brands, trade_names, words, min_characters)
    expected = yield namesakes.expected(known, max_others)
    pairs = yield identities.copies(known, since, until)
    excused = trade_names.filter(identities.excused(_.shown_name, about_words) | (_.basis.fill_null("") == "own_name"))
    bare = pairs.anti_join(excused, ["platform", "id"])
    bare = bare.anti_join(identities.allowed(known, brands, authorisations, max_links), [*ALIKE, "holder"])
    bare = bare.anti_join(authorisations, ["platform", ("right", "grantor"), ("holder", "grantee")])
    licensing = identities.licensing(brands, trade_names, authorisations)
    by_register = bare.filter(_.source == "registered").semi_join(licensing, ["platform", "right"])
    by_use = bare.filter(_.source == "used").anti_join(by_register, ["platform", "holder", "sound"])
    lines = yield identities.sold(orders, by_use)
    made = lines.group_by([*PAIR, "id"]).agg(earlier_lines=_.line.nunique())
    used = by_use.inner_join(made.filter(_.earlier_lines >= min_lines), [*PAIR, "id"])
    left = ibis.union(by_register.mutate(earlier_lines=ibis.null("int64")), used)
    left = left.inner_join(expected, ["platform", "category"]).mutate(
        chance_pct=ibis.ifelse(_.spelling == "sound", _.sound_pct, _.seen_pct)
    )
    copied = yield namesakes.shared(left, known).filter(_.others <= max_others, _.chance_pct <= max_chance_pct)
    shown = namesakes.told(copied, trade_names)
    days = (_.episode_end.epoch_seconds() - _.episode_start.epoch_seconds()) / 86400
    earlier = (_.first.epoch_seconds() - _.earlier_from.epoch_seconds()) / 86400
    found = shown.mutate(
        subject=_.holder, object=_.right, currency=ibis.literal(NO_CURRENCY), days=days, earlier_days=earlier,
        amount_at_stake=ibis.null("decimal(18, 2)"),
    ).drop("holder", "right", "first", "earlier_from").filter(_.days >= min_days)  # fmt: skip

    def evidence(found: Table) -> dict[str, Table]:
        own = ["subject", "object", "currency", "episode_start"]
        keys = found.select("platform", *own, holder=_.subject, right=_.object)
        ours = copied.inner_join(keys, PAIR)
        rights = ours.select("platform", *own, "source", id="right_id").distinct()
        names = ibis.union(
            ours.select("platform", *own, "id"), rights.filter(_.source == "used").drop("source"), distinct=True
        )
        return {
            "trade_names": names,
            "brands": rights.filter(_.source == "registered").drop("source"),
        }

    def workings(found: Table) -> dict[str, Table]:
        keys = found.select(*KEY, holder=_.subject, right=_.object)
        return {
            "namesakes": namesakes.of_one_sound(copied, known, keys), "months": namesakes.by_month(lines, keys)
        }  # fmt: skip

    asked = {
        "trade_names": namesakes.unanswered(known, expected, since, max_chance_pct),
        "brands": identities.unlicensed(brands, licensing),
    }
    counts = {name: rows.group_by("unanswered").agg(rows=_.count()) for name, rows in asked.items()}
    return Answer(found, evidence, counts, workings)
