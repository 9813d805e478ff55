"""Findings in the console: looked through by anybody of the staff, opened, taken away; walked through in a browser."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import escape

from console import Served, chromium
from guiju.audit.folder import Run, runs_in
from guiju.audit.listing import MASKED, Asked
from guiju.findings import Finding, mask
from guiju.records.errors import BadInput
from guiju.records.meanings import meanings
from made_runs import BUYER, PRODUCT, SELLER, finding, run_of, usual_evidence

DUCKDB = duckdb.connect()
AXE = Path(__file__).parent / "axe" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("console")
    run_of(folder / "runs" / "2025-12-31-aabbccdd", several(), usual_evidence())
    with Served(folder / "console.db", folder / "runs") as made:
        yield made


def several() -> list[Finding]:
    """Four findings a rule, of three subjects on two platforms; one money apart, one of them not known."""
    return [
        finding(
            rule, i, subject=f"seller-Chen-Li-{(i + n) % 3:04}", platform="hehua" if i % 2 else "qingmiao",
            amount_at_stake=None if n == 3 and i else Decimal(10_000 * n + 25 * i).scaleb(-2),
        )
        for n, rule in enumerate(usual_evidence())
        for i in range(4)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def run(served: Served) -> Run:
    return runs_in(served.console.runs.folder)[-1]


@pytest.fixture(scope="module")
def at(run: Run) -> str:
    return f"/runs/{run.folder.name}/findings"


def leafed(run: Run, size: int = 3, **asked: Any) -> list[Finding]:
    """All pages of what is asked for, one after the other."""
    found, after = list[Finding](), ""
    while True:
        leaf = run.listing.leaf(Asked(**asked, after=after), size)
        found += leaf.findings
        if not (after := leaf.next):
            assert len(found) == leaf.total
            return found


def local(run: Run, finding: Finding, moment: Any) -> date:
    zone = run.listing.zones[finding.rule]
    return moment.replace(tzinfo=zone.__class__("UTC")).astimezone(zone).date()


@pytest.mark.parametrize("sort", ["surest", "amount", "newest", "oldest"])
def test_pages_hold_every_finding_once_in_order(run: Run, sort: str):
    found = leafed(run, sort=sort)
    assert sorted(f.id for f in found) == sorted(f.id for f in run.findings)
    keys: dict[str, Any] = {
        "surest": lambda f: f.surety, "amount": lambda f: -(f.amount_at_stake if f.amount_at_stake is not None else -1),
        "newest": lambda f: (f.episode_start - f.episode_start.max), "oldest": lambda f: f.episode_start,
    }  # fmt: skip
    if sort == "newest":
        assert [f.episode_start for f in found] == sorted((f.episode_start for f in found), reverse=True)
    else:
        assert [keys[sort](f) for f in found] == sorted(keys[sort](f) for f in found)


def test_each_filter_leaves_what_fits_and_all_of_it(run: Run):
    every = run.findings
    for rule in {f.rule for f in every}:
        assert {f.id for f in leafed(run, 50, rule=rule)} == {f.id for f in every if f.rule == rule}
    one = every[0]
    wanted = {f.id for f in every if f.subject == one.subject}
    assert {f.id for f in leafed(run, 50, subject=one.subject)} == wanted
    assert wanted <= {f.id for f in leafed(run, 50, subject=mask(one.subject))}
    assert all(mask(f.subject) == mask(one.subject) for f in leafed(run, 50, subject=mask(one.subject)))
    for platform in {f.platform for f in every}:
        assert {f.id for f in leafed(run, 50, platform=platform)} == {f.id for f in every if f.platform == platform}
    assert all(f.q_value is None for f in leafed(run, 50, certainty="counted"))
    weighed = leafed(run, 50, certainty="weighed")
    assert len(weighed) + len(leafed(run, 50, certainty="counted")) == len(every)
    assert {f.id for f in leafed(run, 50, certainty="q01")} == {f.id for f in weighed if f.q_value <= 0.01}
    regions = [r for r in run.listing.choices["region"] if r]
    for region in regions:
        its = leafed(run, 50, region=region)
        assert its
        assert all(region in (f.facts.get("region"), f.facts.get("city"), f.facts.get("area")) for f in its)


@settings(max_examples=20)
@given(st.dates(date(2024, 6, 1), date(2026, 6, 1)), st.dates(date(2024, 6, 1), date(2026, 6, 1)))
def test_days_are_those_of_the_rules_clock(run: Run, since: date, until: date):
    found = {f.id for f in leafed(run, 500, since=since, until=until)}
    wanted = {
        f.id for f in run.findings if local(run, f, f.episode_start) <= until and local(run, f, f.episode_end) >= since
    }
    assert found == wanted


@given(st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=12), max_size=4).map("/".join))
def test_masks_in_the_listing_are_those_of_the_house(subject: str):
    (made,) = DUCKDB.execute(f"SELECT {MASKED} FROM (SELECT ? AS subject)", [subject]).fetchall()
    assert made[0] == mask(subject)


@pytest.mark.parametrize("after", ["x", "1", "1~x", "nan~1", "1e5~1", "~", "1~1; drop table listed"])
def test_what_is_no_place_of_a_page_is_said(run: Run, after: str):
    with pytest.raises(BadInput, match="begin with the first"):
        run.listing.leaf(Asked(after=after))


@pytest.mark.parametrize("text", ["' OR 1=1 --", '"; DROP TABLE listed', "%", "\\", "中" * 300])
def test_what_is_typed_is_only_looked_for(served: Served, at: str, text: str):
    visit = served.visit("analyst")
    for field in ("rule", "platform", "subject", "region"):
        assert visit.json(f"{at}?{field}={quote(text)}")["total"] == 0
    for field in ("sort", "certainty"):  # what is no order or certainty is left out
        assert visit.json(f"{at}?{field}={quote(text)}")["total"] > 0
    assert visit.json(f"{at}?since={quote(text)}")["problem"] == "findings_bad_day"


def test_from_later_than_to_is_said_at_the_field_and_not_used(served: Served, at: str):
    visit = served.visit("analyst")
    every, told = visit.json(at), visit.json(f"{at}?since=2025-06-02&until=2025-06-01")
    assert (told["problem"], told["total"]) == ("findings_bad_days", every["total"])
    page = visit.read(f"{at}?since=2025-06-02&until=2025-06-01&language=en").text
    assert page.count('aria-describedby="h-days"') == 2
    assert "From is later than To" in page
    assert 'value="2025-06-02"' in page


def test_a_day_begins_with_the_findings_of_the_run_made_last(served: Served, run: Run, at: str):
    visit = served.visit("operator")
    assert visit.read("/").headers["location"] == "/overview"
    assert visit.read("/findings").headers["location"] == at
    told = visit.json(at)
    assert told["total"] == len(run.findings)
    assert visit.json("/runs")["runs"][0]["name"] == run.folder.name
    assert visit.read("/runs/nothing/findings").status_code == 404
    assert visit.read("/runs/..%2f..%2fetc/findings").status_code == 404


def test_identifiers_are_masked_until_a_reason_is_given(served: Served, run: Run, at: str):
    its = next(f for f in run.findings if f.rule == "no_below_cost_sales")
    address, analyst = f"{at}/{its.id}", served.visit("analyst")
    secret = {its.subject, SELLER, PRODUCT, BUYER.format(7)}

    def everything() -> str:
        """All that a browser is given of the finding."""
        tables = analyst.json(address)["finding"]["evidence"]
        texts = [analyst.read(f"{address}{rest}").text for rest in ("", *(f"/evidence/{t}" for t in tables))]
        texts += [analyst.read(f"{address}/csv/{t}").text for t in tables]
        book = openpyxl.load_workbook(io.BytesIO(analyst.read(f"{address}/workbook.xlsx").content))
        texts += [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
        return "\n".join([*texts, str(analyst.json(address)), analyst.read(at).text])

    assert not [s for s in secret if s in everything()]
    analyst.read(address)
    assert analyst.send(f"{address}/unmasked", {"why": " "}).status_code == 422
    assert analyst.send(f"{address}/unmasked", {"why": "complaint 2026-17"}).status_code == 303
    shown = everything()
    assert all(s in shown for s in secret)
    entry = served.visit("admin").json("/unmaskings")["entries"][0]
    assert (entry["account"], entry["finding"], entry["why"]) == ("analyst", its.id, "complaint 2026-17")
    for role in ("operator", "admin", "reviewer"):
        assert its.subject not in served.visit(role).read(address).text, "for this session alone"
    operator = served.visit("operator")
    assert operator.send(f"{address}/unmasked", {"why": "curious"}).status_code == 403
    served.later(minutes=31)
    assert its.subject not in analyst.read(address).text


def test_times_that_are_taken_away_say_their_zone(served: Served, run: Run, at: str):
    """In a CSV as ISO 8601 in UTC, in a workbook by the head of the column."""
    visit, its = served.visit("reviewer"), next(f for f in run.findings if f.rule == "no_below_cost_sales")
    told = visit.read(f"{at}/{its.id}/csv/orders").text.lstrip("\ufeff").splitlines()
    place = told[0].split(",").index("occurred_at")
    assert len(told) > 1
    for line in told[1:]:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", line.split(",")[place])
    book = openpyxl.load_workbook(io.BytesIO(visit.read(f"{at}/{its.id}/workbook.xlsx").content))
    heads = [cell.value for cell in next(book["orders"].iter_rows())]
    assert "occurred_at (UTC)" in heads
    assert "occurred_at" not in heads


def test_a_finding_tells_its_day_limits_and_rows(served: Served, run: Run, at: str):
    visit = served.visit("reviewer")
    for its in {f.check: f for f in run.findings}.values():
        told = visit.json(f"{at}/{its.id}")["finding"]
        assert len(told["limits"]) == len(its.limits)
        assert told["provisions"]
        assert told["innocent"]
        assert told["other_rulebook"], "the run was made with none of ours"
        page = visit.read(f"{at}/{its.id}").text
        assert "style=" not in page, "the policy would drop it"
        assert "<script" not in page
        for table, rows in told["evidence"].items():
            grids = [visit.json(f"{at}/{its.id}/evidence/{table}?page={n}")["grid"] for n in range(1, 2 + (rows > 50))]
            assert sum(len(grid["rows"]) for grid in grids) == min(rows, 100)
            assert {grid["total"] for grid in grids} == {rows}
            assert visit.read(f"{at}/{its.id}/evidence/{table}?page=999999").status_code == 404
    assert visit.read(f"{at}/{'0' * 16}").status_code == 404


def test_evidence_says_what_its_columns_mean_in_the_reader_s_language(served: Served, run: Run, at: str):
    its = next(f for f in run.findings if "orders" in run.evidence(f))
    for language in ("zh", "en"):
        visit = served.visit("analyst")
        visit.client.headers["accept-language"] = language
        page = visit.read(f"{at}/{its.id}/evidence/orders?language={language}").text
        grid = visit.json(f"{at}/{its.id}/evidence/orders")["grid"]
        means = {name: meaning.in_(language) for name, meaning in meanings("orders").items()}
        shown = [name for _, name in grid["columns"]]
        assert shown
        assert [told[language == "en"] for told in grid["says"]] == [means[name] for name in shown]
        for name in shown:
            assert f"<dt><code>{name}</code></dt><dd>{escape(means[name])}</dd>" in page
            head = meanings("orders")[name].name if language == "zh" else name
            assert f'title="{escape(means[name])}">{head}</th>' in page
        assert f">{'订单行' if language == 'zh' else 'orders'}</a>" in visit.read(f"{at}/{its.id}").text


def test_views_are_ones_own(served: Served, run: Run, at: str):
    analyst, reviewer = served.visit("analyst"), served.visit("reviewer")
    rule = run.findings[0].rule
    analyst.read(f"{at}?rule={rule}&sort=amount")
    kept = analyst.send(at.replace("findings", "views"), {"name": "mine", "query": f"rule={rule}&sort=amount&x=1"})
    assert kept.headers["location"] == f"{at}?rule={rule}&sort=amount"
    (view,) = analyst.json(at)["views"]
    assert view["name"] == "mine"
    assert reviewer.json(at)["views"] == []
    removal = at.replace("findings", "views") + f"/{view['id']}/removed"
    reviewer.read(f"{at}?rule={rule}")
    assert reviewer.send(removal, {}).status_code == 404
    analyst.read(at)
    assert analyst.send(removal, {}).status_code == 303
    assert analyst.json(at)["views"] == []


def test_an_empty_folder_and_a_damaged_run_have_a_sentence_each(tmp_path: Path):
    (tmp_path / "runs" / "broken").mkdir(parents=True)
    with Served(tmp_path / "console.db", tmp_path / "runs") as empty:
        visit = empty.visit("analyst")
        assert visit.read("/findings").headers["location"] == "/runs"
        assert "No run yet" in visit.read("/runs").text
        (tmp_path / "runs" / "broken" / "manifest.json").write_text("{")
        assert "damaged" in visit.read("/runs").text
        told = visit.read("/runs/broken/findings")
        assert told.status_code == 422
        assert "was changed after the run" in told.text


@pytest.mark.parametrize(("language", "width", "theme"), [("zh", 1280, "light"), ("en", 390, "dark")])
def test_an_analyst_walks_from_the_door_to_the_evidence(
    served: Served, run: Run, language: str, width: int, theme: str
):
    worst = max((f for f in run.findings if f.amount_at_stake), key=lambda f: f.amount_at_stake)
    served.later(minutes=20)
    with chromium() as browser:
        context = browser.new_context(viewport={"width": width, "height": 900}, locale=language, accept_downloads=True)
        page, said = context.new_page(), list[str]()
        page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)

        def looked_at() -> None:
            """Nothing is wider than the page, and axe finds nothing."""
            assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
            assert page.get_attribute("html", "lang")[:2] == language
            page.evaluate(AXE.read_text(encoding="utf-8"))
            faults = page.evaluate("tags => axe.run({runOnly: tags})", TAGS)["violations"]
            assert not faults, [(f["id"], f["nodes"][0]["html"], f["nodes"][0]["failureSummary"]) for f in faults]

        page.goto(f"{served.url}/sign-in?theme={theme}")
        looked_at()
        page.fill("[name=name]", "analyst")
        page.fill("[name=password]", "mild otter under lamps")
        page.keyboard.press("Enter")
        page.wait_for_url("**/overview")
        looked_at()
        page.goto(f"{served.url}/findings")
        page.wait_for_selector("ol.findings")
        looked_at()
        if not page.is_visible("[name=sort]"):
            page.click("details.choosing summary")
        page.select_option("[name=sort]", "amount")
        page.select_option("[name=rule]", worst.rule)
        page.click(".choosing button")
        page.wait_for_url("**sort=amount**")
        looked_at()
        page.click("ol.findings li:first-child .says a")
        page.wait_for_url(f"**/{worst.id}")
        looked_at()
        with page.expect_download() as taken:
            page.click("a[href$='workbook.xlsx']")
        assert openpyxl.load_workbook(io.BytesIO(taken.value.path().read_bytes())).sheetnames[0] == "finding"
        page.click("#evidence table a >> nth=0")
        page.wait_for_selector("table.compact")
        looked_at()
        with page.expect_download() as taken:
            page.click("a[href*='/csv/']")
        assert taken.value.path().read_bytes().startswith(b"\xef\xbb\xbf")
        for address in ("/password", "/runs", "/nowhere"):
            page.goto(f"{served.url}{address}")
            looked_at()
        assert not [text for text in said if "404" not in text]
        context.close()


def test_the_admins_pages_are_open_to_all(served: Served):
    served.later(minutes=20)
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 390, "height": 900})
        token = served.console.sessions.begin("admin")
        page.context.add_cookies([{"name": "guiju_session", "value": token, "url": served.url}])
        for address in ("/people", "/unmaskings"):
            page.goto(f"{served.url}{address}")
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            page.evaluate(AXE.read_text(encoding="utf-8"))
            faults = page.evaluate("tags => axe.run({runOnly: tags})", TAGS)["violations"]
            assert not faults, [(f["id"], f["nodes"][0]["html"]) for f in faults]
