"""The report of a run: nobody is named in it, nothing is loaded by it, and no value breaks it."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter
from typing import Any

import msgspec
import pytest
from rich.console import Console

from guiju.audit.report import words
from guiju.audit.report.drawing import Scale, at
from guiju.audit.report.one import held
from guiju.audit.report.page import _kind, quarantined, render
from guiju.audit.report.summary import as_html, show
from guiju.checks import FIXED, Check, checks_in
from guiju.checks.words import CheckWords
from guiju.findings import mask
from guiju.rulebook import provisions, rules
from made_runs import FACTS, PRODUCT, SELLER, START, finding, offer, order, run_of, usual_evidence

VOID = {"img", "br", "meta", "link", "input", "hr"}
MARKUP = '<script>alert("x")</script>&'


class Balance(HTMLParser):
    """Raises where a tag is closed that is not open, and keeps what would be loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.loads += [str(given[n]) for n in ("src", "srcset", "data") if n in given]
        self.loads += [str(given["href"])] if tag in ("link", "use", "image") and "href" in given else []
        self.ids += [str(given["id"])] if "id" in given else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> at {self.getpos()}"


def examined(html: str) -> Balance:
    balance = Balance()
    balance.feed(html)
    balance.close()
    assert balance.open == []
    assert balance.loads == []
    assert len(balance.ids) == len(set(balance.ids))
    assert "@import" not in html
    assert "url(" not in html
    assert not re.search(r"\b(nan|inf|NaN|None)\b", re.sub(r"<(style|script)>.*?</\1>", "", html, flags=re.S))
    return balance


def test_a_run_without_findings_does_not_say_that_all_is_well(tmp_path: Path) -> None:
    html = render(run_of(tmp_path, []))
    examined(html)
    assert "Nothing was found in the rows that could be asked" in html
    assert "no table costs" in html
    assert "the buyer is not known" in html
    assert "买家未知" in html


@pytest.mark.parametrize("rule", sorted(FACTS))
def test_every_check_has_its_picture(tmp_path: Path, rule: str) -> None:
    html = render(run_of(tmp_path, [finding(rule)], usual_evidence()))
    examined(html)
    article = html.split("<article", 1)[1].split("</article>")[0]
    assert 'role="img"' in article
    assert "<title>" in article


def test_nobody_is_named(tmp_path: Path) -> None:
    findings = [finding(rule, i) for rule in FACTS for i in range(15)]
    html = render(run_of(tmp_path, findings, usual_evidence()))
    for name in (SELLER, PRODUCT, "buyer-Li", "Zhang", "lychee", "order-0", "offer-1"):
        assert name not in html
    assert mask(SELLER) in html
    assert all(f.id in html for f in findings)


def test_a_platform_keeps_its_name(tmp_path: Path) -> None:
    html = render(run_of(tmp_path, [finding("no_below_cost_sales", subject="hehua", facts={"payer": "platform"})]))
    assert f"{mask(SELLER)}/{mask(PRODUCT)} sold in" in html
    assert "borne by the platform hehua" in html


def test_many_findings_are_pictured_listed_and_counted(tmp_path: Path) -> None:
    findings = [finding("no_sham_orders", i) for i in range(300)]
    html = render(run_of(tmp_path, findings))
    examined(html)
    assert html.count("<article") == 12
    assert html.count('<tr id="f-') == 200
    assert "and 88 more in findings.parquet" in html


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    findings = [finding(rule, i) for rule in FACTS for i in range(3)]
    first = render(run_of(tmp_path / "one", findings, usual_evidence()))
    assert first == render(run_of(tmp_path / "two", findings[::-1], usual_evidence()))


ODD = [
    pytest.param([order(0, START)], {}, id="one row"),
    pytest.param([order(i, START) for i in range(10_000)], {}, id="ten thousand rows at one moment"),
    pytest.param(
        [order(i, START + timedelta(seconds=97 * i), gross_amount=Decimal(0)) for i in range(9)],
        {},
        id="nothing paid",
    ),
    pytest.param([order(0, START, gross_amount=Decimal(10) ** 15), order(1, START)], {}, id="enormous"),
    pytest.param([order(0, START, seller_funded_amount=None, order_id="a")], {}, id="reductions not known"),
    pytest.param([order(0, START, buyer=None)], {}, id="no buyer"),
    pytest.param([order(i, START + timedelta(days=i)) for i in range(14)], "null", id="facts not known"),
    pytest.param([order(i, START + timedelta(days=i)) for i in range(14)], "nan", id="facts that are no numbers"),
    pytest.param([order(i, START + timedelta(days=i)) for i in range(14)], "huge", id="huge facts"),
]


