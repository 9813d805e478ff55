"""Links opened inside apps, by local day: how many to each rival's service were hindered, how many others opened."""

import ibis
from ibis import Table, _

from guiju.records.schemas.link_openings import OUTCOMES, REASONS

DAY = 24 * 60 * 60
APP_DAY = ["platform", "app", "day"]
LINK = ["platform", "app", "target"]
HINDERED = ("blocked", "redirected")


def asked(openings: Table, since, utc_offset) -> Table:
    """Each opening with its local day, whether it was `hindered` and `counts`, and `why` it cannot be asked."""
    hindered = openings.outcome.isin(HINDERED)
    return openings.mutate(
        day=(_.occurred_at + utc_offset).epoch_seconds() // DAY,
        hindered=hindered.fill_null(False),
        counts=((openings.outcome != "failed") & (~hindered | (openings.reason == "none"))).fill_null(False),
        why=ibis.cases(
            (openings.occurred_at < since, "before the window"),
            (~openings.rival.isin(["yes", "no"]).fill_null(False), "whether it is a rival's is not known"),
            (~openings.outcome.isin(OUTCOMES).fill_null(False), "what came of it is not known"),
            (openings.viewer.isnull(), "who opened it is not known"),
            (hindered & ~openings.reason.isin(REASONS).fill_null(False), "why it was not opened is not known"),
        ),
    )


def days(asked: Table, min_day_openings, min_day_others, min_hindered_pct, min_others_opened_pct) -> Table:
    """The days on which links to a rival's service were hindered while others' opened."""
    rows = asked.filter(_.why.isnull(), _.counts)
    theirs = rows.filter(_.rival == "yes").group_by([*LINK, "day"]).agg(
        openings=_.count(), hindered=_.count(where=_.hindered), blocked=_.count(where=_.outcome == "blocked"),
        redirected=_.count(where=_.outcome == "redirected"), first=_.occurred_at.min(where=_.hindered),
        last=_.occurred_at.max(where=_.hindered),
    )  # fmt: skip
    others = rows.filter(_.rival == "no").group_by(APP_DAY).agg(
        others=_.count(), others_opened=_.count(where=~_.hindered)
    )  # fmt: skip
    alike = others.filter(_.others >= min_day_others, _.others_opened * 100 >= _.others * min_others_opened_pct)
    kept = theirs.filter(_.openings >= min_day_openings, _.hindered * 100 >= _.openings * min_hindered_pct)
    return kept.inner_join(alike, APP_DAY)
