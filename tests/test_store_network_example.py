"""The store network's example, replayed on a small network: what it tells is what its records show."""

from __future__ import annotations

import runpy
import sys
from datetime import date
from pathlib import Path

import msgspec
import polars as pl
import pytest

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).parents[1] / "examples" / "store_network"


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("store_network")
    words = ["run.py", "--stores", "2000", "--members", "10000", "--language", "zh", "--out", str(out)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", words)
        patch.syspath_prepend(str(EXAMPLE))
        for name in ("pictures", "records"):
            patch.delitem(sys.modules, name, raising=False)
        runpy.run_path(str(EXAMPLE / "run.py"), run_name="__main__")
        for name in ("pictures", "records"):  # another example has files of these names
            sys.modules.pop(name, None)
    return out


def said(story: Path, folder: str) -> dict:
    return msgspec.json.decode((story / "reckoned" / folder / "manifest.json").read_bytes())


def test_two_hundred_stores_are_questioned(story):
    stores = pl.read_parquet(story / "joining" / "stores.parquet").height
    made = said(story, "onboarding-2020-12-31")
    assert made["counts"]["stores"] == stores > 2_000_000
    verdicts = [(one["verdict"], one["corrected"]) for one in made["statements"]]
    assert verdicts == [("slip", 2_000_000), ("agrees", None), ("agrees", None), ("unseen", None)]
    assert [name for name, state in made["brands"].items() if state != "cleared"] == ["jinhe"]


def test_goods_are_listed_earlier_where_a_rule_asks_for_it(story):
    days = pl.read_parquet(story / "reckoned" / "season-2021-02-12" / "season.parquet")
    targets = dict(days.select("region", "target").unique().iter_rows())
    assert targets["440000"] == date(2021, 2, 9)
    assert targets["130000"] == date(2021, 2, 2), "seven days earlier, by the modelled rule"
    known = days.drop_nulls("last_order")
    assert known.height > 30
    assert (known["arrival"] <= known["target"]).all()
    assert all(rule["mark"] == "modelled" for rule in said(story, "season-2021-02-12")["rules"])


def test_every_listing_can_be_delivered_to_its_store(story):
    plan = pl.read_parquet(story / "reckoned" / "season" / "match-2020-12-31" / "plan.parquet")
    areas = pl.read_parquet(story / "records" / "delivery_areas.parquet").select("supply", "region")
    to = plan.with_columns(pl.col("region").str.slice(0, 2) + "0000")
    assert plan.height > 2_000
    assert to.join(areas, on=["supply", "region"], how="anti").is_empty()


def test_the_page_tells_all_of_it_in_both_languages(story):
    page = (story / "story.html").read_text(encoding="utf-8")
    assert page.count("<svg") >= 4
    for text in ("漏印了“万”字", "probably a slip for 2,000,000", "synthetic", "合成数据", "modelled"):
        assert text in page
    for link in ("onboarding.html", "season.html", "match.html", "report.html"):
        assert link in page
