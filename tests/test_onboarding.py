"""A brand joins: papers asked as an audit asks them, stores opened, printed numbers recounted."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.checks.words import Words
from guiju.market.onboarding import Onboarding, onboard
from guiju.market.onboarding.page import verdict
from guiju.market.onboarding.plan import Printed, numeral
from guiju.market.onboarding.statements import recount
from guiju.records.errors import BadInput
from shell import Shell

ON = date(2020, 12, 31)
LONG_AGO, YEAR_END = datetime(2019, 1, 1), datetime(2020, 12, 31, 16)  # midnight in Shanghai
PLAN = """
group: {zh: 两个品牌, en: Two brands}
platform: x
brands:
  pearl: {seller: shop, categories: [pearls]}
statements:
  - {says: {zh: 超过 2 家店同时上架, en: more than 2 stores carry it at once}, of: stores, is: more_than, number: 2}
  - {says: {zh: 十年第一, en: first for ten years}}
"""


def said(number: Any, relation: Any = "more_than", of: Any = "stores") -> Printed:
    return Printed(Words("印", "printed"), of, relation, number)


def stores(n: int, **other: Any) -> pl.DataFrame:
    row = {"platform": "x", "region": "330100", "channel": "app", "opened_at": LONG_AGO, "closed_at": None} | other
    frame = pl.DataFrame([{"id": f"s{i}", "owner": f"o{i // 2}"} | row for i in range(n)])
    return frame.with_columns(pl.col("opened_at", "closed_at").cast(pl.Datetime("us")))


def papers(**changed: Any) -> dict[str, pl.DataFrame]:
    """The pearl's owner authorises a dealer, who authorises the shop; pearls need a licence, which the shop holds."""
    spans = {"valid_from": LONG_AGO, "valid_to": None}
    rows = {
        "brands": [{"id": "b", "brand": "pearl", "name": "Pearl", "owner": "oyster", "category": "pearls"}],
        "authorisations": [
            {"id": "a1", "brand": "pearl", "grantor": "oyster", "grantee": "dealer"},
            {"id": "a2", "brand": "pearl", "grantor": "dealer", "grantee": "shop"},
        ],
        "requirements": [{"id": "r", "category": "pearls", "licence": "jewellery"}],
        "licences": [{"id": "l", "seller": "shop", "kind": "jewellery"}],
    }
    made = {
        name: pl.DataFrame(
            [{"platform": "x"} | spans | row | changed.get(f"{name}_{row['id']}", {}) for row in its],
            schema_overrides=dict.fromkeys(spans, pl.Datetime("us")),
        )
        for name, its in rows.items() if name not in changed.get("without", ())
    }  # fmt: skip
    return made | {"stores": stores(changed.get("stores", 5))}


def joined(folder: Path, records: dict[str, pl.DataFrame], plan: str = PLAN, **other: Any) -> Onboarding:
    (folder / "plan.yaml").write_text(plan, encoding="utf-8")
    return onboard(records, plan=folder / "plan.yaml", on=ON, out=folder / "out", **other)


def test_a_brand_with_its_papers_is_opened_everywhere(tmp_path):
    made = joined(tmp_path, papers())
    assert [one.cleared for one in made.brands] == [True]
    assert made.counts == {"stores": 5, "owners": 3, "regions": 1, "brands": 1, "cleared_brands": 1}
    openings = pl.read_parquet(made.folder / "openings.parquet")
    assert openings["store"].to_list() == ["s0", "s1", "s2", "s3", "s4"]
    assert set(openings["brands"]) == {"pearl"}
    assert [one.verdict for one in made.statements] == ["agrees", "unseen"]
    page = made.page.read_text(encoding="utf-8")
    assert "1 of 1 brands may be listed, in 5 stores at once" in page
    assert "不能证实" in page
    cells = list(openpyxl.load_workbook(made.folder / "onboarding.xlsx")["statements"].iter_rows(values_only=True))
    assert dict(zip(cells[0], cells[1], strict=True))["counted"] == 5


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"brands_b": {"category": "tea"}}, "pearl is not registered for pearls"),
        ({"brands_b": {"valid_from": datetime(2021, 1, 1)}}, "pearl is not registered for pearls"),
        ({"authorisations_a1": {"grantor": "somebody"}}, "no chain of authorisations leads from the owner"),
        ({"authorisations_a1": {"valid_to": datetime(2020, 6, 30, 16)}}, "of shop ended on 2020-06-30"),
        ({"authorisations_a2": {"platform": "y"}}, "no chain of authorisations"),
        ({"licences_l": {"kind": "food"}}, "pearls needs the licence jewellery"),
        ({"licences_l": {"valid_to": datetime(2020, 12, 31, 15)}}, "pearls needs the licence jewellery"),
        ({"licences_l": {"revoked_at": datetime(2020, 12, 1)}}, "pearls needs the licence jewellery"),
        ({"without": ["licences"]}, "pearls needs the licence jewellery"),
        ({"without": ["requirements"]}, "what cannot be seen is not cleared: supply requirements"),
        ({"without": ["authorisations"]}, "supply authorisations"),
    ],
)  # fmt: skip
def test_without_a_paper_it_is_not_cleared_and_is_told_why(tmp_path, changed, told):
    made = joined(tmp_path, papers(**changed))
    [one] = made.brands
    assert not one.cleared
    assert any(told in en for _, en in one.reasons), one.reasons
    assert set(pl.read_parquet(made.folder / "openings.parquet")["brands"]) == {""}


