"""The console's frame: who comes in, what each role reaches, what forms must carry, and both languages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

import guiju
from console import NOW, PASSWORD, QUICK, ROLES, Served, Visit
from guiju.web.console.accounts import MOST_ATTEMPTS, NotDone
from guiju.web.console.application import ROUTES
from guiju.web.console.console import Console
from guiju.web.console.parts import parts, statics
from guiju.web.console.throttle import MOST
from guiju.web.console.unmasking import is_unmasked, unmask
from guiju.web.console.words import Words, known

HOUSE = Path(guiju.__file__).parent / "web" / "console"
DOCS = Path(__file__).parent.parent / "docs" / "console.md"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("console")
    (folder / "runs").mkdir()
    with Served(folder / "console.db", folder / "runs") as made:
        yield made


@pytest.fixture
def fresh(books_at: str, tmp_path: Path) -> Iterator[Console]:
    """A console of its own, in SQLite and in PostgreSQL."""
    now = [NOW]
    made = Console(books_at, tmp_path, clock=lambda: now[0], hasher=QUICK)
    made.now = now  # type: ignore[attr-defined]
    yield made
    made.close()


def routes() -> list[tuple[str, str, tuple[str, ...], bool]]:
    """Every route: method, path, who may, and whether it is open to somebody who has yet to change a password."""
    found = []
    for handler in ROUTES:
        for path in sorted(handler.paths):
            for method in sorted(handler.http_methods):
                if method in ("GET", "POST"):
                    found.append((str(method), path or "/", handler.opt["may"], handler.opt["signs_in"]))
    return sorted(found, key=lambda r: (r[1], r[0]))


def table() -> str:
    lines = ["| route | anybody | " + " | ".join(ROLES) + " |", "| --- |" + " --- |" * 5]
    for method, path, roles, _ in routes():
        marks = ["yes" if not roles else "–", *("yes" if not roles or role in roles else "–" for role in ROLES)]
        lines.append(f"| `{method} {re.sub(r':str|:int', '', path)}` | " + " | ".join(marks) + " |")
    return "\n".join(lines)


def test_docs_have_the_table_of_routes_and_roles():
    said = DOCS.read_text(encoding="utf-8").partition("<!-- routes -->")[2].partition("<!-- /routes -->")[0]
    assert said.strip() == table()


@pytest.mark.parametrize("route", routes(), ids=lambda r: f"{r[0]} {r[1]}")
def test_every_route_is_open_to_its_roles_alone(served: Served, route):
    method, path, roles, _ = route
    at = re.sub(r"\{\w+:int\}", "5", path)
    at = re.sub(r"\{(\w+):\w+\}", lambda m: "look.css" if "static" in path else "nothing-of-that-name", at)
    for role in ("", *ROLES):
        visit = served.visit(role)
        visit.client.headers["accept"] = "application/json"
        told = visit.client.get(at) if method == "GET" else visit.client.post(at, data={})
        if not roles or role in roles:
            assert told.status_code < 500, (role, told.text)
            assert told.status_code != 401, (role, told.text)
            if method == "GET":
                assert told.status_code != 403, role
            else:  # let in as far as the form, which has no token
                assert told.status_code == 403, (role, told.text)
                assert "token" in told.text, (role, told.text)
        else:
            assert told.status_code == (403 if role else 401), (role, told.text)
            assert "token" not in told.text


def test_first_start_gives_a_password_that_must_be_changed(fresh: Console):
    password = fresh.accounts.begin()
    assert password
    assert fresh.accounts.begin() is None, "one admin is made, once"
    signed = fresh.accounts.sign_in("admin", password)
    assert signed.account
    assert signed.account.must_change
    assert signed.account.roles == ("admin",)
    for new, problem in (
        ("short", "password_length"),
        (password, "password_alike"),
        ("the admin's own", "password_alike"),
    ):
        with pytest.raises(NotDone, match=problem):
            fresh.accounts.change("admin", password, new)
    with pytest.raises(NotDone, match="password_wrong"):
        fresh.accounts.change("admin", "not it", PASSWORD)
    fresh.accounts.change("admin", password, PASSWORD)
    assert fresh.accounts.sign_in("admin", password).account is None
    assert not fresh.accounts.sign_in("admin", PASSWORD).account.must_change
    with fresh.engine.connect() as connection:
        kept = json.dumps([list(map(str, row)) for row in connection.execute(text("select * from console_accounts"))])
    assert "argon2id" in kept
    assert PASSWORD not in kept


def test_the_first_account_of_an_example_has_every_role(fresh: Console):
    password = fresh.accounts.begin(ROLES)
    assert password
    signed = fresh.accounts.sign_in("admin", password)
    assert signed.account
    assert set(signed.account.roles) == set(ROLES)


def test_a_name_is_locked_after_five_attempts_whether_it_exists_or_not(fresh: Console):
    fresh.accounts.begin()
    for name in ("admin", "nobody"):
        for _ in range(MOST_ATTEMPTS):
            assert fresh.accounts.sign_in(name, "wrong").locked_seconds == 0
        assert fresh.accounts.sign_in(name, "wrong") == (None, 900)
    password = fresh.accounts.renew("admin")  # an admin lets somebody in again
    assert fresh.accounts.sign_in("admin", password).account


def test_a_lock_ends(fresh: Console):
    password = fresh.accounts.begin()
    for _ in range(MOST_ATTEMPTS):
        fresh.accounts.sign_in("admin", "wrong")
    for minutes, locked in ((14, True), (16, False)):
        fresh.now[0] = NOW.replace(minute=minutes)
        assert bool(fresh.accounts.sign_in("admin", password).locked_seconds) == locked


def test_the_last_admin_stays(fresh: Console):
    fresh.accounts.begin()
    for undo in (lambda: fresh.accounts.set_roles("admin", ("analyst",)), lambda: fresh.accounts.close("admin")):
        with pytest.raises(NotDone, match="people_last_admin"):
            undo()
    fresh.accounts.add("second", ("admin", "analyst"))
    fresh.accounts.close("admin")
    assert [a.name for a in fresh.accounts.all() if not a.closed] == ["second"]


def test_sessions_end(fresh: Console):
    fresh.accounts.begin()
    token = fresh.sessions.begin("admin")
    assert fresh.sessions.of(token).account == "admin"
    assert fresh.sessions.of(token + "x") is None
    other = fresh.sessions.begin("admin", instead_of=token)
    assert other != token
    assert fresh.sessions.of(token) is None, "signing in anew is another token"
    fresh.now[0] = NOW.replace(hour=10, minute=50)
    assert fresh.sessions.of(other), "seen within two hours"
    fresh.now[0] = NOW.replace(hour=12, minute=40)
    assert fresh.sessions.of(other), "and once more since"
    fresh.now[0] = NOW.replace(hour=14, minute=41)
    assert fresh.sessions.of(other) is None, "idle for more than two hours"
    third = fresh.sessions.begin("admin")
    fresh.sessions.end_all("admin")
    assert fresh.sessions.of(third) is None


def test_unmaskings_hold_for_half_an_hour_and_cannot_be_altered(fresh: Console):
    fresh.accounts.begin()
    session = fresh.sessions.of(fresh.sessions.begin("admin"))
    unmask(fresh.engine, NOW, session, "run", "f1", "asked by the court")
    other = fresh.sessions.of(fresh.sessions.begin("admin"))
    assert is_unmasked(fresh.engine, NOW, session, "run", "f1")
    assert not is_unmasked(fresh.engine, NOW, other, "run", "f1"), "another session asks anew"
    assert not is_unmasked(fresh.engine, NOW, session, "run", "f2")
    assert not is_unmasked(fresh.engine, NOW.replace(minute=31), session, "run", "f1")
    for sql in ("update console_unmaskings set why = 'x'", "delete from console_unmaskings"):
        with pytest.raises(DBAPIError, match="never altered"), fresh.engine.connect() as connection:
            connection.execute(text(sql))


def test_signing_in_as_a_person_does(served: Served):
    first = served.console.accounts.add("newcomer", ("analyst",))
    visit = Visit(served.url)
    assert visit.read("/people").headers["location"] == "/sign-in?next=%2Fpeople"
    assert visit.sign_in("newcomer", "not it").status_code == 403
    assert "do not fit together" in visit.seen
    before = visit.client.cookies.get("guiju_session")
    told = visit.sign_in("newcomer", first)
    assert (told.status_code, told.headers["location"]) == (303, "/password")
    cookie = told.headers["set-cookie"].lower()
    assert before is None
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    assert visit.read("/").headers["location"] == "/password", "nothing else before it is changed"
    visit.read("/password")
    wrong = visit.send("/password", {"old": first, "new": PASSWORD, "again": PASSWORD + "x"})
    assert wrong.status_code == 422
    assert "not the same both times" in visit.seen
    old = visit.client.cookies["guiju_session"]
    assert visit.send("/password", {"old": first, "new": PASSWORD, "again": PASSWORD}).status_code == 303
    assert visit.client.cookies["guiju_session"] != old
    assert served.console.sessions.of(old) is None
    visit.read("/password")
    token = visit.client.cookies["guiju_session"]
    visit.send("/sign-out", {})
    assert served.console.sessions.of(token) is None


@pytest.mark.parametrize("to", ["//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example", "x"])
def test_signing_in_leads_nowhere_else(served: Served, to):
    visit = served.visit()
    visit.read("/sign-in")
    told = visit.send("/sign-in", {"name": "analyst", "password": PASSWORD, "next": to})
    assert (told.status_code, told.headers["location"]) == (303, "/")


def test_a_party_s_link_that_came_to_the_console_is_told_where_it_belongs(served: Served):
    visit = Visit(served.url)
    for address, hint in (("/cases/c1?link=abc.def", True), ("/cases/c1?language=en&link=abc", True),
                          ("/cases/c1", False), ("/cases?party=link", False)):  # fmt: skip
        told = visit.client.get(address, follow_redirects=True)
        assert told.url.path == "/sign-in"
        assert ("This link is for the person concerned" in told.text) == hint, address


def test_an_address_may_not_try_without_end(served: Served):
    visit = served.visit()
    visit.read("/sign-in")
    statuses = [visit.send("/sign-in", {"name": f"n{i}", "password": "x"}).status_code for i in range(MOST + 1)]
    assert statuses[-1] == 429
    assert "Try again" not in visit.seen
    assert "try again in 5 minutes" in visit.seen
    served.later(minutes=6)
    assert visit.sign_in("analyst").status_code == 303


def test_a_write_needs_the_token_of_its_own_session_and_a_page_of_ours(served: Served):
    visit, other = served.visit("admin"), served.visit("analyst")
    sent = {"name": "made-up", "role": "analyst"}
    for token in ("", "0" * 64, other.form_token):
        told = visit.client.post("/people", data={**sent, "form_token": token})
        assert told.status_code == 403
        assert "out of date or came from somewhere else" in told.text
    for headers in ({"origin": "https://elsewhere.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
        visit.read("/people")
        assert visit.send("/people", sent, headers).status_code == 403
    assert "made-up" not in [a.name for a in served.console.accounts.all()]
    visit.read("/people")
    assert visit.send("/people", sent, {"origin": served.url}).status_code == 200
    assert "made-up" in [a.name for a in served.console.accounts.all()]


def test_only_our_names_are_answered(served: Served):
    told = served.visit("admin").read("/people", host="elsewhere.example")
    assert told.status_code == 403
    assert "not served under that name" in told.text


def test_roles_hold_at_once(served: Served):
    admin = served.visit("admin")
    served.console.accounts.add("mover", ("analyst",))
    served.console.accounts.change("mover", served.console.accounts.renew("mover"), PASSWORD)
    mover = Visit(served.url)
    mover.sign_in("mover")
    assert mover.read("/people").status_code == 403
    admin.read("/people")
    admin.send("/people/mover/roles", {"role": ["analyst", "admin"]})
    assert mover.read("/people").status_code == 200
    admin.send("/people/mover/closed", {"closed": "yes"})
    assert mover.read("/people").status_code == 303, "signed out"
    assert mover.sign_in("mover").status_code == 403, "and not let in"


def test_answers_say_what_a_browser_may_do_refusals_too(served: Served):
    visit = served.visit("admin")
    for address in ("/people", "/nowhere", "/sign-in", "/health"):
        headers = visit.read(address).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert "script-src 'self';" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"


def test_json_and_page_are_one_content(served: Served):
    visit = served.visit("admin")
    accounts = visit.json("/people")["accounts"]
    page = visit.read("/people").text
    assert {"admin", "analyst"} <= {a["name"] for a in accounts}
    assert all(f'scope="row">{a["name"]}<' in page for a in accounts)
    assert "password" not in accounts[0]


def test_every_page_says_where_its_records_were_made_up(served: Served):
    analyst = served.visit("analyst")
    for demo in (True, False):
        served.console.demo = demo
        try:
            for visit, page in ((analyst, "/runs"), (analyst, "/people"), (Visit(served.url), "/sign-in")):
                assert ("example records, made up" in visit.read(page).text) == demo, page
        finally:
            served.console.demo = False


def test_language_and_light_are_chosen_and_kept(served: Served):
    visit = served.visit()
    assert "Sign in" in visit.read("/sign-in").text
    assert 'lang="zh-CN" data-theme="dark"' in visit.read("/sign-in?language=zh&theme=dark").text
    assert "登录" in visit.read("/sign-in").text, "kept"
    assert "登录" in Visit(served.url).read("/sign-in", **{"accept-language": "zh-CN,en;q=0.5"}).text


def templates() -> list[Path]:
    return sorted(HOUSE.rglob("templates/*.j2"))


def test_what_a_folder_brings_is_found():
    """A template of one folder may not take another's place; each folder's sheet is part of the one that is served."""
    names = [path.name for path in templates()]
    assert len(names) == len(set(names)), {name for name in names if names.count(name) > 1}
    sheets = sorted(HOUSE.rglob("look.css"))
    assert len(sheets) > 3
    assert all(sheet.read_bytes() in statics()["look.css"] for sheet in sheets)
    assert {path.parent.parent for path in HOUSE.rglob("words/*.yaml")} <= {
        path.parent for path in HOUSE.rglob("part.py")
    }


def test_no_name_is_of_two_files():
    """One would take the other's place without a word."""
    lines = [line for file in sorted(HOUSE.rglob("words/*.yaml")) for line in file.read_text("utf-8").splitlines()]
    names = [line.partition(":")[0] for line in lines if re.match(r"\w+:", line)]
    assert len(names) == len(set(names)), {name for name in names if names.count(name) > 1}


