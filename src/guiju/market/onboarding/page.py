"""An onboarding as a page and a workbook: which brands may be listed, and what of the printed numbers can be so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from guiju.audit.report.words import Pair, number
from guiju.market.onboarding import Onboarding, told
from guiju.market.onboarding.statements import SLIP, UNSEEN, Recounted
from guiju.market.pages import assumption_rows, page

COUNTED: dict[str, Pair] = {
    "stores": ("当日开业的店铺", "stores open that day"), "owners": ("其店主", "their owners"),
    "regions": ("其地区", "their regions"), "brands": ("加入的品牌", "brands that join"),
    "cleared_brands": ("可以上架的品牌", "brands that may be listed"),
}  # fmt: skip
RELATIONS: dict[str, Pair] = {
    "more_than": ("超过", "more than"), "at_least": ("至少", "at least"), "about": ("约", "about"),
    "exactly": ("为", "exactly"),
}  # fmt: skip
CLEARED: Pair = ("可以上架", "may be listed")
WAN = 4  # powers of ten in 万


def headline(made: Onboarding) -> Pair:
    counts = {name: f"{n:,}" for name, n in made.counts.items() if n is not None}
    return told(
        "headline", group=(made.plan.group.zh, made.plan.group.en), n=counts["brands"],
        cleared=counts["cleared_brands"], stores=counts["stores"], owners=counts["owners"], regions=counts["regions"],
    )  # fmt: skip


def verdict(one: Recounted) -> Pair:
    """What became of a printed statement, with the numbers."""
    if one.verdict == UNSEEN or one.counted is None:
        return told(UNSEEN)
    value = one.printed.value
    return told(
        one.verdict, counted=f"{one.counted:,}", value=f"{value:,}", power=one.power,
        corrected=f"{one.corrected:,}" if one.corrected else "", times=number(round(one.counted / value, 1)),
        wan=told("wan") if one.verdict == SLIP and one.power == WAN else "",
    )  # fmt: skip


def notes(made: Onboarding) -> list[Pair]:
    rows = sum(made.aside.values())
    return [told("aside", n=f"{rows:,}", first=made.first_fault)] if rows else []


def render(made: Onboarding, language: str = "en") -> str:
    return page(
        "onboarding/page.html.j2", language, made=made, headline=headline(made), notes=notes(made), cleared=CLEARED,
        statements=[(one, (one.printed.says.zh, one.printed.says.en), verdict(one)) for one in made.statements],
        counts=[(COUNTED[name], f"{n:,}") for name, n in made.counts.items() if n is not None],
        assumptions=assumption_rows("onboarding", made.used),
    )  # fmt: skip


def write_workbook(made: Onboarding, path: Path) -> None:
    """An .xlsx: brands with their reasons, statements with what was counted, the counts."""
    import polars as pl
    import xlsxwriter

    brands = [
        (one.brand, one.seller, one.cleared, str(one.until or ""), "; ".join(en for _, en in one.reasons),
         "；".join(zh for zh, _ in one.reasons)) for one in made.brands
    ]  # fmt: skip
    said = [
        (one.printed.says.zh, one.printed.says.en, one.printed.of or "", str(one.printed.number or ""), one.counted,
         one.verdict, one.corrected, *verdict(one)) for one in made.statements
    ]  # fmt: skip
    sheets: dict[str, tuple[list[Any], list[str], dict[str, Any]]] = {
        "brands": (brands, ["brand", "seller", "cleared", "until", "why_en", "why_zh"], {"cleared": pl.Boolean}),
        "statements": (
            said,
            ["says_zh", "says_en", "of", "printed", "counted", "verdict", "corrected", "told_zh", "told_en"],
            {"counted": pl.Int64, "corrected": pl.Int64},
        ),
        "counts": (list(made.counts.items()), ["count", "number"], {"number": pl.Int64}),
    }
    as_text = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, as_text) as book:
        for name, (rows, columns, kinds) in sheets.items():
            schema = {column: kinds.get(column, pl.String) for column in columns}
            pl.DataFrame(rows, schema=schema, orient="row").write_excel(book, worksheet=name, autofit=True)
