"""What docs/rights.md promises is what the rulebook says, and what docs/redress.md shows can be used."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import msgspec
import pytest

from guiju.cases.notices.outbox import AGAIN_SECONDS, LINK_DAYS
from guiju.cases.notices.posting import FINAL
from guiju.cases.notices.senders import load_senders
from guiju.cases.notices.signing import new_secret
from guiju.cases.statement.dsa import Publication
from guiju.rulebook import rules
from guiju.rulebook.redress import terms
from shell import Shell

DOCS = Path(__file__).parent.parent / "docs"


def test_the_rights_are_those_of_the_rulebook() -> None:
    zh, en = (DOCS / "rights.md").read_text(encoding="utf-8").split("## English")
    rule, day = rules()["no_voucher_arbitrage"], date(2026, 1, 1)
    hold, stop = (terms(rule, kind, day) for kind in ("hold", "stop"))
    for text in (
        f"至少隔 {hold.delay_hours} 小时", f"扣留最长 {hold.lasting_days} 天",
        f"最长 {stop.lasting_days} 天，到时没有人决定就自动恢复",
        f"次日起 {hold.appeal_days} 天内", f"{hold.answer_hours} 小时内答复（停单的 {stop.answer_hours} 小时内）",
        f"送达后 {hold.hearing_days} 天内没有人可以作出对您不利的决定（停单的 {stop.hearing_days} 天）",
    ):  # fmt: skip
        assert text in zh, text
    for text in (
        f"At least {hold.delay_hours} hours", f"A hold lasts {hold.lasting_days} days",
        f"lasts {stop.lasting_days} days at most",
        f"You have {hold.appeal_days} days",
        f"within {hold.answer_hours} hours ({stop.answer_hours} for a stop of work)",
        f"for {hold.hearing_days} days after the notice reached you ({stop.hearing_days} for a stop)",
    ):  # fmt: skip
        assert text in en, text
    assert stop.reviewers == 2
    assert hold.appeal_days == stop.appeal_days, "the page tells one number for both"
    assert zh.count("\n- ") == en.count("\n- "), "both languages tell the same"


def test_the_examples_can_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (DOCS / "redress.md").read_text(encoding="utf-8")
    public, senders = re.findall(r"```yaml\n(.*?)```", page, re.S)
    assert msgspec.yaml.decode(public, type=Publication).territorial_scope == ("DE", "FR")
    monkeypatch.setenv("GUIJU_WEBHOOK_SECRET", new_secret())
    monkeypatch.setenv("SMS_AUTHORIZATION", "x")
    (tmp_path / "senders.yaml").write_text(senders)
    assert set(load_senders(tmp_path / "senders.yaml")) == {"platform", "sms"}
    minutes = [s // 60 for s in AGAIN_SECONDS[:3]] + [s // 3600 for s in AGAIN_SECONDS[3:]]
    assert "after {}, {} and {} minutes, {}, {}, {} and {} hours".format(*minutes) in page
    assert "answer of 400, 404, 410, 413 or 422" in page
    assert set(map(str, sorted(FINAL))) == {"400", "404", "410", "413", "422"}
    assert f"an end ({LINK_DAYS} days)" in page


@pytest.mark.parametrize("command", ["statement", "pack", "send", "undelivered", "key"])
def test_every_command_and_option_of_the_page_exists(shell: Shell, command: str) -> None:
    page = (DOCS / "redress.md").read_text(encoding="utf-8")
    shown = [line for line in page.splitlines() if f"guiju cases {command}" in line]
    told = shell.done("cases", command, "--help")
    for option in {o for line in shown for o in re.findall(r"(?<![\w-])--[a-z-]+", line)}:
        assert option in told, option
    assert shown
