"""Networks, seasons, growth and ratings in the console: the commands' numbers, and what an address cannot hold."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from openpyxl import load_workbook

pytest.importorskip("litestar", reason="the console needs the extra [web]")
pytest.importorskip("argon2", reason="the console needs the extra [web]")

from console import Served, chromium
from guiju.audit.report import standalone
from guiju.findings import mask
from guiju.market.growth import grown, within
from guiju.market.season import season
from guiju.twin import fulfilments, growing, recruiting
from guiju.web.console.rooms import season as season_room
from shell import Shell

AXE = Path(__file__).parent / "axe" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
AESTHETICS = Path(__file__).parents[1] / "examples" / "aesthetics"
PLAN = """
feast: {zh: 春节, en: Spring Festival}
day: 2021-02-12
last_day: 2020-01-25
regions: {"130000": {zh: 河北, en: Hebei}, "330000": {zh: 浙江, en: Zhejiang}}
rules:
  - {region: "130000", kind: early_purchase, from: 2021-01-06, to: 2021-02-28, days: 7,
     because: {zh: 假定, en: supposed}}
"""
ON = date(2020, 12, 31)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("looked") / "records"
    for name in ("growing", "teams", "season"):
        (folder / name).mkdir(parents=True)
    growing.generate(folder / "growing", 5)
    recruiting.generate(folder / "teams", 10_000, 7)
    fulfilments.generate(folder / "season", 1_000, 16, 7)
    (folder / "season" / "plan.yaml").write_text(PLAN, encoding="utf-8")
    (folder / "panel").mkdir()
    for name in ("panel.yaml", "scores.csv", "consultations.csv"):
        shutil.copyfile(AESTHETICS / name, folder / "panel" / name)
    return folder


@pytest.fixture(scope="module")
def served(records: Path) -> Iterator[Served]:
    (records.parent / "runs").mkdir()
    with Served(records.parent / "console.db", records.parent / "runs", records=records) as made:
        yield made


def test_ratings_have_the_numbers_of_the_command(served: Served, records: Path, tmp_path: Path, shell: Shell) -> None:
    """Other weights are another panel, and a rater left out is a sheet without its rows."""
    panel = (AESTHETICS / "panel.yaml").read_text(encoding="utf-8")
    for name, weight in (("leads", 3), ("help", 0.25)):
        panel, n = re.subn(rf"(\n  {name}: .*weight: )1,", rf"\g<1>{weight},", panel)
        assert n == 1
    (tmp_path / "panel.yaml").write_text(panel, encoding="utf-8")
    lines = (AESTHETICS / "scores.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "scores.csv").write_text("".join(one for one in lines if not one.startswith("clinic_3,")))
    told = served.visit("analyst").json("/rooms/ratings?level=90&without=clinic_3&w_leads=3&w_help=0.25")
    shell.done(
        "rate", "panel", tmp_path / "panel.yaml", "--scores", tmp_path / "scores.csv", "--level", "90",
        "--consultations", AESTHETICS / "consultations.csv", "--out", tmp_path / "rated",
    )  # fmt: skip
    book = load_workbook(tmp_path / "rated" / "numbers.xlsx")
    head, *rows = book["subjects"].iter_rows(values_only=True)
    by = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    assert len(told["standings"]) == len(by) == 7
    for one in told["standings"]:
        its = by[one["subject"]]
        for name in ("whole", "low", "high"):
            assert one[name] == pytest.approx(its[name], abs=1e-12)
        assert (one["tier"], one["best"], one["worst"]) == (its["tier"], its["best_rank"], its["worst_rank"])
        assert (one["best_alone"], one["worst_alone"]) == (its["best_rank_alone"], its["worst_rank_alone"])
    alphas = [row[2] for row in list(book["agreement"].iter_rows(values_only=True))[1:]]
    assert [row[2][0] for row in told["agreement"]["rows"]] == [f"{alpha:.3f}" for alpha in alphas]
    assert told["draws"] < told["usual_draws"] == 1000
    page = served.visit("analyst").read("/rooms/ratings?language=en").text
    assert f"rest on {told['draws']} draws here, on 1000 with guiju rate" in page
    replies = [row[1] for row in list(book["waits"].iter_rows(values_only=True))[1:] if row[0] == "tmall"]
    [tmall] = [one for one in told["waits"] if one["group"] == "tmall"]
    assert tmall["median_minutes"] in replies


def test_a_higher_level_never_tells_more_apart(served: Served) -> None:
    visit = served.visit("analyst")
    widths = [
        {one["subject"]: (one["best"], one["worst"], one["high"] - one["low"])
         for one in visit.json(f"/rooms/ratings?level={level}")["standings"]} for level in (90, 95, 99)
    ]  # fmt: skip
    for low, high in pairwise(widths):
        assert all(high[s][0] <= low[s][0] and high[s][1] >= low[s][1] and high[s][2] > low[s][2] for s in low)


@pytest.mark.parametrize("by", ["subject", "hour", "day", "tier"])
def test_reply_curves_of_any_groups_hold_every_consultation(served: Served, by: str) -> None:
    told = served.visit("analyst").json(f"/rooms/ratings?by={by}")
    assert sum(one["contacts"] for one in told["waits"]) == 46
    assert "svg" in told["waits_picture"]


def test_growth_has_the_numbers_of_the_command(
    served: Served, records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standalone, "why_no_png", lambda: standalone.NO_RENDERER)
    made = grown(records / "growing", out=tmp_path)
    visit = served.visit("analyst")
    for platform, measure in (("jiasu", "orders"), ("jiansu", "revenue"), ("xinsheng", "orders")):
        [one] = [a for a in made.of(platform) if a.series.measure == measure]
        told = visit.json(f"/rooms/growth?set=growing&platform={platform}&measure={measure}")
        its = one.relative
        assert its is not None
        assert told["course"] == its.course
        if told["bend"]:
            of = its.acceleration
            assert [told["bend"][n] for n in ("value", "low", "high")] == pytest.approx([of.value, of.low, of.high])
        assert len(told["periods"]["rows"]) == len(one.series.periods)
        cut = within(one.series, date(2025, 3, 15), date(2025, 10, 14), "month")
        asked = f"/rooms/growth?set=growing&platform={platform}&measure={measure}&since=2025-03-15&until=2025-10-14"
        told = visit.json(asked)
        assert [row[0][0] for row in told["periods"]["rows"]][::-1] == list(map(str, cut.periods))
        assert told["course"] == "too_short"


def test_a_season_has_the_days_of_the_command_late_ones_first(served: Served, records: Path, tmp_path: Path) -> None:
    path = records / "season"
    made = season(path, plan=path / "plan.yaml", on=ON, assume={"buying_days": 30}, out=tmp_path)
    visit = served.visit("analyst")
    told = visit.json(f"/rooms/season?set=season&feast=plan.yaml&on={ON}&buying_days=30")
    assert {key: n for key, _, n in told["states"]} == {
        status: sum(row.status == status for row in made.rows) for status in {row.status for row in made.rows}
    }
    names = {made.goods[row.product].en: row.product for row in made.rows}
    listed = {(row.product, made.regions[row.region].en): row for row in made.rows}
    assert len(told["rows"]) == len(made.rows) > 10
    for one in told["rows"]:
        row = listed[names[one["good"][1]], one["region"][1]]
        assert (one["listing"], one["state"]) == (str(row.listing) if row.listing else None, row.status)
    places = [season_room.SOONEST.index(one["state"]) for one in told["rows"]]
    assert places == sorted(places)
    assert len(set(places)) > 1
    one = told["rows"][0]
    narrowed = visit.json(f"/rooms/season?set=season&on={ON}&buying_days=30&region=130000&good={names[one['good'][1]]}")
    assert [row["region"][1] for row in narrowed["rows"]] == ["Hebei"]
    assert len(narrowed["pictures"]) <= 1
    other = visit.json("/rooms/season?set=season&feast=own&day=2021-03-20")
    assert (other["day"], other["rules"]) == ("2021-03-20", None)


def test_a_network_names_nobody_and_holds_everybody(served: Served) -> None:
    visit = served.visit("analyst")
    whole = visit.json("/rooms/networks?set=teams")
    assert whole["members"] == 10_000
    assert whole["rules"] == [], "limits are of one team"
    assert sum(int(row[1][0].replace(",", "")) for row in whole["levels"]["rows"]) == 10_000
    assert sum(one["members"] for one in whole["tree"] if one["level"] == 1) == 10_000
    [teams] = [field for field in whole["fields"] if field["name"] == "team"]
    largest = teams["options"][1][0]
    for address in ("set=teams", f"set=teams&team={largest}&depth=9"):
        page = visit.read(f"/rooms/networks?{address}&language=en")
        assert page.status_code == 200
        assert "m00000" not in page.text, "no member is named"
    told = visit.json(f"/rooms/networks?set=teams&team={largest}")
    assert len(told["rules"]) == 4
    pressing = [visit.json(f"/rooms/networks?set=teams&team={key}")["rules"] for key, _ in teams["options"][1:9]]
    assert {one["found"] for rules in pressing for one in rules} == {True, False}
    below = next(one for one in told["tree"] if one["level"] == 2 and one["key"])
    deeper = visit.json(f"/rooms/networks?set=teams&team={below['key']}")
    assert deeper["members"] == below["members"], "a branch is opened by its link, though it is not listed"
    named = visit.json("/rooms/networks?set=teams&member=m000000000")
    assert named["team"] == mask("m000000000")


BAD = (
    *("ratings?level=94", "ratings?w_leads=nan", "ratings?w_leads=99", "ratings?without=nobody-else", "ratings?by=x"),
    *("growth?set=growing&unit=year", "growth?set=growing&measure=profit", "growth?set=growing&since=1999-01-01"),
    *("season?set=season&on=2020-02-31", "season?set=season&feast=christmas", "season?set=season&region=x"),
    *("season?set=season&good=%00", "season?set=season&state=x", "season?set=season&buying_days=0"),
    *("networks?team=-1", "networks?team=99999999999999", "networks?member=nobody", "networks?depth=400"),
    f"networks?member={'m' * 300}",
)


@pytest.mark.parametrize("bad", BAD)
def test_what_an_address_cannot_hold_is_said_at_its_field(served: Served, bad: str) -> None:
    visit, name = served.visit("analyst"), bad.replace("?", "&").split("&")[-1].split("=")[0]
    told = visit.client.get(f"/rooms/{bad}", headers={"accept": "application/json"})
    assert told.status_code == 422
    assert [field["name"] for field in told.json()["fields"] if field["problem"]] == [name]
    assert not told.json()["problem"], "what is usual is shown"
    assert 'aria-invalid="true"' in visit.client.get(f"/rooms/{bad}").text


def test_weights_that_are_all_nothing_are_said(served: Served, records: Path) -> None:
    names = ("leads", "stickiness", "supervision", "help", "fifth")
    told = served.visit("analyst").client.get(
        "/rooms/ratings?" + "&".join(f"w_{name}=0" for name in names), headers={"accept": "application/json"}
    )
    assert told.status_code == 422
    assert len([field for field in told.json()["fields"] if field["problem"]]) == 5
    assert told.json()["standings"]


def test_a_sheet_that_changed_is_read_again_and_one_that_is_wrong_is_said(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    folder = tmp_path / "records" / "panel"
    folder.mkdir(parents=True)
    shutil.copyfile(AESTHETICS / "panel.yaml", folder / "panel.yaml")
    with Served(tmp_path / "console.db", tmp_path / "runs", records=tmp_path / "records") as served:
        visit = served.visit("analyst")
        assert "neither scores.csv nor consultations.csv" in visit.read("/rooms/ratings").text
        shutil.copyfile(AESTHETICS / "scores.csv", folder / "scores.csv")
        first = visit.json("/rooms/ratings")["standings"]
        assert len(first) == 7
        text = (folder / "scores.csv").read_text(encoding="utf-8")
        (folder / "scores.csv").write_text(text.replace("clinic_1,soyoung,6", "clinic_1,soyoung,10"), encoding="utf-8")
        assert visit.json("/rooms/ratings")["standings"] != first
        (folder / "scores.csv").write_text(text.replace("clinic_1,soyoung,6", "clinic_1,soyoung,77"), encoding="utf-8")
        told = visit.read("/rooms/ratings")
        assert told.status_code == 422
        assert "scores.csv, row 2" in told.text


def test_a_slider_changes_the_answer_alone_and_axe_finds_nothing(served: Served) -> None:
    with chromium() as browser:
        context = browser.new_context(viewport={"width": 390, "height": 900})
        token = served.console.sessions.begin("analyst")
        context.add_cookies([{"name": "guiju_session", "value": token, "url": served.url}])
        page = context.new_page()
        page.set_default_timeout(60_000)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{served.url}/rooms/ratings?language=en")
        page.evaluate("document.body.dataset.same = 'yes'")
        before = page.inner_text("#answer table >> nth=0")
        page.locator("#q-w_leads").fill("5")
        page.wait_for_function("before => document.querySelector('#answer table').innerText !== before", arg=before)
        page.wait_for_function("() => location.search.includes('w_leads=5')")
        page.locator("#q-level").select_option("99")
        page.wait_for_function("() => document.querySelector('#answer').innerText.includes('99 %')")
        assert page.evaluate("document.body.dataset.same") == "yes", "the page stayed"
        shared = page.url
        page.goto(shared)
        assert page.locator("#q-w_leads").input_value() == "5"
        assert page.locator("#q-level").input_value() == "99"
        for address in ("ratings", "growth?set=growing", "season?set=season", "networks?set=teams"):
            for theme, language in (("light", "en"), ("dark", "zh")):
                page.goto(
                    f"{served.url}/rooms/{address}{'&' if '?' in address else '?'}theme={theme}&language={language}"
                )
                assert page.evaluate("document.documentElement.scrollWidth") <= 390, address
                page.evaluate(AXE.read_text(encoding="utf-8"))
                faults = page.evaluate("tags => axe.run({runOnly: tags})", TAGS)["violations"]
                assert not [(f["id"], [n["html"] for n in f["nodes"]]) for f in faults], address
        assert not errors
