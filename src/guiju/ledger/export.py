"""A ledger written out: Beancount text, CSV and XLSX."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from guiju.audit.report.workbook import whole
from guiju.ledger.entries import OUTSIDE, Account, Entry, moment, told
from guiju.ledger.ledger import Ledger, Line
from guiju.ledger.money import exponent, units

COLUMNS = (
    "sequence", "recorded_at", "kind", "currency", "amount", "out_of", "into", "party", "case", "refers", "reason",
    "expires_at", "decision", "by", "key", "part", "chain",
)  # fmt: skip
FORMULAS = ("=", "+", "-", "@", "\t", "\r")  # how a text begins that a spreadsheet would obey


def rows(ledger: Ledger) -> Iterator[dict[str, Any]]:
    """Every entry as a row of `COLUMNS`: amounts in units of the currency, moments in UTC."""
    for entry, chain in ledger.entries():
        yield row_of(entry) | {"chain": chain}


def row_of(entry: Entry) -> dict[str, Any]:
    shown = {name: getattr(entry, name) for name in COLUMNS if name != "chain"}
    return shown | {
        "recorded_at": told(entry.recorded_at),
        "amount": units(entry.amount, entry.currency),
        "out_of": str(entry.out_of or ""),
        "into": str(entry.into or ""),
        "expires_at": told(entry.expires_at) if entry.expires_at is not None else "",
    }


def write_csv(shown: Iterable[dict[str, Any]], path: Path) -> int:
    """Rows as CSV (UTF-8 with a mark, as spreadsheets want it); how many."""
    n = 0
    with whole(path) as unfinished, unfinished.open("w", encoding="utf-8-sig", newline="") as file:
        for n, row in enumerate(shown, 1):
            if n == 1:
                writer = csv.DictWriter(file, row)
                writer.writeheader()
            writer.writerow({name: _harmless(value) for name, value in row.items()})
    return n


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULAS) else value


def write_workbook(shown: Iterable[dict[str, Any]], path: Path) -> int:
    """Rows as one sheet of a workbook, amounts as numbers; how many."""
    import xlsxwriter

    as_text = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False) | {
        "constant_memory": True
    }
    n = 0
    with whole(path) as unfinished, xlsxwriter.Workbook(unfinished, as_text) as book:
        page, bold = book.add_worksheet("entries"), book.add_format({"bold": True})
        page.freeze_panes(1, 0)
        for n, row in enumerate(shown, 1):
            if n == 1:
                page.set_column(0, len(row) - 1, 18)
                page.write_row(0, 0, list(row), bold)
            page.write_row(n, 0, ["" if value is None else value for value in row.values()])
    return n


def statement_rows(lines: Iterable[Line]) -> Iterator[dict[str, Any]]:
    """A statement's lines as rows: what was done, and what was available and held after it."""
    for line in lines:
        row = row_of(line.entry)
        kept = {name: row[name] for name in COLUMNS if name not in ("key", "part", "chain", "party")}
        of = line.entry.currency
        yield kept | {"available": units(line.available, of), "held": units(line.held, of)}


def write_beancount(ledger: Ledger, path: Path) -> int:
    """Every movement of money as Beancount text that `bean-check` accepts; returns how many.

    What stands outside is an asset, what anybody has in the ledger a liability; entries that move nothing are notes.
    """
    entries = [entry for entry, _ in ledger.entries()]
    opened: dict[str, str] = {}
    for entry in entries:
        for account in (entry.out_of, entry.into):
            if account:
                opened.setdefault(beancount_account(account), f"{moment(entry.recorded_at):%Y-%m-%d}")
    with whole(path) as unfinished, unfinished.open("w", encoding="utf-8") as file:
        file.write('option "title" "Guiju ledger"\n\n')
        for name, day in opened.items():
            file.write(f"{day} open {name}\n")
        moved = 0
        for entry in entries:
            file.writelines(f"{line}\n" for line in ("", *_transaction(entry)))
            moved += entry.out_of is not None
    return moved


def beancount_account(account: Account) -> str:
    """An account as Beancount can write it: a name it cannot write is told apart by its digest."""
    root = "Assets" if account.kind == OUTSIDE else "Liabilities"
    return ":".join((root, _component(account.kind), _component(account.party)))


def _component(name: str) -> str:
    plain = name[:1].upper() + name[1:]
    if name[:1].islower() and re.fullmatch(r"[A-Z][A-Za-z0-9]*", plain):  # a capital of its own would be another's
        return plain
    return f"X-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def _transaction(entry: Entry) -> Iterator[str]:
    day = f"{moment(entry.recorded_at):%Y-%m-%d}"
    said = _quoted(f"{entry.kind}: {entry.reason}")
    if entry.out_of is None or entry.into is None:
        yield f"; {day} entry {entry.sequence} {said} {units(entry.amount, entry.currency)} {entry.currency}"
        return
    yield f"{day} * {said}"
    for name, value in (("entry", str(entry.sequence)), ("case", entry.case), ("decision", entry.decision)):
        if value:
            yield f"  {name}: {_quoted(value)}"
    amount = f"{units(entry.amount, entry.currency):.{exponent(entry.currency)}f}"
    # In Beancount an asset grows by what is added and a liability by what is taken: both ways, what goes out is added.
    yield f"  {beancount_account(entry.out_of)}  {amount} {entry.currency}"
    yield f"  {beancount_account(entry.into)}  -{amount} {entry.currency}"


def _quoted(text: str) -> str:
    escaped = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
