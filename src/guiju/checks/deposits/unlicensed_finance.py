"""A firm did financial business on days on which no licence, its own or its partner's, allowed it.

## What it finds
Firms that on at least `min_days` did an act of one of the `businesses` that no licence of that day covers: on their own
account without a licence; one not of the `partner_acts` for a licensed institution; any for an institution without
one; where `partners` are only those entrusted, one that the institution had not entrusted them with.

## Why it matters
A licence is how somebody has looked at whether a promise of money can be kept, before people's money is in it.

## Innocent explanations
- It has a licence of its own for that business, on whatever platform it does it.
- Its partner has one: what a platform does for a licensed institution, if it is one of the `partner_acts`.
- The institution entrusted it, where `partners` are only those entrusted.
- Renewal takes time: a licence goes on as long as the authority extended it (`extended_to`).
- The licence ended, or began, in the course of that day: it counts for the whole of it.
- No licence was asked for then: the business is none of the `businesses` of that day.
- A row has the wrong day or firm: it was so on fewer than `min_days`.

## Method and source
Each act is held against every licence of the firm and of the institution for that business, whoever's records hold it:
registers know no platforms. Acts are told by who saw them; a promise of interest, the keeping of accounts and the
holding of money are what amounts to taking deposits. Nothing is estimated. Days on which a firm only did what its
partner's licence covers are counted beside, and are no part of the finding.
"""

import ibis
from ibis import Table, _

from guiju.checks import Answer, check
from guiju.checks.deposits import _financial
from guiju.checks.deposits._financial import FAULTS, FIRM
from guiju.checks.deposits._funding import day_of


@check(
    zh="{subject} 有 {days} 天从事{business}业务（{act}）而记录中没有当日相应许可：{fault}；其自身许可：{state}。另有 "
    "{shown_days} 天只做了合作机构的许可所允许之事，不计在内。",
    en="On {days:#day} {subject} did business in {business} ({act}) that no licence on record allowed that day: "
    "{fault}. A licence of its own: {state}. On {shown_days:#day} it only did what its partner's licence allows, which "
    "is no part of this.",
    formula="{days} days >= {min_days:g}; of {acts} acts {own_account} on its own account, {reserved_act} reserved to "
    "the licensed, {partner_unlicensed} for an institution without a licence, {not_entrusted} not entrusted",
)
def unlicensed_finance(
    financial_business: Table, financial_licences: Table, *, since, utc_offset, businesses: str, partner_acts: str,
    partners: str, min_days: int,
):  # fmt: skip
    asked, theirs = ([word.strip() for word in text.split(",")] for text in (businesses, partner_acts))
    spans = yield _financial.spans(financial_licences, utc_offset)
    acts = financial_business.filter(_.occurred_at >= since).mutate(day=day_of(_.occurred_at, utc_offset))
    judged = yield _financial.judged(acts, spans, asked, theirs, partners == "entrusted")
    wrong = judged.filter(_.fault.notnull())
    firms = wrong.group_by(FIRM).agg(
        days=_.day.nunique(), acts=_.count(), act_kinds=_.act.nunique(), one_act=_.act.min(),
        institutions=_.institution.nunique(), one_institution=_.institution.min(), kinds=_.fault.nunique(),
        one=_.fault.min(), **{fault: (_.fault == fault).sum() for fault in FAULTS},
        episode_start=_.occurred_at.min(), episode_end=_.occurred_at.max(),
        amount_at_stake=_.amount.sum().cast("decimal(18, 2)"),
    ).filter(_.days >= min_days)  # fmt: skip
    shown = judged.filter(_.shown).group_by(FIRM).agg(shown_days=_.day.nunique())
    told = firms.inner_join(_financial.around(firms, spans), FIRM).left_join(shown, FIRM)
    found = told.drop(*(f"{c}_right" for c in FIRM)).mutate(
        subject=_.firm, object=_.business, shown_days=_.shown_days.fill_null(0),
        fault=ibis.ifelse(_.kinds == 1, _.one, "several"), act=ibis.ifelse(_.act_kinds == 1, _.one_act, "several_acts"),
        institution=ibis.ifelse(_.institutions == 1, _.one_institution, ibis.null("string")),
    ).drop("firm", "kinds", "one", "act_kinds", "one_act", "one_institution")  # fmt: skip
    own = ["subject", "object", "currency", "episode_start"]

    def of(found: Table) -> Table:
        keys = found.select("platform", *own, firm=_.subject, business=_.object)
        return wrong.inner_join(keys, FIRM)

    def evidence(found: Table) -> dict[str, Table]:
        rows = of(found)
        whose = ibis.union(*(rows.select("platform", *own, holder=rows[who], business=rows.object)
                             for who in ("firm", "institution")), distinct=True)  # fmt: skip
        held = financial_licences.rename(at="platform").inner_join(whose, _financial.HELD)
        return {
            "financial_business": rows.select("platform", "id", *own),
            "financial_licences": held.select("id", *own, found_on="platform", platform="at"),
        }

    def workings(found: Table) -> dict[str, Table]:
        lines = of(found).group_by("platform", *own, "act", "institution", "fault")
        return {"acts": lines.agg(days=_.day.nunique(), first_at=_.occurred_at.min())}

    early = financial_business.filter(_.occurred_at < since).select(why=ibis.literal("before the window"))
    rows = judged.select("why").union(early).group_by(unanswered=_.why).agg(rows=_.count())
    return Answer(found, evidence, {"financial_business": rows}, workings)
