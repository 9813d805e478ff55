"""A writer that is killed: it appends from four threads and tells on standard output what was acknowledged."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path
from threading import Thread

from guiju.journal import Journal


def work(journal: Journal, number: int) -> None:
    rng = random.Random(number)
    while True:
        group = range(number, number + rng.randint(1, 5))
        number += len(group)
        journal.extend([{"id": id, "text": "x" * rng.randint(0, 300)} for id in group])
        os.write(1, "".join(f"{id}\n" for id in group).encode())


def main() -> None:
    folder, begin = Path(sys.argv[1]), int(sys.argv[2])
    journal = Journal(folder, segment_bytes=100_000)
    os.write(1, b"ready\n")
    for number in range(4):
        Thread(target=work, args=(journal, begin + number * 1_000_000)).start()


if __name__ == "__main__":
    main()
