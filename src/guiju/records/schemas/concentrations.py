"""An undertaking's part in a concentration that was implemented: a merger, or a taking of control; one row for each."""

from guiju.records import PER_CENT, TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "concentrations",
    __doc__,
    (
        *key("the undertaking's row"),
        Column("deal", TEXT, "the concentration; all its rows bear the same name", needed=True),
        Column("occurred_at", TIME, "when the concentration was implemented, UTC", needed=True),
        Column("company", TEXT, "the undertaking concerned: who merges, takes control or comes under it", needed=True),
        Column("company_group", TEXT, "the group whose turnover counts for it, as in turnovers.company_group"),
        Column("role", TEXT, "acquirer, target or merging"),
        Column(
            "control", TEXT, "what the concentration gives: merger, sole, joint or no_control (no decisive influence)"
        ),
        Column("owner", TEXT, "who held most of its votes or assets before: a company; its own name: nobody else did"),
        Column("owner_pct", PER_CENT, "how much of them, per cent", least=0),
        Column("filing", TEXT, "what the authority has of it: not_notified, pending, cleared, prohibited"),
        Column("notified_at", TIME, "when it was notified, UTC"),
        Column(
            "cleared_at", TIME, "from when it might be implemented, UTC: by decision, or as the time for one ran out"
        ),
    ),
)
