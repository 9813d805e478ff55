"""A process that works cases until it is killed, and says what was acknowledged: run by test_case_crash."""

from __future__ import annotations

import random
import sys

from guiju.cases import Cases, Stale
from guiju.ledger import Refused
from guiju.rulebook.redress import Terms
from made_cases import earn, matter

TERMS = Terms(0, 3, 2, 24, 4, 1)


def main() -> None:
    where, name = sys.argv[1], sys.argv[2]
    rng, cases, n = random.Random(name), Cases(where), 0
    print("ready", flush=True)
    while True:
        n += 1
        key, party = f"{name}-{n}", f"driver{rng.randrange(3)}"
        ids = [line.case for line in cases.queue(most=50)]
        what = rng.choice(("flag", "flag", "impose", "appeal", "decide", "withdraw")) if ids else "flag"
        id = rng.choice(ids) if ids else ""
        try:
            with cases.writing() as desk:
                if what == "flag":
                    earn(desk, party, rng.randint(1, 100))
                    of = matter(
                        party=party, decision=f"{name} {n // 2}", amount=rng.randint(1, 150), trigger=f"t{n % 2}"
                    )
                    id = desk.flag(key, of, by="gate", of_day=TERMS).id
                elif what == "impose":
                    desk.impose(key, id, by="clock", role="machine", why="the delay is over")
                elif what == "appeal":
                    desk.appeal(key, id, by=desk.case(id).matter.party, role="party", words="No.")
                elif what == "withdraw":
                    desk.withdraw(key, id, by="op", role="operator", why="an error")
                else:
                    case = desk.case(id)
                    outcome = rng.choice(("overturned", "upheld"))
                    desk.decide(key, id, outcome=outcome, by=name, why="as read", seen=case.steps)
        except (Refused, Stale):
            continue
        print(key, id, what, flush=True)


if __name__ == "__main__":
    main()
