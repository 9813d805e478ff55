"""Reckonings in the console: the set that is chosen, fields that say what is wrong, and the commands' own numbers."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from threading import Thread

import polars as pl
import pytest
from typer.testing import CliRunner

pytest.importorskip("litestar", reason="the console needs the extra [web]")
pytest.importorskip("argon2", reason="the console needs the extra [web]")

import guiju
from console import Served, chromium
from guiju.audit.asking import moments_of
from guiju.audit.opened import opened
from guiju.checks import checks
from guiju.cli.commands import app
from guiju.market.shelf import TABLES, shelf
from guiju.market.shelf.excluding import CEILING
from guiju.market.stress.page import show
from guiju.market.wind_down import wind_down
from guiju.market.wind_down.page import money
from guiju.records.errors import BadInput
from guiju.rulebook import Span, rules
from guiju.twin.deposits import generate
from guiju.web.console.desks import Desks
from guiju.web.console.rooms.listed import DEPENDENCE, ROOMS, SHELF, STRESS, WIND_DOWN
from guiju.web.console.rooms.stress import BANK_DRAWS

EVE = date(2020, 12, 15)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small deposit market, and a set that has almost nothing."""
    folder = tmp_path_factory.mktemp("rooms") / "records"
    generate(folder / "deposits", depositors=5000, seed=7)
    (folder / "adverts").mkdir()
    (folder / "adverts" / "adverts.csv").write_text("platform,id,seller,occurred_at,text\n")
    return folder


@pytest.fixture(scope="module")
def served(records: Path) -> Iterator[Served]:
    (records.parent / "runs").mkdir()
    with Served(records.parent / "console.db", records.parent / "runs", records=records) as made:
        yield made


def test_the_rooms_are_offered_with_the_sets_that_have_their_tables(served: Served) -> None:
    told = served.visit("analyst").json("/rooms")
    assert [room["address"] for room in told["rooms"]] == [room.address for room in ROOMS]
    for room in told["rooms"]:
        assert "adverts" not in room["sets"]
        if "deposits" in room["needs"]:
            assert room["sets"] == ["deposits"]


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.address)
def test_a_room_without_a_set_says_what_it_needs_and_how_an_example_is_made(room, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "records" / "adverts").mkdir(parents=True)
    (tmp_path / "records" / "adverts" / "adverts.csv").write_text("platform,id,seller,occurred_at,text\n")
    for named in (None, tmp_path / "records"):
        with Served(tmp_path / "console.db", tmp_path / "runs", records=named) as made:
            for language in ("zh", "en"):
                page = made.visit("analyst").read(f"{room.address}?language={language}")
                assert page.status_code == 200
                assert all(f"<code>{name}</code>" in page.text for name in room.needs)
                assert room.example.split("{")[0] in page.text
                assert ("guiju serve --records" in page.text) == (named is None)
        (tmp_path / "console.db").unlink()


def test_a_set_that_is_not_there_is_said_and_the_last_is_shown(served: Served) -> None:
    visit = served.visit("analyst")
    page = visit.read("/rooms/wind-down?set=no-such-set")
    assert page.status_code == 422
    assert "There is no set no-such-set" in page.text
    assert visit.read("/rooms/wind-down?set=..%2Fruns").status_code == 422
    assert visit.json("/rooms/wind-down?set=adverts")["choice"]["name"] == "deposits"


def test_a_set_is_taken_along_only_to_rooms_that_it_fits(served: Served) -> None:
    visit = served.visit("analyst")
    tabs = re.findall(
        r'<a href="([^"]+)"', visit.read("/rooms/shelf").text.partition('class="tabs"')[2].split("</nav>")[0]
    )
    carried = [tab for tab in tabs if "?set=deposits" in tab]
    assert carried == [f"{one.address}?set=deposits" for one in (SHELF, DEPENDENCE, STRESS, WIND_DOWN)]
    assert len(tabs) == len(ROOMS)
    for tab in tabs:
        page = visit.read(tab)
        assert page.status_code == 200
        assert "There is no set" not in page.text


def test_a_link_that_leads_out_of_a_set_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    outside = tmp_path / "elsewhere.csv"
    outside.write_text("platform,id,bank,occurred_at,amount\n")
    made = tmp_path / "records" / "linked"
    made.mkdir(parents=True)
    for name in ("deposits", "bank_positions", "liquid_assets"):
        (made / f"{name}.csv").symlink_to(outside)
    with Served(tmp_path / "console.db", tmp_path / "runs", records=tmp_path / "records") as served:
        page = served.visit("analyst").read("/rooms/wind-down")
        assert page.status_code == 422
        assert "leads out of the set" in page.text


