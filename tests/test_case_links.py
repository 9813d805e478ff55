"""Signed links and signed messages: whatever is altered in one is refused."""

from __future__ import annotations

import string
from base64 import b64encode
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guiju.cases.links import LinkKeys, Opens, Refused, addressed, load_keys, new_keys, open_link, token
from guiju.cases.notices.signing import Forged, check, key_of, new_secret, signed
from guiju.records.errors import BadInput

KEYS = new_keys("2020-12")
MINE = Opens("case-1", "driver-17", 2_000)
TEXT = string.ascii_letters + string.digits + "-_.=+/ \x00é"


def test_a_link_opens_its_case_until_it_expires() -> None:
    link = token(KEYS, MINE)
    assert open_link(KEYS, link, 1_999.9) == MINE
    with pytest.raises(Refused, match="opens nothing"):
        open_link(KEYS, link, 2_000)
    assert set(link) <= set(string.ascii_letters + string.digits + "-_.")


@settings(max_examples=300, deadline=None)
@given(at=st.integers(0, 10_000), by=st.sampled_from(TEXT), what=st.sampled_from(["put", "insert", "cut"]))
def test_any_altered_byte_is_refused(at: int, by: str, what: str) -> None:
    link = token(KEYS, MINE)
    at %= len(link)
    altered = link[:at] + {"put": by, "insert": by + link[at], "cut": ""}[what] + link[at + 1 :]
    if altered == link:
        assert open_link(KEYS, altered, 0) == MINE
        return
    with pytest.raises(Refused):
        open_link(KEYS, altered, 0)


def test_every_single_character_put_for_every_other_is_refused() -> None:
    link = token(KEYS, MINE)
    for at in range(len(link)):
        for by in string.ascii_letters + string.digits + "-_":
            if by != link[at]:
                with pytest.raises(Refused):
                    open_link(KEYS, link[:at] + by + link[at + 1 :], 0)


@given(st.text(max_size=200) | st.text(TEXT, max_size=200))
def test_any_text_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        open_link(KEYS, text, 0)


def test_a_link_is_an_address_with_its_case_and_token() -> None:
    link = addressed(KEYS, "https://x/cases/{case}?link={token}")(Opens("a/b c", "d", 2_000))
    assert link.startswith("https://x/cases/a%2Fb%20c?link=")
    assert open_link(KEYS, link.partition("link=")[2], 0).case == "a/b c"
    with pytest.raises(BadInput, match=r"has no \{token\}"):
        addressed(KEYS, "https://x/cases")


def test_another_case_needs_another_link() -> None:
    """The parts of two links do not fit together."""
    mine, theirs = token(KEYS, MINE), token(KEYS, Opens("case-2", "driver-18", 2_000))
    for mixed in (mine.split(".")[0] + "." + theirs.split(".")[1], theirs.split(".")[0] + "." + mine.split(".")[1]):
        with pytest.raises(Refused):
            open_link(KEYS, mixed, 0)


def test_keys_are_changed_without_a_link_lost() -> None:
    old = token(KEYS, MINE)
    both = new_keys("2021-01", KEYS)
    assert open_link(both, old, 0) == open_link(both, token(both, MINE), 0) == MINE
    assert token(both, MINE) != old
    without = LinkKeys("2021-01", {"2021-01": both.keys["2021-01"]})
    with pytest.raises(Refused):
        open_link(without, old, 0)
    renamed = LinkKeys("2020-12", {"2020-12": both.keys["2021-01"]})  # the same name, another key
    with pytest.raises(Refused):
        open_link(renamed, old, 0)


def test_keys_lie_in_a_file_that_nobody_else_reads(tmp_path: Path) -> None:
    path = tmp_path / "links.yaml"
    with pytest.raises(BadInput, match="guiju cases key"):
        load_keys(path)
    path.write_bytes(msgspec.yaml.encode(KEYS))
    path.chmod(0o644)
    with pytest.raises(BadInput, match="chmod 600"):
        load_keys(path)
    path.chmod(0o600)
    assert load_keys(path) == KEYS
    path.write_text("current: a\nkeys: {a: c2hvcnQ}\n")
    with pytest.raises(BadInput, match="'a' is no 32 bytes"):
        load_keys(path)
    path.write_text("current: b\nkeys: {}\n")
    with pytest.raises(BadInput, match="'b' is not among"):
        load_keys(path)


def test_a_message_is_signed_as_the_specification_has_it() -> None:
    """The vector of the reference implementations of Standard Webhooks."""
    headers = signed(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
        b'{"test": 2432232314}',
    )  # fmt: skip
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_message_holds_under_the_old_secret_and_the_new() -> None:
    old, new = new_secret(), new_secret()
    headers = signed([old, new], "m1", 1_000, b"{}")
    for known in ([old], [new], [new_secret(), new]):
        assert check(known, {name.title(): value for name, value in headers.items()}, b"{}", 1_200) == "m1"


@pytest.mark.parametrize(
    ("altered", "body", "now", "says"),
    [
        ({"webhook-id": "m2"}, b"{}", 1_000, "does not hold"),
        ({"webhook-timestamp": "1001"}, b"{}", 1_000, "does not hold"),
        ({"webhook-timestamp": "now"}, b"{}", 1_000, "300 seconds"),
        ({"webhook-signature": ""}, b"{}", 1_000, "not signed"),
        ({"webhook-signature": "v1,é"}, b"{}", 1_000, "does not hold"),
        ({}, b"{} ", 1_000, "does not hold"),
        ({}, b"{}", 1_301, "300 seconds"),
        ({}, b"{}", 699, "300 seconds"),
    ],
)
def test_a_forged_message_is_refused(altered: dict[str, str], body: bytes, now: float, says: str) -> None:
    secret = new_secret()
    with pytest.raises(Forged, match=says):
        check([secret], {**signed([secret], "m1", 1_000, b"{}"), **altered}, body, now)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!!", "whsec_" + b64encode(b"short").decode()])
def test_a_secret_that_is_none_is_refused(secret: str) -> None:
    with pytest.raises(BadInput, match="make a new one"):
        key_of(secret)
