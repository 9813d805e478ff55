"""Statements of reasons: all that was decided on is told, in both languages, and nothing that was not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guiju.cases import Case, Cases, Cited, Fact, Matter
from guiju.cases.statement import Statement, page, stated
from guiju.cases.statement.dsa import Publication, export, puid
from guiju.cases.statement.dsa_fields import faults
from guiju.cases.statement.page import Phrases, screen
from guiju.checks.words import Words
from guiju.records.errors import BadInput
from guiju.rulebook.redress import Terms
from made_cases import TERMS, Clock, earn, held, matter

LANGUAGES = ("zh", "en")
FACTS = (
    Fact(
        "voucher_trips", "14", Words("用券行程", "trips with vouchers"), Words("次", "trips"),
        "min_voucher_trips", "10", Words("至少", "at least"), Words("次", "trips"),
    ),
    Fact("own_phone", "yes", Words("下单手机是您的", "ordered from your own phone")),
)  # fmt: skip
SAYS = Words(
    "您有 14 次用券行程（限值：至少 10 次）。已经排除：保险公司的券。没有排除：公用手机。",
    "You made 14 trips with vouchers (limit: at least 10). Ruled out: an insurer's. Not ruled out: a shared phone.",
)  # fmt: skip
INNOCENT = (Words("保险公司随保单赠送的代驾券", "An insurer's vouchers"), Words("公用手机", "A shared phone"))
CITED = (Cited("cn.algo.20", Words("第二十条", "art. 20"), "算法规定", Words("须有申诉入口", "An appeal entry"), "T"),)
OTHER = Publication(territorial_scope=("DE",), measure={"decision_account": "DECISION_ACCOUNT_SUSPENDED"})
STOP_TERMS = Terms(0, 15, 3, 24, 7, 2)


class Read(HTMLParser):
    """A page as it is read: its text, tags, and attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.tags, self.attributes, self.headings = "", [], [], []
        self._in: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        self._in.append(tag)
        if tag in ("h1", "h2", "h3"):
            self.headings.append("")

    def handle_endtag(self, tag: str) -> None:
        while self._in and self._in.pop() != tag:
            pass
        self.text += "" if tag in ("span", "b") else "\n"

    def handle_data(self, data: str) -> None:
        if "style" in self._in:
            return
        self.text += data.replace("\N{NO-BREAK SPACE}", " ")
        if self._in and self._in[-1] in ("h1", "h2", "h3"):
            self.headings[-1] += data


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cases(tmp_path: Path, clock: Clock) -> Iterator[Cases]:
    made = Cases(tmp_path / "ledger.db", clock)
    yield made
    made.close()


def full(**other: object) -> Matter:
    return matter(facts=FACTS, says=SAYS, innocent=INNOCENT, provisions=CITED, **other)


def appealed(cases: Cases, case: Case) -> Case:
    with cases.writing() as desk:
        return desk.appeal(f"appeal {case.id}", case.id, by="driver", role="party", words="No.")


def decided(cases: Cases, case: Case, outcome: str, upheld: int | None = None) -> Case:
    case = appealed(cases, case)
    with cases.writing() as desk:
        return desk.decide(
            f"decide {case.id}", case.id, outcome=outcome, upheld=upheld, by="ruth", why="剔除四次保险赠券。",
            seen=case.steps,
        )  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_was_decided_on_is_told_in_order(cases: Cases, clock: Clock, language: str) -> None:
    case = held(cases, clock, full())
    told = Read(page(stated(cases, case.id), language))
    zh = language == "zh"
    assert ("html", "lang", "zh-CN" if zh else "en") in told.attributes
    assert told.headings == (
        ["暂扣 80.00 元", "为什么", "事实与限值", "考虑过的正当解释", "哪条规则", "怎样申诉", "经过"] if zh else
        ["80.00 yuan is held", "Why", "Facts and limits", "Innocent explanations that were considered", "Which rule",
         "How to appeal", "What happened"]
    )  # fmt: skip
    for text in (
        *(words.in_(language) for words in (*INNOCENT, CITED[0].title, CITED[0].says, case.matter.title)),
        *("trip-1", "yexing", "driver", "agency", "no_voucher_arbitrage", case.id, "0123", "100.00", "20.00"),
        *(("14 次", "至少 10 次", "是") if zh else ("14 trips", "at least 10 trips", "yes")),
        *(("72 小时", "2026年1月3日 02:00") if zh else ("72 hours", "3 January 2026 02:00")),
    ):
        assert text in told.text, text
    assert re.sub(r"\s", "", SAYS.in_(language)) in re.sub(r"\s", "", told.text), "the reason is told whole"
    assert not {"script", "img", "iframe", "form", "link"} & set(told.tags)
    assert not [a for a in told.attributes if a[1].startswith("on") or "http" in (a[2] or "")]