def test_the_wind_down_has_the_numbers_of_the_command(served: Served, records: Path, tmp_path: Path) -> None:
    inputs = {"replacement_pct": 2.5, "buffer_pct": 8}
    made = wind_down(records / "deposits", day=EVE, inputs=inputs, out=tmp_path)
    asked = f"day={EVE}&replacement_pct=2.5&buffer_pct=8"
    told = served.visit("analyst").json(f"/rooms/wind-down?{asked}&bank={made.banks[0].bank}")
    assert [(b["bank"], b["due"]) for b in told["banks"]] == [
        (one.bank, f"{one.currency} {money(one.brought)}") for one in made.banks
    ]
    for of, one in zip(told["banks"], made.banks, strict=True):
        assert of["ends_well"] == (None if one.unknown else one.short is None)
        assert of["fastest"] == (one.fast.months if one.fast else None)
        assert of["slowest"] == (one.slow.months if one.slow else None)


def test_more_replacement_funding_never_makes_a_bank_end_worse(served: Served) -> None:
    visit = served.visit("analyst")
    ends = [
        {one["bank"]: one["ends_well"] for one in visit.json(f"/rooms/wind-down?replacement_pct={pct}")["banks"]}
        for pct in (0, 1, 4, 10)
    ]
    for less, more in pairwise(ends):
        assert all(more[bank] for bank, well in less.items() if well)
    assert sum(map(bool, ends[0].values())) < sum(map(bool, ends[-1].values())), "the slider changes something"


BAD = (
    *("replacement_pct=11", "replacement_pct=x", "replacement_pct=nan", "buffer_pct=2.5", "day=2020-02-30"),
    *("day=9999999", "day=1999-01-01", "bank=no-such-bank", "other_net_inflow_pct=-1e400", "day=%00"),
    "replacement_pct=%E2%85%A7",
)


@pytest.mark.parametrize("bad", BAD)
def test_what_an_address_cannot_hold_is_said_at_its_field(served: Served, bad: str) -> None:
    visit, name = served.visit("analyst"), bad.split("=")[0]
    told = visit.client.get(f"/rooms/wind-down?{bad}", headers={"accept": "application/json"})
    assert told.status_code == 422
    wrong = [field for field in told.json()["fields"] if field["problem"]]
    assert [field["name"] for field in wrong] == [name]
    assert told.json()["picture"], "what is usual is shown"
    assert 'aria-invalid="true"' in visit.client.get(f"/rooms/wind-down?{bad}").text


def test_a_slider_of_days_leads_to_the_address_that_says_the_day(served: Served) -> None:
    visit = served.visit("analyst")
    sent = visit.read(
        f"/rooms/wind-down?set=deposits&day={(EVE - date(1970, 1, 1)).days}&replacement_pct=1&buffer_pct=9"
    )
    assert sent.status_code == 303
    assert sent.headers["location"] == f"/rooms/wind-down?set=deposits&day={EVE}&buffer_pct=9"
    live = visit.read(f"/rooms/wind-down?set=deposits&day={(EVE - date(1970, 1, 1)).days}", **{"HX-Request": "true"})
    assert live.status_code == 200
    assert live.headers["hx-replace-url"] == f"/rooms/wind-down?set=deposits&day={EVE}"


def test_files_are_read_once_and_again_when_they_change(records: Path, tmp_path: Path) -> None:
    desks, tables, made = Desks(most=1), ("deposits",), []
    path = tmp_path / "set"
    path.mkdir()
    copied = (records / "deposits" / "deposits.parquet").read_bytes()
    (path / "deposits.parquet").write_bytes(copied)

    def count(at) -> int:
        made.append(at)
        return at.staged.tables["deposits"].good

    try:
        for _ in range(3):
            with desks.at(path, tables) as desk:
                first = desk.kept("rows", count)
        assert len(made) == 1
        os.utime(path / "deposits.parquet", ns=(1, 1))
        with desks.at(path, tables) as desk:
            assert desk.kept("rows", count) == first
        assert len(made) == 2
        with desks.at(records / "deposits", tables) as desk:
            desk.kept("rows", count)
        with desks.at(path, tables) as desk:
            desk.kept("rows", count)
        assert len(made) == 4, "one made room for the other"
        (path / "deposits.parquet").write_bytes(b"no parquet")
        with desks.at(path, tables) as desk, pytest.raises(BadInput):
            desk.at.need("deposits", "this")
    finally:
        desks.close()


