"""Guiju (规矩): records in, a dated rule asked of them, findings with their evidence out.

import guiju
run = guiju.audit("records/", day="2025-12-31")
run.to_polars()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from guiju.audit.folder import Run, open_run
    from guiju.audit.run import audit
    from guiju.records.errors import BadInput

__version__ = "0.1.0"
__all__ = ["BadInput", "Run", "__version__", "audit", "open_run"]

# What is asked for is loaded then: `import guiju` brings in no engine.
_HOMES = {"Run": "guiju.audit.folder", "open_run": "guiju.audit.folder", "BadInput": "guiju.records.errors"}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "audit":
        return import_module("guiju.audit")
    if name not in _HOMES:
        raise AttributeError(f"module 'guiju' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