def shown(s: Statement, language: str = "en") -> dict[str, str]:
    """What one screen tells."""
    return {heading: " ".join(lines) for heading, lines in screen(s, Phrases(language))}


def test_one_screen_tells_what_is_so_in_every_state(cases: Cases, clock: Clock) -> None:
    with cases.writing() as desk:
        earn(desk, amount=150_00)
        case = desk.flag("flag", full(), by="gate", of_day=TERMS)
    waiting = shown(stated(cases, case.id))
    assert waiting["Until when"].startswith("Nothing is held before 13 December 2025 02:00.")
    assert waiting["Your money"].endswith("You can withdraw 150.00 yuan now.")
    assert "You have 15 days after the day a notice reaches you; they have not begun" in waiting["What you can do"]

    clock.wait(hours=6)
    with cases.writing() as desk:
        desk.hold_due("due")
        desk.delivered("told", case.id, channel="sms", proof="r", by="sms")
    now = stated(cases, case.id)
    assert (now.sums.held, now.sums.available, now.in_force) == (100, 50, True)
    assert "does not stop your work" in shown(now)["Your work"]
    assert "appeal by the end of 28 December 2025" in shown(now)["What you can do"]

    clock.wait(days=16)
    assert "The time to appeal ended on 28 December 2025" in shown(stated(cases, case.id))["What you can do"]
    clock.wait(days=5)
    lapsed = stated(cases, case.id)  # and nobody has recorded it
    assert (lapsed.state, lapsed.sums.held, lapsed.sums.returned, lapsed.sums.available) == ("lapsed", 0, 100, 150)
    assert shown(lapsed)["What you can do"] == "There is nothing you need to do."
    with cases.writing() as desk:
        assert desk.lapse_due() == 1
    recorded = stated(cases, case.id)
    assert (recorded.sums, recorded.state) == (lapsed.sums, "lapsed")
    told = Read(page(recorded, "zh")).text
    assert "期限内没有人作出决定" in told
    assert "退回 100.00 元" in told


@pytest.mark.parametrize(
    ("outcome", "upheld", "returned", "taken", "collectable"),
    [("overturned", None, "80.00", "0.00", "0.00"), ("partly", 30_00, "50.00", "30.00", "0.00"),
     ("upheld", None, "0.00", "80.00", "20.00")],
)  # fmt: skip
def test_after_an_appeal_the_decision_its_reason_and_every_cent(
    cases: Cases, clock: Clock, outcome: str, upheld: int | None, returned: str, taken: str, collectable: str
) -> None:
    case = held(cases, clock, full())
    appeal = stated(cases, appealed(cases, held(cases, clock, full(decision="trip-2"))).id)
    assert "A person answers by 16 December 2025 08:00" in shown(appeal)["What you can do"]
    before = stated(cases, case.id).sums
    s = stated(cases, decided(cases, case, outcome, upheld).id)
    assert s.sums is not None
    assert [str(x) for x in (s.sums.returned, s.sums.taken, s.sums.collectable)] == [returned, taken, collectable]
    assert s.sums.returned + s.sums.taken == before.held
    [has] = cases.ledger.standing("driver")
    assert s.sums.available * 100 == has.available
    told = Read(page(s, "zh")).text
    assert "剔除四次保险赠券。" in told
    assert "ruth（复核员），2025年12月13日 08:00" in told
    assert f"退回 {returned} 元" in told or returned == "0.00"
    assert (f"按决定扣除 {taken} 元" in told) == (taken != "0.00")
    assert (f"可以收取 {collectable} 元" in told) == (collectable != "0.00")


