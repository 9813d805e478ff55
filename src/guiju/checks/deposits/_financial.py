"""Acts of financial business, each held against the licences of its local day."""

import ibis
from ibis import Table, _

from guiju.checks.validity import NEVER_DAY, local_days
from guiju.records.schemas.financial_business import ACTS

FAULTS = ("own_account", "reserved_act", "partner_unlicensed", "not_entrusted")
FIRM = ["platform", "firm", "business", "currency"]
HELD = ["holder", "business"]


def spans(licences: Table, utc_offset) -> Table:
    """The local days, first and last, of which each licence held at some moment; `last_day` null: it does not end."""
    extended = licences.extended_to.fill_null(licences.valid_to)
    return local_days(licences, extended, utc_offset, *HELD)


def judged(acts: Table, spans: Table, businesses: list[str], partner_acts: list[str], entrusted_only: bool) -> Table:
    """Acts with `fault`, one of `FAULTS`, or null, and why nobody can say."""
    rows = _covered(_covered(acts, spans, "firm", "own"), spans, "institution", "partner")
    known = spans.select("business").distinct().mutate(licensed=True)
    rows = rows.left_join(known, "business").drop("business_right")
    may = rows.act.isin(partner_acts) if partner_acts else ibis.literal(False)
    fault = ibis.cases(
        (rows.own, ibis.null("string")), (rows.institution.isnull(), "own_account"), (~may, "reserved_act"),
        (~rows.partner, "partner_unlicensed"),
        (ibis.literal(entrusted_only) & (rows.entrusted == "no").fill_null(False), "not_entrusted"),
    )  # fmt: skip
    why = ibis.cases(
        (~rows.business.isin(businesses), "no provision of that day that is cited asks for a licence"),
        (rows.own, ibis.null("string")),
        (rows.licensed.isnull(), "nobody's licence for the business is on record"),
        (~rows.act.isin(ACTS), "what was done is none of the words the table names"),
        (fault.isnull() & ibis.literal(entrusted_only) & (~rows.entrusted.isin(["yes", "no"])).fill_null(True),
         "whether the institution entrusted the firm is not known"),
    )  # fmt: skip
    told = rows.mutate(why=why, fault=ibis.ifelse(why.isnull(), fault, ibis.null("string")))
    return told.mutate(shown=told.why.isnull() & told.fault.isnull() & ~told.own)


def _covered(acts: Table, spans: Table, who: str, name: str) -> Table:
    """Acts with, under a name, whether the firm in column `who` held a licence for the business that day."""
    last = spans.last_day.fill_null(NEVER_DAY)
    held = spans.select("first_day", last_day=last, **{who: spans.holder}, of=spans.business)
    on = [acts[who] == held[who], acts.business == held.of, acts.day >= held.first_day, acts.day <= held.last_day]
    covered = acts.semi_join(held, on).select("platform", "id", here=True)
    return acts.left_join(covered, ["platform", "id"]).select(*acts.columns, **{name: _.here.notnull()})


def around(firms: Table, spans: Table) -> Table:
    """What licence of its own each firm had before its first act without, and after."""
    before = _.ends_at <= _.episode_start
    own = spans.rename(firm="holder", of="business")
    beside = firms.left_join(own, [firms.firm == own.firm, firms.business == own.of]).group_by(FIRM).agg(
        held=_.valid_from.count(), ended_at=_.ends_at.max(where=before), revoked=_.revoked_at.max(where=before),
        next_at=_.valid_from.min(where=_.valid_from > _.episode_start),
    )  # fmt: skip
    state = ibis.cases(
        (beside.held == 0, "none_on_record"), (beside.ended_at.isnull(), "not_yet_begun"),
        ((beside.revoked >= beside.ended_at).fill_null(False), "revoked"), else_="ended",
    )  # fmt: skip
    return beside.select(*FIRM, "ended_at", "next_at", state=state)
