"""A question that somebody asks on a platform and waits for an answer to; who asked is not needed here."""

from guiju.records import TEXT, TIME, Column, RecordTable, key

KINDS = MEDICAL, SERVICE = ("medical", "service")

TABLE = RecordTable(
    "inquiries",
    __doc__,
    (
        *key("the inquiry"),
        Column("occurred_at", TIME, "when it was asked, UTC", needed=True),
        Column("specialty", TEXT, "what it is about, as in practitioners.specialties", needed=True),
        Column("kind", TEXT, "medical: only a doctor may answer; or service (prices, appointments, how it works)",
               needed=True),
        Column("language", TEXT, "in which language, as in practitioners.languages", needed=True),
        Column("region", TEXT, "from where, GB/T 2260; null: not known"),
        Column("way", TEXT, "how: picture_text or video; null: picture_text"),
        Column("chosen", TEXT, "the expert who was chosen for a fee, as in practitioners.id; null: whoever is on duty"),
    ),
)  # fmt: skip
