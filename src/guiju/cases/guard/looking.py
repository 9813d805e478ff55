"""The guard's question: of a trigger's flags up to a moment, which may be held, which wait, which have one cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from guiju.cases.guard.bursts import bursts
from guiju.cases.guard.grouping import Asked, groups
from guiju.cases.guard.outcome import Group, InReview, Outcome, Verdict
from guiju.cases.guard.reviewing import reviews
from guiju.cases.guard.sampling import Audited
from guiju.cases.guard.settings import settings
from guiju.cases.guard.verdicts import verdicts
from guiju.checks.words import Words
from guiju.gate.decisions import microseconds_of
from guiju.records.errors import BadInput
from guiju.records.quarantine import literal, quoted

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

NEEDED = ("platform", "id", "decided_at", "subject", "region", "agency", "flagged", "evidence")
SHANGHAI = ZoneInfo("Asia/Shanghai")
FEW = 200_000  # cases that one thread is enough for


def look(
    cases: pa.Table,
    *,
    trigger: str,
    now: datetime,
    context: Sequence[str],
    campaigns: Sequence[Mapping[str, Any]] = (),
    audited: Sequence[Audited] = (),
    in_force: Sequence[InReview] = (),
    title: Words | None = None,
    zone: ZoneInfo = SHANGHAI,
    given: Mapping[str, Any] | None = None,
    unseen: Sequence[str] = (),
) -> Outcome:
    """The verdict on each flag of a trigger among `cases`, and the groups.

    cases: a row a case (a trip), flagged or not, with `platform`, `id`, `decided_at` (UTC), `subject` (whose conduct
    it is), `region`, `agency` (null: none), `flagged`, `evidence` (what else than the trigger is against it; null:
    nothing) and the attributes of the context, which the trigger did not use; `campaign` tells the registry's from
    others. As many days before the flags as `history_days` are looked back for an alarm. now: UTC; later cases are not
    looked at. campaigns: the registry, as rows of that table. audited: flags of samples drawn here that people looked
    at. in_force: what earlier outcomes put into review. given: settings other than those of the day. unseen: what the
    caller could not look at, told on.

    Whoever holds money asks at every run and does as the verdicts say, also to what is held already: a cause that is
    learned late releases earlier holds. Raises BadInput for a column that is missing and a setting that is none.
    """
    if missing := [name for name in (*NEEDED, *context) if name not in cases.column_names]:
        raise BadInput(f"the cases lack {', '.join(missing)}; give a column for each")
    of = settings(now.date(), given)
    asked = Asked(trigger, now, zone, title or Words(trigger, trigger), of, campaigns, audited, in_force)
    con = _opened(cases, context, now, zone)
    told, made = list[Verdict](), list[Group]()
    try:
        for (platform,) in con.execute("SELECT DISTINCT platform FROM cases ORDER BY platform").fetchall():
            con.execute(f"CREATE OR REPLACE TEMP TABLE seen AS FROM cases WHERE platform = {literal(platform)}")
            own = groups(con, "seen", platform, bursts(con, "seen", context, of), asked)
            told += verdicts(con, "seen", platform, own, asked)
            made += own
        [(n,)] = con.execute("SELECT COUNT(*) FROM cases").fetchall()
    finally:
        con.close()
    entries = reviews(made, now, in_force)
    return Outcome(trigger, microseconds_of(now), zone.key, int(n), len(told), told, made, entries, list(unseen))


def _opened(cases: pa.Table, context: Sequence[str], now: datetime, zone: ZoneInfo) -> duckdb.DuckDBPyConnection:
    """The cases up to now, each with its local day and its person's half."""
    import duckdb

    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
    if cases.num_rows < FEW:
        con.execute("SET threads = 1")  # more would wait for one another longer than they work
    con.register("given", cases)
    texts = dict.fromkeys(("region", "agency", "campaign", *context))
    own = ", ".join(f"{_enumerated(con, name, name in cases.column_names)} AS {quoted(name)}" for name in texts)
    con.execute(f"""
        CREATE TEMP TABLE cases AS
        WITH halves AS (
            SELECT subject, md5_number_lower(subject) % 2 AS half
            FROM (SELECT DISTINCT CAST(subject AS VARCHAR) AS subject FROM given)
        )
        SELECT platform, id, decided_at, subject, COALESCE(flagged, FALSE) AS flagged,
          CAST(evidence AS VARCHAR) AS evidence, {own}, half,
          CAST(timezone({literal(zone.key)}, timezone('UTC', decided_at)) AS DATE) AS day
        FROM (SELECT * REPLACE (CAST(subject AS VARCHAR) AS subject) FROM given) JOIN halves USING (subject)
        WHERE decided_at <= {literal(str(now))}::TIMESTAMP
    """)
    con.unregister("given")
    return con


def _enumerated(con: duckdb.DuckDBPyConnection, name: str, is_there: bool) -> str:
    """A column of texts by number, which groups much faster."""
    if not is_there:
        return "CAST(NULL AS VARCHAR)"
    text, kind = f"CAST({quoted(name)} AS VARCHAR)", quoted(f"of {name}")
    if not con.execute(f"SELECT COUNT({quoted(name)}) FROM given").fetchall()[0][0]:
        return text
    con.execute(f"CREATE TYPE {kind} AS ENUM (SELECT DISTINCT {text} FROM given WHERE {quoted(name)} IS NOT NULL)")
    return f"CAST({text} AS {kind})"
