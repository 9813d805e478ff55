"""Who is on the deposit shelf: banks with the cities of their outlets, platforms and the day each took it down."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from guiju.twin.market import DAY, Clock, Ints, Reals

FIRST, LAST = date(2019, 12, 31), date(2021, 3, 31)
NOTICE = date(2021, 1, 16)  # the day after the notice on deposits over the internet was published
TARGET = date(2020, 12, 15)  # the day on which a bank's platform deposits are the share that it was founded with
# Cities of the buyers, by two of their counties (GB/T 2260): a bank's area is a city, an outlet stands in a county.
CITIES = (
    ("110105", "110108"), ("120101", "120104"), ("310106", "310115"), ("500103", "500105"), ("330102", "330106"),
    ("320102", "320106"), ("320505", "320508"), ("340103", "340104"), ("350102", "350103"), ("360102", "360111"),
    ("370102", "370103"), ("410102", "410105"), ("420102", "420106"), ("430102", "430104"), ("440106", "440103"),
    ("440304", "440305"), ("450102", "450103"), ("510104", "510107"), ("520102", "520103"), ("530102", "530103"),
    ("610102", "610113"), ("620102", "620103"), ("210102", "210103"), ("210202", "210203"), ("220102", "220103"),
    ("230102", "230103"), ("130102", "130104"), ("140105", "140106"), ("150102", "150105"), ("640104", "640106"),
)  # fmt: skip
# Two banks and a platform are those that were reported on, at the rates reported; all others are invented.
CEILING_BANK, LENDER, DEPENDENT = "zhongguancun", "fumin", "lanting"
VOUCHER_APP = "xiangche"
INVENTED = (
    "lanting", "qinghe", "yunshan", "beihu", "shiqiao", "baiyang", "tongshan", "luoyuan", "hexi", "jinxi",
    "nanpu", "dongling", "xicheng_gu", "changtan", "shuikou", "songlin", "meixi", "liuhe", "fengdu_li", "guanshan",
    "taoyuan_li", "anping_li", "ruihe", "huaiyin_li", "longquan_li", "puyang_li", "wanshan", "yongfeng", "xinhe_li",
    "zhenhai_li", "gaoling_li", "yanbei", "chishui_li", "qianshan_li", "heishi", "jingtai_li", "linjiang_li", "mingyue",
    "nanhu_li", "shanyin_li", "baisha_li", "donghu_li", "yuhua_li", "sanhe_li", "wuyuan_li", "jiulong_li", "daguan",
    "hongqi_li", "xiaoshi", "zhongtian", "chengbei", "gucheng_li", "langya_li", "qingtan", "yuntai_li", "tianchi_li",
    "huating", "shuanghe_li",
)  # fmt: skip
OWN_APP = {"city", "private", "online_only", "large", "rural"}  # kinds of banks with an app of their own
KINDS = ("city", "rural", "village", "rural", "city", "village", "rural", "city", "rural", "private")
PLATFORMS = ("lingqiantong", "cunbao", "yueji", "xiaojinku", "duocai", "zhangben", "wenying", "liangcang", "jiyu",
             "anfu", VOUCHER_APP)  # fmt: skip
DOWN = (18, 18, 19, 19, 20, 21, 21, 22, 23, 24, 24)  # of December 2020: the day each took the shelf down by itself
TERMS = (3, 6, 12, 24, 36, 60)
# What many banks offered in 2020, per cent a year, by term; small ones more, large ones less.
USUAL = {3: 1.55, 6: 1.82, 12: 2.1, 24: 2.9, 36: 3.85, 60: 4.5}
CEILINGS = {3: 1.65, 6: 1.95, 12: 2.25, 24: 3.15, 36: 4.125, 60: 4.875}  # benchmark x 1.5; 5-year by custom


GROWN = {5: 0.33, 13: 0.42, 23: 0.55, 33: 0.7}  # invented banks, by place, that grew on platforms: shares of deposits


@dataclass(frozen=True)
class Bank:
    """A bank, the cities it has outlets in (by place in CITIES), and how it stands at the platforms."""

    name: str
    kind: str  # large, city, rural, village, private, or online_only: licensed to work without outlets
    cities: tuple[int, ...]
    share: float  # of its deposits, what platforms brought, on the TARGET day
    weight: float  # of the depositors, before rates count
    listed_on: tuple[int, ...]  # platforms
    terms: tuple[int, ...]
    begins: int  # the quarter in which it came to the shelf, 0: from the first day


@dataclass
class Shelf:
    """The parties, and the calendar. Times are UTC microseconds, days local."""

    clock: Clock
    depositors: int
    banks: list[Bank]
    platforms: tuple[str, ...] = PLATFORMS
    down: Ints = field(default_factory=lambda: np.zeros(0, np.int64))  # of a platform: the moment it took it down

    def at(self, day: date, hours: float = 0) -> int:
        """The moment so many hours into a local day."""
        return int(self.clock.start + (day - self.clock.first).days * DAY + hours * 3_600_000_000)

    def day(self, day: date) -> int:
        return (day - self.clock.first).days

    def local_day(self, moment: int) -> int:
        """The number of a moment's local day."""
        return (moment - self.clock.start) // DAY

    @property
    def names(self) -> list[str]:
        return [bank.name for bank in self.banks]

    def bank(self, name: str) -> int:
        return self.names.index(name)

    @property
    def channels(self) -> list[str]:
        """Where deposits are made: the platforms, then each bank's own app."""
        return [*self.platforms, *self.names]

    @property
    def weights(self) -> Reals:
        return np.array([bank.weight for bank in self.banks])