def test_papers_that_end_later_say_until_when(tmp_path):
    later = {"authorisations_a2": {"valid_to": datetime(2021, 6, 30, 16)},
             "licences_l": {"valid_to": datetime(2021, 3, 31, 16)}}  # fmt: skip
    [one] = joined(tmp_path, papers(**later)).brands
    assert (one.cleared, one.until) == (True, date(2021, 3, 31)), "the licence ends first"
    last = {"licences_l": {"valid_to": YEAR_END}}
    assert joined(tmp_path, papers(**last)).brands[0].cleared, "it holds through the day"


def test_stores_that_are_not_open_that_day_do_not_count(tmp_path):
    extra = [stores(3, opened_at=YEAR_END), stores(2, closed_at=datetime(2020, 12, 31, 15)),
             stores(4, closed_at=YEAR_END), stores(1, platform="y")]  # fmt: skip
    ids = [frame.with_columns(id=pl.format("{}{}", pl.lit(f"t{n}"), "id")) for n, frame in enumerate(extra)]
    made = joined(tmp_path, papers() | {"stores": pl.concat([stores(5), *ids])})
    assert made.counts["stores"] == 9


def test_two_hundred_that_must_be_two_million():
    slip = recount(said(200), 2_013_447, 20)
    assert (slip.verdict, slip.power, slip.corrected) == ("slip", 4, 2_000_000)
    zh, en = verdict(slip)
    assert "off by 10 to the power of 4, probably a slip for 2,000,000" in en
    assert "漏印了“万”字" in zh
    assert recount(said("200万"), 2_013_447, 20).verdict == "agrees"
    assert recount(said(200), 5_100, 20).verdict == "understates", "no power of ten makes 200 of 5,100"
    assert recount(said(200), 260, 20).verdict == "agrees"
    assert recount(said(200), 199, 20).verdict == "differs"
    down = recount(said(60, "exactly", "brands"), 6, 20)
    assert (down.verdict, down.power, down.corrected) == ("slip", -1, 6)
    assert recount(said(7, "exactly", "brands"), 6, 20).verdict == "differs"
    assert recount(said(1_000, "about"), 900, 20).verdict == "agrees"
    assert recount(said(200), None, 20).verdict == "unseen"


RELATIONS = st.sampled_from(["more_than", "at_least", "about", "exactly"])


@given(st.integers(1, 10**9), st.integers(1, 10**9), RELATIONS)
def test_of_any_numbers(value, counted, relation):
    one = recount(said(value, relation), counted, 20)
    assert one.verdict in ("agrees", "slip", "understates", "differs")
    if one.verdict == "slip":
        assert one.power
        meant = value * 10.0**one.power
        assert abs(counted - meant) <= 0.2 * counted + 1e-6, "with the slip mended it is about right"
    if one.verdict == "agrees":
        assert counted < 10 * value


@given(st.integers(1, 10**6), st.integers(1, 6), RELATIONS)
def test_whoever_drops_zeros_is_asked_for_them(value, power, relation):
    one = recount(said(value, relation), value * 10**power, 20)
    if relation == "more_than":  # exactly so many is not more
        one = recount(said(value, relation), value * 10**power + 1, 20)
    assert (one.verdict, one.power) == ("slip", power)


def test_numbers_as_they_are_printed():
    written = {"200": 200, 200: 200, "2,000,000": 2_000_000, "200万": 2_000_000, "1.5 亿": 150_000_000,
               "2 million": 2_000_000}  # fmt: skip
    assert {text: numeral(text) for text in written} == written
    for text in ("many", "", None, "2.5", "0", "-3", "2 dozen", "1.2.3"):
        with pytest.raises(BadInput, match="no number of things"):
            numeral(text)


def test_what_is_refused(tmp_path):
    for plan, told in (
        (PLAN.replace("platform: x", "platform: z"), "none of 'z' was open"),
        (PLAN.replace("[pearls]", "[]"), "name one under categories"),
        (PLAN.replace(", number: 2", ""), "says one of `of` and `number`"),
        (PLAN.replace("number: 2", "number: two"), "statement 1: 'two' is no number"),
        (PLAN.replace("more_than", "nearly"), "is not an onboarding's plan"),
        ("group: {zh: a, en: b}\nplatform: x\nbrands: {}\n", "no brand joins"),
    ):
        with pytest.raises(BadInput, match=told):
            joined(tmp_path, papers(), plan)
    with pytest.raises(BadInput, match="no good row in stores"):
        joined(tmp_path, {name: of for name, of in papers().items() if name != "stores"})


def test_the_command(shell: Shell) -> None:
    for name, frame in papers(licences_l={"kind": "food"}, stores=2_003).items():
        frame.write_csv(shell.records / f"{name}.csv")
    plan = shell.folder / "plan.yaml"
    plan.write_text(PLAN, encoding="utf-8")
    call = ("onboard", shell.records, plan, "--on", ON, "--out", shell.folder / "out")
    told = shell.done(*call)
    assert "0 of 1 brands may be listed, in 2,003 stores at once (owners: 1,002; regions: 1)" in told
    assert "pearl: pearls needs the licence jewellery" in told
    assert "off by 10 to the power of 3, probably a slip for 2,000" in told
    assert "“十年第一”：记录中没有可以据以复算的数" in shell.done(*call, "-l", "zh")
    assert "name a YAML file" in shell.refused("onboard", shell.records, shell.folder / "no.yaml", "--on", ON)
