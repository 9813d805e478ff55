"""Copy promises what medicine cannot: an effect, safety, a rate of cure; or other goods are said to treat a disease.

## What it finds
Shops, and the platform itself, whose Chinese copy on treatments, drugs or devices (`medical_words` stand in it)
asserts an effect (`effect_terms`) or safety (`safety_terms`), tells a rate of cure or success (`rate_terms`),
compares itself with others (`comparison_terms`) or is recommended by somebody (`endorser_terms`); or whose copy on
other goods (`goods_words`) says that they treat a disease (`treatment_terms`). Written otherwise, too. Each promise
of each shop is one finding.

## Why it matters
Who is ill or dislikes a face pays for hope, and hears of the risk last.

## Innocent explanations
- It is denied or limited: one of `negation_words` stands before the promise in its clause.
- The text warns or informs: one of `doubt_words` stands anywhere in it. A text that warns and promises is not found.
- It is of something else: none of `medical_words`, or of `goods_words`, stands in the text.
- It is a phrase of its own that promises nothing: one of `idle_phrases`.
- It is a registered name or mark (`mark`), or a title in 《》.
- Words meet by chance: a promise does not reach from one clause into the next.

## Method and source
Terms are dated patterns in the rulebook: words, and pairs of words a few characters apart. Copy is read as by
`absolute_claims`; single words of three characters and more are sought by sound as well. Of strangers' copy it sees
about one breach in five (`docs/claims.md`): a finding is worth a look, and none is no acquittal. Not seen: pictures
(before and after), sound, initials, what no pattern names. Licences and review certificates are not asked here;
whether a promise is true neither.
"""

from ibis import Table, _

from guiju.checks import check
from guiju.checks.promotion import _promises as promises


@check(
    zh="{subject} 的文案可读作“{term}”（{kind}，{writing}）：{texts} 种文案，展示 {adverts} 次，如：“{quoted}”。",
    en="{subject} had copy that reads as “{term}” ({kind}, {writing}): {texts:#text}, shown {adverts:#time}, for "
    "instance: “{quoted}”.",
    formula="“{term}” in {texts:#text}, shown {adverts:#time}; none of the exemptions holds",
)
def medical_promises(
    adverts: Table, *, since, effect_terms: str, safety_terms: str, rate_terms: str, comparison_terms: str,
    endorser_terms: str, treatment_terms: str, medical_words: str, goods_words: str, negation_words: str,
    doubt_words: str, idle_phrases: str,
):  # fmt: skip
    seen = adverts.filter(_.occurred_at >= since).mutate(mark=_.mark.fill_null(""))
    medical = {
        "effect": effect_terms, "safety": safety_terms, "rate": rate_terms, "comparison": comparison_terms,
        "endorser": endorser_terms,
    }  # fmt: skip
    context = dict.fromkeys(medical, medical_words) | {"treatment": goods_words}
    excuses = {"before": negation_words, "in_text": doubt_words, "idle": idle_phrases}
    claims = yield from promises.told(seen, medical | {"treatment": treatment_terms}, context, excuses)
    claims = yield claims
    return promises.answer(adverts, since, seen, claims)
