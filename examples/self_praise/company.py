"""The company that praises itself: its copy in our own words, and records it might have, invented."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl

NAME, SHOWN = "小水滴", datetime(2025, 12, 1, 2, tzinfo=UTC)
# The text, and the record that would settle it (zh, en).
COPY = {
    "a1": ("线上线下相结合的金融互联网大数据平台", ("无可核对", "nothing in it can be checked")),
    "a2": ("全部数据统计，数据分析小组，一对一客户服务", ("岗位名册、服务记录", "a roll of posts, a log of service")),
    "a3": ("54名高级管理人员", ("高级管理人员名册", "a roll of senior managers")),
    "a4": ("146名中层管理人员", ("中层管理人员名册", "a roll of middle managers")),
    "a5": ("平台上的人越来越多", ("用户数，至少相隔一年的两个", "two counts of members, a year or more apart")),
    "a6": ("用户增长越来越快", ("每月的用户数，至少两年", "counts of members by month, two years or more")),
    "a7": ("牢牢占据行业领先地位", ("同期自身与同行的营业额", "its turnover and its rivals', of the same time")),
    "a8": ("帮助平台快速赚钱，复制成功", ("没有：未来收益不得承诺", "none: a return to come may not be promised")),
    "a9": ("全行业最先进的统计分析", ("没有：此类用语不得使用", "none: such a term may not be used")),
}  # fmt: skip
# What it says, for those who do not read Chinese; only the text itself is asked.
MEANS = {
    "a1": "a financial internet big-data platform, online and offline combined",
    "a2": "statistics over all data, a data-analysis group, one-to-one customer service",
    "a3": "54 senior managers",
    "a4": "146 middle managers",
    "a5": "more and more people on the platform",
    "a6": "users grow faster and faster",
    "a7": "firmly holds the industry's leading position",
    "a8": "helps the platform make money fast, copies the success",
    "a9": "the most advanced statistics of the whole industry",
}
MONTHS = 48
SENIOR = 31  # on the roll
TURNOVER = {NAME: 182_000_000, "rival-A": 640_000_000, "rival-B": 410_000_000, "rival-C": 95_000_000}


def adverts() -> pl.DataFrame:
    """The copy as records, a row a text."""
    rows = [
        {"platform": "drop", "id": id, "occurred_at": SHOWN, "seller": NAME, "place": "page", "text": text}
        for id, (text, _) in COPY.items()
    ]
    return pl.DataFrame(rows)


def figures(seed: int) -> pl.DataFrame:
    """Records it might have: members by month, more and more, ever more slowly; turnovers; a senior roll.

    Of middle managers there is none: what is not on record cannot be seen.
    """
    rng = np.random.default_rng(seed)
    month = np.arange(MONTHS)
    members = 2_600_000 * (1 - np.exp(-(month + 6) / 20)) * np.exp(np.cumsum(rng.normal(0, 0.002, MONTHS)))
    at = pl.datetime_range(datetime(2021, 12, 1), datetime(2025, 11, 1), "1mo", eager=True, time_zone="UTC")
    rows = [(NAME, "members", when, round(float(n))) for when, n in zip(at, members, strict=True)]
    close = datetime(2025, 11, 1, tzinfo=UTC)
    rows += [(who, "turnover", close, amount) for who, amount in TURNOVER.items()]
    rows.append((NAME, "senior_managers", close, SENIOR))
    return pl.DataFrame(
        [
            {
                "platform": "drop",
                "id": f"f{n:03d}",
                "holder": who,
                "measure": what,
                "occurred_at": when,
                "amount": amount,
            }
            for n, (who, what, when, amount) in enumerate(rows, 1)
        ]
    )
