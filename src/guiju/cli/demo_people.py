"""The people affected, behind `guiju serve --demo`: their pages, the keys that sign their links, and cases of today.

The pages are what `guiju cases serve` serves, in a process of its own that ends with the console. The cases are holds
that the set of the frozen drivers asked for on synthetic trips of the last weeks, in different states, on a ledger
that has no cases but of the made-up platform.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from guiju.cli.demo_behind import ends_with_the_console, free_port

if TYPE_CHECKING:
    from guiju.cases import Cases
    from guiju.cases.matter import Matter
    from guiju.web.behind import Behind

FOLDER, LEDGER, LINKS, KEYS, FILES = ".people", "ledger.db", "links.yaml", "keys.yaml", "files"
TRIPS, DAYS, SEED = 12_000, 60, 7
INSURED = "drive_home_insured"
BY = "example"  # who writes letters and makes the group: nobody of those who sign in, so that they may decide
NOTE = "示例：合成记录，没有这个人 · example: synthetic records, there is no such person"
NOT_SENT = "示例：没有真的交给谁 · example: it was handed to nobody"
SPOKEN = (
    "（示例）客人用的是随保单送的代驾券，每一单都是真的接送，我没有拿过别人的券。请人工核实。 · "
    "(Example) The rider paid with a voucher that came with an insurance policy. I drove every one of these trips, and "
    "took nobody's vouchers. A person should look at it."
)
CAUSE = (
    "示例：保险公司随保单送代驾券，风控没有得到通知；该代理的司机多接这些客人",
    "example: an insurer gives driving vouchers with its policies and risk control was not told; these drivers of one "
    "agency meet most of its customers",
)
WHY = "一并审查：同一原因 · looked at together: one cause"


class Part(NamedTuple):
    """A case of the example. flagged_h: hours ago; appealed_h likewise, None: it is not appealed.

    cheated: whether its trip really broke a rule. told: whether its party was. grouped: with others of one cause.
    """

    flagged_h: float
    appealed_h: float | None = None
    cheated: bool = False
    told: bool = True
    grouped: bool = False


DELAY, TOLD = timedelta(hours=6, minutes=5), timedelta(minutes=5)  # from the flag to the hold; from there to the letter
PARTS = (
    Part(20 * 24 + 14, cheated=True),  # nobody appealed; it lapses in some 16 hours
    Part(80, appealed_h=67),  # of 72 until an answer is due
    Part(30, grouped=True),
    Part(29, grouped=True),
    Part(7),  # just told
    Part(6.5, told=False),  # took effect, and waits for a letter
)


def prepared(
    records: Path, cases: str | None, files: Path | None, say: Callable[[str], None]
) -> tuple[str, Path, Path, str, list[Behind]]:
    """The ledger, the folder of attachments, the keys of links, a case's page as they sign it, and what runs behind.

    cases, files: those that were named; else they lie in the folder of records. What is there already stays.
    """
    from guiju.web.behind import Behind

    place = records / FOLDER
    place.mkdir(parents=True, exist_ok=True)
    ledger, files, links = cases or str(place / LEDGER), files or place / FILES, place / LINKS
    _keys(links)
    if not (place / KEYS).is_file():
        (place / KEYS).write_text("[]\n")  # nobody works on cases there: that is the console's
    _cases(ledger, make=cases is None, say=say)
    port = free_port()
    page = f"http://127.0.0.1:{port}/cases/{{case}}?link={{token}}"
    return ledger, files, links, page, [Behind("the people's pages", serve, ledger, place, files, port)]


def serve(goes_on: Callable[[], bool], ledger: str, place: Path, files: Path, port: int) -> None:
    """Serve the pages of the people affected while the console goes on. Raises BadInput."""
    ends_with_the_console(goes_on)
    from guiju.web.cases.serving import serve as begin

    begin(
        ledger, keys=place / KEYS, links=place / LINKS, attachments=files, dsa=None, gate=None, host="127.0.0.1",
        port=port,
    )  # fmt: skip


def _keys(links: Path) -> None:
    import msgspec

    from guiju.cases.links import new_keys

    if not links.is_file():
        with os.fdopen(os.open(links, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(msgspec.yaml.encode(new_keys("example")))


def _cases(ledger: str, *, make: bool, say: Callable[[str], None]) -> None:
    """Cases that are open now, unless the ledger is somebody's, or something was written there in the last weeks."""
    from guiju.cases import Cases
    from guiju.cases.listing import platforms
    from guiju.ledger.entries import microseconds
    from guiju.twin.fleet import PLATFORM

    now = datetime.now(UTC)
    began = now - timedelta(hours=PARTS[0].flagged_h)
    cases = Cases(ledger, lambda: began, make=make)
    try:
        if platforms(cases) - {PLATFORM} or not (make or platforms(cases)):
            say(f"{ledger} has cases or money of others than the example's: no case is added to it")
            return
        with cases.writing() as desk:
            if desk.now > microseconds(began):  # a clock set back stands still: it was written to since
                return
    finally:
        cases.close()
    say(f"making cases that wait to be decided, in {ledger}")
    with TemporaryDirectory() as folder:
        trips = list(_trips(Path(folder), now))
    Example(ledger, now, trips).live()


