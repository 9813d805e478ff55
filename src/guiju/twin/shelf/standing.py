"""What stood at the banks at the end of each day: by channel, in all, and what they could turn into money."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from guiju.twin.market import DAY, HOUR, Ints
from guiju.twin.shelf.parties import DEPENDENT, TARGET, Shelf
from guiju.twin.shelf.saving import HOLDERS, Deposits, ends_at
from guiju.twin.tables import coded, exact, numbered, times

EVENING = 23 * HOUR  # the moment of a local day that stands for its end
SAVINGS_FIRST, SAVINGS_TARGET = 0.36, 0.85  # of the bank reported on: at the end of 2019, and on the TARGET day

GROWN_SHARE = 0.3  # from here on a bank grew on platforms


def balances(shelf: Shelf, rows: Deposits) -> Ints:
    """Banks x channels x days: what stood at the end of each day, in fen."""
    days, channels = shelf.clock.days, len(shelf.channels)
    pair = rows.bank * channels + rows.channel
    size = len(shelf.banks) * channels

    def moved(moments: Ints) -> Ints:
        day = np.clip((moments - shelf.clock.start) // DAY, 0, days)  # beyond the last day: not within the records
        sums = np.bincount(pair * (days + 1) + day, weights=rows.amount, minlength=size * (days + 1))
        return sums.astype(np.int64).reshape(size, days + 1)  # whole numbers below 2**53: exact

    change = moved(rows.opened) - moved(ends_at(rows, shelf.clock.until))
    return np.cumsum(change[:, :days], axis=1).reshape(len(shelf.banks), channels, days)


def balance_columns(shelf: Shelf, stood: Ints) -> dict[str, pa.Array]:
    """The columns of `balances`: a row a day from the first deposit on, without a gap, sorted by time."""
    days = stood.shape[2]
    begun = np.maximum.accumulate(stood > 0, axis=2)
    day, bank, channel = np.nonzero(begun.transpose(2, 0, 1))
    names = pa.array(shelf.channels)
    assert days == shelf.clock.days
    return {
        "platform": coded(channel, names),
        "id": numbered("b", np.arange(len(day)), 8),
        "bank": coded(bank, pa.array(shelf.names)),
        "operator": coded(channel, names),
        "occurred_at": times(shelf.clock.start + day * DAY + EVENING),
        "currency": coded(np.zeros(len(day)), pa.array(["CNY"])),
        "amount": exact(stood[bank, channel, day], 2, 2),
    }


class Positions:
    """Banks x days in fen: deposits in all, households' of them. What no deposit's row tells stands at the counter."""

    def __init__(self, shelf: Shelf, stood: Ints, rows: Deposits, rng: np.random.Generator) -> None:
        days, n = shelf.clock.days, len(shelf.platforms)
        self.platforms = stood[:, :n].sum(axis=1)
        self.told = stood.sum(axis=1)
        households = rows.take(np.flatnonzero(rows.holder == HOLDERS.index("household")))
        self.households = balances(shelf, households).sum(axis=1)
        target = shelf.day(TARGET)
        self.deposits = np.zeros((len(shelf.banks), days), np.int64)
        self.savings = np.zeros_like(self.deposits)
        for b, bank in enumerate(shelf.banks):
            reported = bank.name == DEPENDENT and bank.share > GROWN_SHARE  # else nobody grew
            brought = int(self.platforms[b, target])
            most = brought if bank.share >= GROWN_SHARE else int(self.platforms[b].max() / 0.9)
            told = int(self.told[b, target])
            all_then = max(round(most / bank.share), told * 51 // 50)
            counter_then = all_then - told if bank.share >= GROWN_SHARE else all_then
            counter_first = round(counter_then * (1.3 if reported else float(rng.uniform(0.9, 1.05))))
            first = SAVINGS_FIRST if reported else float(rng.uniform(0.25, 0.6))
            savings_first = round(first * (counter_first + int(self.told[b, 0]))) - int(self.households[b, 0])
            savings_then = round(savings_first / counter_first * counter_then)
            if reported:
                savings_then = round(SAVINGS_TARGET * all_then) - int(self.households[b, target])
            counter = _line(counter_first, counter_then, target, days)
            self.deposits[b] = counter + self.told[b]
            self.savings[b] = np.clip(_line(savings_first, savings_then, target, days), 0, counter) + self.households[b]


def _line(first: int, then: int, target: int, days: int) -> Ints:
    """Straight from the first day to the target day, and flat from there."""
    day = np.minimum(np.arange(days), target)
    return first + (then - first) * day // target
