"""Copy says of what it sells that nothing is better: an absolute term, plainly or written otherwise.

## What it finds
Shops, and the platform itself, whose Chinese copy holds a term of the law (`statute_terms`), one of the same meaning
(`like_terms`) or a first place (`rank_terms`), also where it is written in traditional or variant characters, taken
apart, with marks put in, in Latin letters or by its sound. Each term of each shop is one finding.

## Why it matters
Nobody can check it, and whoever says what is true looks poor beside it.

## Innocent explanations
- It is denied: one of `negation_words` stands before the term in its clause.
- It is an aim or a wish, or a word on service: one of `aim_words` stands before it.
- The shop compares its own things (`own_words`), and names no wider circle (`wider_words`).
- It tells how to use the thing: one of `tip_words` stands before it.
- It is an award: one of `award_words` stands before it.
- It is a word on service, a tip or an award by its own words: one of `guide_phrases`.
- It is set up or conferred by the state: one of `official_names`, whole; its first characters excuse nothing.
- It is a phrase of its own that claims nothing: one of `idle_phrases`.
- It is a registered name or mark (`mark`), or a title in 《》.
- A first place of a stated year and place (`place_words`; `place_names` but for `place_lookalikes`) may be proved: the
  row is unanswered, and a person asks.
- Words meet by chance: a term does not reach from one clause into the next; short terms are not sought by sound.

## Method and source
Terms and exemptions are dated lists in the rulebook. Copy is brought to one form by fixed tables of characters, so
engines agree; where Latin letters stand in it, by the readings of a term's characters. What it found of sentences
written by us before it, half of them held out, is in `docs/claims.md`. Not seen: initials, shuffled characters,
pictures, terms not listed. Whether a claim is true is not asked.
"""

import ibis
from ibis import Table, _

from guiju.checks import NO_CURRENCY, Answer, check, readings
from guiju.checks.promotion import _spelling as spelling

COPY = ["text", "mark"]
SHOP = ["platform", "seller"]


@check(
    zh="{subject} 的文案可读作“{term}”（{kind}，{writing}）：{texts} 种文案，展示 {adverts} 次，如：“{quoted}”。",
    en="{subject} had copy that reads as “{term}” ({kind}, {writing}): {texts:#text}, shown {adverts:#time}, for "
    "instance: “{quoted}”.",
    formula="“{term}” in {texts:#text}, shown {adverts:#time}; none of the exemptions holds",
)
def absolute_claims(
    adverts: Table, *, since, statute_terms: str, like_terms: str, rank_terms: str, negation_words: str,
    aim_words: str, own_words: str, wider_words: str, tip_words: str, award_words: str, guide_phrases: str,
    official_names: str, idle_phrases: str, place_words: str, place_names: str, place_lookalikes: str,
):  # fmt: skip
    statute, like, rank, wider = (spelling.listed(w) for w in (statute_terms, like_terms, rank_terms, wider_words))
    excused = [w for words in (negation_words, aim_words, tip_words, award_words) for w in spelling.listed(words)]
    exempt = [w for words in (guide_phrases, official_names, idle_phrases) for w in spelling.listed(words)]
    seen = adverts.filter(_.occurred_at >= since).mutate(mark=_.mark.fill_null(""))

    # A text is read once, however often it was shown, and so is a clause that many texts share.
    texts = seen.filter(_.text.notnull()).select(COPY).distinct()
    named = ibis.ifelse(_.mark == "", _.text, _.text.replace(_.mark, spelling.NAMED))
    parts = texts.mutate(clause=spelling.clauses(named))
    read = yield spelling.read(parts.select("clause").distinct(), exempt)
    held = read.mutate(term=spelling.terms_in(read, [*statute, *like, *rank]).unnest()).filter(_.term.notnull())
    told = held.mutate(before=spelling.before(held, held.term), plain=_.clause.contains(_.term))
    own = spelling.any_in(_.before, spelling.listed(own_words)) & ~spelling.any_in(_.meant, wider)
    left = yield told.filter(~(spelling.any_in(_.before, excused) | own)).select("clause", "term", "plain")

    held = parts.inner_join(left, "clause").group_by([*COPY, "term"]).agg(
        clause=_.clause.strip().min(), plain=_.plain.any()
    )  # fmt: skip
    by_name = spelling.any_in(spelling.without(_.text, spelling.listed(place_lookalikes)), spelling.listed(place_names))
    in_a_place = by_name | spelling.any_in(_.text, spelling.listed(place_words))
    placed = _.text.re_search("[2２][0０][0-9０-９][0-9０-９]") & in_a_place
    claims = yield held.mutate(to_prove=_.term.isin(rank) & placed)
    made = seen.inner_join(claims.filter(~_.to_prove), COPY)
    kind = ibis.cases((_.term.isin(statute), "statute"), (_.term.isin(like), "like"), else_="rank")
    writing = ibis.cases((_.otherwise == 0, "plain"), (_.otherwise == _.adverts, "otherwise"), else_="both")
    found = made.group_by([*SHOP, "term"]).agg(
        adverts=_.id.nunique(), texts=_.text.nunique(), otherwise=(~_.plain).cast("int64").sum(),
        quoted=_.clause.min().substr(0, 80), episode_start=_.occurred_at.min(), episode_end=_.occurred_at.max(),
    ).mutate(
        kind=kind, writing=writing, subject=_.seller, object=_.term, currency=ibis.literal(NO_CURRENCY),
        amount_at_stake=ibis.null("decimal(18, 2)"),
    ).drop("seller")  # fmt: skip

    def evidence(found: Table) -> dict[str, Table]:
        own = ["subject", "object", "episode_start", "currency"]
        keys = found.select("platform", *own, seller=_.subject, term=_.object)
        rows = made.inner_join(keys, [*SHOP, "term"]).mutate(mark=_.mark.nullif(""))
        return {"adverts": rows.select(*own, *adverts.columns)}

    judged = claims.group_by(COPY).agg(to_prove=_.to_prove.all())
    rows = seen.left_join(judged, COPY).select("text", _.to_prove.fill_null(False).name("to_prove"))
    reason = ibis.cases(
        (rows.text.isnull(), "the text is not known"),
        (~rows.text.re_search("[一-鿿]"), "the text is not in Chinese"),
        (readings.garbled(rows.text), "the text can hardly be read: it may be in another encoding"),
        (rows.to_prove, "a first place of a year and a place: its proof is to be asked for"),
    )
    early = adverts.filter(_.occurred_at < since).select(unanswered=ibis.literal("before the window"))
    counts = rows.select(unanswered=reason).union(early).group_by("unanswered").agg(rows=_.count())
    return Answer(found, evidence, {"adverts": counts})