def _trips(work: Path, now: datetime) -> Iterator[tuple[Matter, dict[str, Any], bool]]:
    """Trips of the last weeks, newest first, on which one trigger asks for a hold: its matter, the trip, the truth.

    Of an honest one, that its driver cheats on no trip and is of the agency that meets the insurer's customers.
    """
    import polars as pl
    from msgspec.structs import replace

    from guiju.cases.matters import of_decision
    from guiju.checks.words import Words
    from guiju.cli.haining.night import ZONE, set_of_that_night
    from guiju.gate import load
    from guiju.gate.backtest.flags import flags
    from guiju.twin.fleet import Insurer
    from guiju.twin.trips import generate

    records, of = work / "trips", load(set_of_that_night(work / "driving"))
    insurer = Insurer(drivers=25, days=31, share_pct=60, told=False, cheats=2)
    generate(records, TRIPS, SEED, end=now.astimezone(ZONE).date() - timedelta(days=1), days=DAYS, insurer=insurer)
    made = flags(of, records, since=now - timedelta(days=DAYS // 2), until=now)
    broke = set(pl.read_parquet(records / "truth_by_trip.parquet").filter(pl.col("kind") == "violation")["id"])
    every = pl.read_parquet(records / "trips.parquet")
    agency = every.filter(pl.col("campaign") == INSURED)["agency"].drop_nulls().mode()[0]
    cheats = set(every.filter(pl.col("id").is_in(broke))["driver"])
    trips = {trip["id"]: trip for trip in every.filter(pl.col("id").is_in([one.id for one in made])).to_dicts()}
    for decision in reversed(made):
        matters = of_decision(decision, of, trips[decision.id], agency_speaks=True)
        trip = trips[decision.id]
        insured = trip["campaign"] == INSURED and trip["agency"] == agency and trip["driver"] not in cheats
        if len(matters) == 1 and (insured or decision.id in broke):
            says = matters[0].says
            noted = Words(f"【示例，合成记录】{says.zh}", f"[Example, synthetic records] {says.en}")
            yield replace(matters[0], says=noted), trip, decision.id in broke


class Example:
    """The cases as they came to be, hour by hour, by a clock that stands where it is set."""

    def __init__(self, ledger: str, now: datetime, trips: list[tuple[Matter, dict[str, Any], bool]]) -> None:
        from guiju.cases import Cases

        self.now, self.at, self._trips = now, now, trips
        self.cases: Cases = Cases(ledger, lambda: self.at)
        self._parties, self._grouped = set[str](), list[str]()
        self._group = f"example-{now:%Y%m%d}"

    def live(self) -> None:
        """Everything in the order in which it is dated: what is recorded never goes back in time."""
        does = [one for part in PARTS for one in self._course(part)]
        together = min(part.flagged_h for part in PARTS if part.grouped)
        does.append((self.now - timedelta(hours=together) + DELAY + 2 * TOLD, self._together))
        try:
            for self.at, do in sorted(does, key=lambda one: one[0]):
                do()
        finally:
            self.cases.close()

    def _course(self, part: Part) -> Iterator[tuple[datetime, Callable[[], None]]]:
        flagged = self.now - timedelta(hours=part.flagged_h)
        matter, trip = self._pick(part, flagged)
        if part.grouped:
            self._grouped.append(matter.id)
        yield flagged, lambda: self._flag(matter, trip)
        yield flagged + DELAY, lambda: self._impose(matter)
        if part.told:
            yield flagged + DELAY + TOLD, lambda: self._tell(matter.id)
        if part.appealed_h is not None:
            yield self.now - timedelta(hours=part.appealed_h), lambda: self._appeal(matter)

    def _pick(self, part: Part, flagged: datetime) -> tuple[Matter, dict[str, Any]]:
        """The newest trip before the flag that fits; every case is another driver's."""
        for matter, trip, cheated in self._trips:
            ended = trip["occurred_at"].replace(tzinfo=UTC) < flagged
            if ended and cheated == part.cheated and matter.party not in self._parties and not self._is_known(matter):
                self._parties.add(matter.party)
                return matter, trip
        raise AssertionError("the twin has no such trip")

    def _is_known(self, matter: Matter) -> bool:
        """Whether the ledger's own night has a trip of this name: cases of one trip share what is in dispute."""
        return any(case.matter.event == matter.event for case in self.cases.of_party(matter.party))

    def _flag(self, matter: Matter, trip: dict[str, Any]) -> None:
        """The trip is paid, after what every driver leaves on the account, and flagged."""
        from guiju.cases.steps import MACHINE
        from guiju.cli.haining.by_the_rules import BANK, FARES
        from guiju.cli.haining.night import PREPAID, SECURITY
        from guiju.ledger import Account, Transfer

        own, currency = Account(matter.party), matter.currency
        with self.cases.writing() as desk:
            short = SECURITY + PREPAID - desk.books.balance(own, currency)
            if short > 0:
                paid = Transfer(BANK, own, short, currency, "deposit and prepaid fee")
                desk.books.post(f"example deposit {matter.id}", [paid])
            fare = Transfer(FARES, own, int(trip["driver_amount"] * 100), currency, f"fare of {matter.subject}")
            desk.books.post(f"example fare {matter.id}", [fare])
            desk.flag(f"flag {matter.id}", matter, by="gate", role=MACHINE)

    def _impose(self, matter: Matter) -> None:
        from guiju.cases.steps import MACHINE

        with self.cases.writing() as desk:
            desk.impose(f"hold {matter.id}", matter.id, by="clock", role=MACHINE, why=NOTE)

    def _tell(self, id: str) -> None:
        """A letter is made, and recorded as handed over: that is said to be an example, too."""
        from guiju.cases.notices.letters import hand_over, make_letter

        step = self.cases.case(id).imposed_number
        assert step is not None, "told after it took effect"
        with self.cases.writing() as desk:
            make_letter(desk, self.cases, id, step, by=BY, key=f"letter {id}")
        hand_over(self.cases, id, step, by=BY, proof=NOT_SENT, key=f"handed {id}")

    def _appeal(self, matter: Matter) -> None:
        from guiju.cases.steps import PARTY

        with self.cases.writing() as desk:
            desk.appeal(f"appeal {matter.id}", matter.id, by=matter.party, role=PARTY, words=SPOKEN)

    def _together(self) -> None:
        from guiju.cases.steps import OPERATOR
        from guiju.checks.words import Words

        with self.cases.writing() as desk:
            desk.make_group("example group", self._group, Words(*CAUSE), by=BY, role=OPERATOR, why=WHY)
            desk.join("example join", self._group, self._grouped, by=BY, role=OPERATOR, why=WHY)
