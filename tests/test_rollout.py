"""The roll-out of a version: who is decided by which, what may be changed when, what differs."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.gate.differences import Differences, Seen, refusing
from guiju.gate.rollout import Change, NotNow, Rollout, SetEntry
from guiju.gate.versions import Version

SAID = {"by": "ops", "why": "a test", "at": "2026-06-10T10:00:00Z"}
OLD = SetEntry(name="s", stream="orders", digest="old", texts={"features.sql": "SELECT 1"})
NEW = Version("s", "orders", "new", {"features.sql": "SELECT 2"})


def proposed(digest: str = "new") -> Rollout:
    begun = Rollout().begun(OLD)
    return begun.after(begun.propose(Version("s", "orders", digest, NEW.texts), "seller", **SAID), 7)


def at_share(share_pct: float, digest: str = "new") -> Rollout:
    rollout = proposed(digest)
    return rollout.after(rollout.promote(share_pct, **SAID), 8)


@given(st.text(), st.text(), st.sampled_from(["a", "b", "c"]), st.lists(st.integers(1, 10_000), min_size=1).map(sorted))
def test_a_share_only_grows(platform: str, subject: str, digest: str, shares: list[int]) -> None:
    on = [at_share(share / 100, digest).is_candidates(platform, subject) for share in shares]
    assert on == sorted(on), "once the candidate's, always the candidate's"
    text = "\0".join((digest, platform, subject)).encode("utf-8", "surrogatepass")
    place = int.from_bytes(sha256(text).digest()[:8], "big") % 10_000
    assert on == [place < share for share in shares], "as the page says"
    assert at_share(100, digest).is_candidates(platform, subject)
    assert not proposed(digest).is_candidates(platform, subject)


def test_a_share_is_about_as_large_as_it_says() -> None:
    for digest in ("a", "b"):
        rollout = at_share(12.5, digest)
        taken = sum(rollout.is_candidates("p", f"driver {n}") for n in range(20_000))
        assert abs(taken / 20_000 - 0.125) < 0.01
    both = sum(
        at_share(10, "a").is_candidates("p", str(n)) and at_share(10, "b").is_candidates("p", str(n))
        for n in range(20_000)
    )
    assert both < 400, "another candidate begins with others"


REFUSED: dict[str, tuple[Rollout, Callable[[Rollout], Change], str]] = {
    "twice": (proposed(), lambda r: r.propose(Version("s", "orders", "x", {}), "seller", **SAID), "beside the"),
    "the same": (Rollout().begun(OLD), lambda r: r.propose(Version("s", "orders", "old", {}), "x", **SAID), "is the"),
    "nothing to promote": (Rollout().begun(OLD), lambda r: r.promote(5, **SAID), "there is no candidate"),
    "shrinking": (at_share(20), lambda r: r.promote(10, **SAID), "only grows"),
    "rolled back already": (proposed(), lambda r: r.rollback(**SAID), "nothing to roll back"),
    "withdrawn at work": (at_share(20), lambda r: r.withdraw(**SAID), "roll it back first"),
    "concluded early": (at_share(99.99), lambda r: r.conclude(**SAID), "promote it to 100 %"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_changed_now(case: str) -> None:
    rollout, change, said = REFUSED[case]
    with pytest.raises(NotNow, match=said):
        change(rollout)


def test_concluded_the_candidate_is_current_and_the_old_one_may_come_back() -> None:
    rollout = at_share(100)
    rollout = rollout.after(rollout.conclude(**SAID), 9)
    assert rollout.current == NEW
    assert rollout.candidate is None
    assert [change.change for change in rollout.changes] == ["begin", "propose", "promote", "conclude"]
    again = rollout.propose(Version("s", "orders", "old", OLD.texts), "seller", **SAID)
    assert rollout.after(again, 10).candidate == Version("s", "orders", "old", OLD.texts)


def test_differences_are_counted_and_bounded() -> None:
    of, lots = Differences(), 500

    def seen(action: str, *held: str) -> Seen:
        return Seen(action, frozenset(held), lambda: b'{"action":"%b"}' % action.encode())

    for n in range(lots):
        of.compare("p", f"a{n}", seen("allow"), seen("hold", "t"))
        of.compare("p", f"b{n}", seen("hold", "t"), seen("hold", "t"))
    of.compare("p", "c", seen("review", "u"), seen("review", "v"))
    of.compare("p", "d", seen("allow"), refusing("a column is null"))
    told = of.told()
    assert (told["compared"], told["differing"]["events"]) == (2 * lots + 2, lots + 2)
    assert {(t["trigger"], t["only"]): t["events"] for t in told["triggers"]} == {
        ("t", "candidate"): lots, ("u", "current"): 1, ("v", "candidate"): 1
    }  # fmt: skip
    (action,) = told["actions"]
    assert (action["from"], action["to"], action["events"]) == ("allow", "hold", lots)
    low, high = action["interval_95"]
    assert low < action["share"] < high
    assert told["refused"] == {"candidate": 1}
    assert [one["id"] for one in of.listed(trigger="t", most=3)] == ["a499", "a498", "a497"]
    assert len(of.listed(most=1_000)) == 52, "50 of a kind, and the two rare ones"
    assert of.listed()[0] | {"current": 0} == {
        "platform": "p",
        "id": "d",
        "current": 0,
        "candidate": of.listed()[0]["candidate"],
        "refused": "a column is null",
    }
    again = Differences(of.state())
    assert again.told() == told
    assert again.listed() == of.listed()