def found(depositors: int, rng: np.random.Generator, plants: bool) -> Shelf:
    """Sixty banks and eleven platforms. Without plants no bank comes to depend on platforms."""
    clock = Clock.ending(LAST, (LAST - FIRST).days + 1)
    banks = [
        Bank(CEILING_BANK, "private", (0,), 0.24, 1.6, (0, 1, 2, 5, 7), (12, 36, 60), 1),
        Bank(LENDER, "private", (3,), 0.28, 1.6, (1, 3, 4, 10), (12, 36, 60), 0),
        *(_drawn(place, name, rng, plants) for place, name in enumerate(INVENTED)),
    ]
    shelf = Shelf(clock, depositors, banks)
    downs = [shelf.at(date(2020, 12, day), 20) for day in DOWN]
    shelf.down = np.array(downs, np.int64)
    return shelf


def _drawn(place: int, name: str, rng: np.random.Generator, plants: bool) -> Bank:
    """Two in a row of sixty are large, two work without outlets, one hangs on platforms more than any other."""
    kind = "large" if place in (20, 40) else "online_only" if place in (9, 29) else KINDS[place % len(KINDS)]
    home = int(rng.integers(0, len(CITIES)))
    n_cities = {"large": len(CITIES), "city": 3, "rural": 1, "village": 1, "private": 1, "online_only": 0}[kind]
    cities = tuple(sorted({(home + step * 7) % len(CITIES) for step in range(n_cities)}))
    share = 0.02 if kind == "large" else float(np.round(rng.choice([0.03, 0.06, 0.09, 0.12, 0.18, 0.25]), 3))
    if plants and kind != "large":
        share = GROWN.get(place, share)
    listed = rng.choice(len(PLATFORMS) - 1, int(rng.integers(2, 6)), replace=False)  # not on the voucher app
    terms = rng.choice(len(TERMS), int(rng.integers(2, 4)), replace=False)
    drawn = Bank(name, kind, cities, share, float(rng.lognormal(0, 0.5)), tuple(sorted(int(p) for p in listed)),
                 tuple(sorted(TERMS[t] for t in terms)), int(rng.integers(0, 3)))  # fmt: skip
    if name == DEPENDENT and plants:
        return Bank(name, "village", (home,), 0.83, 2.2, (0, 2, 4, 5, 8, 9), (12, 36, 60), 0)
    return drawn


def month_ends(shelf: Shelf) -> list[date]:
    """The last days of the months, from the first day's on."""
    days = [shelf.clock.first + timedelta(days=d) for d in range(shelf.clock.days)]
    return [d for d in days if (d + timedelta(days=1)).day == 1]
