"""A job that holds until it is let, and then does what it was asked."""

import os
import time

from guiju.records.errors import BadInput


def work(asked, folder, progress):  # type: ignore[no-untyped-def]
    progress("asking", 0.5)
    while os.path.exists(os.environ["GUIJU_HOLD"]):
        time.sleep(0.02)
    if asked.get("refused"):
        raise BadInput("the oats are wet: dry them")
    return {"weighs": asked["oats"] * 2}
