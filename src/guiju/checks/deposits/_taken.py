"""Deposits as they were made: whose platform they came through, and in which city."""

import ibis
from ibis import Table

AFTER = "after the last day judged"
BEFORE = "before the window"
BOUND = ("time", "notice")  # kinds with a term, or with one and none (定活两便)
MUNICIPALITIES = ("11", "12", "31", "50")  # Beijing, Tianjin, Shanghai, Chongqing: the first two digits are the city
COUNTIES = "90"  # third and fourth digit of those that a province runs itself: all six digits are the place


def own_channel(rows: Table):
    """Whether the bank runs the platform itself; null: not known."""
    return rows.operator == rows.bank


def city(region):
    """The city of a GB/T 2260 code: its first four digits, or what stands for a city there; null: it names none."""
    province, place = region.substr(0, 2), region.substr(2, 2)
    return ibis.cases(
        (region.isnull() | ~region.re_search("^[0-9]{4}([0-9]{2})?$"), ibis.null("string")),
        (province.isin(MUNICIPALITIES), province + "00"),
        (place == "00", ibis.null("string")),
        ((place == COUNTIES) & (region.length() == 6), region),
        else_=region.substr(0, 4),
    )
