"""An app keeps links to a rival's service from opening, while others' open.

## What it finds
Apps in which, on at least `min_days` of local time, `min_hindered_pct` or more of at least `min_day_openings` links to
one rival's service were blocked or led elsewhere with no reason recorded, while of at least `min_day_others` links to
services that are no rivals `min_others_opened_pct` or more opened; `min_viewers` viewers or more met it. Each app and
rival's service is one finding.

## Why it matters
Who holds the place where people talk can decide whom they reach; a rival then loses customers it has won.

## Innocent explanations
- The link was harmful, an authority ordered it, or the viewer had set it so (`reason`): not counted.
- The rival's service did not answer (`outcome` failed): not counted.
- The viewer was asked first and could go on (`outcome` asked): counted as opened.
- Nothing outside opens, whoever's it is: fewer than `min_others_opened_pct` of the others did.
- Some links only, of one kind or release: less than `min_hindered_pct`.
- One viewer's device or set-up: fewer than `min_viewers` viewers.
- A fault of a day or two: fewer than `min_days`.
- Few links: fewer than `min_day_openings` to the rival's service, or `min_day_others` to others, a day.

## Method and source
Links are counted by local day, each day against the same app's other links of that day; nothing is estimated. Whose
service is a rival's the records say. Whether a reason that is recorded is a true one, and whether a block was meant to
harm, no record says.
"""

import ibis
from ibis import Table, _

from guiju.checks import NO_CURRENCY, Answer, check
from guiju.checks.competition import _links
from guiju.checks.competition._links import APP_DAY, LINK


@check(
    zh="计入的 {days} 天（其链接未能打开的日子）内，在 {subject} 中点击记录为竞争者的 {object} 的链接 {openings} 次，"
    "{hindered} 次被拦截或跳转，理由记为“无”（拦截 {blocked} 次、跳转 {redirected} 次，涉及 {viewers} 名用户）；同日"
    "点击记录为非竞争者的链接 {others} 次，{others_opened} 次打开。",
    en="On the {days:#day} counted, those on which links to it did not open, {hindered} of {openings:#link} followed "
    "in {subject} to {object}, on record as a rival, did not open, the reason being recorded as “none” ({blocked} "
    "blocked, {redirected} led elsewhere, {viewers:#viewer}); on those days {others_opened} of {others:#link} to "
    "services recorded as no rivals opened.",
    formula="{days} days >= {min_days:g}; {viewers} viewers >= {min_viewers:g}; {hindered} of {openings} = "
    "{hindered_pct:.1f} % (each day >= {min_hindered_pct:g} %); others {others_opened} of {others} = "
    "{others_opened_pct:.1f} % (each day >= {min_others_opened_pct:g} %)",
)
def blocked_rivals(
    link_openings: Table, *, since, utc_offset, min_days: int, min_day_openings: int, min_day_others: int,
    min_viewers: int,
    min_hindered_pct: float, min_others_opened_pct: float,
):  # fmt: skip
    asked = _links.asked(link_openings, since, utc_offset)
    days = yield _links.days(asked, min_day_openings, min_day_others, min_hindered_pct, min_others_opened_pct)
    met = asked.filter(_.why.isnull(), _.counts, _.hindered, _.rival == "yes").semi_join(days, [*LINK, "day"])
    viewers = met.group_by(LINK).agg(viewers=_.viewer.nunique()).filter(_.viewers >= min_viewers)
    counted = ("openings", "hindered", "blocked", "redirected", "others", "others_opened")
    sums = days.group_by(LINK).agg(
        days=_.count(), episode_start=_["first"].min(), episode_end=_["last"].max(),
        **{name: _[name].sum() for name in counted},
    ).filter(_.days >= min_days)  # fmt: skip
    found = sums.inner_join(viewers, LINK).mutate(
        subject=_.app, object=_.target, hindered_pct=100 * _.hindered / _.openings,
        others_opened_pct=100 * _.others_opened / _.others, currency=ibis.literal(NO_CURRENCY),
        amount_at_stake=ibis.null("decimal(18, 2)"),
    ).drop("app", "target")  # fmt: skip

    def evidence(found: Table) -> dict[str, Table]:
        own = ["subject", "object", "episode_start", "currency"]
        keys = found.select("platform", *own, app=_.subject, its=_.object)
        mine = days.select(*LINK, "day").rename(its="target").inner_join(keys, ["platform", "app", "its"])
        rows = asked.filter(_.why.isnull(), _.counts).inner_join(mine, APP_DAY)
        rows = rows.filter((_.rival == "no") | (_.target == _.its))
        return {"link_openings": rows.select("platform", "id", *own)}

    def workings(found: Table) -> dict[str, Table]:
        own = ["subject", "object", "episode_start", "currency"]
        keys = found.select("platform", *own, app=_.subject, target=_.object)
        told = days.inner_join(keys, LINK)
        shown = ("openings", "hindered", "others", "others_opened")
        return {"days": told.select("platform", *own, "first", *shown)}

    counts = asked.group_by(unanswered=_.why).agg(rows=_.count())
    return Answer(found, evidence, {"link_openings": counts}, workings)