def test_two_cases_of_one_order_count_nothing_twice(cases: Cases, clock: Clock) -> None:
    """What one gives back and another still holds has not come back."""
    first = held(cases, clock, full(), wallet=200_00)
    other = held(cases, clock, full(trigger="driving/late_ends", rule="no_late_ends", amount=120_00), wallet=0)
    s = stated(cases, other.id)
    assert (s.sums.held, s.sums.elsewhere) == (20, 100)
    decided(cases, first, "overturned")
    s = stated(cases, first.id)
    assert (s.sums.returned, s.sums.elsewhere, s.sums.available) == (0, 100, 80)
    assert "100.00 元 由同一订单的另一案件处理" in Read(page(s, "zh")).text
    s = stated(cases, other.id)
    assert (s.sums.held, s.sums.elsewhere) == (120, 0)
    clock.wait(days=30)
    assert stated(cases, other.id).sums.returned == 120


def test_a_stop_is_told_apart_from_money(cases: Cases, clock: Clock) -> None:
    of = full(kind="stop", amount=0, currency="", automated=False)
    with cases.writing() as desk:
        case = desk.flag("f", of, by="lena", role="reviewer", why="three complaints", of_day=STOP_TERMS)
    with cases.writing() as desk:
        desk.impose("i", case.id, by="ruth", role="reviewer", why="agreed")
    s = stated(cases, case.id)
    assert s.sums is None
    text = Read(page(s, "en")).text
    assert "You may not take orders for now" in text
    assert "your balance has no part in it" in text
    assert "Two people must agree." in text
    assert "A person made it." in text
    assert "what is overturned ends at once" in text
    with cases.writing() as desk:
        case = desk.appeal("a", case.id, by="driver", role="party", words="No.")
        for key, by in (("d1", "xu"), ("d2", "yu")):
            case = desk.decide(key, case.id, outcome="upheld", by=by, why="the complaints agree", seen=case.steps)
    s = stated(cases, case.id)
    assert [a.by for a in s.answers] == [("yu", "xu")]
    told = Read(page(s, "zh")).text
    assert "到 2025年12月19日 20:00 为止，届时自动恢复接单。" in told
    assert "答复逾期" not in told
    clock.wait(days=8)
    assert "您可以接单" in Read(page(stated(cases, case.id), "zh")).headings[0]


@pytest.mark.parametrize("kind", ["hold", "measure"])
def test_what_never_took_effect_is_told_as_planned_and_then_as_never_begun(
    cases: Cases, clock: Clock, kind: str
) -> None:
    """Of a finding that a person opened: what is planned, then that it never began."""
    with cases.writing() as desk:
        case = desk.flag("f", full(kind=kind), by="ana", role="operator", why="found", of_day=TERMS)
    waiting = stated(cases, case.id)
    assert waiting.sums is not None
    assert export(waiting, OTHER)["statement"]["automated_decision"] == "AUTOMATED_DECISION_PARTIALLY"
    told = Read(page(waiting, "en"))
    planned = {"hold": "planned to hold 100.00 yuan", "measure": "looked into whether a measure is taken"}
    assert planned[kind] in told.headings[0]
    assert "A program found it; a person opened the case. A person decides on your appeal." in told.text
    assert "say it in your appeal" in told.text
    assert ("none of your money is held" if kind == "measure" else "once it takes effect, no more") in told.text
    with cases.writing() as desk:
        desk.decide("d", case.id, outcome="overturned", by="ruth", why="explained", seen=case.steps)
    told = Read(page(stated(cases, case.id), "en"))
    assert "ever" in told.headings[0]
    for gone in ("has ended", "your appeal", "is in dispute", "planned"):
        assert gone not in told.text, gone


def test_a_measure_that_holds_no_money_leaves_none_to_another_case(cases: Cases, clock: Clock) -> None:
    with cases.writing() as desk:
        terms = msgspec.structs.replace(TERMS, delay_hours=0)
        case = desk.flag("f", full(kind="measure"), by="ana", role="operator", of_day=terms)
        desk.impose("i", case.id, by="op", role="operator", why="agreed")
    s = stated(cases, case.id)
    assert s.sums is not None
    assert (s.sums.elsewhere, s.in_force) == (0, True)
    assert "A measure that concerns you" in Read(page(s, "en")).headings[0]


