"""Records drawn as a small table in text, as cases beside checks and triggers hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guiju.records import tables
from guiju.records.errors import BadInput, hint

if TYPE_CHECKING:
    import pyarrow as pa


def read_drawn(table_name: str, text: str) -> pa.Table:
    """A drawn table `id | occurred_at | …`, typed by its record schema.

    Empty cells and unnamed columns are null; unless drawn, `platform` is `p`, `currency` is `CNY` and `id`
    the row's number. Times are UTC. Raises BadInput where a table or column is unknown or a row is ragged.
    """
    import pyarrow as pa

    if table_name not in tables():
        raise BadInput(f"there is no table {table_name!r}; {hint(table_name, tables(), 'there are')}")
    table = tables()[table_name]
    header, *rows = ([cell.strip() for cell in line.split("|")] for line in text.strip().splitlines())
    if strange := sorted(set(header) - set(table.names)):
        raise BadInput(f"{table_name} has no column {', '.join(strange)}; it has {', '.join(table.names)}")
    if ragged := [row for row in rows if len(row) != len(header)]:
        raise BadInput(f"{table_name}: {' | '.join(ragged[0])!r} has {len(ragged[0])} cells, the header {len(header)}")
    drawn: dict[str, list[str | None]] = {
        "platform": ["p"] * len(rows),
        "currency": ["CNY"] * len(rows),
        "id": [str(n) for n in range(1, len(rows) + 1)],
    }
    drawn |= {column: [row[place] or None for row in rows] for place, column in enumerate(header)}
    schema = table.schema.to_pyarrow()
    columns = [
        pa.array(drawn.get(name, [None] * len(rows)), pa.string()).cast(schema.field(name).type) for name in table.names
    ]
    return pa.table(columns, names=list(table.names))
