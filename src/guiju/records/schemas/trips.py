"""A trip: a driver drove a rider, or the rider's own car, from one place to another; one row when its fare is settled.

What the phone's positions say (`pings`) is summed by the platform's app when the trip ends, so that a decision needs
no other table.
"""

from guiju.records import AMOUNT, DEGREES, TEXT, TIME, WHOLE, Column, RecordTable, key

TABLE = RecordTable(
    "trips",
    __doc__,
    (
        *key("the trip"),
        Column("occurred_at", TIME, "when it ended and its fare was settled, UTC", needed=True),
        Column("driver", TEXT, "who drove, as in parties.id", needed=True),
        Column("rider", TEXT, "who ordered it, as in parties.id", needed=True),
        Column("agency", TEXT, "the agency the driver drove for, as in agencies.agency; null: for no agency"),
        Column("region", TEXT, "the city where it began: GB/T 2260 or ISO 3166-2", needed=True),
        Column("zone", TEXT, "the small area where it began, by the platform's own grid", needed=True),
        Column("service", TEXT, "designated_driving (of the rider's own car), ride_hailing, …", needed=True),
        Column("channel", TEXT, "how it was ordered: app, phone, on_the_spot (the driver entered it), …"),
        Column("booking", TEXT, "the standing booking (a school run, say) that it is one of; null: none"),
        Column("driver_device", TEXT, "the driver's device, as in sign_ins.device"),
        Column("rider_device", TEXT, "the device it was ordered from, as in sign_ins.device"),
        Column("ordered_at", TIME, "when it was ordered, UTC", needed=True),
        Column("accepted_at", TIME, "when the driver accepted it, UTC"),
        Column("started_at", TIME, "when the driver began to drive the rider, UTC", needed=True),
        Column("accepted_latitude", DEGREES, "where the driver was on accepting", secret=True, least=-90),
        Column("accepted_longitude", DEGREES, "likewise", secret=True, least=-180),
        Column("started_latitude", DEGREES, "where it began", secret=True, least=-90),
        Column("started_longitude", DEGREES, "likewise", secret=True, least=-180),
        Column("ended_latitude", DEGREES, "where it ended", secret=True, least=-90),
        Column("ended_longitude", DEGREES, "likewise", secret=True, least=-180),
        Column("expected_s", WHOLE, "how long it was expected to take when it was ordered, seconds", least=0),
        Column("billed_m", WHOLE, "the distance that was billed, metres", least=0),
        Column("waited_s", WHOLE, "how long the driver waited at the rider's confirmed wish, seconds", least=0),
        Column("pings", WHOLE, "how many of its positions are known from its start to its end", least=0),
        Column("max_gap_s", WHOLE, "the longest time without one, from its start to its end, seconds", least=0),
        Column("displacement_m", WHOLE, "the farthest of them from the first, as the crow flies, metres", least=0),
        Column(
            "stayed_s",
            WHOLE,
            "for how long before its end no position was more than 100 m from the last one, seconds",
            least=0,
        ),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("quoted_amount", AMOUNT, "the fare shown to the rider when it was ordered", least=0),
        Column("fare_amount", AMOUNT, "its fare, before vouchers", needed=True, least=0),
        Column("voucher", TEXT, "the voucher used, as in vouchers.id; null: none"),
        Column("campaign", TEXT, "the campaign the voucher is of, as in campaigns.campaign; null: none"),
        Column("voucher_amount", AMOUNT, "the part of the fare that the voucher pays; 0: none", needed=True, least=0),
        Column("driver_amount", AMOUNT, "what the driver is to be paid for it", needed=True, least=0),
    ),
    spans=(("ordered_at", "occurred_at"), ("started_at", "occurred_at")),
    caps=((("voucher_amount",), ("fare_amount",)),),
)
