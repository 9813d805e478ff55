"""The page of a case, as the person whose money is held uses it: on a telephone, by a link, without a script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import msgspec
import pytest

pytest.importorskip("litestar", reason="the service needs the extra [web]")
pytest.importorskip("granian", reason="the service needs the extra [web]")

from cases_service import Service, Told
from console import EACH_LOOK, chromium
from guiju.web.cases.page.view import ACT_OF, WORDS
from made_cases import Clock, held, matter, standing

BORDER = "form-border"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with Service(tmp_path / "books.db", tmp_path / "files", Clock()) as made:
        yield made


def sent(
    service: Service, case: str, link: str, act: str, words: str, *files: tuple[str, str, bytes], key: str
) -> Told:
    """The form, as a browser sends it."""
    parts = [(f'name="{name}"', "", value.encode()) for name, value in (("act", act), ("key", key), ("words", words))]
    parts += [(f'name="files"; filename="{name}"', f"\r\nContent-Type: {kind}", data) for name, kind, data in files]
    body = b"".join(
        f"--{BORDER}\r\nContent-Disposition: form-data; {name}{kind}\r\n\r\n".encode() + data + b"\r\n"
        for name, kind, data in parts
    )
    kind = f"multipart/form-data; boundary={BORDER}"
    whole = body + f"--{BORDER}--\r\n".encode()
    return service.ask("POST", f"/cases/{case}?link={link}&language=en", "", whole, content_type=kind)


def text(told: Told) -> str:
    return told.raw.decode()


def spoken(service: Service, case: str) -> list[str]:
    return [step.kind for step in service.cases.history(case) if step.kind in ACT_OF]


SAID = {
    "zh-CN": ("暂扣 80.00 元", "已经收到：申诉", "退回 80.00 元，已经在您的账上。", "The decision is overturned"),
    "en-GB": ("80.00 yuan", "Received: Appeal", "80.00 yuan came back", "撤销"),
}


@pytest.mark.parametrize(("language", "width"), EACH_LOOK)
def test_a_driver_reads_appeals_and_gets_the_money_back(service: Service, language: str, width: int) -> None:
    locale = {"zh": "zh-CN", "en": "en-GB"}[language]
    case = held(service.cases, service.clock).id
    address = f"http://127.0.0.1:{service.port}/cases/{case}?link={service.link(case)}"
    holds, received, back, other = SAID[locale]
    with chromium() as browser:
        browsing: dict[str, Any] = {"viewport": {"width": width, "height": 844}, "locale": locale}
        page = browser.new_context(java_script_enabled=False, **browsing).new_page()
        page.goto(address)
        assert holds in page.inner_text("h1")
        assert page.locator("body").bounding_box()["width"] <= width, "nothing lies beside the screen"
        page.click(".go a")
        page.fill("#appeal textarea", "券是保险公司发的。\n我跑了十四趟。")
        proof = {"name": "证明.txt", "mimeType": "text/plain", "buffer": "十四趟".encode()}
        page.set_input_files("#appeal input[type=file]", [proof])
        page.click("#appeal button")
        assert received in page.inner_text("p[role=status]")
        assert "券是保险公司发的。\n我跑了十四趟。" in page.inner_text("p.said >> nth=0")
        with page.expect_download() as saved:
            page.click("p.said a")
        assert Path(saved.value.path()).read_text(encoding="utf-8") == "十四趟"
        decision = {"outcome": "overturned", "why": "券确为保险公司所发。"}
        seen = service.cases.case(case).steps
        assert service.do(f"/v1/cases/{case}/decisions", "ruth", decision, If_Match=f'"{seen}"').status == 201
        page.goto(address)
        assert back in page.inner_text("body")
        assert page.locator("form").count() == 0, "there is nothing left to ask for"
        page.click("nav a")
        page.wait_for_selector(f"text={other}")
    assert standing(service.cases) == (80_00, 0, 0)


def test_what_is_sent_twice_is_done_once(service: Service) -> None:
    case = held(service.cases, service.clock).id
    link = service.link(case)
    told = [sent(service, case, link, "appeal", "It was a voucher.", key="k") for _ in range(2)]
    assert [one.status for one in told] == [303, 303]
    assert told[0].headers["location"] == told[1].headers["location"]
    assert spoken(service, case) == ["appealed"]
    page = service.read(f"/cases/{told[0].headers['location']}")
    assert "Received: Appeal" in text(page)
    assert "Received" not in text(service.read(f"/cases/{case}?link={link}&language=en&received=1")), "not theirs"


@pytest.mark.parametrize(
    ("words", "files", "says"),
    [
        (" \n ", [], "nothing was written"),
        ("x" * 20_001, [], "these are 20,001"),
        ("My case.", [("a.png", "image/png", b"no picture")], "a.png cannot be attached"),
        ("My case.", [("a.exe", "application/x-msdownload", b"MZ")], "a.exe cannot be attached"),
        ("My case.", [("a.txt", "text/plain", b"a" * 1_000_001)], "a.txt cannot be attached"),
        ("My case.", [("a.txt", "text/plain", b"a")] * 6, "At most 5 files"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_said_and_no_word_is_lost(
    service: Service, words: str, files: list[tuple[str, str, bytes]], says: str
) -> None:
    case = held(service.cases, service.clock).id
    told = sent(service, case, service.link(case), "appeal", words, *files, key="k")
    assert told.status == 422
    assert says in text(told)
    assert words.strip() in text(told)
    assert spoken(service, case) == []


def test_a_link_that_ends_while_one_writes_gives_the_words_back(service: Service) -> None:
    case = held(service.cases, service.clock).id
    link = service.link(case, days=0)
    told = sent(service, case, link, "appeal", "My <b>whole</b> story.", key="k")
    assert (told.status, spoken(service, case)) == (401, [])
    assert "My &lt;b&gt;whole&lt;/b&gt; story." in text(told)
    large = sent(service, case, link, "appeal", "My story.", ("a.txt", "text/plain", b"a" * 2_000_000), key="k")
    assert large.status == 401, "what nobody known sends is not read to its end"


def test_a_service_that_began_anew_takes_what_was_written_before_and_takes_it_once(tmp_path: Path) -> None:
    clock = Clock()
    with Service(tmp_path / "books.db", tmp_path / "files", clock) as first:
        case = held(first.cases, clock).id
        link, links = first.link(case), first.links
        form = text(first.read(f"/cases/{case}?link={link}&language=en"))
        key = form.partition('name="key" value="')[2].partition('"')[0]
    with Service(tmp_path / "books.db", tmp_path / "files", clock, links=links) as second:
        for _ in range(2):  # who saw no answer reloads, and the browser sends it again
            assert sent(second, case, link, "appeal", "It was a voucher.", key=key).status == 303
        assert spoken(second, case) == ["appealed"]
    with Service(tmp_path / "books.db", tmp_path / "files", clock) as third:  # under another key
        told = sent(third, case, link, "state", "One thing more.", key="k2")
        assert told.status == 401
        assert "One thing more." in text(told)
        assert "your case and its deadlines go on" in text(told)


def test_a_case_that_goes_on_meanwhile_is_shown_with_the_words(service: Service) -> None:
    case = held(service.cases, service.clock).id
    assert service.do(f"/v1/cases/{case}/withdrawal", "olga", {"why": "a mistake of ours"}).status == 200
    told = sent(service, case, service.link(case), "appeal", "It was a voucher.", key="k")
    assert told.status == 409
    assert "the case went on" in text(told)
    assert "It was a voucher." in text(told)
    assert "came back and is in your account" in text(told)
    odd = sent(service, case, service.link(case), "collect", "All of it.", key="k")
    assert (odd.status, spoken(service, case)) == (409, [])


def test_one_can_say_more_take_back_and_bring_new_facts(service: Service) -> None:
    case = held(service.cases, service.clock).id
    link = service.link(case)
    for key, act in enumerate(("appeal", "state", "retract", "appeal")):
        assert sent(service, case, link, act, f"words of {act}", key=f"k{key}").status == 303
    decision = {"outcome": "upheld", "why": "no voucher of that day was the insurer's"}
    seen = service.cases.case(case).steps
    assert service.do(f"/v1/cases/{case}/decisions", "ruth", decision, If_Match=f'"{seen}"').status == 201
    assert "Ask to have it reopened" in text(service.read(f"/cases/{case}?link={link}&language=en"))
    assert sent(service, case, link, "reopen", "Here is the insurer's letter.", key="k9").status == 303
    assert spoken(service, case) == ["appealed", "stated", "retracted", "appealed", "reopened"]
    assert standing(service.cases)[1] == 0


def test_nobody_else_opens_it(service: Service) -> None:
    case = held(service.cases, service.clock).id
    other = held(service.cases, service.clock, matter(party="stranger", decision="trip-2")).id
    assert service.read(f"/cases/{case}").status == 401
    assert service.read(f"/cases/{case}?link={service.link(other, 'stranger')}").status == 404
    told = sent(service, case, service.link(other, "stranger"), "appeal", "Not mine.", key="k")
    assert (told.status, spoken(service, case)) == (404, [])
    page = service.read(f"/cases/{case}?link={service.link(case)}")
    assert "script" not in text(page).lower()
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"


def test_who_comes_without_a_link_or_with_a_broken_one_reads_whose_site_it_is_in_either_language(
    service: Service,
) -> None:
    case, platforms = held(service.cases, service.clock).id, {"yexing"}
    assert service.read(f"/cases/{case}?link={service.link(case)}").status == 200
    broken = service.link(case)[:-3]
    for address, status in (("/?", 200), (f"/cases/{case}?link={broken}&", 401), ("/cases/nothing?", 401)):
        titles = ("查看决定", "Read a decision") if status == 200 else ("打不开", "does not open")
        for language, title, other in zip(("zh", "en"), titles, ("English", "中文"), strict=True):
            told = service.read(f"{address}language={language}")
            assert told.status == status
            assert "text/html" in told.headers["content-type"]
            page = text(told)
            assert title in page
            assert all(name in page for name in platforms)
            assert other in page
            switch = unescape(re.search(r'<nav><a href="([^"]+)"', page)[1])
            assert ("link=" in switch) == ("link=" in address), "the link is kept where the language is changed"
            assert title not in text(service.read(f"{address.partition('?')[0]}{switch}"))


def test_every_word_of_the_page_is_used_and_stands_in_both_languages() -> None:
    known = msgspec.yaml.decode(WORDS.read_bytes(), type=dict[str, dict[str, str]])
    assert all(set(words) == {"zh", "en"} and all(words.values()) for words in known.values())
    assert all(not re.search("[一-鿿]", w["en"]) or n == "other_language" for n, w in known.items())
    written = "".join(path.read_text(encoding="utf-8") for path in WORDS.parent.glob("*") if path.is_file())
    made = {f"{act}{part}" for act in ACT_OF.values() for part in ("", "_asks", "_send")}
    made |= {name for name in known if re.fullmatch(r"refused_(\d+|other)", name)}
    assert {n for n in known if f'"{n}"' not in written} <= made
