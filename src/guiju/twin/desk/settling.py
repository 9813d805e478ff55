"""What is true of the platform's files: each rule's definition asked of the rows, with no other room's code.

Plans only name what is found; a plan that the rows do not bear out is no violation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from guiju.twin.desk.files import TOLD, Files, Row
from guiju.twin.desk.planting import BELOW, BEYOND, MASS, UNANSWERED, UNTOLD, Plans
from guiju.twin.fleet import PLATFORM
from guiju.twin.market import DAY, HOUR
from guiju.twin.settling import Truth

RULES = {
    BEYOND: "no_holds_beyond_dispute", BELOW: "no_accounts_driven_below_zero", UNANSWERED: "no_unanswered_appeals",
    UNTOLD: "no_holds_without_reasons", MASS: "no_mass_flags_by_agency",
}  # fmt: skip
GRACE, ROUNDING = 72 * HOUR, 5  # until when money is back; fen
ANSWER, NOTICE, CORRECTION = 15 * DAY, 24 * HOUR, HOUR
TAKING = ("hold", "capture", "fee", "penalty", "deposit")
Faults = dict[str, list[tuple[int, float]]]  # by object: the moment and how much of it


def settle(plans: Plans, entries: list[Row], strength: dict[str, float]) -> list[Truth]:
    """The truth of the counting rules, of nights as planned, and of what only looks so."""
    files = plans.files
    found = {BEYOND: beyond(files), BELOW: below(files, entries), UNANSWERED: unanswered(files), UNTOLD: untold(files)}
    true = [
        Truth(check, "violation", plans.planned.get((check, of), "by_chance"), PLATFORM, PLATFORM, of,
              min(at for at, _ in faults), max(at for at, _ in faults), sum(much for _, much in faults), RULES[check])
        for check, by in found.items() for of, faults in sorted(by.items())
    ]  # fmt: skip
    for kind, named in (("violation", plans.planned), ("lookalike", plans.alike)):
        for (check, of), pattern in sorted(named.items()):
            if check != MASS and (kind == "violation" or of in found[check]):
                continue
            named_of = f"{of}/policy_{of}" if check == MASS else of
            true.append(Truth(check, kind, pattern, PLATFORM, PLATFORM, named_of, files.clock.start, files.clock.until,
                              strength.get(of, 0.0), RULES[check]))  # fmt: skip
    return true


def beyond(files: Files) -> Faults:
    """By party, of each dispute the greater of what was held beyond it and what was kept too long, in yuan."""
    by_dispute: dict[tuple[str, str], list[Row]] = defaultdict(list)
    steps: dict[str, list[Row]] = defaultdict(list)
    undone = {row["id"]: row.get("undone_at") for row in files.decisions}
    for hold in files.holds:
        by_dispute[hold["party"], hold["dispute"]].append(hold)
    for step in files.steps:
        steps[step["hold"]].append(step)
    faults: Faults = defaultdict(list)
    for (party, _), holds in by_dispute.items():
        moves = [(h["occurred_at"], h["amount"]) for h in holds]
        moves += [(s["occurred_at"], -s["amount"]) for h in holds for s in steps[h["id"]] if s["kind"] == "released"]
        disputed, held, first, most = max(h["disputed_amount"] for h in holds), 0, 0, 0
        for at, amount in sorted(moves):
            held += amount
            if held - disputed > ROUNDING:
                first, most = first or at, max(most, held - disputed)
        kept = list(_kept(files, holds, steps, undone))
        if most or kept:
            moments = [at for at, _ in kept] + [first] * bool(most)
            worst = max(most, sum(fen for _, fen in kept)) / 100
            faults[party] += [(min(moments), worst), (max(moments), 0.0)]
    return faults


def _kept(
    files: Files, holds: list[Row], steps: dict[str, list[Row]], undone: dict[str, int | None]
) -> Iterable[tuple[int, int]]:
    """Holds that were to be given back: from when they are kept too long, and how much of them."""
    for hold in holds:
        won = undone.get(hold["decision"])
        end = won if won is not None else hold["expires_at"]
        due = end + GRACE
        gone = sum(
            s["amount"]
            for s in steps[hold["id"]]
            if (s["kind"] == "released" and s["occurred_at"] <= due)
            or (s["kind"] == "captured" and won is None and s["occurred_at"] <= end)
        )
        if hold["amount"] - gone > ROUNDING and due < files.clock.until:
            yield due, hold["amount"] - gone


def below(files: Files, entries: list[Row]) -> Faults:
    """By party, what was taken that was not there, in yuan; and stops of work for it on no decision."""
    by_party: dict[str, list[Row]] = defaultdict(list)
    for entry in entries:
        by_party[entry["party"]].append(entry)
    faults: Faults = defaultdict(list)
    for party, its in by_party.items():
        for place, entry in enumerate(its):
            if entry["kind"] in TAKING and entry["amount"] < 0 and entry["balance_amount"] < -ROUNDING:
                back = next((e["occurred_at"] for e in its[place + 1 :] if e["balance_amount"] >= -ROUNDING), None)
                if back is None or back - entry["occurred_at"] > CORRECTION:
                    faults[party].append((entry["occurred_at"], min(-entry["amount"], -entry["balance_amount"]) / 100))
    for stop in files.stops:
        if stop["reason"] == "balance_below_zero" and stop["decision"] is None:
            faults[stop["party"]].append((stop["occurred_at"], 0.0))
    return faults


def unanswered(files: Files) -> Faults:
    """By agency, each appeal that was not answered in time, by a person, with reasons."""
    agency = {row["id"]: row["agency"] or "" for row in files.decisions}
    faults: Faults = defaultdict(list)
    for row in files.appeals:
        due = min(row["due_at"], row["occurred_at"] + ANSWER)
        withdrawn, answered = row.get("withdrawn_at"), row.get("answered_at")
        if withdrawn is not None and withdrawn <= due and (answered is None or withdrawn < answered):
            continue
        late = (answered or files.clock.until) > due
        lost = answered is not None and row["outcome"] != "overturned"
        if late or (lost and "machine" in row["answered_by"]) or (lost and row["told_reasons"] == "no"):
            faults[agency[row["decision"]]].append((row["occurred_at"], 1.0))
    return faults


def untold(files: Files) -> Faults:
    """By agency, each decision that took money or work with something untold; and each hold on no decision."""
    faults: Faults = defaultdict(list)
    for row in files.decisions:
        undone = row.get("undone_at")
        due = row["occurred_at"] + NOTICE
        if row["kind"] not in ("hold", "stop") or (undone is not None and undone <= due):
            continue
        late = due < files.clock.until and (row["told_at"] is None or row["told_at"] > due)
        if late or (row["told_at"] is not None and "no" in [row[name] for name in TOLD]):
            faults[row["agency"] or ""].append((row["occurred_at"], 1.0))
    for hold in files.holds:
        if hold["decision"] is None:
            faults[""].append((hold["occurred_at"], 1.0))
    return faults
