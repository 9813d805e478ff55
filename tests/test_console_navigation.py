"""The navigation: what each role sees of it, where one is, and that it is one row on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from console import ROLES, Served, chromium
from guiju.web.console.accounts import OPERATOR
from guiju.web.console.admission import STAFF
from guiju.web.console.parts import places
from guiju.web.console.words import known

AXE = Path(__file__).parent / "axe" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("navigation")
    (folder / "runs").mkdir()
    with Served(folder / "console.db", folder / "runs") as made:
        yield made


def test_a_place_has_words_and_a_rank_of_its_own():
    assert len({place.rank for place in places()}) == len(places())
    assert {name for place in places() for name in (place.name, place.section) if name} <= known().keys()
    assert all(set(place.roles) <= set(STAFF) for place in places())


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_its_own_places_and_comes_to_all_of_them(served: Served, role: str):
    visit = served.visit(role)
    page = visit.read("/people" if role == "admin" else "/rulebook").text
    menu = page.partition('<details class="sections">')[2].partition("</details>")[0]
    for place in places():
        assert (f'href="{place.address}"' in menu) == (role in place.roles), (role, place)
        if role in place.roles:
            assert visit.read(place.address).status_code in (200, 303), place


@pytest.mark.parametrize(
    ("path", "section", "page"),
    [
        ("/rulebook/no_sham_orders", "/findings", "/rulebook"),
        ("/cases/nobody", "/cases", "/cases"),
        ("/groups/nobody", "/cases", "/cases"),
        ("/cases/samples", "/cases", "/cases/samples"),
        ("/gate/versions", "/gate", "/gate/versions"),
        ("/backtests", "/gate", "/backtests"),
        ("/rooms/stress", "/rooms", "/rooms"),
    ],
)
def test_where_one_is_is_said_once_in_each_row(served: Served, path: str, section: str, page: str):
    visit = served.visit(OPERATOR)
    text = visit.client.get(path).text
    menu, within = text.partition('<details class="sections">')[2].split("</details>", 1)
    first = "page" if page == section else "true"
    assert f'<a href="{section}" aria-current="{first}">' in menu
    assert within.count(f'href="{page}" aria-current="page"') == 1
    assert within.partition("</nav>")[0].count("aria-current") == 1


@pytest.mark.parametrize(("path", "status"), [("/password", 200), ("/drafts", 200), ("/nowhere", 404)])
def test_a_page_that_has_no_place_has_the_menu_all_the_same(served: Served, path: str, status: int):
    told = served.visit(OPERATOR).client.get(path)
    assert told.status_code == status
    menu, _, rest = told.text.partition('<details class="sections">')[2].partition("</details>")
    assert "<a href" in menu
    assert "aria-current" not in menu
    assert 'class="within"' not in rest


@pytest.mark.parametrize(("width", "language"), [(1280, "en"), (1280, "zh"), (390, "en"), (390, "zh")])
def test_it_is_one_row_and_works_without_scripts_and_by_keyboard(served: Served, width: int, language: str):
    with chromium() as browser:
        context = browser.new_context(viewport={"width": width, "height": 844}, java_script_enabled=False)
        token = served.console.sessions.begin("operator")
        chosen = {"guiju_session": token, "guiju_language": language}
        context.add_cookies([{"name": name, "value": value, "url": served.url} for name, value in chosen.items()])
        page = context.new_page()
        page.goto(f"{served.url}/gate/versions")
        assert page.locator(".top").bounding_box()["height"] <= 64
        links = page.locator(".sections nav > ul > li > a")
        if width < 500:
            assert not links.first.is_visible()
            page.locator(".sections summary").focus()
            page.keyboard.press("Enter")
            assert page.locator('.sections a[href="/ledger"]').is_visible()
        tops = {round(links.nth(n).bounding_box()["y"]) for n in range(links.count())}
        assert (len(tops) == 1) == (width > 500)
        page.locator('.sections a[href="/cases"]').focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/cases")
        context.close()


@pytest.mark.parametrize("path", ["/drafts", "/password", "/gate/promotion/none/confirmed"])
def test_what_lies_in_no_section_and_what_is_refused_has_the_rows_too(served: Served, path: str):
    visit = served.visit("operator")
    told = visit.read(path)
    assert told.status_code in (200, 404, 405), told.status_code
    assert 'class="sections"' in told.text


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_in_it(served: Served, width: int):
    with chromium() as browser:
        page = browser.new_page(viewport={"width": width, "height": 844})
        token = served.console.sessions.begin("operator")
        page.context.add_cookies([{"name": "guiju_session", "value": token, "url": served.url}])
        page.goto(f"{served.url}/rulebook")
        if width < 500:
            page.click(".sections summary")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.evaluate(AXE.read_text(encoding="utf-8"))
        faults = page.evaluate("tags => axe.run('header, .within', {runOnly: tags})", TAGS)["violations"]
        assert not faults, [(f["id"], f["nodes"][0]["html"], f["nodes"][0]["failureSummary"]) for f in faults]
