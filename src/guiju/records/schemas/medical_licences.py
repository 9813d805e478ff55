"""A doctor's registration, or a medical institution's licence, for one subject; one for several has a row for each."""

from guiju.records import TEXT, TIME, Column, RecordTable, key

KINDS = DOCTOR, INSTITUTION = ("doctor", "institution")

TABLE = RecordTable(
    "medical_licences",
    __doc__,
    (
        *key("the licence's row"),
        Column("kind", TEXT, "doctor (a registration to practise) or institution (a licence to operate)", needed=True),
        Column("holder", TEXT, "who holds it, as in practitioners.id or practitioners.institution", needed=True),
        Column("scope", TEXT, "the subject that is registered, as in consultations.specialty", needed=True),
        Column("valid_from", TIME, "from when it holds, UTC", needed=True),
        Column("valid_to", TIME, "until when, UTC, exclusive; null: it does not end"),
        Column("extended_to", TIME, "until when it went on beyond that while renewal was decided, as recorded, UTC"),
        Column("revoked_at", TIME, "when it was revoked or given up, UTC; null: it was not"),
        Column("known_at", TIME, "when the platform learned of it, UTC; it counts from when it holds all the same"),
    ),
    spans=(("valid_from", "valid_to"),),
)