def test_every_word_has_both_languages():
    for name, both in known().items():
        assert both.zh.strip(), name
        assert both.en.strip(), name
        assert set(re.findall(r"\{(\w+)", both.zh)) == set(re.findall(r"\{(\w+)", both.en)), name
        assert re.search(r"[\u3001-\u9fff\uff01-\uff5e]", both.zh) or both.zh.startswith("guiju "), name
        assert not re.search(r"[\u4e00-\u9fff]", both.en), name


@pytest.mark.parametrize("path", templates(), ids=lambda p: p.name)
def test_no_text_of_a_template_is_outside_words(path: Path):
    text = path.read_text(encoding="utf-8")
    text = re.sub(r'<script src="{{ static\("[\w-]+\.js"\) }}"(?: defer)?></script>', "", text)
    assert not re.search(r"<script|\bstyle=|\bon\w+=|<style", text), "the policy would not let it work"
    bare = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.DOTALL)
    assert not re.search(r'(?:aria-label|alt|title|placeholder)="[^"{]*[A-Za-z\u4e00-\u9fff]', bare)
    bare = re.sub(r"<[^>]*>", "", bare)
    left = re.findall(r"[A-Za-z\u4e00-\u9fff]+", re.sub(r"&\w+;", "", bare))
    assert set(left) <= {"p", "q"}, f"not in words/: {left}"


def test_words_and_their_uses_meet():
    sources = [p.read_text(encoding="utf-8") for p in (*templates(), *sorted(HOUSE.rglob("*.py")))]
    used = {name for name in re.findall(r'\bw(?:\.counted)?\("(\w+)"', "\n".join(sources)) if not name.endswith("_")}
    assert used <= known().keys(), used - known().keys()
    made = tuple(prefix for part in parts() for prefix in part.made)
    quoted = set(re.findall(r'"(\w+)"', "\n".join(sources)))
    unused = {n for n in known() if not {n, n.removesuffix("_one")} & quoted and not n.startswith(made)}
    assert not unused


def test_words_are_told_in_the_language_that_was_chosen():
    assert Words("zh")("sign_in") == "登录"
    assert Words("en")("sign_in") == "Sign in"
    assert Words("xx").language == "en"