def test_many_who_ask_at_once_are_answered_alike(served: Served) -> None:
    visits, told = [served.visit("analyst") for _ in range(6)], {}

    def ask(place: int) -> None:
        told[place] = visits[place].json(f"/rooms/wind-down?replacement_pct={1 + place % 2}")["banks"]

    threads = [Thread(target=ask, args=(place,)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert told[0] == told[2] == told[4]
    assert told[1] == told[3] == told[5] != told[0]


WHAT = {
    "runoff_pct": 75, "over_days": 3, "others_runoff_pct": 40, "received_pct": 20, "haircut_more_pct": 5,
    "correlation": 0.3, "platform_failure_chance_pct": 9, "bank_run_most_pct": 45, "draws": 600,
}  # fmt: skip


def test_the_stress_has_the_numbers_of_the_command(served: Served, records: Path, tmp_path: Path) -> None:
    """The page says a command and a file for it; run as it says, it gives what the page shows."""
    asked = "&".join(f"{name}={value}" for name, value in WHAT.items())
    told = served.visit("analyst").json(f"/rooms/stress?day={EVE}&{asked}")
    bank = told["bank"]["bank"]
    (tmp_path / "what.yaml").write_text(told["what"])
    words = told["command"].split()
    assert words[:2] == ["guiju", "stress"]
    words[words.index("deposits")] = str(records / "deposits")
    words[words.index("what.yaml")] = str(tmp_path / "what.yaml")
    done = CliRunner().invoke(app, [*words[1:], "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    made = tmp_path / f"stress-{EVE}"
    banks = {row["bank"]: row for row in pl.read_parquet(made / "banks.parquet").to_dicts()}
    columns = ("platform_pct", "lcr_pct", "lcr_locked_pct", "nsfr_pct")
    days = [f"days_{name}" for name in ("as_contracted", "as_usual", "shelf_closed", "shelf_closed_and_run")]
    for row in told["banks"]["rows"]:
        [name, *shown] = [en for _, en in row]
        its = banks[name]
        assert shown[:4] == [show(its[column], 1) for column in columns]
        assert shown[4:8] == ["–" if its[day] is None else str(its[day]) for day in days]
    assert len(told["banks"]["rows"]) == len(banks)
    fans = pl.read_parquet(made / "fans.parquet").filter(pl.col("bank") == bank)
    for row in told["fan_rows"]["rows"]:
        [shocks, day, *values] = [en for _, en in row]
        rho = pl.col("rho").is_null() if shocks == "independent" else pl.col("rho") == WHAT["correlation"]
        [its] = fans.filter(rho, pl.col("day") == int(day)).to_dicts()
        assert values == [show(its[f"p{q}"]) for q in (1, 5, 25, 50, 75, 95, 99)]
    grid = pl.read_parquet(made / "grid.parquet").filter(pl.col("survival_day").is_not_null())
    for row in told["grid"]["rows"]:
        [share, span, red, _, ever, _, _] = [en for _, en in row]
        cell = grid.filter(pl.col("runoff_pct") == float(share.removesuffix(" %")), pl.col("over_days") == int(span))
        assert (int(red), int(ever)) == (cell.filter(pl.col("survival_day") <= 30).height, cell.height)


def test_more_run_off_never_makes_a_bank_last_longer(served: Served) -> None:
    visit = served.visit("analyst")
    rows = [visit.json(f"/rooms/stress?day={EVE}&draws=100&runoff_pct={pct}")["banks"]["rows"] for pct in (25, 60, 100)]
    days = [{row[0][1]: 999 if row[7][1] == "–" else int(row[7][1]) for row in its} for its in rows]
    for less, more in pairwise(days):
        assert all(more[bank] <= day for bank, day in less.items())
    assert days[0] != days[-1]


def test_so_many_draws_of_so_many_banks_and_no_more(served: Served) -> None:
    told = served.visit("analyst").client.get("/rooms/stress?draws=1000000", headers={"accept": "application/json"})
    assert told.status_code == 422
    [field] = [field for field in told.json()["fields"] if field["name"] == "draws"]
    assert "no whole number" in field["problem"][1]
    assert int(field["most"]) * len(told.json()["banks"]["rows"]) <= BANK_DRAWS


def test_the_shelf_has_the_places_of_the_command(served: Served, records: Path, tmp_path: Path) -> None:
    made = shelf(records / "deposits", day=EVE, amount=80_000, horizon_months=18, out=tmp_path)
    placed = pl.read_parquet(made.folder / "shelf.parquet")
    excluded = pl.read_parquet(made.folder / "excluded.parquet")
    visit = served.visit("analyst")
    for platform in made.others[:2]:
        told = visit.json(f"/rooms/shelf?day={EVE}&amount=80000&months=18&platform={platform}")
        its = placed.filter(pl.col("platform") == platform).sort("place")
        assert [row[1][1] for row in told["places"]["rows"]] == [
            f"{bank} · {name}" for bank, name in its.select("bank", "name").iter_rows()
        ]
        assert [row[3] for row in told["places"]["rows"]] == [
            list(r) for r in its.select("why_zh", "why_en").iter_rows()
        ]
    offers = excluded.select("platform", "offer").unique(maintain_order=True)
    assert len(told["excluded"]) + told["more"] == offers.height
    reasons = [why for one in told["excluded"] for _, why in one["reasons"]]
    assert reasons == [list(r) for r in excluded.select("why_zh", "why_en").head(len(reasons)).iter_rows()]


def test_what_is_over_the_ceiling_on_the_shelf_is_what_the_check_finds_of_that_day(
    served: Served, records: Path
) -> None:
    """The shelf asks the check with a lower limit, to have every offer's yield; its own limit must part them alike."""
    rule = rules()[CEILING]
    check = checks()[rule.check]
    with opened(records / "deposits", tables=TABLES) as desk:
        limits = rule.limits_on(EVE)
        moments = moments_of(rule, Span(EVE, EVE, limits))
        given = {name: desk.table(name) for name in check.tables}
        found = desk.engine.fetch(check.ask(given, moments, limits, desk.engine.keep).found).to_pylist()
    told = served.visit("analyst").json(f"/rooms/shelf?day={EVE}")
    over = [row for row in told["yields"]["rows"] if float(row[6][1]) > 0]
    assert told["over"] == len(found) == len(over) > 0
    assert sorted((row[0][1], row[4][1]) for row in over) == sorted(
        (one["platform"], f"{one['all_in_rate_pct']:.3f}") for one in found
    )


def test_after_the_notice_no_other_platform_s_shelf_has_anything(served: Served) -> None:
    visit = served.visit("analyst")
    before, after = (visit.json(f"/rooms/shelf?day={day}") for day in ("2020-12-10", "2021-01-20"))
    assert before["closed"] is None
    assert before["places"]["rows"]
    assert after["closed"]
    assert after["places"] is None
    assert "wind-down" in after["closed"][1]


def test_dependence_finds_with_the_rule_s_own_line_what_an_audit_finds(
    served: Served, records: Path, tmp_path: Path
) -> None:
    given = {name: pl.read_parquet(records / "deposits" / f"{name}.parquet") for name in ("balances", "bank_positions")}
    found = guiju.audit(given, only=["no_undue_platform_dependence"], out=tmp_path).findings
    told = served.visit("analyst").json("/rooms/dependence")
    above = {one["name"]: (one["since"], one["most"]) for one in told["banks"] if one["above"]}
    beijing = timedelta(hours=8)
    first = {}
    for one in sorted(found, key=lambda one: one.episode_start, reverse=True):
        first[one.subject] = str((one.episode_start + beijing).date())
    assert {name: since for name, (since, _) in above.items()} == first
    assert len(first) > 1
    most = {one.subject: f"{one.facts['platform_pct']:.1f}" for one in found}
    assert {name: pct for name, (_, pct) in above.items()} == most


def test_months_are_those_of_the_records_counted_by_hand(served: Served, records: Path) -> None:
    told = served.visit("analyst").json("/rooms/dependence?bank=lanting&line=50")
    local = (pl.col("occurred_at") + pl.duration(hours=8)).dt.date().alias("day")
    whole = pl.read_parquet(records / "deposits" / "bank_positions.parquet").filter(pl.col("bank") == "lanting")
    by_others = pl.read_parquet(records / "deposits" / "balances.parquet").filter(
        pl.col("bank") == "lanting", pl.col("operator") != "lanting"
    )
    sums = by_others.with_columns(local).group_by("day").agg(pl.col("amount").cast(pl.Float64).sum())
    share = pl.col("amount") * 100 / pl.col("deposits_amount").cast(pl.Float64)
    days = whole.with_columns(local).join(sums, on="day", how="left").sort("day")
    days = days.select("day", share=share.fill_null(0)).filter(pl.col("day") < date(2021, 1, 1))
    rows = {row[0][1]: [en for _, en in row[1:]] for row in told["months"]["rows"]}
    for month in ("2020-03", "2020-07", "2020-12"):
        its = days.filter(pl.col("day").dt.strftime("%Y-%m") == month)["share"].to_list()
        assert rows[month][:2] == [f"{its[-1]:.1f}", f"{max(its):.1f}"]
        assert rows[month][3:] == [str(sum(one >= 50 for one in its)), str(len(its))]


def test_a_higher_line_finds_no_other_bank(served: Served) -> None:
    visit = served.visit("analyst")
    above = [
        {b["name"] for b in visit.json(f"/rooms/dependence?line={n}")["banks"] if b["above"]} for n in (15, 30, 60)
    ]
    assert above[0] > above[1] > above[2] > set()


ON_DESK = ("/rooms", "/rooms/stress?draws=300")
ON_PHONE = ("/rooms/dependence", "/rooms/stress?draws=300&runoff_pct=no", "/rooms/wind-down", f"/rooms/shelf?day={EVE}")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = Path(__file__).parent / "axe" / "axe.min.js"


def test_a_slider_that_is_moved_changes_the_picture_with_scripts_and_without(served: Served) -> None:
    with chromium() as browser:
        shown = {}
        for scripts in (True, False):
            context = browser.new_context(java_script_enabled=scripts, viewport={"width": 1280, "height": 900})
            context.set_default_timeout(60_000)
            token = served.console.sessions.begin("analyst")
            context.add_cookies([{"name": "guiju_session", "value": token, "url": served.url}])
            page = context.new_page()
            said: list[str] = []
            page.on("console", lambda message, said=said: said.append(message.text))
            page.goto(f"{served.url}/rooms/wind-down?language=en&bank=lanting")
            before = page.locator("#answer figure").inner_html()
            slider = page.locator("#q-replacement_pct")
            slider.focus()
            with page.expect_response(lambda told: "replacement_pct=10" in told.url):
                slider.press("End")
                if not scripts:
                    page.get_by_role("button", name="Reckon").click()
            page.wait_for_url("**replacement_pct=10**")
            page.locator("#at-replacement_pct", has_text="10 %").wait_for()
            assert page.locator("#answer figure").inner_html() != before
            assert slider.input_value() == "10"
            if scripts:
                assert page.evaluate("document.activeElement.id") == "q-replacement_pct", "the slider is still held"
                assert "replacement_pct=10" in page.locator("#foot a").first.get_attribute("href")
            shown[scripts] = page.locator("#answer figure").inner_html(), page.locator("#said").inner_text()
            page.reload()  # the address holds what is seen
            assert page.locator("#answer figure").inner_html() == shown[scripts][0]
            assert not said, said
            context.close()
        assert shown[True] == shown[False]


def test_a_day_is_told_while_its_slider_moves_and_the_page_says_that_it_is_at_work(served: Served) -> None:
    with chromium() as browser:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        token = served.console.sessions.begin("analyst")
        context.add_cookies([{"name": "guiju_session", "value": token, "url": served.url}])
        page, held = context.new_page(), []
        page.goto(f"{served.url}/rooms/shelf?language=en&day={EVE}")
        page.route("**/rooms/shelf?*", lambda route: held.append(route))  # the answer waits until it is let through
        for name, key, shown in (("day", "ArrowRight", "2020-12-16"), ("amount", "ArrowRight", "51,000")):
            with page.expect_request("**/rooms/shelf?*"):
                page.locator(f"#q-{name}").press(key)
                assert page.locator(f"#at-{name} b").inner_text() == shown
            page.locator(".found.htmx-request #answer[aria-busy=true]").wait_for()
            held.pop().continue_()
            page.locator(f"#at-{name} b:not(.moving)").wait_for()
            assert page.locator(f"#at-{name} b").inner_text() == shown, "the server writes it alike"
            page.locator(".found:not(.htmx-request) #answer:not([aria-busy])").wait_for()
        context.close()


def test_rooms_fit_a_phone_and_axe_finds_nothing(served: Served) -> None:
    with chromium() as browser:
        for width, language, theme, pages in ((1280, "zh", "light", ON_DESK), (390, "en", "dark", ON_PHONE)):
            context = browser.new_context(viewport={"width": width, "height": 900})
            context.set_default_timeout(60_000)
            token = served.console.sessions.begin("analyst")
            context.add_cookies([{"name": "guiju_session", "value": token, "url": served.url}])
            page = context.new_page()
            for address in pages:
                page.goto(f"{served.url}{address}{'&' if '?' in address else '?'}language={language}&theme={theme}")
                assert page.evaluate("document.documentElement.scrollWidth") <= width, address
                page.evaluate(AXE.read_text(encoding="utf-8"))
                faults = page.evaluate("tags => axe.run({runOnly: tags})", TAGS)["violations"]
                assert not faults, (address, [(f["id"], [n["html"][:200] for n in f["nodes"]]) for f in faults])
            context.close()
