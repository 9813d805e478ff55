"""What a season is planned for: the feast, the regions and goods, and each region's rules, as a YAML file says.

    feast: {zh: 春节, en: Spring Festival}
    day: 2021-02-12
    last_day: 2020-01-25            # last year's; without it nothing is compared
    regions: {"330100": {zh: 杭州, en: Hangzhou}}       # without it: every region of the records
    goods: {p1: {zh: 坚果礼盒, en: Box of nuts}}        # without it: every good of the records
    like: {p9: p1}                  # a new pack, of which no delivery is on record, goes as p1 does
    rules:                          # days are local and inclusive; a province's code holds for all that lies in it
      - {region: "130100", kind: early_purchase, from: 2021-01-06, to: 2021-02-28, days: 7, because: {zh: …, en: …}}

early_purchase: goods are to be there so many days earlier. slower: what is on its way within those days takes so many
days more. closed: nothing is handed over on those days. Whoever writes a rule says why, and how it is known (`mark`):
`modelled` where it is supposed and no authority's text lies behind it.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

import msgspec

from guiju.checks.words import Words
from guiju.records.errors import BadInput

MODELLED = "modelled"


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"first": "from", "last": "to"}):
    """A region's rule on local days `first` to `last`."""

    region: str
    kind: Literal["early_purchase", "slower", "closed"]
    first: date
    last: date
    because: Words
    days: int = 0
    mark: str = MODELLED


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A season as planned."""

    feast: Words
    day: date
    last_day: date | None = None
    regions: dict[str, Words] = {}
    goods: dict[str, Words] = {}
    like: dict[str, str] = {}
    rules: tuple[Rule, ...] = ()

    def region_of(self, region: str) -> str | None:
        """The plan's region in which a region of the records lies, the narrowest; itself where the plan names none."""
        if not self.regions:
            return region
        within = [wide for wide in self.regions if covers(wide, region)]
        return max(within, key=lambda wide: len(wide.rstrip("0")), default=None)

    def of(self, region: str) -> tuple[Rule, ...]:
        """The rules that hold in a region."""
        return tuple(rule for rule in self.rules if covers(rule.region, region))


def covers(wide: str, region: str) -> bool:
    """Whether a region lies in another: of GB/T 2260 all that begins alike (330000: the province), else itself."""
    if not (wide.isdigit() and len(wide) == 6):
        return wide == region
    begins = wide
    while begins.endswith("00"):
        begins = begins[:-2]
    return region.startswith(begins)


def read_plan(path: Path) -> Plan:
    """A plan from its file. Raises BadInput, naming file and place, for what is not one."""
    try:
        plan = msgspec.yaml.decode(path.read_bytes(), type=Plan)
    except OSError as error:
        raise BadInput(
            f"{path}: cannot be read ({error.strerror}); name a YAML file that says feast and day",
            f"{path}：读不了；请给一个写明 feast 和 day 的 YAML 文件",
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(
            f"{path.name}: is not a season's plan: {error}; it begins with feast and day",
            f"{path.name}：不是节令计划：开头须有 feast 和 day",
        ) from None
    for at, rule in enumerate(plan.rules, 1):
        where = f"{path.name}: rule {at} (of {rule.region})"
        if rule.first > rule.last:
            raise BadInput(
                f"{where} holds from {rule.first} to {rule.last}: exchange the days",
                f"{where} 从 {rule.first} 到 {rule.last}：请把日子对调",
            )
        if rule.kind == "closed" and rule.days:
            raise BadInput(
                f"{where}: what is closed has no days; from and to say when",
                f"{where}：停业没有天数；用 from 和 to 写明日子",
            )
        if rule.kind != "closed" and rule.days < 1:
            raise BadInput(
                f"{where}: says {rule.kind} and not by how many days; write days: 3",
                f"{where}：写了 {rule.kind}，没有写几天；请写 days: 3",
            )
    if stray := sorted(plan.like.keys() - plan.goods.keys()):
        raise BadInput(
            f"{path.name}: like says how {stray[0]} goes, which is not among goods: name it there too",
            f"{path.name}：like 说的 {stray[0]} 不在货品里：请也写进去",
        )
    if plan.last_day is not None and plan.last_day >= plan.day:
        raise BadInput(
            f"{path.name}: last_day {plan.last_day} is not before day {plan.day}: it is last year's feast",
            f"{path.name}：last_day {plan.last_day} 不早于 day {plan.day}：那应是去年的节日",
        )
    return plan
