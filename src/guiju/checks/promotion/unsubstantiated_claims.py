"""Copy claims of its advertiser's business what the figures on record contradict.

## What it finds
Claims in Chinese copy of a number (`measure_words` say of what), of growth (`rising_words`) or of a first place
(`first_words`; by turnover, where no figure is named), by a shop or the platform itself, while the last figure on
record before the advert was shown is smaller, is no larger than a year before, or is smaller than a rival's.

## Why it matters
A reader can check nothing of it; whoever has the records can.

## Innocent explanations
- It is rounded: less than `rounding_pct` short of what is claimed.
- It is denied, an aim, a call or a condition, or is not of the whole business: one of `excuse_words` stands before it.
- There is no figure, or none of the last `max_age_days`: the claim cannot be seen, and the row is unanswered.
- There is none from `rise_days` before, or none of a rival: the same.
- It grows faster and faster (`faster_words`): two figures tell nothing of that, and the row is unanswered; a series
  does (`guiju.estimators.growth`).
- More is on record than is claimed.
- It is a registered name or mark (`mark`), or a title in 《》.

## Method and source
Numbers in digits, with 万 or 亿, beside the words of a measure in one clause; comparisons by fixed words. Copy is read
as by `absolute_claims`. How much of what is claimed it reads is measured on sentences written before it
(`docs/claims.md`). Not read: numbers in Chinese characters, shares of growth, pictures. What no figure contradicts is
not thereby true.
"""

import ibis
from ibis import Table, _

from guiju.checks import NO_CURRENCY, Answer, check, readings
from guiju.checks.promotion import _held_against as held_against
from guiju.checks.promotion import _spelling as spelling
from guiju.checks.promotion import _substantiation as substantiation

CLAIMED = ["platform", "seller", "claim"]


@check(
    zh="{subject} 的文案称“{claim}”（读作：{measure}，{comparison}），而记录为 {on_record:,.12g}"
    "（比较对象：{other:,.12g}）：{texts} 种文案，展示 {adverts} 次，如：“{quoted}”。",
    en="{subject} had copy that claims “{claim}” (read as: {measure}, {comparison}), while {on_record:,.12g} is on "
    "record (compared with: {other:,.12g}): {texts:#text}, shown {adverts:#time}, for instance: “{quoted}”.",
    formula="claimed: {comparison} {value:,.12g}; on record: {on_record:,.12g}; compared with: {other:,.12g}",
)
def unsubstantiated_claims(
    adverts: Table, figures: Table, *, since, measure_words: str, first_words: str, rising_words: str,
    faster_words: str, excuse_words: str, max_age_days: int, rise_days: int, rounding_pct: float,
):  # fmt: skip
    seen = adverts.filter(_.occurred_at >= since)
    texts = seen.filter(_.text.notnull()).mutate(mark=_.mark.fill_null("")).select("text", "mark").distinct()
    named = ibis.ifelse(_.mark == "", _.text, _.text.replace(_.mark, spelling.NAMED))
    parts = substantiation.clauses(texts.select("mark", shown="text", text=named))
    read = yield parts.select("clause", "meant").distinct()
    claims = yield substantiation.claims(read, measure_words, first_words, rising_words, faster_words, excuse_words)
    held = parts.inner_join(claims, "clause").group_by(["shown", "mark", "claim", "measure", "comparison"]).agg(
        clause=_.clause.strip().min(), value=_.value.min()
    )  # fmt: skip
    marked = seen.mutate(mark_or_none=_.mark.fill_null(""))
    shown = marked.inner_join(held, [("text", "shown"), ("mark_or_none", "mark")])
    shown = shown.select("platform", "id", "seller", "occurred_at", "text", *held.columns[2:])
    judged = yield held_against.judged(shown, figures, max_age_days, rise_days, rounding_pct)
    wrong = judged.filter(_.verdict == "contradicted")
    first = held_against.first_of_each(wrong, CLAIMED, [_.occurred_at, _.id]).select(
        *CLAIMED, "measure", "comparison", "value", "on_record", "other", "other_holder"
    )  # fmt: skip
    counted = wrong.group_by(CLAIMED).agg(
        adverts=_.id.nunique(), texts=_.text.nunique(), quoted=_.clause.min().substr(0, 80),
        episode_start=_.occurred_at.min(), episode_end=_.occurred_at.max(),
    )  # fmt: skip
    found = counted.inner_join(first, CLAIMED).mutate(
        subject=_.seller, object=_.claim, currency=ibis.literal(NO_CURRENCY),
        amount_at_stake=ibis.null("decimal(18, 2)"),
    ).drop("seller")  # fmt: skip

    def evidence(found: Table) -> dict[str, Table]:
        own = ["subject", "object", "episode_start", "currency"]
        keys = found.select("platform", *own, seller=_.subject, claim=_.object)
        ours = wrong.inner_join(keys, CLAIMED)
        used = [ours.select("platform", *own, id=ours[name]) for name in ("figure", "other_figure")]
        both = ibis.union(*used, distinct=True).filter(_.id.notnull())
        return {"adverts": ours.select("platform", *own, "id").distinct(), "figures": both}

    contradicted, faster = _.verdict == "contradicted", _.comparison == "accelerating"
    unseen = judged.group_by(["platform", "id"]).agg(
        wrong=contradicted.any(), faster=faster.any(), unseen=(_.verdict == "unseen").any()
    )  # fmt: skip
    rows = seen.left_join(unseen, ["platform", "id"])
    silent = rows.unseen & ~rows.wrong
    reason = ibis.cases(
        (rows.text.isnull(), "the text is not known"),
        (~rows.text.re_search("[一-鿿]"), "the text is not in Chinese"),
        (readings.garbled(rows.text), "the text can hardly be read: it may be in another encoding"),
        (silent & rows.faster, "it claims to grow faster and faster: a series of figures is to be asked"),
        (silent, "no figure on record settles what it claims"),
    )
    early = adverts.filter(_.occurred_at < since).select(unanswered=ibis.literal("before the window"))
    asked = {
        "adverts": rows.select(unanswered=reason).union(early),
        "figures": figures.select(unanswered=ibis.cases((_.amount.isnull(), "the figure is not known"))),
    }
    return Answer(found, evidence, {t: r.group_by("unanswered").agg(rows=_.count()) for t, r in asked.items()})
