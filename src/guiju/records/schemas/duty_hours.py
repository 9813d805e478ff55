"""A span of the day in which somebody on the roster is on duty, by a clock; one past midnight is two rows."""

from guiju.records import TEXT, TIME, WHOLE, Column, RecordTable, key

TABLE = RecordTable(
    "duty_hours",
    __doc__,
    (
        *key("the span's row"),
        Column("practitioner", TEXT, "who is on duty, as in practitioners.id", needed=True),
        Column("weekday", WHOLE, "on which day, 1 (Monday) to 7, by that clock; null: on every day", least=1),
        Column("begins", TEXT, "from when, as 09:00, by that clock", needed=True),
        Column("ends", TEXT, "until when, as 18:00, exclusive; midnight is 24:00", needed=True),
        Column("time_zone", TEXT, "whose clock, as Asia/Shanghai", needed=True),
        Column("valid_from", TIME, "from when the row holds, UTC; null: it always did"),
        Column("valid_to", TIME, "until when, UTC, exclusive; null: it does not end"),
    ),
    spans=(("valid_from", "valid_to"),),
)
