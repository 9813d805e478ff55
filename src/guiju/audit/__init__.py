"""Asks checks up to a day; the only room that runs batch queries; run folders, reports, pages.

The room can be called: `guiju.audit(records, day=…)` is `guiju.audit.run.audit`, whatever was imported before.
"""

import sys
from types import ModuleType
from typing import Any


class _Room(ModuleType):
    def __call__(self, *args: Any, **keywords: Any) -> Any:
        from guiju.audit.run import audit

        return audit(*args, **keywords)


sys.modules[__name__].__class__ = _Room