def test_what_the_platform_takes_back_is_told_with_its_reason(cases: Cases, clock: Clock) -> None:
    case = held(cases, clock, full())
    with cases.writing() as desk:
        desk.withdraw("w", case.id, by="lena", role="reviewer", why="the vouchers were an insurer's")
    text = Read(page(stated(cases, case.id), "en")).text
    assert "The platform has withdrawn the decision." in text
    assert "the vouchers were an insurer's" in text
    assert "80.00 yuan came back and is in your account." in text


HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)>{{ 7*7 }}{% x %}&amp;\u202e'


def test_hostile_text_is_text(cases: Cases, clock: Clock) -> None:
    words = Words(f"中{HOSTILE}", f"en{HOSTILE}")
    of = matter(
        party=f"p{HOSTILE}", platform=f"f{HOSTILE}", agency=f"a{HOSTILE}", subject=f"s{HOSTILE}", says=words,
        facts=(Fact(f"n{HOSTILE}", f"v{HOSTILE}", words, words, "l", f"l{HOSTILE}", words, words),), innocent=(words,),
        title=words, text=f"t{HOSTILE}",
        provisions=(Cited("x", words, f"i{HOSTILE}", words, "M"),), decision=f"d{HOSTILE}",
    )  # fmt: skip
    case = held(cases, clock, of)
    with cases.writing() as desk:
        desk.appeal("a", case.id, by=of.party, role="party", words=HOSTILE)
        desk.decide("d", case.id, outcome="overturned", by=f"r{HOSTILE}", why=f"w{HOSTILE}", seen=case.steps + 1)
    s = stated(cases, case.id)
    for language in LANGUAGES:
        html = page(s, language, appeal_url=f"https://x/{HOSTILE}")
        told = Read(html)
        plain = Read(page(stated(cases, held(cases, clock, full(decision="t2")).id), language))
        assert set(told.tags) <= {*plain.tags, "a", "br", "section", "blockquote", "ul", "li"}
        assert not [a for a in told.attributes if a[1].startswith("on")]
        assert "<script" not in html
        assert "<img" not in html
        for part in "pfasvlditrw":
            assert f"{part}{HOSTILE}" in told.text, part
        assert "49" not in told.text


TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zs")), min_size=1, max_size=20)
WORDS = st.builds(Words, TEXT, TEXT)
SOME = st.builds(
    Fact, TEXT, TEXT, WORDS, st.none() | WORDS, st.just("limit"), st.none() | TEXT, st.none() | WORDS,
    st.none() | WORDS, st.none() | WORDS,
)  # fmt: skip


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(facts=st.lists(SOME, min_size=1, max_size=6), innocent=st.lists(WORDS, max_size=4))
def test_every_fact_stands_beside_its_limit(
    cases: Cases, clock: Clock, facts: list[Fact], innocent: list[Words]
) -> None:
    of = matter(facts=tuple(facts), innocent=tuple(innocent), decision=f"t-{clock.now.timestamp()}")
    case = held(cases, clock, of, wallet=0)
    s = stated(cases, case.id)
    assert (s.facts, s.innocent, s.says) == (of.facts, of.innocent, of.says)
    for language in LANGUAGES:
        html = page(s, language)
        rows = [Read(row).text for row in re.findall(r"<tr>.*?</tr>", html.split("<tbody>")[1], re.S)]
        for fact, row in zip(facts, rows, strict=False):
            said = fact.value_says.in_(language) if fact.value_says else fact.value
            in_words = fact.limit_says is not None and fact.limit == fact.limit_says.en
            limit = fact.limit_says.in_(language) if in_words and fact.limit_says else fact.limit
            for told in (fact.says.in_(language), said, limit):
                assert told is None or told in row
            limit_unit = fact.limit_unit if fact.limit and not in_words else None
            for unit in (None if fact.value_says else fact.unit, limit_unit):
                assert unit is None or unit.in_(language) in row
        for one in innocent:
            assert one.in_(language) in Read(html).text


NUMBER = re.compile(r"\d[\d,.:]*\d|\d")


