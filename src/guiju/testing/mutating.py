"""Small faults put into a check's source on purpose: a case that does not notice proves nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from types import ModuleType
from typing import Any

from guiju.checks import Check
from guiju.testing.cases import BadCase, Mutation


class _Source(MetaPathFinder):
    """Finds one module with its mutated source."""

    def __init__(self, module: str, mutation: Mutation) -> None:
        self.module, self.mutation = module, mutation

    def find_spec(self, fullname: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        if fullname != self.module:
            return None
        mutation = self.mutation
        source = mutation.path.read_text(encoding="utf-8")
        if source.count(mutation.find) != 1:
            times = source.count(mutation.find)
            raise BadCase(f"{mutation.path.name}: {mutation.find!r} occurs {times} times; a mutation changes one place")

        class Loader(SourceFileLoader):
            def get_code(self, fullname: str) -> Any:
                return compile(source.replace(mutation.find, mutation.replace), str(mutation.path), "exec")

        return spec_from_file_location(fullname, mutation.path, loader=Loader(fullname, str(mutation.path)))


@contextmanager
def mutated(check: Check, mutation: Mutation) -> Iterator[Check]:
    """The check as its source would be with the mutation: its family is imported afresh, and put back."""
    home, _, stem = check.build.__module__.rpartition(".")
    family = sys.modules[home]
    kept = {name: module for name, module in sys.modules.items() if name.startswith(f"{home}.")}
    finder = _Source(f"{home}.{mutation.path.stem}", mutation)
    try:
        for name in kept:
            del sys.modules[name]
            delattr(family, name.removeprefix(f"{home}."))
        sys.meta_path.insert(0, finder)
        yield getattr(import_module(f"{home}.{stem}"), stem)
    finally:
        sys.meta_path.remove(finder)
        for name in [n for n in sys.modules if n.startswith(f"{home}.")]:
            del sys.modules[name]
        for name, module in kept.items():
            sys.modules[name] = module
            setattr(family, name.removeprefix(f"{home}."), module)
