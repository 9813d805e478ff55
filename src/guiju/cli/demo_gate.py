"""A gate at work behind `guiju serve --demo`: decisions come while one looks, and a candidate waits beside the version.

The current version is the set of the platform that froze its drivers, the candidate the set that ships. Trips are sent
in the order in which they ended: all but the last days at once, those slowly. Service and sender are processes of
their own that end with the console, however that ends. Begun again they go on where they were.
"""

from __future__ import annotations

import os
import socket
import time
from bisect import bisect_left
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guiju.cli.demo_behind import LOOK_S, ends_with_the_console, free_port

if TYPE_CHECKING:
    from guiju.web.behind import Behind

FOLDER, SET, RECORDS = ".gate", "driving", "trips"  # in the folder of records; no set of records begins with a dot
TRIPS, DAYS, SEED, LAST = 24_000, 92, 7, date(2020, 12, 12)
PROPOSED, SLOWLY = timedelta(days=45), timedelta(days=20)  # before the last trip: the candidate comes; the rest is slow
A_SECOND = 2.0  # events; those of the slow days last three quarters of an hour
KEYS = {"feeder": ("decide", "read"), "engineer": ("operate", "read"), "console": ("operate", "read")}
WHY = (
    "只凭用券多，冻结了接保险客户的司机：还要看是否共用手机、车费是否紧贴最低消费 · "
    "vouchers alone froze whom an insurer's customers met: ask for a shared phone or fares just above the least, too"
)


def records(out: Path, progress: Callable[[str, float], None]) -> None:
    """The trips that are sent, with the campaigns that the set looks up and the truth for a backtest."""
    from guiju.twin.fleet import Insurer
    from guiju.twin.trips import generate

    insurer = Insurer(drivers=25, days=31, share_pct=60, told=False, cheats=2)
    generate(out, TRIPS, SEED, end=LAST, days=DAYS, insurer=insurer, progress=progress)


def prepared(records: Path) -> tuple[Path, list[Behind]]:
    """The file that names the gate, for the console, and what is to run behind it. What is there already stays."""
    from guiju.cli.haining.night import set_of_that_night
    from guiju.web.behind import Behind
    from guiju.web.keys import new_key

    place = records / FOLDER
    place.mkdir(exist_ok=True)
    if not (place / SET).is_dir():
        set_of_that_night(place / SET)
    if not (keys := place / "keys.yaml").is_file():
        made = {name: new_key(name, list(scopes)) for name, scopes in KEYS.items()}  # type: ignore[arg-type]
        for name, (secret, _) in made.items():
            (place / f"{name}.key").touch(mode=0o600)
            (place / f"{name}.key").write_text(secret + "\n")
        keys.write_text("\n".join(line for _, line in made.values()) + "\n")
    port = free_port()
    named = place / "gate.yaml"
    named.write_text(f"url: http://127.0.0.1:{port}\nkey: console.key\njournal: journal\n")
    return named, [Behind("the gate", decide, records, port), Behind("the sender", feed, records, port)]


def decide(goes_on: Callable[[], bool], records: Path, port: int) -> None:
    """Serve the gate while the console goes on. Raises BadInput."""
    ends_with_the_console(goes_on)
    from guiju.gate import load
    from guiju.web.keys import Keys
    from guiju.web.references import starting
    from guiju.web.serving import serve

    place = records / FOLDER
    start = starting(records / RECORDS, 1_000_000)
    keys = Keys(place / "keys.yaml")
    serve(load(place / SET), place / "journal", start, host="127.0.0.1", port=port, keys=keys, four_eyes=True)


def feed(goes_on: Callable[[], bool], records: Path, port: int) -> None:
    """Send the trips while the console goes on, and propose the candidate on the way. Raises BadInput."""
    from guiju.web.calling import Calling, Stopped

    os.setpgid(0, 0)
    place = records / FOLDER
    feeder, engineer = (
        Calling(f"http://127.0.0.1:{port}", (place / f"{name}.key").read_text().strip(), goes_on=goes_on)
        for name in ("feeder", "engineer")
    )
    with suppress(Stopped):
        _begun(port, goes_on)
        _send(records, feeder, engineer)
    while goes_on():
        time.sleep(LOOK_S)


def _begun(port: int, goes_on: Callable[[], bool]) -> None:
    from guiju.web.calling import Stopped

    while goes_on():
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(LOOK_S)
        else:
            return
    raise Stopped


def _send(records: Path, feeder: Any, engineer: Any) -> None:
    from guiju.audit.opened import opened
    from guiju.web.sending import Pace, Sent, deliver, events

    asked = feeder.asked()
    with opened(records / RECORDS, tables={asked.stream}) as desk:
        table = desk.staged.tables[asked.stream]
        of = list(events(desk, asked.stream, table.first or datetime.min, datetime.max))
    done = bisect_left(of, True, key=lambda event: not feeder.is_decided(event["platform"], event["id"]))
    ends = of[-1]["occurred_at"]
    proposed, slowly = (
        bisect_left(of, ends - ago, key=lambda event: event["occurred_at"]) for ago in (PROPOSED, SLOWLY)
    )
    sent = Sent(asked.set)
    deliver(iter(of[done:proposed]), feeder, sent)
    _propose(engineer)
    deliver(iter(of[max(done, proposed) : slowly]), feeder, sent)
    deliver(iter(of[max(done, slowly) :]), feeder, sent, Pace(rate=A_SECOND))


def _propose(engineer: Any) -> None:
    """Put the set that ships beside the current one, unless somebody did before; back when its windows are warm."""
    from guiju.gate import shipped
    from guiju.gate.versions import texts_of

    told = engineer.ask("GET", "/v1/rollout")
    if all(change["change"] == "begin" for change in told["changes"]):
        told = engineer.ask("POST", "/v1/rollout/propose", {"texts": texts_of(shipped()[SET]), "why": WHY})
    while (of := told["candidate"]) and not of["warm"] and not of["failed"] and engineer.goes_on():
        time.sleep(LOOK_S)
        told = engineer.ask("GET", "/v1/rollout")
