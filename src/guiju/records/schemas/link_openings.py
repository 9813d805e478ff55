"""A link to somebody's service that was opened inside an app, and what came of it."""

from guiju.records import TEXT, TIME, Column, RecordTable, key

OUTCOMES = ("opened", "asked", "blocked", "redirected", "failed")
REASONS = ("none", "harmful", "law", "viewer")

TABLE = RecordTable(
    "link_openings",
    __doc__,
    (
        *key("the opening's row"),
        Column("occurred_at", TIME, "when it was opened, UTC", needed=True),
        Column("app", TEXT, "the app or mini programme it was opened in", needed=True),
        Column("viewer", TEXT, "who opened it: the account or device"),
        Column("target", TEXT, "whose service the link leads to, by one name", needed=True),
        Column("rival", TEXT, "whether that service competes with one of the platform's group: yes or no"),
        Column(
            "outcome",
            TEXT,
            "opened, asked (the viewer was asked first and could go on), blocked, redirected (led elsewhere unasked) "
            "or failed (the target did not answer)",
        ),
        Column(
            "reason",
            TEXT,
            "of what was blocked or redirected, why: harmful (fraud, malware, banned content), law (an authority's "
            "order), viewer (their own setting), or none",
        ),
    ),
)