def test_every_number_on_the_page_was_recorded(cases: Cases, clock: Clock) -> None:
    """Whatever the page tells in figures is in the steps, or in the ledger, or their moments in local time."""
    case = decided(cases, held(cases, clock, full()), "partly", 30_00)
    s = stated(cases, case.id)
    steps = " ".join(step.content for step in cases.history(case.id))
    of_ledger = {"50.00", "30.00", "100.00", "20.00", "80.00"}
    for language in LANGUAGES:
        w = Phrases(language)
        moments = [s.as_of, s.occurred_at, *(line.at for line in s.course), *(a.at for a in s.answers)]
        local = set(NUMBER.findall(" ".join(w.at(m) for m in moments)))
        for number in NUMBER.findall(Read(page(s, language)).text):
            assert number in steps or number in local or number in of_ledger or number in s.chain + s.case, number


def test_as_json_it_has_the_same_facts(cases: Cases, clock: Clock) -> None:
    s = stated(cases, held(cases, clock, full()).id)
    again = msgspec.json.decode(msgspec.json.encode(s), type=Statement)
    assert again == s
    told = msgspec.json.decode(msgspec.json.encode(s))
    assert told["occurred_at"] == "2025-12-12T20:00:00+08:00"
    assert told["sums"]["held"] == "80.00"


