"""An appeal against one decision; who appeals against ten at once makes ten rows."""

from guiju.records import TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "appeals",
    __doc__,
    (
        *key("the appeal"),
        Column("occurred_at", TIME, "when it was made, UTC", needed=True),
        Column("decision", TEXT, "the decision it is against, as in decisions.id", needed=True),
        Column("party", TEXT, "whom the decision is about, as in parties.id", needed=True),
        Column("made_by", TEXT, "who made it: party, agency, or another word for whoever spoke for the party"),
        Column("due_at", TIME, "when the platform's own terms promise an answer, UTC; null: they promise none"),
        Column("withdrawn_at", TIME, "when the party took it back, UTC; null: it did not"),
        Column("answered_at", TIME, "when it was answered, UTC; null: it was not"),
        Column("answered_by", TEXT, "who decided the answer: person or machine; null: not known"),
        Column("outcome", TEXT, "upheld (the decision stands), overturned or partly; null: not known"),
        Column("told_reasons", TEXT, "whether the answer says why: yes or no; null: not known"),
    ),
    spans=(("occurred_at", "due_at"), ("occurred_at", "withdrawn_at"), ("occurred_at", "answered_at")),
)
