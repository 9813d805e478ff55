"""The environment of every page: what is written into it is escaped, and a name it does not know is an error."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from guiju.audit.report.words import MARKS, number


@cache
def environment(package: str) -> Environment:
    """Of the templates that lie in a package."""
    return Environment(
        loader=PackageLoader(package, "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip


@cache
def bilingual(package: str) -> Environment:
    """Of a package's templates that extend `page.html.j2`: one self-contained file in zh and en, without a script."""
    of = environment(package).overlay(
        loader=ChoiceLoader([PackageLoader(package, "."), PackageLoader("guiju.audit.report", "bilingual")])
    )
    of.globals = {**of.globals, "t": two, "marks": dict(MARKS)}
    of.filters = {**of.filters, "number": number}
    return of


def two(zh: Any, en: Any = None) -> Markup:
    """A text in both languages, of which the chosen one is seen; given as two texts or as one pair."""
    if en is None:
        zh, en = zh
    if zh == en:
        return escape(zh)
    zh, en = escape(zh), escape(en)
    return Markup(f'<span class="zh" lang="zh-CN">{zh}</span><span class="en" lang="en">{en}</span>')
