"""A process that writes into a ledger until it is killed, and says what was acknowledged: run by test_ledger_crash."""

from __future__ import annotations

import random
import sys
from datetime import UTC, datetime, timedelta

from guiju.ledger import OUTSIDE, Account, Ledger, Refused, Transfer
from guiju.ledger.books import Of

BANK, INCOME = Account("bank", OUTSIDE), Account("platform", "income")


def main() -> None:
    where, name = sys.argv[1], sys.argv[2]
    rng, ledger = random.Random(name), Ledger(where)
    print("ready", flush=True)
    n, holds = 0, [0]
    while True:
        n += 1
        key, party, amount = f"{name}-{n}", f"driver{rng.randrange(3)}", rng.randint(1, 100)
        of, what = Of("case", party, "CNY"), rng.choice(("earn", "earn", "withdraw", "hold", "answer"))
        done = 0
        try:
            with ledger.writing() as books:
                if what == "earn":
                    books.post(key, [Transfer(BANK, Account(party), amount, "CNY", "fare")])
                    done = -amount
                elif what == "withdraw":
                    books.post(key, [Transfer(Account(party), BANK, amount, "CNY", "withdrawn")])
                    done = amount
                elif what == "hold":
                    books.put_in_dispute(f"{key} sum", of, books.dispute(of).used + amount, "orders")
                    until = datetime.now(UTC) + timedelta(milliseconds=rng.randint(1, 400))
                    held = books.set_aside(key, of, amount, until, "flagged")
                    holds.append(held.hold.sequence if held.hold else 0)
                elif rng.random() < 0.5:
                    books.release(key, rng.choice(holds), "overturned")
                else:
                    books.capture(key, rng.choice(holds), INCOME, "decision", "upheld")
        except Refused:
            continue
        print(key, done, flush=True)


main()