PUBLIC = Publication(territorial_scope=("DE", "AT"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_dsa_database_would_take_it(cases: Cases, clock: Clock, language: str) -> None:
    case = held(cases, clock, full())
    said = msgspec.structs.replace(PUBLIC, language=language)
    told = export(stated(cases, case.id), said)
    statement = told["statement"]
    assert not faults(statement)
    assert statement["decision_monetary"] == "DECISION_MONETARY_SUSPENSION"
    assert (statement["content_date"], statement["application_date"]) == ("2025-12-12", "2025-12-13")
    assert statement["end_date_monetary_restriction"] == "2026-01-03"
    assert statement["automated_decision"] == "AUTOMATED_DECISION_FULLY"
    assert "14" in statement["decision_facts"]
    assert told["redress"]["money"]["held"] == "80.00"
    assert told["redress"]["appeal_until"] == "2025-12-28"
    after = export(stated(cases, decided(cases, case, "overturned").id), said)
    assert after["statement"]["puid"] == statement["puid"] == told["redress"]["puid"]
    assert (after["redress"]["outcome"], after["redress"]["money"]["returned"]) == ("overturned", "80.00")


def test_the_dsa_export_names_nobody(cases: Cases, clock: Clock) -> None:
    of = full(party="d-17", agency="haining-3", decision="g-1", subject="trip-881")
    of = msgspec.structs.replace(
        of, says=Words("司机 d-17 的行程 trip-881，属 haining-3。", "Driver d-17's trip-881 (haining-3): xd-17 stays."),
        facts=(Fact("who", "d-17", Words("司机", "driver")),),
    )  # fmt: skip
    case = held(cases, clock, of)
    for language in LANGUAGES:
        told = export(stated(cases, case.id), msgspec.structs.replace(PUBLIC, language=language))
        text = str(told).replace("xd-17", "")
        assert not [id for id in ("d-17", "haining-3", "trip-881", "g-1", case.id, "ruth") if id in text]


def test_what_is_longer_than_a_field_is_cut_and_says_so(cases: Cases, clock: Clock) -> None:
    case = held(cases, clock, matter(says=Words("长" * 6000, "long " * 1500)))
    statement = export(stated(cases, case.id), PUBLIC)["statement"]
    assert [len(statement[f]) for f in ("decision_facts", "incompatible_content_explanation")] == [5000, 2000]
    assert statement["decision_facts"].endswith(" […]")


def test_a_stop_and_a_measure_have_their_own_fields(cases: Cases, clock: Clock) -> None:
    with cases.writing() as desk:
        stop = desk.flag(
            "f", full(kind="stop", amount=0, currency="", automated=False), by="lena", role="reviewer", why="x",
            of_day=STOP_TERMS,
        )  # fmt: skip
        measure = desk.flag("m", full(kind="measure", amount=0, currency=""), by="gate", of_day=TERMS)
    statement = export(stated(cases, stop.id), PUBLIC)["statement"]
    assert statement["decision_provision"] == "DECISION_PROVISION_PARTIAL_SUSPENSION"
    assert statement["automated_decision"] == "AUTOMATED_DECISION_NOT_AUTOMATED"
    with pytest.raises(BadInput, match="decision_monetary: is required"):
        export(stated(cases, measure.id), PUBLIC)
    demoted = {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_DEMOTED"]}
    assert export(stated(cases, measure.id), msgspec.structs.replace(PUBLIC, measure=demoted))


REFUSED: list[tuple[dict[str, object], str]] = [
    ({"territorial_scope": []}, "territorial_scope: is required"),
    ({"territorial_scope": ["CN"]}, "territorial_scope: "),
    ({"decision_monetary": None}, "decision_monetary: is required"),
    ({"decision_monetary": "DECISION_MONETARY_OTHER"}, "decision_monetary_other: is required"),
    ({"decision_monetary": "SUSPENDED"}, "'SUSPENDED' is not a value"),
    ({"decision_visibility": ["DECISION_VISIBILITY_OTHER"]}, "decision_visibility_other: is required"),
    ({"content_type_other": ""}, "content_type_other: is required"),
    ({"decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT"}, "illegal_content_legal_ground: is required"),
    ({"incompatible_content_ground": None}, "incompatible_content_ground: is required"),
    ({"incompatible_content_ground": "x" * 501}, "more than 500"),
    ({"category": "STATEMENT_CATEGORY_SCOPE_OF_PLATFORM_SERVICE"}, "not a value"),
    ({"puid": "with space"}, "puid: is not of letters"),
    ({"application_date": "2019-12-31"}, "application_date: "),
    ({"application_date": "2025-13-01"}, "application_date: "),
    ({"end_date_monetary_restriction": "2025-12-12"}, "end_date_monetary_restriction: "),
    ({"automated_decision": "Yes"}, "'Yes' is not a value"),
    ({"url": "https://x"}, "url: is no field"),
]


def test_what_the_dsa_database_refuses(cases: Cases, clock: Clock) -> None:
    statement = export(stated(cases, held(cases, clock, full()).id), PUBLIC)["statement"]
    for changed, says in REFUSED:
        assert any(says in fault for fault in faults({**statement, **changed})), changed


def test_a_puid_is_of_the_case_alone(cases: Cases, clock: Clock) -> None:
    ids = {puid(stated(cases, held(cases, clock, full(decision=f"t{n}"), wallet=0).id)) for n in range(3)}
    assert len(ids) == 3


def test_a_group_tells_its_cause_and_each_member_keeps_its_own_facts(cases: Cases, clock: Clock) -> None:
    cause = Words("保险公司的代驾券活动", "an insurer's vouchers")
    mine = held(cases, clock, full())
    other = held(cases, clock, matter(party="another", decision="trip-2"))
    with cases.writing() as desk:
        desk.make_group("g", "g-1", cause, by="lena", role="reviewer", why="one campaign")
        desk.join("j", "g-1", [mine.id, other.id], by="lena", role="reviewer", why="one campaign")
    s = stated(cases, mine.id)
    assert s.group_cause == cause
    assert "可能出于同一原因：保险公司的代驾券活动" in Read(page(s, "zh")).text
    assert s.facts != stated(cases, other.id).facts


def test_a_case_of_a_finding_is_about_what_was_found_and_about_no_order(cases: Cases, clock: Clock) -> None:
    id = "0123456789abcdef/fedcba9876543210"
    about = {
        "food_trade": ("What an audit found on food trade licence,", "审计发现：食品经营许可，"),
        "p0123": ("What an audit found on p0123,", "审计发现：p0123，"),
        id[:16]: ("What an audit found, ", "审计发现，"),
    }
    for number, (subject, (en, zh)) in enumerate(about.items()):
        of = matter(rule="no_sales_without_licence", decision=f"{id[:-1]}{number}", subject=subject)
        said = stated(cases, held(cases, clock, of, terms=TERMS).id)
        assert en in page(said, "en")
        assert zh in page(said, "zh")
        assert "Order " not in page(said, "en")
