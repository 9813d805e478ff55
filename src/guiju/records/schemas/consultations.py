"""A first answer to an inquiry: who gave it, as what, and where they work."""

from guiju.records import AMOUNT, TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "consultations",
    __doc__,
    (
        *key("the consultation"),
        Column("occurred_at", TIME, "when it was answered, UTC", needed=True),
        Column("asked_at", TIME, "when it was asked, UTC; null: not known"),
        Column("practitioner", TEXT, "who answered, as in medical_licences.holder", needed=True),
        Column("acted_as", TEXT, "as what: doctor, or consultant (who told of the service and did not practise)"),
        Column("institution", TEXT, "the institution they answered for, as in medical_licences.holder; null: unknown"),
        Column("specialty", TEXT, "the medical subject it was about, as in medical_licences.scope; null: not known"),
        Column("way", TEXT, "how: picture_text or video; null: not known"),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("amount", AMOUNT, "what was paid for it; 0: nothing; null: not known", least=0),
    ),
    spans=(("asked_at", "occurred_at"),),
)
