"""The statement of reasons: what was decided, on which facts, what it costs, and how it is put right.

`stated` reads a case; `page` and JSON are drawn from what it gives, in Chinese and English; `dsa.export` gives the
fields of the EU's transparency database.
"""

from guiju.cases.statement.page import page
from guiju.cases.statement.stated import Statement, stated

__all__ = ["Statement", "page", "stated"]
