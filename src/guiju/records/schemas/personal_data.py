"""One field of one person's information, collected at one moment for one purpose, on one basis."""

from guiju.records import TEXT, TIME, WHOLE, Column, RecordTable, key

BASES = ("consent", "contract", "legal_duty", "emergency", "news", "published", "other_law", "none")

TABLE = RecordTable(
    "personal_data",
    __doc__,
    (
        *key("the collection's row"),
        Column("occurred_at", TIME, "when it was collected, UTC", needed=True),
        Column("person", TEXT, "whose information it is: their id on the platform", needed=True),
        Column("collector", TEXT, "who collected it: the platform, an app, a shop, …", needed=True),
        Column("purpose", TEXT, "for what, in the collector's words; as in consents.purpose"),
        Column("field", TEXT, "what was collected, in the words of collections.field", needed=True),
        Column(
            "basis",
            TEXT,
            "on what ground, as the collector recorded it: consent, contract (needed for it, or for managing its own "
            "staff), legal_duty, emergency, news, published (public already), other_law, or none",
        ),
        Column("age_years", WHOLE, "the person's age then, as the collector knew it, full years", least=0),
    ),
)
