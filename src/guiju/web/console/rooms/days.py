"""The days that a set of records has, by the clock of its jurisdiction."""

from __future__ import annotations

from datetime import date

from guiju.market import local_day
from guiju.web.console.desks import Desk


def days_of(desk: Desk, table: str) -> tuple[date, date]:
    """The first and the last local day of a table's rows. Raises BadInput where it has no good row."""
    desk.at.need(table, "what is asked here")
    of = desk.at.staged.tables[table]
    assert of.first is not None
    assert of.last is not None
    return local_day(of.first, desk.at.zone), local_day(of.last, desk.at.zone)
