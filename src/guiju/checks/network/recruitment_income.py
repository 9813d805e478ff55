"""Members of a network live on bringing in members rather than on selling to outsiders.

## What it finds
Schemes of at least `min_persons` persons whose members are paid for what `causes` names, over `min_levels` levels or
more (the organiser's own included), with at least `min_paying_pct` of those whose entry is known having paid to join;
and either such pay is at least `min_recruit_pct` of what members earn from joinings, members' purchases and sales to
outsiders, or joining costs at least `min_entry_multiple` times what the goods that one gets for it are worth.

## Why it matters
What members earn by bringing in members is paid by those who come last, and they cannot all find somebody.

## Innocent explanations
- Affiliates: who is paid for sales alone, over however many levels, is paid for no joining; the levels that count are
  those of pay for what `causes` names, not those of the tree.
- Invitations, referrals of employees: one level of pay, each time anew, is fewer than `min_levels`.
- Free to join: fewer than `min_paying_pct` paid for it.
- A franchise with finders: the fee for one brought in is less than `min_recruit_pct` beside what is sold, and the goods
  are worth it (`min_entry_multiple`).
- A product plan whose members buy for themselves: their purchases count as recruiting only where `causes` says so.
- A few friends, or one person's several accounts: fewer than `min_persons` persons.
- Pay over more than `max_levels` levels: such rows are not answered.

## Method and source
A scheme is what pay for recruiting links: a member to its recruiter wherever somebody was paid for it, or across it.
Its lines are climbed by joins, at most `max_levels` levels, so who is paid for whom is taken from the tree and not from
stated levels; a circle, an unknown recruiter, one who joined later and a second joining are told and not followed.
Income is the window's; tree, entries and persons are all up to its end. Members' own purchases are told both ways
(Vander Nat & Keep 2002 count them as recruiting; others, as NERA 2015, as consumption).
"""

import ibis
from ibis import Table, _

from guiju.checks import Answer, check
from guiju.checks.network import _lines, _pay, _schemes
from guiju.checks.network._schemes import SCHEME


@check(
    zh="{subject} 之下有 {persons} 人（{members} 名成员）；因本规则计为发展人员的事由付给成员的报酬，计酬达 {levels} 层"
    "（含其本层），占成员收入的 {counted_pct:.1f}%：仅计加入为 {recruit_pct:.1f}%（成员自购视为消费），"
    "连同成员自购为 {recruit_or_purchase_pct:.1f}%（视为囤货）。入门费已知的成员中，{paying_pct:.0f}% 付费加入，"
    "共 {entries_amount:,.2f} {currency}，与所得货物市价之比为 {entry_multiple:.1f}；"
    "收入低于入门费的占 {losing_pct:.0f}%。",
    en="Under {subject} stand {persons} persons ({members:#member}). Pay of members for what this rule counts as "
    "recruiting runs over {levels:#level}, its own included, and is {counted_pct:.1f} % of what members earn. "
    "Joinings alone are {recruit_pct:.1f} % (members' own purchases taken as consumption), with those purchases "
    "{recruit_or_purchase_pct:.1f} % (taken as stock). Of members whose entry is known {paying_pct:.0f} % paid to "
    "join, {entries_amount:,.2f} {currency} in all, in a ratio of {entry_multiple:.1f} to what the goods are worth; "
    "{losing_pct:.0f} % have earned less than they paid.",
    formula="{counted_amount:,.2f} for {causes} / ({recruit_amount:,.2f} joinings + {purchase_amount:,.2f} members' "
    "purchases + {retail_amount:,.2f} outside sales) = {counted_pct:.2f} % >= {min_recruit_pct:g} %, or entry "
    "{entry_multiple:.2f} >= {min_entry_multiple:g} times its worth; {levels} levels >= {min_levels:g}; {persons} "
    "persons >= {min_persons:g}; {paying_pct:.1f} % paid >= {min_paying_pct:g} %",
)
def recruitment_income(
    recruitments: Table, commissions: Table, orders: Table, *, since, causes: str, min_levels: int, min_persons: int,
    min_paying_pct: float, min_recruit_pct: float, min_entry_multiple: float, max_levels: int,
):  # fmt: skip
    asked = _pay.named(causes)
    rows = yield _lines.joinings(recruitments)
    members = yield from _lines.lines(rows)
    booked = yield _pay.by_cause(commissions, members, orders)
    met, passed = yield from _pay.levels(booked, members, asked, max_levels)
    heads = yield from _lines.heads(_pay.linked(met, passed, members))
    who = yield _schemes.members_of(heads, members)
    pay = yield _pay.judged(booked, met, asked)
    income = yield _schemes.income(pay, who, since)
    told = _schemes.entries(who, pay)
    for other in (_schemes.shares(income), _schemes.spans(pay, who)):
        told = told.inner_join(other, SCHEME)
    told = told.left_join(_schemes.sales(income), SCHEME).drop(*(f"{column}_right" for column in SCHEME))
    counted = _.counted.cast("float64") * 100
    large = (counted >= _.total.cast("float64") * min_recruit_pct) & (_.total > 0)
    dear = (_.priced > 0) & (_.priced.cast("float64") >= _.worth.cast("float64") * min_entry_multiple)
    found = told.filter(
        _.counted > 0, large | dear, _.levels >= min_levels, _.persons >= min_persons,
        (_.paying * 100.0 >= _.known * min_paying_pct) & ((_.known > 0) | (min_paying_pct <= 0)),
    ).select(
        "platform", "currency", "episode_start", "episode_end", "members", "persons", "levels", "line_levels",
        "recruit_pct", "recruit_or_purchase_pct", "recruit_amount", "purchase_amount", "retail_amount", "paying_pct",
        "entry_multiple", "losing_pct", "outside_sales_pct", "consumed_sales_pct", "recoded", "misstated",
        subject=_.scheme, object=ibis.literal(""), amount_at_stake=_.entries.cast("decimal(18, 2)"),
        entries_amount=_.entries.cast("float64"), counted_amount=_.counted.cast("float64"),
        counted_pct=(counted / _.total.cast("float64")).round(6),
    )  # fmt: skip
    own = ["subject", "object", "currency", "episode_start"]

    def of(found: Table, rows: Table) -> Table:
        return rows.inner_join(found.select("platform", *own, scheme=_.subject), SCHEME)

    def evidence(found: Table) -> dict[str, Table]:
        earned = of(found, income)
        lines = earned.filter(_.outside.notnull()).select("platform", *own, id="order_line").distinct()
        return {
            "recruitments": of(found, who).select("platform", "id", *own),
            "commissions": earned.select("platform", "id", *own), "orders": lines,
        }  # fmt: skip

    def workings(found: Table) -> dict[str, Table]:
        levels = of(found, who).group_by("platform", *own, level=_.depth + 1).agg(
            members=_.count(), entries_amount=_.entry.sum().cast("float64"))  # fmt: skip
        earned = of(found, income).group_by("platform", *own, "cause").agg(
            rows=_.count(), amount=_.amount.sum().cast("float64"))  # fmt: skip
        return {"levels": levels, "income": earned}

    why = ibis.cases((pay.occurred_at < since, "before the window"), else_=pay.why)
    counts = pay.select(unanswered=why).group_by("unanswered").agg(rows=_.count())
    return Answer(found, evidence, {"recruitments": _lines.account(rows, members), "commissions": counts}, workings)