@pytest.mark.parametrize(("orders", "facts"), ODD)
def test_odd_values_do_not_break_it(tmp_path: Path, orders: list[dict[str, Any]], facts: Any) -> None:
    kept = {"weeks", "orders", "buyers", "window_orders", "window_buyers", "payer", "seller", "product"}
    value = {"null": None, "nan": float("nan"), "huge": 1e300}.get(facts) if facts else None
    findings = []
    for rule, usual in FACTS.items():
        changed = {n: value for n in usual if n not in kept and not isinstance(usual[n], datetime)} if facts else {}
        findings.append(finding(rule, 0, facts=changed))
        findings.append(
            finding(
                rule,
                1,
                facts=changed,
                amount_at_stake=None,
                q_value=None,
                episode_end=START + timedelta(weeks=1),
            )
        )
    offers = [offer(START, "0.000001", "1000000")]
    run = run_of(tmp_path, findings, {rule: {"orders": orders, "listings": offers} for rule in FACTS})
    html = render(run)
    examined(html)
    assert len(html) < 3_000_000
    for x in re.findall(r' (?:x|y|cx|cy|x1|y1)="([^"]+)"', html):
        assert -50 <= float(x) <= 4000  # the list of rules is long by itself


def test_the_rules_with_most_money_have_colours_of_their_own_and_the_rest_are_one(tmp_path: Path) -> None:
    rich = [finding(rule, amount_at_stake=Decimal(1000 - i)) for i, rule in enumerate(sorted(FACTS))]
    html = render(run_of(tmp_path, rich, usual_evidence()))
    chart = html.split('<section id="money">')[1].split("</section>")[0]
    assert f"{len(FACTS) - 6} other rules" in chart
    shown = re.findall(r'width="12" height="12" fill="([^"]+)"', chart)
    assert len(shown) == len(set(shown)) == 7


def test_counted_rules_stand_apart_from_weighed_ones(tmp_path: Path) -> None:
    html = render(run_of(tmp_path, [], usual_evidence()))
    found = html.split('<section id="found">')[1].split("</section>")[0]
    places = [found.index(f">{said}<") for said in ("counted", "weighed (estimates, with error control)")]
    assert places == sorted(places)
    assert found.index("no_sham_orders") < places[1] < found.index("no_prices_by_profile")


def test_a_card_has_no_empty_column_or_line(tmp_path: Path) -> None:
    one = finding("no_unnotified_concentrations", amount_at_stake=None, facts={"notified_at": None})
    html = render(run_of(tmp_path, [one], usual_evidence()))
    article = html.split("<article", 1)[1].split("</article>")[0]
    assert "Money at stake" not in article
    assert "–</td>" not in article
    clear = finding("no_absolute_claims")
    html = render(run_of(tmp_path / "adverts", [clear], usual_evidence()))
    assert ">Limit<" not in html.split("<article", 1)[1].split("</article>")[0]
    assert " entries</span></summary>" in html


def test_text_from_records_is_never_markup(tmp_path: Path) -> None:
    one = finding("no_below_cost_sales", subject=MARKUP, platform=MARKUP, facts={"note": MARKUP})
    html = render(run_of(tmp_path, [one]))
    examined(html)
    assert "<script>alert" not in html


def test_a_check_without_words_shows_all_its_facts_against_its_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words.both("")  # what is kept of the words is kept before they are gone
    monkeypatch.setattr(words, "of_check", lambda name: CheckWords())
    one = finding("no_sham_orders", facts={"speed": 7.25, "speed_pct": 1.5, "seen_at": START})
    limits = {**one.limits, "max_speed": 5}
    run = run_of(tmp_path, [msgspec.structs.replace(one, limits=limits)])
    html = render(run)
    assert "7.25" in html
    assert "up to 5 allowed" in html


