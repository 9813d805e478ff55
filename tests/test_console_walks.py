"""Walks through the console in a browser, in both languages, on a desk and on a phone.

The others: whoever is affected walks in test_case_page.py, from a backtest to a promotion in test_console_promotion.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("litestar", reason="the console needs the extra [web]")
pytest.importorskip("argon2", reason="the console needs the extra [web]")

from console import EACH_LOOK, LOOKS, PASSWORD, Served, chromium
from guiju.cases import Cases
from made_cases import Clock, held, matter, standing
from made_runs import finding, run_of, usual_evidence
from test_console_promotion import looked

RUN = "2025-12-31-aabbccdd"
SAID = {
    "en": ("Open a case", "There is a case", "went back at the same moment", "80.00 yuan came back"),
    "zh": ("立案", "已经立案", "同一刻退回", "80.00 元"),
}


class Office(Served):
    """A console with a run of as many findings as there are walks, and a case for each that was appealed."""

    def __init__(self, folder: Path) -> None:
        rule, self.clock = next(iter(usual_evidence())), Clock()
        self.run = run_of(folder / "runs" / RUN, [finding(rule, n) for n in range(len(LOOKS))], usual_evidence())
        self.cases, self.appealed = Cases(folder / "books.db", self.clock), list[str]()
        for n in range(len(LOOKS)):
            case = held(self.cases, self.clock, matter(party=f"p{n}", decision=f"t{n}")).id
            with self.cases.writing() as desk:
                desk.appeal(f"a{n}", case, by=f"p{n}", role="party", words="The insurer gave the vouchers.")
            self.appealed.append(case)
        super().__init__(folder / "console.db", folder / "runs", cases=folder / "books.db")
        self.now = self.clock.now

    def signed_in(self, browser: Any, who: str, language: str, width: int) -> Any:
        """A browser of somebody who has just signed in, by the form."""
        context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True)
        context.add_cookies([{"name": "guiju_language", "value": language, "url": self.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        page.goto(self.url)
        looked(page)
        page.fill("#f-name", who)
        page.fill("input[type=password]", PASSWORD)
        page.click("main button")
        page.wait_for_selector("header .own details")
        return page


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with Office(tmp_path_factory.mktemp("walks")) as made:
        yield made


@pytest.mark.parametrize(("language", "width"), EACH_LOOK)
def test_an_analyst_finds_and_opens_a_case(office: Office, language: str, width: int) -> None:
    of = office.run.findings[LOOKS.index((language, width))]
    opens, is_open, _, _ = SAID[language]
    with chromium() as browser:
        page = office.signed_in(browser, "analyst", language, width)
        page.goto(f"{office.url}/findings")
        looked(page)
        page.click(f"main a[href*='/findings/{of.id}']")
        page.wait_for_selector("#case button")
        looked(page)
        assert opens in page.inner_text("#case button")
        page.click("#case button")
        page.wait_for_selector("p.note")
        assert is_open in page.inner_text("main")
        looked(page)
    assert of.subject in {office.cases.case(id).matter.party for id in _cases(office)}


def _cases(office: Office) -> list[str]:
    return [row["id"] for row in office.visit("reviewer").json("/cases?state=all")["rows"]]


@pytest.mark.parametrize(("language", "width"), EACH_LOOK)
def test_a_reviewer_reads_and_decides_and_the_money_is_back(office: Office, language: str, width: int) -> None:
    number = LOOKS.index((language, width))
    case, (_, _, recorded, back) = office.appealed[number], SAID[language]
    with chromium() as browser:
        page = office.signed_in(browser, "reviewer", language, width)
        page.goto(f"{office.url}/cases")
        looked(page)
        page.click(f"main a[href='/cases/{case}']")
        page.wait_for_selector("#f-why")
        looked(page)
        assert "The insurer gave the vouchers." in page.inner_text(".course")
        page.check("input[value=overturned]")
        page.fill("#f-why", "The vouchers were the insurer's.")
        page.locator("form:has(#f-why) button.main").click()
        page.wait_for_selector("[role=status]")
        assert recorded in page.inner_text("[role=status]")
        assert back in page.inner_text(".paper")
        looked(page)
    assert standing(office.cases, f"p{number}") == (80_00, 0, 0)
