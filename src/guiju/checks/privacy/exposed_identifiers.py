"""A page or an export lets others read people's identity numbers, bank cards or mobile numbers.

## What it finds
Fields that the public or any user could read (`audience`) and that held, in a quarter, at least `min_values` different
identifiers of people, at least `min_share_pct` of its different values, where so many do not pass the check digit by
chance. Each field and kind of identifier is one finding.

## Why it matters
With them money is taken and names are used; what has been read cannot be taken back.

## Innocent explanations
- Order numbers look alike: of random digits one in ten or eleven passes its check digit, which is tested against.
- Numbers run on and begin like a mobile's: people's begin in at least `min_prefixes` ways.
- Values are masked: then they have no such shape.
- A hotline, a firm's account (`whose`): the field is a company's.
- Who posts a thing puts their own number beside it (`whose`), to be read.
- Staff, a partner or only the person themselves could read it (`audience`).
- A few test values: fewer than `min_values`.
- An identifier among other words: less than `min_share_pct` of the field.

## Method and source
Whole values only. Identity numbers of 18 places: region, day of birth and check digit (GB 11643); bank cards: 16 to 19
digits from 62 on, Luhn; mobiles: 11 digits, in the ranges of `mobile_prefixes`. The number that passes, among the
different values of the shape, is held against chance by the binomial test: 1/11, 1/10 and the ranges' share of all
that begin with 1. Evidence is masked. Other cards, passports and numbers inside a text are not seen.
"""

import ibis
import numpy as np
from ibis import Table, _

from guiju.checks import NO_CURRENCY, Answer, check, first_of
from guiju.checks.privacy import _identifiers as identifiers
from guiju.estimators.against_chance import p_more, wilson

FIELD = ["platform", "holder", "place", "field", "episode_start"]
FACTS = ("place", "field", "kind", "passing", "shaped", "distinct_values", "prefixes")


def weigh(cells, *, mobile_prefixes, min_values, min_share_pct, min_prefixes, max_fdr_pct):
    """Of each field and kind: how many pass, how many would by chance, and the share among all different values."""
    chance = identifiers.chances(_listed(mobile_prefixes))
    by_chance = np.array([chance[kind] for kind in cells["kind"]])
    low, high = wilson(cells["passing"], cells["shaped"])
    share = 100 * cells["passing"] / cells["distinct_values"]
    of_shape = np.where(cells["shaped"] > 0, cells["shaped"], np.nan)
    various = (cells["prefixes"] >= min_prefixes) | (cells["kind"] != "mobile")
    return {
        **{name: cells[name] for name in FACTS},
        "share_pct": share, "passing_pct": 100 * cells["passing"] / of_shape,
        "low_pct": 100 * low, "high_pct": 100 * high, "chance_pct": 100 * by_chance,
        # A field with nothing of the shape was looked at, and is clear.
        "p_value": np.nan_to_num(p_more(cells["passing"], cells["shaped"], by_chance), nan=1.0),
        "amount_at_stake": np.full(len(share), np.nan),
        "stands": (cells["passing"] >= min_values) & (share >= min_share_pct) & various,
    }  # fmt: skip


def _listed(prefixes):
    return [p.strip() for p in prefixes.split(",") if p.strip()]


@check(
    zh="{subject} 的 {place} 中，公众或者任何用户可查看的字段 {field} 有 {passing} 个不同的值符合{kind}的编号规则，占"
    "其 {distinct_values} 个不同取值的 {share_pct:.1f}%；形似的 {shaped} 个中 {passing_pct:.0f}% 通过校验（随机数字为"
    " {chance_pct:.0f}%）。",
    en="The field {field} at {place} of {subject}, which the public or any user could read, had {passing} different "
    "values built like {kind}s, {share_pct:.1f} % of its {distinct_values}; of {shaped} of that shape "
    "{passing_pct:.0f} % pass the check (of random digits {chance_pct:.0f} % would).",
    formula="{passing} >= {min_values:g}; {share_pct:.2f} % >= {min_share_pct:g} %; {passing} of {shaped} against "
    "{chance_pct:.1f} % by chance: p = {p_value:.2g}, q = {q_value:.2g} <= {max_fdr_pct:g} %",
    weigh=weigh,
)
def exposed_identifiers(
    disclosures: Table, *, periods, mobile_prefixes: str, min_values: int, min_share_pct: float, min_prefixes: int,
    max_fdr_pct: float,
):  # fmt: skip
    prefixes = _listed(mobile_prefixes)
    starts = first_of((((_.occurred_at >= a) & (_.occurred_at < b), a) for a, b in periods), ibis.null("timestamp(6)"))
    dated = disclosures.mutate(episode_start=starts)
    reason = ibis.cases(
        (_.episode_start.isnull(), "outside the complete quarters"),
        (_.value.isnull(), "the value is not known"),
        (_.audience.isnull(), "who could read it is not known"),
        (_.whose.isnull(), "whose the field's values are is not known"),
    )
    told = dated.mutate(why=reason)
    open_to = told.filter(_.why.isnull(), _.audience.isin(["public", "users"]), _.whose == "person")
    values = open_to.mutate(bare=identifiers.bare(_.value)).select(*FIELD, "bare").distinct()
    shape, passes = identifiers.shaped(values.bare), identifiers.passing(values.bare, prefixes)
    judged = yield values.select(
        *FIELD, "bare", **shape, **{f"{kind}_passes": shape[kind] & passes[kind] for kind in shape}
    )
    kinds = [
        judged.group_by(FIELD).agg(
            kind=ibis.literal(kind), distinct_values=_.count(), shaped=_[kind].cast("int64").sum(),
            passing=_[f"{kind}_passes"].cast("int64").sum(),
            prefixes=_.bare.substr(0, 3).nunique(where=_[f"{kind}_passes"]),
        ) for kind in identifiers.KINDS
    ]  # fmt: skip
    ends = first_of(((_.episode_start == a, b) for a, b in periods), ibis.null("timestamp(6)"))
    found = ibis.union(*kinds).mutate(
        subject=_.holder, object=_.place + "/" + _.field + "/" + _.kind, currency=ibis.literal(NO_CURRENCY),
        episode_end=ends, amount_at_stake=ibis.null("decimal(18, 2)"),
    ).drop("holder")  # fmt: skip

    def evidence(found: Table) -> dict[str, Table]:
        own = ["subject", "object", "episode_start", "currency"]
        keys = found.select("platform", *own, holder=_.subject)
        shown = []
        for kind in identifiers.KINDS:
            mine = judged.filter(_[f"{kind}_passes"]).select(*FIELD, "bare")
            of_kind = mine.mutate(object=_.place + "/" + _.field + "/" + kind)
            held = of_kind.inner_join(keys, ["platform", "holder", "episode_start", "object"])
            rows = open_to.mutate(bare=identifiers.bare(_.value)).inner_join(held, [*FIELD, "bare"])
            shown.append(rows.select(*own, *disclosures.columns))
        return {"disclosures": ibis.union(*shown)}

    counts = told.group_by(unanswered=_.why).agg(rows=_.count())
    return Answer(found, evidence, {"disclosures": counts})