def test_the_summary_says_what_was_not_seen(tmp_path: Path) -> None:
    run = run_of(tmp_path, [finding("no_sham_orders")])
    for language, said in (("en", "could not be seen"), ("zh", "没有看到")):
        console = Console(width=100, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
        show(run, console, language)
        text = console.export_text()
        assert said in text
        assert "no_predatory_pricing_by_dominant" in text
        assert "CNY 1,234.56" in text
        assert "report.html" in text
    card = as_html(run)
    examined(card)
    assert "not available: no table costs" in card


def test_reasons_of_quarantine_are_counted_by_kind_and_show_no_value(tmp_path: Path) -> None:
    assert quarantined(run_of(tmp_path, []))[0] == ("orders", "quantity: … is not above 0", 2)
    assert _kind("price: 'Zhang' is not a decimal(18, 6)") == "price: … is not a decimal(18, 6)"
    assert "x-17" not in _kind("id 'x-17' stands for 3 rows that differ; the first is in a.csv line 3")


each_check = pytest.mark.parametrize("check", checks_in("guiju.checks").values(), ids=lambda c: c.name)


@each_check
def test_a_check_s_texts_have_chinese_and_its_names_words(check: Check) -> None:
    told_of = ("What it finds", "Innocent explanations", "Method and source")
    said = {t for heading in told_of for t in words.paragraphs(check.doc, heading)}
    missing = [text for text in said if words.both(text)[0] == text]
    assert not missing, f"add to {check.name}.words.yaml: {' | '.join(sorted(missing))}"
    assert set(check.limits) <= set(check.words.limits), f"{check.name}.words.yaml: limits lack words"
    assert check.words.at_stake, f"{check.name}.words.yaml: what is at stake?"
    asked, told = (
        {field for _, field, _, _ in Formatter().parse(text) if field} for text in (check.formula, check.words.formula)
    )
    assert told == asked, f"{check.name}.words.yaml: formula does not hold what the English one holds"
    answering = [rule for rule in rules().values() if rule.check == check.name]
    assert answering, f"no rule asks {check.name}"
    for rule in answering:
        for dated in rule.entry.limits.values():
            assert not [limit for limit in dated.values() if isinstance(limit.because, str)], rule.name
        assert all(p.says and p.says.zh != p.test for p in rule.cites), rule.name


@each_check
def test_a_method_holds_the_same_figures_and_names_in_chinese(check: Check) -> None:
    for text in words.paragraphs(check.doc, "Method and source"):
        for wanted in (r"\d+(?:\.\d+)?(?:e-?\d+)?", r"`[^`]+`"):
            in_zh, in_en = (Counter(re.findall(wanted, told)) for told in words.both(text))
            assert in_zh == in_en, f"{check.name}.words.yaml: {in_zh - in_en} for {in_en - in_zh}"
        cited = set(re.findall(r"[A-Z][a-z]{3,}", words.both(text)[0]))
        assert cited <= set(re.findall(r"\w+", text)), f"{check.name}.words.yaml: who is {cited}?"


def test_a_provision_that_ended_within_the_window_is_told_with_its_end(tmp_path: Path) -> None:
    html = render(run_of(tmp_path, []))
    assert "AUCL 2019 arts. 6, 8, 11, 12" in html
    assert "2019-04-23 – 2025-10-14" in html
    assert "2001 price-fraud rules" not in html


@each_check
def test_every_fact_a_sentence_tells_has_a_name(check: Check) -> None:
    fields = {name for text in check.says.values() for _, name, _, _ in Formatter().parse(text) if name}
    assert fields <= {*check.words.facts, *check.limits, *FIXED, "p_value", "q_value", "time_zone"}


def test_scales_hold_what_they_are_given() -> None:
    for values in ([], [5.0], [0.0, 0.0], [None, float("nan")], [-1e12, 1e-9], [1e300, 1e300]):
        scale = Scale.over(values, 0, 100)
        assert scale.high > scale.low
        assert all(0 <= scale(t) <= 100 for t in scale.ticks())
    assert at(-0.04) == "0"


def test_a_text_amended_after_the_conduct_began_is_said_to_be_so() -> None:
    amended = [p for p in provisions().values() if "2025-09-12 amendment" in p.instrument]
    assert amended
    for p in amended:
        assert [held(p, date(2025, 9, day)).text_of for day in (11, 12)] == ["2025-09-12", ""]
    assert all(not held(p, date(2025, 1, 1)).text_of for p in provisions().values() if p not in amended)
