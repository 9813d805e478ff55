"""Probes of prices: which quotes can be compared, and each profile's beside the controls shown at the same moment."""

import ibis
from ibis import Table, _

from guiju.checks import first_of

CONTROL = "control"
CELL = ["platform", "seller", "currency", "product", "place", "channel_shown", "probe"]
LEAST_CONTROLS = 2  # fewer say nothing of how far alike accounts differ: what a control is for
WHY = (  # a row is not asked, by number; of several reasons the first holds
    "outside the complete quarters",
    "no part of a probe",
    "what named offers took off is not known",
    "fewer than two control accounts in the probe",
    "shown too far from the probe's first control",
)


def asked(quotes: Table, periods, max_apart_seconds: float) -> Table:
    """Quotes with their quarter, the price before named offers, the controls' mean and spread, and `why` not asked."""
    starts = (((_.occurred_at >= a) & (_.occurred_at < b), a) for a, b in periods)
    rows = quotes.mutate(
        episode_start=first_of(starts, ibis.null("timestamp(6)")), judged=_.price + _.named_offer,
        place=_.region.fill_null(""), channel_shown=_.channel.fill_null(""),
        complete=_.probe.notnull() & _.viewer.notnull() & _.profile.notnull(),
    )  # fmt: skip
    shown = rows.filter(_.profile == CONTROL, _.complete, _.judged.notnull(), _.episode_start.notnull())
    first = shown.group_by(*CELL).agg(first=_.occurred_at.min())
    seconds = int(max_apart_seconds)
    shown = shown.inner_join(first, CELL).filter(_.occurred_at <= _.first + ibis.interval(seconds=seconds))
    controls = shown.group_by(*CELL).agg(
        first=_.first.min(), controls=_.viewer.nunique(), control_price=_.judged.mean().cast("decimal(18, 6)"),
        spread=_.judged.max() - _.judged.min(),
    )  # fmt: skip
    beside = rows.left_join(controls, CELL)
    beside = beside.select(*(rows[c] for c in rows.columns), "first", "controls", "control_price", "spread")
    apart = ibis.greatest(_.occurred_at.epoch_seconds() - _["first"].epoch_seconds(),
                          _["first"].epoch_seconds() - _.occurred_at.epoch_seconds())  # fmt: skip
    faults = (
        _.episode_start.isnull(), ~_.complete, _.judged.isnull(), ~(_.controls >= LEAST_CONTROLS).fill_null(False),
        ~(apart <= seconds).fill_null(False),
    )  # fmt: skip
    return beside.mutate(why=ibis.cases(*((fault, n) for n, fault in enumerate(faults))))


def compared(asked: Table) -> Table:
    """Each profile's quotes, and the controls of their probes once for every profile beside them: `apart` or not."""
    rows = asked.filter(_.why.isnull())
    apart = rows.filter(_.profile != CONTROL).mutate(object=_.profile, apart=ibis.literal(True))
    cells = apart.select(*CELL, "object").distinct()
    controls = rows.filter(_.profile == CONTROL).inner_join(cells, CELL).mutate(apart=ibis.literal(False))
    return ibis.union(apart, controls.select(apart.columns))


def noise(compared: Table, by: list[str]) -> Table:
    """How far alike accounts were shown different prices, on average over the probes, per cent of their mean."""
    cells = compared.group_by(*by, *(c for c in CELL if c not in by)).agg(
        share=(_.spread.max() * 100 / _.control_price.max()).cast("decimal(18, 9)")
    )
    return cells.group_by(*by).agg(noise_pct=(_.share.sum().cast("float64") / _.count()).round(6))
