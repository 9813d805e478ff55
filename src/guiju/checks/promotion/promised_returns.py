"""Copy promises what an investment cannot: safe principal, no risk, a certain return; or somebody vouches for it.

## What it finds
Shops, and the platform itself, whose Chinese copy on what is bought for its return (`money_words` stand in it) says
that principal is safe or that there is no risk (`principal_terms`), promises a return or riches (`return_terms`), or
has a scholar, an expert, an association or somebody who gained recommend it (`endorser_terms`). Written otherwise,
too. Each promise of each shop is one finding.

## Why it matters
Whoever believes it stakes savings, and the loss is theirs alone.

## Innocent explanations
- It is denied: one of `negation_words` stands before the promise in its clause.
- The text warns, or asks whether it can be: one of `doubt_words` stands anywhere in it. A text that warns and
  promises is not found.
- It is of goods, not of money: none of `money_words` stands in the text.
- It is the state's guarantee, a standard name, or a phrase that promises nothing: one of `idle_phrases`.
- It is a registered name or mark (`mark`), or a title in 《》.
- Words meet by chance: a promise does not reach from one clause into the next.

## Method and source
Terms are dated patterns in the rulebook: words, and pairs of words a few characters apart. Copy is read as by
`absolute_claims`; single words of three characters and more are sought by sound as well. Of strangers' copy it sees
about one breach in five (`docs/claims.md`): a finding is worth a look, and none is no acquittal. Not asked: whether a
risk warning stands in a sufficient size and place (one row of copy is not the whole advert), and whether the promise
was kept. Not seen: pictures, sound, initials, what no pattern names.
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
def promised_returns(
    adverts: Table, *, since, principal_terms: str, return_terms: str, endorser_terms: str, money_words: str,
    negation_words: str, doubt_words: str, idle_phrases: str,
):  # fmt: skip
    seen = adverts.filter(_.occurred_at >= since).mutate(mark=_.mark.fill_null(""))
    kinds = {"principal": principal_terms, "return": return_terms, "endorser": endorser_terms}
    excuses = {"before": negation_words, "in_text": doubt_words, "idle": idle_phrases}
    claims = yield from promises.told(seen, kinds, dict.fromkeys(kinds, money_words), excuses)
    claims = yield claims
    return promises.answer(adverts, since, seen, claims)
